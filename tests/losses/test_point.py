"""Losses that ask for quantiles, expectiles and proportions: hand values, the card to the last digits, kinks, limits, what they ask for."""

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

PINBALL, EXPECTILE, QUANTILE_HUBER = lossbook.pinball_loss, lossbook.expectile_loss, lossbook.quantile_huber_loss
INSENSITIVE, MAPE, MSLE = lossbook.epsilon_insensitive_loss, lossbook.mape_loss, lossbook.msle_loss
INF = math.inf
number, level = st.floats(-1e6, 1e6), st.floats(0.001, 0.999)
DERIVED = (lambda loss: loss, lossbook.grad, lossbook.hessian_diag)


def derived(loss, prediction, target, **options):
    """The value and both derivatives of each element."""
    return [of(loss)(prediction, target, **options, reduction=how) for of, how in zip(DERIVED, ("none", "sum", "sum"), strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "options", "prediction", "target", "values", "slopes", "bends"),
    [
        (PINBALL, {"tau": 0.25}, [1, 3, 2], [2, 2, 2], [0.25, 0.75, 0], [-0.25, 0.75, 0], [0, 0, 0]),
        (EXPECTILE, {"tau": 0.25}, [0, 4, 2], [2, 2, 2], [1, 3, 0], [-1, 3, 0], [0.5, 1.5, 0.5]),
        (QUANTILE_HUBER, {"tau": 0.25, "kappa": 2.0}, [1, 3, 2, -2, 6], [2, 2, 2, 2, 2], [0.0625, 0.1875, 0, 0.75, 2.25], [-0.125, 0.375, 0, -0.25, 0.75], [0.125, 0.375, 0.125, 0, 0]),
        (QUANTILE_HUBER, {"tau": 0.25, "kappa": 2.0}, [0, 4], [2, 2], [0.25, 0.75], [-0.25, 0.75], [0.125, 0.375]),
        (INSENSITIVE, {"epsilon": 0.5}, [1, 2.5, 2.25, 4], [2, 2, 2, 2], [0.5, 0, 0, 1.5], [-1, 0, 0, 1], [0, 0, 0, 0]),
        (INSENSITIVE, {"epsilon": 0.5, "squared": True}, [1, 2.5, 4], [2, 2, 2], [0.25, 0, 2.25], [-1, 0, 3], [2, 0, 2]),
        (MAPE, {}, [150, 50, 3, -5], [100, 200, 3, -4], [0.5, 0.75, 0, 0.25], [0.01, -0.005, 0, -0.25], [0, 0, 0, 0]),
        (MSLE, {}, [0, 1, 0], [0, 0, 1], [0, math.log(2) ** 2, math.log(2) ** 2], [0, math.log(2), -2 * math.log(2)], [2, (1 - math.log(2)) / 2, 2 * (1 + math.log(2))]),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)  # fmt: skip
def test_hand_values(loss, options, prediction, target, values, slopes, bends):
    found = derived(loss, np.array(prediction, float), np.array(target, float), **options)
    for one, other in zip(found, (values, slopes, bends), strict=True):
        np.testing.assert_allclose(one, other, rtol=4e-16, atol=0)


def side(e, tau):
    return 1 - tau if e > 0 else tau


def pinball(a, b, tau):
    w = side(a - b, tau)
    return w * abs(a - b), w * mpmath.sign(a - b), 0


def expectile(a, b, tau):
    w = side(a - b, tau)
    return w * (a - b) ** 2, 2 * w * (a - b), 2 * w


def quantile_huber(a, b, tau, kappa):
    w, e = side(a - b, tau), a - b
    if abs(e) > kappa:
        return w * (abs(e) - kappa / 2), w * mpmath.sign(e), 0
    return w * e * e / kappa / 2, w * e / kappa, w / kappa


def insensitive(a, b, epsilon, squared):
    excess, sign = max(abs(a - b) - epsilon, mpmath.mpf(0)), mpmath.sign(a - b)
    if squared:
        return excess**2, 2 * excess * sign, 2 * (excess > 0)
    return excess, sign * (excess > 0), 0


def mape(a, b):
    return abs(a - b) / abs(b), mpmath.sign(a - b) / abs(b), 0


def msle(a, b):
    d = mpmath.log((1 + a) / (1 + b))
    return d * d, 2 * d / (1 + a), 2 * (1 - d) / (1 + a) ** 2


LEVELS = [5e-324, 1.1e-320, 1e-300, 1e-9, 0.1, 0.5, 0.7, 1 - 2**-53]
SIZES = [5e-324, 1e-300, 1e-160, 0.3, 1.345, 1e8, 1e160, 1.7e308]
CASES = [
    *((PINBALL, pinball, {"tau": tau}) for tau in LEVELS),
    *((EXPECTILE, expectile, {"tau": tau}) for tau in LEVELS),
    *((QUANTILE_HUBER, quantile_huber, {"tau": tau, "kappa": size}) for tau, size in [(0.3, size) for size in SIZES] + [(1e-300, 1e180)]),
    *((INSENSITIVE, insensitive, {"epsilon": size, "squared": squared}) for size in [0.0, *SIZES] for squared in (False, True)),
    (MAPE, mape, {}),
    (MSLE, msle, {}),
]  # fmt: skip


def beside(*edges):
    """Numbers, and those next to them on both sides."""
    return [float(n) for e in edges for n in (e, np.nextafter(e, INF), np.nextafter(e, 0))]


def pairs(loss, dtype, options):
    """Predictions and targets: small and huge errors, edges of the options and their neighbours, and some at random."""
    rng = np.random.default_rng(7)
    if loss is MSLE:
        near = [-1 + 2**-53, -1 + 2**-24, *beside(-0.5), -1e-9, 0.0, 1e-300, 1e-12, 2e-12, 0.3, 1.0, *beside(math.e - 1), 30.0, 1e9, 1e15, 1e15 + 1, 1e160, 1.7e308]  # fmt: skip
        drawn = rng.exponential(3, (2, 40)) - rng.random((2, 40))
        grid = np.array([[a, b] for a in near for b in near]).T
        close = np.stack([drawn[0], drawn[0] * (1 + 1e-9)])
        turning = np.array([*drawn[0], 5e307, 1e300])
        bent = np.stack([math.e * (1 + turning) - 1, turning])
        prediction, target = np.concatenate([grid, drawn, close, bent], axis=1)
    else:
        edges = [options[name] for name in ("kappa", "epsilon") if name in options]
        sizes = [0.0, 5e-324, 1e-310, 1e-160, 1e-9, 0.7, 41.3, 1e4, 1e20, 1e160, 1e300, *beside(*edges)]
        errors = np.array([*sizes, *(-s for s in sizes), *rng.uniform(-1, 1, 8) * (edges or [1])[0], *rng.normal(0, 3, 8)])
        targets = [0.1, -1e-310, 3e7, -1.7e308] if loss is MAPE else [0.0, 0.1, -1e-310, 3e7, -1.7e308]
        with np.errstate(over="ignore"):
            prediction = np.concatenate([errors + t for t in targets] + [-np.array(targets)])
        target = np.concatenate([np.repeat(targets, len(errors)), targets])
    with np.errstate(all="ignore"):
        given = prediction.astype(dtype), target.astype(dtype)
    fits = np.isfinite(given[0]) & np.isfinite(given[1])
    if loss is MAPE:
        fits &= given[1] != 0
    if loss is MSLE:
        fits &= (given[0] > -1) & (given[1] > -1)
    return tuple(array[fits] for array in given)


def units(found, true, dtype):
    """How many units in the last place a number is off; none where both are beyond the range."""
    largest = float(np.finfo(dtype).max)
    if abs(true) > largest:
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    return float(abs(mpmath.mpf(float(found)) - true) / float(np.spacing(dtype(abs(float(true)))))) if np.isfinite(found) else INF


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "formula", "options"), CASES, ids=lambda part: getattr(part, "__name__", None) or "-".join(f"{v:g}" for v in part.values()) or "none")  # fmt: skip
def test_value_and_derivatives_are_within_eight_units_of_the_last_place(loss, formula, options, dtype):
    prediction, target = pairs(loss, dtype, options)
    found = derived(loss, prediction, target, **options)
    with mpmath.workprec(2300):
        given = [o if isinstance(o, bool) else mpmath.mpf(o) for o in options.values()]
        for n, (a, b) in enumerate(zip(prediction, target, strict=True)):
            true = formula(mpmath.mpf(float(a)), mpmath.mpf(float(b)), *given)
            for order, what in enumerate(true):
                # Where the loss turns concave, the digits of two doubles are used up.
                lost = order == 2 and loss is MSLE and abs(found[2][n] - what) < mpmath.mpf("1e-31") / (1 + mpmath.mpf(float(a))) ** 2
                assert lost or units(found[order][n], mpmath.mpf(what), dtype) <= 8, (order, a, b, found[order][n], mpmath.nstr(what, 17))


