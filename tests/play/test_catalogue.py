"""The catalogue: everything that can be chosen, and that its formulas can be filled with numbers."""

import json
import re

import pytest

from mlnn.layer import Layer
from mlnn.names import shipped
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.play.catalogue import catalogue, settings
from mlnn.tabular.described import part_of

KINDS = [(family, kind) for family, kinds in catalogue().items() for kind in kinds]


def test_it_is_json():
    assert json.loads(json.dumps(catalogue(), allow_nan=False)) == catalogue()


def test_it_holds_every_class_that_ships():
    names = {family: {kind["is"] for kind in kinds} for family, kinds in catalogue().items()}
    for family, base in (("layers", Layer), ("outputs", Output)):
        assert names[family] == {kind.__name__ for kind in shipped(base)}
    assert "LBFGS" in names["optimizers"]
    assert not names["optimizers"] & names["wrappers"]


def test_the_browser_says_what_it_lacks():
    (lacking,) = [kind for kinds in catalogue(browser=True).values() for kind in kinds if kind["missing"]]
    assert lacking["is"] == "LBFGS"
    assert not any(kind["missing"] for _, kind in KINDS)


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=[f"{family} {kind['is']}" for family, kind in KINDS])
def test_every_kind_is_described(family, kind):
    assert kind["says"].endswith((".", ":"))
    assert kind["label"]
    assert all(field["letter"] for field in kind["fields"])
    for text in kind["formulas"].values():
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right") + text.count(r"\leftarrow")
        assert text.count("@") % 2 == 0
        assert "self." not in text
    settings = {field["name"] for field in kind["fields"]}
    if family == "layers":
        named = set(re.findall("@([a-z_]+)@", kind["formulas"]["forward"]))
        assert named <= settings | {"x"}


@pytest.mark.parametrize(("family", "base"), [("optimizers", Optimizer), ("penalties", Penalty), ("outputs", Output)])
def test_defaults_make_the_part(family, base):
    for name, known in settings()[family].items():
        given = {setting: each["default"] for setting, each in known.items()}
        part = part_of({"is": name} | given, base, LBFGS)
        assert part == type(part)()
