"""Run every example in a process of its own and save its picture: ``python examples/all.py [FOLDER]``."""

import multiprocessing
import runpy
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import matplotlib


def run(example: Path, picture: Path) -> str:
    """Run one example, save what it would show, return what it prints."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.show = lambda: plt.savefig(picture, dpi=110)
    with redirect_stdout(StringIO()) as printed:
        runpy.run_path(str(example))
    return printed.getvalue()


def main() -> None:
    """Run all examples in this folder, as many at a time as there are cores."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    here = Path(__file__)
    examples = sorted(path for path in here.parent.glob("*.py") if path.name != here.name)
    pictures = [folder / f"{example.stem}.png" for example in examples]
    server = "forkserver" in multiprocessing.get_all_start_methods()
    processes = multiprocessing.get_context("forkserver" if server else "spawn")
    processes.set_forkserver_preload(["matplotlib.pyplot", "mlnn.plot", "sklearn.datasets"])  # loaded once
    with ProcessPoolExecutor(mp_context=processes, max_tasks_per_child=1) as pool:
        for example, printed in zip(examples, pool.map(run, examples, pictures), strict=True):
            print(f"{example.name}\n{printed}")


if __name__ == "__main__":
    main()
