"""``mpiexec -n 4 python -m mlnn.distributed program.py …``: the first process runs the program, all others serve it."""

import runpy
import sys
from pathlib import Path

from mlnn.distributed.mpi import served

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: mpiexec -n PROCESSES python -m mlnn.distributed PROGRAM [ARGUMENTS]")
    with served() as first:
        if first:
            sys.argv = sys.argv[1:]
            sys.path[0] = str(Path(sys.argv[0]).resolve().parent)  # as Python itself has it for a program
            runpy.run_path(sys.argv[0], run_name="__main__")
