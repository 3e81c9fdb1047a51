"""Losses of several classes with probabilities of 0: hand values, digits against mpmath, kinks, limits, the cards, identities."""

import itertools
import math
import pickle
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lossbook
from lossbook.cards import card

CS, WW = lossbook.crammer_singer_loss, lossbook.weston_watkins_loss
SPARSE, ENTMAX, YOUNG = lossbook.sparsemax_loss, lossbook.entmax_loss, lossbook.fenchel_young_loss
INF = math.inf
RNG = np.random.default_rng(37)
ALPHAS = (1.0, 1 + 2.0**-30, 1.01, 1.2, 1.5, 1.9, 2.0, 2.5, 3.0, 6.0, 50.0)


def both(loss, logits, target, **options):
    """The value of each row, and the gradient of their sum."""
    return lossbook.value_and_grad(loss)(logits, target, reduction="none", **options)


# --- Margins over the rivals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "z", "value", "slope"),
    [
        (CS, (2.0, 0.0, 0.0), 0, (0, 0, 0)),
        (CS, (2.0, 1.5, 1.5), 0.5, (-1, 1, 0)),
        (CS, (0.0, -1.0, 3.0), 4, (-1, 0, 1)),
        (CS, (1.0, 0.0, 0.0), 0, (0, 0, 0)),
        (CS, (-3.0, -5.0, -9.0), 0, (0, 0, 0)),
        (WW, (2.0, 0.0, 0.0), 0, (0, 0, 0)),
        (WW, (2.0, 1.5, 1.5), 1, (-2, 1, 1)),
        (WW, (0.0, -1.0, 3.0), 4, (-1, 0, 1)),
        (WW, (0.0, -0.5, 3.0), 4.5, (-2, 1, 1)),
        (WW, (0.0, 0.0, 0.0), 2, (-2, 1, 1)),
    ],
)
def test_hand_values_of_the_margins_with_their_kinks(loss, z, value, slope):
    found, gradient = both(loss, [z], [0])
    assert found == [value]
    np.testing.assert_array_equal(gradient, [slope])
    # Whichever class the label is.
    turned, gradient = both(loss, [np.roll(z, 2)], [2])
    assert turned == [value]
    assert gradient[0, 2] == slope[0]
    assert not np.signbit(gradient[gradient == 0]).any()


def test_the_first_of_equal_rivals_gets_the_slope_and_no_other():
    np.testing.assert_array_equal(both(CS, [[0.0, 0.0, 0.0]] * 3, [0, 1, 2])[1], [[-1, 1, 0], [1, -1, 0], [1, 0, -1]])
    np.testing.assert_array_equal(both(CS, [[-INF, -INF, -INF]] * 2, [0, 2])[1], [[-1, 1, 0], [1, 0, -1]])


def test_the_margin_is_in_the_unit_of_the_scores_and_0_is_the_perceptron():
    z, k = 3 * RNG.normal(size=(30, 4)), RNG.integers(0, 4, 30)
    for loss in (CS, WW):
        np.testing.assert_allclose(loss(4 * z, k, margin=4.0), 4 * loss(z, k), rtol=1e-15)
        assert loss(z, z.argmax(axis=1), margin=0) == 0
    rest = np.where(np.arange(4) == k[:, None], -INF, z)
    own = z[np.arange(30), k]
    np.testing.assert_allclose(
        CS(z, k, margin=0.5, reduction="none"), np.maximum(0, 0.5 + rest.max(axis=1) - own), rtol=1e-13
    )
    np.testing.assert_allclose(
        WW(z, k, margin=0.5, reduction="none"), np.maximum(0, 0.5 + rest - own[:, None]).sum(axis=1), rtol=1e-13
    )


def test_a_margin_that_is_nearly_met_keeps_its_digits():
    # 0.1 + (z_2 − z_1) with a difference whose rounding is as large as the loss.
    for own, rival in ((1e6 + 0.1, 1e6), (0.1, 3e-18), (0.3, 0.2), (1.0, 2.0**-60)):
        exact = sp.Rational(0.1) + sp.Rational(rival) - sp.Rational(own)
        for loss in (CS, WW):
            value, gradient = both(loss, [[own, rival]], [0], margin=0.1)
            assert value[0] == pytest.approx(max(0.0, float(exact)), rel=2e-16, abs=0)
            assert gradient[0, 0] == (-1 if exact > 0 else 0)


