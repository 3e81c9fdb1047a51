"""Confidence penalty and distillation in other libraries, and where these lose digits, part, or mean another loss."""

import math

import jax
import keras
import numpy as np
import optax
import pytest
import torch
from compare import agree, by_autograd, by_jax, ours
from torch.nn import functional

import lossbook

PENALTY, DISTILLATION = lossbook.confidence_penalty_cross_entropy, lossbook.distillation_loss
STUDENT, TEACHER = np.array([[1.0, 2.0, -1.0]]), np.array([[0.5, 1.0, 3.0]])
Keras = keras.distillation.LogitsDistillation


def divergence(z, t, T=2.0, reduction="none"):
    """The loss by PyTorch, from two log-softmaxes."""
    logs = functional.log_softmax(z / T, 1), functional.log_softmax(t / T, 1)
    value = functional.kl_div(*logs, reduction=reduction, log_target=True)
    return T * T * (value.sum(1) if reduction == "none" else value)


@pytest.mark.parametrize("beta", [0.0, 0.1, 2.0])
def test_torch_agrees_on_the_cross_entropy_less_the_entropy(rng, beta):
    z, k = 2 * rng.normal(size=(6, 4)), rng.integers(0, 4, 6)

    def theirs(z, k):
        entropy = torch.distributions.Categorical(logits=z).entropy()
        return functional.cross_entropy(z, k, reduction="none") - beta * entropy

    agree(ours(PENALTY, z, k, beta=beta, reduction="none"), by_autograd(theirs, z, k))


def test_the_gradient_of_an_entropy_is_nan_in_torch_where_a_probability_is_0():
    z = torch.tensor([[0.0, -800.0]], dtype=torch.float64, requires_grad=True)
    torch.special.entr(z.softmax(1)).sum().backward()
    assert torch.isnan(z.grad).all()
    np.testing.assert_array_equal(lossbook.grad(PENALTY)(z.detach().numpy(), [0]), [[0, 0]])
    masked = torch.tensor([[0.0, -math.inf]])
    assert torch.isnan((masked.softmax(1) * masked.log_softmax(1)).sum())
    assert PENALTY(masked.numpy(), [0]) == 0


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0])
def test_torch_and_optax_agree_on_distillation(rng, T):
    z, t = 2 * rng.normal(size=(2, 6, 4))
    mine = ours(DISTILLATION, z, t, temperature=T, reduction="none")
    agree(mine, by_autograd(lambda z, t: divergence(z, t, T), z, t), 1e-11)

    def theirs(z, t):
        return T * T * optax.losses.kl_divergence_with_log_targets(jax.nn.log_softmax(z / T), jax.nn.log_softmax(t / T))

    agree(mine, by_jax(theirs, z, t), 1e-11)


def test_batchmean_is_the_mean_and_mean_is_smaller_by_the_number_of_classes(rng):
    z, t = (torch.tensor(x) for x in rng.normal(size=(2, 6, 4)))
    mine = DISTILLATION(z.numpy(), t.numpy())
    assert float(divergence(z, t, reduction="batchmean")) == pytest.approx(mine, rel=1e-12)
    with pytest.warns(UserWarning, match="batchmean"):
        assert float(divergence(z, t, reduction="mean")) == pytest.approx(mine / 4, rel=1e-12)


def test_an_instance_of_kl_divergence_is_distillation_in_keras(rng):
    z, t = 2 * rng.normal(size=(2, 6, 4))
    for T in (1.0, 4.0):
        theirs = by_autograd(lambda z, t, T=T: Keras(T, keras.losses.KLDivergence()).compute_loss(t, z), z, t)
        # Probabilities are clipped at 1e-7.
        agree(ours(DISTILLATION, z, t, temperature=T), theirs, 1e-5, 1e-6)


def test_the_default_of_keras_takes_neither_a_softmax_nor_the_square_of_the_temperature():
    z, t = torch.tensor(STUDENT), torch.tensor(TEACHER)
    assert float(Keras(4.0).compute_loss(t, z)) == pytest.approx(11.612880, rel=1e-6)
    assert pytest.approx(2.634696, rel=1e-6) == DISTILLATION(STUDENT, TEACHER, temperature=4)
    assert float(Keras(4.0).compute_loss(t, t + 10)) == pytest.approx(-0.822265, rel=1e-6)
    assert DISTILLATION(TEACHER + 10, TEACHER, temperature=4) == 0
    _, slope = by_autograd(lambda z, t: Keras(4.0).compute_loss(t, z), STUDENT, TEACHER)
    # The likely class of the teacher has a negative score in the student: clipped, it has no gradient.
    assert slope[0, 2] == 0
    assert lossbook.grad(DISTILLATION)(STUDENT, TEACHER, temperature=4)[0, 2] < -1


def test_a_cross_entropy_from_logits_takes_the_teachers_logits_for_probabilities_in_keras():
    z, t = torch.tensor(STUDENT), torch.tensor(TEACHER)
    given = float(Keras(4.0, keras.losses.CategoricalCrossentropy(from_logits=True)).compute_loss(t, z))
    assert given == pytest.approx(float(functional.cross_entropy(z / 4, t / 4)), rel=1e-6)
    assert given == pytest.approx(1.506630, rel=1e-6)
    assert float(functional.cross_entropy(z / 4, (t / 4).softmax(1))) == pytest.approx(1.224101, rel=1e-6)


@pytest.mark.parametrize(("dtype", "T"), [(torch.float64, 1e8), (torch.float32, 1e4)])
def test_no_digit_is_left_of_two_softmaxes_at_a_high_temperature(dtype, T):
    z, t = (torch.tensor(x, dtype=dtype) for x in (STUDENT, TEACHER))
    assert abs(float(divergence(z, t, T, "batchmean")) - 91 / 36) > 0.1
    assert DISTILLATION(z.numpy(), t.numpy(), temperature=T) == pytest.approx(91 / 36, rel=1e-4)


def test_a_class_that_neither_has_is_nan_in_torch_and_optax():
    z, t = np.insert(STUDENT, 1, -math.inf, axis=1), np.insert(TEACHER, 1, -math.inf, axis=1)
    assert torch.isnan(divergence(torch.tensor(z), torch.tensor(t))).all()
    assert np.isnan(optax.losses.kl_divergence(jax.nn.log_softmax(z), jax.nn.softmax(t))).all()
    assert DISTILLATION(z, t) == pytest.approx(DISTILLATION(STUDENT, TEACHER), rel=1e-14)
