"""Squared and absolute error in other libraries, and where half precision and bytes break it."""

import keras
import numpy as np
import optax
import pytest
import torch
from compare import agree, by_autograd, by_jax, ours, scaled
from sklearn._loss import AbsoluteError, HalfSquaredError
from sklearn.metrics import mean_absolute_error, mean_squared_error
from torch.nn import functional
from torchmetrics.functional.regression import mean_squared_error as of_torchmetrics

import lossbook

MSE = lossbook.mse_loss


def numbers(rng):
    return rng.normal(size=(6, 5)), rng.normal(size=(6, 5))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees(rng, reduction):
    a, b = numbers(rng)
    agree(
        ours(MSE, a, b, reduction=reduction),
        by_autograd(lambda x, y: functional.mse_loss(x, y, reduction=reduction), a, b),
    )


def test_torch_and_scikit_learn_divide_the_weighted_mean_by_the_sum_of_the_weights(rng):
    (a, b), weight = numbers(rng), rng.uniform(0.5, 3, (6, 5))
    mine = ours(MSE, a, b, weight=weight)
    agree(mine, by_autograd(lambda x, y, w: functional.mse_loss(x, y, weight=w), a, b, weight))
    assert mine[0] == pytest.approx(
        mean_squared_error(b.ravel(), a.ravel(), sample_weight=weight.ravel()), rel=1e-12, abs=0
    )


def test_keras_divides_the_weighted_mean_by_the_number_of_elements(rng):
    a, b, weight = *rng.normal(size=(2, 6)), rng.uniform(0.5, 3, 6)
    loss = keras.losses.MeanSquaredError()  # the weights and the mean are float32
    of_keras = by_autograd(lambda x, y, w: loss(y[:, None], x[:, None], sample_weight=w), a, b, weight)
    agree(scaled(ours(MSE, a, b, weight=weight), weight.mean()), of_keras, rtol=1e-5)


def test_optax_and_torchmetrics_agree(rng):
    a, b = numbers(rng)
    agree(ours(MSE, a, b, reduction="none"), by_jax(optax.losses.squared_error, a, b))
    agree(ours(MSE, a, b), by_autograd(of_torchmetrics, a, b))


def test_scikit_learn_boosts_with_half_of_it_and_agrees_on_gradient_and_second_derivative(rng):
    a, b = rng.normal(size=(2, 20))
    value, gradient = HalfSquaredError().loss_gradient(y_true=b, raw_prediction=a)
    agree(scaled(ours(MSE, a, b, reduction="none"), 0.5), (value, gradient))
    _, curvature = HalfSquaredError().gradient_hessian(y_true=b, raw_prediction=a)
    agree(lossbook.hessian_diag(MSE)(a, b, reduction="none") / 2, np.broadcast_to(curvature, 20))


def test_keras_wraps_bytes_around_where_the_square_is_247_squared():
    a, b = np.array([3], np.uint8), np.array([250], np.uint8)
    of_keras = keras.losses.mean_squared_error(torch.tensor(b), torch.tensor(a))
    assert float(of_keras) != 247**2
    assert MSE(a, b) == 247**2


def test_torch_is_infinite_in_half_precision_where_the_mean_is_90000():
    a = torch.full((300, 300), 300, dtype=torch.float16)
    assert functional.mse_loss(a, torch.zeros_like(a)) == torch.inf
    assert MSE(a.numpy(), np.zeros((300, 300), np.float16)) == 90000


def test_torch_broadcasts_a_column_against_a_row_with_a_warning_where_lossbook_refuses():
    with pytest.warns(UserWarning, match="target size"):
        assert functional.mse_loss(torch.zeros(3, 1), torch.ones(3), reduction="none").shape == (3, 3)
    with pytest.raises(ValueError, match="never broadcast"):
        MSE(np.zeros((3, 1)), np.ones(3))


MAE = lossbook.mae_loss


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees_on_the_absolute_error(rng, reduction):
    a, b = numbers(rng)
    agree(
        ours(MAE, a, b, reduction=reduction),
        by_autograd(lambda x, y: functional.l1_loss(x, y, reduction=reduction), a, b),
    )


def test_torch_takes_the_same_slope_at_the_kink():
    a = np.array([1.0, 2.0])
    agree(ours(MAE, a, a), by_autograd(functional.l1_loss, a, a))


def test_scikit_learn_divides_the_weighted_mean_absolute_error_by_the_sum_of_the_weights(rng):
    (a, b), weight = numbers(rng), rng.uniform(0.5, 3, (6, 5))
    mine = MAE(a, b, weight=weight)
    theirs = mean_absolute_error(b.ravel(), a.ravel(), sample_weight=weight.ravel())
    assert mine == pytest.approx(theirs, rel=1e-12, abs=0)


def test_scikit_learn_boosts_with_the_absolute_error_and_agrees_on_the_gradient(rng):
    a, b = rng.normal(size=(2, 20))
    agree(ours(MAE, a, b, reduction="none"), AbsoluteError().loss_gradient(y_true=b, raw_prediction=a))


def test_optax_has_the_absolute_error_as_the_limit_of_huber_loss(rng):
    a, b = numbers(rng)
    huber = by_jax(lambda x, y: optax.losses.huber_loss(x, y, delta=1e-9) / 1e-9, a, b)
    agree(ours(MAE, a, b, reduction="none"), huber, rtol=1e-6)
