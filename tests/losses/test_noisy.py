"""Losses for wrong labels: hand values, eight units against mpmath, the cards, limits of their parameters, identities between them."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lossbook
from lossbook.cards import card

MAE, GCE, SCE = lossbook.mae_classification_loss, lossbook.generalized_cross_entropy, lossbook.symmetric_cross_entropy
TAYLOR, NORMALISED, POLY = lossbook.taylor_cross_entropy, lossbook.normalized_cross_entropy, lossbook.poly1_cross_entropy
BT, CE = lossbook.bi_tempered_loss, lossbook.cross_entropy
INF = math.inf
LOGITS = [[2.0, 1.0, 0.0]]
RNG = np.random.default_rng(31)


def both(loss, logits, target, **options):
    """The value of each row, and the gradient of their sum."""
    return lossbook.value_and_grad(loss)(logits, target, reduction="none", **options)


# --- Values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "options", "value", "slope"),
    [
        (MAE, {}, 1, 0.5),
        (GCE, {"q": 0.5}, 2 - math.sqrt(2), 0.5 * math.sqrt(0.5)),
        (GCE, {"q": 1}, 0.5, 0.25),
        (SCE, {}, 0.1 * math.log(2) + 2, 1.05),
        (SCE, {"alpha": 2, "beta": 3, "log_zero": -1}, 2 * math.log(2) + 1.5, 1.75),
        (TAYLOR, {"order": 1}, 0.5, 0.25),
        (TAYLOR, {}, 0.625, 0.375),
        (TAYLOR, {"order": 3}, 2 / 3, 0.4375),
        (NORMALISED, {}, 0.5, 0.5 / (2 * math.log(2))),
        (POLY, {}, math.log(2) + 0.5, 0.75),
        (POLY, {"epsilon": -1}, math.log(2) - 0.5, 0.25),
        (BT, {"t1": 1, "t2": 1}, math.log(2), 0.5),
        (BT, {"t1": 0, "t2": 1}, 0.25, 0.25),
        (BT, {"t1": 0, "t2": 0}, 0.25, 0.5),
        (BT, {"t1": 0.5, "t2": 0.5}, 2 - 4 / 3 * math.sqrt(0.5) - 2 / 3 + 2 / 3 * (math.sqrt(0.5) - math.sqrt(0.5)), 0.5),
    ],
)  # fmt: skip
def test_hand_values_of_two_equal_scores(loss, options, value, slope):
    found, gradient = both(loss, [[0.0, 0.0]], [0], **options)
    if (loss, options) == (BT, {"t1": 0.5, "t2": 0.5}):
        # −log_t(½) less (1 − 2 · ½^1.5)/1.5.
        value = 2 * (1 - math.sqrt(0.5)) - (1 - math.sqrt(0.5)) / 1.5
    np.testing.assert_allclose(found, value, rtol=1e-15)
    np.testing.assert_allclose(gradient, [[-slope, slope]], rtol=1e-15)


def test_the_normalised_losses_of_all_labels_sum_to_one_and_the_absolute_errors_to_a_constant():
    z = 3 * RNG.normal(size=(50, 4))
    total = {loss: sum(loss(z, np.full(50, k), reduction="none") for k in range(4)) for loss in (MAE, NORMALISED, GCE)}
    np.testing.assert_allclose(total[NORMALISED], 1, rtol=1e-14)
    np.testing.assert_allclose(total[MAE], 6, rtol=1e-14)
    assert np.ptp(total[GCE]) > 0.5
    np.testing.assert_allclose(sum(SCE(z, np.full(50, k), alpha=0, reduction="none") for k in range(4)), 12, rtol=1e-14)


def test_one_class_has_no_normalised_loss():
    with pytest.raises(ValueError, match=r"logits has one class along axis -1 \(shape \(2, 1\)\), for which the loss is 0/0"):
        NORMALISED([[1.0], [2.0]], [0, 0])


def test_factors_whose_product_overflows_are_refused():
    with pytest.raises(ValueError, match=r"beta = 1e\+200 times log_zero = -1e\+200 is beyond the largest number"):
        SCE(LOGITS, [0], beta=1e200, log_zero=-1e200)


# --- Digits ------------------------------------------------------------------------------------------------------------

SIZES = [0.0, 1e-8, 1e-3, 0.3, 2.5, 17, 37, 88, 299, 301, 700, 2000, 1e4]
ROWS = [row for s in SIZES for x in (s, -s) for row in ((x, -x, 0.3), (x, x + 0.7, x * 1.1 - 1.3), (0.0, x, x))]
ROWS += [tuple(row) for size in (3, 60) for row in size * np.random.default_rng(5).normal(size=(12, 3))]


def softmax(z):
    """Probabilities and what is missing of each, the label's logarithm left to the caller, in the precision that is set."""
    largest = max(z)
    e = [mpmath.exp(x - largest) for x in z]
    total = mpmath.fsum(e)
    return [x / total for x in e], [mpmath.fsum(e[:j] + e[j + 1 :]) / total for j in range(len(z))]


