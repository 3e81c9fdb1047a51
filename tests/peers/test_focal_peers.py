"""Focal losses in other libraries: seven of them, with three meanings of α between them."""

import itertools
import math

import keras
import kornia
import numpy as np
import optax
import pytest
import segmentation_models_pytorch as smp
import sympy as sp
import torch
from compare import agree, by_autograd, by_jax, ours, scaled
from monai.losses import FocalLoss
from segmentation_models_pytorch.losses._functional import softmax_focal_loss_with_logits
from torchvision.ops import sigmoid_focal_loss

import lossbook
from lossbook import proof
from lossbook.cards import card

FOCAL, SOFTMAX = lossbook.sigmoid_focal_loss, lossbook.softmax_focal_loss
REDUCTIONS = ["mean", "sum", "none"]
CLASSES = 3
ALPHAS_AND_GAMMAS = list(itertools.product([None, 0.25, 0.9], [0.0, 0.5, 1.0, 2.0, 3.5]))


def true_value(z, y, alpha, gamma, derivative=0):
    """The card at a point, to fifty digits."""
    focal = card("sigmoid_focal_loss")
    expr = sp.diff(focal.formula, focal.prediction, derivative)
    values = dict(zip(focal.domain, map(proof.exact, (z, y, alpha, gamma)), strict=False))
    return float(proof.digits(expr.subs(values)))


def logits_and_labels(rng, shape=(2, 4, 5)):
    return 3 * rng.normal(size=shape), rng.integers(0, 2, shape).astype(float)


def scores_and_labels(rng):
    return 3 * rng.normal(size=(2, CLASSES, 4, 5)), rng.integers(CLASSES, size=(2, 4, 5))


