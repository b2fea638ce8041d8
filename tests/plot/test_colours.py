"""The palette is safe for colour-blind readers, and every picture takes its colours from it."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import mlnn
from mlnn.plot.colours import COLOURS, DASHES, line_style, point_style, shaded

SIGHTS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""Machado, Oliveira, Fernandes (2009), A physiologically-based model for simulation of color vision deficiency, table 1
at full severity; they act on linear red, green and blue."""

XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
LEAST = 16.0
"""CIEDE2000; 1 is just noticeable side by side, 10 is seen at a glance."""


def linear(colour):
    c = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """Return CIELAB of linear red, green and blue under D65."""
    t = (XYZ @ np.clip(rgb, 0.0, 1.0)) / XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other):
    """Return CIEDE2000 of two colours in CIELAB (Sharma, Wu, Dalal 2005, equations 2 to 22)."""
    (L1, a1, b1), (L2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    G = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = (1 + G) * a1, (1 + G) * a2
    C1, C2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if C1 * C2 == 0 else (h2 - h1 + 180) % 360 - 180
    dL, dC, dH = L2 - L1, C2 - C1, 2 * np.sqrt(C1 * C2) * np.sin(np.radians(turn / 2))
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    h = h1 + h2 if C1 * C2 == 0 else (h1 + h2) / 2
    if C1 * C2 and abs(h1 - h2) > 180:
        h += 180 if h1 + h2 < 360 else -180
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.2, 4, -63))
    T = 1 + sum(factor * np.cos(np.radians(n * h + shift)) for factor, n, shift in waves)
    S_L = 1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2)
    S_C, S_H = 1 + 0.045 * C, 1 + 0.015 * C * T
    R = -2 * np.sqrt(C**7 / (C**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    return np.sqrt((dL / S_L) ** 2 + (dC / S_C) ** 2 + (dH / S_H) ** 2 + R * dC / S_C * dH / S_H)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
        ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_of_colours_is_that_of_its_paper(one, other, expected):
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sight", list(SIGHTS))
def test_any_two_colours_differ_for_every_eye(sight):
    seen = {colour: lab(SIGHTS[sight] @ linear(colour)) for colour in COLOURS}
    for one, other in combinations(COLOURS, 2):
        assert difference(seen[one], seen[other]) > LEAST, f"{one} and {other} look alike"


@pytest.mark.parametrize("sight", list(SIGHTS))
def test_every_colour_is_seen_on_white_paper(sight):
    for colour in COLOURS:
        assert difference(lab(SIGHTS[sight] @ linear(colour)), lab(np.ones(3))) > LEAST


def test_beyond_eight_dashes_and_markers_go_on_telling_apart():
    assert len({tuple(line_style(k).items()) for k in range(len(COLOURS) * len(DASHES))}) == 32
    assert [line_style(k)["ls"] for k in (0, 7, 8, 16)] == ["-", "-", "--", ":"]
    assert [point_style(k)["marker"] for k in (0, 7, 8, 16)] == ["o", "o", "s", "^"]
    assert line_style(3)["color"] == point_style(11)["color"] == COLOURS[3]


def test_shades_go_from_white_to_the_colour():
    np.testing.assert_allclose(
        shaded(np.array([0, 1, 8]), np.array([0.0, 1.0, 1.0])),
        [[1, 1, 1], [0xD5 / 255, 0x5E / 255, 0], [0, 0x72 / 255, 0xB2 / 255]],
    )


def test_colours_are_named_in_one_place():
    """Pictures have no colours of their own; the graph's fills are tints of paper, told apart by shape and words."""
    for path in Path(mlnn.__file__).parent.rglob("*.py"):
        if path.name != "colours.py":
            assert not re.findall(r"\"#[0-9a-fA-F]{3,8}\"|\"C\d\"|\"(?:tab|xkcd):", path.read_text(encoding="utf-8")), (
                path
            )
