import itertools
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linprog

import lossbook
from lossbook.cards import transport as cards
from lossbook.losses import transport
from lossbook.numerics.sorting import LONG, SHORT
from lossbook.proof import digits, exact, ulps

LOSSES = {
    "wasserstein_histograms": ("p", "q"),
    "emd_loss": ("probs", "target"),
    "squared_emd_loss": ("probs", "target"),
}
OPTIONS = [
    ("wasserstein_histograms", {}),
    ("wasserstein_histograms", {"order": 2, "positions": [-1.0, 0.0, 0.5, 4.0]}),
    ("emd_loss", {"r": 3.0}),
    ("squared_emd_loss", {}),
]


def pairs(shape, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.dirichlet(np.ones(shape[-1]), shape[:-1]).astype(dtype) for _ in range(2)]


def dyadic_pairs(bins, count, seed=0, grains=64):
    """Histograms whose masses are multiples of 1/64: they and their sums are exact in every dtype."""
    rng = np.random.default_rng(seed)
    return [rng.multinomial(grains, np.ones(bins) / bins, count) / grains for _ in range(2)]


def fractions(array):
    return [Fraction(float(a)) for a in array]


def rationals(array):
    return [exact(a) for a in array]


def highs(supply, demand, cost):
    """Solve Rubner's programme as it is written, without a dummy."""
    n, m = cost.shape
    rows = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    total = min(supply.sum(), demand.sum())
    found = linprog(cost.ravel(), rows, np.concatenate([supply, demand]), np.ones((1, n * m)), [total], method="highs")
    assert found.status == 0
    return found.fun / total


# The cards


@pytest.mark.parametrize("bins", [1, 2, 3, 4])
def test_evaluate_is_what_substitution_into_the_formula_gives(bins):
    for p, q in zip(*dyadic_pairs(bins, 3, grains=8), strict=True):
        p, q = rationals(p), rationals(q)
        places = [0, 1, 3, 7][:bins]
        assert cards.substituted(cards.nima.formula, p, q, exponent=3) == cards.emd(p, q, 3)
        assert cards.substituted(cards.squared_emd.formula, p, q) == cards.squared(p, q)
        for order in (1, 2):
            value = cards.substituted(cards.histograms.formula, p, q, places, order)
            assert sp.simplify(value - cards.wasserstein(p, q, places, order)) == 0


def test_the_shortest_path_solver_of_the_card_agrees_with_highs():
    rng = np.random.default_rng(3)
    for _ in range(20):
        n, m = rng.integers(1, 5, 2)
        supply, demand, cost = rng.integers(1, 9, n), rng.integers(1, 9, m), rng.integers(0, 9, (n, m))
        value = cards.transport(supply.tolist(), demand.tolist(), cost.tolist())
        assert_allclose(float(value), highs(supply, demand, cost.astype(float)), rtol=1e-12)


# The transport programme


def test_earth_movers_distance_by_hand():
    cost = [[0, 1, 3], [2, 0, 1]]
    value, flow = lossbook.earth_movers_distance([2, 1], [1, 1, 1], cost, return_flow=True)
    # One unit stays at the first pit, one goes to the second for 1; the second pile serves the third pit for 1.
    assert value == pytest.approx(2 / 3, rel=1e-15)
    assert_array_equal(flow, [[1, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 6), (5, 1), (3, 3), (4, 7), (12, 9)])
@pytest.mark.parametrize("equal", [True, False])
def test_pot_and_highs_find_the_same_optimum(n, m, equal):
    rng = np.random.default_rng([n, m, equal])
    for _ in range(10):
        supply, demand = (rng.random(size) * (rng.random(size) < 0.7) for size in (n, m))
        supply[-1] += 0.2
        demand[0] += 0.2
        if equal:
            demand *= supply.sum() / demand.sum()
        cost = rng.random((n, m)) * 10
        value, flow = lossbook.earth_movers_distance(supply, demand, cost, return_flow=True)
        total = min(supply.sum(), demand.sum())
        assert_allclose(value, highs(supply, demand, cost), rtol=1e-10)
        assert_allclose(np.sum(flow * cost) / total, value, rtol=1e-12)
        assert flow.shape == (n, m)
        assert flow.min() >= 0
        assert (flow.sum(1) <= supply + 1e-12).all()
        assert (flow.sum(0) <= demand + 1e-12).all()
        assert flow.sum() == pytest.approx(total, rel=1e-12)
        assert not flow[supply == 0].any()
        assert not flow[:, demand == 0].any()


def test_a_thousand_piles_and_pits_are_solved():
    rng = np.random.default_rng(5)
    p, q = pairs((1000,))
    places = np.sort(rng.normal(size=1000))
    value = lossbook.earth_movers_distance(p, q, abs(places[:, None] - places))
    assert_allclose(value, lossbook.wasserstein_histograms(p, q, positions=places), rtol=1e-9)


