"""Pinball, expectile, ϵ-insensitive, percentage and logarithmic errors in other libraries: factors, kinks, and what is clipped silently."""

import math

import keras
import lightgbm
import numpy as np
import pytest
import scipy.stats
import torch
import xgboost
from compare import agree, by_autograd, ours, scaled
from sklearn._loss import PinballLoss
from sklearn.linear_model import _sgd_fast
from sklearn.metrics import (
    d2_pinball_score,
    mean_absolute_percentage_error,
    mean_pinball_loss,
    mean_squared_log_error,
    r2_score,
)
from torch.nn import functional
from torchmetrics.functional import regression

import lossbook

PINBALL, EXPECTILE, QUANTILE_HUBER = lossbook.pinball_loss, lossbook.expectile_loss, lossbook.quantile_huber_loss
INSENSITIVE, MAPE, MSLE = lossbook.epsilon_insensitive_loss, lossbook.mape_loss, lossbook.msle_loss


def numbers(rng):
    return 2 * rng.normal(size=30), 2 * rng.normal(size=30)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.9])
def test_scikit_learn_agrees_on_the_pinball_loss(rng, tau):
    (a, b), weight = numbers(rng), rng.uniform(0.5, 3, 30)
    agree(PINBALL(a, b, tau=tau, weight=weight), mean_pinball_loss(b, a, alpha=tau, sample_weight=weight))
    agree(
        ours(PINBALL, a, b, tau=tau, reduction="none"),
        PinballLoss(quantile=tau).loss_gradient(y_true=b, raw_prediction=a),
    )
    asked = 1 - PINBALL(a, b, tau=tau) / PINBALL(np.full(30, np.quantile(b, tau)), b, tau=tau)
    agree(d2_pinball_score(b, a, alpha=tau), asked)


def test_scikit_learn_takes_another_slope_where_prediction_and_target_are_equal():
    even = np.zeros(1)
    _, theirs = PinballLoss(quantile=0.9).loss_gradient(y_true=even, raw_prediction=even)
    assert theirs == -0.9
    assert lossbook.grad(PINBALL)(even, even, tau=0.9) == 0


def test_the_smallest_mean_is_at_scipys_quantile_and_expectile(rng):
    sample = rng.exponential(size=101)
    for tau in (0.1, 0.5, 0.9):
        quantile, expectile = np.quantile(sample, tau, method="inverted_cdf"), scipy.stats.expectile(sample, tau)
        assert min(sample, key=lambda x, t=tau: PINBALL(np.full(101, x), sample, tau=t)) == quantile
        assert abs(lossbook.grad(EXPECTILE)(np.full(101, expectile), sample, tau=tau).sum()) < 1e-12


@pytest.mark.parametrize("tau", [0.25, 0.9])
def test_xgboost_and_lightgbm_report_the_pinball_loss(rng, tau):
    a, b = (array.astype(np.float32) for array in numbers(rng))
    data = xgboost.DMatrix(np.zeros((30, 1)), b, base_margin=a)
    booster = xgboost.Booster({"objective": "reg:quantileerror", "quantile_alpha": tau}, [data])
    told = float(booster.eval(data).rpartition(":")[2])
    assert told == pytest.approx(PINBALL(a, b, tau=tau), rel=2e-6)
    history = {}
    rows = lightgbm.Dataset(np.zeros((30, 1)), b, init_score=a.astype(float), params={"verbose": -1})
    params = {"objective": "quantile", "alpha": tau, "metric": "quantile", "verbose": -1, "learning_rate": 1e-12}
    lightgbm.train(params, rows, 1, valid_sets=[rows], callbacks=[lightgbm.record_evaluation(history)])
    assert history["training"]["quantile"][0] == pytest.approx(PINBALL(a, b, tau=tau), rel=1e-5)


def test_torch_on_the_formula_of_the_quantile_huber_loss(rng):
    a, b = numbers(rng)
    for tau, kappa in ((0.25, 0.5), (0.9, 2.0)):
        theirs = by_autograd(lambda x, y, t=tau, k=kappa: (t - (y < x).double()).abs() * functional.huber_loss(x, y, delta=k, reduction="none"), a, b)  # fmt: skip
        agree(scaled(ours(QUANTILE_HUBER, a, b, tau=tau, kappa=kappa, reduction="none"), kappa), theirs)


