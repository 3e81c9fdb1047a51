"""Losses for wrong labels in other libraries, and where these lose digits, part, or mean another divisor."""

import math

import keras
import numpy as np
import optax
import pytest
import torch
from compare import agree, by_autograd, by_jax, ours
from torch.nn import functional

import lossbook

MAE, GCE, POLY = lossbook.mae_classification_loss, lossbook.generalized_cross_entropy, lossbook.poly1_cross_entropy
SCE, NORMALISED, TAYLOR, BT = lossbook.symmetric_cross_entropy, lossbook.normalized_cross_entropy, lossbook.taylor_cross_entropy, lossbook.bi_tempered_loss  # fmt: skip


def classified(rng):
    return 2 * rng.normal(size=(6, 4)), rng.integers(0, 4, 6)


def chosen(values, labels):
    """The entry of each row at its label."""
    return values.gather(1, labels[:, None])[:, 0]


def test_torch_agrees_on_the_absolute_error_summed_over_the_classes(rng):
    z, k = classified(rng)

    def theirs(z, k):
        return functional.l1_loss(z.softmax(1), functional.one_hot(k, 4), reduction="sum") / len(k)

    agree(ours(MAE, z, k), by_autograd(theirs, z, k))
    mean = functional.l1_loss(torch.tensor(z).softmax(1), functional.one_hot(torch.tensor(k), 4))
    assert float(mean) == pytest.approx(MAE(z, k) / 4, rel=1e-12)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_keras_agrees_on_the_generalised_cross_entropy_of_probabilities(rng, q):
    z, k = classified(rng)
    theirs = keras.losses.categorical_generalized_cross_entropy
    # Its q becomes a float32, which holds ½ but not 0.1.
    rtol = 1e-12 if q == 0.5 else 1e-6
    agree(ours(GCE, z, k, q=q, reduction="none"), by_autograd(lambda z, k: theirs(k, z.softmax(1), q), z, k), rtol)


def test_keras_loses_small_exponents_and_refuses_the_absolute_error():
    p = torch.tensor([[0.3, 0.7]], dtype=torch.float64)
    theirs = keras.losses.categorical_generalized_cross_entropy
    for q, lost in ((1e-12, False), (1e-18, True)):
        assert (float(theirs(torch.tensor([0]), p, q)) == 0) == lost
        assert GCE(np.log(p.numpy()), [0], q=q) == pytest.approx(-math.log(0.3), rel=1e-11)
    with pytest.raises(ValueError, match="interval"):
        keras.losses.CategoricalGeneralizedCrossEntropy(q=1.0)


def test_the_gradient_of_keras_is_nan_for_a_label_of_probability_0():
    z = torch.tensor([[-1100.0, 0.0]], dtype=torch.float64, requires_grad=True)
    keras.losses.categorical_generalized_cross_entropy(torch.tensor([0]), z.softmax(1), 0.7).sum().backward()
    assert torch.isnan(z.grad).any()
    np.testing.assert_array_equal(lossbook.grad(GCE)([[-1100.0, 0.0]], [0]), [[0, 0]])


@pytest.mark.parametrize("epsilon", [-1.0, 0.0, 2.0])
def test_optax_agrees_on_poly_1_of_distributions(rng, epsilon):
    z, q = 2 * rng.normal(size=(6, 4)), rng.dirichlet(np.ones(4), 6)
    theirs = by_jax(lambda z, q: optax.losses.poly_loss_cross_entropy(z, q, epsilon=epsilon), z, q)
    agree(ours(POLY, z, q, epsilon=epsilon, reduction="none"), theirs)


def test_optax_loses_a_poly_1_that_is_almost_right():
    z, e = np.array([[40.0, 0.0]]), np.array([[1.0, 0.0]])
    assert float(optax.losses.poly_loss_cross_entropy(z, e, epsilon=1.0)[0]) == 0
    assert POLY(z, [0]) == pytest.approx(2 * math.exp(-40), rel=1e-12)
    # The paper's first coefficient for ImageNet is optax's default, and not ours.
    z = np.array([[2.0, 1.0, 0.0]])
    assert float(optax.losses.poly_loss_cross_entropy(z, np.eye(3)[:1])[0]) == pytest.approx(POLY(z, [0], epsilon=2))


def test_torch_by_the_formula_of_the_others(rng):
    z, k = classified(rng)

    def symmetric(z, k):
        return functional.cross_entropy(z, k, reduction="none") * 0.1 + 4 * (1 - chosen(z.softmax(1), k))

    def normalised(z, k):
        return chosen(z.log_softmax(1), k) / z.log_softmax(1).sum(1)

    def taylor(z, k):
        rest = 1 - chosen(z.softmax(1), k)
        return rest + rest**2 / 2

    def tempered(z, k, t=0.7):
        p = z.softmax(1)
        return (1 - chosen(p, k) ** (1 - t)) / (1 - t) - (1 - (p ** (2 - t)).sum(1)) / (2 - t)

    for loss, theirs, options in ((SCE, symmetric, {}), (NORMALISED, normalised, {}), (TAYLOR, taylor, {}), (BT, tempered, {"t1": 0.7, "t2": 1})):  # fmt: skip
        agree(ours(loss, z, k, reduction="none", **options), by_autograd(theirs, z, k))


def test_a_normalised_cross_entropy_of_a_label_that_is_given_up_is_nan_by_its_formula_and_1_in_the_limit():
    z = torch.tensor([[-math.inf, 0.0, 0.0]])
    assert torch.isnan(z.log_softmax(1)[0, 0] / z.log_softmax(1).sum())
    value, gradient = lossbook.value_and_grad(NORMALISED)(z.numpy(), [0])
    assert value == 1
    np.testing.assert_array_equal(gradient, 0)