def test_infinite_scores_of_the_margins_give_the_limits():
    z = [[INF, 0.0, 0.0], [-INF, 0.0, 0.0], [INF, INF, 0.0], [0.0, 0.0, -INF], [0.0, -INF, -INF], [-INF, -INF, -INF]]
    np.testing.assert_array_equal(both(CS, z, [0] * 6)[0], [0, INF, 1, 1, 0, 1])
    np.testing.assert_array_equal(both(WW, z, [0] * 6)[0], [0, INF, 1, 1, 0, 2])


def test_one_class_has_no_rival():
    for loss in (CS, WW):
        value, gradient = both(loss, [[3.0], [-2.0]], [0, 0])
        np.testing.assert_array_equal(value, 0)
        np.testing.assert_array_equal(gradient, 0)


def test_two_classes_are_the_hinge_loss_of_the_difference():
    z, k = 2 * RNG.normal(size=(40, 2)), RNG.integers(0, 2, 40)
    expected = lossbook.hinge_loss(z[:, 1] - z[:, 0], k, reduction="none")
    for loss in (CS, WW):
        np.testing.assert_allclose(loss(z, k, reduction="none"), expected, rtol=1e-14)


@pytest.mark.parametrize("loss", [CS, WW])
def test_the_cards_of_the_margins_say_the_same(loss):
    for z, k in itertools.product(([0.75, -1.25, 0.5], [3.0, 0.25, -2.0], [0.0, 0.0, 0.0]), range(3)):
        for margin in (1, sp.Rational(5, 2)):
            expected = card(loss.__name__).evaluate(list(map(sp.Rational, z)), k, margin)
            assert loss(z, k, margin=float(margin)) == float(expected)


def test_what_no_consistent_loss_would_do():
    # With chances 0.4, 0.3, 0.3 every preference for the first costs Crammer and Singer more than none.
    eta, costs = np.array([0.4, 0.3, 0.3]), lambda loss, z: eta @ loss([z] * 3, range(3), reduction="none")
    assert costs(CS, (0.0, 0.0, 0.0)) == pytest.approx(1.0, rel=1e-15)
    assert costs(CS, (0.5, 0.0, 0.0)) == pytest.approx(1.1, rel=1e-15)
    assert costs(WW, (0.5, 0.0, 0.0)) < costs(WW, (0.0, 0.0, 0.0)) == pytest.approx(2.0, rel=1e-15)
    eta = np.array([0.4, 0.35, 0.25])
    assert costs(WW, (0.0, 0.0, -1.0)) == pytest.approx(1.75, rel=1e-15)
    assert costs(WW, (0.5, 0.0, -0.5)) == pytest.approx(1.775, rel=1e-15)


# --- The maps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alpha", "z", "p"),
    [
        (1, (0.0, 0.0), (0.5, 0.5)),
        (2, (0.75, 0.25, -1.0), (0.75, 0.25, 0.0)),
        (2, (1.0, 0.0), (1.0, 0.0)),
        (2, (0.5, 0.5, 0.25), (5 / 12, 5 / 12, 1 / 6)),
        (1.5, (2.0, 0.0), (1.0, 0.0)),
        (1.5, (0.4, 0.0), (0.64, 0.36)),
        (3, (0.5, 0.0), (1.0, 0.0)),
        (3, (0.14, 0.0), (0.64, 0.36)),
        (1.25, (4 * (0.9 - 0.0), 0.0), None),
    ],
)
def test_hand_values_of_the_maps(alpha, z, p):
    found = lossbook.entmax(z, alpha=alpha)
    if p is None:
        # p^(1/4) differ by 0.9.
        assert found[0] ** 0.25 - found[1] ** 0.25 == pytest.approx(0.9, rel=1e-14)
    elif alpha == 3:
        assert found[0] ** 2 - found[1] ** 2 == pytest.approx(2 * z[0], rel=1e-14)
    else:
        expected = (
            p
            if (alpha, z) != (1.5, (0.4, 0.0))
            else ((0.2 + math.sqrt(2 - 0.04)) ** 2 / 4, (math.sqrt(2 - 0.04) - 0.2) ** 2 / 4)
        )
        np.testing.assert_allclose(found, expected, rtol=4e-16)
    assert found.sum() == pytest.approx(1, rel=3e-16)


