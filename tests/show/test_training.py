"""Training: what the optimiser finds, what is shrunk, where it starts, and when it stops."""

from functools import partial

import numpy as np
import pytest

from lossbook import binary_cross_entropy_with_logits, value_and_grad
from lossbook.show.training import fit_linear


class Squared:
    """Half the squared distance of the scores from a target; counts how often it was asked."""

    def __init__(self, target):
        self.target, self.calls = np.asarray(target, float), 0

    def __call__(self, scores):
        self.calls += 1
        return 0.5 * np.sum((scores - self.target) ** 2), scores - self.target


def test_every_feature_is_shrunk_and_the_constant_is_not():
    features = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    target = features @ [[3.0], [-2.0]] + 10
    # Each column has the squared norm 4: a decay of 2 leaves 4/(4 + 2) of its coefficient.
    model = fit_linear(Squared(target), features, decay=2.0)
    np.testing.assert_allclose(model.coefficients.ravel(), [2, -4 / 3, 10], rtol=1e-4)


def test_the_decay_is_a_thousandth_unless_another_is_asked_for():
    features = np.array([[0.01], [-0.01]])
    model = fit_linear(Squared(features + 5), features)
    # The column has the squared norm 2e-4.
    np.testing.assert_allclose(model.coefficients.ravel(), [2e-4 / (2e-4 + 1e-3), 5], rtol=1e-3)


def test_the_objective_is_asked_with_one_column_of_scores_for_each_output():
    features = np.arange(12.0).reshape(6, 2) % 5
    target = features @ [[1.0, 0, -1], [0.5, 2, 0]] + [1, 2, 3]
    model = fit_linear(Squared(target), features, 3, decay=0)
    np.testing.assert_allclose(model(features), target, atol=1e-3)
    assert model.coefficients.shape == (3, 3)


def test_a_model_fitted_before_is_where_the_next_one_starts():
    features = np.array([[-1.0], [0.0], [2.0]])
    target = 3 * features + 1
    model = fit_linear(Squared(target), features, decay=0)
    again = Squared(target)
    fit_linear(again, features, decay=0, start=model)
    assert again.calls <= 2
    from_nothing = Squared(target)
    fit_linear(from_nothing, features, decay=0)
    assert from_nothing.calls > 2


def test_no_more_steps_are_taken_than_asked_for():
    features = np.array([[1.0, 0.01], [2.0, -0.05], [3.0, 0.02]])
    target = features @ [[1.0], [100.0]]
    assert fit_linear(Squared(target), features, decay=0)(features) == pytest.approx(target, abs=1e-2)
    stopped = fit_linear(Squared(target), features, decay=0, steps=1)
    assert np.max(abs(stopped(features) - target)) > 1


def test_it_stops_where_rounding_hides_the_slope():
    # Labels that a line nearly separates, wide and narrow columns: a long, flat valley.
    rng = np.random.default_rng(3)
    features = rng.normal(size=(60, 12)) * np.logspace(-1.5, 0.5, 12)
    labels = (features @ rng.normal(size=(12, 1)) + 0.1 * rng.normal(size=(60, 1)) > 0).astype(float)
    run = partial(value_and_grad(binary_cross_entropy_with_logits), target=labels)
    model = fit_linear(run, features, decay=1e-4)
    assert np.abs(model(features)).max() > 5
    slope = features.T @ run(model(features))[1] + 1e-4 * model.coefficients[:-1]
    np.testing.assert_allclose(slope, 0, atol=1e-8)
