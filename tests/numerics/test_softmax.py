"""The softmax that keeps its digits: what its parts promise, in exact arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook.numerics import softmax, sums

INF = math.inf
number = st.floats(-1e300, 1e300, allow_subnormal=False)
RNG = np.random.default_rng(17)


def exact_sum(terms):
    return sum(map(Fraction, terms.tolist()))


@given(number, number)
def test_a_difference_and_its_rest_are_together_exact(x, y):
    (difference,), (rest,) = sums.subtract(np.array([x]), np.array([y]))
    assert Fraction(float(difference)) + Fraction(float(rest)) == Fraction(x) - Fraction(y)
    assert difference == x - y


def test_equal_infinities_have_no_difference_and_others_an_infinite_one():
    with np.errstate(invalid="ignore"):
        difference, rest = sums.subtract(np.array([INF, -INF, INF, 0.0, 3.0]), np.array([INF, -INF, -INF, INF, 1.0]))
    np.testing.assert_array_equal(difference, [0, 0, INF, -INF, 2])
    np.testing.assert_array_equal(rest, 0)


@given(st.floats(1e-100, 1e100), st.sampled_from([1, -1]))
def test_a_number_is_split_into_halves_whose_products_are_exact(size, sign):
    upper, lower = map(float, sums.split(np.array(sign * size)))
    assert Fraction(upper) + Fraction(lower) == Fraction(sign * size)
    for one, other in ((upper, upper), (upper, lower), (lower, lower)):
        assert Fraction(one * other) == Fraction(one) * Fraction(other)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 1001])
def test_many_terms_add_up_to_within_a_few_units_of_their_sum(count):
    terms = RNG.random((count, 3))
    for column, total in zip(terms.T, sums.add_up(terms.copy()), strict=True):
        assert total == pytest.approx(math.fsum(column), rel=(2 + math.log2(count)) * 2**-53, abs=0)


@pytest.mark.parametrize("count", [2, 3, 10, 300, 1000])
def test_what_a_sum_lost_is_found_in_nearly_twice_the_precision_whatever_the_other_columns_hold(count):
    terms = RNG.random((count, 5)) * [1.0, 1e-12, 1e-30, 1e-200, 3.0]
    terms[0, 0] = 1.0
    total = np.sum(terms, axis=0)
    lost = sums.lost(terms, total)
    for column, part, rest in zip(terms.T, total.tolist(), lost.tolist(), strict=True):
        exact = exact_sum(column)
        assert abs(Fraction(part) + Fraction(rest) - exact) <= exact * count * Fraction(1, 2**95)


@pytest.mark.parametrize("run", [lossbook.softmax_focal_loss, lossbook.cross_entropy])
def test_the_loss_of_a_row_does_not_depend_on_the_rows_beside_it(run):
    z = 5 * RNG.normal(size=(30, 12))
    labels = RNG.integers(12, size=30)
    z[np.arange(30), labels] += np.linspace(-20, 40, 30)
    options = {"gamma": 5.0} if run is lossbook.softmax_focal_loss else {}
    values, gradient = lossbook.value_and_grad(run)(z, labels, reduction="none", **options)
    for n in range(30):
        value, slope = lossbook.value_and_grad(run)(z[n], labels[n], **options)
        assert value == values[n]
        np.testing.assert_array_equal(slope, gradient[n])


def test_scores_moved_by_pairs_are_those_of_the_moved_scores_by_either_way():
    rng = np.random.default_rng(10)
    z, k, c = rng.normal(size=(5, 40)), rng.integers(0, 5, 40), rng.normal(size=(5, 1))
    plain = softmax.Against(z + c, k)
    for adjusted in (softmax.Adjusted(z, k, (c, np.zeros_like(c))), softmax.AdjustedOfModerate(k, np.exp(z) * np.exp(c))):
        np.testing.assert_allclose(adjusted.cross_entropy(), plain.cross_entropy(), rtol=1e-14)
        np.testing.assert_allclose(adjusted.own / adjusted.total, plain.own / plain.total, rtol=1e-14)
        for one, other in zip(adjusted.with_complement(), softmax.with_complement(z + c), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)


def test_a_rest_counts_and_a_class_that_is_moved_to_minus_infinity_is_out():
    z, k = np.array([[1e8], [1e8], [np.inf]]), np.array([0])
    c = np.array([[0.0], [1.0], [-np.inf]]), np.array([[0.0], [1e-9], [0.0]])
    with np.errstate(invalid="ignore"):
        found = softmax.Adjusted(z, k, c, 2.0)
    assert found.cross_entropy()[0] == pytest.approx(np.logaddexp(0, 2 * (1 + 1e-9)), rel=1e-15)
    assert found.e[2, 0] == 0


def test_which_scores_are_moderate_depends_on_the_room_that_is_left():
    assert softmax.moderate(np.full((2, 3), 299.0))
    assert not softmax.moderate(np.full((2, 3), 299.0), 0.5)
    assert softmax.moderate(np.full((2, 3), 149.0), 0.5)
