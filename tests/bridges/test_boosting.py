"""Objectives of boosting on data sets that are nothing but labels and weights; the libraries are in tests/peers."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
from ready import ready

import lossbook
from lossbook.bridges.boosting import lightgbm_objective, xgboost_objective

MAKERS = (xgboost_objective, lightgbm_objective)
#: The losses with a value for each row of real numbers, whose targets may be 0.
OF_ROWS = [
    record
    for record in ready(3)
    if record.function.declaration.each in ("element", "column")
    and record.arguments[record.function.prediction] in ("logits", "scores", "number")
    and "nonzero" not in record.arguments.values()
]
OF_ELEMENTS = [record for record in OF_ROWS if record.function.declaration.each == "element"]


class Data:
    def __init__(self, labels, weights=None):
        self.labels, self.weights = labels, weights

    def get_label(self):
        return self.labels

    def get_weight(self):
        return self.weights


def rows(dtype=np.float64):
    rng = np.random.default_rng(0)
    return rng.normal(0, 2, 50).astype(dtype), rng.integers(0, 2, 50).astype(np.float32)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("record", OF_ELEMENTS, ids=lambda record: record.name)
def test_gradient_and_hessian_are_those_of_the_sum_times_the_weights(make, record):
    raw, y = rows()
    weights = np.random.default_rng(1).uniform(0, 3, 50)
    gradient, hessian = make(record.function, minimum=0.5)(raw, Data(y, weights))
    expected = lossbook.grad(record.function)(raw, y, reduction="sum")
    np.testing.assert_array_equal(gradient, expected * weights)
    second = lossbook.hessian_diag(record.function)(raw, y, reduction="sum")
    np.testing.assert_array_equal(hessian, np.maximum(second, 0.5) * weights)
    assert gradient.shape == hessian.shape == (50,)


def test_there_are_losses_of_rows():
    assert {record.name for record in OF_ROWS} >= {"mse_loss", "sigmoid_focal_loss", "cross_entropy"}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("none", [None, np.array([], np.float32)], ids=["None", "empty"])
def test_a_data_set_without_weights_counts_every_row_once(make, none):
    raw, y = rows()
    found = make(lossbook.mse_loss)(raw, Data(y, none))
    np.testing.assert_array_equal(found, make(lossbook.mse_loss)(raw, Data(y, np.ones(50))))


@pytest.mark.parametrize("make", MAKERS)
def test_options_and_a_partial_mean_the_same(make):
    raw, y = rows()
    by_option = make(lossbook.sigmoid_focal_loss, gamma=3.0, alpha=0.7)(raw, Data(y))
    by_partial = make(partial(lossbook.sigmoid_focal_loss, gamma=3.0), alpha=0.7)(raw, Data(y))
    np.testing.assert_array_equal(by_option, by_partial)
    assert not np.array_equal(by_option, make(lossbook.sigmoid_focal_loss)(raw, Data(y)))


@pytest.mark.parametrize("make", MAKERS)
def test_single_precision_stays(make):
    raw, y = rows(np.float32)
    assert {found.dtype for found in make(lossbook.sigmoid_focal_loss)(raw, Data(y))} == {np.dtype(np.float32)}


@pytest.mark.parametrize("make", MAKERS)
def test_several_outputs_are_a_table(make):
    rng = np.random.default_rng(2)
    raw, y, weights = rng.normal(size=(6, 2)), rng.normal(size=(6, 2)), rng.uniform(size=6)
    for labels in (y, y.ravel()):
        gradient, hessian = make(lossbook.mse_loss)(raw, Data(labels, weights))
        np.testing.assert_array_equal(gradient, 2 * (raw - y) * weights[:, None])
        np.testing.assert_array_equal(hessian, np.full((6, 2), 2.0) * weights[:, None])


@pytest.mark.parametrize("make", MAKERS)
def test_a_second_derivative_that_is_not_positive_is_replaced(make):
    raw, y = np.array([-5.0, 1.0]), np.array([1.0, 1.0])
    second = lossbook.hessian_diag(lossbook.sigmoid_focal_loss)(raw, y, reduction="sum")
    assert second[0] < 0 < second[1]
    np.testing.assert_array_equal(make(lossbook.sigmoid_focal_loss)(raw, Data(y))[1], [1e-16, second[1]])
    np.testing.assert_array_equal(make(lossbook.sigmoid_focal_loss, minimum=1e-3)(raw, Data(y))[1], [1e-3, second[1]])


@pytest.mark.parametrize("make", MAKERS)
def test_a_loss_without_curvature_asks_for_a_minimum(make):
    raw, y = rows()
    with pytest.raises(ValueError, match=r"mae_loss is 0 at all predictions.*Pass minimum=1\.0"):
        make(lossbook.mae_loss)(raw, Data(y))
    np.testing.assert_array_equal(make(lossbook.mae_loss, minimum=1.0)(raw, Data(y)), [np.sign(raw - y), np.ones(50)])
    # What has no error needs no step.
    np.testing.assert_array_equal(make(lossbook.mae_loss)(y.astype(float), Data(y)), [np.zeros(50), np.full(50, 1e-16)])


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("loss", "options", "message"),
    [
        (lossbook.dice_loss, {}, "dice_loss has one value for each region, not for each row"),
        (lossbook.lovasz_hinge, {}, "lovasz_hinge has one value for each image"),
        (lossbook.kl_divergence, {}, "kl_divergence has one value for each distribution"),
        (lossbook.binary_cross_entropy, {}, r"takes probabilities in \[0, 1\], but the raw predictions"),
        (lossbook.nll_loss, {}, "takes logarithms of probabilities"),
        (lossbook.f1_score, {}, "f1_score has no gradient"),
        (np.mean, {}, "is not a loss of lossbook"),
        (lossbook.mse_loss, {"reduction": "mean"}, "reduction = 'mean' is no option here"),
        (partial(lossbook.mse_loss, reduction="sum"), {}, "reduction = 'sum' is no option here"),
        (
            lossbook.sigmoid_focal_loss,
            {"beta": 1.0},
            "beta is no option of sigmoid_focal_loss. Choose from alpha, gamma",
        ),
        (lossbook.mse_loss, {"target": [1.0]}, "target is no option of mse_loss"),
    ],
)
def test_what_is_no_objective_is_refused_when_it_is_made(make, loss, options, message):
    with pytest.raises(TypeError, match=message):
        make(loss, **options)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("minimum", "error"),
    [(0.0, ValueError), (-1.0, ValueError), (np.nan, ValueError), (1e-40, ValueError), ("1", TypeError)],
)
def test_a_minimum_is_positive(make, minimum, error):
    with pytest.raises(error, match="minimum"):
        make(lossbook.mse_loss, minimum=minimum)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.zeros(50), TypeError, "data must be the data set .* array of dtype float64. Pass predictions first"),
        (Data(None), TypeError, "the data set has no labels"),
        (Data(np.array([])), TypeError, "the data set has no labels"),
        (Data(np.zeros(50), np.ones(3)), ValueError, "has 3 weights, but 50 rows"),
        (Data(np.zeros(3)), ValueError, r"target has shape \(3,\), but prediction has shape \(50,\)"),
    ],
)
def test_a_data_set_that_does_not_fit_is_refused(make, data, error, message):
    with pytest.raises(error, match=message):
        make(lossbook.mse_loss)(np.zeros(50), data)


@pytest.mark.parametrize("make", MAKERS)
def test_scores_of_one_class_are_refused(make):
    with pytest.raises(ValueError, match=r"predictions has shape \(4,\) for 4 labels.*Set num_class"):
        make(lossbook.cross_entropy)(np.zeros(4), Data(np.array([0.0, 1, 1, 0])))


@pytest.mark.parametrize("make", MAKERS)
def test_classes_that_are_no_integers_are_refused(make):
    with pytest.raises(ValueError, match=r"labels must hold class indices, but labels\[1\] = 0\.5"):
        make(lossbook.cross_entropy)(np.zeros((2, 3)), Data(np.array([0.0, 0.5])))


@pytest.mark.parametrize("make", MAKERS)
def test_an_objective_has_a_name_and_can_be_stored(make):
    objective = make(lossbook.sigmoid_focal_loss, gamma=1.0, minimum=0.1)
    assert objective.__name__ == f"{make.__name__}(sigmoid_focal_loss)"
    assert repr(objective) == f"<{objective.__name__}>"
    raw, y = rows()
    for other in (pickle.loads(pickle.dumps(objective)), copy.deepcopy(objective)):
        np.testing.assert_array_equal(other(raw, Data(y)), objective(raw, Data(y)))
