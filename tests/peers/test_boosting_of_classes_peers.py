"""Objectives of several classes inside XGBoost and LightGBM, beside the libraries' own."""

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_wine
from test_boosting_peers import by_lightgbm, by_xgboost

import lossbook
from lossbook.bridges.boosting import lightgbm_objective, xgboost_objective

#: The libraries' own objectives multiply the true diagonal, p (1 − p), by a factor for three classes.
XGBOOST_FACTOR, LIGHTGBM_FACTOR = 2, 3 / 2


@pytest.fixture(params=[False, True], ids=["unweighted", "weighted"])
def wine(request):
    x, k = load_wine(return_X_y=True)
    weights = np.random.default_rng(0).integers(1, 4, len(k)).astype(float)
    return x, k, weights if request.param else None


def with_curvature(objective, factor):
    """Multiply an objective's Hessian, as the library's own does."""

    def run(predictions, data):
        gradient, hessian = objective(predictions, data)
        return gradient, factor * hessian

    return run


def test_xgboost_predicts_what_it_does_with_its_own_softmax(wine):
    x, k, weights = wine
    data = xgboost.DMatrix(x, k, weight=weights)
    own = by_xgboost(data, {"objective": "multi:softprob", "num_class": 3, "base_score": 0})
    objective = with_curvature(xgboost_objective(lossbook.cross_entropy), XGBOOST_FACTOR)
    ours = by_xgboost(data, {"num_class": 3, "base_score": 0}, objective)
    assert ours.shape == (len(k), 3)
    np.testing.assert_allclose(ours, own, rtol=1e-4, atol=1e-5)


def test_lightgbm_predicts_what_it_does_with_its_own_softmax(wine):
    own = by_lightgbm(*wine, "multiclass", num_class=3)
    objective = with_curvature(lightgbm_objective(lossbook.cross_entropy), LIGHTGBM_FACTOR)
    ours = by_lightgbm(*wine, objective, num_class=3)
    assert ours.shape == (len(wine[1]), 3)
    np.testing.assert_allclose(ours, own, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", [lossbook.cross_entropy, lossbook.softmax_focal_loss], ids=lambda loss: loss.__name__)
def test_classes_are_learnt(loss):
    x, k = load_wine(return_X_y=True)
    data = xgboost.DMatrix(x, k)
    raw = by_xgboost(data, {"num_class": 3, "base_score": 0}, xgboost_objective(loss, minimum=1e-3))
    assert np.mean(raw.argmax(1) == k) == 1
    objective = lightgbm_objective(loss, minimum=1e-3)
    booster = lightgbm.train(
        {"num_threads": 1, "verbosity": -1, "num_class": 3, "objective": objective}, lightgbm.Dataset(x, k), 20
    )
    assert np.mean(booster.predict(x, raw_score=True).argmax(1) == k) == 1