@pytest.mark.parametrize(("alpha", "gamma"), ALPHAS_AND_GAMMAS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torchvision_agrees_on_every_alpha_and_gamma(rng, reduction, alpha, gamma):
    z, y = logits_and_labels(rng)
    given = -1 if alpha is None else alpha
    theirs = by_autograd(lambda a, b: sigmoid_focal_loss(a, b, given, gamma, reduction), z, y)
    agree(ours(FOCAL, z, y, alpha=alpha, gamma=gamma, reduction=reduction), theirs, rtol=1e-9)


@pytest.mark.parametrize(("alpha", "gamma"), ALPHAS_AND_GAMMAS)
def test_optax_and_kornia_agree_on_every_alpha_and_gamma(rng, alpha, gamma):
    z, y = logits_and_labels(rng)
    of_optax = by_jax(lambda a, b: optax.sigmoid_focal_loss(a, b, alpha=alpha, gamma=gamma), z, y)
    of_kornia = by_autograd(lambda a, b: kornia.losses.binary_focal_loss_with_logits(a, b, alpha, gamma), z, y)
    mine = ours(FOCAL, z, y, alpha=alpha, gamma=gamma, reduction="none")
    agree(mine, of_optax)
    agree(mine, of_kornia)


@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_smp_agrees_and_leaves_ignored_elements_out(rng, gamma):
    z, y = logits_and_labels(rng)
    void = y.copy()
    void[1, :2] = 255
    theirs = by_autograd(smp.losses.FocalLoss("binary", alpha=0.3, gamma=gamma, ignore_index=255), z, void)
    value, gradient = ours(FOCAL, z[void != 255], y[void != 255], alpha=0.3, gamma=gamma)
    assert value == pytest.approx(theirs[0], rel=1e-10, abs=0)
    agree(gradient, theirs[1][void != 255], rtol=1e-9)


def test_autograd_twice_agrees_on_the_second_derivative(rng):
    z, y = logits_and_labels(rng)

    def total(a):
        return sigmoid_focal_loss(a, torch.tensor(y), 0.3, 2.0, "mean")

    full = torch.autograd.functional.hessian(total, torch.tensor(z)).reshape(y.size, y.size)
    mine = lossbook.hessian_diag(FOCAL)(z, y, alpha=0.3, gamma=2.0)
    agree(mine, full.diagonal().reshape(y.shape).numpy(), rtol=1e-8)


@pytest.mark.parametrize("alpha", [None, 0.3])
def test_monai_agrees_but_computes_float64_logits_in_float32(rng, alpha):
    z, y = logits_and_labels(rng)
    loss = FocalLoss(alpha=alpha, gamma=2.0)
    assert loss(torch.tensor(z), torch.tensor(y)).dtype == torch.float32
    theirs = by_autograd(loss, z, y)
    mine = ours(FOCAL, z, y, alpha=alpha, gamma=2.0)
    agree(mine, theirs, rtol=1e-4, atol=1e-6)
    assert mine[0].dtype == np.float64
    assert not np.isclose(mine[0], theirs[0], rtol=1e-12, atol=0)


def test_keras_agrees_only_where_told_to_apply_its_alpha(rng):
    """tensorflow#61519: α is read and left out."""
    z, y = logits_and_labels(rng, (6, 1))

    def theirs(alpha, balanced):
        return by_autograd(
            lambda a, b: keras.losses.binary_focal_crossentropy(
                b, a, from_logits=True, alpha=alpha, apply_class_balancing=balanced
            ),
            z,
            y,
        )[0]

    agree(FOCAL(z, y, alpha=0.9, reduction="none")[:, 0], theirs(0.9, True), rtol=1e-5)
    np.testing.assert_array_equal(theirs(0.9, False), theirs(0.1, False))
    agree(FOCAL(z, y, alpha=None, reduction="none")[:, 0], theirs(0.9, False), rtol=1e-5)


@pytest.mark.parametrize("gamma", [0.25, 0.5])
def test_torchvision_and_smp_have_no_gradient_at_confident_logits_where_the_card_has_one(gamma):
    """kornia#918, optax#1267: 0 to the power γ − 1."""
    z, y = np.array([40.0]), np.array([1.0])
    true = true_value(40, 1, 0.25, gamma, 1)
    assert true < 0
    assert lossbook.grad(FOCAL)(z, y, alpha=0.25, gamma=gamma)[0] == pytest.approx(true, rel=1e-14, abs=0)
    assert np.isnan(by_autograd(lambda a, b: sigmoid_focal_loss(a, b, 0.25, gamma, "mean"), z, y)[1][0])
    assert np.isnan(by_autograd(smp.losses.FocalLoss("binary", alpha=0.25, gamma=gamma), z, y)[1][0])
    of_kornia = by_autograd(
        lambda a, b: kornia.losses.binary_focal_loss_with_logits(a, b, 0.25, gamma), z[None], y[None]
    )
    assert of_kornia[1][0, 0] == pytest.approx(true, rel=1e-13, abs=0)
    of_optax = by_jax(lambda a, b: optax.sigmoid_focal_loss(a, b, alpha=0.25, gamma=gamma), z, y)
    assert of_optax[1][0] == pytest.approx(true, rel=1e-13, abs=0)


def test_torchvision_returns_zero_for_a_small_loss_that_the_card_has_digits_for():
    z, y = np.array([20.0]), np.array([1.0])
    true = true_value(20, 1, 0.25, 2)
    assert FOCAL(z, y) == pytest.approx(true, rel=1e-15, abs=0)
    # (1 − p)² · (−log p), both close to e^-20
    assert true == pytest.approx(math.exp(-60) / 4, rel=1e-8, abs=0)
    of_torchvision = by_autograd(lambda a, b: sigmoid_focal_loss(a, b, reduction="mean"), z, y)[0]
    assert abs(of_torchvision / true - 1) > 1e-9
    assert by_autograd(lambda a, b: sigmoid_focal_loss(a, b, reduction="mean"), 2 * z, y)[0] == 0
    assert true_value(40, 1, 0.25, 2) > 0


# Several classes


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 3.5])
def test_smp_agrees_on_several_classes(rng, gamma):
    z, labels = scores_and_labels(rng)
    for reduction in REDUCTIONS:
        theirs = by_autograd(
            lambda a, b, r=reduction: softmax_focal_loss_with_logits(a, b, gamma=gamma, reduction=r), z, labels
        )
        agree(ours(SOFTMAX, z, labels, gamma=gamma, axis=1, reduction=reduction), theirs, rtol=1e-9)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("alpha", [None, 0.3])
