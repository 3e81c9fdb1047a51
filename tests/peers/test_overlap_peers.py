"""Dice, IoU, Tversky and counts in other libraries: one formula, and as many policies as libraries."""

import itertools
import math

import jax.numpy as jnp
import keras
import kornia
import numpy as np
import optax
import pytest
import segmentation_models_pytorch as smp
import sympy as sp
import torch
import torchmetrics.functional.classification as of_torchmetrics
from compare import agree, by_autograd, by_jax, ours, through_sigmoid, through_softmax
from monai.losses import DiceCELoss, DiceLoss, TverskyLoss
from segmentation_models_pytorch.losses._functional import soft_dice_score, soft_jaccard_score, soft_tversky_score
from sklearn.metrics import confusion_matrix, f1_score, fbeta_score, jaccard_score, precision_score, recall_score
from torch.nn import functional
from torchmetrics.functional.segmentation import dice_score

import lossbook
from lossbook import proof
from lossbook.cards import card

DICE, IOU, TVERSKY = lossbook.dice_loss, lossbook.iou_loss, lossbook.tversky_loss
BOTH, LOG = lossbook.bce_dice_loss, lossbook.bce_log_dice_loss
SHAPE = (3, 2, 4, 5)
PLANES = (2, 3)
REDUCTIONS = ["mean", "sum", "none"]


def true_value(name, p, g, **options):
    """The card in exact arithmetic, to fifty digits."""
    exact = [list(map(proof.exact, side)) for side in (p, g)]
    return float(proof.digits(sp.sympify(card(name).evaluate(*exact, **options))))


def probs_and_masks(rng, shape=SHAPE):
    return rng.uniform(0.02, 0.98, shape), rng.integers(0, 2, shape).astype(float)


def images(rng, classes=3):
    """Logits with a class axis, their softmax, and labels with their masks; every class is in every image."""
    z, labels = rng.normal(size=(2, classes, 4, 5)), rng.integers(classes, size=(2, 4, 5))
    labels[:, 0, :classes] = np.arange(classes)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return z, p, labels, np.moveaxis(np.eye(classes)[labels], -1, 1)


def squeezed(pair):
    """MONAI keeps the axes that it sums over."""
    return pair[0].squeeze(), pair[1]