def test_sparsemax_is_entmax_at_2_along_any_axis_in_any_precision():
    z = 2 * RNG.normal(size=(3, 5, 4))
    p = lossbook.sparsemax(z, axis=1)
    assert p.shape == z.shape
    np.testing.assert_array_equal(p, lossbook.entmax(z, alpha=2, axis=1))
    np.testing.assert_array_equal(p, np.moveaxis(lossbook.sparsemax(np.moveaxis(z, 1, -1)), -1, 1))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_array_equal(lossbook.sparsemax(np.asfortranarray(z), axis=1), p)
    single = lossbook.sparsemax(z.astype(np.float32))
    assert single.dtype == np.float32
    assert lossbook.sparsemax([[3, 0]]).dtype == np.float64


@pytest.mark.parametrize("alpha", [1.2, 1.5, 2.0, 3.0])
def test_many_rows_are_the_same_as_each(alpha):
    z = 2 * RNG.normal(size=(5000, 3))
    p = lossbook.entmax(z, alpha=alpha)
    for n in (0, 4095, 4096, 4999):
        np.testing.assert_allclose(p[n], lossbook.entmax(z[n], alpha=alpha), rtol=1e-13, atol=1e-16)


def test_sparsemax_is_the_nearest_distribution():
    z = 2 * RNG.normal(size=(20, 4))
    near = np.sum((lossbook.sparsemax(z) - z) ** 2, axis=1)
    others = RNG.dirichlet(np.full(4, 0.4), 500)
    assert (near[:, None] <= np.sum((others - z[:, None]) ** 2, axis=2)).all()


@pytest.mark.parametrize("alpha", [1.0, 1.5, 2.0, 4.0, 1e3, 1.7e308])
def test_infinite_and_huge_scores_of_the_maps_give_the_limits(alpha):
    z = [
        [INF, 0.0, 0.0],
        [-INF, 0.0, 0.0],
        [INF, INF, 0.0],
        [-INF, -INF, -INF],
        [1.7e308, -1.7e308, 0.0],
        [1e9, 1e9, -1.0],
    ]
    expected = [[1, 0, 0], [0, 0.5, 0.5], [0.5, 0.5, 0], [1 / 3] * 3, [1, 0, 0], [0.5, 0.5, 0]]
    np.testing.assert_allclose(lossbook.entmax(z, alpha=alpha), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"alpha": 0.9}, ValueError, r"alpha must be a finite number ≥ 1, but alpha = 0\.9"),
        ({"alpha": INF}, ValueError, "alpha must be a finite number ≥ 1, but alpha = inf"),
        ({"alpha": "2"}, TypeError, "alpha must be a finite number ≥ 1"),
        ({"axis": 2}, ValueError, "axis = 2 does not exist"),
    ],
)
def test_bad_options_of_the_maps_are_refused(options, error, says):
    with pytest.raises(error, match=says):
        lossbook.entmax([[1.0, 2.0]], **options)


@pytest.mark.parametrize(
    ("z", "error", "says"),
    [
        ([[1.0, math.nan]], ValueError, r"logits must hold real scores without NaN, but logits\[0, 1\] = nan"),
        ([], ValueError, "logits is empty"),
        (["a"], TypeError, "logits must be an array or a list of real numbers"),
        (1.0, ValueError, "logits is one number, without a class axis"),
    ],
)
def test_bad_scores_of_the_maps_are_refused(z, error, says):
    with pytest.raises(error, match=says):
        lossbook.sparsemax(z)


# --- Digits ------------------------------------------------------------------------------------------------------------


def real(x):
    return mpmath.mpf(float(x))


