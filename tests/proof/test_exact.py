"""Exact numbers beside floats: digits, units in the last place, and the worst of some points."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from lossbook import proof
from lossbook.cards import card
from lossbook.proof.exact import calculated, fraction


def test_digits_survive_where_the_sum_takes_thousands():
    true = proof.digits(sp.log(1 + sp.exp(sp.Integer(-9000))))
    assert abs(true / sp.exp(-9000).evalf(50) - 1) < sp.Float("1e-45")


@pytest.mark.parametrize(
    ("computed", "true", "expected"), [(1.0, "1", 0), (1 + 2**-52, "1", 1), (np.float32(1), "1.0000001", 0.8388608)]
)
def test_ulps_are_counted_in_the_numbers_own_precision(computed, true, expected):
    assert proof.ulps(np.asarray(computed), sp.Rational(true)) == pytest.approx(expected)


def test_a_wrong_implementation_is_far_from_its_card():
    bce = card("binary_cross_entropy")
    assert (
        proof.worst_ulps(
            bce, lambda p, y: np.float64(-y * np.log(p) - (1 - y) * np.log1p(-p)), [(0.3, 1.0), (0.3, 0.0)]
        )
        <= 2
    )
    assert proof.worst_ulps(bce, lambda p, y: np.float64(-y * np.log(p) + (1 - y) * np.log1p(-p)), [(0.3, 0.0)]) > 1e15


def test_a_float_is_turned_into_the_number_that_it_is():
    assert proof.exact(0.1) == sp.Rational(3602879701896397, 36028797018963968)


def test_infinity_is_infinity_in_exact_numbers():
    assert proof.exact(np.inf) == sp.oo
    assert proof.exact(-np.inf) == -sp.oo
    assert proof.exact(np.float32(0.1)) != proof.exact(0.1)


@pytest.mark.parametrize("count", [20, 50])
def test_digits_has_as_many_digits_as_asked_for_and_all_of_them_right(count):
    found = proof.digits(sp.sqrt(2), count)
    assert abs(found**2 - 2) < sp.Float(10, 60) ** (1 - count)
    assert found._prec == sp.Float(1, count)._prec


def test_digits_are_fifty_unless_another_number_is_asked_for():
    assert proof.digits(sp.sqrt(2))._prec == sp.Float(1, 50)._prec


@pytest.mark.parametrize("size", [638, 650, 2000, 5000])
def test_digits_survive_a_difference_in_which_two_or_four_thousand_bits_cancel(size):
    # 1 + t − √(1 + 2t) = t²/2 − …: two thousand bits leave 48 digits of it at t = e^-638, 37 at e^-650, none at e^-2000.
    tiny = sp.exp(sp.Integer(-size))
    found = proof.digits(1 + tiny - sp.sqrt(1 + 2 * tiny))
    assert abs(found / (tiny**2 / 2).evalf(60) - 1) < sp.Float("1e-49")


def test_a_point_without_a_number_for_each_symbol_is_refused():
    for point in ((0.5,), (0.5, 1.0, 1.0)):
        with pytest.raises(ValueError, match="zip"):
            proof.worst_ulps(card("binary_cross_entropy"), lambda *point: np.float64(1), [point])


def test_the_worst_point_counts_wherever_it_stands():
    bce = card("binary_cross_entropy")

    def at(p, y):
        value = np.float64(-np.log(p) if y else -np.log1p(-p))
        return value * (1 + 2**-44) if p == 0.3 else value

    for points in ([0.3, 0.5, 0.6], [0.5, 0.3, 0.6], [0.5, 0.6, 0.3]):
        assert 100 < proof.worst_ulps(bce, at, [(p, 1.0) for p in points]) < 1000
    assert proof.worst_ulps(bce, at, [(0.5, 1.0), (0.6, 0.0)]) < 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_number_out_of_range_is_infinite(dtype):
    huge = sp.Float("1e600")
    assert proof.ulps(dtype(np.inf), huge) == proof.ulps(dtype(-np.inf), -huge) == 0
    assert proof.ulps(np.finfo(dtype).max, huge) == proof.ulps(dtype(-np.inf), huge) == np.inf


def test_nan_at_one_point_is_no_small_error():
    bce = card("binary_cross_entropy")
    worst = proof.worst_ulps(bce, lambda p, y: np.float64(np.nan if p == 0.3 else -np.log(p)), [(0.5, 1.0), (0.3, 1.0), (0.6, 1.0)])
    assert np.isnan(worst)


@pytest.mark.parametrize(("order", "expected"), [(0, np.log(2)), (1, -2.0), (2, 4.0)])
def test_the_derivative_that_is_asked_for_is_compared(order, expected):
    bce = card("binary_cross_entropy")
    assert proof.worst_ulps(bce, lambda p, y: np.float64(expected), [(0.5, 1.0)], order) < 1
    for other in {0, 1, 2} - {order}:
        assert proof.worst_ulps(bce, lambda p, y: np.float64(expected), [(0.5, 1.0)], other) > 1e9


def test_a_grid_has_all_combinations_in_order():
    assert proof.grid(a=[1, 2], b=[3, 4]) == [(1, 3), (1, 4), (2, 3), (2, 4)]


@pytest.mark.parametrize("function", [sp.Add, sp.Mul, sp.Max, sp.Min, sp.Pow])
def test_fractions_give_what_sympy_gives_and_never_a_float(function):
    numbers = [sp.Rational(n, d) for n in (-3, -1, 0, 2) for d in (1, 2, 5)]
    for pair in itertools.product(numbers, repeat=2):
        found = calculated(function, map(fraction, pair))
        assert not isinstance(found, float)
        assert sp.sympify(found) == function(*pair)


def test_what_is_no_fraction_is_left_to_sympy():
    assert calculated(sp.Add, (fraction(1), sp.sqrt(2))) == 1 + sp.sqrt(2)
    assert calculated(sp.Pow, (fraction(2), fraction(sp.S.Half))) == sp.sqrt(2)
    assert isinstance(fraction(sp.Rational(6, 3)), Fraction)
    assert fraction(True) is sp.true
