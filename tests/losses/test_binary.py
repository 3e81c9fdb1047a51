"""Binary cross entropy: hand values, limits, and the card at fifty digits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook import proof
from lossbook.cards import card

BCE, LOGITS = lossbook.binary_cross_entropy, lossbook.binary_cross_entropy_with_logits
INF = math.inf
EDGES = [1e-8, 1e-5, 0.1, 1.0, 5.0, 16.5, 17.0, 36.0, 37.0, 88.0, 103.5, 700.0, 708.0, 1e4]
HARD = proof.grid(z=[0.0, *EDGES, *(-v for v in EDGES)], y=[0.0, 1.0], w=[1.0, 2.5])
logit = st.floats(-50, 50)
label = st.floats(0, 1)


@pytest.mark.parametrize(
    ("probs", "target", "expected"),
    [
        (0.5, 1, math.log(2)),
        (0.25, 1, math.log(4)),
        (0.25, 0, math.log(4 / 3)),
        (0.5, 0.25, math.log(2)),
        (1, 1, 0),
        (0, 0, 0),
        (0, 1, INF),
        (1, 0, INF),
    ],
)
def test_hand_values_of_probabilities(probs, target, expected):
    value = BCE(probs, target)
    assert value == pytest.approx(expected, rel=1e-15, abs=0)
    assert not np.signbit(value)


@pytest.mark.parametrize(
    ("logits", "target", "expected", "slope"),
    [
        (0.0, 1, math.log(2), -0.5),
        (math.log(3), 1, math.log(4 / 3), -0.25),
        (math.log(3), 0, math.log(4), 0.75),
    ],
)
def test_hand_values_of_logits(logits, target, expected, slope):
    value, gradient = lossbook.value_and_grad(LOGITS)(logits, target)
    assert value == pytest.approx(expected, rel=1e-14, abs=0)
    assert gradient == pytest.approx(slope, rel=1e-14, abs=0)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_logits_agree_with_the_card_within_four_ulp_over_the_whole_range(order):
    run = [lambda f: f, lossbook.grad, lossbook.hessian_diag][order](LOGITS)
    worst = proof.worst_ulps(
        card("binary_cross_entropy_with_logits"), lambda z, y, w: run(z, y, pos_weight=w), HARD, order
    )
    assert worst <= 4


@pytest.mark.parametrize("order", [0, 1])
def test_float32_logits_agree_with_the_card_within_eight_ulp(order):
    run = [lambda f: f, lossbook.grad][order](LOGITS)
    points = [(float(np.float32(z)), y, w) for z, y, w in HARD if math.exp(-abs(z)) > 1e-30]
    worst = proof.worst_ulps(
        card("binary_cross_entropy_with_logits"), lambda z, y, w: run(np.float32(z), y, pos_weight=w), points, order
    )
    assert worst <= 8


@pytest.mark.parametrize("order", [0, 1, 2])
def test_probabilities_agree_with_the_card_within_four_ulp(order):
    run = [lambda f: f, lossbook.grad, lossbook.hessian_diag][order](BCE)
    points = proof.grid(p=[1e-300, 1e-8, 0.1, 0.3, 0.5, 0.75, 1 - 1e-9], y=[0.0, 1.0])
    assert proof.worst_ulps(card("binary_cross_entropy"), run, points, order) <= 4


@pytest.mark.parametrize("target", [0.3, 0.001, 0.999])
def test_soft_labels_agree_with_the_card(target):
    points = [(sign * z, target, 1.0) for z in EDGES for sign in (1, -1)]
    assert proof.worst_ulps(card("binary_cross_entropy_with_logits"), lambda z, y, w: LOGITS(z, y), points) <= 4


@given(st.floats(-15, 15), label)
def test_probabilities_and_logits_agree(z, y):
    assert LOGITS(z, y) == pytest.approx(BCE(1 / (1 + math.exp(-z)), y), rel=1e-6, abs=1e-9)


@given(logit, label)
def test_swapping_the_classes_changes_nothing(z, y):
    # 1 − y rounds, and the logit multiplies the rounding.
    assert LOGITS(-z, 1 - y) == pytest.approx(LOGITS(z, y), rel=1e-12, abs=1e-14)


@given(logit, label, st.floats(0, 20))
def test_the_gradient_is_the_slope_of_the_value(z, y, w):
    h = 1e-5
    numeric = (LOGITS(z + h, y, pos_weight=w) - LOGITS(z - h, y, pos_weight=w)) / (2 * h)
    assert lossbook.grad(LOGITS)(z, y, pos_weight=w) == pytest.approx(numeric, abs=1e-7 * (1 + w))


def test_pos_weight_scales_the_positive_term_and_not_the_divisor():
    plain = LOGITS([1.0, 1.0], [1, 0], reduction="none")
    assert LOGITS([1.0, 1.0], [1, 0], pos_weight=5) == pytest.approx((5 * plain[0] + plain[1]) / 2)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_pos_weight_may_be_one_for_each_column(columns):
    z, y, weights = np.arange(4.0 * columns).reshape(4, columns), np.ones((4, columns)), np.arange(1.0, columns + 1)
    plain, weighted = (LOGITS(z, y, pos_weight=w, reduction="none") for w in (1, weights))
    np.testing.assert_allclose(weighted, weights * plain, rtol=1e-15)
    slopes = [lossbook.grad(LOGITS)(z, y, pos_weight=w) for w in (1, weights)]
    np.testing.assert_allclose(slopes[1], weights * slopes[0], rtol=1e-15)


@pytest.mark.parametrize("logits", [0.5, [0.5], [[0.5, 1, 2]]])
def test_a_pos_weight_for_other_columns_is_refused(logits):
    expected = r"pos_weight has shape \(2,\)\. Pass one number, or \d numbers, one for each position along axis -?[01]\."
    with pytest.raises(ValueError, match=expected):
        LOGITS(logits, np.ones(np.shape(logits)), pos_weight=[1, 2])


def test_pos_weight_of_zero_leaves_the_negatives():
    value, gradient = lossbook.value_and_grad(LOGITS)([-INF, 2.0], [1, 0], pos_weight=0, reduction="sum")
    assert value == pytest.approx(math.log1p(math.exp(2)))
    np.testing.assert_allclose(gradient, [0, 1 / (1 + math.exp(-2))])


@pytest.mark.parametrize("probs", [0.0, 1.0])
def test_a_certain_prediction_that_is_right_has_a_finite_slope(probs):
    assert lossbook.grad(BCE)(probs, probs) == (1 if probs == 0 else -1)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_zero_with_a_sign_is_a_zero(zero):
    value, gradient = lossbook.value_and_grad(BCE)([zero, zero], [1, 0], reduction="none")
    np.testing.assert_array_equal(value, [INF, 0])
    np.testing.assert_array_equal(gradient, [-INF, 1])
    _, gradient = lossbook.value_and_grad(lossbook.bce_dice_loss)([zero, 0.5], [1, 0])
    assert gradient[0] == -INF
    _, gradient = lossbook.value_and_grad(lossbook.bce_log_dice_loss)([zero, 0.5], [1, 0])
    assert gradient[0] == -INF