def dyadic(rng, size):
    """A distribution whose sum is 1 without rounding."""
    w = np.floor(rng.dirichlet(np.full(size, 0.5)) * 2**20)
    w[w.argmax()] += 2**20 - w.sum()
    return w / 2**20


@cache
def rows():
    rng = np.random.default_rng(3)
    spread = [s * rng.normal(size=K) for s in (1e-9, 1e-3, 0.3, 1, 3, 10, 100) for K in (2, 3, 7)]
    edges = [
        (0, 1 - 1e-9),
        (0, 1 - 1e-13),
        (0, 2 - 1e-9),
        (0, 1.0),
        (0, 2.0),
        (1e6, 1e6 + 0.3, 1e6 - 0.2),
        (1, 1, 1),
        (0, 0.5, 0.5 - 1e-12),
    ]
    return [np.asarray(row, float) for row in (*spread, *edges)]


def true_map(z, alpha):
    """The probabilities, by bisection for the power of the largest."""
    b, largest = alpha - 1, max(z)
    if b == 0:
        e = [mpmath.exp(x - largest) for x in z]
        return [x / mpmath.fsum(e) for x in e]
    x = [b * (v - largest) for v in z]
    low, high = mpmath.mpf(len(z)) ** (-b), mpmath.mpf(1)
    for _ in range(int(1.1 * mpmath.mp.prec)):
        middle = (low + high) / 2
        if mpmath.fsum((middle + v) ** (1 / b) for v in x if middle + v > 0) > 1:
            high = middle
        else:
            low = middle
    return [(low + v) ** (1 / b) if low + v > 0 else mpmath.mpf(0) for v in x]


def true_value(z, q, p, alpha):
    if alpha == 1:
        return mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(q, p, strict=True) if a)
    powers = mpmath.fsum(b**alpha for b in q) - mpmath.fsum(a**alpha for a in p)
    return mpmath.fsum((a - b) * v for a, b, v in zip(p, q, z, strict=True)) + powers / (alpha * (alpha - 1))


def units(found, true):
    """Units in the last place; below 1e-60 the truth has too few digits here."""
    if abs(true) < 1e-60:
        return 0.0 if abs(found) < 1e-60 else INF
    return float(abs(real(found) - true) / real(np.spacing(abs(float(true)))))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_maps_and_losses_are_within_eight_units_or_the_rounding_of_their_terms(alpha):
    rng = np.random.default_rng(11)
    exact = alpha in (1.5, 2.0)
    for z in rows()[:: 1 if exact else 2]:
        with mpmath.workdps(120 if alpha > 3 else 80):
            exactly, a = [real(x) for x in z], real(alpha)
            p = true_map(exactly, a)
            if abs(mpmath.fsum(p) - 1) > 1e-40:  # a power too high for the digits of the truth
                continue
            for found, true in zip(lossbook.entmax(z, alpha=alpha), p, strict=True):
                # Only at 3/2 and 2 does a probability near 0 keep its last digits.
                assert units(found, true) <= 1 or (not exact and abs(real(found) - true) < 2e-16), (z, found)
            for q in (np.eye(len(z))[0], np.eye(len(z))[-1], dyadic(rng, len(z))):
                target = [real(x) for x in q]
                value, slope = both(ENTMAX, z, q, alpha=alpha)
                true = true_value(exactly, target, p, a)
                if abs(true) < 1e-30:
                    assert value < 1e-30
                else:
                    reach = 8 if alpha <= 2 else 300
                    assert units(value, true) <= reach or abs(real(value) - true) < 1e-17, (z, q, value, float(true))
                for found, one, other in zip(slope, p, target, strict=True):
                    near = units(found, one - other) <= 1 if exact else abs(real(found) - (one - other)) < 2e-16
                    assert near, (z, q, found, float(one - other))


def test_single_precision_is_rounded_once():
    z = np.array([3 * RNG.normal(size=4) for _ in range(60)]).astype(np.float32)
    for alpha in ALPHAS:
        for one, other in zip(both(ENTMAX, z, np.zeros(60, int), alpha=alpha), both(ENTMAX, z.astype(float), np.zeros(60, int), alpha=alpha), strict=True):  # fmt: skip
            assert one.dtype == np.float32
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(
            lossbook.entmax(z, alpha=alpha), lossbook.entmax(z.astype(float), alpha=alpha), rtol=1e-6, atol=1e-8
        )


