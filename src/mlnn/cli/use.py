"""``mlnn evaluate``, ``predict`` and ``inspect``: what can be done with a saved model."""

import math
from typing import Any

import click

from mlnn.cli.console import one_sentence, print_json, print_table, writable, write_text
from mlnn.cli.train import text_target
from mlnn.engine import engine_for
from mlnn.frame.target import target_of
from mlnn.frame.typed import read_frame
from mlnn.plot import graph_text
from mlnn.tabular.described import network_json
from mlnn.tabular.file import load
from mlnn.tabular.score import NAMES
from mlnn.tabular.train import TrainedTable


def _frame(trained: TrainedTable, data: str) -> Any:
    """Read rows to use the model on: what was text in training stays text."""
    return read_frame(data, text=[*trained.preparation.text_columns, *text_target(trained.target, trained.target_name)])


@click.command()
@click.argument("model")
@click.argument("data")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@one_sentence
def evaluate(model: str, data: str, as_json: bool) -> None:
    """Judge MODEL by the rows of DATA, which must hold the target."""
    trained = load(model)
    frame, y = target_of(_frame(trained, data), trained.target_name)
    scores = trained.evaluate(frame, y)
    if as_json:
        print_json({"rows": len(y), "scores": scores})
    else:
        lines = [(NAMES[name], f"{value:.4f}") for name, value in scores.items()]
        print_table(f"{trained.target_name}, {len(y)} rows", ["", "mlnn"], lines)


@click.command()
@click.argument("model")
@click.argument("data")
@click.option("--proba", is_flag=True, help="Print the probability of every class.")
@click.option("-o", "--output", help="Write to this file instead of stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of CSV.")
@one_sentence
def predict(model: str, data: str, proba: bool, output: str | None, as_json: bool) -> None:
    """Predict the target of every row of DATA with MODEL, as CSV; a target column in DATA is not looked at."""
    import pandas as pd

    writable(output, used=[model, data])
    trained = load(model)
    frame = _frame(trained, data).drop(columns=trained.target_name, errors="ignore")
    if proba:
        predicted = pd.DataFrame(trained.predict_proba(frame), columns=[str(each) for each in trained.target.classes])  # type: ignore[attr-defined]
    else:
        predicted = pd.DataFrame({trained.target_name: trained.predict(frame)})
    if as_json:
        print_json(predicted.to_dict(orient="list"), output)
    else:
        write_text(output, predicted.to_csv(index=False))


@click.command()
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@one_sentence
def inspect(model: str, as_json: bool) -> None:
    """Show what MODEL is: its network, its parameters, and how it was trained."""
    trained = load(model)
    network, theta = trained.members[0]
    counted = {
        "target": trained.target_name,
        "task": trained.task,
        "members": len(trained.members),
        "parameters of a member": network.size,
        "of these trained": network.trained_size,
        "type": str(theta.dtype),
        "runs by": engine_for(network).explain(network, dtype=theta.dtype),
    }
    if as_json:
        networks = [network_json(each) for each, _ in trained.members]
        print_json(counted | {"networks": networks, "summary": trained.summary})
        return
    print_table("model", ["", ""], [(name, str(value)) for name, value in counted.items()])
    click.echo()
    click.echo(graph_text(network))
    click.echo()
    parameters = [
        (
            p.name,
            "×".join(map(str, p.parameter.shape)),
            str(p.place.stop - p.place.start),
            "" if p.parameter.trained else "running",
        )
        for p in network.placed
    ]
    print_table("parameters", ["name", "shape", "elements", ""], parameters)
    summary = trained.summary
    lines = [("data", summary.get("data", "")), ("rows", str(summary.get("rows", "")))]
    lines += [("seconds", f"{summary.get('seconds', math.nan):.1f}")]
    lines += [("best epochs", " ".join(str(member["best_epoch"]) for member in summary.get("members", [])))]
    lines += [(name, str(value)) for name, value in summary.get("options", {}).items()]
    scores = summary.get("scores", {})
    lines += [(f"held-out {NAMES.get(name, name)}", f"{value:.4f}") for name, value in scores.items()]
    click.echo()
    print_table("training", ["", ""], lines)
