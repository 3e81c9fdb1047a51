"""Scores of forecasts in other libraries: the same numbers, and the factors, divisors and limits on which they part."""

import math

import keras
import numpy as np
import pytest
import scipy.spatial
import scipy.stats
import sklearn.metrics
import torch
from compare import agree, by_autograd, ours
from torch.nn import functional

import lossbook

BRIER, LOG = lossbook.brier_score, lossbook.log_score
SPHERICAL, RANKED = lossbook.spherical_score, lossbook.ranked_probability_score


def forecasts(rng, classes=4):
    return rng.dirichlet(np.ones(classes), 30), rng.integers(0, classes, 30)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_torch_agrees_on_all_four_with_their_gradients(rng, reduction):
    p, k = forecasts(rng)
    y = torch.tensor(np.eye(4)[k])
    reduce = {"mean": torch.mean, "sum": torch.sum, "none": lambda v: v}[reduction]
    theirs = {
        BRIER: lambda q: ((q - y) ** 2).sum(1),
        LOG: lambda q: functional.nll_loss(torch.log(q), torch.tensor(k), reduction="none"),
        SPHERICAL: lambda q: 1 - functional.cosine_similarity(q, y),
        RANKED: lambda q: ((q - y).cumsum(1) ** 2).sum(1),
    }
    for score, function in theirs.items():
        agree(ours(score, p, k, reduction=reduction), by_autograd(lambda q, f=function: reduce(f(q)), p))


def test_scikit_learn_halves_the_brier_score_of_two_classes_and_not_that_of_more(rng):
    p, k = forecasts(rng)
    weight = rng.random(30)
    given = {"labels": range(4), "sample_weight": weight}
    agree(BRIER(p, k, sample_weight=weight), sklearn.metrics.brier_score_loss(k, p, **given))
    agree(BRIER(p, k, sample_weight=weight) / 2, sklearn.metrics.brier_score_loss(k, p, scale_by_half=True, **given))
    p, k = forecasts(rng, classes=2)
    agree(BRIER(p, k) / 2, sklearn.metrics.brier_score_loss(k, p[:, 1]))
    agree(BRIER(p, k), sklearn.metrics.brier_score_loss(k, p, scale_by_half=False))


def test_the_mean_squared_error_of_one_hot_vectors_is_divided_by_the_number_of_classes(rng):
    p, k = forecasts(rng)
    agree(BRIER(p, k) / 4, functional.mse_loss(torch.tensor(p), torch.tensor(np.eye(4)[k])).numpy())


def test_scikit_learn_and_keras_agree_on_the_log_score_until_a_probability_is_0(rng):
    p, k = forecasts(rng)
    agree(LOG(p, k), sklearn.metrics.log_loss(k, p, labels=range(4)))
    agree(LOG(p, k), keras.losses.SparseCategoricalCrossentropy()(torch.tensor(k), torch.tensor(p)).numpy(), rtol=1e-5)
    sure = np.array([[1.0, 0.0]])
    assert LOG(sure, [1]) == math.inf
    # Clipped at the epsilon of the dtype, and at 1e-7.
    assert sklearn.metrics.log_loss([1], sure, labels=[0, 1]) == pytest.approx(-math.log(np.finfo(float).eps), rel=1e-9)
    assert float(keras.losses.SparseCategoricalCrossentropy()(torch.tensor([1]), torch.tensor(sure))) == pytest.approx(-math.log(1e-7), rel=1e-5)  # fmt: skip


def test_scipy_has_the_cosine_and_the_energy_distance_of_one_forecast(rng):
    p, k = forecasts(rng)
    y = np.eye(4)[k]
    agree(SPHERICAL(p, k, reduction="none"), [scipy.spatial.distance.cosine(a, b) for a, b in zip(p, y, strict=True)])
    distances = [scipy.stats.energy_distance(range(4), [c], a) for a, c in zip(p, k, strict=True)]
    agree(RANKED(p, k, reduction="none"), np.square(distances) / 2)


def test_a_difference_from_1_loses_the_digits_of_a_forecast_that_is_nearly_sure():
    p = np.array([1 - 1e-9, 1e-9])
    assert SPHERICAL(p, 0) == pytest.approx(5e-19, rel=1e-8, abs=0)
    assert scipy.spatial.distance.cosine(p, [1, 0]) == 0
    assert (
        float(1 - functional.cosine_similarity(torch.tensor(p[None]), torch.tensor([[1.0, 0.0]], dtype=torch.float64)))
        == 0
    )


def test_what_does_not_sum_to_1_is_refused_and_not_scored_with_a_warning():
    with pytest.warns(UserWarning, match="do not sum to one"):
        assert sklearn.metrics.brier_score_loss([0, 1], np.full((2, 2), 0.75), labels=[0, 1]) > 0
    with pytest.raises(ValueError, match="sum to 1"):
        BRIER(np.full((2, 2), 0.75), [0, 1])