def test_an_offset_of_all_scores_changes_nothing():
    # A threshold from the scores as they are would lose the digits of the offset.
    for dtype, offset in ((np.float32, 1024.0), (np.float64, 2.0**30)):
        z = np.array([[0.25, 0.5, -1.0]], dtype)
        assert SPARSE(z + dtype(offset), [0]) == SPARSE(z, [0])


# --- Values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "z", "value", "slope"),
    [
        ({"alpha": 2}, (0.0, 0.0), 0.25, (-0.5, 0.5)),
        ({"alpha": 2}, (1.0, 0.0), 0, (0, 0)),
        ({"alpha": 2}, (-3.0, 0.0), 3, (-1, 1)),
        ({"alpha": 2}, (0.4, 0.0), 0.09, (-0.3, 0.3)),
        ({"alpha": 1.5}, (0.0, 0.0), (1 - 2**-0.5) / 0.75, (-0.5, 0.5)),
        ({"alpha": 1.5}, (2.0, 0.0), 0, (0, 0)),
        ({"alpha": 1.5}, (-4.0, 0.0), 4, (-1, 1)),
        ({"alpha": 3}, (0.0, 0.0), 0.125, (-0.5, 0.5)),
        ({"alpha": 3}, (-0.5, 0.0), 0.5, (-1, 1)),
        ({"alpha": 1}, (0.0, 0.0), math.log(2), (-0.5, 0.5)),
        ({"alpha": 1.25}, (0.0, 0.0), (1 - 2**-0.25) / 0.3125, (-0.5, 0.5)),
    ],
)
def test_hand_values_of_two_classes(options, z, value, slope):
    found, gradient = both(ENTMAX, [z], [0], **options)
    np.testing.assert_allclose(found, value, rtol=4e-16, atol=1e-32)
    np.testing.assert_allclose(gradient, [slope], rtol=4e-16, atol=1e-16)
    if options["alpha"] == 2:
        for one, other in zip(both(SPARSE, [z], [0]), (found, gradient), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("alpha", ALPHAS[1:])
def test_a_label_costs_nothing_as_soon_as_it_is_far_enough_above(alpha):
    gap = 1 / (alpha - 1)
    value, gradient = both(ENTMAX, [[gap * (1 + 1e-12), 0.0, 0.0], [0.9 * gap, 0.0, 0.0]], [0, 0], alpha=alpha)
    assert value[0] == 0
    assert value[1] > 0 or alpha < 1.01  # where it underflows
    np.testing.assert_array_equal(gradient[0], 0)
    assert lossbook.hessian_diag(ENTMAX)([gap * (1 + 1e-12), 0.0, 0.0], 0, alpha=alpha).tolist() == [0, 0, 0]


@pytest.mark.parametrize("alpha", ALPHAS)
def test_it_is_0_where_the_target_is_the_maps_own_and_positive_elsewhere(alpha):
    z = 0.7 * RNG.normal(size=(20, 4))
    p = lossbook.entmax(z, alpha=alpha)
    value, gradient = both(ENTMAX, z, p, alpha=alpha)
    # The gradient is flat there, but a small probability has an infinite slope for α < 2.
    np.testing.assert_allclose(value, 0, atol=1e-16)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    assert (ENTMAX(z, RNG.dirichlet(np.ones(4), 20), alpha=alpha, reduction="none") > 1e-9).all()


@settings(max_examples=30)
@given(arrays(float, 4, elements=st.floats(-20, 20)), st.integers(0, 3))
def test_alpha_1_is_the_cross_entropy_and_near_it_the_loss_is_near(z, k):
    entropy = lossbook.cross_entropy(z, k)
    assert ENTMAX(z, k, alpha=1) == pytest.approx(entropy, rel=1e-13, abs=1e-300)
    assert ENTMAX(z, k, alpha=1 + 2.0**-40) == pytest.approx(entropy, rel=1e-9, abs=1e-12)
    q = np.full(4, 0.125) + np.eye(4)[k] / 2
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    np.testing.assert_allclose(ENTMAX(z, q, alpha=1), np.sum(q * np.log(q / p)), rtol=1e-9, atol=1e-14)


@settings(max_examples=30)
@given(arrays(float, 4, elements=st.floats(-4, 4)), st.integers(0, 3), st.sampled_from([1.0, 1.25, 1.5, 2.0]))
def test_it_is_the_bi_tempered_loss_where_the_label_has_a_probability(z, k, alpha):
    tempered = both(lossbook.bi_tempered_loss, z, k, t1=2 - alpha, t2=2 - alpha)
    value, gradient = both(ENTMAX, z, k, alpha=alpha)
    p = lossbook.entmax(z, alpha=alpha)
    if p[k] > 0:
        assert value == pytest.approx(tempered[0], rel=1e-11, abs=1e-28)
        np.testing.assert_allclose(gradient, tempered[1], atol=1e-13)
    else:
        # There the bi-tempered loss is flat in the label's score, and this one falls with slope 1.
        assert value >= tempered[0] * (1 - 1e-14)
        assert gradient[k] == -1
        assert tempered[1][k] == 0


def test_two_classes_are_a_quarter_of_the_modified_huber_loss():
    z, k = 2 * RNG.normal(size=(60, 2)), RNG.integers(0, 2, 60)
    difference = z[:, 1] - z[:, 0]
    found, gradient = both(SPARSE, z, k)
    expected = lossbook.value_and_grad(lossbook.modified_huber_loss)(difference, k, reduction="none")
    np.testing.assert_allclose(found, expected[0] / 4, rtol=1e-13, atol=1e-30)
    np.testing.assert_allclose(gradient[:, 1], expected[1] / 4, atol=1e-15)
    np.testing.assert_allclose(
        found, lossbook.smoothed_hinge_loss(difference, k, gamma=2.0, reduction="none"), rtol=1e-13, atol=1e-30
    )


def test_a_label_of_probability_0_costs_a_finite_loss_and_pulls_with_1():
    for alpha in (1.2, 1.5, 2.0, 3.0):
        value, gradient = both(ENTMAX, [[-30.0, 0.0, 0.0]], [0], alpha=alpha)
        assert 25 < value[0] < 31
        np.testing.assert_allclose(gradient, [[-1, 0.5, 0.5]], rtol=1e-15)


@pytest.mark.parametrize("alpha", [*ALPHAS, 1e3, 1e300])
def test_nothing_is_nan_or_negative_at_any_scores(alpha):
    z = np.array(list(itertools.product([INF, -INF, 0.0, 1.7e308, -1.7e308, 5e-324, 0.7], repeat=3)))
    for k in range(3):
        labels = np.full(len(z), k)
        for target in (labels, np.full((len(z), 3), 0.25) + np.eye(3)[labels] / 4):
            value, gradient = both(ENTMAX, z, target, alpha=alpha)
            assert (value >= 0).all()
            assert (abs(gradient) <= 1).all()
            second = lossbook.hessian_diag(ENTMAX)(z, target, alpha=alpha, reduction="sum")
            assert (second >= 0).all()


def test_infinite_scores_give_the_limits():
    z = [[INF, 0.0, 0.0], [-INF, 0.0, 0.0], [INF, INF, 0.0], [0.0, 0.0, -INF]]
    for alpha in (1.0, 1.2, 1.5, 2.0, 4.0):
        tie = ENTMAX([0.0, 0.0], 0, alpha=alpha)
        np.testing.assert_allclose(both(ENTMAX, z, [0] * 4, alpha=alpha)[0], [0, INF, tie, tie], rtol=1e-15)


def slopes(run, z, step=1e-6):
    """Central differences of each row's value, or of each slope by its own score."""
    columns = []
    for j in range(z.shape[1]):
        ahead, behind = (run(z + side * step * np.eye(z.shape[1])[j]) for side in (1, -1))
        columns.append(((ahead - behind) / (2 * step)) if ahead.ndim == 1 else ((ahead - behind) / (2 * step))[:, j])
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(("loss", "options"), [(CS, {}), (WW, {"margin": 0.5}), (SPARSE, {}), *((ENTMAX, {"alpha": a}) for a in (1, 1.3, 1.5, 2.5))], ids=str)  # fmt: skip
def test_the_derivatives_are_the_slopes_of_those_before(loss, options):
    rng = np.random.default_rng(12)
    z, w = rng.normal(size=(20, 4)), rng.random(20)
    targets = [rng.integers(0, 4, 20)] + ([rng.dirichlet(np.ones(4), 20)] if "target" in loss.arguments else [])
    for target in targets:
        given = options | {"sample_weight": w, "reduction": "sum"}
        numeric = slopes(lambda x: w * loss(x, target, **options, reduction="none"), z)  # noqa: B023
        np.testing.assert_allclose(lossbook.grad(loss)(z, target, **given), numeric, atol=1e-8)
        if loss not in (CS, WW):
            numeric = slopes(lambda x: lossbook.grad(loss)(x, target, **given), z)  # noqa: B023
            np.testing.assert_allclose(lossbook.hessian_diag(loss)(z, target, **given), numeric, atol=1e-7)


def test_the_margins_have_no_diagonal():
    for loss in (CS, WW):
        with pytest.raises(TypeError, match=f"{loss.__name__} has no diagonal second derivative"):
            lossbook.hessian_diag(loss)([[1.0, 0.0]], [0])


def test_the_support_of_sparsemax_has_one_second_derivative():
    second = lossbook.hessian_diag(SPARSE)([[0.0, 0.1, 0.2, -5.0]], [0])
    np.testing.assert_allclose(second, [[2 / 3, 2 / 3, 2 / 3, 0]], rtol=1e-15)


def test_a_second_derivative_that_is_nearly_0_keeps_its_digits():
    second = lossbook.hessian_diag(ENTMAX)([[40.0, 0.0]], [0], alpha=1)
    np.testing.assert_allclose(second, [[math.exp(-40)] * 2], rtol=1e-15)


def test_everything_ignored_costs_nothing_and_a_soft_target_has_no_label_to_ignore():
    for loss in (CS, WW, SPARSE, ENTMAX):
        value, gradient = lossbook.value_and_grad(loss)([[1.0, 2.0]], [-1], ignore_index=-1)
        assert value == 0
        np.testing.assert_array_equal(gradient, 0)
    with pytest.raises(ValueError, match="ignore_index = 1 names a label, but target holds distributions"):
        SPARSE([[1.0, 2.0]], [[0.5, 0.5]], ignore_index=1)


@pytest.mark.parametrize("name", ["sparsemax_loss", "entmax_loss"])
@pytest.mark.parametrize("alpha", [1.5, 2.0, 3.0])
def test_the_cards_say_the_same_of_the_scores_that_have_these_probabilities(name, alpha):
    if name == "sparsemax_loss" and alpha != 2:
        pytest.skip("its α is 2")
    a = sp.Rational(alpha)
    for p, below in (
        ((sp.Rational(1, 4), sp.Rational(3, 4), 0), (0, 0, sp.Rational(1, 3))),
        ((1, 0, 0), (0, 2, sp.Rational(1, 8))),
    ):
        z = [float(x ** (a - 1) / (a - 1) - b) + 7 for x, b in zip(map(sp.sympify, p), below, strict=True)]
        for q in ((1, 0, 0), (0, 0, 1), (sp.Rational(1, 2), sp.Rational(1, 4), sp.Rational(1, 4))):
            options = (a,) if name == "entmax_loss" else ()
            expected = card(name).evaluate(p, q, below, *options)
            found = both(getattr(lossbook, name), z, np.array(q, float), **({"alpha": alpha} if options else {}))
            np.testing.assert_allclose(found[0], float(expected), rtol=1e-13, atol=1e-28)
            np.testing.assert_allclose(found[1], np.subtract(np.array(p, float), np.array(q, float)), atol=2e-15)


# --- A regulariser of one's own ----------------------------------------------------------------------------------------


def shannon(z):
    largest = z.max(axis=1, keepdims=True)
    e = np.exp(z - largest)
    total = e.sum(axis=1, keepdims=True)
    return (np.log(total) + largest)[:, 0], e / total


def negative_entropy(q):
    return np.sum(np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0), axis=1)


