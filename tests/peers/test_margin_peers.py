"""Margin losses in other libraries: the same numbers, and where a kink, a label, a factor or an overflow parts them."""

import math

import jax
import keras
import numpy as np
import optax
import pytest
import sklearn.linear_model._sgd_fast as sgd
import sklearn.metrics
import torch
import xgboost
from compare import agree, by_autograd, by_jax, ours, tensors
from sklearn._loss import HalfBinomialLoss
from sklearn._loss.loss import ExponentialLoss
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier
from torch.nn import functional
from torchmetrics.functional.classification import binary_hinge_loss

import lossbook

PERCEPTRON, HINGE, SQUARED = lossbook.perceptron_loss, lossbook.hinge_loss, lossbook.squared_hinge_loss
HUBER, SMOOTHED = lossbook.modified_huber_loss, lossbook.smoothed_hinge_loss
LOGISTIC, EXPONENTIAL = lossbook.logistic_loss, lossbook.exponential_loss


def scored(rng):
    """Scores, and labels 0 and 1."""
    return 2 * rng.normal(size=40), rng.integers(0, 2, 40).astype(float)


def test_optax_has_perceptron_hinge_and_a_smoothed_one_that_it_calls_sparsemax(rng):
    z, y = scored(rng)
    sign = 2 * y - 1
    agree(ours(PERCEPTRON, z, y, reduction="none"), by_jax(optax.losses.perceptron_loss, z, sign))
    agree(ours(HINGE, z, y, reduction="none"), by_jax(optax.losses.hinge_loss, z, sign))
    agree(ours(SMOOTHED, z, y, gamma=2.0, reduction="none"), by_jax(optax.losses.sparsemax_loss, z, y))
    agree(ours(LOGISTIC, z, y, reduction="none"), by_jax(optax.losses.sigmoid_binary_cross_entropy, z, y))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_soft_margin_loss_of_torch_is_the_logistic_one(rng, reduction):
    z, y = scored(rng)
    agree(ours(LOGISTIC, z, y, reduction=reduction), by_autograd(lambda a, b: functional.soft_margin_loss(a, 2 * b - 1, reduction=reduction), z, y))  # fmt: skip


def test_the_losses_of_sgd_in_scikit_learn(rng):
    z, y = scored(rng)
    for loss, theirs in (
        (PERCEPTRON, sgd.Hinge(0.0)),
        (HINGE, sgd.Hinge(1.0)),
        (SQUARED, sgd.SquaredHinge(1.0)),
        (HUBER, sgd.ModifiedHuber()),
    ):
        values = [theirs.py_loss(float(a), float(2 * b - 1)) for a, b in zip(z, y, strict=True)]
        slopes = [theirs.py_dloss(float(a), float(2 * b - 1)) for a, b in zip(z, y, strict=True)]
        agree(ours(loss, z, y, reduction="none"), (values, slopes))


def test_the_losses_of_boosting_in_scikit_learn(rng):
    z, y = scored(rng)
    for loss, theirs in ((LOGISTIC, HalfBinomialLoss()), (EXPONENTIAL, ExponentialLoss())):
        agree(ours(loss, z, y, reduction="none"), theirs.loss_gradient(y_true=y, raw_prediction=z))
        _, bends = theirs.gradient_hessian(y_true=y, raw_prediction=z)
        agree(lossbook.hessian_diag(loss)(z, y, reduction="sum"), bends)


def test_keras_has_hinge_and_squared_hinge(rng):
    z, y = scored(rng)
    for loss, theirs in ((HINGE, keras.losses.Hinge), (SQUARED, keras.losses.SquaredHinge)):
        agree(ours(loss, z, y), by_autograd(lambda a, b, of=theirs: of()(b, a), z, y), rtol=1e-6, atol=1e-7)


def test_slopes_at_the_kink_differ_in_every_library():
    def by_keras():
        (at,) = tensors([1.0])
        keras.losses.Hinge()(torch.ones(1), at).backward()
        return float(at.grad)

    at_one = [sgd.Hinge(1.0).py_dloss(1.0, 1.0), float(jax.grad(optax.losses.hinge_loss)(1.0, 1.0)), by_keras()]
    assert at_one == [-1, -0.5, -0.5]
    assert lossbook.grad(HINGE)([1.0], [1]) == 0
    at_zero = [sgd.Hinge(0.0).py_dloss(0.0, 1.0), float(jax.grad(optax.losses.perceptron_loss)(0.0, 1.0))]
    assert at_zero == [-1, -0.5]
    assert lossbook.grad(PERCEPTRON)([0.0], [1]) == 0