@pytest.mark.parametrize(("loss", "formula", "options"), CASES, ids=lambda part: getattr(part, "__name__", None) or "-".join(f"{v:g}" for v in part.values()) or "none")  # fmt: skip
def test_nothing_is_nan_where_differences_are_beyond_the_largest_number(loss, formula, options):
    prediction = np.array([1.7e308, 1.7e308, 1.7e308, 0.0, 5e-324, 0.0])
    target = np.array([1.7e308, 5e-324, -0.5, -0.5, 5e-324, 5e-324])
    if loss is not MSLE:
        prediction = np.concatenate([prediction, [-1.7e308, 1.7e308]])
        target = np.concatenate([target, [1.7e308, -1.7e308]])
    for result in derived(loss, prediction, target, **options):
        assert not np.isnan(result).any()
    for of in DERIVED:
        assert not np.isnan(of(loss)(prediction, target, **options)).any()


LOSSES = {PINBALL: ["tau"], EXPECTILE: ["tau"], QUANTILE_HUBER: ["tau", "kappa"], INSENSITIVE: ["epsilon"], MAPE: [], MSLE: []}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_the_card_says_the_same(loss):
    of_card = card(loss.__name__)
    symbols = list(of_card.domain)
    formulas = [sp.lambdify(symbols, formula, "mpmath") for formula in (of_card.formula, of_card.gradient)]
    for row in np.random.default_rng(3).uniform(0.05, 0.95, (40, 4)):
        row[:2] *= 3
        options = dict(zip(LOSSES[loss], row[2:].tolist(), strict=False))
        powers = [(), ()] if loss is not INSENSITIVE else [(1,), (2,)]
        for power in powers:
            squared = {"squared": power == (2,)} if power else {}
            for of, formula in zip(DERIVED, formulas, strict=False):
                found = of(loss)(row[:1], row[1:2], **options, **squared, reduction="sum")
                np.testing.assert_allclose(found, float(formula(*row[: len(symbols) - len(power)], *power)), rtol=1e-12, atol=1e-15)


