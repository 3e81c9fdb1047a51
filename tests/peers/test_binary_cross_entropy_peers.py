"""Binary cross entropy in other libraries: where they agree, to the last digits; where they differ, who is right."""

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
from compare import agree, by_autograd, by_jax, ours, scaled
from scipy.special import log_expit
from sklearn._loss import HalfBinomialLoss
from sklearn.metrics import log_loss
from torch.nn import functional

import lossbook
from lossbook import proof
from lossbook.cards import card

PROBS, LOGITS = lossbook.binary_cross_entropy, lossbook.binary_cross_entropy_with_logits
BALANCED = lossbook.balanced_binary_cross_entropy_with_logits
SHAPE = (6, 5)
CARD = card("binary_cross_entropy_with_logits")


def true_value(z, y, derivative=0):
    """The card at a point, to fifty digits."""
    expr = sp.diff(CARD.plain, CARD.prediction, derivative)
    values = dict(zip(CARD.domain, (proof.exact(z), proof.exact(y)), strict=False))
    return float(proof.digits(expr.subs(values)))


def logits_and_labels(rng, soft=False):
    z = 4 * rng.normal(size=SHAPE)
    return z, rng.uniform(size=SHAPE) if soft else rng.integers(0, 2, SHAPE).astype(float)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees_on_logits(rng, reduction, soft):
    z, y = logits_and_labels(rng, soft)
    theirs = by_autograd(lambda a, b: functional.binary_cross_entropy_with_logits(a, b, reduction=reduction), z, y)
    agree(ours(LOGITS, z, y, reduction=reduction), theirs)


@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("of_one", [False, True])
def test_torch_agrees_on_pos_weight_and_on_weights_that_no_mean_divides_by(rng, reduction, of_one):
    z, y = logits_and_labels(rng, soft=True)
    pos_weight, weight = rng.uniform(0.5, 3, () if of_one else SHAPE[1]), rng.uniform(0.5, 3, SHAPE)

    def theirs(a, b, v, w):
        return functional.binary_cross_entropy_with_logits(a, b, pos_weight=v, weight=w, reduction=reduction)

    mine = ours(LOGITS, z, y, pos_weight=pos_weight, weight=weight, reduction=reduction)
    agree(mine, by_autograd(theirs, z, y, pos_weight, weight))


def test_torch_agrees_that_pos_weight_does_not_enter_the_divisor(rng):
    z, y = logits_and_labels(rng)
    theirs = by_autograd(
        lambda a, b, v: functional.binary_cross_entropy_with_logits(a, b, pos_weight=v), z, y, np.float64(2.5)
    )
    agree(ours(LOGITS, z, y, pos_weight=2.5), theirs)


def test_torch_divides_the_weighted_mean_by_the_number_of_elements(rng):
    z, y = logits_and_labels(rng)
    weight = rng.uniform(0.5, 3, SHAPE)
    theirs = by_autograd(lambda a, b, w: functional.binary_cross_entropy_with_logits(a, b, weight=w), z, y, weight)
    agree(scaled(ours(LOGITS, z, y, weight=weight), weight.mean()), theirs)
    p = 1 / (1 + np.exp(-z))
    theirs = by_autograd(lambda a, b, w: functional.binary_cross_entropy(a, b, weight=w), p, y, weight)
    agree(scaled(ours(PROBS, p, y, weight=weight), weight.mean()), theirs)


def test_keras_divides_the_weighted_mean_by_the_number_of_elements(rng):
    p, y, weight = rng.uniform(0.01, 0.99, 20), np.arange(20.0) % 2, rng.uniform(0.5, 3, 20)
    theirs = keras.losses.BinaryCrossentropy()(y[:, None], p[:, None], sample_weight=weight)
    mine = lossbook.binary_cross_entropy(p, y, weight=weight) * weight.mean()
    assert float(theirs) == pytest.approx(mine, rel=1e-5, abs=0)  # Keras reads arrays as float32


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees_on_probabilities(rng, reduction):
    p, y = rng.uniform(0.01, 0.99, SHAPE), rng.uniform(size=SHAPE)
    theirs = by_autograd(lambda a, b: functional.binary_cross_entropy(a, b, reduction=reduction), p, y)
    agree(ours(PROBS, p, y, reduction=reduction), theirs)


