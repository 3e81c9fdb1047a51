"""Scores of ensembles, quantiles, vectors, normal distributions, intervals: hand values, last digits, ties, limits, and what misleads."""

import itertools
import math
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossbook

ENSEMBLE, QUANTILE, ENERGY = lossbook.crps_ensemble, lossbook.crps_quantile, lossbook.energy_score
GAUSSIAN, INTERVAL = lossbook.crps_gaussian, lossbook.interval_score
INF, NAN = math.inf, math.nan
EPSILON = 2.0**-53
number = st.floats(-1e6, 1e6)
members = st.lists(st.one_of(number, st.integers(-3, 3).map(float)), min_size=1, max_size=9)
FAIR = pytest.mark.parametrize("fair", [False, True])


def exact_crps(x, y, fair=False):
    """Value and gradient of an ensemble in fractions; the sign of 0 is 0."""
    x, y = [Fraction(a) for a in x], Fraction(y)
    m = len(x)
    pairs = m * (m - 1 if fair else m)
    value = sum(abs(a - y) for a in x) / m - sum(abs(a - b) for a in x for b in x) / 2 / pairs
    slope = [Fraction((a > y) - (a < y), m) - Fraction(sum((a > b) - (a < b) for b in x), pairs) for a in x]
    return value, slope


def near(found, wanted, units=4):
    """Whether a number is within so many units in the last place of an exact one."""
    return abs(Fraction(float(found)) - wanted) <= units * Fraction(float(np.spacing(abs(float(wanted)))))


def test_hand_values_of_an_ensemble():
    value, slope = lossbook.value_and_grad(ENSEMBLE)([1.0, 2.0, 4.0, 7.0], 3.0)
    assert value == 0.75
    np.testing.assert_array_equal(slope, [-1 / 16, -3 / 16, 3 / 16, 1 / 16])
    value, slope = lossbook.value_and_grad(ENSEMBLE)([1.0, 2.0, 4.0, 7.0], 3.0, fair=True)
    assert value == 1 / 3
    np.testing.assert_array_equal(slope, [0, -1 / 6, 1 / 6, 0])


@FAIR
def test_one_pair_that_brackets_the_target(fair):
    """−5 and 9: a quarter of their distance, or nothing at all for the fair score, whatever lies between."""
    for y in (-5.0, 0.0, 2.0, 9.0):
        assert ENSEMBLE([-5.0, 9.0], y, fair=fair) == (0 if fair else 3.5)


@given(members, number, st.booleans())
@settings(max_examples=150)
def test_an_ensemble_is_exact_to_four_units(x, y, fair):
    fair = fair and len(x) > 1
    value, slope = lossbook.value_and_grad(ENSEMBLE)(x, y, fair=fair)
    wanted, slopes = exact_crps(x, y, fair)
    assert near(value, wanted)
    assert all(map(near, slope, slopes))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@FAIR
def test_an_offset_costs_no_digits(fair, dtype):
    offset = 1e8 if dtype == "float64" else 4096.0
    x = (np.array([1.0, 2.5, 4.25, 7.0, 2.5]) * 2.0**-8 + offset).astype(dtype)
    y = np.asarray(3.125 * 2.0**-8 + offset, dtype)
    value, slope = lossbook.value_and_grad(ENSEMBLE)(x, y, fair=fair)
    wanted, slopes = exact_crps(x.tolist(), y.item(), fair)
    assert near(value.astype(float), Fraction(float(np.dtype(dtype).type(float(wanted)))))
    assert value.dtype == slope.dtype == dtype
    np.testing.assert_allclose(slope, list(map(float, slopes)), rtol=1e-6)


def test_many_members_are_as_exact_as_few():
    x = 1e6 + np.random.default_rng(1).normal(size=400)
    assert near(ENSEMBLE(x, 1e6), exact_crps(x, 1e6)[0])
    assert near(ENSEMBLE(x, 1e6, fair=True), exact_crps(x, 1e6, True)[0])


@given(members, number)
@settings(max_examples=80)
def test_the_order_of_the_members_does_not_matter(x, y):
    order = np.random.default_rng(len(x)).permutation(len(x))
    value, slope = lossbook.value_and_grad(ENSEMBLE)(x, y)
    other, turned = lossbook.value_and_grad(ENSEMBLE)(np.array(x)[order], y)
    assert other == value
    np.testing.assert_array_equal(turned, slope[order])