def test_masses_and_costs_of_any_magnitude_keep_their_digits():
    cost = np.array([[0, 1, 3], [2, 0, 1.0]])
    expected = lossbook.earth_movers_distance([2, 1], [1, 1, 1], cost)
    for mass in (1e-300, 1e-150, 1e300):
        for price in (1e-300, 1e150, 1e307):
            value = lossbook.earth_movers_distance(
                np.multiply(mass, [2, 1]), np.multiply(mass, [1, 1, 1]), price * cost
            )
            assert_allclose(value, expected * price, rtol=1e-12, atol=0)
    assert lossbook.earth_movers_distance([1e-300], [1e300, 1e300], [[3, 2]]) == 2
    assert lossbook.earth_movers_distance([1, 1e-12], [1, 1e-12], [[0, 1e12], [1e12, 1e12]]) == pytest.approx(1)


def test_piles_without_mass_and_their_costs_have_no_part_in_it():
    cost = np.full((3, 3), 1e300)
    cost[1:, 1:] = [[0.3e-20, 0.7e-20], [0.9e-20, 0.2e-20]]
    value, flow = lossbook.earth_movers_distance([0, 1, 2], [0, 2, 1], cost, return_flow=True)
    assert_allclose(value, 1.4e-20 / 3, rtol=1e-14, atol=0)  # 1 · 0.3 + 1 · 0.9 + 1 · 0.2
    assert_allclose(flow, [[0, 0, 0], [0, 1, 0], [0, 1, 1]], rtol=1e-15)


def test_free_transport_costs_nothing():
    assert lossbook.earth_movers_distance([1, 2], [2, 1], np.zeros((2, 2))) == 0


def test_a_solver_that_gives_up_is_an_error_and_not_a_number(monkeypatch):
    monkeypatch.setattr(transport, "_PIVOTS", 3)
    rng = np.random.default_rng(0)
    with pytest.raises(RuntimeError, match="POT left the transport programme unsolved"):
        lossbook.earth_movers_distance(rng.random(30), rng.random(30), rng.random((30, 30)))


@pytest.mark.parametrize("fault", ["crossed", "short", "nan"])
def test_a_flow_that_is_not_optimal_or_not_feasible_is_refused(monkeypatch, fault):
    import ot.lp

    def wrong(supply, demand, cost, **options):
        flow = {"crossed": [[0, 1], [1, 0]], "short": [[1, 0], [0, 0.5]], "nan": [[math.nan, 0], [0, 1]]}[fault]
        return np.array(flow, float) * supply[0], {"u": np.ones(2), "warning": None}

    monkeypatch.setattr(ot.lp, "emd", wrong)
    with pytest.raises(RuntimeError, match="not optimal"):
        lossbook.earth_movers_distance([1, 1], [1, 1], [[0, 1], [1, 0]])


def test_the_programme_has_no_gradient_and_says_why():
    with pytest.raises(TypeError, match="vertex of a polytope"):
        lossbook.value_and_grad(lossbook.earth_movers_distance)


def test_importing_lossbook_does_not_import_the_solver():
    code = "import sys, lossbook; assert not {'ot', 'scipy', 'sympy', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("supply", "demand", "cost", "message"),
    [
        ([1, -2], [1], [[1], [1]], r"supply\[1\] = -2"),
        ([1, 2], [math.nan], [[1], [1]], r"demand\[0\] = nan"),
        ([1, math.inf], [1], [[1], [1]], r"supply\[1\] = inf"),
        ([1, 2], [1], [[1], [-3]], r"cost\[1, 0\] = -3"),
        ([1, 2], [1], [[1], [math.inf]], r"cost\[1, 0\] = inf"),
        ([0, 0], [1], [[1], [1]], "supply sums to 0"),
        ([1, 1], [0], [[1], [1]], "demand sums to 0"),
        (
            [1, 2],
            [1],
            [[1, 1]],
            r"cost has shape \(1, 2\), but supply and demand have 2 and 1 entries\..*shape \(2, 1\)",
        ),
        ([1, 2], [1], [1, 1], r"cost has shape \(2,\)"),
        ([[1, 2]], [1], [[1], [1]], r"supply must have one axis, but it has shape \(1, 2\)"),
        (1, [1], [[1]], "supply must have one axis"),
        ([], [1], [[1]], "supply is empty"),
        ([1, 2], [1], [[1], []], "cost is ragged"),
    ],
)
def test_masses_and_costs_that_do_not_fit_are_refused(supply, demand, cost, message):
    with pytest.raises(ValueError, match=message):
        lossbook.earth_movers_distance(supply, demand, cost)


def test_arguments_of_a_wrong_kind_are_refused():
    with pytest.raises(TypeError, match="supply"):
        lossbook.earth_movers_distance(["a"], [1], [[1]])
    with pytest.raises(TypeError, match="return_flow must be True or False"):
        lossbook.earth_movers_distance([1], [1], [[1]], return_flow="yes")


# Histograms on a line