@given(number, number, level)
def test_the_pinball_loss_at_the_other_level_is_its_mirror_image(prediction, target, tau):
    value = PINBALL([prediction], [target], tau=tau)
    assert value == pytest.approx(PINBALL([-prediction], [-target], tau=1 - tau), rel=1e-12, abs=1e-300)
    # The two sides are the whole error.
    assert value + PINBALL([target], [prediction], tau=tau) == pytest.approx(abs(prediction - target), rel=1e-14, abs=1e-300)


@given(number, number, level, st.floats(1e-3, 1e3))
def test_the_quantile_huber_loss_lies_at_most_half_its_parameter_below_the_pinball_loss(prediction, target, tau, kappa):
    rounded, sharp = QUANTILE_HUBER([prediction], [target], tau=tau, kappa=kappa), PINBALL([prediction], [target], tau=tau)
    assert rounded <= sharp * (1 + 1e-14) + 1e-300
    assert sharp - rounded <= max(tau, 1 - tau) * kappa / 2 * (1 + 1e-14) + 1e-14 * sharp


@given(number, number)
def test_without_a_tube_it_is_the_absolute_or_the_squared_error(prediction, target):
    given = [prediction], [target]
    for squared, other in ((False, lossbook.mae_loss), (True, lossbook.mse_loss)):
        for of in DERIVED[:2]:
            assert of(INSENSITIVE)(*given, epsilon=0, squared=squared) == pytest.approx(of(other)(*given), rel=1e-14, abs=1e-300)


@given(st.floats(-0.99, 1e9), st.floats(-0.99, 1e9))
def test_the_squared_logarithmic_error_is_the_squared_error_of_logarithms(prediction, target):
    logs = np.log1p([prediction]), np.log1p([target])
    assert MSLE([prediction], [target]) == pytest.approx(lossbook.mse_loss(*logs), rel=1e-9, abs=1e-13)


def lowest(loss, sample, grid, **options):
    """The prediction of a grid with the smallest mean loss."""
    risks = [loss(np.full(len(sample), x), sample, **options) for x in grid]
    return grid[int(np.argmin(risks))]


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.9])
def test_what_each_loss_asks_for(tau):
    sample = np.exp(np.random.default_rng(2).normal(size=401))
    inside = np.sort(sample)
    assert lowest(PINBALL, sample, inside, tau=tau) == np.quantile(sample, tau)
    (slope,) = [lossbook.grad(EXPECTILE)(np.full(401, scipy.stats.expectile(sample, tau)), sample, tau=tau).sum()]
    assert abs(slope) < 1e-12
    weights = 1 / inside
    median = inside[int(np.searchsorted(np.cumsum(weights), weights.sum() / 2))]
    assert lowest(MAPE, sample, inside) == median < np.median(sample)
    slope = lossbook.grad(MSLE)(np.full(401, np.expm1(np.mean(np.log1p(sample)))), sample).sum()
    assert abs(slope) < 1e-12