def test_ties_share_the_slope_0():
    _, slope = lossbook.value_and_grad(ENSEMBLE)([2.0, 2.0, 2.0], 2.0)
    np.testing.assert_array_equal(slope, 0)
    _, slope = lossbook.value_and_grad(ENSEMBLE)([2.0, 2.0, 5.0], 2.0)
    np.testing.assert_array_equal(slope, [1 / 9, 1 / 9, 1 / 9])


def test_one_member_is_the_absolute_error_and_has_no_fair_score():
    assert ENSEMBLE([5.0], 3.0) == ENERGY([[5.0]], [3.0]) == 2
    for score, x, y in ((ENSEMBLE, [5.0], 3.0), (ENERGY, [[5.0]], [3.0])):
        with pytest.raises(ValueError, match="fair = True needs two members, but ensemble has one"):
            score(x, y, fair=True)


def test_a_member_that_is_no_number_is_refused_not_dropped():
    with pytest.raises(ValueError, match=r"ensemble\[1, 2\] = nan"):
        ENSEMBLE([[1.0, 2.0, 3.0], [1.0, 2.0, NAN]], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"ensemble\[0, 1, 0\] = inf"):
        ENERGY([[[1.0], [INF]]], [[1.0]])


def test_members_along_any_axis():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(3, 7, 4)), rng.normal(size=(3, 4))
    found = ENSEMBLE(x, y, axis=1, reduction="none")
    assert found.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert found[place] == ENSEMBLE(x[place[0], :, place[1]], y[place])
    with pytest.raises(ValueError, match=r"target has shape \(3, 4\), but ensemble without axis 2 has shape \(3, 7\)"):
        ENSEMBLE(x, y)


def test_the_smallest_expected_score_of_few_members_is_at_too_small_a_spread():
    """Of a standard normal truth, M members of spread σ: expected E|σX − Y| less (1 − 1/M) σ/√π, smallest at a/√(1 − a²), a = (1 − 1/M)/√2."""
    for m, best in ((2, 0.378), (5, 0.686), (10, 0.825), (50, 0.961)):
        spread = np.linspace(0.2, 1.2, 2001)
        expected = np.sqrt(2 / np.pi * (1 + spread**2)) - (1 - 1 / m) * spread / np.sqrt(np.pi)
        assert spread[np.argmin(expected)] == pytest.approx(best, abs=1e-3)


def test_the_expected_fair_score_does_not_depend_on_how_many_members_there_are():
    rng = np.random.default_rng(3)
    y = rng.normal(size=40_000)
    means = {
        m: (ENSEMBLE(rng.normal(size=(40_000, m)), y, fair=True), ENSEMBLE(rng.normal(size=(40_000, m)), y))
        for m in (2, 10)
    }
    truth = 1 / math.sqrt(math.pi)
    for m, (fair, plain) in means.items():
        assert fair == pytest.approx(truth, abs=0.02)
        assert plain == pytest.approx(truth * (1 + 1 / m), abs=0.02)


def test_hand_values_of_quantiles():
    score = lossbook.value_and_grad(QUANTILE)
    value, slope = score([1.0, 2.0, 4.0, 7.0], 3.0, levels=[1 / 8, 3 / 8, 5 / 8, 7 / 8])
    assert value == 0.75
    np.testing.assert_array_equal(slope, [-1 / 16, -3 / 16, 3 / 16, 1 / 16])
    assert QUANTILE([1.0, 2.0, 4.0, 7.0], 3.0, levels=[0.2, 0.4, 0.6, 0.8]) == pytest.approx(1.0, rel=1e-15)
    _, slope = score([1.0, 3.0], 3.0, levels=[0.25, 0.75])
    np.testing.assert_array_equal(slope, [-0.25, 0])


@given(members, number)
@settings(max_examples=80)
def test_even_levels_give_the_score_of_the_sorted_ensemble(x, y):
    levels = [(k + 0.5) / len(x) for k in range(len(x))]
    assert QUANTILE(sorted(x), y, levels=levels) == pytest.approx(ENSEMBLE(x, y), rel=1e-12, abs=1e-12)


def test_nine_deciles_of_a_normal_distribution_are_not_its_score():
    levels = np.arange(1, 10) / 10
    deciles = [float(mpmath.sqrt(2) * mpmath.erfinv(2 * tau - 1)) for tau in levels]
    assert QUANTILE(deciles, 0.0, levels=levels) == pytest.approx(0.2467, abs=5e-5)
    assert GAUSSIAN(([0.0], [1.0]), [0.0]) == pytest.approx(0.2337, abs=5e-5)