def test_wasserstein_histograms_by_hand():
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
    assert lossbook.wasserstein_histograms(p, q) == 2
    assert lossbook.wasserstein_histograms(p, q, order=2) == 2
    assert lossbook.wasserstein_histograms(p, q, positions=[0, 1, 3, 10]) == 6  # ½·3 + ½·9
    assert lossbook.wasserstein_histograms([1, 0, 0], [0.5, 0, 0.5], positions=[0, 1, 4], order=2) == pytest.approx(
        8**0.5
    )
    assert lossbook.wasserstein_histograms([1], [1]) == 0
    assert lossbook.wasserstein_histograms([1], [1], order=2) == 0
    assert lossbook.wasserstein_histograms([0.5, 0.5], [1, 0], positions=[2, 2]) == 0


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("bins", [2, 3, 9, 40])
def test_the_line_forms_solve_the_linear_programme(order, bins):
    p, q = pairs((4, bins), seed=bins)
    places = np.sort(np.random.default_rng(bins).normal(size=bins))
    values = lossbook.wasserstein_histograms(p, q, positions=places, order=order, reduction="none")
    cost = abs(places[:, None] - places) ** order
    for value, ours, theirs in zip(values, p, q, strict=True):
        assert_allclose(value, lossbook.earth_movers_distance(ours, theirs, cost) ** (1 / order), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", [1, 2])
def test_wasserstein_histograms_agrees_with_the_card_at_fifty_digits(order, dtype):
    places = [-3.0, -2.5, 0.0, 0.0, 1.0, 8.0]
    for p, q in zip(*dyadic_pairs(6, 30), strict=True):
        value, gradient = lossbook.value_and_grad(lossbook.wasserstein_histograms)(
            p.astype(dtype), q.astype(dtype), positions=places, order=order
        )
        assert value.dtype == gradient.dtype == dtype
        true = cards.wasserstein(fractions(p), fractions(q), rationals(places), order)
        assert ulps(value, digits(true)) <= 2
        slope = [
            d / (2 * true if order == 2 else 1)
            for d in cards.slope(fractions(p), fractions(q), rationals(places), order)
        ]
        for computed, expected in zip(gradient, slope, strict=True):
            assert ulps(computed, digits(sp.sympify(expected))) <= 4


def test_order_two_keeps_its_digits_when_the_histograms_are_nearly_equal():
    rng = np.random.default_rng(8)
    for scale in (1e-6, 1e-10, 1e-14):
        p = rng.dirichlet(np.ones(12))
        q = p.copy()
        q[[2, 7]] += [scale, -scale]
        true = digits(cards.wasserstein(fractions(p), fractions(q), range(12), 2))
        assert ulps(lossbook.wasserstein_histograms(p, q, order=2), true) <= 8
        true = digits(cards.wasserstein(fractions(p), fractions(q), range(12), 1))
        assert ulps(lossbook.wasserstein_histograms(p, q), true) <= 8


def test_ties_of_the_two_cdfs_are_seen_through_rounding():
    p, q = [0.1, 0.2, 0.7], [0.3, 0, 0.7]
    assert sum(p[:2]) != sum(q[:2])
    assert_array_equal(lossbook.grad(lossbook.wasserstein_histograms)(p, q), [-1, 0, 0])
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_histograms)(p, q, order=2)
    tenths = [Fraction(n, 10) for n in (1, 2, 7)], [Fraction(n, 10) for n in (3, 0, 7)]
    slope = [float(d) / (2 * value) for d in cards.slope(*tenths, range(3), 2)]
    assert_allclose(gradient, slope, rtol=1e-12)
    # Without the tie, the root of its rounding would be felt: F = (−0.2, 0, 0), and (√0.2 / 3)² = 0.2/9.
    assert lossbook.emd_loss(p, q, r=0.5) == pytest.approx(0.2 / 9, rel=1e-14)
    for dtype in (np.float32, np.float64):
        ours, theirs = np.array(p, dtype), np.array(q, dtype)
        assert_array_equal(lossbook.grad(lossbook.emd_loss)(ours, theirs, r=1), np.array([-1, 0, 0], dtype) / 3)


def test_weights_of_one_sample_count_though_both_are_as_long():
    assert lossbook.wasserstein_samples([0, 1], [0, 1], y_weights=[1, 3]) == 0.25
    assert lossbook.wasserstein_samples([0, 1], [0, 1], x_weights=[1, 3]) == 0.25


@pytest.mark.parametrize("order", [1, 2])
def test_a_place_without_weight_has_no_gradient(order):
    slope = lossbook.grad(lossbook.wasserstein_samples)
    assert_array_equal(slope([0.0, 1.0, 5.0], [3.0, 4.0], x_weights=[1, 1, 0], order=order), [-0.5, -0.5, 0])
    assert_array_equal(slope([1.0, 2.0, 5.0], [1.0, 2.0], x_weights=[1, 1, 0], order=order), 0)


def test_the_rounding_of_both_cdfs_makes_a_tie():
    # Thirty-three hundredths, one by one, are off by more than the rounding of 0.33 alone explains.
    p, q = np.zeros(40), np.zeros(40)
    p[1:34], q[33], p[39], q[39] = 0.01, 0.33, 0.67, 0.67
    off = np.cumsum(p)[33] - 0.33
    assert 1.5 < off / (0.33 * np.finfo(float).eps) < 1.9
    potential = lossbook.grad(lossbook.wasserstein_histograms)(p, q)
    assert_array_equal(potential, np.maximum(0, np.r_[32, np.arange(32, -7, -1)]))
    assert_array_equal(lossbook.grad(lossbook.wasserstein_histograms)(q, p), -potential)


