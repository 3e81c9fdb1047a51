"""Predictions of two parts: read together, derived by each, and checked against each other."""

import numpy as np
import pytest

from lossbook.engine.arguments import NUMBER, Kind, Pair
from lossbook.engine.elementwise import Elementwise

POSITIVE = Kind("finite numbers above 0", 0, NUMBER.high, "Pass a scale.", without=0.0)
SCALED = Pair((NUMBER, POSITIVE), ("loc", "scale"), "location and scale")
INTERVAL = Pair((NUMBER, NUMBER), ("lower", "upper"), "interval", ordered=True)


def _cubic(loc, scale, target):
    """Value and derivatives of (μ − y) σ³."""
    yield (loc - target) * scale**3
    yield scale**3
    yield 3 * (loc - target) * scale**2
    yield np.zeros_like(loc)
    yield 6 * (loc - target) * scale


def plan(prediction, target, kind=SCALED, reduction="sum", kernel=_cubic, **more):
    read = kind.read("prediction", prediction), NUMBER.read("target", target)
    return Elementwise(kernel, *read, reduction=reduction, **more)


LOC, SCALE, TARGET = (
    np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 4.0]]),
    np.array([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]]),
    np.ones((2, 3)),
)


def test_derivatives_come_in_pairs_in_the_order_of_the_parts():
    value, (by_loc, by_scale), (no_bend, bend) = plan((LOC, SCALE), TARGET).run(2)
    assert value == np.sum((LOC - TARGET) * SCALE**3)
    assert np.array_equal(by_loc, SCALE**3)
    assert np.array_equal(by_scale, 3 * (LOC - TARGET) * SCALE**2)
    assert not no_bend.any()
    assert np.array_equal(bend, 6 * (LOC - TARGET) * SCALE)


@pytest.mark.parametrize("order", ["C", "F"])
def test_parts_of_any_layout_give_the_same(order):
    strided = np.zeros((2, 6))[:, ::2]
    strided[...] = SCALE
    wanted = plan((LOC, SCALE), TARGET, reduction="mean").run(1)
    for scale in (np.asarray(SCALE, order=order), strided):
        value, pair = plan((np.asarray(LOC, order=order), scale), TARGET, reduction="mean").run(1)
        assert value == wanted[0]
        assert all(map(np.array_equal, pair, wanted[1]))


def test_a_mean_whose_sum_is_out_of_range_has_the_right_powers_of_two():
    # Homogeneous of degree 1: the sum of eight terms overflows, their mean does not.
    def kernel(loc, scale, target):
        yield loc + scale - target
        yield np.ones_like(loc)
        yield np.full_like(loc, 2.0)
        yield np.zeros_like(loc)
        yield np.zeros_like(loc)

    huge = np.full(8, 1.5e308)
    value, (one, two) = plan((huge, np.ones(8)), np.zeros(8), reduction="mean", kernel=kernel, degree=1).run(1)
    assert value == 1.5e308
    assert np.all(one == 1 / 8)
    assert np.all(two == 2 / 8)


def test_what_where_leaves_out_may_hold_anything_and_has_no_slope():
    where = np.array([[True, False, True], [True, True, False]])
    loc, scale = np.where(where, LOC, np.nan), np.where(where, SCALE, -1.0)
    value, (by_loc, by_scale) = plan((loc, scale), TARGET, where=where).run(1)
    assert value == np.sum(((LOC - TARGET) * SCALE**3)[where])
    assert not by_loc[~where].any()
    assert not by_scale[~where].any()


def test_the_widest_float_of_the_parts_is_the_dtype():
    single = LOC.astype(np.float32), SCALE.astype(np.float32)
    assert plan(single, TARGET.astype(np.float32)).run(1)[1][1].dtype == np.float32
    assert plan((single[0], SCALE), TARGET.astype(np.float32)).run(1)[1][0].dtype == np.float64


@pytest.mark.parametrize(
    ("prediction", "error", "words"),
    [
        (np.ones((2, 3)), TypeError, r"the pair \(loc, scale\), but it is an array"),
        ("ab", TypeError, "the pair"),
        ([LOC], ValueError, "has 1 parts"),
        ((LOC, SCALE, SCALE), ValueError, "has 3 parts"),
        ((LOC, SCALE[0]), ValueError, r"scale has shape \(3,\), but loc has shape \(2, 3\)"),
        ((LOC, np.zeros((2, 3))), ValueError, r"scale\[0, 0\] = 0.0"),
        ((LOC, -SCALE), ValueError, r"scale\[0, 0\] = -1.0"),
        ((np.where(LOC == 4, np.nan, LOC), SCALE), ValueError, r"loc\[1, 2\] = nan"),
        ((LOC, "x"), TypeError, "scale must be"),
    ],
)
def test_a_bad_pair_is_refused_by_the_name_of_its_part(prediction, error, words):
    with pytest.raises(error, match=words):
        plan(prediction, TARGET).run(1)


def test_ends_that_cross_are_refused_where_they_count():
    low, high = np.array([0.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.0])
    kind = Pair((NUMBER, NUMBER), ("lower", "upper"), "interval", ordered=True)
    with pytest.raises(ValueError, match=r"lower may not be above upper, but lower\[1\] = 3.0 and upper\[1\] = 2.0"):
        plan((low, high), np.zeros(3), kind)
    plan((low, high), np.zeros(3), kind, where=[True, False, True])
    plan((low, high), np.zeros(3))
