"""Graded targets in other libraries: the same numbers, and where a clamp, a divisor, a detached weight or a bin parts them."""

import math

import numpy as np
import pytest
import torch
import torchvision.ops
from compare import agree, by_autograd, ours
from timm.loss import AsymmetricLossMultiLabel, AsymmetricLossSingleLabel
from torch.nn import functional

import lossbook

QUALITY, VARIFOCAL, ASYMMETRIC = lossbook.quality_focal_loss, lossbook.varifocal_loss, lossbook.asymmetric_loss
PENALTY, GHM, SOFT_MARGIN = (
    lossbook.penalty_reduced_focal_loss,
    lossbook.ghm_loss,
    lossbook.multilabel_soft_margin_loss,
)


def scored(rng, size=(8, 5)):
    """Scores, and labels 0 and 1."""
    return 2 * rng.normal(size=size), rng.integers(0, 2, size).astype(float)


def graded(rng, size=(8, 5)):
    """Scores, and targets of which some are 0, some 1, and some between."""
    y = rng.uniform(size=size)
    return 2 * rng.normal(size=size), np.where(y < 0.4, 0.0, np.where(y > 0.8, 1.0, y))


def bce(z, y):
    return functional.binary_cross_entropy_with_logits(z, y, reduction="none")


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("beta", [1.0, 2.0, 3.5])
def test_the_quality_focal_loss_as_its_authors_wrote_it(rng, beta, reduction):
    z, y = graded(rng)

    def theirs(z, y):
        values = bce(z, y) * (torch.sigmoid(z) - y).abs() ** beta
        return values if reduction == "none" else getattr(values, reduction)()

    agree(ours(QUALITY, z, y, beta=beta, reduction=reduction), by_autograd(theirs, z, y), rtol=1e-11)


def test_of_hard_labels_it_is_the_focal_loss_of_torchvision_without_alpha(rng):
    z, y = scored(rng)
    theirs = by_autograd(
        lambda a, b: torchvision.ops.sigmoid_focal_loss(a, b, alpha=-1, gamma=2, reduction="mean"), z, y
    )
    for loss in (QUALITY, PENALTY):
        agree(ours(loss, z, y), theirs)


def test_of_soft_labels_the_focal_loss_of_torchvision_is_another(rng):
    z, y = torch.zeros(1), torch.full((1,), 0.5)
    theirs = torchvision.ops.sigmoid_focal_loss(z, y, alpha=-1, gamma=2).item()
    assert theirs == pytest.approx(math.log(2) / 4)
    assert QUALITY([0.0], [0.5]) == 0


def test_at_its_target_autograd_of_the_quality_focal_loss_has_no_number_for_a_root():
    z = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    y = torch.full((1,), 0.5, dtype=torch.float64)
    ((torch.sigmoid(z) - y).abs() ** 0.5 * bce(z, y)).backward()
    assert torch.isnan(z.grad)
    assert lossbook.grad(QUALITY)([0.0], [0.5], beta=0.5)[0] == 0


@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_the_varifocal_loss_of_its_authors(rng, gamma):
    z, q = graded(rng)

    def theirs(z, q):
        p = torch.sigmoid(z)
        weight = q * (q > 0) + 0.75 * (p - q).abs() ** gamma * (q <= 0)
        return (bce(z, q) * weight).sum()

    agree(ours(VARIFOCAL, z, q, gamma=gamma, reduction="sum"), by_autograd(theirs, z, q), rtol=1e-11)


def test_a_weight_that_is_detached_pulls_less():
    def detached(z, q):
        weight = torch.where(q > 0, q, 0.75 * torch.sigmoid(z).detach() ** 2)
        return functional.binary_cross_entropy_with_logits(z, q, weight=weight, reduction="sum")

    z = [math.log(9)]
    value, slope = by_autograd(detached, np.array(z), np.zeros(1))
    assert value == pytest.approx(VARIFOCAL(z, [0.0]))
    assert slope == pytest.approx(0.75 * 0.9**3)
    assert slope == pytest.approx(0.547, abs=5e-4)
    assert lossbook.grad(VARIFOCAL)(z, [0.0])[0] / slope[0] == pytest.approx(1.512, abs=1e-3)


def test_timm_sums_over_the_labels_and_averages_over_the_batch(rng):
    z, y = scored(rng)
    theirs = AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=1, clip=0.05)
    value, slope = by_autograd(theirs, z, y)
    mine = ours(ASYMMETRIC, z, y, gamma_pos=1.0, reduction="sum")
    np.testing.assert_allclose([value, *np.ravel(slope)], [mine[0] / 8, *np.ravel(mine[1]) / 8], rtol=2e-5, atol=1e-7)