def test_a_difference_as_large_as_the_rounding_of_its_masses_is_a_tie():
    half, bit = 0.5, 2.0**-53
    p, q = [half + bit, half - bit], [half - bit, half + bit]
    assert_array_equal(lossbook.grad(lossbook.wasserstein_histograms)(p, q), 0)
    assert lossbook.grad(lossbook.wasserstein_histograms)([half + 2 * bit, half - 2 * bit], q)[0] == 1


@pytest.mark.parametrize("r", [1.5, 2])
def test_a_small_difference_is_seen_beside_a_large_one_whatever_the_power(r):
    p, q = [[1e-200, 1], [1, 0]], [[0, 1], [0, 1]]
    # The first two CDFs differ at both classes, the other two at one of them.
    expected = [1e-200, 2 ** (-1 / r)]
    assert_allclose(lossbook.emd_loss(p, q, r=r, reduction="none"), expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("order", [1, 2])
def test_equal_histograms_have_distance_and_gradient_zero(order):
    p, _ = pairs((5, 7))
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_histograms)(p, p, order=order)
    assert value == 0
    assert not gradient.any()


def test_a_large_offset_of_the_positions_costs_no_digits():
    p, q = dyadic_pairs(8, 5)
    for order in (1, 2):
        near = lossbook.wasserstein_histograms(p, q, order=order, reduction="none")
        far = lossbook.wasserstein_histograms(p, q, positions=2.0**50 + np.arange(8), order=order, reduction="none")
        assert_array_equal(near, far)
        for unit in (2.0**1000, 2.0**-1000):
            scaled = lossbook.wasserstein_histograms(p, q, positions=unit * np.arange(8), order=order, reduction="none")
            assert_array_equal(near, scaled / unit)


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([0, 2, 1], r"positions\[2\] = 1 comes after 2"),
        ([0, 1], r"positions has shape \(2,\), but there are 3 bins"),
        ([[0, 1, 2]], "positions has shape"),
        ([0, math.inf, math.inf], r"positions\[1\] = inf"),
        ([0, math.nan, 2], r"positions\[1\] = nan"),
        ([], "positions is empty"),
    ],
)
def test_positions_that_are_no_line_of_bins_are_refused(positions, message):
    with pytest.raises(ValueError, match=message):
        lossbook.wasserstein_histograms([1, 0, 0], [0, 0, 1], positions=positions)


@pytest.mark.parametrize("order", [0, 3, 1.5, "1", None, True])
def test_orders_other_than_one_and_two_are_refused(order):
    with pytest.raises(ValueError, match="order must be one of 1, 2"):
        lossbook.wasserstein_histograms([1, 0], [0, 1], order=order)
    with pytest.raises(ValueError, match="order must be one of 1, 2"):
        lossbook.wasserstein_samples([1, 0], [0, 1], order=order)


# Samples


def test_wasserstein_samples_by_hand():
    assert lossbook.wasserstein_samples([3, 1, 2], [12, 13, 11]) == 10
    assert lossbook.wasserstein_samples([0, 10], [0], x_weights=[3, 1]) == 2.5
    assert lossbook.wasserstein_samples([0, 10], [0], x_weights=[3, 1], order=2) == 5
    assert lossbook.wasserstein_samples([0, 0, 3], [1, 1], order=2) == pytest.approx(2**0.5)


whole = st.integers(-6, 6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(whole, st.integers(0, 3)), min_size=1, max_size=6),
    st.lists(st.tuples(whole, st.integers(0, 3)), min_size=1, max_size=6),
    st.sampled_from([1, 2]),
)
def test_wasserstein_samples_agrees_with_the_card(first, second, order):
    (x, u), (y, v) = ([list(c) for c in zip(*sample, strict=True)] for sample in (first, second))
    plain = lossbook.wasserstein_samples(x, y, order=order)
    assert_allclose(plain, float(cards.sample_distance(x, y, order)), rtol=1e-14, atol=0)
    if any(u) and any(v):
        value = lossbook.wasserstein_samples(x, y, x_weights=u, y_weights=v, order=order)
        # Entries without weight own nothing.
        kept = [[(a, w) for a, w in sample if w] for sample in (first, second)]
        (xs, us), (ys, vs) = ([list(c) for c in zip(*sample, strict=True)] for sample in kept)
        assert_allclose(value, float(cards.sample_distance(xs, ys, order, us, vs)), rtol=1e-14, atol=0)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 4), (5, 3), (3, 7)])
def test_the_gradient_of_samples_is_the_exact_central_difference_of_the_card(n, m, order):
    rng = np.random.default_rng([n, m])
    x, y = rng.permutation(np.arange(n) * 4 + 1), rng.permutation(np.arange(m) * 3 - 2 + Fraction(1, 2))
    u, v = rng.integers(1, 5, n), rng.integers(1, 5, m)
    for weights in ({}, {"x_weights": u, "y_weights": v}):
        gradient = lossbook.grad(lossbook.wasserstein_samples)(x, y.astype(float), order=order, **weights)
        exact_weights = [w.tolist() for w in weights.values()] or [None, None]
        true = cards.sample_distance(x.tolist(), y.tolist(), order, *exact_weights)
        for place in range(n):
            step, moved = Fraction(1, 4), []
            for sign in (1, -1):
                shifted = [Fraction(int(a)) for a in x]
                shifted[place] += sign * step
                moved.append(cards.sample_distance(shifted, y.tolist(), order, *exact_weights) ** order)
            slope = (moved[0] - moved[1]) / (2 * step) / (2 * true if order == 2 else 1)
            assert_allclose(gradient[place], float(slope), rtol=1e-13, atol=1e-15)


