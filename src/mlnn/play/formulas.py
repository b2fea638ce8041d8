"""All that the browser's engine is made of and does not write by hand: ``python -m mlnn.play.formulas``."""

import json
import sys

import numpy as np

from mlnn.array import ORDERS, POINTS, WEIGHTS
from mlnn.engine.trace.formula import symbolic
from mlnn.engine.trace.javascript import Function, module, written_families
from mlnn.engine.trace.symbol import Symbol, as_symbol
from mlnn.frame import target
from mlnn.frame.from_text import SHARE
from mlnn.frame.kind import scale, spelling
from mlnn.frame.labels import A_CLASS
from mlnn.frame.leak import FEWEST_ROWS
from mlnn.layer import Layer
from mlnn.names import shipped
from mlnn.play import curves, look, plan
from mlnn.play.catalogue import settings
from mlnn.play.driver import GROWTH
from mlnn.play.points import DRAWS, PointSet
from mlnn.play.tables import MOST_CLASSES
from mlnn.play.trouble import BACK, FAILED
from mlnn.training import FAULTS, HAPPENED, HUGE, LARGEST_TRAINED, SIGNS

FLAT = 0.005
"""A slope at which hardly anything of a gradient passes."""

FAR = 1e3
"""Of so large inputs layers show their ends."""


def placed(kind: type[PointSet]) -> str:
    """Return a point set in TypeScript."""
    example, thing = symbolic(kind)
    noise = Symbol("noise")
    point = map(as_symbol, thing.place(*map(Symbol, DRAWS), noise))
    arrays = "".join(f"{name}: Numbers, " for name in (*DRAWS, "x1", "x2"))
    function = Function({name: f"{name}[i]" for name in DRAWS} | {"noise": "noise"})
    results = dict(zip(("x1[i]", "x2[i]", "target[i]"), point, strict=True))
    text = function.text("place", f"n: number, noise: number, {arrays}target: Numbers", results)
    classes = "p.arms" if hasattr(example, "arms") else str(example.classes)
    return f"  classes: ({'p: Part' if 'p.' in classes else ''}): number => {classes},\n{text}"


def script() -> str:
    """Return the text of web/src/engine/formulas.ts.

    Examples
    --------
    >>> "LAYERS_Tanh" in script()
    True
    """
    families = written_families() | {"POINTS": {kind: placed(kind) for kind in shipped(PointSet)}}
    purposes = {"WEIGHTS": WEIGHTS, "ORDERS": ORDERS, "POINTS_STREAM": POINTS}
    constants = "".join(f"\nexport const {name} = {value};" for name, value in purposes.items())
    setting = "{ default: any; kind: string; interval?: string; least?: number; most?: number }"
    kinds = f"{{ [family: string]: {{ [name: string]: {{ [setting: string]: {setting} }} }} }}"
    known = f"export const SETTINGS: {kinds} = {json.dumps(settings())};"
    return (
        f"{module(families)}\n{known}\n{constants}\n\n{divergence()}\n\n{limits()}\n\n{spellings()}\n\n{saturation()}\n"
    )


def divergence() -> str:
    """Return in TypeScript what counts as divergence, and what is said of it."""
    signs = {name: sign._asdict() for name, sign in SIGNS.items()}
    largest = {kind.name: size for kind, size in LARGEST_TRAINED.items()}
    sizes = {"huge": HUGE, "largest": largest}
    known = {"happened": HAPPENED, "back": BACK, "failed": FAILED, **sizes, "faults": FAULTS, "signs": signs}
    sign = "{ [name: string]: { words: string; alone: boolean } }"
    kinds = "{ happened: string; back: string; failed: string; huge: number; largest: { [precision: string]: number }; "
    kinds += f"faults: {{ [kind: string]: string }}; signs: {sign} }}"
    return f"export const DIVERGENCE: {kinds} = {json.dumps(known)};"


def limits() -> str:
    """Return in TypeScript how much both players take and keep."""
    known = {
        "parameters": plan.MOST_PARAMETERS,
        "rows": plan.MOST_ROWS,
        "numbers": plan.MOST_NUMBERS,
        "values": plan.MOST_VALUES,
        "classes": MOST_CLASSES,
        "watched": look.MOST_WATCHED,
        "landscape": look.LANDSCAPE,
        "seenRows": look.SEEN_ROWS,
        "points": curves.POINTS,
        "kept": curves.KEPT,
        "growth": GROWTH,
        "table": {
            "share": SHARE,
            "feature": scale.LARGEST_CELL,
            "target": target.LARGEST_TARGET,
            "spread": target.LEAST_SPREAD,
            "names": FEWEST_ROWS,
            "class": A_CLASS,
        },
    }
    return f"export const LIMITS = {json.dumps(known)};"


def spellings() -> str:
    """Return in TypeScript what of a table's cells means that nothing is there, what means yes and no, and numbers."""
    known = {
        "blank": sorted(spelling.BLANK),
        "missing": sorted(spelling.MISSING),
        "truth": spelling.TRUTH,
        "most": spelling.MOST_SPELLINGS,
        "signs": spelling.SIGNS,
        "number": spelling.AS_PYTHON.pattern,
        "note": spelling.NOTE,
        "groups": {mark: pattern.pattern for mark, pattern in spelling.GROUPS.items()},
    }
    kinds = "{ blank: string[]; missing: string[]; truth: { [word: string]: boolean }; most: number; "
    kinds += "signs: { [sign: string]: string }; number: string; note: string; groups: { [mark: string]: string } }"
    return f"export const SPELLING: {kinds} = {json.dumps(known)};"


def saturation() -> str:
    """Return in TypeScript the layers that saturate, whose curve is flat at both ends, and what counts as flat.

    Examples
    --------
    >>> "Tanh" in saturation(), "ReLU" in saturation(), "Identity" in saturation()
    (True, False, False)
    """
    x = np.array([-FAR, FAR])
    layers = {kind.__name__: kind() for kind in shipped(Layer)}
    flat = [name for name, layer in layers.items() if (np.abs(layer.slope(x, layer.forward(x))) < FLAT).all()]
    return (
        f"export const SATURATION: {{ flat: number; layers: string[] }} = {json.dumps({'flat': FLAT, 'layers': flat})};"
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(script())
