"""What a model file, or a folder of checkpoints, holds."""

from collections.abc import Mapping
from typing import Any

import click

from mlnn.cli.checkpointed import inspect_checkpoint
from mlnn.cli.console import one_sentence, print_json, print_table
from mlnn.cli.predicted import target_names
from mlnn.cli.train import content, print_model
from mlnn.engine import engine_for
from mlnn.model import Model
from mlnn.network import Network
from mlnn.plot import graph_text
from mlnn.tabular.base import TableModel
from mlnn.tabular.described import as_option, chosen_of, network_json, parameters_json, settings_of
from mlnn.tabular.storage import load


@click.command()
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@one_sentence
def inspect(model: str, as_json: bool) -> None:
    """Show what MODEL is: its columns, its scores, its networks, and how it was trained; or a folder of checkpoints."""
    if inspect_checkpoint(model, as_json):
        return
    trained: Any = load(model)
    if not isinstance(trained, TableModel):
        network = trained.network if isinstance(trained, Model) else trained.state.network
        about = {"kind": type(trained).__name__, "parameters": network.size}
        if as_json:
            print_json(about | {"networks": [network_json(network)]})
            return
        print_table("model", [], [(name, str(value)) for name, value in about.items()])
        click.echo()
        _print_network(network)
        return
    _, theta = trained.members_[0]
    target, summary = ", ".join(target_names(trained)), trained.summary_
    counted = {
        "target": target,
        "task": trained.target_.task,
        "data": summary.get("data", "given from Python"),
        "rows": summary.get("rows", 0),
        "members": len(trained.members_),
        "type": str(theta.dtype),
    }
    if (familiar := trained.judgement_.familiar) is not None:
        counted["rows known again"] = f"{'all' if familiar.whole else 'a sample'}, by {len(familiar.digests):,} digests"
    settings = settings_of(trained) | chosen_of(trained)
    if as_json:
        networks = [network_json(each) for each, _ in trained.members_]
        described = {"views": trained.views_.to_json(), "networks": networks, "settings": _plain(settings)}
        print_json(content(trained, target) | counted | described)
        return
    print_table("model", [], [(name, str(value)) for name, value in counted.items()])
    click.echo()
    print_model(trained, target, len(trained.columns_))
    click.echo()
    for view, words in zip(trained.views_.each, trained.views_.words, strict=True):
        (network, _), *_ = view.members
        runs = engine_for(network).explain(network, dtype=theta.dtype)
        print_table("view", [], [("networks", words), ("run by", runs)])
        click.echo()
        _print_network(network)
        click.echo()
    lines = [(name, as_option(value)) for name, value in settings.items() if value is not None]
    lines += [("epochs kept", " ".join(str(member["best_epoch"]) for member in summary.get("members", [])))]
    lines += [("seconds", f"{summary.get('seconds', float('nan')):.1f}")]
    if (conformal := trained.judgement_.conformal) is not None:
        lines += [("intervals", conformal.said)]
    print_table("training", [], lines)


def _plain(settings: Mapping[Any, Any]) -> dict[str, Any]:
    """Return settings as JSON has them; what it cannot have, such as functions, as text."""
    plain, others = parameters_json(settings)
    by_name = {name: _plain(value) for name, value in settings.items() if isinstance(value, Mapping)}
    return plain | by_name | {name: str(settings[name]) for name in others if name not in by_name}


def _print_network(network: Network) -> None:
    """Print the computation graph, and every parameter."""
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