def test_optax_scipy_and_keras_agree_on_logits(rng):
    z, y = logits_and_labels(rng)
    value, gradient = ours(LOGITS, z, y, reduction="none")
    agree((value, gradient), by_jax(optax.sigmoid_binary_cross_entropy, z, y))
    agree(value, -y * log_expit(z) - (1 - y) * log_expit(-z))
    # Keras rounds NumPy's float64 to its float32, but takes tensors as they are.
    of_keras = by_autograd(lambda a, b: keras.ops.binary_crossentropy(b, a, from_logits=True), z, y)
    # PyTorch, on which Keras runs here, loses digits of the small losses.
    agree((value, gradient), of_keras, rtol=1e-10)


def test_keras_smooths_a_binary_label_towards_one_half(rng):
    z, y = logits_and_labels(rng)
    theirs = by_autograd(
        lambda a, b: keras.losses.binary_crossentropy(b, a, from_logits=True, label_smoothing=0.25), z, y
    )
    value, gradient = ours(LOGITS, z, 0.75 * y + 0.125, reduction="none")
    agree((value.mean(axis=-1), gradient / SHAPE[1]), theirs, rtol=1e-6)  # it smooths in float32


def test_smp_agrees_with_its_smoothed_labels_written_out(rng):
    z, y = logits_and_labels(rng)
    theirs = by_autograd(smp.losses.SoftBCEWithLogitsLoss(smooth_factor=0.125, pos_weight=torch.tensor(3.0)), z, y)
    agree(ours(LOGITS, z, 0.875 * y + 0.125 * (1 - y), pos_weight=3), theirs)


def test_smp_divides_by_ignored_elements_too_as_a_weight_of_zero_does_not(rng):
    z, y = logits_and_labels(rng)
    void = y.copy()
    void[:3] = 255
    theirs = by_autograd(smp.losses.SoftBCEWithLogitsLoss(ignore_index=255), z, void)
    mine = ours(LOGITS, z, y, weight=(void != 255).astype(float))
    agree(mine, ours(LOGITS, z[3:], y[3:])[:1] + mine[1:])
    agree(scaled(mine, 0.5), theirs)


def test_scikit_learn_agrees_and_divides_by_the_sum_of_the_weights(rng):
    p, y, weight = rng.uniform(0.01, 0.99, 20), np.arange(20) % 2, rng.uniform(0.5, 3, 20)
    assert PROBS(p, y, weight=weight) == pytest.approx(log_loss(y, p, sample_weight=weight), rel=1e-12, abs=0)
    total = log_loss(y, p, sample_weight=weight, normalize=False)
    assert PROBS(p, y, weight=weight, reduction="sum") == pytest.approx(total, rel=1e-12, abs=0)


def test_scikit_learn_agrees_on_the_gradient_and_on_the_second_derivative(rng):
    z, y = 4 * rng.normal(size=40), rng.uniform(size=40)
    gradient, curvature = HalfBinomialLoss().gradient_hessian(y_true=y, raw_prediction=z)
    agree(lossbook.grad(LOGITS)(z, y, reduction="none"), gradient)
    agree(lossbook.hessian_diag(LOGITS)(z, y, reduction="none"), curvature)


def test_kornia_agrees_on_the_balanced_form_as_a_focal_loss_without_focus(rng):
    z, y = logits_and_labels(rng)
    theirs = by_autograd(
        lambda a, b: kornia.losses.binary_focal_loss_with_logits(a, b, alpha=0.7, gamma=0.0, reduction="mean"), z, y
    )
    agree(ours(BALANCED, z, y, alpha=0.7), theirs)


