"""The fast orders are exactly those of NumPy's stable argsort, whichever way the processor prefers."""

import numpy as np
import pytest

from lossbook.numerics import sorting
from lossbook.numerics.sorting import LONG, SHORT, STEP, ascending, in_order, rising

SIZES = [1, 2, SHORT - 1, SHORT, SHORT + 1, LONG - 1, LONG, LONG + 1]


def spread(rng, size):
    return rng.normal(size=size)


def tied(rng, size):
    return rng.integers(-3, 4, size).astype(float)


def all_equal(rng, size):
    return np.full(size, 0.3)


def signed_zeros_and_denormals(rng, size):
    return rng.choice([0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1e-45, -1e-45, 1e-40, -1e-40], size)


def infinities_and_extremes(rng, size):
    return rng.choice([np.inf, -np.inf, 1.7e308, -1.7e308, 1e39, -1e39, 3.4e38, 1.0, -1.0], size)


def equal_in_float32(rng, size):
    return 1 + rng.integers(0, 50, size) * 2.0**-52


def a_few_pairs_equal_in_float32(rng, size):
    values = rng.normal(size=size)
    values[::7] = values[::-1][::7] * (1 + 2.0**-40)
    return values


def rising_already(rng, size):
    return np.sort(rng.normal(size=size))


@pytest.fixture(params=[True, False], ids=["packing", "digits"])
def way(request, monkeypatch):
    monkeypatch.setattr(sorting, "_packing_is_faster", lambda: request.param)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind",
    [
        spread,
        tied,
        all_equal,
        signed_zeros_and_denormals,
        infinities_and_extremes,
        equal_in_float32,
        a_few_pairs_equal_in_float32,
        rising_already,
    ],
)
def test_the_order_is_that_of_the_stable_argsort(way, kind, dtype, size):
    with np.errstate(over="ignore"):
        values = kind(np.random.default_rng(size), size).astype(dtype)
    before = values.copy()
    expected = np.argsort(values, kind="stable")
    order, ordered = ascending(values)
    assert np.array_equal(order, expected)
    assert ordered.dtype == dtype
    assert ordered.tobytes() == values[expected].tobytes()
    assert np.array_equal(rising(values), ordered)
    assert values.tobytes() == before.tobytes()


def test_strided_and_reversed_vectors_are_ordered(way):
    values = np.random.default_rng(0).normal(size=6 * SHORT)
    for view in (values[::3], values[::-1]):
        assert np.array_equal(ascending(view)[0], np.argsort(view, kind="stable"))


@pytest.mark.parametrize("size", [SHORT, LONG - 1, LONG, LONG + STEP // 2 + 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [spread, tied, signed_zeros_and_denormals, infinities_and_extremes])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.0])
def test_the_least_come_in_order_with_their_flags(way, kind, dtype, size, share):
    rng = np.random.default_rng(size)
    with np.errstate(over="ignore"):
        values = kind(rng, size).astype(dtype)
    flags, count = rng.random(size) < 0.4, int(share * size)
    expected = np.argsort(values, kind="stable")[:count]
    parts = list(in_order(values, flags, count))
    assert all(len(part) <= STEP for part, _, _ in parts)
    places, numbers, carried = (
        (np.concatenate([[], *column]) for column in zip(*parts, strict=True)) if parts else [[]] * 3
    )
    assert np.array_equal(places, expected)
    assert np.array_equal(numbers, values[expected])  # which takes −0 for 0
    assert np.array_equal(carried, flags[expected])
    assert all(flag is None for _, _, flag in in_order(values))
