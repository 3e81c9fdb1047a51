"""Pairs of doubles: logarithms and powers with more digits than one double has."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lossbook.numerics import powers


def error(pair, true):
    """How far a pair is from a number, in units of it."""
    return float(abs(sum(mpmath.mpf(float(part)) for part in pair) / true - 1))


@pytest.mark.parametrize("number", [Fraction(5), Fraction(1, 3), Fraction(1, 4), Fraction(10**300, 7), Fraction(3, 10**301), Fraction(2)])
def test_a_root_in_two_doubles_has_the_digits_of_both(number):
    pair, exponent = powers.root_in_two(number)
    assert 0.5 <= pair[0] < 1
    with mpmath.workprec(400):
        true = mpmath.sqrt(mpmath.mpf(number.numerator) / number.denominator) * mpmath.mpf(2) ** -exponent
        assert error(pair, true) < 2.0**-104


def test_a_rational_number_in_two_doubles_leaves_next_to_nothing():
    pair = powers.in_two(Fraction(1, 3))
    assert abs(Fraction(pair[0]) + Fraction(pair[1]) - Fraction(1, 3)) < Fraction(1, 2**106)


@pytest.mark.parametrize("inverse", [False, True])
def test_a_logarithm_of_a_sum_has_sixty_three_bits(inverse):
    rng = np.random.default_rng(4)
    sizes = np.concatenate([rng.uniform(0.5, 1, 200), [0.5, np.nextafter(1, 0), 0.41421356237309503, 0.7071067811865476]])
    exponents = np.concatenate([rng.integers(-60, 1, 200), [0, 0, 0, -1]]).astype(np.int32)
    size = (sizes, sizes * 2.0**-54 * rng.uniform(-1, 1, len(sizes)))
    w = tuple(np.ldexp(part, exponents) for part in size)
    found = powers.log_of_sum(w, size, exponents, np.full(len(sizes), inverse))
    with mpmath.workprec(400):
        for n in range(len(sizes)):
            exact = mpmath.mpf(w[0][n]) + mpmath.mpf(w[1][n])
            true = mpmath.log1p(1 / exact if inverse else exact)
            assert error((found[0][n], found[1][n]), true) < 2.0**-63


def test_a_logarithm_has_eighty_bits():
    rng = np.random.default_rng(9)
    x = np.concatenate([10.0 ** rng.uniform(-300, 300, 200), 1 + rng.normal(0, 1e-6, 50), rng.uniform(0.5, 2, 200), [5e-324, 1.7e308]])
    found = powers.logarithm(x)
    with mpmath.workprec(400):
        for n, exact in enumerate(map(mpmath.mpf, x)):
            assert error((found[0][n], found[1][n]), mpmath.log(exact)) < 2.0**-80
    assert [part[0] for part in powers.logarithm(np.array([1.0]))] == [0, 0]


def test_an_exponential_goes_beyond_the_range_of_doubles():
    size, power = powers.exponential((np.array([1e4, -1e4, 1e300, -np.inf]), np.array([1e-13, 0, 1e280, 0])))
    with mpmath.workprec(400):
        for n, exponent in enumerate((mpmath.mpf(1e4) + mpmath.mpf(1e-13), -mpmath.mpf(1e4))):
            assert error((size[n],), mpmath.exp(exponent) * mpmath.mpf(2) ** -int(power[n])) < 3e-16
    with np.errstate(over="ignore", under="ignore"):
        assert list(np.ldexp(size, power)) == [np.inf, 0, np.inf, 0]


def test_quotients_products_and_sums_of_pairs_are_exact_to_a_hundred_bits():
    rng = np.random.default_rng(5)
    x, y = ((v := rng.uniform(0.5, 1, 50), v * 2.0**-54) for _ in range(2))
    found = {"/": powers.divide(x, y), "²": powers.square(x), "·": powers.scale((x[0][0], x[1][0]), y), "+": powers.add(x, y)}
    with mpmath.workprec(400):
        a, b = ([mpmath.mpf(u) + mpmath.mpf(v) for u, v in zip(*pair, strict=True)] for pair in (x, y))
        for n in range(50):
            true = {"/": a[n] / b[n], "²": a[n] ** 2, "·": a[0] * b[n], "+": a[n] + b[n]}
            for name, pair in found.items():
                assert error((pair[0][n], pair[1][n]), true[name]) < 2.0**-100, name
    near = powers.exponential_less_one((np.array([1e-9]), np.array([1e-26])))
    assert near[0] == pytest.approx(1e-9 + 5e-19, rel=3e-16, abs=0)


def test_the_logarithm_has_sixty_three_bits():
    rng = np.random.default_rng(8)
    x = np.concatenate([10.0 ** rng.uniform(-320, 308, 200), 1 + rng.normal(size=50) * 10.0 ** rng.uniform(-16, -1, 50)])
    x = np.concatenate([x, [1.0, 0.5, 2.0, 0.5**0.5, 2**0.5, 5e-324, 1e300]])
    upper, lower = powers.log(x)
    with mpmath.workprec(200):
        for value, a, b in zip(x, upper, lower, strict=True):
            true = mpmath.log(mpmath.mpf(float(value)))
            assert abs(mpmath.mpf(float(a)) + mpmath.mpf(float(b)) - true) <= abs(true) * mpmath.mpf(2) ** -63


def test_the_fourth_root_is_a_pair_of_ninety_bits():
    rng = np.random.default_rng(9)
    x = np.concatenate([10.0 ** rng.uniform(-307, 308, 200), [1.0, 16.0, 81.0, 2.0, 5e-324]])
    for numerator in (1.0, 3.0, 1e-300, 7e307):
        upper, lower = powers.fourth_root(numerator, x)
        with mpmath.workprec(200):
            for value, a, b in zip(x, upper, lower, strict=True):
                true = mpmath.root(mpmath.mpf(numerator) / mpmath.mpf(float(value)), 4)
                assert abs(mpmath.mpf(float(a)) + mpmath.mpf(float(b)) - true) <= true * mpmath.mpf(2) ** -90
    upper, lower = powers.fourth_root(1.0, np.array([16.0, 81.0, 1.0]))
    np.testing.assert_array_equal(upper, [0.5, 1 / 3, 1])