@pytest.mark.parametrize("alpha", [None, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_autograd_of_the_weighted_loss_agrees_on_the_balanced_form(rng, reduction, alpha):
    """Weights α and 1 − α; PyTorch's weighted mean divides by the number of elements, as this loss does."""
    z, y = logits_and_labels(rng)
    share = np.mean(y == 0) if alpha is None else alpha

    def theirs(a, b, w):
        return functional.binary_cross_entropy_with_logits(a, b, weight=w, reduction=reduction)

    mine = ours(BALANCED, z, y, alpha=alpha, reduction=reduction)
    agree(mine, by_autograd(theirs, z, y, np.where(y == 1, share, 1 - share)))


def test_autograd_twice_agrees_on_the_second_derivatives(rng):
    z, y = logits_and_labels(rng)
    probs = rng.uniform(0.05, 0.95, SHAPE)  # nearer to 0 and 1, PyTorch's (p − y) / (p (1 − p)) cancels
    alpha = np.where(y == 1, 0.3, 0.7)
    cases = [
        (LOGITS, z, {"pos_weight": 2.5}, lambda a, b: functional.binary_cross_entropy_with_logits(a, b, pos_weight=torch.tensor(2.5))),
        (PROBS, probs, {}, functional.binary_cross_entropy),
        (BALANCED, z, {"alpha": 0.3}, lambda a, b: functional.binary_cross_entropy_with_logits(a, b, torch.tensor(alpha))),
    ]  # fmt: skip
    for loss, x, options, theirs in cases:
        full = torch.autograd.functional.hessian(lambda a, f=theirs: f(a, torch.tensor(y)), torch.tensor(x))
        diagonal = full.reshape(y.size, y.size).diagonal().reshape(y.shape)
        agree(lossbook.hessian_diag(loss)(x, y, **options), diagonal.numpy(), rtol=1e-9)


@pytest.mark.parametrize(("logit", "label"), [(math.inf, 1.0), (-math.inf, 0.0)])
def test_torch_and_optax_are_nan_at_infinite_logits_where_the_limit_is_zero(logit, label):
    assert sp.limit(CARD.plain.subs(list(CARD.domain)[1], int(label)), CARD.prediction, logit) == 0
    assert LOGITS(logit, label) == 0
    assert math.isnan(functional.binary_cross_entropy_with_logits(torch.tensor(logit), torch.tensor(label)))
    assert math.isnan(optax.sigmoid_binary_cross_entropy(jnp.array(logit), jnp.array(label)))


def test_torch_returns_zero_for_a_small_loss_that_the_card_has_digits_for():
    z, y = np.array([-40.0]), np.array([0.0])
    value, gradient = ours(LOGITS, z, y)
    assert value == pytest.approx(true_value(-40, 0), rel=1e-15, abs=0)
    assert value == pytest.approx(math.exp(-40), rel=1e-15, abs=0)
    assert gradient[0] == pytest.approx(true_value(-40, 0, 1), rel=1e-15, abs=0)
    assert by_autograd(functional.binary_cross_entropy_with_logits, z, y)[0] == 0


def test_torch_loses_the_gradient_of_a_well_classified_positive():
    z, y = np.array([40.0]), np.array([1.0])
    assert lossbook.grad(LOGITS)(z, y)[0] == pytest.approx(true_value(40, 1, 1), rel=1e-15, abs=0)
    assert true_value(40, 1, 1) < 0
    assert by_autograd(functional.binary_cross_entropy_with_logits, z, y)[1][0] == 0


def test_scikit_learn_returns_zero_for_a_small_loss_but_keeps_its_gradient():
    z, y = np.array([40.0]), np.array([1.0])
    assert HalfBinomialLoss().loss(y_true=y, raw_prediction=z)[0] == 0
    assert LOGITS(z, y) == pytest.approx(true_value(40, 1), rel=1e-15, abs=0)
    assert HalfBinomialLoss().gradient(y_true=y, raw_prediction=z)[0] == pytest.approx(
        true_value(40, 1, 1), rel=1e-14, abs=0
    )


def test_torch_loses_the_gradient_behind_a_sigmoid_where_the_logit_has_it():
    """pytorch#103316: the logarithm of a probability is clamped at −100, and its slope with it."""
    z, y = np.array([-120.0]), np.array([1.0])
    through = by_autograd(lambda a, b: functional.binary_cross_entropy(a.sigmoid(), b), z, y)
    assert through[0] == 100
    assert abs(through[1][0]) < 1e-40
    assert true_value(-120, 1) == pytest.approx(120)
    agree(ours(LOGITS, z, y), (120.0, [-1.0]))


def test_torch_clamps_the_logarithm_of_a_probability_at_minus_one_hundred():
    assert functional.binary_cross_entropy(torch.tensor(0.0), torch.tensor(1.0)) == 100
    assert lossbook.binary_cross_entropy(0, 1) == math.inf


def test_keras_clips_probabilities_at_1e_7_and_scikit_learn_at_the_machine_epsilon():
    of_keras = keras.losses.BinaryCrossentropy(dtype="float64")(np.array([[1.0]]), np.array([[0.0]]))
    assert float(of_keras) == pytest.approx(-math.log(1e-7), rel=1e-6, abs=0)
    assert log_loss([1, 0], [0.0, 0.0]) == pytest.approx(-math.log(np.finfo(float).eps) / 2, rel=1e-6, abs=0)
    assert lossbook.binary_cross_entropy([0.0, 0.0], [1, 0]) == math.inf


def test_optax_broadcasts_a_column_against_a_row_where_lossbook_refuses(rng):
    z, y = rng.normal(size=(4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    assert optax.sigmoid_binary_cross_entropy(jnp.array(z), jnp.array(y)).shape == (4, 4)
    with pytest.raises(ValueError, match="never broadcast"):
        LOGITS(z, y)