def test_the_gradient_of_samples_is_zero_where_they_meet():
    for order in (1, 2):
        value, gradient = lossbook.value_and_grad(lossbook.wasserstein_samples)([2.0, 1.0, 2.0], [1, 2, 2], order=order)
        assert value == 0
        assert_array_equal(gradient, [0, 0, 0])
    assert_array_equal(lossbook.grad(lossbook.wasserstein_samples)([2.0, 1.0], [1, 3]), [-0.5, 0])


def test_equal_entries_share_the_quantile_axis_in_the_order_in_which_they_stand():
    assert_array_equal(lossbook.grad(lossbook.wasserstein_samples)([1.0, 1.0], [0, 2]), [0.5, -0.5])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("size", [1, 5, SHORT, SHORT + 1, LONG + 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_samples_of_equal_size_are_paired_as_the_general_coupling_does(size, dtype, order):
    rng = np.random.default_rng(size)
    x, y = (10 * rng.normal(size=(2, size))).astype(dtype)
    ones = {"x_weights": np.ones(size), "y_weights": np.full(size, 3)}
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_samples)(x, y, order=order)
    expected, slopes = lossbook.value_and_grad(lossbook.wasserstein_samples)(x, y, order=order, **ones)
    assert value.dtype == gradient.dtype == (np.float32 if dtype == np.float32 else np.float64)
    assert_allclose(value, expected, rtol=2 * np.finfo(value.dtype).eps)
    assert_allclose(gradient, slopes, rtol=1e-6 if dtype == np.float32 else 1e-12)
    assert np.unique(x).size < size or dtype != np.int64 or size == 1 or size == 5


def test_half_precision_samples_are_computed_in_float32():
    x, y = np.array([1, 3], np.float16), np.array([2, 60000], np.float16)
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_samples)(x, y)
    assert value.dtype == gradient.dtype == np.float32
    assert value == 29999
    assert_array_equal(gradient, [-0.5, -0.5])


def test_sums_of_weights_that_tie_in_their_first_digits_are_cut_in_their_order():
    # In units of 2⁻⁶⁰ the shares end at 2⁶⁰ + 3 and 2⁶⁰ + 1: one float64, two numbers.
    tiny = 2.0**-60
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_samples)(
        [0, 5, 9], [0, 5, 9], x_weights=[1, 3 * tiny, 1], y_weights=[1, tiny, 1 + 2 * tiny]
    )
    assert_allclose(value, (9 - 5) * 2 * tiny / 2, rtol=1e-12)
    assert_allclose(gradient, [0, -tiny, 0], rtol=1e-12)


def test_samples_far_from_zero_or_far_apart_keep_their_digits():
    for order in (1, 2):
        assert lossbook.wasserstein_samples([2.0**52, 2.0**52 + 1], [2.0**52 + 2, 2.0**52 + 1], order=order) == 1
        assert lossbook.wasserstein_samples([-1e308], [1e308], order=order) == math.inf
        for x, y in (([1e200, 0], [0, 0]), ([1e-200, 0], [0, 0]), ([1e-200, 1], [0, 1])):
            value = lossbook.wasserstein_samples(x, y, order=order)
            assert_allclose(value, x[0] / 2 ** (1 / order), rtol=1e-14, atol=0)
        assert lossbook.wasserstein_samples([0, 1], [0, 1], x_weights=[1e308, 1e308], order=order) == 0


def test_distances_beyond_the_range_of_float32_enter_the_mean():
    x, y = np.array([[3e38, 3e38], [3e38, -3e38]], np.float32)
    assert lossbook.wasserstein_samples(x, y) == x[0]


def test_samples_keep_float32_and_weights_do_not_widen_them():
    x = np.array([0, 1, 5], np.float32)
    value, gradient = lossbook.value_and_grad(lossbook.wasserstein_samples)(x, [1, 2, 3], x_weights=[1.0, 1.0, 2.0])
    assert value.dtype == gradient.dtype == np.float32
    assert lossbook.wasserstein_samples([True, False], [1, 2]).dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, math.inf], [1]), {}, r"x\[1\] = inf"),
        (([1], [math.nan]), {}, r"y\[0\] = nan"),
        (([], [1]), {}, "x is empty"),
        (([[1]], [1]), {}, "x must have one axis"),
        (([1], 2), {}, "y must have one axis"),
        (([1, 2], [1]), {"x_weights": [1]}, "x_weights has shape"),
        (([1, 2], [1]), {"x_weights": [1, -1]}, r"x_weights\[1\] = -1"),
        (([1, 2], [1]), {"y_weights": [0]}, "y_weights sums to 0"),
        (([1, 2], [1]), {"x_weights": [1, math.inf]}, r"x_weights\[1\] = inf"),
    ],
)
def test_samples_and_weights_that_do_not_fit_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        lossbook.wasserstein_samples(*arguments, **options)


# The losses of ordered classes