def test_a_kink_rounded_off_moves_the_quantile():
    """Of the standard normal distribution at τ = 0.9: from the quantile 1.2816 to the expectile 0.8616."""
    y = np.linspace(-9, 9, 90001)
    chances = scipy.stats.norm.pdf(y) * (y[1] - y[0])
    slope = lossbook.grad(QUANTILE_HUBER)
    for kappa, expected in ((1e-6, 1.2816), (0.01, 1.2776), (0.1, 1.2427), (1.0, 0.9930), (10.0, 0.8616)):
        found = scipy.optimize.brentq(lambda x, k=kappa: slope(np.full_like(y, x), y, tau=0.9, kappa=k, reduction="sum") @ chances, 0, 2)
        assert found == pytest.approx(expected, abs=6e-5)


def test_a_float32_at_the_end_of_the_domain_is_refused():
    for pair in ((np.float32([-1.0, 2.0]), np.float32([1.0, 2.0])), (np.float32([1.0, 2.0]), np.float32([-1.0, 2.0]))):
        with pytest.raises(ValueError, match=r"must hold finite real numbers above −1, but (prediction|target)\[0\] = -1\.0\. Shift"):
            MSLE(*pair)
    assert np.isfinite(MSLE([np.nextafter(-1, 0)], [0.0]))
    # Both below −1, their logarithms would have a difference.
    with pytest.raises(ValueError, match=r"prediction\[1\] = -3\.0"):
        MSLE([1.0, -3.0], [1.0, -2.0])


def test_a_target_of_zero_is_refused_unless_it_is_left_out():
    for zero in (0.0, -0.0):
        with pytest.raises(ValueError, match=r"target must hold finite real numbers other than 0, but target\[1\] = -?0\.0\. Leave out"):
            MAPE([1.0, 1.0], [2.0, zero])
    with pytest.raises(ValueError, match=r"target\[0\] = 0\. Leave"):
        MAPE([0.0], [0])
    assert MAPE([1.0, 1.0], [2.0, 0.0], where=[True, False]) == 0.5
    # The sign of a target does not count, only its size.
    assert MAPE([-1.0], [-2.0]) == 0.5


def test_differences_beyond_the_largest_number_whose_loss_is_in_range():
    a, b = [1.7e308], [-1.7e308]
    assert MAPE(a, b) == 2
    assert PINBALL(a, b, tau=0.75) == pytest.approx(0.85e308, rel=1e-15, abs=0)
    assert lossbook.mae_loss(a, b) == INF
    assert EXPECTILE(b, a, tau=1e-310, reduction="none")[0] == pytest.approx(1e-310 * 1.7e308 * 1.7e308 * 4, rel=1e-13, abs=0)
    assert INSENSITIVE(a, b, epsilon=1.7e308) == 1.7e308
    assert QUANTILE_HUBER(a, b, tau=0.75, kappa=1.7e308) == pytest.approx(0.6375e308, rel=1e-15, abs=0)


def test_the_mean_of_terms_that_only_together_are_in_range():
    for loss, options in ((PINBALL, {"tau": 0.9}), (QUANTILE_HUBER, {}), (INSENSITIVE, {"epsilon": 0.5}), (INSENSITIVE, {"epsilon": 1e160})):
        huge = np.full(8, -1.5e308)
        one = loss(huge[:1], np.zeros(1), **options)
        assert loss(huge, np.zeros(8), **options) == pytest.approx(one, rel=1e-13, abs=0)
    for loss, options in ((EXPECTILE, {}), (INSENSITIVE, {"epsilon": 2.0, "squared": True})):
        assert loss([2e154, 0, 0, 0], np.zeros(4), **options) == pytest.approx(1e308 if options else 5e307, rel=1e-13, abs=0)
    assert PINBALL([-1.7e308, 0], [1.7e308, 0], tau=0.9) == pytest.approx(1.53e308, rel=1e-13, abs=0)


def test_an_integer_keeps_its_digits_beside_a_float32():
    prediction, target = np.array([2**24, 1], np.float32), np.array([2**24 + 1, 1])
    for loss, expected in ((PINBALL, 0.5), (EXPECTILE, 0.5), (QUANTILE_HUBER, 0.25), (INSENSITIVE, 0.9), (MAPE, 1 / (2**24 + 1))):
        value = loss(prediction, target, reduction="sum")
        assert value.dtype == np.float32
        assert value == pytest.approx(expected, rel=1e-7, abs=0)