def test_keras_reads_labels_by_the_whole_batch():
    y, z = torch.tensor([-1.0, 0.0]), torch.tensor([2.0, -1.0])
    assert float(keras.losses.Hinge()(y, z)) == 2
    assert HINGE([2.0, -1.0], [-1, 0]) == 1.5


def test_scikit_learn_takes_a_single_class_for_negatives():
    assert sklearn.metrics.hinge_loss([1, 1], [0.5, 2.0]) == HINGE([0.5, 2.0], [0, 0]) == 2.25
    assert HINGE([0.5, 2.0], [1, 1]) == 0.25


def test_torchmetrics_applies_a_sigmoid_if_one_score_is_no_probability():
    def theirs(scores):
        return float(binary_hinge_loss(torch.tensor(scores, dtype=torch.float64), torch.tensor([1, 0])))

    for scores in ([2.0, -1.0], [1.01, 0.1]):
        assert theirs(scores) == pytest.approx(HINGE(1 / (1 + np.exp(-np.array(scores))), [1, 0]), rel=1e-12)
    assert theirs([0.9, 0.1]) == pytest.approx(HINGE([0.9, 0.1], [1, 0]), rel=1e-12)


@pytest.mark.parametrize(("dtype", "score"), [(torch.float32, -100.0), (torch.float64, -800.0)])
def test_the_gradient_of_soft_margin_loss_is_nan_far_out(dtype, score):
    z = torch.tensor([score], dtype=dtype, requires_grad=True)
    loss = functional.soft_margin_loss(z, torch.ones(1, dtype=dtype))
    loss.backward()
    assert math.isinf(loss.item())
    assert math.isnan(z.grad.item())
    value, slope = ours(LOGISTIC, z.detach().numpy(), [1])
    assert (value, slope) == (-score, -1)


def test_the_exponential_loss_of_scikit_learn_is_nan_where_the_other_label_overflows():
    value, slope = ExponentialLoss().loss_gradient(y_true=np.array([1.0]), raw_prediction=np.array([710.0]))
    assert np.isnan([value, slope]).all()
    value, slope = ours(EXPONENTIAL, [710.0], [1])
    assert value == -slope == pytest.approx(math.exp(-710), rel=1e-3)


def test_the_gradient_of_xgboosts_hinge_is_ours_with_a_second_derivative_of_one(rng):
    z, y = scored(rng)
    data = xgboost.DMatrix(z[:, None], label=y)
    seen = []

    def by_hand(margin, of):
        seen.append(margin)
        slopes = lossbook.grad(HINGE)(margin, of.get_label(), reduction="sum")
        return slopes, np.where(slopes == 0, np.finfo(np.float32).tiny, 1.0)

    how = {"max_depth": 2, "eta": 0.5, "base_score": 0.0, "reg_lambda": 1.0}
    theirs = xgboost.train(how | {"objective": "binary:hinge"}, data, 4)
    mine = xgboost.train(how, data, 4, obj=by_hand)
    np.testing.assert_allclose(mine.predict(data, output_margin=True), theirs.predict(data, output_margin=True), rtol=1e-5, atol=1e-6)  # fmt: skip
    assert len(seen) == 4
    assert np.ptp(mine.predict(data, output_margin=True)) > 1


def test_probabilities_of_sgd_with_modified_huber_are_half_of_the_score_and_one(rng):
    x = rng.normal(size=(200, 3))
    y = (x[:, 0] + rng.normal(size=200) > 0).astype(int)
    model = SGDClassifier(loss="modified_huber", random_state=0).fit(x, y)
    expected = (np.clip(model.decision_function(x), -1, 1) + 1) / 2
    np.testing.assert_array_equal(model.predict_proba(x)[:, 1], expected)


def test_the_weights_of_adaboost_are_the_slopes_of_the_exponential_loss(rng):
    x = rng.normal(size=(80, 2))
    y = (x[:, 0] * x[:, 1] + 0.5 * rng.normal(size=80) > 0).astype(int)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=6, random_state=0).fit(x, y)
    score = np.zeros(80)
    for stump, step, share in zip(model.estimators_, model.estimator_weights_, model.estimator_errors_, strict=True):
        weights = abs(lossbook.grad(EXPONENTIAL)(score, y, reduction="sum"))
        weights /= weights.sum()
        answers = 2.0 * stump.predict(x) - 1
        assert weights[answers != 2 * y - 1].sum() == pytest.approx(share, rel=1e-9)
        # Its step is twice the one that makes the exponential loss least.
        assert step == pytest.approx(math.log((1 - share) / share), rel=1e-9)
        score += step / 2 * answers
