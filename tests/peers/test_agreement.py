"""The same losses in other libraries: where they agree, to the last digits; where they differ, who is right.

Inputs are random and float64. Where a peer differs, the test states the difference, and the loss card or a count by
hand says which of the two is the loss.
"""

import math
import warnings

import jax.numpy as jnp
import keras
import kornia
import numpy as np
import optax
import ot
import pytest
import sympy as sp
import torch
from scipy.optimize import linprog
from scipy.special import log_expit
from scipy.stats import wasserstein_distance
from sklearn.metrics import log_loss
from torch.nn import functional

import lossbook
from lossbook import proof
from lossbook.cards import card

SHAPE = (6, 5)
PIXELS = (3, 5, 7)
LOGITS = card("binary_cross_entropy_with_logits")


@pytest.fixture(params=range(3))
def rng(request):
    return np.random.default_rng(request.param)


def true_value(z, y, derivative=0):
    """The card at a point, to fifty digits."""
    expr = sp.diff(LOGITS.plain, LOGITS.prediction, derivative)
    values = dict(zip(LOGITS.domain, (proof.exact(z), proof.exact(y)), strict=False))
    return float(proof.digits(expr.subs(values)))


def tensors(*arrays):
    """Turn arrays into tensors; gradients are taken with respect to the first."""
    first, *rest = (torch.tensor(array) for array in arrays)
    return first.requires_grad_(), *rest


def by_autograd(function, *arrays):
    """Value and gradient, with respect to the first array, by PyTorch."""
    given = tensors(*arrays)
    value = function(*given)
    value.backward()
    return value.item(), given[0].grad.numpy()


def agree(ours, theirs, rtol=1e-12, atol=1e-13):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=atol)


def logits_and_labels(rng, soft=False):
    z = 4 * rng.normal(size=SHAPE)
    return z, rng.uniform(size=SHAPE) if soft else rng.integers(0, 2, SHAPE).astype(float)


# Binary cross entropy


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_torch_agrees_on_logits(rng, reduction, soft):
    z, y = logits_and_labels(rng, soft)
    theirs = by_autograd(lambda a, b: functional.binary_cross_entropy_with_logits(a, b, reduction=reduction), z, y)
    ours = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)
    agree(ours(z, y, reduction=reduction), theirs)


def test_torch_agrees_on_pos_weight_and_on_the_weighted_sum(rng):
    z, y = logits_and_labels(rng, soft=True)
    pos_weight, weight = rng.uniform(0.5, 3, SHAPE[1]), rng.uniform(0.5, 3, SHAPE)

    def theirs(a, b, v, w):
        return functional.binary_cross_entropy_with_logits(a, b, pos_weight=v, weight=w, reduction="sum")

    ours = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)
    agree(
        ours(z, y, pos_weight=pos_weight, weight=weight, reduction="sum"), by_autograd(theirs, z, y, pos_weight, weight)
    )


def test_torch_divides_the_weighted_mean_by_the_number_of_elements(rng):
    z, y = logits_and_labels(rng)
    weight = rng.uniform(0.5, 3, SHAPE)
    theirs = by_autograd(lambda a, b, w: functional.binary_cross_entropy_with_logits(a, b, weight=w), z, y, weight)
    ours = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)(z, y, weight=weight)
    agree((part * weight.mean() for part in ours), theirs)


def test_keras_divides_the_weighted_mean_by_the_number_of_elements(rng):
    p, y, weight = rng.uniform(0.01, 0.99, 20), np.arange(20.0) % 2, rng.uniform(0.5, 3, 20)
    theirs = keras.losses.BinaryCrossentropy()(y[:, None], p[:, None], sample_weight=weight)
    ours = lossbook.binary_cross_entropy(p, y, weight=weight) * weight.mean()
    assert float(theirs) == pytest.approx(ours, rel=1e-5)  # Keras reads arrays as float32


def test_torch_agrees_on_probabilities(rng):
    p, y = rng.uniform(0.01, 0.99, SHAPE), rng.uniform(size=SHAPE)
    theirs = by_autograd(functional.binary_cross_entropy, p, y)
    agree(lossbook.value_and_grad(lossbook.binary_cross_entropy)(p, y), theirs)


