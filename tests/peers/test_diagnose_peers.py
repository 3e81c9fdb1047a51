"""What diagnose says of the losses of other libraries: that right ones agree, and what is different about the others."""

from functools import partial

import compare  # noqa: F401  before any peer is imported
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from monai.losses import DiceLoss, TverskyLoss
from ready import needed
from sklearn.metrics import log_loss
from takeaway import BLOCKS
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

import lossbook as lb

LOSSES = {record.name: record.function for record in lb.catalogue()}
LISTINGS = [b for b in BLOCKS if b.library == "torch" and b.name in LOSSES]
PLANES = (2, 3)
EXACT = {"smooth_nr": 0, "smooth_dr": 0}
TORCH = {"library": "torch"}


def labels(found):
    return {one.label for one in found.found}


@pytest.mark.parametrize(
    ("function", "loss", "options", "edges"),
    [
        (functional.cross_entropy, lb.cross_entropy, {}, {"a logit of +∞ at the label"}),
        (functional.cross_entropy, lb.cross_entropy, {"weight": [1, 2, 3]}, {"a logit of +∞ at the label"}),
        (
            functional.cross_entropy,
            lb.cross_entropy,
            {"weight": [1, 2, 3], "label_smoothing": 0.1, "ignore_index": -1},
            {"everything ignored"},
        ),
        (functional.cross_entropy, lb.cross_entropy, {"reduction": "sum"}, {"a logit of +∞ at the label"}),
        (functional.nll_loss, lb.nll_loss, {}, set()),
        (functional.binary_cross_entropy, lb.binary_cross_entropy, {}, {"probabilities 0 and 1, all wrong"}),
        (
            functional.binary_cross_entropy_with_logits,
            lb.binary_cross_entropy_with_logits,
            {},
            {"infinite logits, all right"},
        ),
        (
            functional.binary_cross_entropy_with_logits,
            lb.binary_cross_entropy_with_logits,
            {"pos_weight": 3.0},
            {"infinite logits, all right"},
        ),
        (sigmoid_focal_loss, lb.sigmoid_focal_loss, {"reduction": "mean"}, {"infinite logits, all right"}),
        (functional.mse_loss, lb.mse_loss, {}, set()),
        (functional.l1_loss, lb.mae_loss, {}, set()),
        (DiceLoss(**EXACT), lb.dice_loss, {"axis": PLANES}, {"both empty"}),
        (DiceLoss(batch=True, **EXACT), lb.dice_loss, {"axis": (0, *PLANES)}, {"both empty"}),
        (DiceLoss(jaccard=True, **EXACT), lb.iou_loss, {"axis": PLANES}, {"both empty"}),
        (
            TverskyLoss(alpha=0.3, beta=0.7, **EXACT),
            lb.tversky_loss,
            {"axis": PLANES, "fp_weight": 0.3, "fn_weight": 0.7},
            {"both empty"},
        ),
    ],
)
def test_right_losses_of_pytorch_agree_in_value_and_gradient(function, loss, options, edges):
    found = lb.diagnose(function, loss, **TORCH, **options)
    assert found.agrees, found
    assert edges <= labels(found)


@pytest.mark.parametrize("block", LISTINGS, ids=str)
def test_the_listings_of_the_chapters_agree(block):
    options = {"weight": [1.0, 5, 0.5, 0.25]} if block.page == "unequal/weighted_cross_entropy" else {}
    if block.name != "cross_entropy":
        options = needed(block.name)
    bound = {name: torch.tensor(value) for name, value in needed(block.name).items()}
    found = lb.diagnose(partial(block.function(), **bound), LOSSES[block.name], **TORCH, **options)
    assert found.agrees, found


@pytest.mark.parametrize(
    ("function", "loss", "options", "deviations"),
    [
        (sigmoid_focal_loss, lb.sigmoid_focal_loss, {}, ["not_reduced"]),
        (lambda p, q: functional.kl_div(q.log(), p), lb.kl_divergence, {}, ["mean_of_entries"]),
        (functional.kl_div, lb.kl_divergence, {}, ["kl_div_called", "mean_of_entries"]),
        (lambda p, q: functional.kl_div(q, p), lb.kl_divergence, {}, ["mean_of_entries", "no_second_logarithm"]),
        (
            lambda p, q: functional.kl_div(p.log(), q, reduction="batchmean"),
            lb.kl_divergence,
            {},
            ["arguments_swapped"],
        ),
        (lambda z, y: functional.cross_entropy(z.softmax(1), y), lb.cross_entropy, {}, ["squashed_again"]),
        (DiceLoss(), lb.dice_loss, {"axis": PLANES}, ["another_smooth"]),
        (DiceLoss(sigmoid=True, **EXACT), lb.dice_loss, {"axis": PLANES}, ["squashed_again"]),
        (DiceLoss(batch=True, **EXACT), lb.dice_loss, {"axis": PLANES}, ["batch_in_regions"]),
        (functional.smooth_l1_loss, lb.mae_loss, {}, ["huber"]),
        (torch.nn.HuberLoss(delta=0.7), lb.mse_loss, {}, ["huber"]),
        (
            lambda z, y: functional.binary_cross_entropy_with_logits(
                z, y, weight=torch.tensor([[1.0, 2, 3]]).expand(2, 3)
            ),
            lb.binary_cross_entropy_with_logits,
            {"weight": [[1.0, 2, 3]] * 2},
            ["plain_mean"],
        ),
    ],
    ids=lambda x: "" if callable(x) else str(x),
)
def test_what_is_different_is_told(function, loss, options, deviations):
    found = lb.diagnose(function, loss, **TORCH, **options)
    assert sorted(found.deviations) == deviations, found


