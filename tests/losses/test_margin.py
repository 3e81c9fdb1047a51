"""Margin losses: hand values, the last digits, edges and kinks, labels of both encodings, limits, and what each is beside the others."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook.cards import card

PERCEPTRON, HINGE, SQUARED = lossbook.perceptron_loss, lossbook.hinge_loss, lossbook.squared_hinge_loss
HUBER, SMOOTHED = lossbook.modified_huber_loss, lossbook.smoothed_hinge_loss
LOGISTIC, EXPONENTIAL = lossbook.logistic_loss, lossbook.exponential_loss
INF = math.inf
DERIVED = (lambda loss: loss, lossbook.grad, lossbook.hessian_diag)


def of(loss, margins, order=0, label=1, **options):
    """The value, or a derivative in the margin, of each margin, seen from either label."""
    sign = 1 if label == 1 else -1
    scores = sign * np.atleast_1d(np.asarray(margins, dtype=float))
    found = DERIVED[order](loss)(
        scores, np.full(scores.shape, label), reduction="none" if order == 0 else "sum", **options
    )
    return found * sign**order


@pytest.mark.parametrize("label", [1, 0, -1])
@pytest.mark.parametrize(
    ("loss", "options", "margins", "values", "slopes", "bends"),
    [
        (PERCEPTRON, {}, [-2, 0, 3], [2, 0, 0], [-1, 0, 0], [0, 0, 0]),
        (HINGE, {}, [-2, 0, 1, 3], [3, 1, 0, 0], [-1, -1, 0, 0], [0, 0, 0, 0]),
        (SQUARED, {}, [-2, 0, 1, 3], [9, 1, 0, 0], [-6, -2, 0, 0], [2, 2, 0, 0]),
        (HUBER, {}, [-2, -1, 0, 1, 3], [8, 4, 1, 0, 0], [-4, -4, -2, 0, 0], [0, 0, 2, 0, 0]),
        (SMOOTHED, {}, [-2, 0, 0.5, 1, 3], [2.5, 0.5, 0.125, 0, 0], [-1, -1, -0.5, 0, 0], [0, 0, 1, 0, 0]),
        (SMOOTHED, {"gamma": 4.0}, [-5, -3, -1, 1], [4, 2, 0.5, 0], [-1, -1, -0.5, 0], [0, 0, 0.25, 0]),
        (LOGISTIC, {}, [0, math.log(3)], [math.log(2), math.log(4 / 3)], [-0.5, -0.25], [0.25, 0.1875]),
        (EXPONENTIAL, {}, [0, math.log(2)], [1, 0.5], [-1, -0.5], [1, 0.5]),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)  # fmt: skip
def test_hand_values(loss, options, margins, values, slopes, bends, label):
    for order, expected in enumerate((values, slopes, bends)):
        np.testing.assert_allclose(of(loss, margins, order, label, **options), expected, rtol=1e-15, atol=0)


def truth(loss, m, *gamma):
    """Value and derivatives at a margin, with as many digits as mpmath is asked for."""
    room = max(1 - m, mpmath.mpf(0))
    if loss is PERCEPTRON:
        return max(-m, 0), -1 if m < 0 else 0, 0
    if loss is HINGE:
        return room, -1 if room else 0, 0
    if loss is SQUARED or (loss is HUBER and m > -1):
        return room**2, -2 * room, 2 if room else 0
    if loss is HUBER:
        return -4 * m, -4, 0
    if loss is SMOOTHED:
        (band,) = gamma
        inside = 0 < room < band
        return (
            (room**2 / (2 * band) if inside else max(room - band / 2, 0)),
            -min(room / band, 1),
            1 / band if inside else 0,
        )
    e = mpmath.exp(-abs(m)) if abs(m) < 10**5 else mpmath.mpf(0)
    if loss is LOGISTIC:
        return max(-m, 0) + mpmath.log1p(e), -(e if m > 0 else 1) / (1 + e), e / (1 + e) ** 2
    e = mpmath.exp(min(max(-m, -(10**5)), 10**5))
    return e, -e, e


def beside(*edges):
    """Numbers, and those next to them on both sides."""
    return [float(n) for e in edges for n in (e, np.nextafter(e, INF), np.nextafter(e, -INF))]


def margins(dtype, gamma=1.0):
    """Margins of all sizes, the edges and their neighbours, and some at random."""
    sizes = [
        0.0,
        5e-324,
        1e-300,
        1e-160,
        1e-9,
        1e-4,
        0.1,
        0.7,
        3.0,
        17.0,
        40.0,
        88.0,
        103.0,
        372.0,
        700.0,
        709.0,
        745.0,
        1e4,
        1e20,
        1e154,
        1e160,
        1e300,
    ]
    edges = [*beside(1.0, -1.0, 1 - gamma), 1 - 0.5 * gamma, 1 - 1e-7, 1 - 1e-3]
    rng = np.random.default_rng(11)
    every = [*sizes, *(-s for s in sizes), *edges, *rng.normal(0, 2, 40), *(1 - gamma * rng.uniform(0, 2, 20))]
    with np.errstate(all="ignore"):
        given = np.array([*every, *np.array(beside(1.0, -1.0, 1 - gamma))]).astype(dtype)
    return np.concatenate([given, np.nextafter(given, dtype(INF)), np.nextafter(given, dtype(-INF))])


def units(found, true, dtype):
    """How many units in the last place a number is off; none where both are beyond the range."""
    largest = float(np.finfo(dtype).max)
    if abs(true) >= largest * (1 + mpmath.mpf(float(np.finfo(dtype).eps)) / 4):  # what is nearer is rounded to it
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    unit = np.spacing(min(dtype(abs(float(true))), dtype(largest / 2)))
    return float(abs(mpmath.mpf(float(found)) - true) / float(unit)) if np.isfinite(found) else INF


LOSSES = [PERCEPTRON, HINGE, SQUARED, HUBER, LOGISTIC, EXPONENTIAL]
BANDS = [1e-300, 1e-9, 0.3, 1.0, 2.0, 5.0, 1e9, 1e300]
CASES = [*((loss, {}) for loss in LOSSES), *((SMOOTHED, {"gamma": gamma}) for gamma in BANDS)]


def named(part):
    """The name of a loss, or the value of its option."""
    return getattr(part, "__name__", None) or "-".join(f"{v:g}" for v in part.values()) or "none"


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "options"), CASES, ids=named)
def test_value_and_derivatives_are_within_eight_units_of_the_last_place(loss, options, dtype):
    z = margins(dtype, *options.values())
    z = z[np.isfinite(z)]
    found = [derived(loss)(z, np.ones(len(z), int), **options, reduction=how) for derived, how in zip(DERIVED, ("none", "sum", "sum"), strict=True)]  # fmt: skip
    with mpmath.workprec(2300):
        for n, score in enumerate(z):
            true = truth(loss, mpmath.mpf(float(score)), *map(mpmath.mpf, options.values()))
            for order, what in enumerate(true):
                assert units(found[order][n], mpmath.mpf(what), dtype) <= 8, (
                    order,
                    score,
                    found[order][n],
                    mpmath.nstr(what, 17),
                )


@pytest.mark.parametrize(("loss", "options"), CASES, ids=named)
def test_an_infinite_score_gives_the_limit(loss, options):
    np.testing.assert_array_equal(of(loss, [INF, -INF], **options), [0, INF])
    steep = {SQUARED: -INF, HUBER: -4, EXPONENTIAL: -INF}.get(loss, -1)
    np.testing.assert_array_equal(of(loss, [INF, -INF], 1, **options), [0, steep])
    bent = {SQUARED: 2, EXPONENTIAL: INF}.get(loss, 0)
    np.testing.assert_array_equal(of(loss, [INF, -INF], 2, **options), [0, bent])


@pytest.mark.parametrize("loss", [*LOSSES, SMOOTHED], ids=named)
def test_the_card_says_the_same(loss):
    of_card = card(loss.__name__)
    z, y, *params = of_card.domain
    formulas = [sp.lambdify([z, y, *params], formula, "mpmath") for formula in (of_card.formula, of_card.gradient)]
    for score, label, gamma in zip(np.linspace(-3.3, 3.4, 40), [0, 1] * 20, np.linspace(0.2, 3, 40), strict=True):
        options = {"gamma": gamma} if params else {}
        for order, formula in enumerate(formulas):
            found = DERIVED[order](loss)([score], [label], **options, reduction="sum")
            np.testing.assert_allclose(found, float(formula(score, label, *options.values())), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", [*LOSSES, SMOOTHED], ids=named)
def test_minus_one_is_read_as_zero_whatever_else_the_batch_holds(loss):
    z = np.array([0.3, -0.4, 2.0, -3.0, 0.5])
    expected = [lossbook.value_and_grad(loss)(z, [1, 0, 0, 0, 1])]
    for labels in ([1, -1, -1, -1, 1], [1, -1, 0, -1, 1], [True, False, False, False, True]):
        expected.append(lossbook.value_and_grad(loss)(z, np.asarray(labels)))
    values, slopes = zip(*expected, strict=True)
    assert len(set(map(float, values))) == 1
    for slope in slopes[1:]:
        np.testing.assert_array_equal(slope, slopes[0])


@pytest.mark.parametrize("loss", [*LOSSES, SMOOTHED], ids=named)
@pytest.mark.parametrize("label", [0.5, -0.5, 2, -2])
def test_what_is_neither_label_is_refused_with_its_place(loss, label):
    with pytest.raises(
        ValueError, match=r"target must hold labels 0 or 1 \(or −1, which is read as 0\), but target\[1\]"
    ):
        loss([0.5, 1.0], [1, label])


def test_a_zero_has_no_sign():
    for loss in (PERCEPTRON, HINGE, SQUARED, HUBER, SMOOTHED):
        for label in (0, 1):
            value, slope = lossbook.value_and_grad(loss)([2.0 if label else -2.0, 0.0], [label, 1], reduction="sum")
            assert not np.signbit(value)
            assert not np.signbit(slope[0])
    assert not np.signbit(PERCEPTRON([0.0], [1]))


def test_a_square_next_to_an_edge_that_rounding_hides():
    # 1 − 1e-20 rounds to 1; the margin lies inside of the band all the same.
    bends = lossbook.hessian_diag(SMOOTHED)([1e-20, 0.0, -1e-20], [1, 1, 1], reduction="sum")
    np.testing.assert_array_equal(bends, [1, 0, 0])


score, label = st.floats(-50, 50), st.sampled_from([0, 1])


@given(score, label)
def test_modified_huber_is_four_times_the_smoothed_hinge_of_width_two(z, y):
    four = HUBER([z], [y]), lossbook.grad(HUBER)([z], [y]), lossbook.hessian_diag(HUBER)([z], [y])
    one = (derived(SMOOTHED)([z], [y], gamma=2.0) for derived in DERIVED)
    for a, b in zip(four, one, strict=True):
        np.testing.assert_array_max_ulp(np.asarray(a), np.asarray(4 * b), 4)


@given(score, label)
def test_the_logistic_loss_is_the_binary_cross_entropy_of_logits(z, y):
    for derived in DERIVED:
        ours, theirs = (derived(loss)([z], [y]) for loss in (LOGISTIC, lossbook.binary_cross_entropy_with_logits))
        np.testing.assert_allclose(ours, theirs, rtol=1e-15, atol=0)


@given(score, label, st.floats(0.01, 20))
def test_the_smoothed_hinge_lies_below_the_hinge_by_at_most_half_its_width(z, y, gamma):
    gap = HINGE([z], [y]) - SMOOTHED([z], [y], gamma=gamma)
    assert -1e-13 <= gap <= gamma / 2 + 1e-13


@given(score, label)
def test_wrong_answers_cost_at_least_one(z, y):
    wrong = (2 * y - 1) * z <= 0
    values = [
        HINGE([z], [y]),
        SQUARED([z], [y]),
        HUBER([z], [y]),
        EXPONENTIAL([z], [y]),
        LOGISTIC([z], [y]) / math.log(2),
    ]
    assert all(value >= wrong * (1 - 1e-15) for value in values)


def test_the_mean_of_terms_that_only_together_are_in_range():
    for loss, largest in (
        (SQUARED, 1e154),
        (HUBER, 4e307),
        (PERCEPTRON, 1.7e308),
        (HINGE, 1.7e308),
        (LOGISTIC, 1.7e308),
        (SMOOTHED, 1.7e308),
        (EXPONENTIAL, 709.7),
    ):
        one = loss([largest], [0])
        assert math.isfinite(one)
        assert loss(np.full(8, largest), np.zeros(8)) == pytest.approx(one, rel=1e-13, abs=0)
    assert SQUARED([2e154, 0, 0, 0], [0, 1, 1, 1]) == pytest.approx(1e308, rel=1e-13, abs=0)
    assert HUBER([8e307, -5.0, 0, 0], [0, 0, 1, 1]) == pytest.approx(8e307, rel=1e-13, abs=0)
    assert SQUARED([2e154, -1e154], [0, 0], weight=[0.0, 1.0]) == 0
    # A square beyond float32 is within the mean's float64.
    assert SQUARED(np.array([1e19, 2e19, 0, 0], np.float32), [0, 0, 1, 1]) == pytest.approx(1.25e38, rel=1e-6, abs=0)


def test_training_a_perceptron_from_scores_of_zero_does_not_start():
    np.testing.assert_array_equal(lossbook.grad(PERCEPTRON)([0.0, 0.0], [0, 1]), [0, 0])
