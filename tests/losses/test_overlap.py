"""Overlap: hand values, the cards in exact arithmetic, gradients, empty masks, axes, blocks, and counts."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook import proof
from lossbook.cards import card
from lossbook.cards.notation import N, mask, probs, r, smooth, w_fn, w_fp
from lossbook.engine import blocks

INF, NAN = math.inf, math.nan
DICE, IOU, TVERSKY = lossbook.dice_loss, lossbook.iou_loss, lossbook.tversky_loss
BOTH, LOG = lossbook.bce_dice_loss, lossbook.bce_log_dice_loss
P, G = [0.875, 0.25, 0.5, 0.0625], [1, 0, 1, 0]
SOFT = [0.75, 0.125, 1, 0]

#: Every loss and coefficient with options away from their defaults, and the card's evaluation with the same ones.
OPTIONS = [
    (lossbook.dice_coefficient, {}, {}),
    (lossbook.dice_coefficient, {"smooth": 0.5}, {"added": Fraction(1, 2)}),
    (lossbook.dice_coefficient, {"squared": True, "smooth": 0.25}, {"squared": True, "added": Fraction(1, 4)}),
    (DICE, {}, {}),
    (DICE, {"smooth": 2.0}, {"added": 2}),
    (DICE, {"squared": True}, {"squared": True}),
    (lossbook.iou_coefficient, {"smooth": 0.5}, {"added": Fraction(1, 2)}),
    (IOU, {}, {}),
    (IOU, {"smooth": 0.5}, {"added": Fraction(1, 2)}),
    (TVERSKY, {}, {}),
    (TVERSKY, {"fp_weight": 0.25, "fn_weight": 2.0}, {"fp_weight": Fraction(1, 4), "fn_weight": 2}),
    (
        TVERSKY,
        {"fp_weight": 2.0, "fn_weight": 0.125, "smooth": 0.5},
        {"fp_weight": 2, "fn_weight": Fraction(1, 8), "added": Fraction(1, 2)},
    ),
    (BOTH, {}, {}),
    (BOTH, {"dice_weight": 3.0, "smooth": 0.5}, {"dice_weight": 3, "added": Fraction(1, 2)}),
    (LOG, {}, {}),
    (LOG, {"smooth": 0.5}, {"added": Fraction(1, 2)}),
]
RUNS = pytest.mark.parametrize(
    ("loss", "options", "exact"), OPTIONS, ids=[f"{f.__name__}-{'-'.join(o)}" for f, o, _ in OPTIONS]
)


def evaluate(loss, p, g, exact):
    exact = {name: sp.sympify(value) for name, value in exact.items()}
    return sp.sympify(card(loss.__name__).evaluate(list(map(proof.exact, p)), list(map(proof.exact, g)), **exact))


@RUNS
@pytest.mark.parametrize("target", [G, SOFT], ids=["hard", "soft"])
def test_values_agree_with_the_card_in_exact_arithmetic(loss, options, exact, target):
    true = proof.digits(evaluate(loss, P, target, exact))
    assert proof.ulps(loss(P, target, **options), true) <= 4


@RUNS
@pytest.mark.parametrize("target", [G, SOFT], ids=["hard", "soft"])
def test_gradients_are_central_differences_of_the_card(loss, options, exact, target):
    gradient = lossbook.grad(loss)(P, target, **options)
    step = sp.Rational(1, 10**8)
    for k in range(len(P)):
        moved = [[proof.exact(v) + sign * step * int(n == k) for n, v in enumerate(P)] for sign in (1, -1)]
        exactly = {name: sp.sympify(value) for name, value in exact.items()}
        up, down = (card(loss.__name__).evaluate(m, list(map(proof.exact, target)), **exactly) for m in moved)
        assert gradient[k] == pytest.approx(float(proof.digits((up - down) / (2 * step))), rel=1e-12, abs=0)


@pytest.mark.parametrize(("loss", "options", "exact"), [case for case in OPTIONS if "squared" not in case[1]])
def test_the_card_evaluates_its_printed_formula(loss, options, exact):
    formula = card(loss.__name__).formula
    values = {base[n + 1]: proof.exact(v[n]) for base, v in ((probs, P), (mask, SOFT)) for n in range(len(P))}
    numbers = {
        smooth: exact.get("added", 0),
        w_fp: exact.get("fp_weight", Fraction(1, 2)),
        w_fn: exact.get("fn_weight", Fraction(1, 2)),
        r: 1,
        sp.Symbol("w", nonnegative=True): exact.get("dice_weight", 1),
    }
    numbers = {name: sp.sympify(value) for name, value in numbers.items()}
    found = formula.subs(N, len(P)).doit().subs(values).subs(numbers)
    assert abs(proof.digits(found - evaluate(loss, P, SOFT, exact))) < 1e-45


def test_hand_values():
    # TP 1, FP 1, FN 1 of four pixels
    p, g = [1, 1, 0, 0], [1, 0, 1, 0]
    assert lossbook.dice_coefficient(p, g) == 0.5
    assert lossbook.iou_coefficient(p, g) == 1 / 3
    assert DICE(p, g) == 0.5
    assert DICE(p, g, smooth=4) == 0.25
    assert IOU(p, g) == 2 / 3
    assert IOU(p, g, smooth=1) == 0.5
    assert TVERSKY(p, g, fp_weight=1, fn_weight=2) == 0.75
    assert DICE([0.5], [1]) == pytest.approx(1 / 3)
    assert DICE([0.5], [1], squared=True) == pytest.approx(0.2)
    assert BOTH([0.5, 0.5], [1, 0], dice_weight=3) == pytest.approx(math.log(2) + 1.5)
    assert LOG([0.5, 0.5], [1, 0]) == pytest.approx(2 * math.log(2))


def test_hand_gradients():
    # D = 2/4: on the foreground −(1 + ½)/4, on the background (1 − ½)/4
    np.testing.assert_array_equal(lossbook.grad(DICE)([1, 1, 0, 0], G), [-0.375, 0.125, -0.375, 0.125])
    # I = 1, U = 3: −1/U and I/U²
    np.testing.assert_allclose(lossbook.grad(IOU)([1, 1, 0, 0], G), [-1 / 3, 1 / 9, -1 / 3, 1 / 9])
    np.testing.assert_allclose(lossbook.grad(lossbook.iou_coefficient)([1, 1, 0, 0], G), [1 / 3, -1 / 9, 1 / 3, -1 / 9])


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_coefficients_stay_within_the_unit_interval_and_leave_the_loss(pixels):
    p, g = zip(*pixels, strict=True)
    for coefficient, loss in ((lossbook.dice_coefficient, DICE), (lossbook.iou_coefficient, IOU)):
        value = coefficient(p, g)
        assert 0 <= value <= 1
        assert loss(p, g) == pytest.approx(1 - value, abs=1e-15)
        assert np.isfinite(lossbook.grad(loss)(p, g)).all() or max(p) + max(g) < 1e-300
    assert lossbook.iou_coefficient(p, g) <= lossbook.dice_coefficient(p, g)
    assert lossbook.dice_coefficient(g, p) == lossbook.dice_coefficient(p, g)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=8), st.floats(0.01, 10))
def test_tversky_has_dice_and_iou_as_special_cases(pixels, added):
    p, g = zip(*pixels, strict=True)
    assert TVERSKY(p, g, smooth=added) == pytest.approx(DICE(p, g, smooth=2 * added), rel=1e-12, abs=0)
    assert TVERSKY(p, g, fp_weight=1, fn_weight=1, smooth=added) == pytest.approx(
        IOU(p, g, smooth=added), rel=1e-12, abs=0
    )


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=8), st.floats(0.1, 4))
def test_on_hard_masks_dice_is_f1_and_tversky_is_f_beta(pixels, beta):
    p, g = zip(*pixels, strict=True)
    counts = lossbook.confusion_counts(p, g)
    assert lossbook.f1_score(counts, zero_division=1) == pytest.approx(
        lossbook.dice_coefficient(p, g), rel=1e-14, abs=0
    )
    assert lossbook.dice_coefficient(p, g, squared=True) == lossbook.dice_coefficient(p, g)
    assert lossbook.hard_dice_coefficient(p, g) == lossbook.dice_coefficient(p, g)
    weights = {"fp_weight": 1 / (1 + beta**2), "fn_weight": beta**2 / (1 + beta**2)}
    score = lossbook.fbeta_score(counts, beta=beta, zero_division=1)
    assert score == pytest.approx(1 - TVERSKY(p, g, **weights), rel=1e-12, abs=1e-15)


def test_scaled_dice_of_the_lisa_code_is_smoothing_with_scale_times_epsilon():
    p, g, scale, epsilon = np.array(P), np.array(G), 1000, 1e-6
    printed = 1 - (2 * (p / scale * g).sum() + epsilon) / ((p / scale).sum() + (g / scale).sum() + epsilon)
    assert DICE(p, g, smooth=scale * epsilon) == pytest.approx(printed, rel=1e-13, abs=0)


def test_a_region_that_is_empty_leaves_the_others_as_they_are():
    p, g = np.array([[0, 0], [1, 0.5]]), np.array([[0, 0], [1, 1]])
    value, gradient = lossbook.value_and_grad(DICE)(p, g, axis=1, empty=0.25, reduction="none")
    np.testing.assert_allclose(value, [0.75, 1 / 7])
    np.testing.assert_allclose(gradient, [[0, 0], lossbook.grad(DICE)(p[1], g[1])])


@pytest.mark.parametrize("empty", [0, 0.5, 1])
def test_where_nothing_is_marked_and_nothing_predicted_only_the_cross_entropy_has_a_gradient(empty):
    nothing = np.zeros(4)
    for loss in (DICE, lossbook.iou_loss, lossbook.tversky_loss, lossbook.dice_coefficient):
        np.testing.assert_array_equal(lossbook.grad(loss)(nothing, nothing, empty=empty), 0)
    for loss in (lossbook.bce_dice_loss, lossbook.bce_log_dice_loss):
        np.testing.assert_array_equal(lossbook.grad(loss)(nothing, nothing, empty=empty), 1 / 4)


def test_tilborghs_an_empty_target_has_a_gradient_only_with_smoothing():
    p, g = np.array([0.25, 0.5]), np.zeros(2)
    value, gradient = lossbook.value_and_grad(DICE)(p, g)
    assert value == 1
    np.testing.assert_array_equal(gradient, 0)
    np.testing.assert_allclose(lossbook.grad(DICE)(p, g, smooth=1), 1 / (0.75 + 1) ** 2)


def test_smp_927_a_soft_target_of_one_half_has_its_smallest_dice_loss_at_one():
    losses = [DICE([p], [0.5]) for p in (0.25, 0.5, 0.75, 1)]
    assert losses == sorted(losses, reverse=True)
    assert lossbook.grad(DICE)([0.5], [0.5]) == -0.5
    assert DICE([0.5], [0.5], squared=True) == 0
    assert lossbook.grad(DICE)([0.5], [0.5], squared=True) == 0


def test_the_form_printed_as_jaccard_is_dice_with_squares():
    assert lossbook.dice_coefficient([0.5], [0.5], squared=True) == 1
    assert lossbook.iou_coefficient([0.5], [0.5]) == 1 / 3


def test_the_loss_near_agreement_keeps_its_digits():
    p, g = np.full(4, 1 - 2.0**-50), np.ones(4)
    assert DICE(p, g) == pytest.approx(2.0**-51, rel=1e-12, abs=0)
    assert IOU(p, g) == pytest.approx(2.0**-50, rel=1e-12, abs=0)
    assert DICE(p, g, squared=True) == pytest.approx(2.0**-101, rel=1e-12, abs=0)
    p, g = np.ones(1000), np.ones(1000)
    p[0] = 1 - 2.0**-53
    assert LOG(p, g) == pytest.approx(1.5 * 2.0**-53 / 1000, rel=1e-12, abs=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weights", [(0.3, 0.7), (0.7, 0.3), (1e6, 1e-6), (1e-6, 1e6), (0, 1), (1, 0)])
@pytest.mark.parametrize("alarms", [[0.6, 0.1], [0, 0]])
def test_gradients_of_tversky_keep_their_digits_whatever_the_weights(alarms, weights, dtype):
    fp_weight, fn_weight = weights
    p, g = np.array([0.9, 0.25, *alarms], dtype), np.array([1, 1, 0, 0.5 * any(alarms)], dtype)
    found = lossbook.grad(lossbook.tversky_loss)(p, g, fp_weight=fp_weight, fn_weight=fn_weight)
    pairs = [(Fraction(float(a)), Fraction(float(b))) for a, b in zip(p, g, strict=True)]
    fp_weight, fn_weight = Fraction(fp_weight), Fraction(fn_weight)
    right = sum(a * b for a, b in pairs)
    wrong = sum(fp_weight * a * (1 - b) + fn_weight * (1 - a) * b for a, b in pairs)
    for (_, b), slope in zip(pairs, found, strict=True):
        steps = fp_weight * (1 - b) * right, -fn_weight * b * right, -wrong * b
        true, size = sum(steps) / (right + wrong) ** 2, sum(map(abs, steps)) / (right + wrong) ** 2
        # Of half a label, the parts have different signs.
        assert abs(Fraction(float(slope)) - true) <= 4 * Fraction(float(np.finfo(dtype).eps)) * size


def test_probabilities_too_small_for_the_quotient_give_no_nan():
    for loss, target in product((DICE, IOU, TVERSKY), ([0, 0], [1e-310, 0], [0, 1e-320])):
        value, gradient = lossbook.value_and_grad(loss)([1e-310, 0], target)
        assert 0 <= value <= 1
        assert not np.isnan(gradient).any()


def test_a_lost_object_costs_infinitely_much_in_the_logarithm():
    value, gradient = lossbook.value_and_grad(LOG)([0.5, 0], [0, 1])
    assert value == INF
    assert gradient[0] == pytest.approx(1 + 1 / 1.5)
    assert gradient[1] == -INF
    value, gradient = lossbook.value_and_grad(LOG)([0.5, 0.5], [0, 0])
    assert value == INF
    np.testing.assert_allclose(gradient, [2, 2])


def test_the_logarithm_of_a_small_dice_coefficient_keeps_its_digits():
    # D = 2e-20/(1 + 1e-20).
    assert lossbook.bce_log_dice_loss([1e-20], [1]) == pytest.approx(
        -math.log(1e-20) - math.log(2e-20), rel=1e-15, abs=0
    )


@pytest.mark.parametrize("loss", [lossbook.dice_loss, lossbook.bce_dice_loss, lossbook.bce_log_dice_loss])
def test_an_axis_that_does_not_exist_is_named_with_the_prediction(loss):
    with pytest.raises(ValueError, match="axis = 2 does not exist: probs has 1 axes"):
        loss([0.5], [1], axis=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_hard_coefficient_has_the_dtype_of_the_prediction(dtype):
    assert lossbook.hard_dice_coefficient(np.array([0.75, 0.25], dtype), np.array([True, True])).dtype == dtype


def test_the_cross_entropy_of_the_combinations_is_averaged_over_the_regions_before_the_reduction():
    p, g = np.array([[0.5, 0.25], [0.75, 0.125]]), np.array([[1, 0], [1, 1]])
    bce = lossbook.binary_cross_entropy(p, g, reduction="none").mean(axis=1)
    dice = lossbook.dice_coefficient(p, g, axis=1, reduction="none")
    np.testing.assert_allclose(BOTH(p, g, axis=1, reduction="none", dice_weight=2), bce + 2 * (1 - dice))
    np.testing.assert_allclose(LOG(p, g, axis=1, reduction="none"), bce - np.log(dice))
    assert BOTH(p, g, axis=1, reduction="sum") == pytest.approx(sum(bce + 1 - dice))


def test_a_dice_weight_of_zero_leaves_the_cross_entropy_even_where_the_dice_loss_is_infinitely_steep():
    for p, g in (([0.5, 0.25], [1, 0]), ([1e-310, 0], [0, 0])):
        value, gradient = lossbook.value_and_grad(BOTH)(p, g, dice_weight=0)
        assert value == pytest.approx(lossbook.binary_cross_entropy(p, g), rel=1e-12, abs=0)
        np.testing.assert_allclose(gradient, lossbook.grad(lossbook.binary_cross_entropy)(p, g))


def test_a_certain_and_right_prediction_has_zero_cross_entropy_and_a_certain_and_wrong_one_an_infinite_one():
    value, gradient = lossbook.value_and_grad(BOTH)([1, 0], [1, 0])
    assert value == 0
    np.testing.assert_array_equal(gradient, [-1, 1])
    value, gradient = lossbook.value_and_grad(BOTH)([0, 0.5], [1, 0])
    assert value == INF
    assert gradient[0] == -INF


SHAPE = (2, 3, 4, 5)


@pytest.mark.parametrize(
    "axis", [None, (), 0, 1, -1, (2, 3), (0, 2, 3), (1, 3), [0, 2], (-1, 0), (0, 1, 2, 3)], ids=str
)
@pytest.mark.parametrize("loss", [DICE, IOU, BOTH])
@pytest.mark.parametrize("block", [blocks.BLOCK, 56])
def test_any_axes_can_be_summed_over_whatever_the_memory_order(axis, loss, block, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", block)
    rng = np.random.default_rng(4)
    p, g = rng.random(SHAPE), rng.integers(0, 2, SHAPE)
    summed = tuple(range(4)) if axis is None else tuple(np.atleast_1d(axis).astype(int) % 4)
    rest = [n for n in range(4) if n not in summed]
    values = np.empty([SHAPE[n] for n in rest])
    gradient = np.empty(SHAPE)
    for index in np.ndindex(values.shape):
        where = [slice(None)] * 4
        for n, i in zip(rest, index, strict=True):
            where[n] = i
        values[index], gradient[tuple(where)] = lossbook.value_and_grad(loss)(p[tuple(where)], g[tuple(where)])
    for arrays in ((p, g), (np.asfortranarray(p), np.asfortranarray(g))):
        found, slope = lossbook.value_and_grad(loss)(*arrays, axis=axis, reduction="none")
        assert np.shape(found) == values.shape
        np.testing.assert_allclose(found, values, rtol=1e-13)
        np.testing.assert_allclose(slope, gradient, rtol=1e-12)
        mean, slope = lossbook.value_and_grad(loss)(*arrays, axis=axis)
        assert mean == pytest.approx(values.mean(), rel=1e-13, abs=0)
        np.testing.assert_allclose(slope, gradient / values.size, rtol=1e-12)
        assert loss(*arrays, axis=axis, reduction="sum") == pytest.approx(values.sum(), rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((30000,), None),
        ((3, 9001), 1),
        ((9001, 3), 0),
        ((3, 3, 9001), (0, 2)),
        ((2, 20000, 2), 1),
        ((2, 3, 4, 3, 5), (0, 2, 4)),
    ],
)
def test_blocks_leave_no_pixel_out(shape, axis):
    rng = np.random.default_rng(6)
    p, g = rng.random(shape), rng.integers(0, 2, shape)
    coefficient = 2 * (p * g).sum(axis) / (p.sum(axis) + g.sum(axis))
    value, gradient = lossbook.value_and_grad(DICE)(p, g, axis=axis, reduction="none")
    np.testing.assert_allclose(value, 1 - coefficient, rtol=1e-12)
    whole = np.expand_dims(p.sum(axis) + g.sum(axis), axis) if axis is not None else p.sum() + g.sum()
    spread = np.expand_dims(coefficient, axis) if axis is not None else coefficient
    np.testing.assert_allclose(gradient, (spread - 2 * g) / whole, rtol=1e-11)


def test_an_entry_out_of_range_in_a_late_block_is_found_at_its_own_index():
    target = np.zeros((3, 9000))
    target[2, 8765] = 1.5
    with pytest.raises(ValueError, match=r"target\[2, 8765\] = 1\.5"):
        DICE(np.zeros((3, 9000)), target)


def test_an_axis_that_is_named_twice_is_refused():
    with pytest.raises(ValueError, match=r"axis = \(1, -1\) names an axis of probs twice"):
        DICE(np.ones((2, 2)), np.ones((2, 2)), axis=(1, -1))


def test_float32_values_are_those_of_float64_rounded_and_gradients_within_a_few_roundings():
    rng = np.random.default_rng(8)
    p, g = rng.random(20000).astype(np.float32), rng.integers(0, 2, 20000).astype(np.float32)
    for loss in (DICE, IOU, TVERSKY, BOTH, LOG):
        value, gradient = lossbook.value_and_grad(loss)(p, g)
        exact, slope = lossbook.value_and_grad(loss)(p.astype(float), g.astype(float))
        assert value == np.float32(exact)
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, slope, rtol=4 * np.finfo(np.float32).eps)


def test_one_number_is_a_region_of_its_own():
    value = DICE(0.5, 1)
    assert isinstance(value, np.float64)
    assert lossbook.grad(DICE)(0.5, 1).shape == ()


@pytest.mark.parametrize(("axis", "shape"), [(None, ()), (0, (2,)), (1, (3,)), ((0, 1), ())])
def test_counts_are_integers_over_the_axes_left(axis, shape):
    prediction, target = [[0.9, 0.2], [0.5, 0.7], [0.1, 0.8]], [[1, 1], [1, 0], [0, 1]]
    counts = lossbook.confusion_counts(prediction, target, axis=axis)
    assert all(np.shape(c) == shape and np.asarray(c).dtype == np.int64 for c in counts)
    assert np.sum(counts.tp) == 2
    assert np.sum(counts.fp) == 1
    assert np.sum(counts.fn) == 2
    assert np.sum(counts.tn) == 1


def test_a_prediction_at_the_threshold_is_negative():
    assert lossbook.confusion_counts([0.5, 0.6], [1, 1]).tp == 1
    assert lossbook.confusion_counts([0.5, 0.6], [1, 1], threshold=0.6).tp == 0
    assert lossbook.hard_dice_coefficient([0.5, 0.6], [1, 1], threshold=0.6) == 0
    assert lossbook.confusion_counts([-1.0, 2.0], [0, 1], threshold=0).tn == 1


def test_only_the_prediction_is_thresholded():
    assert lossbook.hard_dice_coefficient([0.9, 0.4], [0.5, 0.5]) == pytest.approx(0.5)


def test_scores_of_hand_counted_confusions():
    counts = (6, 2, 4, 88)
    assert lossbook.precision(counts) == 0.75
    assert lossbook.recall(counts) == 0.6
    assert lossbook.f1_score(counts) == pytest.approx(2 / 3)
    assert lossbook.fbeta_score(counts, beta=2) == pytest.approx(5 * 6 / (5 * 6 + 4 * 4 + 2))
    assert lossbook.fbeta_score(counts, beta=0) == 0.75
    assert lossbook.fbeta_score(counts, beta=INF) == 0.6
    assert lossbook.fbeta_score(counts, beta=1e200) == 0.6


@pytest.mark.parametrize("score", [lossbook.precision, lossbook.recall, lossbook.f1_score, lossbook.fbeta_score])
def test_zero_over_zero_is_what_was_asked_for(score):
    assert score((0, 0, 0, 5)) == 0
    assert score((0, 0, 0, 5), zero_division=1) == 1
    assert np.isnan(score((0, 0, 0, 5), zero_division=NAN))
    np.testing.assert_array_equal(score((np.array([0, 1]),) + (np.array([0, 0]),) * 3, zero_division=0.5), [0.5, 1])
    for bad in (-1, 2, INF):
        with pytest.raises(ValueError, match="zero_division"):
            score((0, 0, 0, 5), zero_division=bad)
    with pytest.raises(TypeError, match="zero_division"):
        score((0, 0, 0, 5), zero_division="warn")


def test_one_score_without_its_denominator_leaves_the_other():
    assert lossbook.precision((0, 0, 3, 1), zero_division=1) == 1
    assert lossbook.recall((0, 0, 3, 1), zero_division=1) == 0
    assert lossbook.precision((0, 3, 0, 1), zero_division=1) == 0
    assert lossbook.recall((0, 3, 0, 1), zero_division=1) == 1


@pytest.mark.parametrize("score", [lossbook.precision, lossbook.recall, lossbook.f1_score, lossbook.fbeta_score])
@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        (
            (1, 2, 3),
            TypeError,
            r"counts must be the four counts \(tp, fp, fn, tn\), but it is tuple \(1, 2, 3\)\. Pass",
        ),
        ("tpfp", TypeError, "counts"),
        (5, TypeError, "counts"),
        ((1, -2, 3, 4), ValueError, r"counts\.fp = -2"),
        ((1, 2, NAN, 4), ValueError, r"counts\.fn = nan"),
        (([1, 2], [1, 2], [1], [1, 2]), ValueError, r"counts\.fn has shape \(1,\)"),
    ],
)
def test_counts_that_are_none_are_refused(score, counts, error, message):
    with pytest.raises(error, match=message):
        score(counts)


@pytest.mark.parametrize(("place", "name"), [(0, "tp"), (1, "fp"), (2, "fn"), (3, "tn")])
def test_the_count_that_is_no_count_is_named(place, name):
    for bad, error in ((-1, ValueError), ("1", TypeError), ([1, 2], ValueError)):
        counts = [1, 1, 1, 1]
        counts[place] = bad
        with pytest.raises(error, match=r"counts\.(tp|fp) has shape" if bad == [1, 2] else rf"counts\.{name}\b"):
            lossbook.precision(counts)


def test_counts_are_read_from_any_four_numbers():
    counts = lossbook.confusion_counts([1, 1, 0, 1], [1, 0, 1, 1])
    for given_as in (tuple(counts), list(counts), np.array(counts)):
        assert lossbook.precision(given_as) == lossbook.precision(counts) == 2 / 3
    for not_four in ((1, 2, 3, 4, 5), {"tp": 1, "fp": 1, "fn": 1, "tn": 1}):
        with pytest.raises(TypeError, match=r"Pass the result of confusion_counts\.$"):
            lossbook.recall(not_four)


def test_scores_of_several_confusions_are_those_of_each():
    several = (np.array([6, 0, 3]), np.array([2, 1, 0]), np.array([4, 0, 3]), np.array([88, 99, 94]))
    for score in (lossbook.precision, lossbook.recall, lossbook.f1_score, lossbook.fbeta_score):
        each = [score(counts, zero_division=0.25) for counts in zip(*several, strict=True)]
        np.testing.assert_array_equal(score(several, zero_division=0.25), each)


def test_fbeta_without_a_beta_is_f1_and_weighs_recall_above_precision_for_a_beta_above_one():
    few_misses, few_alarms = (6, 4, 1, 89), (6, 1, 4, 89)
    for counts in (few_misses, few_alarms):
        assert lossbook.fbeta_score(counts) == lossbook.f1_score(counts) == pytest.approx(12 / 17, rel=1e-15, abs=0)
    assert lossbook.fbeta_score(few_misses, beta=2) > lossbook.fbeta_score(few_alarms, beta=2)
    assert lossbook.fbeta_score(few_misses, beta=0.5) < lossbook.fbeta_score(few_alarms, beta=0.5)


def test_counts_may_be_fractions_as_those_of_soft_masks_are():
    assert lossbook.precision((0.25, 0.125, 0, 0)) == 2 / 3
    assert lossbook.recall((0.25, 0, 0.5, 0)) == 1 / 3


def test_true_negatives_do_not_count_in_a_score():
    for score in (lossbook.precision, lossbook.recall, lossbook.f1_score):
        assert score((6, 2, 4, 0)) == score((6, 2, 4, 10**6))


@pytest.mark.parametrize("nan", [NAN, np.float32("nan"), np.float64("nan")])
def test_a_missing_score_can_be_asked_for_as_nan_of_any_kind(nan):
    assert np.isnan(lossbook.precision((0, 0, 0, 5), zero_division=nan))
    assert lossbook.precision((1, 0, 0, 5), zero_division=nan) == 1


def test_what_zero_division_may_be_is_said():
    with pytest.raises(
        ValueError, match=r"zero_division must be a number in \[0, 1\], or NaN, but zero_division = 2\."
    ):
        lossbook.precision((0, 0, 0, 5), zero_division=2)


@pytest.mark.parametrize("threshold", [INF, -INF])
def test_an_infinite_threshold_is_refused_and_the_largest_number_is_not(threshold):
    with pytest.raises(ValueError, match=f"threshold must be one finite number, but threshold = {threshold}"):
        lossbook.confusion_counts([0.5], [1], threshold=threshold)
    largest = math.copysign(np.finfo(float).max, threshold)
    assert lossbook.confusion_counts([0.0], [1], threshold=largest).tp == (threshold < 0)


def test_infinite_scores_are_counted():
    assert lossbook.confusion_counts([INF, -INF], [1, 0]) == (1, 0, 0, 1)


def test_many_counts_do_not_overflow():
    counts = lossbook.confusion_counts(np.ones(70000, bool), np.ones(70000, np.uint8))
    assert counts == (70000, 0, 0, 0)
    assert lossbook.precision(np.array([200, 100, 50, 25], np.uint8)) == pytest.approx(2 / 3, rel=1e-15, abs=0)


@pytest.mark.parametrize("beta", [-1, NAN])
def test_a_beta_out_of_range_is_refused(beta):
    with pytest.raises(ValueError, match=f"beta must be a number ≥ 0, but beta = {beta}"):
        lossbook.fbeta_score((1, 1, 1, 1), beta=beta)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"prediction": [0.5, NAN]}, ValueError, r"prediction\[1\] = nan"),
        ({"target": [0, 0.5]}, ValueError, r"target\[1\] = 0\.5"),
        ({"target": [[0], [1]]}, ValueError, r"target has shape \(2, 1\)"),
        ({"prediction": []}, ValueError, "prediction is empty"),
        ({"prediction": ["a", "b"]}, TypeError, "prediction"),
        ({"prediction": [[1], [1, 2]]}, ValueError, "prediction is ragged"),
        ({"threshold": NAN}, ValueError, "threshold"),
        ({"threshold": "half"}, TypeError, "threshold"),
        ({"axis": 1}, ValueError, "axis = 1"),
        ({"axis": (0, 0)}, ValueError, r"axis = \(0, 0\) names an axis of prediction twice"),
    ],
)
def test_confusion_counts_refuses_bad_input_by_name(arguments, error, message):
    with pytest.raises(error, match=message):
        lossbook.confusion_counts(**{"prediction": [0.5, 1], "target": [0, 1]} | arguments)


@pytest.mark.parametrize(
    "function",
    [
        lossbook.confusion_counts,
        lossbook.precision,
        lossbook.recall,
        lossbook.f1_score,
        lossbook.fbeta_score,
        lossbook.hard_dice_coefficient,
    ],
)
def test_counts_and_hard_dice_have_no_gradient_and_say_why(function):
    with pytest.raises(TypeError, match=r"its gradient is 0 wherever it exists. Train with"):
        lossbook.value_and_grad(function)


def test_huge_weights_of_tversky_weigh_as_their_ratio_says():
    p, g = np.array([1, 1, 0.5, 0.25]), np.array([0, 0, 1, 0])
    value, gradient = lossbook.value_and_grad(TVERSKY)(p, g, fp_weight=1.5e308, fn_weight=0.75e308, smooth=1e308)
    assert value == pytest.approx((2.25 * 1.5 + 0.5 * 0.75) / (2.25 * 1.5 + 0.5 * 0.75 + 1), rel=1e-15)
    small = lossbook.grad(TVERSKY)(p, g, fp_weight=1.5, fn_weight=0.75, smooth=1)
    # The pixel that is right adds nothing beside such weights; all others do as with weights that are 1e308 times smaller.
    np.testing.assert_allclose(gradient[[0, 1, 3]] / gradient[0], small[[0, 1, 3]] / small[0], rtol=1e-15)
    assert np.isfinite(gradient).all()


def test_a_region_that_is_nearly_empty_has_a_gradient_in_float32():
    probs, target = np.array([[1e-20, 1e-20], [0.5, 0.25]], np.float32), np.array([[0, 0], [1, 0]], np.float32)
    gradient = lossbook.grad(lossbook.dice_loss)(probs, target, squared=True, axis=1)
    np.testing.assert_allclose(
        gradient, lossbook.grad(lossbook.dice_loss)(probs.astype(float), target, squared=True, axis=1), rtol=1e-6
    )
    for loss in (lossbook.dice_loss, lossbook.iou_loss, lossbook.tversky_loss, lossbook.dice_coefficient):
        for tiny in (1e-40, 4e-39):  # the steepness overflows float32, or twice of it
            np.testing.assert_array_equal(lossbook.grad(loss)(np.array([tiny, 0], np.float32), [0, 0]), 0)
    gradient = lossbook.grad(lossbook.bce_dice_loss)(np.array([1e-40, 0], np.float32), [0, 0])
    np.testing.assert_allclose(gradient, 0.5, rtol=1e-6)
    # The first slope, −1.5e39, is beyond float32.
    gradient = lossbook.grad(lossbook.bce_log_dice_loss)(np.array([1e-39, 0], np.float32), [1, 0])
    np.testing.assert_allclose(gradient, [-np.inf, 1.5], rtol=1e-6)
    tiny = {"fp_weight": 1e-50, "fn_weight": 1e-50, "smooth": 1e-50}
    gradient = lossbook.grad(lossbook.tversky_loss)(np.array([0.5, 0.5], np.float32), [0, 0], **tiny)
    np.testing.assert_allclose(gradient, 0.25, rtol=1e-6)


def test_a_threshold_is_not_rounded_to_the_dtype_of_the_predictions():
    tenth = np.array([0.1], np.float32)
    assert tenth[0].item() > 0.1
    assert lossbook.confusion_counts(tenth, [1], threshold=0.1).tp == 1
    assert lossbook.hard_dice_coefficient(tenth, [1], threshold=0.1) == 1
    assert lossbook.confusion_counts(np.array([60000], np.float16), [1], threshold=1e5).fn == 1


def test_counts_without_an_axis_are_refused():
    with pytest.raises(TypeError, match="counts must be the four counts"):
        lossbook.precision(np.array(3))


@pytest.mark.parametrize("axis", [1.0, "1", range(2), True])
def test_what_is_no_axis_is_refused_as_the_axes_of_a_region(axis):
    with pytest.raises(TypeError, match="axis must be an integer, a tuple of integers, or None, but it is"):
        lossbook.dice_loss([[0.5]], [[1]], axis=axis)