@pytest.mark.parametrize("ignored", [None, 255])
def test_kornia_weighs_class_0_by_one_minus_alpha_and_divides_the_mean_by_all_entries(
    rng, ignored, alpha, reduction, gamma
):
    z, labels = scores_and_labels(rng)
    if ignored is not None:
        labels[0, :2] = ignored

    def theirs(a, b):
        return kornia.losses.focal_loss(a, b, alpha, gamma, reduction, ignore_index=-7 if ignored is None else ignored)

    of_classes = None if alpha is None else [1 - alpha, alpha, alpha]
    mine = ours(SOFTMAX, z, labels, alpha=of_classes, gamma=gamma, ignore_index=ignored, axis=1, reduction=reduction)
    value, gradient = by_autograd(theirs, z, labels)
    if reduction == "none":
        value = value.sum(axis=1)  # the slices of the other classes are 0
    elif reduction == "mean":
        mine = scaled(mine, np.mean(labels != 255) / CLASSES)
    agree(mine, (value, gradient))


def test_kornia_agrees_on_one_weight_for_each_class(rng):
    z, labels = scores_and_labels(rng)
    alpha = [0.1, 0.5, 1.0]
    theirs = by_autograd(lambda a, b: kornia.losses.focal_loss(a, b, None, 2.0, "sum", torch.tensor(alpha)), z, labels)
    agree(ours(SOFTMAX, z, labels, alpha=alpha, axis=1, reduction="sum"), theirs, rtol=1e-6)  # the weights in float32


@pytest.mark.parametrize("alpha", [None, 0.3, [0.1, 0.5, 1.0]])
def test_monai_weighs_class_0_by_one_minus_alpha_and_divides_the_mean_by_all_entries(rng, alpha):
    z, labels = scores_and_labels(rng)
    theirs = by_autograd(
        lambda a, b: FocalLoss(to_onehot_y=True, use_softmax=True, alpha=alpha, gamma=2.0)(a, b), z, labels[:, None]
    )
    of_classes = [0.7, 0.3, 0.3] if alpha == 0.3 else alpha
    mine = scaled(ours(SOFTMAX, z, labels, alpha=of_classes, gamma=2.0, axis=1), 1 / CLASSES)
    agree(mine, theirs, rtol=1e-4, atol=1e-6)


def test_keras_multiplies_all_classes_by_one_alpha(rng):
    z, labels = rng.normal(size=(6, CLASSES)), rng.integers(CLASSES, size=6)

    def theirs(a, b):
        return keras.losses.categorical_focal_crossentropy(b, a, alpha=0.25, gamma=2.0, from_logits=True)

    value, gradient = by_autograd(theirs, z, np.eye(CLASSES)[labels])
    agree(ours(SOFTMAX, z, labels, alpha=0.25, reduction="none"), (value, gradient), rtol=1e-6, atol=1e-9)


def test_two_classes_are_what_torchvision_gives_for_the_difference_of_the_logits(rng):
    z, y = rng.normal(size=(8, 2)), rng.integers(2, size=8)
    theirs = by_autograd(lambda a, b: sigmoid_focal_loss(a[:, 1] - a[:, 0], b, 0.9, 2.0, "mean"), z, y.astype(float))
    agree(ours(SOFTMAX, z, y, alpha=[0.1, 0.9]), theirs, rtol=1e-10)