@pytest.mark.parametrize("smooth", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("batch", [False, True])
def test_monai_agrees_on_dice_with_its_squares_smoothing_and_axes(rng, batch, reduction, squared, smooth):
    p, g = probs_and_masks(rng)
    loss = DiceLoss(squared_pred=squared, smooth_nr=smooth, smooth_dr=smooth, reduction=reduction, batch=batch)
    mine = ours(DICE, p, g, axis=(0, 2, 3) if batch else PLANES, squared=squared, smooth=smooth, reduction=reduction)
    agree(mine, squeezed(by_autograd(loss, p, g)), rtol=1e-10)


@pytest.mark.parametrize("smooth", [0.0, 0.5])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_monai_agrees_on_iou_with_twice_the_smoothing(rng, reduction, smooth):
    p, g = probs_and_masks(rng)
    loss = DiceLoss(jaccard=True, smooth_nr=2 * smooth, smooth_dr=2 * smooth, reduction=reduction)
    agree(ours(IOU, p, g, axis=PLANES, smooth=smooth, reduction=reduction), squeezed(by_autograd(loss, p, g)))


@pytest.mark.parametrize(("fp_weight", "fn_weight"), [(0.5, 0.5), (0.3, 0.7), (0.9, 0.2), (0.0, 1.5)])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_monai_smp_and_optax_agree_that_alpha_weighs_false_positives(rng, reduction, fp_weight, fn_weight):
    p, g = probs_and_masks(rng)
    mine = ours(TVERSKY, p, g, fp_weight=fp_weight, fn_weight=fn_weight, smooth=0.25, axis=PLANES, reduction=reduction)
    loss = TverskyLoss(alpha=fp_weight, beta=fn_weight, smooth_nr=0.25, smooth_dr=0.25, reduction=reduction)
    agree(mine, by_autograd(loss, p, g))
    reduce = {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction]
    value, gradient = by_autograd(
        lambda a, b: 1 - soft_tversky_score(a, b, fp_weight, fn_weight, smooth=0.25, dims=PLANES), p, g
    )
    agree(mine, (reduce(value), gradient / (6 if reduction == "mean" else 1)))

    def of_optax(a, b):
        return optax.losses.dice_loss(a, b, smooth=0.25, alpha=fp_weight, beta=fn_weight, axis=(1,))

    # optax takes logits, one channel at a time.
    z, flat = np.log(p / (1 - p)).reshape(6, 20, 1), g.reshape(6, 20, 1)
    value, gradient = by_jax(of_optax, z, flat)
    gradient = gradient.reshape(SHAPE) / (6 if reduction == "mean" else 1)
    agree((mine[0], through_sigmoid(p, mine[1])), (reduce(value.reshape(3, 2)), gradient))


def test_smp_agrees_on_dice_and_iou_of_hard_masks(rng):
    p, g = probs_and_masks(rng)
    agree(ours(lossbook.dice_coefficient, p, g, smooth=1), by_autograd(lambda a, b: soft_dice_score(a, b, 0.5), p, g))
    agree(
        ours(lossbook.iou_coefficient, p, g, smooth=0.5), by_autograd(lambda a, b: soft_jaccard_score(a, b, 0.5), p, g)
    )
    for loss, theirs in ((DICE, smp.losses.DiceLoss), (IOU, smp.losses.JaccardLoss)):
        of_channels = theirs("multilabel", from_logits=False)
        agree(ours(loss, p, g, axis=(0, 2, 3)), by_autograd(of_channels, p, g))


def test_smp_halves_its_smoothing_for_dice(rng):
    """Smoothing is added to the quotient of halves: to I, not to 2I."""
    p, g = probs_and_masks(rng)
    of_smp = soft_dice_score(torch.tensor(p), torch.tensor(g), smooth=1.0).item()
    assert lossbook.dice_coefficient(p, g, smooth=2) == pytest.approx(of_smp)
    assert lossbook.dice_coefficient(p, g, smooth=1) != pytest.approx(of_smp)


def test_kornia_agrees_on_dice_over_all_classes_and_over_each(rng):
    z, p, labels, masks = images(rng)
    for average, axis in (("micro", (1, 2, 3)), ("macro", PLANES)):
        theirs = by_autograd(lambda a, b, m=average: kornia.losses.dice_loss(a, b, average=m, eps=0.0), z, labels)
        value, gradient = ours(DICE, p, masks, axis=axis)
        agree((value, through_softmax(p, gradient)), theirs)


@pytest.mark.parametrize(("fp_weight", "fn_weight"), [(0.3, 0.7), (0.9, 0.2)])
def test_kornia_agrees_on_tversky(rng, fp_weight, fn_weight):
    z, p, labels, masks = images(rng)
    theirs = by_autograd(lambda a, b: kornia.losses.tversky_loss(a, b, fp_weight, fn_weight, eps=0.0), z, labels)
    value, gradient = ours(TVERSKY, p, masks, fp_weight=fp_weight, fn_weight=fn_weight, axis=PLANES)
    agree((value, through_softmax(p, gradient)), theirs)


def test_keras_agrees_on_dice_but_for_its_epsilon(rng):
    p, g = probs_and_masks(rng)
    agree(ours(DICE, p, g, axis=PLANES, reduction="none"), by_autograd(lambda a, b: keras.losses.dice(b, a, PLANES), p, g), rtol=1e-6, atol=1e-8)  # fmt: skip


def test_keras_swaps_false_positives_and_false_negatives_as_a_hand_count_shows():
    """keras#23322: two false positives, one false negative, one hit."""
    p, g = [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]
    of_keras = keras.losses.tversky(torch.tensor(g), torch.tensor(p), alpha=0.25, beta=0.75).item()
    assert TVERSKY(p, g, fp_weight=0.25, fn_weight=0.75) == pytest.approx(1 - 1 / (1 + 0.25 * 2 + 0.75 * 1))
    assert true_value("tversky_loss", p, g, fp_weight=sp.Rational(1, 4), fn_weight=sp.Rational(3, 4)) == 1 - 1 / 2.25
    assert of_keras == pytest.approx(1 - 1 / (1 + 0.75 * 2 + 0.25 * 1))
    assert TVERSKY(p, g, fp_weight=0.75, fn_weight=0.25) == pytest.approx(of_keras)


@pytest.mark.parametrize("dice_weight", [0.0, 1.0, 2.5])
def test_monai_agrees_on_cross_entropy_plus_dice(rng, dice_weight):
    p, g = probs_and_masks(rng, (3, 1, 4, 5))
    z = np.log(p / (1 - p))
    loss = DiceCELoss(sigmoid=True, lambda_dice=dice_weight, smooth_nr=0.5, smooth_dr=0.5)
    value, gradient = ours(BOTH, p, g, dice_weight=dice_weight, smooth=0.5, axis=PLANES)
    agree((value, through_sigmoid(p, gradient)), by_autograd(loss, z, g), rtol=1e-10)


def test_smp_agrees_on_cross_entropy_minus_the_logarithm_of_dice(rng):
    p, g = probs_and_masks(rng)
    log_dice = smp.losses.DiceLoss("binary", log_loss=True, from_logits=False)
    theirs = by_autograd(lambda a, b: functional.binary_cross_entropy(a, b) + log_dice(a, b), p, g)
    agree(ours(LOG, p, g), theirs)


WRITTEN = {
    "dice": lambda p, g, s: (2 * (p * g).sum(PLANES) + s) / (p.sum(PLANES) + g.sum(PLANES) + s),
    "squared": lambda p, g, s: (2 * (p * g).sum(PLANES) + s) / (p.square().sum(PLANES) + g.square().sum(PLANES) + s),
    "iou": lambda p, g, s: ((p * g).sum(PLANES) + s) / ((p + g - p * g).sum(PLANES) + s),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smooth", [0.0, 0.5])
def test_autograd_of_the_written_formulas_agrees_on_soft_targets_and_every_reduction(rng, smooth, reduction):
    p, g = rng.uniform(0.02, 0.98, (2, *SHAPE))
    reduce = {"mean": torch.mean, "sum": torch.sum, "none": lambda values: values}[reduction]

    def bce(a, b):
        return functional.binary_cross_entropy(a, b, reduction="none").mean(PLANES)

    cases = [
        (lossbook.dice_coefficient, {}, lambda a, b: WRITTEN["dice"](a, b, smooth)),
        (DICE, {"squared": True}, lambda a, b: 1 - WRITTEN["squared"](a, b, smooth)),
        (lossbook.iou_coefficient, {}, lambda a, b: WRITTEN["iou"](a, b, smooth)),
        (IOU, {}, lambda a, b: 1 - WRITTEN["iou"](a, b, smooth)),
        (BOTH, {"dice_weight": 0.75}, lambda a, b: bce(a, b) + 0.75 * (1 - WRITTEN["dice"](a, b, smooth))),
        (LOG, {}, lambda a, b: bce(a, b) - WRITTEN["dice"](a, b, smooth).log()),
    ]
    for loss, options, written in cases:
        theirs = by_autograd(lambda a, b, f=written: reduce(f(a, b)), p, g)
        agree(ours(loss, p, g, axis=PLANES, smooth=smooth, reduction=reduction, **options), theirs)


def test_smp_and_monai_can_read_soft_targets_as_sets_where_the_card_multiplies():
    """The smaller of p and g in the place of their product: the same for hard masks, and 0 at p = g = ½."""
    p = np.full((1, 1, 2), 0.5)
    assert 1 - soft_dice_score(torch.tensor(p), torch.tensor(p)).item() == 0
    assert DiceLoss(soft_label=True, smooth_nr=0, smooth_dr=0)(torch.tensor(p), torch.tensor(p)).item() == 0
    assert DICE(p, p) == true_value("dice_loss", p.ravel(), p.ravel()) == 0.5
    assert DiceLoss(smooth_nr=0, smooth_dr=0)(torch.tensor(p), torch.tensor(p)).item() == 0.5


def test_two_empty_masks_are_anything_between_0_and_nan_elsewhere():
    """MONAI#7883, #7504: 0, 1 or nan by library and by smoothing; here it is asked for."""
    nothing = torch.zeros(1, 1, 4, dtype=torch.float64)
    assert DiceLoss()(nothing, nothing) == 0
    assert DiceLoss(smooth_nr=0)(nothing, nothing) == 1
    assert torch.isnan(DiceLoss(smooth_nr=0, smooth_dr=0)(nothing, nothing))
    assert keras.losses.dice(nothing, nothing) == 1
    assert smp.losses.DiceLoss("binary", from_logits=False)(nothing, nothing) == 0
    assert [DICE(nothing.numpy(), nothing.numpy(), empty=empty) for empty in (1.0, 0.0, 0.25)] == [0, 1, 0.75]


def test_smp_takes_false_alarms_on_an_empty_mask_for_right_where_the_card_counts_none_of_them_a_hit():
    p, g = np.array([[[1.0, 1.0, 0.0]]]), np.zeros((1, 1, 3))
    assert smp.losses.DiceLoss("binary", from_logits=False)(torch.tensor(p), torch.tensor(g)) == 0
    assert DICE(p, g) == true_value("dice_loss", p.ravel(), g.ravel()) == 1
    # And MONAI's smoothing, of both masks empty, gives no loss but for one false alarm nearly all of it.
    assert DiceLoss()(torch.tensor(p), torch.tensor(g)) == pytest.approx(1, abs=1e-5)


def test_smp_monai_and_keras_have_no_dice_of_a_large_mask_in_half_precision():
    """smp#463, chainer#6702: the sum 262144 is beyond float16."""
    ones = torch.ones(1, 1, 512, 512, dtype=torch.float16)
    of_peers = [
        soft_dice_score(ones, ones),
        DiceLoss()(ones, ones),
        keras.losses.dice(ones, ones),
    ]
    assert not any(torch.isfinite(value) and abs(value) < 1e-3 for value in of_peers)
    assert DICE(ones.numpy(), ones.numpy()) == 0


def test_monai_takes_logits_for_probabilities_where_lossbook_refuses_them():
    z, g = np.array([[[-3.0, 4.0]]]), np.array([[[0.0, 1.0]]])
    assert not 0 <= DiceLoss()(torch.tensor(z), torch.tensor(g)) <= 1
    with pytest.raises(ValueError, match=r"probs\[0, 0, 0\] = -3\.0"):
        DICE(z, g)


def test_kornia_leaves_out_a_class_that_is_predicted_but_absent():
    """Class 1 has probability ¼ at both pixels and no pixel: its Dice is 0 by a hand count."""
    z = torch.log(torch.tensor([[[[0.75, 0.75]], [[0.25, 0.25]]]], dtype=torch.float64))
    p, g = z.exp().numpy(), np.array([[[[1.0, 1.0]], [[0.0, 0.0]]]])
    of_kornia = kornia.losses.dice_loss(z, torch.zeros(1, 1, 2, dtype=torch.int64), average="macro", eps=0.0)
    each = DICE(p, g, axis=PLANES, reduction="none")
    np.testing.assert_allclose(each, [[1 - 3 / 3.5, 1]])
    assert of_kornia.item() == pytest.approx(each[0, 0])
    assert DICE(p, g, axis=PLANES) == pytest.approx(each.mean())


# Counts


@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.75])
def test_scikit_learn_and_torchmetrics_agree_on_the_counts_and_on_a_prediction_at_the_threshold(rng, threshold):
    prediction, target = rng.integers(0, 5, 40) / 4, rng.integers(0, 2, 40)
    tp, fp, fn, tn = lossbook.confusion_counts(prediction, target, threshold=threshold)
    assert [[tn, fp], [fn, tp]] == confusion_matrix(target, prediction > threshold).tolist()
    of_stats = of_torchmetrics.binary_stat_scores(torch.tensor(prediction), torch.tensor(target), threshold)
    assert [tp, fp, tn, fn, tp + fn] == of_stats.tolist()


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("zero_division", [0.0, 1.0])
def test_scikit_learn_and_torchmetrics_agree_on_the_scores_and_on_zero_over_zero(rng, zero_division, beta):
    both = rng.integers(0, 2, (2, 12))
    for prediction, target in itertools.product((*both, np.zeros(12, int), np.ones(12, int)), repeat=2):
        counts = lossbook.confusion_counts(prediction, target)
        given = {"zero_division": zero_division}
        assert lossbook.precision(counts, **given) == pytest.approx(precision_score(target, prediction, **given))
        assert lossbook.recall(counts, **given) == pytest.approx(recall_score(target, prediction, **given))
        assert lossbook.f1_score(counts, **given) == pytest.approx(f1_score(target, prediction, **given))
        mine = lossbook.fbeta_score(counts, beta=beta, **given)
        assert mine == pytest.approx(fbeta_score(target, prediction, beta=beta, **given))
        tensors = torch.tensor(prediction), torch.tensor(target)
        of_torch = of_torchmetrics.binary_fbeta_score(*tensors, beta, zero_division=zero_division)
        assert mine == pytest.approx(of_torch.item(), rel=1e-6, abs=0)