def squares(z):
    p = lossbook.sparsemax(z)
    return np.sum(p * z, axis=1) - (np.sum(p**2, axis=1) - 1) / 2, p


def test_shannons_entropy_gives_the_cross_entropy_and_half_the_square_sparsemax():
    z, k = 2 * RNG.normal(size=(30, 4)), RNG.integers(0, 4, 30)
    q = RNG.dirichlet(np.ones(4), 30)
    for conjugate, regularizer, loss in (
        (shannon, negative_entropy, lambda *given, **more: both(ENTMAX, *given, alpha=1, **more)),
        (squares, lambda q: (np.sum(q**2, axis=1) - 1) / 2, lambda *given, **more: both(SPARSE, *given, **more)),
    ):
        for target, options in ((k, {}), (k, {"regularizer": regularizer}), (q, {"regularizer": regularizer})):
            for one, other in zip(both(YOUNG, z, target, conjugate=conjugate, **options), loss(z, target), strict=True):
                np.testing.assert_allclose(one, other, atol=1e-13)
    mean = YOUNG(z.T, k, conjugate=shannon, axis=0, ignore_index=2, sample_weight=np.arange(30.0))
    assert mean == pytest.approx(lossbook.cross_entropy(z, k, ignore_index=2, sample_weight=np.arange(30.0)), rel=1e-13)