def test_the_losses_of_ordered_classes_by_hand():
    five = [0, 0, 0, 0, 1]
    assert lossbook.squared_emd_loss([0, 0, 0, 1, 0], five) == 1
    assert lossbook.squared_emd_loss([1, 0, 0, 0, 0], five) == 4
    assert lossbook.emd_loss([1, 0, 0, 0, 0], five, r=1) == pytest.approx(4 / 5, rel=1e-15)
    assert lossbook.emd_loss([1, 0, 0, 0, 0], five) == pytest.approx((4 / 5) ** 0.5, rel=1e-15)
    assert lossbook.emd_loss([0.5, 0.5, 0, 0, 0], five, r=math.inf) == 1
    assert lossbook.emd_loss([0.5, 0, 0, 0, 0.5], five, r=math.inf) == 0.5
    assert lossbook.squared_emd_loss([0.5, 0.25, 0.25], [0, 1, 0]) == 0.3125  # ½² + ¼²


def test_nima_extremes():
    first, last = np.eye(10)[[0, 9]]
    assert lossbook.emd_loss(first, last) == pytest.approx(math.sqrt(0.9), rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("exponent", [Fraction(1, 2), 1, 2, 3, sp.oo])
def test_emd_loss_agrees_with_the_card_at_fifty_digits(exponent, dtype):
    for p, q in zip(*dyadic_pairs(7, 30), strict=True):
        value = lossbook.emd_loss(p.astype(dtype), q.astype(dtype), r=float(exponent))
        assert value.dtype == dtype
        assert ulps(value, digits(sp.sympify(cards.emd(rationals(p), rationals(q), exponent)))) <= 6


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_squared_emd_loss_agrees_with_the_card_at_fifty_digits(dtype):
    for p, q in zip(*dyadic_pairs(7, 30), strict=True):
        value, gradient = lossbook.value_and_grad(lossbook.squared_emd_loss)(p.astype(dtype), q.astype(dtype))
        assert value.dtype == gradient.dtype == dtype
        f = cards.differences(rationals(p), rationals(q))
        assert ulps(value, sum(a**2 for a in f)) <= 2
        for place, computed in enumerate(gradient):
            assert ulps(computed, 2 * sum(f[place:])) <= 2


@pytest.mark.parametrize("exponent", [0.5, 1, 1.5, 2, 3])
def test_the_gradient_of_emd_loss_is_the_central_difference_of_the_card(exponent):
    r = sp.Rational(exponent)
    for p, q in zip(*dyadic_pairs(5, 6, seed=2), strict=True):
        if not all(cards.differences(p, q)[:-1]):
            continue
        gradient = lossbook.grad(lossbook.emd_loss)(p, q, r=exponent)
        for place in range(4):
            # F_5 = 0 is a kink for r = 1, so mass is moved to the last class, not added.
            step, values = sp.Rational(1, 10**20), []
            for sign in (1, -1):
                moved = rationals(p)
                moved[place] += sign * step
                moved[-1] -= sign * step
                values.append(digits(cards.emd(moved, rationals(q), r), 100))
            slope = (values[0] - values[1]) / (2 * step)
            assert_allclose(gradient[place] - gradient[-1], float(slope), rtol=1e-12, atol=1e-15)


def test_the_largest_difference_alone_has_a_slope_when_r_is_infinite():
    gradient = lossbook.grad(lossbook.emd_loss)([0.5, 0.5, 0], [0, 0.75, 0.25], r=math.inf)
    assert_array_equal(gradient, [1, 0, 0])
    shared = lossbook.grad(lossbook.emd_loss)([0.5, 0, 0.5], [0, 1, 0], r=math.inf)
    assert_array_equal(shared, [0, -0.5, 0])


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3, math.inf])
def test_the_subgradient_at_equality_is_zero(exponent):
    p, _ = pairs((4, 6))
    value, gradient = lossbook.value_and_grad(lossbook.emd_loss)(p, p, r=exponent)
    assert value == 0
    assert not gradient.any()


def test_tiny_differences_do_not_underflow():
    p, q = [1e-200, 0, 1], [0, 1e-200, 1]
    for exponent in (1, 2, 3, math.inf):
        value, gradient = lossbook.value_and_grad(lossbook.emd_loss)(p, q, r=exponent)
        assert_allclose(value, 1e-200 * (1 / 3) ** (1 / exponent), rtol=1e-14, atol=0)
        assert_allclose(gradient, [(1 / 3) ** (1 / exponent), 0, 0], rtol=1e-14)


def test_differences_are_summed_not_subtracted_from_sums():
    p = np.array([0.1] * 9 + [0.1])
    q = p.copy()
    q[[3, 4]] += [1e-15, -1e-15]
    true = cards.squared(rationals(p), rationals(q))
    assert ulps(lossbook.squared_emd_loss(p, q), true) <= 4


@pytest.mark.parametrize("r", [0, -1, math.nan, [1, 2]])
def test_exponents_that_are_not_positive_are_refused(r):
    with pytest.raises((ValueError, TypeError), match="r must be"):
        lossbook.emd_loss([1, 0], [0, 1], r=r)


# What all losses of distributions share


