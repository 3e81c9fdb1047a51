"""Experiments: what the optimiser finds, how a knob is tuned, and what a comparison shows."""

from functools import partial

import numpy as np
import pytest

from lossbook import binary_cross_entropy_with_logits, value_and_grad
from lossbook.show.training import Scores, compare, fit_linear, plus_minus, slope_fits, splits, tuned


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


def test_features_that_say_nearly_the_same_do_not_slow_it_down():
    rng = np.random.default_rng(0)
    shade = rng.normal(size=(200, 1))
    features = 100 * shade + rng.normal(size=(200, 6)) * [1, 0.1, 0.01, 0.01, 0.01, 0.001]
    target = (shade > 0.3 * rng.normal(size=(200, 1))).astype(float)
    asked = []

    def objective(scores):
        asked.append(scores)
        return value_and_grad(binary_cross_entropy_with_logits)(scores, target)

    model = fit_linear(objective, features, decay=1e-4)
    # In the features' own coordinates it takes more than 300.
    assert len(asked) < 60
    _, slope = objective(model(features))
    with_ones, free = np.column_stack([features, np.ones(200)]), np.array([[1e-4]] * 6 + [[0]])
    np.testing.assert_allclose(with_ones.T @ slope, -free * model.coefficients, atol=1e-7)


def test_a_feature_that_never_changes_is_no_obstacle():
    features = np.array([[0.0, 1, 1], [0, 2, 1], [0, 4, 1]])
    model = fit_linear(Squared([[1.0], [2], [4]]), features, decay=0)
    np.testing.assert_allclose(model(features).ravel(), [1, 2, 4], rtol=1e-6)


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


def test_a_slope_that_lacks_the_factor_of_the_sigmoid_is_noticed():
    def behind_a_sigmoid(z, factor):
        p = 1 / (1 + np.exp(-z))
        return np.sum((p - 1) ** 2), 2 * (p - 1) * factor(p)

    scores = np.array([[2.0, -1.0], [0.5, -3.0]])
    assert slope_fits(partial(behind_a_sigmoid, factor=lambda p: p * (1 - p)), scores) is True
    for wrong in (lambda p: 1, lambda p: -p * (1 - p), lambda p: 1.001 * p * (1 - p)):
        assert slope_fits(partial(behind_a_sigmoid, factor=wrong), scores) is False


def test_each_split_is_another_shuffle_of_the_same_rows_cut_by_shares():
    made = splits(12, count=11, parts=(0.5, 0.25, 0.25))
    assert len(made) == 11
    for parts in made:
        assert [len(part) for part in parts] == [6, 3, 3]
        assert sorted(np.concatenate(parts)) == list(range(12))
    orders = {tuple(np.concatenate(parts)) for parts in made}
    assert len(orders) == 11
    assert splits(12)[0][0].tolist() == made[0][0].tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 9}, "count is 9"),
        ({"parts": (0.5, 0.25)}, "sum to 1"),
        ({"parts": (1.5, -0.5)}, "must be positive"),
    ],
)
def test_too_few_splits_and_odd_shares_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        splits(100, **options)


def test_the_knob_of_the_best_score_is_kept_and_each_fit_starts_from_the_one_before():
    started = []

    def fit(knob, start):
        started.append(start)
        return 10 * knob

    assert tuned(fit, (3, 1, 2), lambda model: -abs(model - 11)) == (10, 1)
    assert started == [None, 30, 10]


def test_of_equal_scores_the_first_is_kept_even_if_their_last_bits_differ():
    assert tuned(lambda knob, start: knob, (1, 2), {1: 0.3, 2: 0.1 + 0.2}.get)[1] == 1


def halves():
    return [[np.array([0]), np.array([1]), np.array([2 + seed])] for seed in range(10)]


@pytest.mark.parametrize(("low", "chosen"), [((), 3), (("cost",), 1)])
def test_a_comparison_tunes_on_the_second_part_and_judges_on_the_third(low, chosen):
    asked = []

    def fit(method, rows, knob, start):
        assert rows.tolist() == [0]
        return method * knob

    def judge(model, rows):
        asked.append(rows[0])
        return {"cost": model + 100 * (rows[0] > 1), "row": rows[0]}

    found = compare({"single": 1, "double": 2}, halves(), fit, judge, knobs=(1, 3, 2), rule="cost", low=low)
    assert found.knobs == {"single": [chosen] * 10, "double": [chosen] * 10}
    assert found.values["cost"]["double"] == [2 * chosen + 100] * 10
    assert found.values["row"]["single"] == list(range(2, 12))
    assert asked[:4] == [1, 1, 1, 2]


def test_mean_and_error_are_those_of_the_paired_differences():
    found = Scores(low=["cost"])
    noise = np.array([5.0, -3, 8, 1, -7, 2, 0, 4, -6, 9])
    step = np.array([1.0, 2, 1, 2, 1, 2, 1, 2, 1, 2])
    for base, by in zip(noise, step, strict=True):
        found.add("worse", {"gain": base, "cost": base + by})
        found.add("better", {"gain": base + by, "cost": base})
    error = np.sqrt(2.5 / 9) / np.sqrt(10)
    for measure in ("gain", "cost"):
        assert found.gap("better", "worse", measure) == pytest.approx((1.5, error))
        assert found.gap("worse", "better", measure) == pytest.approx((-1.5, error))
        assert found.better("better", "worse", measure)
        assert not found.better("worse", "better", measure)
        # Two errors are 0.333.
        assert found.better("better", "worse", measure, by=1.16)
        assert not found.better("better", "worse", measure, by=1.17)
        assert found.alike("better", "worse", measure, within=1.84)
        assert not found.alike("better", "worse", measure, within=1.83)
        assert found.alike("worse", "better", measure, within=1.84)
        assert not found.alike("worse", "better", measure, within=1.83)
    assert found.mean("worse", "gain") == pytest.approx((1.3, noise.std(ddof=1) / np.sqrt(10)))


def test_the_table_shows_the_measures_in_the_order_and_with_the_digits_asked_for():
    found = Scores()
    for value in range(10):
        found.add("a", {"gain": value, "left out": 0, "size": 20 * value})
        found.add("b", {"gain": -value, "left out": 0, "size": 1})
    rows = [("a", "90 ± 19", "4.50 ± 0.96"), ("b", "1 ± 0", "−4.50 ± 0.96")]
    assert found.table({"size": 0, "gain": 2}) == (rows, ["", "size", "gain"])


def test_what_is_shown_does_not_hang_on_the_last_bit():
    assert plus_minus(0.1 + 0.2, 0.125, 2) == plus_minus(0.3, 0.125 + 1e-16, 2) == "0.30 ± 0.12"
    assert plus_minus(0.125 + 1e-15, 0.0, 2) == plus_minus(0.125, 0.0, 2)
    assert plus_minus(-1e-15, 0.0, 1) == plus_minus(-0.04, 0.0, 1) == "0.0 ± 0.0"


def test_a_comparison_of_few_splits_or_of_unequal_ones_is_refused():
    found = Scores()
    for value in range(9):
        found.add("a", {"gain": value})
        found.add("b", {"gain": value})
    with pytest.raises(ValueError, match="9 splits"):
        found.better("a", "b", "gain")
    found.add("a", {"gain": 1})
    with pytest.raises(ValueError, match="a has 10 splits, b has 9"):
        found.better("a", "b", "gain")
