"""Squared and absolute error: hand values, the card, weights, and input that wraps or overflows elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook import proof
from lossbook.cards import card

MSE = lossbook.mse_loss
number = st.floats(-1e6, 1e6)


def test_hand_values():
    prediction, target = [2.5, 0.0, -1.0], [3.0, 2.0, -1.0]
    np.testing.assert_array_equal(MSE(prediction, target, reduction="none"), [0.25, 4, 0])
    assert MSE(prediction, target, reduction="sum") == 4.25
    assert MSE(prediction, target) == 4.25 / 3
    np.testing.assert_array_equal(lossbook.grad(MSE)(prediction, target, reduction="sum"), [-1, -4, 0])
    np.testing.assert_allclose(lossbook.grad(MSE)(prediction, target), [-1 / 3, -4 / 3, 0])
    np.testing.assert_allclose(lossbook.hessian_diag(MSE)(prediction, target), [2 / 3] * 3)


def test_the_weighted_mean_divides_by_the_sum_of_the_weights():
    value, gradient = lossbook.value_and_grad(MSE)([1.0, 3.0], [0.0, 0.0], weight=[3.0, 1.0])
    assert value == (3 * 1 + 9) / 4
    np.testing.assert_array_equal(gradient, [3 * 2 / 4, 6 / 4])
    np.testing.assert_array_equal(
        lossbook.hessian_diag(MSE)([1.0, 3.0], [0.0, 0.0], weight=[3.0, 1.0]), [3 * 2 / 4, 2 / 4]
    )


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_value_and_derivatives_agree_with_the_card_within_two_ulp(order, dtype):
    run = [lambda f: f, lossbook.grad, lossbook.hessian_diag][order](MSE)
    values = [float(dtype(v)) for v in (0.0, 1e-8, -0.3, 0.7, 1.0, 3.5, -1e4)]
    points = proof.grid(prediction=values, target=values)
    assert proof.worst_ulps(card("mse_loss"), lambda a, b: run(dtype(a), dtype(b)), points, order) <= 2


@given(number, number, number)
def test_a_common_shift_changes_nothing(prediction, target, shift):
    assert MSE(prediction + shift, target + shift) == pytest.approx(MSE(prediction, target), rel=1e-3, abs=1e-3)


@given(st.lists(number, min_size=2, max_size=6))
def test_the_best_constant_is_the_mean(values):
    center = float(np.mean(values))
    best = MSE(np.full(len(values), center), values)
    for other in (center - 1, center + 1):
        assert MSE(np.full(len(values), other), values) == pytest.approx(best + 1, rel=1e-6)


@given(number, number)
def test_the_gradient_is_the_slope_of_the_value(prediction, target):
    numeric = (MSE(prediction + 1, target) - MSE(prediction - 1, target)) / 2
    assert lossbook.grad(MSE)(prediction, target) == pytest.approx(numeric, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("name", ["prediction", "target"])
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_infinite_and_missing_numbers_are_refused(name, bad):
    arguments = {"prediction": [0.0, 1.0], "target": [0.0, 1.0]} | {name: [0.0, bad]}
    with pytest.raises(ValueError, match=rf"{name}\[1\] = {bad}"):
        MSE(**arguments)


def test_a_square_beyond_the_largest_number_is_infinite_without_a_warning():
    assert MSE([1e200], [-1e200]) == math.inf


REFUTED = {"convex behind a sigmoid", "triangle inequality", "one prediction for all"}


@pytest.mark.parametrize("key", [c.key for c in card("mse_loss").claims])
def test_every_claim_is_proved_or_refuted(key):
    assert proof.prove(card("mse_loss"), key).status == ("refuted" if key in REFUTED else "proved")


def test_an_integer_keeps_its_digits_beside_a_float32():
    prediction, target = np.array([2**24, 0], np.float32), np.array([2**24 + 1, 0])
    for first, second in ((prediction, target), (target, prediction)):
        value, gradient = lossbook.value_and_grad(MSE)(first, second)
        assert value == 0.5
        assert abs(gradient[0]) == 1
        assert value.dtype == gradient.dtype == np.float32


MAE = lossbook.mae_loss


def test_hand_values_of_the_absolute_error():
    prediction, target = [2.5, 0.0, -1.0], [3.0, 2.0, -1.0]
    np.testing.assert_array_equal(MAE(prediction, target, reduction="none"), [0.5, 2, 0])
    assert MAE(prediction, target, reduction="sum") == 2.5
    assert MAE(prediction, target) == 2.5 / 3
    np.testing.assert_array_equal(lossbook.grad(MAE)(prediction, target, reduction="sum"), [-1, -1, 0])
    np.testing.assert_array_equal(lossbook.grad(MAE)([2.0], [-1.0]), [1])
    np.testing.assert_array_equal(lossbook.hessian_diag(MAE)(prediction, target), [0, 0, 0])


def test_the_weighted_mean_absolute_error_divides_by_the_sum_of_the_weights():
    value, gradient = lossbook.value_and_grad(MAE)([1.0, -3.0], [0.0, 0.0], weight=[3.0, 1.0])
    assert value == (3 * 1 + 3) / 4
    np.testing.assert_array_equal(gradient, [3 / 4, -1 / 4])


@given(st.lists(number, min_size=1, max_size=7), number)
def test_the_best_constant_of_the_absolute_error_is_the_median(values, other):
    center = float(np.median(values))
    best = MAE(np.full(len(values), center), values)
    assert best <= MAE(np.full(len(values), other), values) * (1 + 1e-12) + 1e-9


@given(number, number, st.floats(0.25, 8))
def test_the_absolute_error_grows_in_proportion(prediction, target, factor):
    assert MAE(factor * prediction, factor * target) == pytest.approx(
        factor * MAE(prediction, target), rel=1e-9, abs=1e-6
    )


def test_the_absolute_error_of_bytes_does_not_wrap_around_and_of_the_largest_numbers_is_infinite():
    assert MAE(np.array([3], np.uint8), np.array([250], np.uint8)) == 247
    assert MAE([1.7e308], [-1.7e308]) == math.inf
    assert MAE(np.array([2**53 + 1]), [0.0], reduction="sum") == 2.0**53


@pytest.mark.parametrize("name", ["prediction", "target"])
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_the_absolute_error_refuses_infinite_and_missing_numbers(name, bad):
    arguments = {"prediction": [0.0, 1.0], "target": [0.0, 1.0]} | {name: [0.0, bad]}
    with pytest.raises(ValueError, match=rf"{name}\[1\] = {bad}"):
        MAE(**arguments)