@pytest.mark.parametrize(("name", "options"), OPTIONS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_the_class_axis_may_be_any(name, options, axis):
    function = getattr(lossbook, name)
    p, q = pairs((3, 5, 4))
    expected = function(p, q, reduction="none", **options)
    value, gradient = lossbook.value_and_grad(function)(p, q, **options)
    turned = [np.moveaxis(a, -1, axis) for a in (p, q)]
    assert_allclose(function(*turned, axis=axis, reduction="none", **options), expected, rtol=1e-14)
    turned_value, turned_gradient = lossbook.value_and_grad(function)(*turned, axis=axis, **options)
    assert turned_value == pytest.approx(value, rel=1e-14)
    assert_allclose(np.moveaxis(turned_gradient, axis, -1), gradient, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_each_distribution_is_a_loss_of_its_own_and_the_reductions_combine_them(name, options):
    function = getattr(lossbook, name)
    p, q = pairs((6, 4))
    alone = np.array([function(a, b, **options) for a, b in zip(p, q, strict=True)])
    slopes = np.array([lossbook.grad(function)(a, b, **options) for a, b in zip(p, q, strict=True)])
    assert_allclose(function(p, q, reduction="none", **options), alone, rtol=1e-15)
    assert_allclose(function(p, q, reduction="sum", **options), alone.sum(), rtol=1e-14)
    assert_allclose(function(p, q, **options), alone.mean(), rtol=1e-14)
    assert_allclose(lossbook.grad(function)(p, q, reduction="sum", **options), slopes, rtol=1e-14)
    assert_allclose(lossbook.grad(function)(p, q, reduction="none", **options), slopes, rtol=1e-14)
    assert_allclose(lossbook.grad(function)(p, q, **options), slopes / 6, rtol=1e-14)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_blocks_give_what_one_row_at_a_time_gives(name, options):
    function = getattr(lossbook, name)
    p, q = pairs((5001, 4))
    values = function(p, q, reduction="none", **options)
    gradient = lossbook.grad(function)(p, q, reduction="sum", **options)
    for row in (0, 2047, 2048, 4095, 4096, 5000):
        assert_allclose(function(p[row], q[row], **options), values[row], rtol=1e-15)
        assert_allclose(lossbook.grad(function)(p[row], q[row], **options), gradient[row], rtol=1e-15)


@pytest.mark.parametrize(("name", "options"), [*OPTIONS, ("emd_loss", {"r": 1}), ("emd_loss", {"r": 0.5})])
@pytest.mark.parametrize("bins", [1, 4, 130])
@pytest.mark.parametrize("count", [127, 128, 300])
def test_wide_and_narrow_blocks_of_few_and_many_bins_agree(name, options, bins, count):
    function = getattr(lossbook, name)
    options = options if bins == 4 else {key: value for key, value in options.items() if key != "positions"}
    p, q = pairs((count, bins))
    p[0] = q[0]
    p[1] = np.eye(bins)[0]
    values = function(p, q, reduction="none", **options)
    gradient = lossbook.grad(function)(p, q, reduction="sum", **options)
    for row in (0, 1, 2, count - 1):
        assert_allclose(function(p[row], q[row], **options), values[row], rtol=1e-13)
        assert_allclose(lossbook.grad(function)(p[row], q[row], **options), gradient[row], rtol=1e-13, atol=1e-13)
    turned = function(p.T.copy(), q.T.copy(), axis=0, reduction="none", **options)
    assert_allclose(turned, values, rtol=1e-13)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_lists_integers_strided_and_half_precision_input_are_read(name, options):
    function = getattr(lossbook, name)
    p, q = [[0, 1, 0, 0], [1, 0, 0, 0]], [[0, 0, 0, 1], [1, 0, 0, 0]]
    expected = function(np.array(p, float), np.array(q, float), **options)
    assert function(p, q, **options) == expected
    assert function(p, q, **options).dtype == np.float64
    assert function(np.array(p, bool), np.array(q, bool), **options) == expected
    half = function(np.array(p, np.float16), np.array(q, np.float16), **options)
    assert half.dtype == np.float32
    assert half == pytest.approx(expected, rel=1e-6)
    wide = np.zeros((4, 8))
    wide[::2, ::2] = p
    strided = wide[::2, ::2]
    assert function(strided, q, **options) == expected
    assert_array_equal(strided, p)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_the_gradient_moves_mass_as_the_value_says(name, options):
    function = getattr(lossbook, name)
    p, q = pairs((1, 4), seed=4)
    gradient = lossbook.grad(function)(p, q, **options)[0]
    for place in range(3):
        values = []
        for step in (1e-6, -1e-6):
            moved = p.copy()
            moved[0, [place, 3]] += [step, -step]
            values.append(function(moved, q, **options))
        assert_allclose(gradient[place] - gradient[3], (values[0] - values[1]) / 2e-6, rtol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ([1.5, -0.5, 0], r"[01]\] = 1.5"),
        ([0.5, math.nan, 0.5], r"\[1, 1\] = nan"),
        ([0.5, 0.4, 0.2], r"\[1, :\] sums to 1.1"),
        ([0, 0, 0], r"\[1, :\] sums to 0"),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_rows_that_are_no_distribution_are_refused_by_name(name, change, message, which):
    arguments = [np.array([[1.0, 0, 0], [0.5, 0.25, 0.25]]) for _ in range(2)]
    arguments[which][1] = change
    with pytest.raises(ValueError, match=rf"{LOSSES[name][which]}.*{message}"):
        getattr(lossbook, name)(*arguments)


@pytest.mark.parametrize("name", LOSSES)
def test_shapes_options_and_kinds_that_do_not_fit_are_refused(name):
    function = getattr(lossbook, name)
    first, second = LOSSES[name]
    with pytest.raises(ValueError, match=rf"{second} has shape \(3,\), but {first} has shape \(1, 3\)"):
        function([[1, 0, 0]], [1, 0, 0])
    with pytest.raises(ValueError, match=r"reduction must be one of .*'average'"):
        function([1, 0], [1, 0], reduction="average")
    with pytest.raises(ValueError, match="axis = 1 does not exist"):
        function([1, 0], [1, 0], axis=1)
    with pytest.raises(ValueError, match=f"{first} is empty"):
        function([], [])
    with pytest.raises(ValueError, match=f"{first} is ragged"):
        function([[1, 0], [1]], [[1, 0], [1, 0]])
    with pytest.raises(ValueError, match=f"{first} is one number, without a class axis"):
        function(1.0, 1.0)
    with pytest.raises(TypeError, match=second):
        function([1, 0], ["a", "b"])


def test_a_sum_counts_as_one_within_the_root_of_the_machine_epsilon():
    for name in LOSSES:
        function = getattr(lossbook, name)
        function(np.array([0.5, 0.5 + 1e-8]), [1, 0])
        with pytest.raises(ValueError, match="sums to"):
            function(np.array([0.5, 0.5 + 2e-8]), [1, 0])
        function(np.array([0.5, 0.5003], np.float32), np.array([1, 0], np.float32))


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_the_relations_between_the_losses_hold(bins, seed):
    p, q = pairs((bins,), seed=seed)
    w1, w2 = (lossbook.wasserstein_histograms(p, q, order=order) for order in (1, 2))
    squared = lossbook.squared_emd_loss(p, q)
    assert w1 <= w2 * (1 + 1e-12)
    assert squared <= w1 * (1 + 1e-12) + 1e-30
    assert_allclose(lossbook.emd_loss(p, q, r=1) * bins, w1, rtol=1e-9, atol=1e-15)
    assert_allclose(lossbook.emd_loss(p, q) ** 2 * bins, squared, rtol=1e-9, atol=1e-30)
    places = np.arange(bins, dtype=float)
    for order, value in ((1, w1), (2, w2)):
        found = lossbook.wasserstein_samples(places, places, x_weights=p, y_weights=q, order=order)
        assert_allclose(found, value, rtol=1e-7, atol=1e-15)
        back = lossbook.wasserstein_histograms(q, p, order=order)
        assert_allclose(back, value, rtol=1e-12, atol=1e-15)


def test_a_forbidden_move_leaves_the_others_their_digits():
    forbidden = 1e15
    cost = [[3, 1, forbidden], [2, 1, forbidden], [forbidden, forbidden, 3]]
    value, flow = lossbook.earth_movers_distance([1, 1, 1], [1, 1, 1], cost, return_flow=True)
    assert value == 2
    assert_array_equal(flow, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize("power", [3, 12, 15, 17, 30, 100, 300])
def test_unit_masses_are_assigned_as_well_as_by_trying_all_ways_however_dear_a_forbidden_move_is(power):
    rng = np.random.default_rng(power)
    for trial in range(30):
        size = int(rng.integers(2, 6))
        cost = rng.integers(0, 10, (size, size)).astype(float) if trial % 2 else rng.random((size, size))
        cost[rng.random((size, size)) < 0.4] = 10.0**power
        ways = itertools.permutations(range(size))
        best = min(sum(Fraction(cost[i, j]) for i, j in enumerate(way)) for way in ways)
        found = lossbook.earth_movers_distance(np.ones(size), np.ones(size), cost)
        assert found == pytest.approx(float(best / size), rel=1e-9, abs=0)


def test_a_distance_that_is_tiny_beside_the_costs_is_certified():
    rng = np.random.default_rng(2)
    places = rng.random((60, 2))
    cost = np.linalg.norm(places[:, None] - places, axis=2)
    masses = rng.random(60)
    moved = masses.copy()
    moved[3] -= 2.0**-45
    moved[7] += 2.0**-45
    assert lossbook.earth_movers_distance(masses, masses, cost) == 0
    expected = (moved[7] - masses[7]) * cost[3, 7] / masses.sum()
    assert lossbook.earth_movers_distance(masses, moved, cost) == pytest.approx(expected, rel=1e-9, abs=0)


def test_a_flow_that_is_not_the_cheapest_is_refused(monkeypatch):
    solved = transport._solved

    def spoilt(supply, demand, cost):
        return np.outer(supply, demand) / supply.sum(), *solved(supply, demand, cost)[1:]

    monkeypatch.setattr(transport, "_solved", spoilt)
    with pytest.raises(RuntimeError, match="its flow is not optimal"):
        lossbook.earth_movers_distance([3, 1], [2, 2], [[0, 1], [1, 0]])