def test_timm_clamps_at_1e_8_and_a_positive_far_on_the_wrong_side_loses_its_pull():
    value, slope = by_autograd(
        AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=0, clip=0.05), np.array([[-20.0]]), np.ones((1, 1))
    )
    assert value == pytest.approx(-math.log(1e-8), rel=1e-6)
    assert value == pytest.approx(18.42, abs=5e-3)
    assert slope == 0
    value, slope = lossbook.value_and_grad(ASYMMETRIC)([[-20.0]], [[1]])
    assert (value, slope) == (pytest.approx(20), pytest.approx(-1))


def test_in_single_precision_a_hopeless_negative_of_timm_has_no_pull_left():
    _, slope = by_autograd(
        AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=1, clip=0.0), np.array([[20.0]]), np.zeros((1, 1))
    )
    assert slope == 0
    assert lossbook.grad(ASYMMETRIC)([[20.0]], [[0]], margin=0.0) == pytest.approx(1, rel=1e-6)


def test_the_slope_of_a_detached_weight_is_another_than_that_of_the_loss():
    z, y = np.array([[-1.0]]), np.zeros((1, 1))
    held = AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=1, clip=0.05, disable_torch_grad_focal_loss=True)
    _, slope = by_autograd(held, z, y)
    assert abs(slope / lossbook.grad(ASYMMETRIC)(z, y) - 1) > 0.5


def test_without_smoothing_the_exponent_of_the_negatives_has_no_effect_in_the_single_label_form():
    z, k = torch.tensor([[1.0, 2.0, -0.5]]), torch.tensor([0])
    values = {AsymmetricLossSingleLabel(gamma_pos=0, gamma_neg=g, eps=0.0)(z, k).item() for g in (0, 4, 10)}
    assert len(values) == 1


def test_the_clamp_of_centernet_takes_the_pull_off_a_peak():
    def theirs(z, y):
        p = torch.clamp(torch.sigmoid(z), 1e-4, 1 - 1e-4)
        return -((1 - p) ** 2 * torch.log(p) * y).sum()

    value, slope = by_autograd(theirs, np.array([-12.0]), np.ones(1))
    assert (value, slope) == (pytest.approx(9.21, abs=5e-3), 0)
    value, slope = lossbook.value_and_grad(PENALTY)([-12.0], [1])
    assert (value, slope) == (pytest.approx(12.0, rel=1e-4), pytest.approx(-1, rel=2e-4))


def test_a_product_with_a_mask_is_no_number_at_infinity_where_a_selection_is():
    z, y = torch.tensor([math.inf, 0.0]), torch.tensor([1.0, 0.0])
    p = torch.sigmoid(z)
    values = -(y * (1 - p) ** 2 * torch.log(p) + (1 - y) ** 4 * p**2 * torch.log(1 - p) * (1 - y))
    assert torch.isnan(values[0])
    assert PENALTY([math.inf, 0.0], [1, 0], reduction="none")[0] == 0


def test_an_average_of_counts_that_starts_at_zero_multiplies_the_first_losses():
    """As in the authors' code with momentum ¾: the first count is a quarter of what it is, and the first loss four times as large."""
    kept, factors = 0.0, []
    for _ in range(3):
        kept = 0.75 * kept + 0.25 * 12
        factors.append(12 / kept)
    assert factors == pytest.approx([4.0, 16 / 7, 64 / 37])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_multilabel_soft_margin_loss_of_torch(rng, reduction):
    z, y = scored(rng)
    w = rng.uniform(0.5, 2, 5)
    for weight in (None, w):
        own = None if weight is None else torch.tensor(weight)
        theirs = by_autograd(
            lambda a, b, own=own: functional.multilabel_soft_margin_loss(a, b, own, reduction=reduction), z, y
        )
        agree(ours(SOFT_MARGIN, z, y, weight=weight, reduction=reduction), theirs)


def test_torch_has_no_number_for_it_at_infinity():
    z, y = torch.tensor([[math.inf, 0.0]]), torch.tensor([[1.0, 0.0]])
    assert torch.isnan(functional.multilabel_soft_margin_loss(z, y))
    assert SOFT_MARGIN([[math.inf, 0.0]], [[1, 0]]) == pytest.approx(math.log(2) / 2)
