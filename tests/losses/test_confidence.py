"""Confidence penalty and distillation: hand values, digits against mpmath, limits of infinite scores and of the temperature, the cards."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import lossbook
from lossbook.cards import card

PENALTY, DISTILLATION, CE = (
    lossbook.confidence_penalty_cross_entropy,
    lossbook.distillation_loss,
    lossbook.cross_entropy,
)
INF = math.inf
STUDENT, TEACHER = [[1.0, 2.0, -1.0]], [[0.5, 1.0, 3.0]]


def both(loss, *arguments, **options):
    """The value of each row, and the gradient of their sum."""
    return lossbook.value_and_grad(loss)(*arguments, reduction="none", **options)


def real(x):
    return mpmath.mpf(float(x))


def units(found, true):
    """Units in the last place; a number below the smallest normal one does not count."""
    if abs(true) < np.finfo(found.dtype).tiny:
        return 0.0
    return float(abs(real(found) - true) / real(np.spacing(abs(found.dtype.type(float(true))))))


def softmax(z, temperature=1):
    """Probabilities, their logarithms, and what is missing of each to 1, in the precision that is set."""
    largest = max(z)
    e = [mpmath.exp((x - largest) / temperature) for x in z]
    total = mpmath.fsum(e)
    rest = [mpmath.fsum(e[:j] + e[j + 1 :]) / total for j in range(len(z))]
    return [x / total for x in e], [(x - largest) / temperature - mpmath.log(total) for x in z], rest


# --- Confidence penalty ------------------------------------------------------------------------------------------------


def test_hand_values_of_the_penalty():
    value, gradient = both(PENALTY, [[0.0, 0.0]], [0], beta=0.5)
    np.testing.assert_allclose(value, 0.5 * math.log(2), rtol=1e-15)
    np.testing.assert_allclose(gradient, [[-0.5, 0.5]], rtol=1e-15)
    # p = (2/3, 1/3): −log(2/3) − H, H = log 3 − (2/3) log 2.
    value, gradient = both(PENALTY, [[math.log(2), 0.0]], [0], beta=1)
    np.testing.assert_allclose(value, math.log(1.5) - math.log(3) + 2 / 3 * math.log(2), rtol=1e-14)
    np.testing.assert_allclose(gradient, [[-1 / 3 + 2 / 9 * math.log(2), 1 / 3 - 2 / 9 * math.log(2)]], rtol=1e-14)


def test_without_a_penalty_it_is_the_cross_entropy():
    rng = np.random.default_rng(3)
    z, k, q = 5 * rng.normal(size=(40, 4)), rng.integers(0, 4, 40), rng.dirichlet(np.ones(4), 40)
    for target in (k, q):
        for one, other in zip(both(PENALTY, z, target, beta=0), both(CE, z, target), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)


def test_the_entropy_is_that_of_the_package():
    rng = np.random.default_rng(4)
    z, k = 2 * rng.normal(size=(40, 4)), rng.integers(0, 4, 40)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        PENALTY(z, k, beta=0.7, reduction="none"), CE(z, k, reduction="none") - 0.7 * lossbook.entropy(p), rtol=1e-12
    )


@pytest.mark.parametrize(("beta", "gap", "least"), [(0.1, 10.000454, -4.54e-6), (1.0, 1.278465, -0.278465)])
def test_the_loss_of_two_classes_is_least_at_a_finite_gap_and_negative_there(beta, gap, least):
    value, gradient = both(PENALTY, [[gap, 0.0]], [0], beta=beta)
    np.testing.assert_allclose(value, least, rtol=1e-3)
    assert abs(gradient).max() < 1e-6 * math.exp(-gap / 2)
    around = PENALTY([[gap - 0.1, 0.0], [gap + 0.1, 0.0]], [0, 0], beta=beta, reduction="none")
    assert (around > value).all()


def test_the_second_derivative_is_negative_beyond_the_bend():
    # z (2p − 1) > 1 + 1/β.
    bend = lossbook.hessian_diag(PENALTY)([[10.5, 0.0], [11.5, 0.0]], [0, 0], beta=0.1, reduction="sum")[:, 0]
    assert bend[0] > 0 > bend[1]


@pytest.mark.parametrize("beta", [0.0, 1e-3, 0.1, 1.0, 30.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_the_penalty_is_within_eight_roundings_of_its_terms(beta, dtype):
    """The entropy is taken off a cross entropy: where they are alike, what is left has the rounding of both."""
    rng = np.random.default_rng(5)
    z = np.vstack([s * rng.normal(size=(6, 3)) for s in (1e-8, 0.3, 3, 30, 300, 700)]).astype(dtype)
    k = rng.integers(0, 3, len(z))
    values, slopes = both(PENALTY, z, k, beta=beta)
    second = lossbook.hessian_diag(PENALTY)(z, k, beta=beta, reduction="sum")
    epsilon = np.finfo(dtype).eps
    for row, label, value, slope, bends in zip(z, k, values, slopes, second, strict=True):
        with mpmath.workprec(3000):
            p, log, rest = softmax([real(x) for x in row])
            H, b = -mpmath.fsum(x * y for x, y in zip(p, log, strict=True)), real(beta)
            assert (
                abs(real(value) - (-log[label] - b * H)) <= 8 * epsilon * (-log[label] + b * H) + np.finfo(dtype).tiny
            )
            for j in range(3):
                parts = [-rest[j] if j == label else p[j], b * p[j] * log[j], b * p[j] * H]
                assert (
                    abs(real(slope[j]) - mpmath.fsum(parts))
                    <= 8 * epsilon * mpmath.fsum(map(abs, parts)) + np.finfo(dtype).tiny
                )
                above = log[j] + H
                parts = [(1 + b) * p[j] * rest[j], b * p[j] * above * (rest[j] - p[j])]
                size = abs(parts[0]) + b * p[j] * (abs(log[j]) + H)
                assert abs(real(bends[j]) - mpmath.fsum(parts)) <= 8 * epsilon * size + np.finfo(dtype).tiny


def test_infinite_scores_give_the_limit():
    z = [[INF, 0.0], [-INF, 0.0], [INF, INF], [-INF, -INF], [0.0, -INF]]
    value, gradient = both(PENALTY, z, [0, 0, 0, 0, 0], beta=0.5)
    np.testing.assert_allclose(value, [0, INF, 0.5 * math.log(2), 0.5 * math.log(2), 0], rtol=1e-15)
    np.testing.assert_allclose(gradient, [[0, 0], [-1, 1], [-0.5, 0.5], [-0.5, 0.5], [0, 0]])


def test_a_label_that_is_given_up_costs_more_than_any_entropy_earns():
    value = PENALTY([[-INF, 0.0, 0.0, 0.0]], [0], beta=1.7e308)
    assert value == INF


def test_a_class_that_is_masked_changes_nothing():
    z = np.array([[2.0, 1.0, 0.0]])
    masked = np.insert(z, 1, -INF, axis=1)
    one, other = both(PENALTY, z, [0], beta=0.4), both(PENALTY, masked, [0], beta=0.4)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], np.delete(other[1], 1, axis=1))
    assert other[1][0, 1] == 0


# --- Distillation ------------------------------------------------------------------------------------------------------


def test_hand_values_of_distillation():
    # Teacher (3/4, 1/4), student (1/2, 1/2).
    value, gradient = both(DISTILLATION, [[0.0, 0.0]], [[math.log(3), 0.0]], temperature=1)
    np.testing.assert_allclose(value, 0.75 * math.log(1.5) + 0.25 * math.log(0.5), rtol=1e-14)
    np.testing.assert_allclose(gradient, [[-0.25, 0.25]], rtol=1e-14)
    value, gradient = both(DISTILLATION, [[0.0, 0.0]], [[3 * math.log(3), 0.0]], temperature=3)
    np.testing.assert_allclose(value, 9 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5)), rtol=1e-14)
    np.testing.assert_allclose(gradient, [[-0.75, 0.75]], rtol=1e-14)


def test_it_is_the_divergence_of_the_package():
    rng = np.random.default_rng(6)
    z, t = 2 * rng.normal(size=(2, 50, 4))
    for T in (0.5, 1.0, 4.0):
        p, q = (np.exp(x / T) / np.exp(x / T).sum(axis=1, keepdims=True) for x in (z, t))
        expected = T * T * lossbook.kl_divergence(q, p, reduction="none")
        np.testing.assert_allclose(DISTILLATION(z, t, temperature=T, reduction="none"), expected, rtol=1e-11)


@pytest.mark.parametrize("temperature", [1e6, 1e8, 1e100, 1e300])
def test_a_hot_loss_is_the_mean_square_of_the_centred_difference(temperature):
    difference = [Fraction(1, 2), Fraction(1), Fraction(-4)]
    mean = sum(difference) / 3
    limit = sum((d - mean) ** 2 for d in difference) / 6
    value, gradient = both(DISTILLATION, STUDENT, TEACHER, temperature=temperature)
    # 91/36, and the next term is of the order of 1/T.
    np.testing.assert_allclose(value, float(limit), rtol=max(1 / temperature, 4e-16))
    np.testing.assert_allclose(
        gradient, [[float((d - mean) / 3) for d in difference]], rtol=max(4 / temperature, 1e-15)
    )


def test_it_is_zero_where_the_scores_differ_by_a_constant():
    for scale in (2.0**-10, 1, 600):
        t = scale * np.array([[1.0, 2.0, -1.0, 0.25]])
        value, gradient = both(DISTILLATION, t + 8, t, temperature=3)
        assert value == 0
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("temperature", [1e-300, 1e-3, 0.3, 1.0, 2.0, 7.3, 1e8, 1e100])
@pytest.mark.parametrize("size", [1e-8, 0.3, 3.0, 60.0, 700.0])
def test_distillation_is_within_eight_units(temperature, size):
    """The value; the slopes, where they do not cancel, and else of the larger of T p and T q."""
    rng = np.random.default_rng(7)
    for classes, apart in itertools.product((2, 5), (1e-10, 0.1, 1.0)):
        t = size * rng.normal(size=(1, classes))
        z = t + apart * size * rng.normal(size=(1, classes)) + 3
        spread = max(np.ptp(z), np.ptp(t)) / temperature
        if spread > 1500:
            # All of the mass is on one class each.
            with mpmath.workprec(2500):
                expected = real(temperature) * (real(z.max()) - real(z[0, t.argmax()]))
            assert abs(DISTILLATION(z, t, temperature=temperature) - expected) <= 1e-15 * expected + 1e-25
            continue
        value, slopes = both(DISTILLATION, z, t, temperature=temperature)
        second = lossbook.hessian_diag(DISTILLATION)(z, t, temperature=temperature, reduction="sum")
        with mpmath.workprec(400 + int(4 * spread) + 8 * abs(math.frexp(temperature)[1])):
            T = real(temperature)
            p, log_p, rest = softmax([real(x) for x in z[0]], T)
            q, log_q, _ = softmax([real(x) for x in t[0]], T)
            true = T * T * mpmath.fsum(a * (b - c) for a, b, c in zip(q, log_q, log_p, strict=True))
            assert units(value[0], true) <= 8
            # Differences of scores cancel to their mean.
            common = T * mpmath.fsum(a * abs(b - c) for a, b, c in zip(q, log_q, log_p, strict=True))
            for j in range(classes):
                slope = T * (p[j] - q[j])
                bound = 8 * abs(slope) + min(T * max(p[j], q[j]), q[j] * common)
                assert abs(real(slopes[0, j]) - slope) <= 8 * 2.0**-52 * bound + np.finfo(float).tiny
                assert units(second[0, j], p[j] * rest[j]) <= 8


def exactly(z, t, temperature=1):
    """Value and slopes in the precision that is set."""
    T = real(temperature)
    (p, log_p, _), (q, log_q, _) = (softmax([real(x) for x in row], T) for row in (z, t))
    value = T * T * mpmath.fsum(a * (b - c) for a, b, c in zip(q, log_q, log_p, strict=True))
    return value, [T * (a - b) for a, b in zip(p, q, strict=True)]


@pytest.mark.parametrize(
    ("z", "t"),
    [
        # All of the divergence is in a class of probability 1e-30.
        ((0.0, 0.0, -69.0), (0.0, 0.0, -66.0)),
        # The logarithms of the totals are off by a rounding, which is more than the third class counts.
        ((0.3 + 1e-13, 0.0, -66.0), (0.3, 0.0, -63.0)),
    ],
)
def test_a_gap_between_two_unlikely_classes_is_not_lost(z, t):
    value, slopes = both(DISTILLATION, [z], [t], temperature=1)
    assert value < 1e-25
    with mpmath.workprec(400):
        expected, slope = exactly(z, t)
        assert units(value[0], expected) <= 8
        assert max(map(units, slopes[0], slope)) <= 8


def test_differences_of_large_gaps_keep_their_digits():
    rng = np.random.default_rng(1)
    t = 55 * rng.normal(size=(200, 5))
    z = t + 5.5 * rng.normal(size=(200, 5))
    values = DISTILLATION(z, t, temperature=7.3, reduction="none")
    with mpmath.workprec(400):
        assert max(units(value, exactly(*rows, 7.3)[0]) for value, *rows in zip(values, z, t, strict=True)) <= 8


def test_single_precision_is_rounded_once():
    rng = np.random.default_rng(8)
    z, t = rng.normal(size=(2, 30, 5)).astype(np.float32)
    one, other = both(DISTILLATION, z, t), both(DISTILLATION, z.astype(float), t.astype(float))
    for single, double in zip(one, other, strict=True):
        assert single.dtype == np.float32
        np.testing.assert_array_equal(single, double.astype(np.float32))


def test_infinite_scores_of_student_and_teacher_give_the_limit():
    cases = [
        ((0.0, -INF), (0.0, -INF), 0, (0, 0)),
        ((0.0, 0.0), (0.0, -INF), 4 * math.log(2), (-1, 1)),
        ((0.0, -INF), (0.0, 0.0), INF, (1, -1)),
        ((INF, 0.0), (INF, 5.0), 0, (0, 0)),
        ((INF, INF), (INF, INF), 0, (0, 0)),
        ((-INF, -INF), (3.0, 3.0), 0, (0, 0)),
        ((INF, 0.0), (0.0, INF), INF, (2, -2)),
        ((1e308, -1e308), (1e308, -1e308), 0, (0, 0)),
    ]
    z, t, values, slopes = zip(*cases, strict=True)
    value, gradient = both(DISTILLATION, z, t)
    np.testing.assert_allclose(value, values, rtol=1e-15)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-15)


def test_a_class_that_neither_has_changes_nothing():
    masked = [np.insert(np.array(x), 1, -INF, axis=1) for x in (STUDENT, TEACHER)]
    for T in (0.5, 2.0, 100.0):
        one, other = both(DISTILLATION, STUDENT, TEACHER, temperature=T), both(DISTILLATION, *masked, temperature=T)
        np.testing.assert_allclose(one[0], other[0], rtol=1e-15)
        np.testing.assert_allclose(one[1], np.delete(other[1], 1, axis=1), rtol=1e-14)
        assert other[1][0, 1] == 0


def test_nothing_is_nan_however_large_scores_and_options_are():
    scores = list(itertools.product((-INF, -1e308, -1.0, 0.0, 800.0, 1e308, INF), repeat=2))
    z, t = (np.array(side) for side in zip(*itertools.product(scores, repeat=2), strict=True))
    for T in (5e-324, 1e-300, 1e-3, 1.5, 1e3, 1e300, 1.7e308):
        value, gradient = both(DISTILLATION, z, t, temperature=T)
        assert (value >= 0).all()
        assert not np.isnan(gradient).any()
        assert not np.isnan(lossbook.hessian_diag(DISTILLATION)(z, t, temperature=T, reduction="sum")).any()
    for beta, label in itertools.product((0, 0.1, 1, 1e300, 1.7e308), range(2)):
        found = (
            *both(PENALTY, scores, [label] * 49, beta=beta),
            lossbook.hessian_diag(PENALTY)(scores, [label] * 49, beta=beta, reduction="sum"),
        )
        assert not any(np.isnan(each).any() for each in found)


def test_the_gradient_is_the_students_alone():
    assert DISTILLATION.prediction == "logits"
    step = 1e-6 * np.eye(3)[:, None]
    slopes = [(DISTILLATION(STUDENT + h, TEACHER) - DISTILLATION(STUDENT - h, TEACHER)) / 2e-6 for h in step]
    np.testing.assert_allclose(lossbook.grad(DISTILLATION)(STUDENT, TEACHER)[0], slopes, rtol=1e-8)


def test_scores_of_another_shape_and_a_temperature_of_zero_are_refused():
    with pytest.raises(ValueError, match=r"teacher_logits has shape \(3,\), but logits has shape \(1, 3\)"):
        DISTILLATION(STUDENT, TEACHER[0])
    with pytest.raises(ValueError, match=r"temperature must be a finite number > 0, but temperature = 0"):
        DISTILLATION(STUDENT, TEACHER, temperature=0)


# --- The cards ---------------------------------------------------------------------------------------------------------


def test_the_cards_give_the_same_numbers():
    rng = np.random.default_rng(9)
    for _ in range(5):
        z, t = rng.integers(-8, 9, (2, 1, 3)) / 4
        q = rng.multinomial(8, np.ones(3) / 3) / 8
        exact = card("distillation_loss").evaluate([*map(Fraction, z[0])], [*map(Fraction, t[0])], Fraction(3, 2))
        np.testing.assert_allclose(DISTILLATION(z, t, temperature=1.5), float(exact), rtol=1e-12, atol=1e-16)
        exact = card("confidence_penalty_cross_entropy").evaluate(
            [*map(Fraction, z[0])], [*map(Fraction, q)], Fraction(1, 4)
        )
        np.testing.assert_allclose(PENALTY(z, [q], beta=0.25), float(exact), rtol=1e-12)