def test_without_the_targets_own_term_the_smallest_value_is_its_entropy():
    # What optax.losses.make_fenchel_young_loss computes.
    z = np.array([[1.0, 0.0, -1.0, 0.5]])
    p = shannon(z)[1]
    assert YOUNG(z, p, conjugate=shannon, regularizer=negative_entropy) == pytest.approx(0, abs=1e-15)
    assert YOUNG(z, p, conjugate=shannon, regularizer=lambda q: np.zeros(len(q))) == pytest.approx(
        -negative_entropy(p)[0], rel=1e-14
    )


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"conjugate": "softmax"}, TypeError, "conjugate must be callable, but it is str 'softmax'"),
        ({"conjugate": shannon, "regularizer": 0}, TypeError, "regularizer must be callable, but it is int 0"),
        (
            {"conjugate": lambda z: z.sum(axis=1)},
            TypeError,
            "conjugate must return a pair, the values and the gradients, but it returned ndarray",
        ),
        (
            {"conjugate": lambda z: (z.sum(axis=0), z)},
            ValueError,
            r"conjugate must return an array of shape \(1,\) here, but it has shape \(2,\)",
        ),
        (
            {"conjugate": lambda z: (z.sum(axis=1), z.T)},
            ValueError,
            r"conjugate must return an array of shape \(1, 2\) here",
        ),
        (
            {"conjugate": shannon, "regularizer": lambda q: 0.0},
            ValueError,
            r"regularizer must return an array of shape \(1,\) here",
        ),
        ({"conjugate": lambda z: (None, z)}, TypeError, "what conjugate returns must be an array"),
    ],
)
def test_bad_functions_are_named(options, error, says):
    with pytest.raises(error, match=says):
        YOUNG([[1.0, 0.0]], [0], **options)


def test_distributions_need_their_own_term_and_scores_have_to_be_finite():
    with pytest.raises(ValueError, match="regularizer is missing: for a target of distributions"):
        YOUNG([[1.0, 0.0]], [[0.5, 0.5]], conjugate=shannon)
    with pytest.raises(ValueError, match=r"logits must hold finite real numbers, but logits\[0, 0\] = inf"):
        YOUNG([[INF, 0.0]], [0], conjugate=shannon)
    with pytest.raises(TypeError, match="conjugate"):
        YOUNG([[1.0, 0.0]], [0])


def test_it_is_a_loss_like_the_listed_ones_but_is_not_listed():
    assert pickle.loads(pickle.dumps(YOUNG)) is YOUNG
    assert "fenchel_young_loss" not in [record.name for record in lossbook.catalogue()]
    for part in ("Parameters\n", "Returns\n", "Raises\n", "References\n", "conjugate : callable"):
        assert part in YOUNG.__doc__