@pytest.mark.parametrize("threshold", [0.25, 0.5])
def test_scikit_learn_and_torchmetrics_agree_on_hard_dice_and_iou(rng, threshold):
    p, g = rng.uniform(size=(2, 1, 30)), rng.integers(0, 2, (2, 1, 30))
    hard = p > threshold
    mine = lossbook.hard_dice_coefficient(p, g, threshold=threshold)
    assert mine == pytest.approx(f1_score(g.ravel(), hard.ravel()))
    each = lossbook.hard_dice_coefficient(p, g, threshold=threshold, axis=(1, 2), reduction="none")
    of_planes = dice_score(*(torch.tensor(a).int() for a in (hard, g)), num_classes=1)
    agree(each, of_planes.numpy(), rtol=1e-6)
    assert lossbook.iou_coefficient(hard, g) == pytest.approx(jaccard_score(g.ravel(), hard.ravel()))
    of_index = of_torchmetrics.binary_jaccard_index(torch.tensor(p), torch.tensor(g), threshold)
    assert lossbook.iou_coefficient(hard, g) == pytest.approx(of_index.item(), rel=1e-6, abs=0)


def test_optax_smooths_by_one_unless_told_and_halves_it():
    g = jnp.zeros((1, 4, 1))
    assert optax.losses.dice_loss(jnp.full((1, 4, 1), -40.0), g)[0] == pytest.approx(0, abs=1e-15)
    assert math.isnan(optax.losses.dice_loss(jnp.full((1, 4, 1), -math.inf), g, smooth=0.0)[0])
    half, nothing = np.full(4, 0.5), np.zeros(4)
    of_optax = optax.losses.dice_loss(jnp.zeros((1, 4, 1)), g)[0]
    assert DICE(half, nothing, smooth=2) == pytest.approx(of_optax)
    # No hit, half of four pixels false alarms: 1 − (0 + 2)/(2 + 0 + 2).
    assert DICE(half, nothing, smooth=2) == 0.5
