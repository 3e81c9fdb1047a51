"""Robust losses in other libraries, and where these lose digits, overflow, or mean another loss by the same name."""

import math

import jax.numpy as jnp
import keras
import kornia
import numpy as np
import optax
import pytest
import scipy.special
import torch
from compare import agree, by_autograd, by_jax, ours, scaled, tensors
from sklearn._loss import HuberLoss
from torch.nn import functional
from torchmetrics.functional.regression import log_cosh_error

import lossbook

HUBER, SMOOTH, PSEUDO = lossbook.huber_loss, lossbook.smooth_l1_loss, lossbook.pseudo_huber_loss
LOG_COSH, BARRON = lossbook.log_cosh_loss, lossbook.barron_loss


def numbers(rng):
    return 2 * rng.normal(size=(6, 5)), 2 * rng.normal(size=(6, 5))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees_on_huber_and_smooth_l1(rng, reduction):
    a, b = numbers(rng)
    agree(
        ours(HUBER, a, b, delta=1.345, reduction=reduction),
        by_autograd(lambda x, y: functional.huber_loss(x, y, delta=1.345, reduction=reduction), a, b),
    )
    for beta in (0.0, 0.7):
        agree(
            ours(SMOOTH, a, b, beta=beta, reduction=reduction),
            by_autograd(lambda x, y, k=beta: functional.smooth_l1_loss(x, y, beta=k, reduction=reduction), a, b),
        )


def test_torch_divides_the_weighted_mean_of_huber_by_the_number_of_elements():
    a, b, weight = np.array([1.0, 5.0]), np.zeros(2), np.array([1.0, 3.0])
    of_torch = functional.huber_loss(*tensors(a, b), weight=torch.tensor(weight))
    assert float(of_torch.detach()) == 7
    assert HUBER(a, b, weight=weight) == 3.5


def test_optax_scipy_keras_and_scikit_learn_agree_on_huber(rng):
    a, b = (array.ravel() for array in numbers(rng))
    mine = ours(HUBER, a, b, delta=1.345, reduction="none")
    agree(mine, by_jax(lambda x, y: optax.losses.huber_loss(x, y, delta=1.345), a, b))
    agree(mine[0], scipy.special.huber(1.345, a - b))
    agree(mine, HuberLoss(delta=1.345).loss_gradient(y_true=b, raw_prediction=a))
    of_keras = keras.losses.Huber(delta=1.345, reduction=None)(torch.tensor(b[:, None]), torch.tensor(a[:, None]))
    agree(mine[0], of_keras.numpy(), rtol=1e-5)


def test_scipy_kornia_and_optax_agree_on_pseudo_huber_and_log_cosh(rng):
    a, b = numbers(rng)
    agree(PSEUDO(a, b, delta=1.345, reduction="none"), scipy.special.pseudo_huber(1.345, a - b))
    agree(ours(PSEUDO, a, b, reduction="none"), by_autograd(kornia.losses.charbonnier_loss, a, b))
    agree(ours(LOG_COSH, a, b, reduction="none"), by_jax(optax.losses.log_cosh, a, b))


@pytest.mark.parametrize(
    ("name", "alpha", "factor"), [("charbonnier", 1, 1), ("cauchy", 0, 1), ("welsch", -math.inf, 1), ("geman_mcclure", -2, 1)]
)
def test_kornia_has_four_shapes_of_barron(rng, name, alpha, factor):
    a, b = numbers(rng)
    theirs = by_autograd(getattr(kornia.losses, f"{name}_loss"), a, b)
    agree(scaled(ours(BARRON, a, b, alpha=alpha, reduction="none"), factor), theirs)


def test_digits_that_a_logarithm_of_a_cosh_loses():
    tiny, large = np.array([1e-9]), np.array([710.0])
    zero = np.zeros(1)
    assert LOG_COSH(tiny, zero) == 5e-19
    assert LOG_COSH(large, zero) == pytest.approx(709.3068528194401, rel=1e-15, abs=0)
    assert float(optax.losses.log_cosh(jnp.array(tiny), jnp.array(zero))[0]) == 0
    assert math.isinf(float(log_cosh_error(torch.tensor(large), torch.tensor(zero))))
    # Its log 2 is a float32, so that it is below 0.
    assert float(keras.losses.log_cosh(torch.tensor(zero), torch.tensor(tiny))) < 0


def test_squares_that_overflow_in_scipy_and_kornia():
    huge, zero = np.array([1e160]), np.zeros(1)
    assert PSEUDO(huge, zero) == pytest.approx(1e160, rel=1e-15, abs=0)
    assert math.isinf(scipy.special.pseudo_huber(1.0, 1e160))
    value, gradient = by_autograd(kornia.losses.charbonnier_loss, huge, zero)
    assert (value, gradient) == (math.inf, 0)
    assert lossbook.grad(PSEUDO)(huge, zero) == 1


def test_an_infinite_delta_is_the_limit_and_not_nan():
    e = np.array([3.0])
    assert HUBER(e, 0 * e, delta=math.inf) == PSEUDO(e, 0 * e, delta=math.inf) == 4.5
    assert math.isnan(scipy.special.pseudo_huber(math.inf, 3.0))
    assert math.isnan(float(optax.losses.huber_loss(jnp.array(e), jnp.zeros(1), delta=math.inf)[0]))


def test_a_negative_delta_is_refused_which_elsewhere_gives_a_number():
    with pytest.raises(ValueError, match="delta must be"):
        HUBER([3.0], [0.0], delta=-1.0)
    assert float(optax.losses.huber_loss(jnp.array([3.0]), jnp.zeros(1), delta=-1.0)[0]) < 0


def test_at_delta_itself_the_second_derivative_is_one_as_of_scikit_learn():
    e = np.array([1.0, 1.0 + 1e-15])
    _, theirs = HuberLoss(delta=1.0).gradient_hessian(y_true=0 * e, raw_prediction=e)
    np.testing.assert_array_equal(lossbook.hessian_diag(HUBER)(e, 0 * e, reduction="sum"), theirs)