def test_optax_scipy_and_keras_agree_on_logits(rng):
    z, y = logits_and_labels(rng)
    ours = lossbook.binary_cross_entropy_with_logits(z, y, reduction="none")
    np.testing.assert_allclose(optax.sigmoid_binary_cross_entropy(jnp.array(z), jnp.array(y)), ours, rtol=1e-12)
    np.testing.assert_allclose(-y * log_expit(z) - (1 - y) * log_expit(-z), ours, rtol=1e-12)
    # Keras rounds NumPy's float64 to its float32, but takes tensors as they are.
    of_keras = keras.ops.binary_crossentropy(torch.tensor(y), torch.tensor(z), from_logits=True)
    # PyTorch, on which Keras runs here, loses digits of the small losses.
    np.testing.assert_allclose(of_keras, ours, rtol=1e-10)


def test_scikit_learn_agrees_and_divides_by_the_sum_of_the_weights(rng):
    p, y, weight = rng.uniform(0.01, 0.99, 20), np.arange(20) % 2, rng.uniform(0.5, 3, 20)
    theirs = log_loss(y, p, sample_weight=weight)
    assert lossbook.binary_cross_entropy(p, y, weight=weight) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(("logit", "label"), [(math.inf, 1.0), (-math.inf, 0.0)])
def test_torch_and_optax_are_nan_at_infinite_logits_where_the_limit_is_zero(logit, label):
    assert sp.limit(LOGITS.plain.subs(list(LOGITS.domain)[1], int(label)), LOGITS.prediction, logit) == 0
    assert lossbook.binary_cross_entropy_with_logits(logit, label) == 0
    assert math.isnan(functional.binary_cross_entropy_with_logits(torch.tensor(logit), torch.tensor(label)))
    assert math.isnan(optax.sigmoid_binary_cross_entropy(jnp.array(logit), jnp.array(label)))


def test_torch_returns_zero_for_a_small_loss_that_the_card_has_digits_for():
    z, y = np.array([-40.0]), np.array([0.0])
    value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)(z, y)
    assert value == pytest.approx(true_value(-40, 0), rel=1e-15)
    assert value == pytest.approx(math.exp(-40), rel=1e-15)
    assert gradient[0] == pytest.approx(true_value(-40, 0, 1), rel=1e-15)
    assert by_autograd(functional.binary_cross_entropy_with_logits, z, y)[0] == 0


def test_torch_loses_the_gradient_of_a_well_classified_positive():
    z, y = np.array([40.0]), np.array([1.0])
    assert lossbook.grad(lossbook.binary_cross_entropy_with_logits)(z, y)[0] == pytest.approx(true_value(40, 1, 1))
    assert true_value(40, 1, 1) < 0
    assert by_autograd(functional.binary_cross_entropy_with_logits, z, y)[1][0] == 0


def test_torch_clamps_the_logarithm_of_a_probability_at_minus_one_hundred():
    assert functional.binary_cross_entropy(torch.tensor(0.0), torch.tensor(1.0)) == 100
    assert lossbook.binary_cross_entropy(0, 1) == math.inf


def test_keras_clips_probabilities_at_1e_7_and_scikit_learn_at_the_machine_epsilon():
    of_keras = keras.losses.BinaryCrossentropy(dtype="float64")(np.array([[1.0]]), np.array([[0.0]]))
    assert float(of_keras) == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert log_loss([1, 0], [0.0, 0.0]) == pytest.approx(-math.log(np.finfo(float).eps) / 2, rel=1e-6)
    assert lossbook.binary_cross_entropy([0.0, 0.0], [1, 0]) == math.inf


