"""Objectives inside XGBoost and LightGBM, beside the libraries' own, on scikit-learn's data."""

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import roc_auc_score

import lossbook
from lossbook.bridges.boosting import lightgbm_objective, xgboost_objective

ROUNDS = 20
BCE = lossbook.binary_cross_entropy_with_logits
#: What makes a run repeatable.
XGBOOST = {"nthread": 1, "max_depth": 4}
LIGHTGBM = {"num_threads": 1, "verbosity": -1, "deterministic": True, "boost_from_average": False}


@pytest.fixture(params=[False, True], ids=["unweighted", "weighted"])
def cancer(request):
    """Cells, labels and weights, such that no two splits are equally good: rounding would choose one of them."""
    x, y = load_breast_cancer(return_X_y=True)
    weights = np.random.default_rng(0).uniform(0.5, 3, len(y))
    return x, y, weights if request.param else None


def by_xgboost(data, parameters, objective=None):
    """Raw predictions after training."""
    booster = xgboost.train(XGBOOST | parameters, data, ROUNDS, obj=objective)
    return booster.predict(data, output_margin=True)


def by_lightgbm(x, y, weights, objective, **parameters):
    booster = lightgbm.train(
        LIGHTGBM | parameters | {"objective": objective}, lightgbm.Dataset(x, y, weight=weights), ROUNDS
    )
    return booster.predict(x, raw_score=True)


def test_xgboost_predicts_what_it_does_with_its_own_cross_entropy(cancer):
    x, y, weights = cancer
    data = xgboost.DMatrix(x, y, weight=weights)
    own = by_xgboost(data, {"objective": "binary:logistic", "base_score": 0.5})
    ours = by_xgboost(data, {"base_score": 0}, xgboost_objective(BCE))
    np.testing.assert_allclose(ours, own, rtol=1e-5, atol=1e-5)


def test_lightgbm_predicts_what_it_does_with_its_own_cross_entropy(cancer):
    own = by_lightgbm(*cancer, "binary")
    np.testing.assert_allclose(by_lightgbm(*cancer, lightgbm_objective(BCE)), own, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("factor", [3.0, 0.25])
def test_a_weight_of_the_positives_is_the_libraries_own(factor):
    x, y = load_breast_cancer(return_X_y=True)
    data = xgboost.DMatrix(x, y)
    own = by_xgboost(data, {"objective": "binary:logistic", "base_score": 0.5, "scale_pos_weight": factor})
    ours = by_xgboost(data, {"base_score": 0}, xgboost_objective(BCE, pos_weight=factor))
    np.testing.assert_allclose(ours, own, rtol=1e-5, atol=1e-5)
    own = by_lightgbm(x, y, None, "binary", scale_pos_weight=factor)
    ours = by_lightgbm(x, y, None, lightgbm_objective(BCE, pos_weight=factor))
    np.testing.assert_allclose(ours, own, rtol=1e-5, atol=1e-5)


def test_xgboost_predicts_what_it_does_with_its_own_squared_error():
    x, y = load_diabetes(return_X_y=True)
    data = xgboost.DMatrix(x, y, weight=np.arange(len(y)) % 3)
    own = by_xgboost(data, {"objective": "reg:squarederror", "base_score": 100})
    # Its factor is ½, so the same penalty is half as much.
    ours = by_xgboost(
        data, {"base_score": 100, "reg_lambda": 2, "min_child_weight": 2}, xgboost_objective(lossbook.mse_loss)
    )
    np.testing.assert_allclose(ours, own, rtol=1e-5)


def test_lightgbm_predicts_what_it_does_with_its_own_squared_error():
    x, y = load_diabetes(return_X_y=True)
    weights = np.arange(len(y)) % 3 + 1.0
    own = by_lightgbm(x, y, weights, "regression")
    ours = by_lightgbm(x, y, weights, lightgbm_objective(lossbook.mse_loss))
    np.testing.assert_allclose(ours, own, rtol=1e-5, atol=1e-3)


def test_several_outputs_are_learnt_together():
    x, y = load_diabetes(return_X_y=True)
    data = xgboost.DMatrix(x, np.stack([y, -y], 1))
    found = by_xgboost(data, {"base_score": 0, "num_target": 2}, xgboost_objective(lossbook.mse_loss))
    alone = by_xgboost(xgboost.DMatrix(x, y), {"base_score": 0}, xgboost_objective(lossbook.mse_loss))
    assert found.shape == (len(y), 2)
    np.testing.assert_allclose(found, np.stack([alone, -alone], 1), rtol=1e-5)


@pytest.mark.parametrize("minimum", [None, 0.01])
def test_a_loss_that_is_not_convex_learns(minimum):
    x, y = load_breast_cancer(return_X_y=True)
    focal = xgboost_objective(lossbook.sigmoid_focal_loss, minimum=minimum)
    raw = by_xgboost(xgboost.DMatrix(x, y), {"base_score": 0}, focal)
    assert roc_auc_score(y, raw) > 0.999
    focal = lightgbm_objective(lossbook.sigmoid_focal_loss, minimum=minimum)
    assert roc_auc_score(y, by_lightgbm(x, y, None, focal)) > 0.999


def test_the_absolute_error_learns_by_its_gradient():
    x, y = load_diabetes(return_X_y=True)
    start = np.full(len(y), np.median(y))
    objective = lightgbm_objective(lossbook.mae_loss, minimum=1.0)
    parameters = LIGHTGBM | {"objective": objective, "learning_rate": 20}
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, y, init_score=start), ROUNDS)
    assert np.mean(abs(start + booster.predict(x) - y)) < 0.7 * np.mean(abs(start - y))
    found = by_xgboost(
        xgboost.DMatrix(x, y),
        {"base_score": np.median(y), "learning_rate": 20},
        xgboost_objective(lossbook.mae_loss, minimum=1.0),
    )
    assert np.mean(abs(found - y)) < 0.7 * np.mean(abs(start - y))
