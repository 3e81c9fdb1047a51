"""Robust losses: hand values, the card to the last digits, edges and kinks, limits of their parameters, and what overflows elsewhere."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook.cards import card

HUBER, SMOOTH, PSEUDO = lossbook.huber_loss, lossbook.smooth_l1_loss, lossbook.pseudo_huber_loss
LOG_COSH, BARRON, TUKEY, WING = lossbook.log_cosh_loss, lossbook.barron_loss, lossbook.tukey_biweight_loss, lossbook.wing_loss
INF = math.inf
number = st.floats(-1e6, 1e6)
DERIVED = (lambda loss: loss, lossbook.grad, lossbook.hessian_diag)


def of(loss, errors, order=0, **options):
    """The value, or a derivative, of each error, the target being 0."""
    errors = np.atleast_1d(np.asarray(errors, dtype=float))
    reduction = "none" if order == 0 else "sum"
    return DERIVED[order](loss)(errors, np.zeros_like(errors), reduction=reduction, **options)


@pytest.mark.parametrize(
    ("loss", "options", "errors", "values", "slopes", "bends"),
    [
        (HUBER, {"delta": 2.0}, [1, 2, -3], [0.5, 2, 4], [1, 2, -2], [1, 1, 0]),
        (SMOOTH, {"beta": 2.0}, [1, 2, -3], [0.25, 1, 2], [0.5, 1, -1], [0.5, 0.5, 0]),
        (SMOOTH, {"beta": 0}, [1, 0, -3], [1, 0, 3], [1, 0, -1], [0, 0, 0]),
        (PSEUDO, {"delta": 4.0}, [3, 0, -3], [4, 0, 4], [2.4, 0, -2.4], [0.512, 1, 0.512]),
        (BARRON, {"alpha": 2, "scale": 2.0}, [2, 0, -4], [0.5, 0, 2], [0.5, 0, -1], [0.25, 0.25, 0.25]),
        (BARRON, {"alpha": -2, "scale": 0.5}, [1, 0, -1], [1, 0, 1], [1, 0, -1], [-1, 4, -1]),
        (TUKEY, {"c": 2.0}, [1, 2, -3], [37 / 96, 2 / 3, 2 / 3], [0.5625, 0, 0], [-0.1875, 0, 0]),
        (WING, {"width": 2.0, "curvature": 2.0}, [2, 3, -3], [2 * math.log(2), 1 + 2 * math.log(2), 1 + 2 * math.log(2)], [0.5, 1, -1], [-0.125, 0, 0]),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)  # fmt: skip
def test_hand_values(loss, options, errors, values, slopes, bends):
    for order, expected in enumerate((values, slopes, bends)):
        np.testing.assert_allclose(of(loss, errors, order, **options), expected, rtol=1e-15, atol=0)


def test_a_log_cosh_of_a_thousand_is_almost_a_thousand():
    np.testing.assert_allclose(of(LOG_COSH, [1000, -1000]), 1000 - math.log(2), rtol=1e-15)
    np.testing.assert_array_equal(of(LOG_COSH, [1e-9, 0]), [5e-19, 0])
    np.testing.assert_allclose(of(LOG_COSH, [math.log(2)], 1), 0.6, rtol=1e-15)
    np.testing.assert_allclose(of(LOG_COSH, [math.log(2)], 2), 0.64, rtol=4e-16)


def huber(e, delta):
    outside = abs(e) > delta
    return (delta * (abs(e) - delta / 2), delta * mpmath.sign(e), 0) if outside else (e * e / 2, e, 1)


def smooth_l1(e, beta):
    if beta == 0:
        return abs(e), mpmath.sign(e), 0
    return tuple(part / beta for part in huber(e, beta))


def pseudo_huber(e, delta):
    h = mpmath.sqrt(1 + (e / delta) ** 2)
    return delta**2 * (h - 1), e / h, h**-3


def log_cosh(e):
    size = abs(e)
    far = size - mpmath.log(2) + mpmath.log1p(mpmath.exp(-2 * size))
    return mpmath.log(mpmath.cosh(e)) if size < 1 else far, mpmath.tanh(e), 4 / (mpmath.exp(min(size, 4000)) + mpmath.exp(-size)) ** 2


def tukey(e, c):
    left = 1 - (e / c) ** 2
    if left <= 0:
        return c * c / 6, 0, 0
    return c * c / 6 * (1 - left**3), e * left**2, left * (1 - 5 * (e / c) ** 2)


def wing(e, width, curvature):
    size, sign = abs(e), mpmath.sign(e)
    if size > width:
        return size - width + width * mpmath.log1p(width / curvature), sign, 0
    return width * mpmath.log1p(size / curvature), sign * width / (curvature + size), -width / (curvature + size) ** 2


def barron(e, alpha, scale):
    x = e / scale
    if alpha == 2:
        return x * x / 2, x / scale, 1 / scale**2
    if mpmath.isinf(alpha):
        sign = mpmath.sign(alpha)
        power = mpmath.exp(sign * min(x * x / 2, 10**5))
        return sign * (power - 1), x / scale * power, (1 + sign * x * x) / scale**2 * power
    q, b = x * x / abs(alpha - 2), abs(alpha - 2)
    log = mpmath.log1p(q)

    def base_to(exponent):
        return mpmath.exp(max(-(10**5), min(exponent * log, 10**5)))

    value = b / alpha * mpmath.expm1(min(alpha / 2 * log, 10**5)) if alpha else log
    return value, x / scale * base_to(alpha / 2 - 1), (1 + (alpha - 1) * q) / scale**2 * base_to(alpha / 2 - 2)


def beside(*edges):
    """Numbers, and those next to them on both sides."""
    return [float(n) for e in edges for n in (e, np.nextafter(e, INF), np.nextafter(e, 0))]


ALPHAS = [-INF, -1e300, -1e20, -1000.0, -2.0, -1e-8, -1e-300, 0.0, 1e-300, 1e-10, *beside(1.0), 1.5, *beside(2.0), 2.5, 1e4, 1e20, INF]
SIZES = [1e-300, 1e-160, 0.3, 1.345, 1e8, 1e160]
LOSSES = {
    HUBER: (huber, ["delta"], SIZES),
    SMOOTH: (smooth_l1, ["beta"], [0.0, *SIZES]),
    PSEUDO: (pseudo_huber, ["delta"], SIZES),
    LOG_COSH: (log_cosh, [], [()]),
    TUKEY: (tukey, ["c"], SIZES),
    WING: (wing, ["width", "curvature"], [(w, c) for w in (1e-160, 10.0, 1e160) for c in (1e-300, 2.0, 1e200)]),
    BARRON: (barron, ["alpha", "scale"], [(alpha, 0.3) for alpha in ALPHAS] + [(alpha, 1e160) for alpha in (-INF, -2.0, 1.5)]),
}  # fmt: skip
CASES = [(loss, dict(zip(names, np.atleast_1d(given).tolist(), strict=True))) for loss, (_, names, values) in LOSSES.items() for given in values]  # fmt: skip


def pairs(dtype, options):
    """Predictions and targets: small and huge errors, edges of the options and their neighbours, and some at random."""
    size = max((abs(o) for n, o in options.items() if n != "alpha"), default=1.0)
    sizes = [0.0, 1e-9, 0.7, 2.0, 40.0, 372.0, 710.0, 1e4, 1e20, 1e160, 1e300, 1e-160, *beside(size), *beside(size / math.sqrt(5))]
    rng = np.random.default_rng(7)
    near = rng.uniform(-1, 1, 8) * size
    errors = np.array([*sizes, *(-s for s in sizes[:8]), *near, *rng.normal(0, 3, 8)])
    prediction, target = np.concatenate([errors, errors + 0.1]), np.repeat([0.0, 0.1], len(errors))
    with np.errstate(all="ignore"):
        given = prediction.astype(dtype), target.astype(dtype)
    return tuple(array[np.isfinite(given[0])] for array in given)


def units(found, true, dtype):
    """How many units in the last place a number is off; none where both are beyond the range."""
    largest = float(np.finfo(dtype).max)
    if abs(true) > largest:
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    return float(abs(mpmath.mpf(float(found)) - true) / float(np.spacing(dtype(abs(float(true)))))) if np.isfinite(found) else INF


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "options"), CASES, ids=lambda part: getattr(part, "__name__", None) or "-".join(f"{v:g}" for v in part.values()) or "none")  # fmt: skip
def test_value_and_derivatives_are_within_eight_units_of_the_last_place(loss, options, dtype):
    prediction, target = pairs(dtype, options)
    found = [derived(loss)(prediction, target, **options, reduction=how) for derived, how in zip(DERIVED, ("none", "sum", "sum"), strict=True)]  # fmt: skip
    with mpmath.workprec(2300):
        given = [mpmath.mpf(o) for o in options.values()]
        for n, (a, b) in enumerate(zip(prediction, target, strict=True)):
            true = LOSSES[loss][0](mpmath.mpf(float(a)) - mpmath.mpf(float(b)), *given)
            for order, what in enumerate(true):
                # Where Barron's loss turns concave, the digits of two doubles are used up.
                lost = order == 2 and loss is BARRON and abs(found[2][n] - what) < mpmath.mpf("1e-30") / given[1] ** 2
                assert lost or units(found[order][n], mpmath.mpf(what), dtype) <= 8, (order, a, b, found[order][n], mpmath.nstr(what, 17))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_the_card_says_the_same(loss):
    of_card = card(loss.__name__)
    symbols = list(of_card.domain)
    formulas = [sp.lambdify(symbols, formula, "mpmath") for formula in (of_card.formula, of_card.gradient)]
    for row in np.random.default_rng(3).uniform(0.2, 3, (40, 4)):
        options = dict(zip(LOSSES[loss][1], row[2:].tolist(), strict=False))
        for order, formula in enumerate(formulas):
            found = DERIVED[order](loss)(row[:1], row[1:2], **options, reduction="sum")
            np.testing.assert_allclose(found, float(formula(*row[: len(symbols)])), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("loss", "options"), CASES, ids=str)
def test_nothing_is_nan_where_differences_are_beyond_the_largest_number(loss, options):
    prediction = np.array([1.7e308, -1.7e308, 1.7e308, 0.0, 5e-324])
    target = np.array([-1.7e308, 1.7e308, 0.0, 0.0, 0.0])
    for derived in DERIVED:
        assert not np.isnan(derived(loss)(prediction, target, **options, reduction="none")).any()
        assert not np.isnan(derived(loss)(prediction, target, **options)).any()


@pytest.mark.parametrize(("loss", "name"), [(HUBER, "delta"), (PSEUDO, "delta"), (TUKEY, "c")])
def test_for_an_infinite_parameter_it_is_half_the_square(loss, name):
    for order, expected in enumerate(([12.5, 0, 0.125], [5, 0, -0.5], [1, 1, 1])):
        np.testing.assert_array_equal(of(loss, [5, 0, -0.5], order, **{name: INF}), expected)


def test_the_second_derivative_of_huber_changes_where_the_exact_difference_is_delta():
    # 1.1 − 0.1 is 1 in floating point, and above 1 as these two doubles are.
    bends = lossbook.hessian_diag(HUBER)([1.1, 1.0], [0.1, 0.0], delta=1.0, reduction="sum")
    np.testing.assert_array_equal(bends, [0, 1])


def test_slopes_at_kinks():
    np.testing.assert_array_equal(of(WING, [0.0, 10.0, -10.0], 1), [0, 10 / 12, -10 / 12])
    np.testing.assert_array_equal(of(SMOOTH, [0.0], 1, beta=0), [0])
    np.testing.assert_array_equal(of(TUKEY, [4.685, 5.0, 1e300], 1), [0, 0, 0])


@given(number, number, st.floats(0.01, 100))
def test_smooth_l1_times_its_parameter_is_huber(prediction, target, size):
    huber_value = HUBER([prediction], [target], delta=size)
    assert SMOOTH([prediction], [target], beta=size) * size == pytest.approx(huber_value, rel=1e-14, abs=1e-300)


@given(number, st.floats(0.01, 100))
def test_pseudo_huber_is_the_shape_1_of_barron_and_lies_below_huber(error, size):
    value = of(PSEUDO, error, delta=size)
    # A subnormal value has fewer digits before it is multiplied.
    np.testing.assert_allclose(of(BARRON, error, alpha=1, scale=size) * size**2, value, rtol=1e-13, atol=1e-300)
    assert value <= of(HUBER, error, delta=size) * (1 + 1e-14) + 1e-300


@given(number)
def test_log_cosh_lies_between_pseudo_huber_and_huber(error):
    low, value, high = (of(loss, error) for loss in (PSEUDO, LOG_COSH, HUBER))
    assert low * (1 - 1e-14) <= value <= high * (1 + 1e-14)


@given(st.floats(-50, 50), st.floats(-30, 30), st.floats(0, 5))
def test_barron_grows_with_its_shape(error, alpha, more):
    low, high = of(BARRON, error, alpha=alpha), of(BARRON, error, alpha=alpha + more)
    assert low <= high * (1 + 1e-13)


def test_the_derivative_of_barron_is_largest_where_the_paper_of_its_shape_says():
    for alpha in (-2.0, -1.0, 0.0, 0.5):
        largest = np.max(of(BARRON, np.linspace(0, 10, 200001), 1, alpha=alpha, scale=0.5))
        assert largest == pytest.approx(((alpha - 2) / (alpha - 1)) ** ((alpha - 1) / 2) / 0.5, rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("loss", "options"), [(HUBER, {"delta": 1.345}), (PSEUDO, {"delta": 1.2871}), (LOG_COSH, {}), (TUKEY, {"c": 4.6851}), (BARRON, {"alpha": 0, "scale": 2.385 / math.sqrt(2)}), (BARRON, {"alpha": -INF, "scale": 2.1105})],
    ids=["huber", "pseudo-huber", "log-cosh", "tukey", "cauchy", "welsch"],
)  # fmt: skip
def test_how_efficient_it_is_against_gaussian_noise(loss, options):
    """(E ψ')²/E ψ², by which the variance of the mean is smaller than that of the estimate."""
    x = np.linspace(-12, 12, 240001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])
    scaled = 1.2047 if loss is LOG_COSH else 1
    slope, bend = (of(loss, x / scaled, order, **options) for order in (1, 2))
    efficiency = np.sum(bend / scaled * density) ** 2 / np.sum(slope**2 * density)
    assert efficiency == pytest.approx(0.95, abs=2e-5)


