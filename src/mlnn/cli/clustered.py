"""Many machines on the command line: ``--cluster ADDRESS``, or ``mpiexec -n 4 mlnn train …``."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from mlnn.cli.console import BadInput, Command, messages
from mlnn.cli.launched import launched
from mlnn.distributed import Cluster, WorkersLost
from mlnn.frame.sentence import number_of
from mlnn.memory import amount


def cluster_option(command: Command) -> Command:
    """Give a command the option of a cluster."""
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Train on the workers of the Dask cluster whose scheduler is there, to the same bits as here.",
    )(command)


@contextmanager
def clustered(address: str | None, quiet: bool) -> Iterator[None]:
    """Have whatever trains in a ``with`` block trained on a cluster, or on the processes of an MPI program.

    Raises
    ------
    BadInput
        If there is no cluster at the address, what speaks to one is not installed, or all its workers are lost.
    """
    where = address or ("mpi" if launched() else None)
    if where is None:
        yield
        return
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(Cluster(where))
        except ModuleNotFoundError as problem:
            extra = "mpi" if where == "mpi" else "distributed"
            raise BadInput(f"{problem.name} is missing; a cluster needs pip install 'mlnn-learn[{extra}]'") from None
        except (OSError, RuntimeError, ValueError) as problem:
            raise BadInput(f"there is no cluster at '{where}': {problem}") from None
        workers = cluster.workers.here()
        if not workers:
            why = "; ".join(f"{place}: {reason}" for place, reason in cluster.workers.reasons.items())
            raise BadInput(f"the cluster at '{where}' has no worker{why and f' ({why})'}")
        if not quiet:
            messages.print(f"training on {number_of(len(workers), 'worker')} of {'MPI' if where == 'mpi' else where}")
        try:
            yield
        except WorkersLost as problem:
            raise BadInput(str(problem)) from problem
        if not quiet:
            _print_work(cluster)


def _print_work(cluster: Cluster) -> None:
    """Say what each worker did."""
    for address, work in cluster.workers.work.items():
        speed, waited = (work.rows / work.seconds, work.waited / work.seconds) if work.seconds else (0.0, 0.0)
        messages.print(
            f"worker {address}: {number_of(work.steps, 'step')}, {speed:,.0f} rows a second, {waited:.0%} of "
            f"{work.seconds:.1f} s waiting for others, {amount(work.sent)} sent"
        )