@given(st.lists(number, min_size=1, max_size=6), number)
@settings(max_examples=80)
def test_quantiles_are_exact_to_four_units(q, y):
    levels = [(k + 1) / (len(q) + 1) for k in range(len(q))]
    terms = [
        max(Fraction(t) * (Fraction(y) - Fraction(a)), (Fraction(t) - 1) * (Fraction(y) - Fraction(a)))
        for a, t in zip(q, levels, strict=True)
    ]
    assert near(QUANTILE(q, y, levels=levels), 2 * sum(terms) / len(q))


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([0.1, 0.9], r"levels has shape \(2,\), but there are 3 quantiles"),
        ([0.1, 0.9, 0.5], r"levels must increase, but levels\[2\] = 0.5 follows 0.9"),
        ([0.1, 0.1, 0.5], r"levels must increase, but levels\[1\] = 0.1 follows 0.1"),
        ([10, 50, 90], r"levels\[0\] = 10"),
    ],
)
def test_levels_that_are_none_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        QUANTILE([1.0, 2.0, 3.0], 2.0, levels=levels)


def distance(u, v, beta):
    return mpmath.power(mpmath.sqrt(sum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(u, v, strict=True))), beta)


def exact_energy(x, y, beta=1.0, fair=False):
    m = len(x)
    pairs = m * (m - 1 if fair else m)
    away = sum(distance(a, y, beta) for a in x) / m
    return away - sum(distance(a, b, beta) for a, b in itertools.combinations(x, 2)) / pairs


@FAIR
@pytest.mark.parametrize("beta", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_an_energy_score_has_its_digits(beta, fair, offset):
    rng = np.random.default_rng(4)
    with mpmath.workdps(50):
        for m, d in itertools.product((2, 3, 8), (1, 2, 5)):
            x, y = offset + rng.normal(size=(m, d)), offset + rng.normal(size=d)
            wanted = exact_energy(x.tolist(), y.tolist(), beta, fair)
            size = sum(distance(a, y.tolist(), beta) for a in x.tolist()) / m
            # For β = 1 no term is negative; otherwise two means are subtracted, and the digits are those of the larger.
            unit = float(abs(wanted)) if beta == 1 else float(size)
            assert abs(float(ENERGY(x, y, beta=beta, fair=fair) - wanted)) <= 16 * EPSILON * unit


@FAIR
def test_the_energy_score_of_numbers_is_that_of_their_ensemble(fair):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(6, 9)), rng.normal(size=6)
    one, slope = lossbook.value_and_grad(ENERGY)(x[..., None], y[:, None], fair=fair)
    other, slopes = lossbook.value_and_grad(ENSEMBLE)(x, y, fair=fair)
    assert one == pytest.approx(other, rel=1e-14)
    np.testing.assert_allclose(slope[..., 0], slopes, rtol=1e-12, atol=1e-16)


@FAIR
@pytest.mark.parametrize("beta", [0.3, 1.0, 1.7, 2.0])
def test_the_gradient_of_the_energy_score(beta, fair):
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 2))
    slope = lossbook.grad(ENERGY)(x, y, beta=beta, fair=fair)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        found = (ENERGY(x + step, y, beta=beta, fair=fair) - ENERGY(x - step, y, beta=beta, fair=fair)) / 2e-6
        assert slope[place] == pytest.approx(found, abs=1e-8)


def test_a_square_sees_the_mean_alone():
    wide, narrow, y = [[-2.0, 0.0], [2.0, 0.0]], [[-0.5, 0.0], [0.5, 0.0]], [0.0, 1.0]
    assert ENERGY(wide, y, beta=2) == ENERGY(narrow, y, beta=2) == 1
    assert ENERGY(wide, y) > ENERGY(narrow, y) > 0.7
    # With three on one axis and three on another, both means are (1/3, 1/3).
    assert ENERGY([[1, 0], [0, 1], [0, 0]], [1, 1], beta=2) == pytest.approx(8 / 9, rel=1e-15)
    assert ENERGY([[1 / 3, 1 / 3]] * 3, [1, 1], beta=2) == pytest.approx(8 / 9, rel=1e-15)


