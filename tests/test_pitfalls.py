"""What other libraries got wrong, one test for each: the smallest input that shows it, and what is right there.

The names of their issues stand in the docstrings. tests/peers reproduces, with the libraries, those that are still so.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest

import lossbook

CE, NLL, SOFTMAX_FOCAL = lossbook.cross_entropy, lossbook.nll_loss, lossbook.softmax_focal_loss
PROBS, LOGITS, FOCAL = (
    lossbook.binary_cross_entropy,
    lossbook.binary_cross_entropy_with_logits,
    lossbook.sigmoid_focal_loss,
)
KL, JS = lossbook.kl_divergence, lossbook.js_divergence
DICE, IOU, TVERSKY = lossbook.dice_loss, lossbook.iou_loss, lossbook.tversky_loss
BOTH, LOG = lossbook.bce_dice_loss, lossbook.bce_log_dice_loss
HINGE, LOVASZ = lossbook.lovasz_hinge, lossbook.lovasz_softmax
INF = math.inf
RNG = np.random.default_rng(14)
SCORES = RNG.normal(size=(2, 5, 3)) * 4
LABELS = np.array([[0, 2, 1, 2, 0], [1, 1, 2, 0, 2]])
#: Three pixels of three classes, the last of which has none.
PIXELS, CLASSES = np.array([[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]), np.array([0, 0, 1])


# Ignored elements


@pytest.mark.parametrize("loss", [CE, NLL, SOFTMAX_FOCAL])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_where_all_labels_are_ignored_the_loss_is_zero_with_zero_gradient(loss, reduction):
    """pytorch#70348, #75181, #116349: nan."""
    z = -abs(SCORES)
    z[0, 0] = -INF
    value, gradient = lossbook.value_and_grad(loss)(z, np.full((2, 5), 255), ignore_index=255, reduction=reduction)
    np.testing.assert_array_equal(value, np.zeros((2, 5)) if reduction == "none" else 0)
    np.testing.assert_array_equal(gradient, np.zeros_like(SCORES))
    assert not np.signbit(gradient).any()


@pytest.mark.parametrize(
    "options",
    [{"weight": [0.5, 2.0, 3.0]}, {"label_smoothing": 0.1}, {"weight": [0.5, 2.0, 3.0], "label_smoothing": 0.1}],
)
def test_where_all_labels_are_ignored_neither_weights_nor_smoothing_give_a_loss(options):
    value, gradient = lossbook.value_and_grad(CE)(SCORES, np.full((2, 5), -1), ignore_index=-1, **options)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_an_ignored_class_stays_in_the_softmax_of_the_others():
    """pytorch#63004: an ignored label takes elements out, not classes."""
    assert CE([[0.0, 0.0, 0.0]], [1], ignore_index=0) == pytest.approx(math.log(3))


