"""Cross entropy and negative log-likelihood in other libraries: every product of options, and where they differ."""

import itertools
import math

import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import segmentation_models_pytorch as smp
import sympy as sp
import torch
from compare import agree, by_autograd, by_jax, ours, scaled
from scipy.special import log_softmax
from sklearn._loss import HalfMultinomialLoss
from sklearn.metrics import log_loss
from torch.nn import functional
from torchmetrics.functional.text import perplexity

import lossbook
from lossbook import proof
from lossbook.cards import card

CE, NLL = lossbook.cross_entropy, lossbook.nll_loss
CLASSES = 4
REDUCTIONS = ["mean", "sum", "none"]


def true_value(z, label):
    """The card at a point, to fifty digits."""
    target = [int(c == label) for c in range(len(z))]
    return float(proof.digits(sp.sympify(card("cross_entropy").evaluate(list(map(proof.exact, z)), target))))


def batch(rng, axis=-1, shape=(3, 5)):
    """Logits with their class axis, labels, and distributions in the shape of the logits."""
    z, q = 3 * rng.normal(size=(*shape, CLASSES)), rng.dirichlet(np.ones(CLASSES), size=shape)
    return np.moveaxis(z, -1, axis), rng.integers(CLASSES, size=shape), np.moveaxis(q, -1, axis)


OPTIONS = list(itertools.product([None, [0.5, 2.0, 0.0, 1.25]], [0.0, 0.3], [None, -100, 255, 1], REDUCTIONS))