def real(x):
    return mpmath.mpf(float(x))


def taylor(m, order):
    return mpmath.fsum(m**j / j for j in range(1, int(order) + 1))


def of_probability(loss, value, rate, **options):
    """A loss of the label's probability: its value of L, p, m = 1 − p and the options, and the factor of p − e in its gradient."""
    given = [real(o) for o in options.values()]
    return loss, options, lambda *at: value(*at, *given), lambda *at: rate(*at, *given)


OF_PROBABILITY = [
    of_probability(MAE, lambda L, p, m: 2 * m, lambda p, m: 2 * p),
    *(
        of_probability(GCE, lambda L, p, m, q: -mpmath.expm1(-q * L) / q, lambda p, m, q: p**q, q=q)
        for q in (1e-17, 0.01, 0.1, 0.7, 1.0)
    ),
    *(
        of_probability(SCE, lambda L, p, m, a, b, A: a * L - b * A * m, lambda p, m, a, b, A: a - b * A * p, **options)
        for options in (
            {"alpha": 0.1, "beta": 1.0, "log_zero": -4.0},
            {"alpha": 0.0, "beta": 0.3, "log_zero": -9.2},
            {"alpha": 3.0, "beta": 0.0, "log_zero": -4.0},
        )
    ),
    *(
        of_probability(TAYLOR, lambda L, p, m, t: taylor(m, t), lambda p, m, t: p * mpmath.fsum(m**j for j in range(int(t))), order=t)
        for t in (1, 2, 4, 5, 40)
    ),
    *(
        of_probability(POLY, lambda L, p, m, e: L + e * m, lambda p, m, e: 1 + e * p, epsilon=e)
        for e in (-1.0, -0.999, -0.3, 1.0, 50.0)
    ),
]
CASES = [pytest.param(*case, id=f"{case[0].__name__}-{case[1]}") for case in OF_PROBABILITY]


def units(found, true):
    """Units in the last place; a number below the smallest normal one does not count."""
    if abs(true) < np.finfo(found.dtype).tiny:
        return 0.0
    return float(abs(real(found) - true) / real(np.spacing(abs(found.dtype.type(float(true))))))


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "options", "value", "rate"), CASES)
def test_losses_of_the_labels_probability_are_within_eight_units(loss, options, value, rate, dtype):
    z = np.array(ROWS).astype(dtype)[:: 1 if dtype == np.float64 else 5]
    z = np.vstack([z, z[:, [1, 0, 2]]])
    found = both(loss, z, np.zeros(len(z), int), **options)
    second = lossbook.hessian_diag(loss)(z, np.zeros(len(z), int), **options, reduction="sum")
    for n, row in enumerate(z):
        with mpmath.workprec(min(6000, 300 + int(4 * np.ptp(row.astype(float))))):
            p, m = softmax([real(x) for x in row])
            factor = rate(p[0], m[0])
            true = [value(-mpmath.log(p[0]) if p[0] < 0.5 else -mpmath.log1p(-m[0]), p[0], m[0])]
            true += [-factor * m[0], factor * p[1], factor * p[2]]
            h = mpmath.mpf(2) ** -100
            bend = (rate(p[0] + h * m[0] * p[0], m[0] - h * m[0] * p[0]) - factor) / (h * m[0]) if m[0] > 1e-30 else 0
        computed = [found[0][n], *found[1][n]]
        assert max(map(units, computed, true)) <= 8, (row, computed, list(map(float, true)))
        if dtype == np.float64 and bend:
            sizes = factor * p[1] * m[1] + abs(bend) * p[1] ** 2, factor * p[0] * m[0] + abs(bend) * m[0] ** 2
            expected = factor * p[1] * m[1] - bend * p[1] ** 2, factor * p[0] * m[0] - bend * m[0] ** 2
            for one, other, size in zip(second[n, [1, 0]], expected, sizes, strict=True):
                assert abs(real(one) - other) <= 8 * 2.0**-52 * size + np.finfo(float).tiny


