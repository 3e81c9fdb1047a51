"""Losses of counts and amounts: hand values, the card, the last digits of values and derivatives, limits, domains, what they ask for."""

import math

import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook.cards import card

POISSON, GAMMA, TWEEDIE = lossbook.poisson_deviance, lossbook.gamma_deviance, lossbook.tweedie_deviance
POISSON_NLL, GAMMA_NLL = lossbook.poisson_nll_loss, lossbook.gamma_nll_loss
BINOMIAL = lossbook.negative_binomial_nll_loss
INF = math.inf
amount = st.floats(1e-6, 1e6)
DERIVED = (lambda loss: loss, lossbook.grad, lossbook.hessian_diag)


def derived(loss, prediction, target, **options):
    """The value and both derivatives of each element."""
    return [of(loss)(prediction, target, **options, reduction=how) for of, how in zip(DERIVED, ("none", "sum", "sum"), strict=True)]  # fmt: skip


LN2 = math.log(2)


@pytest.mark.parametrize(
    ("loss", "options", "prediction", "target", "values", "slopes", "bends"),
    [
        (POISSON, {}, [2, 1, 3], [0, 2, 3], [4, 4 * LN2 - 2, 0], [2, -2, 0], [0, 4, 2 / 3]),
        (GAMMA, {}, [1, 4, 3], [2, 2, 3], [2 - 2 * LN2, 2 * LN2 - 1, 0], [-2, 0.25, 0], [6, 0, 2 / 9]),
        (TWEEDIE, {"power": 1.5}, [4, 4, 1], [0, 1, 1], [8, 2, 0], [1, 0.75, 0], [-0.125, -1 / 32, 2]),
        (TWEEDIE, {"power": 0}, [4, -1], [6, -1], [4, 0], [-4, 0], [2, 2]),
        (TWEEDIE, {"power": 3}, [2, 1], [1, 4], [0.25, 2.25], [0.25, -6], [-1 / 8, 20]),
        (TWEEDIE, {"power": -1}, [2, 2], [1, -3], [5 / 3, 52 / 3], [4, 20], [6, 14]),
        (POISSON_NLL, {}, [0, 0], [0, 3], [1, 1], [1, -2], [1, 1]),
        (POISSON_NLL, {"full": True}, [0, 0, 0], [0, 3, 1], [1, 1 + math.log(6), 1], [1, -2, 0], [1, 1, 1]),
        (GAMMA_NLL, {}, [0, LN2], [3, 1], [3, LN2 + 0.5], [-2, 0.5], [3, 0.5]),
        (GAMMA_NLL, {"full": True}, [0, 0], [1, 2], [0, 1 - LN2], [0, -1], [1, 2]),
        (BINOMIAL, {"dispersion": 1.0}, [1, 1, 1], [0, 1, 3], [LN2, 2 * LN2, 4 * LN2], [0.5, 0, -1], [-0.25, 0.5, 2]),
        (BINOMIAL, {"dispersion": 2.0}, [1], [2], [math.log(27 / 4)], [-2 / 3], [14 / 9]),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_hand_values(loss, options, prediction, target, values, slopes, bends):
    found = derived(loss, np.array(prediction, float), np.array(target, float), **options)
    for one, other in zip(found, (values, slopes, bends), strict=True):
        np.testing.assert_allclose(one, other, rtol=9e-16, atol=0)


# --- The last digits ------------------------------------------------------------------------------------------------------


def tweedie(m, y, p):
    slope, bend = 2 * (m - y) / m**p, 2 * ((1 - p) * m + p * y) / m ** (p + 1)
    if m == y:
        return 0, slope, bend
    if p == 1:
        return 2 * ((y * mpmath.log(y / m) if y else 0) + m - y), slope, bend
    if p == 2:
        return 2 * (mpmath.log(m / y) + y / m - 1), slope, bend
    top = y ** (2 - p) if y > 0 else 0
    return 2 * (top / ((1 - p) * (2 - p)) - y * m ** (1 - p) / (1 - p) + m ** (2 - p) / (2 - p)), slope, bend


def poisson_nll(z, y, full):
    mean = mpmath.exp(z)
    return mean - y * z + (mpmath.loggamma(1 + y) if full else 0), mean - y, mean


def gamma_nll(z, y, full):
    ratio = y * mpmath.exp(-z)
    return z + ratio - (1 + mpmath.log(y) if full else 0), 1 - ratio, ratio


def binomial(m, y, r):
    slope, bend = (m - y) / m, y / m**2
    if r == INF:
        return m - y * mpmath.log(m) + mpmath.loggamma(1 + y), slope, bend
    value = mpmath.loggamma(r) + mpmath.loggamma(1 + y) - mpmath.loggamma(y + r)
    return (
        value - r * mpmath.log(r / (r + m)) - y * mpmath.log(m / (r + m)),
        slope * r / (r + m),
        bend - (y + r) / (r + m) ** 2,
    )


def units(found, true, dtype):
    """How many units in the last place a number is off; none where both are beyond the range."""
    largest = float(np.finfo(dtype).max)
    if abs(true) > largest:
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    return (
        float(abs(mpmath.mpf(float(found)) - true) / float(np.spacing(dtype(abs(float(true))))))
        if np.isfinite(found)
        else INF
    )


SIZES = [5e-324, 1e-310, 1e-160, 1e-9, 0.3, 1.0, 1 + 1e-9, 3.0, 41.3, 1e4, 1e15, 1e160, 1.7e308]


def amounts(seed, number):
    """Means and targets of all sizes: far apart, near one another, and where one formula takes the place of another."""
    rng = np.random.default_rng(seed)
    grid = np.array([[a, b] for a in SIZES for b in SIZES]).T
    near = rng.uniform(0.2, 5, (2, number)) * 10.0 ** rng.uniform(-10, 10, number)
    close = np.stack([near[0], near[0] * (1 + rng.normal(0, 1, number) * 10.0 ** rng.uniform(-14, -1, number))])
    edges = np.stack(
        [
            near[0],
            near[0] * np.exp(rng.choice([-1.4, 1.4, LN2, -LN2, 0.4], number) * (1 + 1e-3 * rng.normal(size=number))),
        ]
    )
    far = 10.0 ** rng.uniform(-300, 300, (2, number))
    return np.concatenate([grid, near, close, edges, far], axis=1)


def as_dtype(given, dtype):
    """The numbers that a dtype can hold, above 0."""
    with np.errstate(all="ignore"):
        given = [array.astype(dtype) for array in given]
    fits = np.isfinite(given[0]) & np.isfinite(given[1]) & (given[0] > 0)
    return [array[fits] for array in given]


def check(loss, formula, given, dtype, args, excused=lambda order, a, b, off: False, **options):
    """Ask for eight units of the last place; an excuse is given the exact numbers and how far the result is off."""
    with np.errstate(all="ignore"):
        found = derived(loss, *given, **options)
    for n, (a, b) in enumerate(zip(*given, strict=True)):
        exact = mpmath.mpf(float(a)), mpmath.mpf(float(b))
        for order, true in enumerate(formula(*exact, *args)):
            off = abs(mpmath.mpf(float(found[order][n])) - true)
            fits = units(found[order][n], mpmath.mpf(true), dtype) <= 8
            assert fits or excused(order, *exact, off), (order, a, b, found[order][n], mpmath.nstr(true, 17))


POWERS = [
    -7.3,
    -1.0,
    -1e-9,
    1.0,
    1 + 1e-14,
    1 + 1e-10,
    1.001,
    1.3,
    1.5,
    1.99,
    2 - 1e-12,
    2.0,
    2 + 1e-12,
    2.5,
    3.0,
    5.0,
    300.5,
]


@pytest.mark.parametrize(("power", "dtype"), [*((p, np.float64) for p in POWERS), (1.0, np.float32), (1.5, np.float32), (3.0, np.float32)])  # fmt: skip
def test_deviances_have_their_digits_near_equality_near_powers_1_and_2_and_anywhere(power, dtype):
    mean, target = amounts(5, 25)
    if power < 2:
        extra = [-t for t in target[::7]] if power < 0 else np.zeros(len(SIZES))
        mean, target = np.append(mean, mean[::7] if power < 0 else SIZES), np.append(target, extra)
    mean, target = as_dtype((mean, target), dtype)
    if power >= 2:
        mean, target = mean[target > 0], target[target > 0]
    with mpmath.workprec(2400):
        check(TWEEDIE, tweedie, (mean, target), dtype, (mpmath.mpf(power),), power=power)


def test_the_deviances_of_poisson_and_gamma_are_those_of_powers_1_and_2():
    mean, target = amounts(6, 25)
    for loss, power in ((POISSON, 1), (GAMMA, 2)):
        for one, other in zip(derived(loss, mean, target), derived(TWEEDIE, mean, target, power=power), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("loss", "formula"), [(POISSON_NLL, poisson_nll), (GAMMA_NLL, gamma_nll)], ids=["poisson", "gamma"]
)
def test_likelihoods_have_the_digits_of_their_larger_term_and_in_full_all_of_them(loss, formula, full):
    rng = np.random.default_rng(4)
    z = np.concatenate([rng.normal(0, 3, 60), [700, 709.7, -700, -745, 1e-300, 30, -30]])
    y = np.concatenate([rng.poisson(np.exp(abs(z[:30]))) + 1, np.exp(z[30:60]), [1, 1e308, 3, 4, 1, 1e13, 0.7]])
    at = 10.0 ** rng.uniform(-3, 13, 60)
    at[::2] = np.ceil(at[::2])
    # Next to the best prediction; there the slope is 0.
    near = np.log(at) + rng.normal(0, 1, 60) * 10.0 ** rng.uniform(-9, 0, 60)
    z, y = np.concatenate([z, np.log(at), near]), np.concatenate([y, at, at])
    if loss is POISSON_NLL:
        z, y = np.append(z, [3.0, -3.0, 700.0]), np.append(y, np.zeros(3))

    def excused(order, z, y, off):
        if order == 0 and not full:
            terms = (mpmath.exp(z), y * abs(z)) if loss is POISSON_NLL else (abs(z), y * mpmath.exp(-z))
            return off <= 8 * max(terms) * mpmath.mpf(2) ** -53
        # Of a prediction that is the best one to its last digit, the digits of two doubles are used up.
        t = abs(z - mpmath.log(y)) if y else 0
        lost = mpmath.mpf("1e-23") * max(1, abs(z)) * (y if loss is POISSON_NLL else 1)
        return t < 1e-8 and off <= (lost if order == 1 else 2 * lost * t)

    with mpmath.workprec(1200):
        check(loss, formula, (z, y), np.float64, (full,), excused, full=full)


@pytest.mark.parametrize("r", [5e-324, 1e-300, 1e-9, 0.3, 1.0, 2.5, 41.0, 1e6, 1e15, 1e18, 1.7e308, INF])
def test_the_negative_binomial_likelihood_has_its_digits_whatever_the_size(r):
    rng = np.random.default_rng(3)
    mean, target = amounts(8, 6)
    counted = rng.uniform(0.5, 60, 40)
    mean, target = (
        np.concatenate([mean, counted, SIZES]),
        np.concatenate([target, rng.poisson(counted), np.zeros(len(SIZES))]),
    )
    # Between 0 and 1 the value has the digits of 1.
    kept = (target == 0) | (target > 0.1)
    with mpmath.workprec(2400):
        check(BINOMIAL, binomial, (mean[kept], target[kept]), np.float64, (mpmath.mpf(r),), dispersion=r)


def test_what_other_libraries_lose():
    """Stored exact numbers: near equality, near a power of 1, and where a log-gamma function would lose its digits."""
    assert TWEEDIE([3.0], [5.0], power=1 + 1e-14) == pytest.approx(1.1082562376599, rel=1e-13)
    for power in (1, 1.5, 2):
        u = np.float64(5 * (1 + 1e-8)) / 5 - 1
        assert TWEEDIE([5.0 * (1 + 1e-8)], [5.0], power=power) == pytest.approx(u * u * 5 ** (2 - power), rel=1e-7)
    for size in (1e15, 1e18, INF):
        assert BINOMIAL([2.0], [3], dispersion=size) == pytest.approx(1.7123179275482191, rel=1e-14)
    assert BINOMIAL([math.exp(4)], [39], dispersion=6e16) == pytest.approx(5.22991029, rel=1e-9)
    assert POISSON_NLL([math.log(2)], [2], full=True) == pytest.approx(2 - LN2, rel=1e-15)
    assert POISSON_NLL([0.0], [0.5], full=True) == pytest.approx(1 + math.lgamma(1.5), rel=1e-15)
    assert POISSON_NLL([math.log(1e-9)], [1]) == pytest.approx(20.7232658379, rel=1e-11)


@pytest.mark.parametrize("name", ["poisson_deviance", "gamma_deviance", "tweedie_deviance", "poisson_nll_loss", "gamma_nll_loss", "negative_binomial_nll_loss"])  # fmt: skip
def test_the_card_says_the_same(name):
    of_card, loss = card(name), getattr(lossbook, name)
    options = {"tweedie_deviance": "power", "negative_binomial_nll_loss": "dispersion"}
    formulas = [
        sp.lambdify(list(of_card.domain), formula, "mpmath")
        for formula in (of_card.formula, of_card.gradient, of_card.curvature)
    ]
    for row in np.random.default_rng(3).uniform(1.05, 4, (40, 3)):
        given = row[: len(of_card.domain)]
        named = {options[name]: row[2]} if name in options else {}
        for found, formula in zip(derived(loss, row[:1], row[1:2], **named), formulas, strict=True):
            np.testing.assert_allclose(found, float(formula(*given)), rtol=1e-11, atol=1e-13)


# --- What holds for all of them -------------------------------------------------------------------------------------------


@given(amount, amount, amount, st.sampled_from([-1.5, 1.0, 1.2, 1.5, 2.0, 3.0]))
def test_a_deviance_scales_with_a_power_of_the_unit(mean, target, unit, power):
    value = TWEEDIE([mean], [target], power=power)
    assert TWEEDIE([mean * unit], [target * unit], power=power) == pytest.approx(
        unit ** (2 - power) * value, rel=1e-9, abs=1e-13 * unit ** (2 - power) * max(mean, target) ** (2 - power)
    )


@given(st.floats(-10, 10), amount)
def test_a_likelihood_in_full_is_half_a_deviance_and_what_the_target_decides(z, y):
    mean = np.exp([z])
    assert GAMMA_NLL([z], [y], full=True) == pytest.approx(GAMMA(mean, [y]) / 2, rel=1e-9, abs=1e-25)
    best = POISSON_NLL([math.log(y)], [y])
    assert POISSON_NLL([z], [y]) - best == pytest.approx(
        POISSON(mean, [y]) / 2, rel=1e-7, abs=1e-14 * (abs(best) + y * abs(z) + mean[0])
    )


@given(st.integers(0, 60), st.floats(0.01, 100), st.floats(0.05, 1e6))
def test_likelihoods_are_those_of_scipy(y, mean, size):
    assert POISSON_NLL([math.log(mean)], [y], full=True) == pytest.approx(
        -scipy.stats.poisson.logpmf(y, mean), rel=1e-9, abs=1e-12
    )
    # There the first number is the chance of success.
    other = -scipy.stats.nbinom.logpmf(y, size, size / (size + mean))
    assert BINOMIAL([mean], [y], dispersion=size) == pytest.approx(other, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("power", [0, 1, 1.5, 2, 3, -1])
def test_every_power_asks_for_the_mean(power):
    sample = np.random.default_rng(1).gamma(0.7, 2, 301)
    slope = lossbook.grad(TWEEDIE)
    found = scipy.optimize.brentq(lambda m: slope(np.full(301, m), sample, power=power).sum(), 0.1, 10, xtol=1e-13)
    assert found == pytest.approx(sample.mean(), rel=1e-11)
    (total,) = [lossbook.grad(BINOMIAL)(np.full(301, sample.mean()), sample, dispersion=0.7, reduction="sum").sum()]
    assert abs(total) < 1e-10


def test_logarithms_of_the_mean_may_be_infinite():
    z, y = np.array([INF, -INF, INF, -INF]), np.array([0.0, 0.0, 3.0, 3.0])
    for full in (False, True):
        value, slope, bend = derived(POISSON_NLL, z, y, full=full)
        np.testing.assert_array_equal(value, [INF, 0, INF, INF])
        np.testing.assert_array_equal(slope, [INF, 0, INF, -3])
        np.testing.assert_array_equal(bend, [INF, 0, INF, 0])
        value, slope, bend = derived(GAMMA_NLL, z[2:], y[2:], full=full)
        np.testing.assert_array_equal(value, [INF, INF])
        np.testing.assert_array_equal(slope, [1, -INF])
        np.testing.assert_array_equal(bend, [0, INF])


@pytest.mark.parametrize(
    ("power", "mean", "target", "message"),
    [
        (1.5, [1.0, 0.0], [1.0, 1.0], r"mean must hold finite numbers above 0, but mean\[1\] = 0\.0\. Predict"),
        (1.5, [1.0, 1.0], [1.0, -1.0], r"target must hold finite numbers ≥ 0, but target\[1\] = -1\.0\. Counts"),
        (2.0, [1.0, 1.0], [1.0, 0.0], r"target must hold finite numbers above 0, but target\[1\] = 0\.0\. Leave"),
        (3.0, [1.0, 1.0], [1.0, 0.0], r"target\[1\] = 0\.0"),
        (-1.0, [1.0, -1.0], [1.0, -1.0], r"mean\[1\] = -1\.0"),
        (-1.0, [1.0, 1.0], [1.0, INF], r"target\[1\] = inf"),
        (0.0, [1.0, INF], [1.0, 1.0], r"mean\[1\] = inf"),
        (0.5, [1.0], [1.0], r"power must be a finite number that is not between 0 and 1, but power = 0\.5\. Choose"),
    ],
)
def test_what_a_power_does_not_allow_is_refused(power, mean, target, message):
    with pytest.raises(ValueError, match=message):
        TWEEDIE(mean, target, power=power)


@pytest.mark.parametrize(("loss", "option"), [(TWEEDIE, "power"), (BINOMIAL, "dispersion")])
def test_what_says_how_the_variance_grows_has_to_be_given(loss, option):
    with pytest.raises(TypeError, match=option):
        loss([1.0], [1.0])


def test_what_a_power_allows_is_taken():
    assert TWEEDIE([-1.0], [-2.0], power=0) == lossbook.mse_loss([-1.0], [-2.0])
    assert np.isfinite(TWEEDIE([1.0], [-2.0], power=-1))
    assert TWEEDIE([1.0], [0.0], power=1) == POISSON([1.0], [0.0]) == 2
    with pytest.raises(ValueError, match=r"target\[0\] = 0"):
        GAMMA([1.0], [0])
    with pytest.raises(ValueError, match=r"target\[0\] = -1"):
        POISSON_NLL([1.0], [-1])
    # Counts need not be whole.
    assert np.isfinite(POISSON_NLL([1.0], [2.5], full=True))
    assert np.isfinite(BINOMIAL([1.0], [2.5], dispersion=1.0))


def test_the_mean_of_terms_that_only_together_are_in_range():
    huge = np.full(8, 1.5e308)
    assert POISSON(huge, np.zeros(8)) == INF
    assert POISSON(huge / 4, np.zeros(8)) == pytest.approx(0.75e308, rel=1e-13)
    assert TWEEDIE([2e154, 1, 1, 1], [1.0, 1, 1, 1], power=0) == pytest.approx(1e308, rel=1e-13)


def test_a_count_keeps_its_digits_beside_a_float32():
    mean, target = np.array([2**24, 1], np.float32), np.array([2**24 + 1, 1])
    for loss, expected in ((POISSON, 2.0**-24), (GAMMA, 2.0**-48)):
        value = loss(mean, target, reduction="sum")
        assert value.dtype == np.float32
        assert value == pytest.approx(expected, rel=1e-6)
