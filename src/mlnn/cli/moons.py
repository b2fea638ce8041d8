"""``mlnn moons``: the tutorial's run."""

import os
import sys
import time
from pathlib import Path

import click
import numpy as np

from mlnn.cli.console import BadInput, beside, messages, print_json, results, writable, writing
from mlnn.frame.replacing import STDOUT, replacing


@click.command()
@click.option("-o", "--output", default="moons.png", show_default=True, help="Where to save the picture.")
@click.option("--hidden", default=3, show_default=True, type=click.IntRange(1), help="Units of the hidden layer.")
@click.option("--passes", default=20000, show_default=True, type=click.IntRange(1), help="Passes over the rows.")
@click.option("--show/--no-show", default=True, help="Open a window where there is a display.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@click.option("--quiet", is_flag=True, help="Print no messages on stderr.")
def moons(output: str, hidden: int, passes: int, show: bool, as_json: bool, quiet: bool) -> None:
    """Train the tutorial's network on two moons and draw its decision boundary."""
    writable(output)
    import matplotlib

    display = show and (sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY")))
    if not display:
        matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.backend_bases import FigureCanvasBase
    from sklearn.datasets import make_moons

    from mlnn import Model
    from mlnn.plot import plot_decision_boundary

    kinds = FigureCanvasBase.get_supported_filetypes()
    kind = "png" if output == STDOUT else Path(output).suffix[1:].lower()
    if kind not in kinds:
        raise BadInput(f"cannot write '{output}': a picture's name must end in one of {', '.join(sorted(kinds))}")
    random = np.random.RandomState(0)  # the tutorial's np.random.seed(0), without touching the global state
    X, y = make_moons(200, noise=0.20, random_state=random)
    model = Model([2, hidden, 2], random=random)
    started = time.perf_counter()
    with beside(output):
        model.train(X, y, num_passes=passes, epsilon=0.01, reg_lambda=0.01, print_loss=not as_json)
    seconds = time.perf_counter() - started
    loss, accuracy = model.calculate_loss(X, y), float((model.predict(X) == y).mean())
    plt.figure(figsize=(6.4, 5.2), layout="constrained")
    plot_decision_boundary(model, X, y)
    plt.title(f"Decision boundary for hidden layer size {hidden}: accuracy {accuracy:.3f}")
    with writing(output), replacing(output) as file:
        plt.savefig(file, dpi=150, format=kind)
    with beside(output):
        if as_json:
            reported = {"losses": {str(epoch.number - 1): epoch.loss for epoch in model.history}}
            print_json(reported | {"loss": loss, "accuracy": accuracy, "seconds": seconds, "picture": output})
        else:
            results.print(f"Loss at the end: {loss:.7f}")
            results.print(f"Training accuracy: {accuracy:.3f}")
    if not quiet:
        messages.print(f"{passes} passes took {seconds:.1f} s; the decision boundary is in {output}")
    if display:
        plt.show()