def test_a_vanished_gradient_is_an_edge():
    """PyTorch divides by p (1 − p), but by no less than 1e-12."""
    found = lb.diagnose(
        lambda z, y: functional.binary_cross_entropy(z.sigmoid(), y), lb.binary_cross_entropy_with_logits, **TORCH
    )
    assert found.agrees
    wrong = {one.label: one for one in found.found}
    assert wrong["logits of ±50, all wrong"].what == "value"
    with_log = lb.diagnose(
        lambda z, y: (z.clamp(-20, 20) * (1 - 2 * y)).exp().log1p().mean(), lb.binary_cross_entropy_with_logits, **TORCH
    )
    assert "logits of ±50, all wrong" in labels(with_log)


def test_a_gradient_of_nan_is_an_edge_although_the_value_is_right():
    def rooted(p, q):
        return ((p.cumsum(-1) - q.cumsum(-1)) ** 2).mean(-1).sqrt().mean()

    found = lb.diagnose(rooted, lb.emd_loss, **TORCH)
    assert found.agrees
    one = next(one for one in found.found if one.label == "equal distributions")
    assert one.what == "gradient"
    assert np.isnan(one.edge.theirs).any()
    assert not one.edge.ours.any()
    assert "equal distributions: gradient nan" in str(found)


def test_a_gradient_that_is_cut_off_is_a_difference():
    def detached(z, y):
        p = z.sigmoid()
        p_t = torch.where(y == 1, p, 1 - p)
        alpha = torch.where(y == 1, 0.25, 0.75)
        return (alpha * (1 - p_t.detach()) ** 2 * -p_t.log()).mean()

    found = lb.diagnose(detached, lb.sigmoid_focal_loss, **TORCH)
    assert not found.agrees
    assert "differ in the gradient" in str(found)
    assert found.explanation is None
    no_gradient = lb.diagnose(lambda a, b: ((a - b) ** 2).mean().detach(), lb.mse_loss, **TORCH)
    assert not no_gradient.agrees
    assert no_gradient.difference.theirs is None


def test_a_score_needs_no_gradient():
    dice = lambda p, g: (2 * (p * g).sum() / (p.sum() + g.sum())).item()  # noqa: E731
    assert lb.diagnose(dice, lb.dice_coefficient, **TORCH).agrees
    assert not lb.diagnose(lambda p, g: 1 - dice(p, g), lb.dice_loss, **TORCH).agrees


def test_a_function_may_write_to_its_tensors():
    def careless(p, g):
        value = 1 - 2 * (p * g).sum() / (p.sum() + g.sum())
        p.zero_()
        return value

    found = lb.diagnose(careless, lb.dice_loss, **TORCH)
    assert found.agrees, found
    assert labels(found) == {"both empty"}


def test_single_precision_agrees():
    found = lb.diagnose(
        lambda p, g: 1 - 2 * (p * g).float().sum() / (p.float().sum() + g.float().sum()), lb.dice_loss, **TORCH
    )
    assert found.agrees, found


def test_a_module_whose_weights_are_float32_is_given_float32():
    weight = torch.tensor([1.0, 2.0, 3.0])
    found = lb.diagnose(torch.nn.CrossEntropyLoss(weight=weight), lb.cross_entropy, weight=[1, 2, 3], **TORCH)
    assert found.agrees, found
    plain = lb.diagnose(
        torch.nn.CrossEntropyLoss(weight=weight, reduction="sum"), lb.cross_entropy, weight=[1, 2, 3], **TORCH
    )
    assert plain.deviations == ("summed",)


def test_scikit_learn_agrees_on_vectors():
    found = lb.diagnose(lambda p, y: log_loss(y, p, labels=[0, 1]), lb.binary_cross_entropy)
    assert found.agrees, found
    assert "shape (2, 3)" in labels(found)
    assert "probabilities 0 and 1, all wrong" in labels(found)


def test_jax_is_differentiated_in_double_precision():
    assert lb.diagnose(lambda a, b: ((a - b) ** 2).mean(), lb.mse_loss, library="jax").agrees
    found = lb.diagnose(lambda a, b: optax.l2_loss(a, b).mean(), lb.mse_loss, library="jax")
    assert found.deviations == ("halved",)
    rooted = lb.diagnose(lambda a, b: jnp.abs(a - b + 1e-4).mean(), lb.mae_loss, library="jax")
    assert not rooted.agrees
    left = lb.diagnose(lambda a, b: float(np.mean((np.asarray(a) - np.asarray(b)) ** 2)), lb.mse_loss, library="jax")
    assert left.difference.theirs is None