def test_a_fair_score_of_an_exponent_above_1_may_be_negative_and_below_it_is_not():
    pair, between = [[-1.0], [1.0]], [0.0]
    assert ENERGY(pair, between, beta=2, fair=True) == -1
    assert ENERGY(pair, between, beta=1, fair=True) == 0
    assert ENERGY(pair, between, beta=0.5, fair=True) == pytest.approx(1 - math.sqrt(0.5), rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_cloud_far_from_0_keeps_its_distances(dtype):
    """Thirty points at 1e4 in float32, where the squares that torch.cdist subtracts leave a self-distance of 5.66."""
    x = (np.random.default_rng(7).normal(size=(30, 2)) + 1e4).astype(dtype)
    with mpmath.workdps(40):
        wanted = exact_energy(x.astype(float).tolist(), x[0].astype(float).tolist())
    assert float(ENERGY(x, x[0])) == pytest.approx(float(wanted), rel=1e-7 if dtype == "float32" else 1e-14)


def test_vectors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"ensemble has shape \(3,\), but it must have an axis of members"):
        ENERGY([1.0, 2.0, 3.0], 1.0)
    with pytest.raises(
        ValueError, match=r"target has shape \(3,\), but ensemble without its axis of members has shape \(2,\)"
    ):
        ENERGY(np.zeros((3, 2)), np.zeros(3))
    for beta in (0, 2.1, -1, NAN):
        with pytest.raises(ValueError, match="beta must be a number above 0 and at most 2"):
            ENERGY(np.zeros((3, 2)), np.zeros(2), beta=beta)


HUGE = 1.7e308


