"""The command line."""

import signal
import sys
from typing import Any

from mlnn.cli.launched import TOGETHER, is_first, launched


def main() -> None:
    """Run ``mlnn``; say what to install where the command line's own libraries are missing."""
    signal.signal(signal.SIGTERM, _terminated)
    if getattr(signal, "SIGHUP", None) and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _terminated)
    try:
        from mlnn.cli.app import app
    except ModuleNotFoundError as problem:
        if (problem.name or "mlnn").split(".")[0] == "mlnn":
            raise
        print(f"mlnn: {problem.name} is missing; the command line needs pip install 'mlnn-learn[cli]'", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    if not launched() or not set(TOGETHER) & set(sys.argv[1:2]):
        if is_first():
            app()
        return
    try:
        from mlnn.distributed.mpi import served
    except (ModuleNotFoundError, RuntimeError) as problem:  # or there is mpi4py, but no MPI
        needed = f"{problem}; under mpiexec the command line needs an MPI and pip install 'mlnn-learn[mpi]'"
        if is_first():
            print(f"mlnn: {needed}", file=sys.stderr)
        sys.exit(2)
    with served() as first:  # all other processes take steps for the first, which runs the command
        if first:
            app()


def _terminated(number: int, _: Any) -> None:
    """End as by an exception, so that drafts are removed and the terminal is put in order."""
    sys.exit(128 + number)