@pytest.mark.parametrize("weight", [None, [0.5, 2.0, 3.0], [0.0, 1.0, 2.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("ignored", [None, -100, 0, 2, "distribution"])
def test_weight_smoothing_ignored_labels_reduction_and_axis_go_together_as_in_a_plain_loop(weight, smoothing, ignored):
    """pytorch#69339, #72056, #73205, #91383: wrong numbers and index errors where two of them met."""
    w = weight or [1, 1, 1]
    options = {"weight": weight, "label_smoothing": smoothing}
    target, shares = LABELS.copy(), np.eye(3)[LABELS]
    if ignored == "distribution":
        target = shares = np.random.default_rng(15).dirichlet([1, 1, 1], size=(2, 5))
    else:
        options["ignore_index"] = ignored
        if ignored == -100:
            target[0, 1] = target[1, 3] = -100
    losses, gradient, divisor = np.zeros((2, 5)), np.zeros((2, 5, 3)), 0.0
    for n in np.ndindex(2, 5):
        if ignored != "distribution" and target[n] == ignored:
            continue
        p = [math.exp(z) / sum(map(math.exp, SCORES[n])) for z in SCORES[n]]
        q = [w[c] * ((1 - smoothing) * shares[n][c] + smoothing / 3) for c in range(3)]
        losses[n] = -sum(q[c] * math.log(p[c]) for c in range(3))
        gradient[n] = [p[c] * sum(q) - q[c] for c in range(3)]
        divisor += sum(w[c] * shares[n][c] for c in range(3))
    expected = {"none": (losses, 1), "sum": (losses.sum(), 1), "mean": (losses.sum() / divisor, divisor)}
    for reduction, axis in itertools.product(expected, (0, 1, -1)):
        z = np.moveaxis(SCORES, -1, axis)
        t = np.moveaxis(target, -1, axis) if target.ndim == 3 else target
        value, slope = lossbook.value_and_grad(CE)(z, t, axis=axis, reduction=reduction, **options)
        np.testing.assert_allclose(value, expected[reduction][0], rtol=1e-12)
        np.testing.assert_allclose(
            np.moveaxis(slope, axis, -1), gradient / expected[reduction][1], rtol=1e-10, atol=1e-14
        )


@pytest.mark.parametrize("per_image", [False, True])
def test_where_all_pixels_are_void_the_hinge_is_zero_with_zero_gradient(per_image):
    """bermanmaxim#14."""
    value, gradient = lossbook.value_and_grad(HINGE)([[1.0, -2.0]], [[9, 9]], per_image=per_image, ignore_index=9)
    assert value == 0
    assert gradient.tolist() == [[0, 0]]


@pytest.mark.parametrize("options", [{}, {"classes": "all"}, {"classes": [1]}, {"axis": 1}])
def test_where_all_pixels_are_void_the_lovasz_softmax_is_a_scalar_zero_with_zero_gradient(options):
    """bermanmaxim#14: an array without entries."""
    value, gradient = lossbook.value_and_grad(LOVASZ)(PIXELS, [9, 9, 9], ignore_index=9, **options)
    assert np.ndim(value) == 0
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros((3, 3)))


def test_an_absent_class_counts_in_the_lovasz_softmax_only_where_it_is_asked_for():
    """bermanmaxim#20: averaged over all classes, a small image is judged by those that it has not."""
    present, gradient = lossbook.value_and_grad(LOVASZ)(PIXELS, CLASSES)
    assert present == pytest.approx((0.375 + 0.5) / 2)
    np.testing.assert_array_equal(gradient[:, 2], 0)
    every, gradient = lossbook.value_and_grad(LOVASZ)(PIXELS, CLASSES, classes="all")
    # The largest probability of the absent class.
    assert every == pytest.approx((0.375 + 0.5 + 0.25) / 3)
    assert gradient[:, 2] == pytest.approx([0, 0, 1 / 3])


def test_classes_given_as_one_number_or_as_a_misspelt_word_are_refused():
    """smp#884: silently ignored; bermanmaxim: any other string means all."""
    with pytest.raises(TypeError, match="classes"):
        LOVASZ(PIXELS, CLASSES, classes=1)
    with pytest.raises(ValueError, match="classes"):
        LOVASZ(PIXELS, CLASSES, classes="Present")
    assert LOVASZ(PIXELS, CLASSES, classes=np.array([1])) == LOVASZ(PIXELS, CLASSES, classes=[1]) == 0.5


def test_a_minus_one_is_not_the_last_class_also_beside_ignored_labels():
    """Indexing from the end: found in optax."""
    for loss in (CE, NLL, SOFTMAX_FOCAL):
        labels = LABELS.copy()
        labels[0, 0], labels[1, 2] = -1, 3
        with pytest.raises(ValueError, match=r"from 0 to 2, but \w+\[0, 0\] = -1"):
            loss(-abs(SCORES), labels)
        with pytest.raises(ValueError, match=r"from 0 to 2, but \w+\[1, 2\] = 3"):
            loss(-abs(SCORES), labels, ignore_index=-1)


# Divisors, weights and smoothing


def test_the_mean_of_a_divergence_divides_by_distributions_and_not_by_elements():
    """pytorch#2259, #6622, deit#61."""
    p = np.array([[0.5, 0.5], [1, 0]])
    q = np.array([[0.25, 0.75], [0.5, 0.5]])
    rows = KL(p, q, reduction="none")
    np.testing.assert_allclose(rows, [0.5 * math.log(4 / 3), math.log(2)])
    assert KL(p, q) == pytest.approx(rows.mean())
    assert KL(p, q, reduction="sum") == pytest.approx(rows.sum())
    np.testing.assert_allclose(lossbook.grad(KL)(p, q), [[-1, -1 / 3], [-1, 0]])
    deep = KL(p.reshape(2, 1, 2), q.reshape(2, 1, 2))
    assert deep == KL(p, q)


@pytest.mark.parametrize("loss", [KL, JS, lossbook.wasserstein_histograms, lossbook.squared_emd_loss])
def test_one_distribution_is_not_broadcast_against_many(loss):
    """pytorch pull request 138810."""
    with pytest.raises(ValueError, match="shape"):
        loss([0.5, 0.5], [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize("loss", [LOGITS, lossbook.mse_loss])
def test_a_column_against_a_row_of_the_same_length_is_an_error(loss):
    """pytorch#16045, #19699, #1939."""
    with pytest.raises(ValueError, match=r"target has shape \(3, 1\), but \w+ has shape \(3,\)"):
        loss(np.zeros(3), np.zeros((3, 1)))


@pytest.mark.parametrize("loss", [CE, NLL])
def test_the_weighted_mean_divides_by_the_weights_of_the_labels(loss):
    """Keras divides by their number."""
    log_p = np.log([[0.5, 0.5], [0.25, 0.75]])
    assert loss(log_p, [0, 1], weight=[3.0, 1.0]) == pytest.approx(
        (3 * math.log(2) - math.log(0.75)) / 4, rel=1e-14, abs=0
    )
    assert loss(log_p, [0, 0], weight=[3.0, 1.0]) == pytest.approx(loss(log_p, [0, 0]), rel=1e-15, abs=0)
    assert loss(log_p, [0, 0], weight=[0.0, 1.0]) == 0
    np.testing.assert_array_equal(lossbook.grad(loss)(log_p, [0, 0], weight=[0.0, 1.0]), 0)


def test_an_element_of_weight_three_counts_as_three_elements():
    """PyTorch's binary cross entropy divides by their number."""
    three = PROBS([0.5, 0.5, 0.5, 0.25], [1, 1, 1, 0])
    assert PROBS([0.5, 0.25], [1, 0], weight=[3.0, 1.0]) == pytest.approx(three, rel=1e-15, abs=0)
    three = LOGITS([1.0, 1.0, 1.0, -2.0], [1, 1, 1, 0])
    assert LOGITS([1.0, -2.0], [1, 0], weight=[3.0, 1.0]) == pytest.approx(three, rel=1e-15, abs=0)


def test_smoothing_spreads_over_all_classes_also_the_true_one():
    """annotated-transformer#39: ε/(K − 1) on the others would give the true class 0.9."""
    z = np.log([0.92, 0.02, 0.02, 0.02, 0.02])
    np.testing.assert_allclose(lossbook.grad(CE)(z, 0, label_smoothing=0.1), 0, atol=1e-15)


def test_a_masked_class_that_label_smoothing_gives_a_share_costs_infinitely_much():
    """annotated-transformer#109."""
    value, gradient = lossbook.value_and_grad(CE)([-INF, 1.0, 2.0], 1, label_smoothing=0.3)
    assert value == INF
    np.testing.assert_allclose(gradient, np.array([0, 1, math.e]) / (1 + math.e) - [0.1, 0.8, 0.1], rtol=1e-12)
    assert CE([-INF, 1.0, 2.0], 1, label_smoothing=0.3, weight=[0, 1, 1]) < 2


def test_a_masked_class_costs_nothing_where_the_target_gives_it_nothing():
    """Optax pull request 1762: nan."""
    q = [0.0, 0.25, 0.75]
    value, gradient = lossbook.value_and_grad(CE)([-INF, 1.0, 2.0], q)
    assert value == pytest.approx(CE([1.0, 2.0], q[1:]), rel=1e-15, abs=0)
    assert gradient[0] == 0
    np.testing.assert_allclose(gradient[1:], lossbook.grad(CE)([1.0, 2.0], q[1:]), rtol=1e-14)


# Logits at their ends and in the middle


@pytest.mark.parametrize(
    ("logit", "target", "expected", "slope"),
    [
        (INF, 1, 0, 0),
        (-INF, 0, 0, 0),
        (INF, 0, INF, 1),
        (-INF, 1, INF, -1),
        (INF, 0.9, INF, 0.1),
        (-INF, 0.9, INF, -0.9),
        (1e307, 1, 0, 0),
        (-1e307, 0, 0, 0),
        (1e307, 0, 1e307, 1),
    ],
)
def test_an_infinite_logit_gives_the_limit(logit, target, expected, slope):
    """pytorch#135359, #51906, optax pull request 431: nan."""
    value, gradient = lossbook.value_and_grad(LOGITS)(logit, target)
    assert value == expected
    assert not np.signbit(value)
    assert gradient == pytest.approx(slope, rel=1e-14, abs=0)


@pytest.mark.parametrize("pos_weight", [1, 2.5, [1.0]])
def test_a_pos_weight_is_finite_at_logits_of_minus_120(pos_weight):
    """pytorch#13773: nan."""
    value, gradient = lossbook.value_and_grad(LOGITS)([-120.0], [1], pos_weight=pos_weight)
    assert value == pytest.approx(120 * np.max(pos_weight), rel=1e-15, abs=0)
    assert gradient[0] == -np.max(pos_weight)


@pytest.mark.parametrize("logit", [0.0, -0.0])
@pytest.mark.parametrize("target", [0, 0.25, 0.5, 1])
def test_the_slope_at_logit_zero_is_one_half_less_the_target(logit, target):
    """pytorch pull request 1792: the derivative of |x| was taken for 0."""
    assert LOGITS(logit, target) == pytest.approx(math.log(2), rel=1e-15, abs=0)
    assert lossbook.grad(LOGITS)(logit, target) == 0.5 - target


def test_the_loss_of_a_confident_mistake_is_not_clamped():
    """pytorch#103316: at 100 behind a sigmoid, without a gradient; 16.12 in Keras's NumPy backend."""
    for logit in (-100.0, -120.0, -1000.0):
        value, gradient = lossbook.value_and_grad(LOGITS)(logit, 1)
        assert value == -logit
        assert gradient == -1
    value, gradient = lossbook.value_and_grad(PROBS)(1e-200, 1)
    assert value == pytest.approx(200 * math.log(10), rel=1e-15, abs=0)
    assert gradient == pytest.approx(-1e200)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_a_probability_of_zero_for_what_happened_costs_infinitely_much_in_every_precision(dtype):
    """sklearn#24315, #24515: clipped at the machine epsilon, or nan where 1 − 1e-15 rounds to 1."""
    assert PROBS(np.zeros(1, dtype), [1]) == INF
    assert PROBS(np.ones(1, dtype), [0]) == INF
    value = PROBS(np.array([0, 1], dtype), [0, 1])
    assert value == 0
    assert not np.signbit(value)


@pytest.mark.parametrize("gamma", [0.25, 0.5, 0.9])
def test_a_gamma_below_one_has_a_finite_gradient_at_confident_logits(gamma):
    """kornia#918, optax#1267, tensorflow/models pull request 9531."""
    z = np.array([10.0, 17.0, 37.0, 50.0, 710.0, 1e4, INF])
    gradient = lossbook.grad(FOCAL)(z, np.ones(7, int), gamma=gamma, reduction="none")
    assert np.all(gradient <= 0)
    assert np.all(np.diff(gradient) >= 0)
    assert np.all(gradient[:4] < 0)
    assert gradient[-1] == 0
    pairs = np.stack([np.zeros(7), z], axis=1)
    np.testing.assert_allclose(
        lossbook.grad(SOFTMAX_FOCAL)(pairs, np.ones(7, int), gamma=gamma, reduction="none")[:, 1],
        gradient / 0.25,
        rtol=1e-13,
    )


# The meaning of α


def test_alpha_is_on_the_positives_and_one_minus_alpha_on_the_negatives():
    """kornia#875, focal-loss-keras#6: on the positives alone."""
    both = FOCAL([0.0, 0.0], [1, 0], alpha=None, reduction="none")
    np.testing.assert_allclose(FOCAL([0.0, 0.0], [1, 0], alpha=0.1, reduction="none"), both * [0.1, 0.9], rtol=1e-15)
    np.testing.assert_allclose(FOCAL([0.0, 0.0], [1, 0], reduction="none"), both * [0.25, 0.75], rtol=1e-15)
    assert FOCAL([-INF, 0.0], [1, 0], alpha=0.0, gamma=0, reduction="sum") == pytest.approx(math.log(2))


def test_one_alpha_for_all_classes_only_rescales_and_one_for_each_does_not():
    """kornia#2371, MONAI#8601: one number that weighs class 0 by what is left to 1."""
    logits, labels = RNG.normal(size=(8, 3)), np.arange(8) % 3
    plain, slope = lossbook.value_and_grad(SOFTMAX_FOCAL)(logits, labels, reduction="none")
    value, gradient = lossbook.value_and_grad(SOFTMAX_FOCAL)(logits, labels, alpha=0.25, reduction="none")
    np.testing.assert_allclose(value, plain / 4, rtol=1e-15)
    np.testing.assert_allclose(gradient, slope / 4, rtol=1e-15)
    alpha = np.array([0.1, 0.5, 1.0])
    value, gradient = lossbook.value_and_grad(SOFTMAX_FOCAL)(logits, labels, alpha=alpha, reduction="none")
    np.testing.assert_allclose(value, plain * alpha[labels], rtol=1e-15)
    np.testing.assert_allclose(gradient, slope * alpha[labels][:, None], rtol=1e-15)


@pytest.mark.parametrize("loss", [FOCAL, SOFTMAX_FOCAL])
def test_alpha_and_gamma_cannot_be_swapped_by_their_place(loss):
    """segmentation_models#258."""
    with pytest.raises(TypeError, match="positional"):
        loss([[0.0, 1.0]], [1], 0.25, 2.0)


# Regions


def test_false_positives_and_false_negatives_are_not_swapped():
    """keras#23322, Flux.jl#1993."""
    counts = lossbook.confusion_counts([1, 1, 1, 0], [1, 0, 0, 1])
    assert (counts.tp, counts.fp, counts.fn) == (1, 2, 1)
    for fp_weight, fn_weight in ((0.25, 0.75), (0.75, 0.25)):
        expected = 1 - 1 / (1 + fp_weight * 2 + fn_weight * 1)
        assert TVERSKY([1, 1, 1, 0], [1, 0, 0, 1], fp_weight=fp_weight, fn_weight=fn_weight) == pytest.approx(expected)
    gradient = lossbook.grad(TVERSKY)([0.5, 0.5], [1, 0], fp_weight=0, fn_weight=1)
    assert gradient[0] < 0
    assert gradient[1] == 0


def test_two_empty_masks_have_the_coefficient_that_was_asked_for_in_score_and_loss():
    """MONAI#7883, #7504, #4160, #4052: 0, 1 or nan, and another in the metric than in the loss."""
    nothing = np.zeros(5)
    for empty in (0.0, 0.25, 1.0):
        for loss in (DICE, IOU, TVERSKY):
            value, gradient = lossbook.value_and_grad(loss)(nothing, nothing, empty=empty)
            assert value == 1 - empty
            np.testing.assert_array_equal(gradient, 0)
        assert lossbook.dice_coefficient(nothing, nothing, empty=empty) == empty
        assert lossbook.iou_coefficient(nothing, nothing, empty=empty) == empty
        assert lossbook.hard_dice_coefficient(nothing + 0.5, nothing, empty=empty) == empty
        assert BOTH(nothing, nothing, empty=empty) == 1 - empty
    assert LOG(nothing, nothing, empty=0.25) == math.log(4)
    np.testing.assert_allclose(lossbook.grad(LOG)(nothing, nothing, empty=0.25), 1 / 5)
    assert lossbook.dice_coefficient(nothing, nothing, smooth=1e-6, empty=0) == 1


def test_false_alarms_on_an_empty_mask_have_no_overlap_whatever_an_empty_one_has():
    """smp takes them for right."""
    assert DICE([1, 1, 0], [0, 0, 0]) == IOU([1, 1, 0], [0, 0, 0]) == 1
    assert lossbook.dice_coefficient([1, 1, 0], [0, 0, 0], empty=1.0) == 0


def test_smoothing_is_added_above_and_below():
    """MONAI#807: above alone, two masks that agree have more than the whole."""
    assert (
        lossbook.dice_coefficient([1, 0], [1, 0], smooth=3) == lossbook.iou_coefficient([1, 0], [1, 0], smooth=3) == 1
    )
    # I = 1, Σp + Σg = 3, U = 2.
    assert lossbook.dice_coefficient([1, 0], [1, 1], smooth=3) == 5 / 6
    assert lossbook.iou_coefficient([1, 0], [1, 1], smooth=3) == 4 / 5


@pytest.mark.parametrize("dtype", ["float16", "float32", "bool", "uint8"])
@pytest.mark.parametrize("function", [lossbook.dice_coefficient, lossbook.iou_coefficient])
def test_a_large_mask_of_ones_does_not_overflow(dtype, function):
    """smp#463, chainer#6702: 512² is beyond float16."""
    ones = np.ones((512, 512), dtype)
    value = function(ones, ones)
    assert value == 1
    assert value.dtype == (np.float32 if dtype.startswith("float") else np.float64)
    half = ones.copy()
    half[:256] = 0
    assert function(half, ones) == pytest.approx(
        2 / 3 if function is lossbook.dice_coefficient else 0.5, rel=1e-7, abs=0
    )


def test_bytes_do_not_wrap_around():
    """Keras: 247 squared is 81."""
    value, gradient = lossbook.value_and_grad(lossbook.mse_loss)(np.array([3], np.uint8), np.array([250], np.uint8))
    assert value == 247**2
    assert gradient == -2 * 247


def test_the_mean_of_float16_squares_beyond_its_range_is_finite():
    value = lossbook.mse_loss(np.full((300, 300), 300, np.float16), np.zeros((300, 300), np.float16))
    assert value == 90000
    assert value.dtype == np.float32


# Scores and probabilities


def test_scores_where_probabilities_are_asked_for_are_refused():
    """Keras renormalises them, MONAI's Dice of them is −2.33, smp's Lovász loss applies the softmax once more."""
    with pytest.raises(ValueError, match=r"probs\[1\] = -1\.0. Apply a sigmoid"):
        DICE([0.5, -1.0], [1, 0])
    with pytest.raises(ValueError, match=r"probs\[0\] = 2\.0"):
        PROBS([2.0, 0.5], [1, 0])
    with pytest.raises(ValueError, match=r"log_probs\[0, 1\] = 2\.0\. Pass log_softmax\(logits\)"):
        NLL([[-1.0, 2.0]], [0])
    with pytest.raises(ValueError, match=r"probs\[0, 0\] = 2\.0"):
        LOVASZ([[2.0, -1.0]], [0])


# Distributions


def test_histograms_are_not_read_as_samples():
    """scipy#15832, #9152: the same four numbers, in another order."""
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
    assert lossbook.wasserstein_histograms(p, q) == 2
    assert lossbook.wasserstein_samples(p, q) == 0


def test_of_two_unequal_totals_the_smaller_is_moved_and_the_work_divided_by_it():
    """POT#93, #364: masses that must match, and integers that were read as they stood."""
    cost = [[5, 1, 2]]
    value, flow = lossbook.earth_movers_distance([2], [1, 1, 4], cost, return_flow=True)
    assert value == 1.5
    np.testing.assert_array_equal(flow, [[0, 1, 1]])
    value, flow = lossbook.earth_movers_distance([1, 1, 4], [2], np.transpose(cost), return_flow=True)
    assert value == 1.5
    np.testing.assert_array_equal(flow, [[0], [1], [1]])


def ulps(computed, true):
    return float(abs(mpmath.mpf(float(computed)) - true) / float(np.spacing(abs(float(true)))))


def true_kl(p, q):
    return mpmath.fsum(
        mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) for a, b in zip(p, q, strict=True) if a
    )


def true_js(p, q):
    middle = [(mpmath.mpf(a) + mpmath.mpf(b)) / 2 for a, b in zip(p, q, strict=True)]
    return (true_kl(p, middle) + true_kl(q, middle)) / 2


@pytest.mark.parametrize(
    ("p", "q"),
    [([0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9]), ([1e-3, 0.999], [1e-3 + 1e-12, 0.999 - 1e-12])],
)
def test_js_of_nearly_equal_distributions_is_positive_and_has_all_its_digits(p, q):
    """scipy#20779, #19436: nan."""
    with mpmath.workprec(400):
        assert true_js(p, q) > 0
        assert ulps(JS(p, q), true_js(p, q)) <= 4


@pytest.mark.parametrize("loss", [KL, JS])
@pytest.mark.parametrize("tiny", [5e-324, 1e-310, 2.2e-308])
def test_subnormal_entries_are_never_nan(loss, tiny):
    """scipy#20083: inf, and nan."""
    pairs = [([tiny, 1], [0, 1]), ([0, 1], [tiny, 1]), ([tiny, 1], [tiny, 1]), ([0.5, 0.5], [tiny, 1])]
    for p, q in [*pairs, ([tiny, 0, 1], [0, 0, 1])]:
        value, gradient = lossbook.value_and_grad(loss)(p, q)
        assert not np.isnan(value)
        assert not np.isnan(gradient).any()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.9456657713430001, 0.9456657713430094),
        (0.48066098564791515, 0.48066098564794774),
        (0.786048657854401, 0.7860486578542367),
    ],
)
def test_kl_of_the_numbers_between_which_a_quotient_cancels_has_all_its_digits(a, b):
    """scipy gh-20710: a log(a/b) lost half of its digits."""
    p, q = [a, 1 - a], [b, 1 - b]
    with mpmath.workprec(400):
        true = true_kl(p, q)
        assert ulps(KL(p, q), true) <= 8
    # The terms are 1e-14 and more; nearly all of it cancels.
    assert 0 < true < 1e-16


@pytest.mark.parametrize(("a", "b"), [(0.5, 2.22e-308), (1e-200, 0.5), (2.22e-308, 0.5), (1.0, 5e-324)])
def test_kl_of_the_numbers_whose_quotient_leaves_the_range_is_finite(a, b):
    """scipy gh-20710: overflow, underflow and subnormal numbers, brought into the range of probabilities."""
    p, q = [a, 1 - a], [b, 1 - b]
    with mpmath.workprec(400):
        assert ulps(KL(p, q), true_kl(p, q)) <= 8