@pytest.mark.parametrize(
    ("score", "arguments", "options", "value"),
    [
        (ENSEMBLE, ([HUGE, -HUGE], 0.0), {}, HUGE / 2),
        (ENSEMBLE, ([HUGE, -HUGE], 0.0), {"fair": True}, 0.0),
        (ENSEMBLE, ([5e-324, 0.0, 0.0], 0.0), {}, 0.0),
        (QUANTILE, ([-HUGE, HUGE], HUGE), {"levels": [0.25, 0.75]}, HUGE / 2),
        (ENERGY, ([[HUGE, 0.0], [-HUGE, 0.0]], [0.0, 0.0]), {}, HUGE / 2),
        (ENERGY, ([[3e-200, 4e-200]], [0.0, 0.0]), {}, 5e-200),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_huge_and_tiny_numbers_neither_overflow_nor_vanish(score, arguments, options, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, slope = lossbook.value_and_grad(score)(*arguments, **options)
    assert found == pytest.approx(value, rel=1e-15, abs=0)
    assert np.isfinite(slope).all()


def normal(loc, scale, y):
    """Value, slopes and second derivatives of the score of a normal distribution."""
    loc, scale, y = map(mpmath.mpf, (loc, scale, y))
    z = (y - loc) / scale
    density, chance = mpmath.npdf(z), mpmath.erf(z / mpmath.sqrt(2))
    lone = 1 / mpmath.sqrt(mpmath.pi)
    return (
        scale * (z * chance + 2 * density - lone),
        -chance,
        2 * density - lone,
        2 * density / scale,
        2 * z * z * density / scale,
    )


def found_of_normal(loc, scale, y):
    given = (np.array([loc]), np.array([scale])), np.array([y])
    value, (by_loc, by_scale) = lossbook.value_and_grad(GAUSSIAN)(*given, reduction="sum")
    bend, curved = lossbook.hessian_diag(GAUSSIAN)(*given, reduction="sum")
    return value, by_loc[0], by_scale[0], bend[0], curved[0]


def test_hand_values_of_a_normal_distribution():
    value, by_loc, by_scale, bend, curved = found_of_normal(0.0, 1.0, 0.0)
    assert value == pytest.approx((math.sqrt(2) - 1) / math.sqrt(math.pi), rel=1e-15)
    assert (by_loc, curved) == (0, 0)
    assert by_scale == pytest.approx((math.sqrt(2) - 1) / math.sqrt(math.pi), rel=1e-15)
    assert bend == pytest.approx(math.sqrt(2 / math.pi), rel=1e-15)


def test_a_normal_distribution_has_its_digits():
    rng = np.random.default_rng(8)
    places = [
        rng.normal,
        lambda: 10.0 ** rng.uniform(-12, 1.5),
        lambda: math.sqrt(math.log(2)),
        lambda: -38 * rng.random(),
    ]
    with mpmath.workdps(40):
        for n in range(400):
            scale, loc = 10.0 ** rng.uniform(-8, 8), rng.normal()
            y = loc + scale * places[n % 4]()
            found, wanted = found_of_normal(loc, scale, y), normal(loc, scale, y)
            for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
                # Where the slope in σ passes 0, what is left is the rounding of 1/√π.
                unit = EPSILON if place == 2 else np.spacing(abs(float(other)))
                assert abs(mpmath.mpf(float(one)) - other) <= 8 * unit, (place, loc, scale, y)


def test_a_scale_near_0_leaves_the_absolute_error_and_a_huge_one_its_own_size():
    tiny = np.nextafter(0, 1)
    assert GAUSSIAN(([0.0], [tiny]), [3.0]) == 3
    assert GAUSSIAN(([0.0], [1e308]), [3.0]) == pytest.approx(
        1e308 * (math.sqrt(2) - 1) / math.sqrt(math.pi), rel=1e-15
    )
    for loc, scale, y in itertools.product((0.0, HUGE, -HUGE, 5e-324), (tiny, 1.0, HUGE), (0.0, HUGE, 5e-324)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not np.isnan(found_of_normal(loc, scale, y)).any()


def test_a_mean_of_normal_scores_is_in_range_where_a_term_is_not():
    value, (by_loc, _) = lossbook.value_and_grad(GAUSSIAN)(([-HUGE, 0, 0, 0], np.ones(4)), [HUGE, 0, 0, 0])
    assert value == pytest.approx(HUGE / 2, rel=1e-15)
    np.testing.assert_array_equal(by_loc, [-0.25, 0, 0, 0])


def test_the_best_scale_for_one_error_is_twenty_percent_above_it():
    scales = np.linspace(0.5, 2, 15001)
    values = GAUSSIAN((np.zeros_like(scales), scales), np.ones_like(scales), reduction="none")
    assert scales[np.argmin(values)] == pytest.approx(1 / math.sqrt(math.log(2)), abs=1e-4)
    assert values.min() == pytest.approx(0.5949, abs=5e-5)


def test_nan_is_seen_in_either_part_and_in_the_target():
    for loc, y in ((NAN, 0.0), (0.0, NAN)):
        with pytest.raises(ValueError, match="= nan"):
            GAUSSIAN(([0.0, loc], [1.0, 1.0]), [0.0, y])


@pytest.mark.parametrize("scale", [0.0, -1.0, -0.602, INF, NAN])
def test_a_scale_that_is_none_is_refused(scale):
    """Elsewhere a scale of 0 gives NaN, and one of −1 a negative score."""
    with pytest.raises(ValueError, match=r"scale must hold finite numbers above 0, but scale\[1\]"):
        GAUSSIAN(([0.0, 0.0], [1.0, scale]), [0.0, 1.0])


def test_hand_values_of_an_interval():
    score = lossbook.value_and_grad(INTERVAL)
    lower, upper, y = np.full(5, 1.0), np.full(5, 3.0), [0.5, 1.0, 2.0, 3.0, 3.25]
    value, (by_lower, by_upper) = score((lower, upper), y, alpha=0.1, reduction="none")
    np.testing.assert_allclose(value, [12, 2, 2, 2, 7], rtol=1e-15)
    np.testing.assert_allclose(by_lower, [19, -1, -1, -1, -1], rtol=1e-15)
    np.testing.assert_allclose(by_upper, [1, 1, 1, 1, -19], rtol=1e-15)


@given(number, number, number, st.floats(0.01, 0.99))
@settings(max_examples=80)
def test_an_interval_costs_what_the_pinball_losses_of_its_ends_do(a, b, y, alpha):
    lower, upper = min(a, b), max(a, b)
    ends = lossbook.pinball_loss([lower], [y], tau=alpha / 2) + lossbook.pinball_loss([upper], [y], tau=1 - alpha / 2)
    assert INTERVAL(([lower], [upper]), [y], alpha=alpha) == pytest.approx(2 / alpha * ends, rel=1e-10, abs=1e-10)


def test_ends_that_cross_are_refused_and_equal_ones_are_not():
    with pytest.raises(ValueError, match=r"lower may not be above upper, but lower\[0\] = 3.0 and upper\[0\] = 1.0"):
        INTERVAL(([3.0], [1.0]), [2.0], alpha=0.1)
    assert INTERVAL(([2.0], [2.0]), [3.0], alpha=0.5) == 4
    for alpha in (0, 1, -0.1, 10, NAN):
        with pytest.raises(ValueError, match="alpha must be a number above 0 and below 1"):
            INTERVAL(([1.0], [3.0]), [2.0], alpha=alpha)
    with pytest.raises(TypeError, match="alpha"):
        INTERVAL(([1.0], [3.0]), [2.0])


def test_the_smallest_level_gives_no_nan():
    value, (by_lower, by_upper) = lossbook.value_and_grad(INTERVAL)(
        ([0.0, 0.0], [1.0, 1.0]), [1.0, 2.0], alpha=5e-324, reduction="none"
    )
    np.testing.assert_array_equal(value, [1, INF])
    np.testing.assert_array_equal(by_lower, -1)
    np.testing.assert_array_equal(by_upper, [1, -INF])