def test_the_mean_of_terms_that_only_together_are_in_range():
    for loss, options in ((HUBER, {"delta": 1e10}), (PSEUDO, {"delta": 1e10}), (SMOOTH, {}), (LOG_COSH, {}), (BARRON, {}), (WING, {})):
        huge = np.full(8, 1e308 / options.get("delta", 1))
        one = loss(huge[:1], np.zeros(1), **options)
        assert loss(huge, np.zeros(8), **options) == pytest.approx(one, rel=1e-13, abs=0)
    assert HUBER([1e160, 0, 0, 0], np.zeros(4), delta=1e160) == INF
    assert HUBER([2e154, 0, 0, 0], np.zeros(4), delta=1e160) == pytest.approx(5e307, rel=1e-13, abs=0)
    assert TUKEY([2e155] * 2, [0.0] * 2, c=5e154) == INF


def test_an_integer_keeps_its_digits_beside_a_float32():
    prediction, target = np.array([2**24, 0], np.float32), np.array([2**24 + 1, 0])
    for loss, expected in ((HUBER, 0.5), (SMOOTH, 0.5), (TUKEY, None), (WING, 10 * math.log(1.5))):
        value = loss(prediction, target, reduction="sum")
        assert value.dtype == np.float32
        assert expected is None or value == pytest.approx(expected, rel=1e-7, abs=0)