@pytest.mark.parametrize(("weight", "smoothing", "ignored", "reduction"), OPTIONS)
def test_torch_agrees_on_every_combination_of_weight_smoothing_and_ignored_labels(
    rng, weight, smoothing, ignored, reduction
):
    z, labels, _ = batch(rng, axis=1)
    if ignored not in (None, 1):
        labels[0, 1:3] = labels[2, 4] = ignored

    def theirs(a, b):
        return functional.cross_entropy(
            a,
            b,
            weight=None if weight is None else torch.tensor(weight, dtype=torch.float64),
            label_smoothing=smoothing,
            ignore_index=-7 if ignored is None else ignored,
            reduction=reduction,
        )

    options = {"weight": weight, "label_smoothing": smoothing, "ignore_index": ignored, "reduction": reduction}
    agree(ours(CE, z, labels, axis=1, **options), by_autograd(theirs, z, labels))


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_torch_agrees_on_distributions_and_divides_their_weighted_mean_by_their_number(
    rng, smoothing, reduction, weighted
):
    z, _, q = batch(rng, axis=1)
    weight = np.array([0.5, 2.0, 0.0, 1.25]) if weighted else None

    def theirs(a, b):
        w = None if weight is None else torch.tensor(weight)
        return functional.cross_entropy(a, b, weight=w, label_smoothing=smoothing, reduction=reduction)

    mine = ours(CE, z, q, weight=weight, label_smoothing=smoothing, axis=1, reduction=reduction)
    if weighted and reduction == "mean":
        mine = scaled(mine, np.tensordot(weight, q, (0, 1)).mean())
    agree(mine, by_autograd(theirs, z, q))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("ignored", [None, -100, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_torch_agrees_on_the_negative_log_likelihood(rng, reduction, ignored, weighted):
    z, labels, _ = batch(rng, axis=1)
    weight = np.array([0.5, 2.0, 0.25, 1.25]) if weighted else None
    if ignored == -100:
        labels[1, 2:] = ignored

    def theirs(a, b):
        w = None if weight is None else torch.tensor(weight)
        return functional.nll_loss(a, b, w, ignore_index=-7 if ignored is None else ignored, reduction=reduction)

    log_p = log_softmax(z, axis=1)
    mine = ours(NLL, log_p, labels, weight=weight, ignore_index=ignored, axis=1, reduction=reduction)
    agree(mine, by_autograd(theirs, log_p, labels))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_optax_agrees_on_labels_distributions_and_any_axis(rng, axis):
    z, labels, q = batch(rng, axis)
    of_labels = by_jax(lambda a, b: optax.softmax_cross_entropy_with_integer_labels(a, b, axis=axis), z, labels)
    agree(ours(CE, z, labels, axis=axis, reduction="none"), of_labels)
    agree(
        ours(CE, z, q, axis=axis, reduction="none"),
        by_jax(lambda a, b: optax.softmax_cross_entropy(a, b, axis=axis), z, q),
    )


def test_optax_and_keras_agree_that_smoothing_spreads_over_all_classes(rng):
    z, labels, _ = batch(rng)
    one_hot = np.eye(CLASSES)[labels]
    mine = ours(CE, z, labels, label_smoothing=0.2, reduction="none")
    agree(mine, by_jax(lambda a, b: optax.softmax_cross_entropy(a, optax.smooth_labels(b, 0.2)), z, one_hot))

    def of_keras(a, b):
        return keras.losses.categorical_crossentropy(b, a, from_logits=True, label_smoothing=0.2)

    agree(mine, by_autograd(of_keras, z, one_hot))


def test_keras_smooths_by_the_size_of_the_last_axis_though_the_classes_are_on_another():
    """Four classes at two pixels, all logits equal: a target that still sums to 1 has the loss log 4."""
    z, q = np.zeros((1, 4, 2)), np.moveaxis(np.eye(4)[[[0, 3]]], -1, 1)

    def of_keras(a, b):
        return keras.losses.categorical_crossentropy(b, a, from_logits=True, label_smoothing=0.5, axis=1)

    agree(CE(z, q, label_smoothing=0.5, axis=1, reduction="none"), np.full((1, 2), math.log(4)))
    # ε/2 on each of four classes: 1 − ε + 2ε.
    agree(by_autograd(of_keras, z, q)[0], np.full((1, 2), 1.5 * math.log(4)))


@pytest.mark.parametrize("ignored", [None, 1])
def test_keras_agrees_on_integer_labels_and_gives_ignored_ones_zero(rng, ignored):
    z, labels, _ = batch(rng)

    def theirs(a, b):
        return keras.losses.sparse_categorical_crossentropy(b, a, from_logits=True, ignore_class=ignored)

    agree(ours(CE, z, labels, ignore_index=ignored, reduction="none"), by_autograd(theirs, z, labels))


def test_scikit_learn_agrees_and_divides_by_the_weights_of_the_labels(rng):
    z, labels, _ = batch(rng, shape=(20,))
    weight = np.array([0.5, 2.0, 0.25, 1.25])
    p = np.exp(log_softmax(z, axis=-1))
    theirs = log_loss(labels, p / p.sum(axis=1, keepdims=True), sample_weight=weight[labels], labels=range(CLASSES))
    assert CE(z, labels, weight=weight) == pytest.approx(theirs, rel=1e-12, abs=0)
    value, gradient = HalfMultinomialLoss(n_classes=CLASSES).loss_gradient(
        y_true=labels.astype(float), raw_prediction=z, sample_weight=weight[labels]
    )
    agree(ours(CE, z, labels, weight=weight, reduction="none"), (value, gradient))


@pytest.mark.parametrize("ignored", [None, -100])
def test_the_logarithm_of_torchmetrics_perplexity_is_the_mean(rng, ignored):
    z, labels, _ = batch(rng)
    if ignored is not None:
        labels[0, :3] = ignored
    theirs = by_autograd(lambda a, b: perplexity(a, b, ignore_index=ignored).log(), z, labels)
    agree(ours(CE, z, labels, ignore_index=ignored), theirs)


def test_smp_smooths_alike_but_divides_by_ignored_elements_too(rng):
    z, labels, _ = batch(rng, axis=1)
    agree(
        ours(CE, z, labels, label_smoothing=0.2, axis=1),
        by_autograd(smp.losses.SoftCrossEntropyLoss(smooth_factor=0.2), z, labels),
    )
    labels[0] = -100
    mine = ours(CE, z, labels, label_smoothing=0.2, ignore_index=-100, axis=1)
    rest = ours(CE, z[1:], labels[1:], label_smoothing=0.2, axis=1)
    agree(mine[0], rest[0])
    agree(scaled(mine, 2 / 3), by_autograd(smp.losses.SoftCrossEntropyLoss(smooth_factor=0.2), z, labels))


def test_torch_is_nan_where_all_labels_are_ignored_or_no_weight_counts():
    """pytorch#70348, #75181, #116349: the mean over nothing."""
    z = np.array([[0.0, 1.0], [2.0, 3.0]])
    of_torch = by_autograd(lambda a, b: functional.cross_entropy(a, b, ignore_index=-1), z, np.array([-1, -1]))
    assert math.isnan(of_torch[0])
    assert math.isnan(
        functional.cross_entropy(torch.tensor(z), torch.tensor([0, 0]), torch.tensor([0.0, 1.0]).double())
    )
    agree(ours(CE, z, [-1, -1], ignore_index=-1), (0, np.zeros((2, 2))))
    agree(ours(CE, z, [0, 0], weight=[0.0, 1.0]), (0, np.zeros((2, 2))))


@pytest.mark.parametrize("label", [0, 1, 2])
def test_torch_optax_and_scikit_learn_return_zero_for_a_small_loss_that_the_card_has_digits_for(label):
    z = np.full((1, 3), -2.0)
    z[0, label] = 40
    value, gradient = ours(CE, z, [label])
    assert value == pytest.approx(true_value(z[0], label), rel=1e-15, abs=0)
    # Two classes at a distance of 42.
    assert value == pytest.approx(2 * math.exp(-42), rel=1e-14, abs=0)
    assert gradient[0, label] == pytest.approx(-2 * math.exp(-42), rel=1e-14, abs=0)
    labels = np.array([label])
    for of_peer in (
        by_autograd(functional.cross_entropy, z, labels),
        by_jax(optax.softmax_cross_entropy_with_integer_labels, z, labels),
        HalfMultinomialLoss(n_classes=3).loss_gradient(y_true=labels.astype(float), raw_prediction=z),
    ):
        assert np.all(of_peer[0] == 0)
        assert np.array(of_peer[1])[0, label] == 0


def test_torch_and_optax_are_nan_at_a_masked_class_that_the_target_leaves_out():
    z, q = np.array([[-math.inf, 1.0, 2.0]]), np.array([[0.0, 0.25, 0.75]])
    assert math.isnan(by_autograd(functional.cross_entropy, z, q)[0])
    assert np.isnan(by_jax(optax.softmax_cross_entropy, z, q)[0]).all()
    value, gradient = ours(CE, z, q)
    # Without the masked class: a distribution over two.
    assert value == pytest.approx(0.25 * math.log1p(math.e) + 0.75 * math.log1p(math.exp(-1)), rel=1e-15, abs=0)
    assert gradient[0, 0] == 0
    safe, slope = by_jax(optax.safe_softmax_cross_entropy, z, q)
    agree((value, gradient), (safe[0], slope))


def test_keras_renormalises_and_clips_probabilities_where_lossbook_takes_logarithms():
    of_keras = keras.losses.categorical_crossentropy(torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 6.0]]))
    assert float(of_keras[0]) == pytest.approx(math.log(4), rel=1e-6, abs=0)
    of_keras = keras.losses.categorical_crossentropy(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
    assert float(of_keras[0]) == pytest.approx(-math.log(1e-7), rel=1e-6, abs=0)
    assert NLL([[-math.inf, 0.0]], [0]) == math.inf
    with pytest.raises(ValueError, match=r"log_probs\[0, 0\] = 2\.0"):
        NLL([[2.0, 6.0]], [0])


def test_optax_takes_minus_one_for_the_last_class_where_lossbook_refuses_it():
    z = np.array([[0.0, 1.0, 5.0]])
    last = optax.softmax_cross_entropy_with_integer_labels(jnp.array(z), jnp.array([2]))
    assert optax.softmax_cross_entropy_with_integer_labels(jnp.array(z), jnp.array([-1])) == last
    assert np.isnan(optax.softmax_cross_entropy_with_integer_labels(jnp.array(z), jnp.array([3]))).all()
    for label in (-1, 3):
        with pytest.raises(ValueError, match=rf"target\[0\] = {label}"):
            CE(z, [label])
