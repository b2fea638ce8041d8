"""Formulas in LaTeX, computed: what the page shows must be what the engine runs."""

import math
import re

import numpy as np

FUNCTIONS = {
    "max": max,
    "min": min,
    "tanh": math.tanh,
    "ln": math.log,
    "erf": math.erf,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "sign": np.sign,
    "abs": abs,
    "cos": math.cos,
    "sin": math.sin,
    "floor": math.floor,
    "pi": math.pi,
}


def closing(text, start):
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise AssertionError(f"unbalanced: {text}")


def computed(tex, number, count, at):
    """The value of a formula: its sums written out, its numbers plugged in, the rest read as arithmetic."""
    while many := re.search(r"\\(sum|max)_(?:(\w)|\{(\w) \\neq (\w)\})\{", tex):
        operator, one, other, but = many.groups()
        letter, end = one or other, closing(tex, many.end())
        indices = [k for k in range(count(letter)) if but is None or k != at[but]]
        terms = [computed(tex[many.end() : end], number, count, {**at, letter: k}) for k in indices]
        value = sum(terms) if operator == "sum" else max(terms)
        tex = f"{tex[: many.start()]}({value!r}){tex[end + 1 :]}"
    tex = re.sub(r"@(\w+?)(?:_(\w+))?@", lambda found: f"({number(found[1], found[2] or '', at)!r})", tex)
    for pattern, spelled in (
        (r"\\left\|((?:(?!\\left|\\right).)*)\\right\|", r"abs(\1)"),
        (r"\\left\(((?:(?!\\left|\\right).)*)\\right\)", r"(\1)"),
        (r"\\left\[((?:(?!\\left|\\right).)*)\\right\]", lambda found: f"float({found[1].replace('=', '==')})"),
        (r"\\operatorname\{(\w+)\}", r"\1"),
        (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
        (r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)"),
        (r"e\^\{([^{}]*)\}", r"exp(\1)"),
        (r"\^\{([^{}]*)\}", r"**(\1)"),
        (r"\\left\\lfloor((?:(?!\\left|\\right).)*)\\right\\rfloor", r"floor(\1)"),
    ) * 8:
        tex = re.sub(pattern, spelled, tex)
    tex = tex.replace(r"2\pi", "2*pi").replace(r"\cdot", "*").replace("^", "**").replace("\\", " ")
    return eval(tex, FUNCTIONS | {"__builtins__": {"float": float}})