def test_optax_and_keras_broadcast_a_column_against_a_row_where_lossbook_refuses(rng):
    z, y = rng.normal(size=(4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    assert optax.sigmoid_binary_cross_entropy(jnp.array(z), jnp.array(y)).shape == (4, 4)
    with pytest.raises(ValueError, match="never broadcast"):
        lossbook.binary_cross_entropy_with_logits(z, y)


# Lovász


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
def test_kornia_agrees_on_the_hinge_for_each_image(rng, share):
    z, y = rng.normal(size=PIXELS), (rng.uniform(size=PIXELS) < share).astype(int)
    value, gradient = by_autograd(lambda a, b: kornia.losses.lovasz_hinge_loss(a[:, None], b), z, y)
    agree(lossbook.value_and_grad(lossbook.lovasz_hinge)(z, y, per_image=True), (value, gradient))


def test_kornia_agrees_on_the_softmax_loss_over_all_classes(rng):
    """Kornia takes logits; the chain through the softmax, p ∘ (g − ⟨g, p⟩), is written out here."""
    scores, labels = rng.normal(size=(3, 4, 5, 7)), rng.integers(0, 4, PIXELS)
    labels[0] = np.minimum(labels[0], 2)  # an image from which a class is absent
    theirs = by_autograd(kornia.losses.lovasz_softmax_loss, scores, labels)
    p = torch.tensor(scores).softmax(1).numpy()
    value, g = lossbook.value_and_grad(lossbook.lovasz_softmax)(p, labels, classes="all", per_image=True, axis=1)
    agree((value, p * (g - np.sum(g * p, axis=1, keepdims=True))), theirs)


def test_kornia_counts_absent_classes_which_lossbook_leaves_out_by_default():
    """Two classes, all pixels of class 0: the loss of class 1 is its largest probability."""
    p = np.array([[[[0.75, 0.5]], [[0.25, 0.5]]]])
    labels = np.zeros((1, 1, 2), int)
    of_kornia = kornia.losses.lovasz_softmax_loss(torch.tensor(np.log(p)), torch.tensor(labels)).item()
    # Class 0: errors ½ and ¼, each increment ½.
    assert lossbook.lovasz_softmax(p, labels, axis=1) == pytest.approx(3 / 8)
    assert of_kornia == pytest.approx((3 / 8 + 1 / 2) / 2)


def test_kornia_takes_a_void_label_for_a_number_where_lossbook_refuses_or_ignores(rng):
    z, y = rng.normal(size=PIXELS), rng.integers(0, 2, PIXELS)
    void = y.copy()
    void[:, 0] = 255
    of_kornia = kornia.losses.lovasz_hinge_loss(torch.tensor(z[:, None]), torch.tensor(void)).item()
    expected = lossbook.lovasz_hinge(z[:, 1:], y[:, 1:], per_image=True)
    assert lossbook.lovasz_hinge(z, void, per_image=True, ignore_index=255) == pytest.approx(expected)
    assert not np.isclose(of_kornia, expected)
    with pytest.raises(ValueError, match="255"):
        lossbook.lovasz_hinge(z, void)


# Transport


def histograms(rng, bins=7):
    return rng.dirichlet(np.ones(bins)), rng.dirichlet(np.ones(bins)), np.sort(rng.normal(size=bins))


def test_scipy_agrees_on_histograms_and_on_samples(rng):
    p, q, x = histograms(rng)
    theirs = wasserstein_distance(x, x, p, q)
    assert lossbook.wasserstein_histograms(p, q, positions=x) == pytest.approx(theirs, rel=1e-12)
    a, b, v, w = rng.normal(size=9), rng.normal(size=6), rng.uniform(size=9), rng.uniform(size=6)
    ours = lossbook.wasserstein_samples(a, b, x_weights=v, y_weights=w)
    assert ours == pytest.approx(wasserstein_distance(a, b, v, w), rel=1e-12)


def test_scipy_reads_two_bare_histograms_as_two_samples():
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
    assert wasserstein_distance(p, q) == 0
    assert lossbook.wasserstein_samples(p, q) == 0
    assert lossbook.wasserstein_histograms(p, q) == 2  # each half moves by two bins
    assert wasserstein_distance(range(4), range(4), p, q) == 2


@pytest.mark.parametrize("order", [1, 2])
def test_pot_agrees_on_histograms_with_gradient(rng, order):
    """POT returns the power W^p; a gradient with respect to masses is known up to a constant."""
    p, q, x = histograms(rng)
    places = torch.tensor(x)
    value, slope = by_autograd(lambda a, b: pot_on_the_line(places, places, a, b, order), p, q)
    agree(lossbook.value_and_grad(lossbook.wasserstein_histograms)(p, q, positions=x, order=order), (value, slope - slope[-1]))  # fmt: skip


@pytest.mark.parametrize("order", [1, 2])
def test_pot_agrees_on_samples_with_gradient(rng, order):
    a, b, v, w = rng.normal(size=9), rng.normal(size=6), rng.dirichlet(np.ones(9)), rng.dirichlet(np.ones(6))
    theirs = by_autograd(lambda *given: pot_on_the_line(*given, order), a, b, v, w)
    agree(lossbook.value_and_grad(lossbook.wasserstein_samples)(a, b, x_weights=v, y_weights=w, order=order), theirs)


def pot_on_the_line(x, y, v, w, order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POT transposes one-dimensional tensors, which PyTorch warns of
        return ot.wasserstein_1d(x, y, v, w, p=order) ** (1 / order)


def test_pot_agrees_on_the_programme_and_its_prices_are_the_gradient_on_a_line(rng):
    p, q, x = histograms(rng)
    cost = abs(x[:, None] - x)
    value, prices = by_autograd(ot.emd2, p, q, cost)
    assert lossbook.earth_movers_distance(p, q, cost) == pytest.approx(value, rel=1e-12)
    agree(lossbook.value_and_grad(lossbook.wasserstein_histograms)(p, q, positions=x), (value, prices - prices[-1]))


def test_pot_returns_the_work_and_lossbook_the_work_for_each_unit_moved():
    supply, demand, cost = np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert ot.emd2(supply, demand, cost) == 1  # one unit moves by one
    assert lossbook.earth_movers_distance(supply, demand, cost) == 0.25


def test_highs_agrees_on_unequal_totals_which_pot_refuses(rng):
    supply, demand, cost = rng.uniform(1, 2, 4), rng.uniform(size=3), rng.uniform(size=(4, 3))
    moved = min(supply.sum(), demand.sum())
    limits = np.vstack([np.kron(np.eye(4), np.ones(3)), np.kron(np.ones(4), np.eye(3))])
    found = linprog(cost.ravel(), limits, np.concatenate([supply, demand]), np.ones((1, 12)), [moved], method="highs")
    assert lossbook.earth_movers_distance(supply, demand, cost) == pytest.approx(found.fun / moved, rel=1e-9)
    with pytest.raises(AssertionError, match="must have the same sum"):
        ot.emd2(supply, demand, cost)


@pytest.mark.parametrize("r", [1.0, 1.5, 2.0, 3.0])
def test_autograd_of_the_written_formula_agrees_on_the_rating_losses(rng, r):
    """No peer has these; PyTorch differentiates the formula as the papers print it."""
    p, q = rng.dirichlet(np.ones(10), size=4), rng.dirichlet(np.ones(10), size=4)

    def norm(a, b):
        return ((a - b).cumsum(1).abs() ** r)[:, :-1].sum(1).div(10).pow(1 / r).mean()

    # The last entry of both CDFs is 1, so it adds 0 to the sum, and a constant to the gradient of unprojected masses.
    value, slope = by_autograd(norm, p, q)
    ours, gradient = lossbook.value_and_grad(lossbook.emd_loss)(p, q, r=r)
    assert ours == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(gradient - gradient[:, -1:], slope, rtol=1e-9, atol=1e-13)


def test_autograd_of_the_written_formula_agrees_on_the_squared_loss(rng):
    p, q = rng.dirichlet(np.ones(10), size=4), rng.dirichlet(np.ones(10), size=4)
    theirs = by_autograd(lambda a, b: (a - b).cumsum(1).square().sum(1).mean(), p, q)
    agree(lossbook.value_and_grad(lossbook.squared_emd_loss)(p, q), theirs)