def normalised(z, k):
    """Value, gradient, and the sizes of the terms of which each slope is the difference."""
    p, m = softmax(z)
    L = [-mpmath.log(one) if one < 0.5 else -mpmath.log1p(-rest) for one, rest in zip(p, m, strict=True)]
    total, K = mpmath.fsum(L), len(z)
    terms = [(p[j] - (j == k)) * total for j in range(K)], [L[k] * (K * p[j] - 1) for j in range(K)]
    return (
        L[k] / total,
        [(a - b) / total**2 for a, b in zip(*terms, strict=True)],
        [(abs(a) + abs(b)) / total**2 for a, b in zip(*terms, strict=True)],
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_the_normalised_cross_entropy_is_within_eight_units(classes):
    z = np.array(ROWS)[:, :classes]
    for k in range(2):
        values, slopes = both(NORMALISED, z, np.full(len(z), k))
        for row, value, slope in zip(z, values, slopes, strict=True):
            with mpmath.workprec(min(6000, 300 + int(3 * np.ptp(row)))):
                true, gradient, sizes = normalised([real(x) for x in row], k)
            assert units(value, true) <= 8
            for one, other, size in zip(slope, gradient, sizes, strict=True):
                # For two classes nothing cancels; for three a slope may change its sign.
                assert units(one, other) <= 8 or (classes > 2 and abs(real(one) - other) <= 2.0**-50 * size)


def tempered(z, q, t1, t2):
    """Value and gradient of the bi-tempered loss, and the sizes of what adds up to them."""
    s, largest = t2 - 1, max(z)
    gaps = [largest - x for x in z]
    if s == 0:
        p, _ = softmax(z)
    else:
        u = mpmath.mpf(1)
        for _ in range(60):
            p = [u * max(mpmath.mpf(0), 1 + s * g * u**s) ** (-1 / s) if 1 + s * g * u**s > 0 else mpmath.mpf(0) for g in gaps]
            step = (mpmath.fsum(p) - 1) / mpmath.fsum((x / u) ** t2 for x in p if x)
            u, last = min(max(u - step, mpmath.mpf(1) / len(z)), mpmath.mpf(1)), u
            if abs(u - last) < mpmath.mpf(10) ** (8 - mpmath.mp.dps):
                break
    a = 1 - t1

    def divergence(y, x):
        own = x ** (1 + a) / (1 + a) if x else 0
        if y == 0:
            return own
        if a == 0:
            return y * mpmath.log(y / x) - (y - x)
        return y * (y**a - (x**a if x else 0)) / a - y ** (1 + a) / (1 + a) + own

    pull = [x ** (t2 - t1) * (x - y) if x else mpmath.mpf(0) for x, y in zip(p, q, strict=True)]
    escort = [x**t2 if x else mpmath.mpf(0) for x in p]
    escort = [x / mpmath.fsum(escort) for x in escort]
    value = mpmath.fsum(map(divergence, q, p))
    near = mpmath.fsum(x**a * abs(x - y) for x, y in zip(p, q, strict=True) if x)
    everything, sizes = mpmath.fsum(pull), mpmath.fsum(map(abs, pull))
    gradient = [d - e * everything for d, e in zip(pull, escort, strict=True)]
    return value, near, gradient, [abs(d) + e * sizes for d, e in zip(pull, escort, strict=True)]


TEMPERATURES = [(0.8, 1.2), (1.0, 1.2), (0.8, 1.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5), (0.0, 0.0), (0.3, 0.125), (0.1, 0.99),
                (0.8, 4.0), (0.2, 1.01), (0.99, 1 + 2.0**-40), (0.7, 1000.0)]  # fmt: skip


@pytest.mark.parametrize(("t1", "t2"), TEMPERATURES)
def test_the_bi_tempered_loss_is_within_eight_units(t1, t2):
    rng = np.random.default_rng(8)
    spread = [row for s in (1e-3, 1.0, 12.0, 500.0, 1e8) for row in ((s, -s, 0.3 * s), (0.0, s, s))]
    rows = [*spread, *(3 * rng.normal(size=(6, 3))), *(rng.normal(size=(4, 9)) * np.array([[0.3], [3], [30], [1e4]]))]
    for n, row in enumerate(map(np.asarray, rows)):
        soft = n % 3 == 0
        if t2 == 1 and np.ptp(row) > 1000:
            continue
        q = np.eye(len(row))[0] if not soft else np.full(len(row), 0.3 / len(row)) + 0.7 * np.eye(len(row))[0]
        value, slope = both(BT, row, q if soft else 0, t1=t1, t2=t2)
        with mpmath.workdps(60 if np.ptp(row) < 100 else 500 if abs(t2 - 1) < 1e-9 else 150):
            true, near, gradient, sizes = tempered([real(x) for x in row], [real(x) for x in q], real(t1), real(t2))
        # At its minimum, and where a slope changes its sign, the digits of the terms remain.
        assert units(value, true) <= 8 or abs(real(value) - true) <= 2.0**-50 * near, (row, value, float(true))
        for one, other, size in zip(slope, gradient, sizes, strict=True):
            assert units(one, other) <= 8 or abs(real(one) - other) <= 2.0**-50 * size, (row, one, float(other))


def test_the_bi_tempered_loss_in_single_precision_is_rounded_once():
    for t1, t2 in TEMPERATURES:
        z = np.array([*ROWS, *(5 * np.random.default_rng(9).normal(size=(40, 3)))]).astype(np.float32)
        single, double = both(BT, z, np.zeros(len(z), int), t1=t1, t2=t2), both(BT, z.astype(float), np.zeros(len(z), int), t1=t1, t2=t2)  # fmt: skip
        for one, other in zip(single, double, strict=True):
            assert one.dtype == np.float32
            np.testing.assert_allclose(one, other, rtol=3e-7, atol=1e-9)


# --- Limits ------------------------------------------------------------------------------------------------------------

EVERYWHERE = [
    (MAE, [{}]),
    (GCE, [{"q": q} for q in (5e-324, 0.7, 1)]),
    (SCE, [{}, {"alpha": 0}, {"beta": 0}, {"alpha": 0, "beta": 0}, {"alpha": 1e308, "beta": 1e154, "log_zero": -1e153}]),
    (TAYLOR, [{"order": t} for t in (1, 7, 1000)]),
    (NORMALISED, [{}]),
    (POLY, [{"epsilon": e} for e in (-1, -0.5, 1, 1.7e308)]),
    (BT, [{"t1": a, "t2": b} for a in (0, 0.5, 1) for b in (0, 5e-324, 0.5, 1, 1 + 2**-52, 4, 1e4, 1e300)]),
]


@pytest.mark.parametrize(("loss", "cases"), EVERYWHERE, ids=lambda part: getattr(part, "__name__", ""))
def test_nothing_is_nan_or_negative_at_any_scores(loss, cases):
    z = np.array(list(itertools.product([INF, -INF, 0.0, 1.7e308, -1.7e308, 5e-324, 800.0], repeat=3)))
    for options, k in itertools.product(cases, range(3)):
        labels = np.full(len(z), k)
        targets = [labels] if "labels" in loss.arguments else [labels, np.full((len(z), 3), 0.25) + np.eye(3)[labels] / 4]
        for target in targets:
            value, gradient = both(loss, z, target, **options)
            assert (value >= 0).all()
            assert not np.isnan(gradient).any()
            if loss not in (NORMALISED, BT):
                assert not np.isnan(lossbook.hessian_diag(loss)(z, target, **options, reduction="sum")).any()


def test_infinite_scores_give_the_limits():
    z = [[INF, 0.0, 0.0], [-INF, 0.0, 0.0], [INF, INF, 0.0], [0.0, 0.0, -INF]]
    values = {
        MAE: [0, 2, 1, 1],
        GCE: [0, 1 / 0.7, (1 - 0.5**0.7) / 0.7, (1 - 0.5**0.7) / 0.7],
        SCE: [0, INF, 2 + 0.1 * math.log(2), 2 + 0.1 * math.log(2)],
        TAYLOR: [0, 1.5, 0.625, 0.625],
        NORMALISED: [0, 1, 0, 0],
        POLY: [0, INF, 0.5 + math.log(2), 0.5 + math.log(2)],
        BT: [0, 5 - (1 - 2 * 0.5**1.2) / 1.2, BT([0.0, 0.0], 0), BT([0.0, 0.0], 0)],
    }
    for loss, expected in values.items():
        np.testing.assert_allclose(both(loss, z, [0] * 4)[0], expected, rtol=1e-15)
    np.testing.assert_array_equal(NORMALISED([[-INF, -INF, 0.0], [0.0, INF, -INF]], [0, 0], reduction="none"), [1 / 2, 1 / 3])
    assert NORMALISED([[-1.7e308, 1.7e308, 0.0]], [0]) == pytest.approx(2 / 3, rel=1e-15)
    # Two finite scores whose difference is not.
    assert POLY([[-1.7e308, 1.7e308]], [[0.25, 0.75]]) == pytest.approx(8.5e307, rel=1e-15)
    assert BT([[-1e308, 1e308]], [0], t1=0, t2=101) == pytest.approx(
        (1 - math.exp(-0.01 * (math.log(2) + 310 * math.log(10)))) ** 2, rel=1e-14
    )


@settings(max_examples=30)
@given(arrays(float, 3, elements=st.floats(-20, 20)), st.integers(0, 2))
def test_what_their_parameters_tend_to(z, k):
    entropy, mae = CE(z, k), MAE(z, k)
    near = {"rel": 1e-12, "abs": 1e-300}
    assert GCE(z, k, q=1e-15) == pytest.approx(entropy, **near)
    assert GCE(z, k, q=1) == pytest.approx(mae / 2, **near)
    assert TAYLOR(z, k, order=1) == pytest.approx(mae / 2, **near)
    assert SCE(z, k, alpha=1, beta=0) == pytest.approx(entropy, **near)
    assert SCE(z, k, alpha=0, beta=1, log_zero=-2) == pytest.approx(mae, **near)
    assert POLY(z, k, epsilon=0) == pytest.approx(entropy, **near)
    assert SCE(z, k) == pytest.approx(0.1 * POLY(z, k, epsilon=40), **near)
    assert BT(z, k, t1=1, t2=1) == pytest.approx(entropy, **near)
    orders = [*(TAYLOR(z, k, order=t) for t in (1, 2, 3, 30)), entropy]
    assert all(low <= high * (1 + 1e-14) for low, high in itertools.pairwise(orders))


@settings(max_examples=25)
@given(arrays(float, 3, elements=st.floats(-5, 5)), st.integers(0, 2))
def test_corners_of_the_bi_tempered_loss(z, k):
    e = np.eye(3)[k]
    p = np.exp(z - z.max())
    p /= p.sum()
    assert BT(z, k, t1=0, t2=1) == pytest.approx(np.sum((p - e) ** 2) / 2, rel=1e-12, abs=1e-30)
    # Sparsemax: the nearest point of the simplex, and half its squared distance.
    s = np.sort(z)[::-1]
    count = np.max(np.nonzero(1 + np.arange(1, 4) * s > np.cumsum(s))[0]) + 1
    nearest = np.maximum(z - (np.cumsum(s)[count - 1] - 1) / count, 0)
    value, gradient = both(BT, z, k, t1=0, t2=0)
    assert value == pytest.approx(np.sum((nearest - e) ** 2) / 2, rel=1e-12, abs=1e-28)
    if nearest[k] > 0:
        np.testing.assert_allclose(gradient, nearest - e, atol=1e-14)
    else:
        assert gradient[k] == 0


def test_where_a_label_is_beyond_the_support_its_score_does_not_matter():
    value, gradient = both(BT, [[-5.0, 0.0], [-50.0, 0.0]], [0, 0], t1=0.5, t2=0.5)
    np.testing.assert_array_equal(value, [2, 2])
    np.testing.assert_array_equal(gradient, 0)


def test_the_default_of_symmetric_is_the_authors_and_a_clipped_target_is_another():
    p = np.exp(2.0) / np.exp([2.0, 1.0, 0.0]).sum()
    assert SCE(LOGITS, [0], alpha=0) == pytest.approx(4 * (1 - p), rel=1e-14)
    assert SCE(LOGITS, [0], alpha=0, log_zero=math.log(1e-4)) == pytest.approx(9.210340371976182 * (1 - p), rel=1e-14)


# --- Targets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [POLY, BT])
def test_a_label_is_the_distribution_that_is_1_there(loss):
    z, labels = 4 * RNG.normal(size=(40, 5)), RNG.integers(0, 5, 40)
    for options in [{}, {"sample_weight": RNG.random(40)}, *([{"weight": RNG.random(5)}, {"epsilon": -1}] if loss is POLY else [{"t2": 0.5}])]:  # fmt: skip
        for one, other in zip(*(lossbook.value_and_grad(loss)(z, q, **options) for q in (labels, np.eye(5)[labels])), strict=True):  # fmt: skip
            np.testing.assert_allclose(one, other, rtol=2e-13, atol=1e-16)


@pytest.mark.parametrize("epsilon", [-1, -0.4, 0.0, 2.0])
def test_the_poly_loss_of_distributions_by_its_formula(epsilon):
    z, q, w = 3 * RNG.normal(size=(30, 4)), RNG.dirichlet(np.ones(4), 30), np.array([0.5, 2.0, 0.0, 1.0])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = np.sum(w * q * (-np.log(p) + epsilon * (1 - p)), axis=1)
    options = {"epsilon": epsilon, "weight": w}
    np.testing.assert_allclose(POLY(z, q, **options, reduction="none"), expected, rtol=1e-12)
    assert POLY(z, q, **options) == pytest.approx(expected.sum() / (q @ w).sum(), rel=1e-13)
    if epsilon == 0:
        np.testing.assert_allclose(both(POLY, z, q, **options)[1], both(CE, z, q, weight=w)[1], rtol=1e-12, atol=1e-15)


def slopes(run, z, step=1e-5):
    """Central differences of each row's value, or of each slope by its own score."""
    columns = []
    for j in range(z.shape[1]):
        ahead, behind = (run(z + side * step * np.eye(z.shape[1])[j]) for side in (1, -1))
        columns.append(((ahead - behind) / (2 * step)) if ahead.ndim == 1 else ((ahead - behind) / (2 * step))[:, j])
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(("loss", "options"), [(MAE, {}), (GCE, {"q": 0.3}), (SCE, {}), (TAYLOR, {"order": 3}), (NORMALISED, {}), (POLY, {"epsilon": -0.7}),
                                               (BT, {}), (BT, {"t1": 0.3, "t2": 1}), (BT, {"t1": 0.9, "t2": 0.5})], ids=str)  # fmt: skip
def test_the_derivatives_are_the_slopes_of_those_before(loss, options):
    z = 2 * RNG.normal(size=(20, 4))
    targets = [RNG.integers(0, 4, 20)]
    targets += [RNG.dirichlet(np.ones(4), 20)] if "target" in loss.arguments and options.get("t2") != 0.5 else []
    for target in targets:
        options = options | {"sample_weight": RNG.random(20)}
        numeric = slopes(lambda x: loss(x, target, **options, reduction="none"), z)  # noqa: B023
        np.testing.assert_allclose(both(loss, z, target, **options)[1], numeric, atol=2e-8)
        if loss not in (NORMALISED, BT):
            numeric = slopes(lambda x: lossbook.grad(loss)(x, target, **options, reduction="sum"), z)  # noqa: B023
            np.testing.assert_allclose(lossbook.hessian_diag(loss)(z, target, **options, reduction="sum"), numeric, atol=2e-8)


@pytest.mark.parametrize("loss", [NORMALISED, BT])
def test_losses_that_are_no_function_of_the_labels_probability_have_no_diagonal(loss):
    with pytest.raises(TypeError, match=f"{loss.__name__} has no diagonal second derivative"):
        lossbook.hessian_diag(loss)(LOGITS, [0])


# --- The card ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("loss", "options"), [pytest.param(*case.values[:2], id=case.id) for case in CASES])
def test_the_card_says_the_same(loss, options):
    of_card = card(loss.__name__)
    for z, label in itertools.product(([0.7, -1.25, 0.5], [3.0, 0.25, -2.0]), range(3)):
        # The card has −log 0 in place of log 0.
        values = (abs(v) if name == "log_zero" else v for name, v in options.items())
        expected = float(sp.N(of_card.evaluate(list(map(sp.Rational, z)), label, *map(sp.Rational, values)), 30))
        assert loss(z, label, **options) == pytest.approx(expected, rel=1e-13)


@settings(max_examples=25)
@given(arrays(float, 3, elements=st.floats(-30, 30)), arrays(float, 3, elements=st.floats(0.01, 1)))
def test_the_bi_tempered_loss_is_least_at_the_truth(z, raw):
    q = raw / raw.sum()
    honest = np.log(q)
    for t1 in (0.0, 0.5, 0.9):
        assert BT(honest, q, t1=t1, t2=1) <= 1e-28
        risk = sum(share * BT(z, k, t1=t1, t2=1) for k, share in enumerate(q))
        assert risk >= sum(share * BT(honest, k, t1=t1, t2=1) for k, share in enumerate(q)) - 1e-13
