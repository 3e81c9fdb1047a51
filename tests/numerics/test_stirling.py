"""Logarithms of factorials, taken apart: each part has its own digits."""

import math

import mpmath
import numpy as np

from lossbook.numerics import stirling


def gap(y):
    return mpmath.loggamma(1 + y) - y * mpmath.log(y) + y


def numbers():
    rng = np.random.default_rng(0)
    return np.concatenate([10.0 ** rng.uniform(-300, 300, 100), rng.uniform(0, 10, 200), np.arange(1.0, 20), [1 - 2**-53, 0.5, 8.0]])


def test_what_is_lost_at_the_best_mean_has_its_digits_from_0_to_the_largest_number():
    y = numbers()
    found = stirling.gap_at_mean(y)
    for n, exact in enumerate(map(mpmath.mpf, y)):
        with mpmath.workprec(2200):
            assert abs(found[n] / gap(exact) - 1) < 4e-16, y[n]
    assert list(stirling.gap_at_mean(np.array([0.0, 1.0, 1.7e308]))[:2]) == [0, 1]
    assert math.isfinite(stirling.gap_at_mean(np.array([1.7e308]))[0])


def test_what_stirlings_formula_lacks():
    y = numbers()
    y = y[(y >= 1) & (y < 1e15)]
    found = stirling.tail(y)
    with mpmath.workprec(300):
        for n, exact in enumerate(map(mpmath.mpf, y)):
            true = gap(exact) - mpmath.log(2 * mpmath.pi * exact) / 2
            assert abs(found[n] - true) < 3e-17, y[n]


def test_the_deviance_of_a_count():
    x, mean = np.array([3.0, 5.0, 1e-3, 7.0]), np.array([4.0, 5.0, 2.0, 0.5])
    found = stirling.poisson_gap(x, mean, x - mean, np.log(x / mean))
    np.testing.assert_allclose(found, x * np.log(x / mean) + mean - x, rtol=1e-14)
    with np.errstate(over="ignore"):
        assert stirling.log_ratio(np.array([1e308]), np.array([1e-308]))[0] == math.log(1e308) - math.log(1e-308)
