"""Every initializer draws the distribution it names, from any of NumPy's three sources of random numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.array import Array, Random
from mlnn.initializer import Fan, Glorot, GlorotNormal, He, HeNormal, Initializer, Normal, Orthogonal, Sparse, Uniform
from mlnn.names import shipped

SHAPES = [(1, 1), (7, 3), (3, 7), (5, 5), (4, 2, 3), (6,)]


def sources() -> list[Random]:
    return [np.random.default_rng(7), np.random.RandomState(7), np.random]


def draw(initializer: Initializer, shape: tuple[int, ...], seed: int = 0) -> Array:
    return initializer(shape, np.random.default_rng(seed))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("source", [0, 1, 2], ids=["Generator", "RandomState", "module"])
@pytest.mark.parametrize("kind", shipped(Initializer))
def test_shape_and_source(kind: type[Initializer], source: int, shape: tuple[int, ...]) -> None:
    value = kind()(shape, sources()[source])
    assert value.shape == shape
    assert value.dtype == np.float64
    assert value.flags.writeable
    assert np.isfinite(value).all()


@pytest.mark.parametrize("kind", shipped(Initializer))
def test_one_seed_gives_one_value(kind: type[Initializer]) -> None:
    np.testing.assert_array_equal(draw(kind(), (8, 4)), draw(kind(), (8, 4)))
    assert kind() == kind()


D, H = 300, 200


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (Normal(0.3), 0.09),
        (Uniform(0.3), 0.03),
        (Glorot(), 2 / (D + H)),
        (GlorotNormal(), 2 / (D + H)),
        (He(), 2 / D),
        (HeNormal(), 2 / D),
        (Orthogonal(), 1 / D),
        (Orthogonal(gain=3.0), 9 / D),
        (Sparse(), 15 / D),
        (Sparse(30, 0.5), 0.25 * 30 / D),
    ],
    ids=repr,
)
def test_mean_and_variance(initializer: Initializer, variance: float) -> None:
    value = draw(initializer, (D, H))
    assert abs(value.mean()) < 5 * np.sqrt(variance / value.size)
    assert value.var() == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize(("initializer", "limit"), [(Glorot(), np.sqrt(6 / (D + H))), (He(), np.sqrt(6 / D))], ids=repr)
def test_uniform_fills_its_interval(initializer: Initializer, limit: float) -> None:
    value = draw(initializer, (D, H))
    assert -limit <= value.min() < -0.99 * limit
    assert 0.99 * limit < value.max() < limit


def test_the_tutorials_weights_bit_for_bit() -> None:
    expected = np.random.RandomState(0).randn(2, 3) / np.sqrt(2)
    np.testing.assert_array_equal(Fan()((2, 3), np.random.RandomState(0)), expected)


@given(st.integers(1, 30), st.integers(1, 10), st.integers(1, 40), st.integers(0, 9))
def test_sparse_counts_every_column(inputs: int, units: int, connections: int, seed: int) -> None:
    value = draw(Sparse(connections), (inputs, units), seed)
    np.testing.assert_array_equal(np.count_nonzero(value, axis=0), min(connections, inputs))


def test_sparse_columns_differ_in_places_and_values() -> None:
    value = draw(Sparse(5), (50, 40))
    assert len({tuple(np.flatnonzero(column)) for column in value.T}) > 30
    assert len(np.unique(value)) == 5 * 40 + 1


@pytest.mark.parametrize("connections", [0, -1])
def test_sparse_needs_a_connection(connections: int) -> None:
    with pytest.raises(ValueError, match=f"connections must be at least 1, but got {connections}"):
        Sparse(connections)


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 5.0), st.integers(0, 9))
def test_orthogonal_has_singular_values_gain(rows: int, columns: int, gain: float, seed: int) -> None:
    singular = np.linalg.svd(draw(Orthogonal(gain), (rows, columns), seed), compute_uv=False)
    np.testing.assert_allclose(singular, gain, rtol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 3)], ids=str)
def test_orthogonal_takes_both_signs(shape: tuple[int, int]) -> None:
    # Householder's QR alone always gives the same sign here; the uniform distribution gives each half the time.
    positive = [bool(draw(Orthogonal(), shape, seed).flat[0] > 0.0) for seed in range(200)]
    assert 70 < sum(positive) < 130
