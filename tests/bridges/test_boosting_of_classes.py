"""Objectives of several classes, in the layouts of both libraries."""

import numpy as np
import pytest
from test_boosting import MAKERS, OF_ROWS, Data

import lossbook
from lossbook.bridges.boosting import lightgbm_objective, xgboost_objective


def table():
    rng = np.random.default_rng(0)
    return rng.normal(0, 2, (20, 3)), rng.integers(0, 3, 20), rng.uniform(0, 3, 20)


def labels_for(record, k):
    """Labels as a loss takes them: classes, or 0 and 1 for each."""
    return np.eye(3)[k] if "multi-label" in record.arguments.values() else k


def has_hessian(record):
    raw, k, _ = table()
    try:
        lossbook.hessian_diag(record.function)(raw, labels_for(record, k))
    except TypeError:
        return False
    return True


def has_a_teacher(record):
    return list(record.arguments.values()).count("scores") > 1


COLUMNS = [r for r in OF_ROWS if r.function.declaration.each == "column" and not has_a_teacher(r)]
OF_CLASSES = [record for record in COLUMNS if has_hessian(record)]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("record", [r for r in COLUMNS if r not in OF_CLASSES], ids=lambda record: record.name)
def test_a_loss_without_a_hessian_is_refused_by_name(make, record):
    raw, k, _ = table()
    with pytest.raises(TypeError, match=f"{record.name} has no diagonal second derivative"):
        make(record.function)(raw, Data(k.astype(np.float32)))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("record", OF_CLASSES, ids=lambda record: record.name)
def test_gradient_and_hessian_have_a_column_for_each_class(make, record):
    raw, k, weights = table()
    k = labels_for(record, k)
    # A data set holds labels as floats.
    gradient, hessian = make(record.function, minimum=1e-3)(raw, Data(k.astype(np.float32), weights))
    expected = lossbook.grad(record.function)(raw, k, reduction="sum")
    np.testing.assert_array_equal(gradient, expected * weights[:, None])
    second = lossbook.hessian_diag(record.function)(raw, k, reduction="sum")
    np.testing.assert_array_equal(hessian, np.maximum(second, 1e-3) * weights[:, None])


@pytest.mark.parametrize(("make", "order"), [(xgboost_objective, "C"), (lightgbm_objective, "F")])
def test_scores_in_one_axis_come_back_in_one_axis(make, order):
    raw, k, weights = table()
    data = Data(k.astype(np.float32), weights)
    expected = make(lossbook.cross_entropy)(raw, data)
    for found, tabular in zip(make(lossbook.cross_entropy)(raw.ravel(order), data), expected, strict=True):
        np.testing.assert_array_equal(found, tabular.ravel(order))


@pytest.mark.parametrize("make", MAKERS)
def test_options_of_the_classes_are_passed_on(make):
    raw, k, _ = table()
    options = {"weight": np.array([1.0, 5.0, 0.5]), "label_smoothing": 0.1}
    gradient, hessian = make(lossbook.cross_entropy, **options)(raw, Data(k.astype(np.float32)))
    np.testing.assert_array_equal(gradient, lossbook.grad(lossbook.cross_entropy)(raw, k, reduction="sum", **options))
    np.testing.assert_array_equal(
        hessian, lossbook.hessian_diag(lossbook.cross_entropy)(raw, k, reduction="sum", **options)
    )


@pytest.mark.parametrize("make", MAKERS)
def test_labels_in_a_table_are_distributions(make):
    raw, k, _ = table()
    soft = 0.9 * np.eye(3)[k] + 0.1 / 3
    gradient, _ = make(lossbook.cross_entropy)(raw, Data(soft))
    np.testing.assert_array_equal(gradient, lossbook.grad(lossbook.cross_entropy)(raw, soft, reduction="sum"))


@pytest.mark.parametrize("make", MAKERS)
def test_a_table_may_hold_the_scores_of_a_teacher(make):
    raw, _, weights = table()
    loss, taught = lossbook.distillation_loss, np.random.default_rng(1).normal(size=raw.shape)
    gradient, hessian = make(loss, temperature=3.0)(raw, Data(taught, weights))
    options = {"temperature": 3.0, "reduction": "sum"}
    np.testing.assert_array_equal(gradient, lossbook.grad(loss)(raw, taught, **options) * weights[:, None])
    expected = lossbook.hessian_diag(loss)(raw, taught, **options)
    np.testing.assert_array_equal(hessian, expected * weights[:, None])


@pytest.mark.parametrize("make", MAKERS)
def test_a_label_to_be_ignored_has_gradient_zero(make):
    raw, k, _ = table()
    k[3] = -1
    gradient, _ = make(lossbook.cross_entropy, ignore_index=-1)(raw, Data(k.astype(np.float32)))
    assert not gradient[3].any()
    assert gradient[4].any()