@pytest.mark.parametrize(("name", "squared"), [("EpsilonInsensitive", False), ("SquaredEpsilonInsensitive", True)])
def test_scikit_learns_gradient_descent_agrees_on_the_insensitive_loss(rng, name, squared):
    a, b = numbers(rng)
    peer = getattr(_sgd_fast, name)(0.7)
    theirs = [np.array([f(x, y) for x, y in zip(a, b, strict=True)]) for f in (peer.py_loss, peer.py_dloss)]
    agree(ours(INSENSITIVE, a, b, epsilon=0.7, squared=squared, reduction="none"), theirs)


def test_percentage_errors_agree_and_keras_gives_per_cent(rng):
    (a, b), weight = numbers(rng), rng.uniform(0.5, 3, 30)
    agree(MAPE(a, b, weight=weight), mean_absolute_percentage_error(b, a, sample_weight=weight))
    agree(ours(MAPE, a, b), by_autograd(regression.mean_absolute_percentage_error, a, b))
    of_keras = keras.losses.mean_absolute_percentage_error(torch.tensor(b), torch.tensor(a))
    assert float(of_keras) == pytest.approx(100 * MAPE(a, b), rel=1e-5)


def test_a_target_of_zero_is_refused_where_others_divide_by_an_epsilon():
    target, prediction = np.array([0.0, 1.0, 2.0]), np.ones(3)
    with pytest.raises(ValueError, match=r"target\[0\] = 0\.0"):
        MAPE(prediction, target)
    assert mean_absolute_percentage_error(target, prediction) == pytest.approx(1.5e15, rel=1e-2)
    assert float(regression.mean_absolute_percentage_error(*map(torch.tensor, (prediction, target)))) == pytest.approx(
        2.85e5, rel=1e-3
    )
    assert float(
        keras.losses.mean_absolute_percentage_error(torch.tensor(target), torch.tensor(prediction))
    ) == pytest.approx(3.3e8, rel=0.02)


def test_logarithmic_errors_agree(rng):
    (a, b), weight = rng.exponential(3, (2, 30)), rng.uniform(0.5, 3, 30)
    agree(MSLE(a, b, weight=weight), mean_squared_log_error(b, a, sample_weight=weight))
    agree(ours(MSLE, a, b), by_autograd(regression.mean_squared_log_error, a, b))
    of_keras = keras.losses.mean_squared_logarithmic_error(torch.tensor(b), torch.tensor(a))
    assert float(of_keras) == pytest.approx(MSLE(a, b), rel=1e-5)


def test_keras_clips_what_is_out_of_the_domain_and_torchmetrics_gives_nan():
    prediction, target = np.array([-5.0]), np.array([1.0])
    with pytest.raises(ValueError, match="above −1"):
        MSLE(prediction, target)
    clipped = float(keras.losses.mean_squared_logarithmic_error(torch.tensor(target), torch.tensor(prediction)))
    assert clipped == pytest.approx(MSLE([0.0], [1.0]), rel=1e-6)
    assert math.isnan(float(regression.mean_squared_log_error(torch.tensor(prediction), torch.tensor(target))))


def test_digits_that_a_difference_of_logarithms_loses():
    assert MSLE([1e15 + 1], [1e15]) == pytest.approx(1e-30, rel=1e-14)
    assert mean_squared_log_error([1e15], [1e15 + 1]) == 0
    assert MSLE([2e-12], [1e-12]) == pytest.approx(1e-24, rel=1e-11)
    assert float(keras.losses.mean_squared_logarithmic_error(torch.tensor([1e-12]), torch.tensor([2e-12]))) == 0


def test_r_squared_is_one_less_a_quotient_of_squared_errors(rng):
    a, b = numbers(rng)
    own = 1 - lossbook.mse_loss(a, b) / lossbook.mse_loss(np.full(30, b.mean()), b)
    assert own == pytest.approx(r2_score(b, a), rel=1e-13)
    # torchmetrics takes the variance as a difference of sums of squares.
    target, prediction = 1e8 + np.array([0.0, 1.0, 2.0]), 1e8 + np.array([0.0, 1.0, 1.0])
    assert r2_score(target, prediction) == 0.5
    assert float(regression.r2_score(torch.tensor(prediction), torch.tensor(target))) != 0.5
