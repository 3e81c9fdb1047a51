"""Focal losses: hand values, limits, options, the paper's statements, the cards at fifty digits."""

import itertools
import math
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lossbook
from lossbook import proof
from lossbook.cards import card

FOCAL, SOFTMAX = lossbook.sigmoid_focal_loss, lossbook.softmax_focal_loss
INF = math.inf
EDGES = [16.5, 17.0, 36.0, 37.0, 88.0, 103.5, 709.0, 745.0]
SIZES = [0.0, *(10.0 ** (e / 2) for e in range(-16, 9)), 0.3, 2.5, 12.0, *EDGES]
FEW = [0.0, 1e-8, 1e-3, 0.3, 1.0, 2.5, 12.0, 100.0, 300.0, 1e4, *EDGES]
VECTORS = [v for s in FEW for x in (s, -s) for v in ((x, -x, 0.3), (x, x + 0.7, x * 1.1 - 1.3))]
GAMMAS = [0.0, 0.5, 1.0, 2.0, 5.0]
RNG = np.random.default_rng(12)


def in_mpmath(symbols, expr):
    """Evaluate an expression to fifty digits, with bits enough for 1 + e^(smallest − largest), down to e^-10000."""
    function = sp.lambdify(symbols, expr, "mpmath", cse=True)

    def at(logits, *others):
        with mpmath.workprec(min(16000, 200 + int(1.5 * (max(logits) - min(logits) + max(map(abs, logits)))))):
            value = function(*(mpmath.mpf(float(x)) for x in (*logits, *others)))
        with mpmath.workdps(50):
            return sp.Float(+value, 50)

    return at


@cache
def sigmoid_truth(order):
    focal = card("sigmoid_focal_loss")
    symbols = list(focal.domain)[:4]
    return in_mpmath(symbols, sp.diff(focal.formula, focal.prediction, order))


@cache
def softmax_truth(label, slope=None):
    z, gamma = sp.symbols("z1:4", real=True), sp.Symbol("gamma", nonnegative=True)
    expr = card("softmax_focal_loss").evaluate(z, label, gamma)
    return in_mpmath([*z, gamma], expr if slope is None else sp.diff(expr, z[slope]))


def ulps(computed, true):
    """Units in the last place; a number below the smallest normal one does not count."""
    return 0.0 if abs(true) < np.finfo(computed.dtype).tiny else proof.ulps(computed, true)


def most(gamma, dtype):
    """What may be off: float32 is computed in float64 and rounded once."""
    return 1 if dtype is np.float32 else 4 if gamma <= 2 else 8


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("order", [0, 1])
def test_sigmoid_focal_agrees_with_the_card_over_the_whole_range(order, gamma, dtype):
    z = np.array([s * x for x in SIZES for s in (1, -1)], dtype)
    for label, alpha in ((1, 0.25), (0, 0.75)):
        run = FOCAL if order == 0 else lossbook.grad(FOCAL)
        found = run(z, np.full(len(z), label), alpha=alpha, gamma=gamma, reduction="none")
        assert found.dtype == dtype
        # α_t is ¼ for both: a power of two, which adds no rounding.
        true = [sigmoid_truth(order)([x], label, alpha, gamma) for x in z]
        assert max(map(ulps, found, true)) <= most(gamma, dtype)


@pytest.mark.parametrize("gamma", [0.1, 0.7, 1.5, 2.0, 5.0])
def test_a_power_does_not_multiply_rounding_errors_at_any_logit(gamma):
    # At the worst of a million logits 5.8 units, where the powers of a rounded 1 − p would be off by 17 (γ = 5).
    z = np.concatenate([RNG.uniform(-40, 40, 280), RNG.uniform(-5, 5, 280), RNG.uniform(-600, 600, 40)])
    label = (RNG.uniform(size=600) < 0.5).astype(int)
    value, slope = lossbook.value_and_grad(FOCAL)(z, label, alpha=None, gamma=gamma, reduction="none")
    off = []
    for x, v, s in zip(np.where(label, z, -z), value, np.where(label, slope, -slope), strict=True):
        with mpmath.workdps(60):
            e = mpmath.exp(-mpmath.mpf(float(x)))
            p, missing, loss = 1 / (1 + e), e / (1 + e), mpmath.log1p(e)
            true = missing**gamma * loss, -(missing**gamma) * (missing + gamma * p * loss)
        off.append([ulps(found, sp.Float(t, 50)) for found, t in zip((v, s), true, strict=True)])
    assert (np.max(off, axis=0) <= [5, 6]).all()
    assert (np.mean(off, axis=0) <= 0.7).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [1e-300, 1e-30, 1e5, 1e7, 1e300])
def test_a_power_that_is_next_to_0_or_next_to_1_has_its_limit(gamma, dtype):
    z = np.array([INF, 800, 50, 1, 0, -1, -50, -800, -INF], dtype)
    value, slope = lossbook.value_and_grad(FOCAL)(z, np.ones(9, dtype), alpha=None, gamma=gamma, reduction="none")
    with np.errstate(over="ignore"):
        log_missing = -np.logaddexp(0, z.astype(np.float64))
        power = np.exp(np.maximum(gamma * np.maximum(log_missing, -1e308), -1e308))
    right = np.array([0, *lossbook.binary_cross_entropy_with_logits(z[1:], np.ones(8, dtype), reduction="none")])
    np.testing.assert_allclose(value, np.where(power > 0, power * right, 0), rtol=1e-6, atol=1e-30)
    assert np.isfinite(slope).all()


def test_the_wider_of_two_dtypes_says_how_many_digits_are_kept():
    z, y = RNG.normal(size=100).astype(np.float32).astype(float), (np.arange(100) % 2).astype(float)
    expected = FOCAL(z, y, gamma=5, reduction="none")
    np.testing.assert_array_equal(FOCAL(z.astype(np.float32), y, gamma=5, reduction="none"), expected)
    np.testing.assert_array_equal(FOCAL(z, y.astype(np.float32), gamma=5, reduction="none"), expected)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_second_derivative_agrees_with_the_card(gamma):
    # Relative to the loss and its slope, between which it changes its sign.
    for z, label in itertools.product([-100.0, -5.0, -1.0, -0.3, 0.0, 0.7, 2.0, 17.0, 40.0], (0, 1)):
        found = lossbook.hessian_diag(FOCAL)(z, label, alpha=0.25, gamma=gamma)
        size = max(abs(sigmoid_truth(order)([z], label, 0.25, gamma)) for order in (1, 2))
        assert abs(found - sigmoid_truth(2)([z], label, 0.25, gamma)) <= 1e-14 * size


@pytest.mark.parametrize(("gamma", "dtype"), [*((g, np.float64) for g in GAMMAS), (0.5, np.float32), (5.0, np.float32)])
def test_softmax_focal_agrees_with_the_card_over_the_whole_range(gamma, dtype):
    z = np.array(VECTORS, dtype)
    for label in range(3):
        value, gradient = lossbook.value_and_grad(SOFTMAX)(z, np.full(len(z), label), gamma=gamma, reduction="none")
        assert value.dtype == gradient.dtype == dtype
        assert max(ulps(v, softmax_truth(label)(x, gamma)) for v, x in zip(value, z, strict=True)) <= most(gamma, dtype)
        for n in range(3):
            true = [softmax_truth(label, n)(x, gamma) for x in z[label::3]]
            assert max(map(ulps, gradient[label::3, n], true)) <= most(gamma, dtype)


@pytest.mark.parametrize("classes", [10, 100, 300])
@pytest.mark.parametrize("gamma", [0, 2, 5])
def test_many_classes_do_not_add_up_their_rounding_errors(gamma, classes):
    rng = np.random.default_rng(3)
    z = 2 * rng.normal(size=(40, classes))
    labels = np.where(np.arange(40) % 2, z.argmax(axis=1), rng.integers(classes, size=40))
    z[np.arange(40), labels] += 3
    true = []
    with mpmath.workdps(50):
        for row, label in zip(z, labels, strict=True):
            e = [mpmath.exp(mpmath.mpf(float(x))) for x in row]
            missing = mpmath.fsum(v for c, v in enumerate(e) if c != label) / mpmath.fsum(e)
            loss = -mpmath.log(1 - missing)
            rate = missing**gamma * (missing + gamma * (1 - missing) * loss) / (mpmath.fsum(e) - e[label])
            slopes = [-rate * (mpmath.fsum(e) - e[label]) if c == label else rate * v for c, v in enumerate(e)]
            true.append([sp.Float(x, 50) for x in (missing**gamma * loss, *slopes)])
    runs = [SOFTMAX] if gamma else [SOFTMAX, lossbook.cross_entropy]
    for run, axis in itertools.product(runs, (0, 1)):
        options = {"gamma": gamma} if run is SOFTMAX else {}
        value, gradient = lossbook.value_and_grad(run)(
            z if axis else np.ascontiguousarray(z.T), labels, axis=axis, reduction="none", **options
        )
        gradient = gradient if axis else gradient.T
        assert max(ulps(v, t[0]) for v, t in zip(value, true, strict=True)) <= 4
        assert max(
            ulps(g, t) for r, ts in zip(gradient[:, ::7], true, strict=True) for g, t in zip(r, ts[1::7], strict=True)
        ) <= (6 if gamma == 5 else 4)


@pytest.mark.parametrize(
    ("logits", "target", "expected", "slope"),
    [
        (0.0, 1, 0.25 * math.log(2), -0.25 * (0.5 + math.log(2))),
        (0.0, 0, 0.25 * math.log(2), 0.25 * (0.5 + math.log(2))),
        (INF, 1, 0, 0),
        (-INF, 0, 0, 0),
        (INF, 0, INF, 1),
        (-INF, 1, INF, -1),
        (-1000.0, 1, 1000.0, -1),
        (1000.0, 1, 0, 0),
    ],
)
def test_hand_values_and_limits(logits, target, expected, slope):
    value, gradient = lossbook.value_and_grad(FOCAL)(logits, target, alpha=None)
    assert value == pytest.approx(expected, rel=1e-15, abs=0)
    assert gradient == pytest.approx(slope, rel=1e-15, abs=0)
    assert np.isfinite(lossbook.hessian_diag(FOCAL)(logits, target))


@pytest.mark.parametrize("gamma", GAMMAS)
def test_infinite_logits_give_limits_for_every_gamma(gamma):
    value, gradient = lossbook.value_and_grad(FOCAL)(
        [INF, -INF, INF, -INF], [1, 0, 0, 1], alpha=None, gamma=gamma, reduction="none"
    )
    np.testing.assert_array_equal(value, [0, 0, INF, INF])
    np.testing.assert_array_equal(gradient, [0, 0, 1, -1])
    z = [[INF, 0.0, 1.0], [INF, 0.0, 1.0], [-INF, 0.0, 0.0], [-INF, 0.0, 0.0], [INF, INF, 0.0]]
    value, gradient = lossbook.value_and_grad(SOFTMAX)(z, [0, 1, 0, 1, 0], gamma=gamma, reduction="none")
    half, slope = 0.5**gamma * math.log(2), 0.5**gamma * (0.5 + gamma * 0.5 * math.log(2))
    np.testing.assert_allclose(value, [0, INF, INF, half, half], rtol=1e-14)
    np.testing.assert_allclose(
        gradient, [[0, 0, 0], [1, -1, 0], [-1, 0.5, 0.5], [0, -slope, slope], [-slope, slope, 0]], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("p", "label", "factor"),
    [(0.9, 1, 0.01), (0.2, 1, 0.64), (0.8, 0, 0.64), (0.1, 0, 0.01), (0.968377, 1, 0.001), (0.5, 1, 0.25)],
)
def test_the_worked_examples_of_the_factor(p, label, factor):
    z = math.log(p / (1 - p))
    plain = lossbook.binary_cross_entropy_with_logits(z, label)
    assert FOCAL(z, label, alpha=None, gamma=2) / plain == pytest.approx(factor, rel=1e-4)
    assert SOFTMAX([0.0, z], label, gamma=2) / plain == pytest.approx(factor, rel=1e-4)


def test_alpha_does_not_enter_the_divisor():
    z, y = RNG.normal(size=(2, 50))
    y = (y > 0).astype(int)
    losses = FOCAL(z, y, alpha=0.9, reduction="none")
    assert FOCAL(z, y, alpha=0.9) == pytest.approx(losses.sum() / 50, rel=1e-14, abs=0)
    logits, labels = RNG.normal(size=(50, 3)), RNG.integers(3, size=50)
    losses = SOFTMAX(logits, labels, alpha=[0.1, 0.2, 1.0], ignore_index=1, reduction="none")
    mean = SOFTMAX(logits, labels, alpha=[0.1, 0.2, 1.0], ignore_index=1)
    assert mean == pytest.approx(losses.sum() / np.count_nonzero(labels != 1), rel=1e-14, abs=0)
    np.testing.assert_array_equal(losses[labels == 1], 0)


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        ([0.5, 0.5], r"alpha has shape \(2,\)"),
        ([0.5, 1.5, 0.1], r"alpha\[1\] = 1\.5"),
        ([0.1, 0.2, -0.1], r"alpha\[2\] = -0\.1"),
    ],
)
def test_an_alpha_that_does_not_fit_the_classes_is_refused(alpha, message):
    with pytest.raises(ValueError, match=message):
        SOFTMAX([[0.0, 0.0, 0.0]], [0], alpha=alpha)
    with pytest.raises(TypeError, match="alpha must be one number"):
        FOCAL([0.0, 0.0, 0.0], [0, 1, 0], alpha=alpha)


def test_soft_targets_are_refused():
    with pytest.raises(ValueError, match=r"target must hold labels 0 or 1, but target\[1\] = 0\.9"):
        FOCAL([0.0, 0.0], [1.0, 0.9])
    with pytest.raises(TypeError, match="labels must be integer class indices"):
        SOFTMAX([[0.0, 0.0]], [0.5])


def test_gamma_zero_is_the_cross_entropy():
    z, y = RNG.normal(size=(2, 40)) * 5
    y = (y > 0).astype(int)
    np.testing.assert_allclose(
        FOCAL(z, y, alpha=0.3, gamma=0, reduction="none"),
        lossbook.balanced_binary_cross_entropy_with_logits(z, y, alpha=0.3, reduction="none"),
        rtol=1e-14,
    )
    logits, labels = RNG.normal(size=(40, 5)) * 5, RNG.integers(5, size=40)
    focal = lossbook.value_and_grad(SOFTMAX)(logits, labels, gamma=0)
    plain = lossbook.value_and_grad(lossbook.cross_entropy)(logits, labels)
    assert focal[0] == pytest.approx(plain[0], rel=1e-14, abs=0)
    np.testing.assert_allclose(focal[1], plain[1], rtol=1e-13)


@given(arrays(float, 2, elements=st.floats(-30, 30)), st.integers(0, 1), st.floats(0, 5))
def test_two_classes_are_the_sigmoid_focal_loss_of_the_difference(z, label, gamma):
    value, gradient = lossbook.value_and_grad(SOFTMAX)(z, label, gamma=gamma)
    other, slope = lossbook.value_and_grad(FOCAL)(z[1] - z[0], label, alpha=None, gamma=gamma)
    assert value == pytest.approx(other, rel=1e-12, abs=1e-300)
    np.testing.assert_allclose(gradient, [-slope, slope], rtol=1e-12, atol=1e-300)


@given(st.floats(-20, 20), st.sampled_from([0, 1]), st.floats(0, 4), st.floats(0, 1))
def test_the_derivatives_are_the_slopes_of_those_before(z, y, gamma, alpha):
    h = 1e-5
    options = {"gamma": gamma, "alpha": alpha}
    slope = lossbook.grad(FOCAL)
    numeric = (FOCAL(z + h, y, **options) - FOCAL(z - h, y, **options)) / (2 * h)
    assert slope(z, y, **options) == pytest.approx(numeric, abs=1e-8)
    numeric = (slope(z + h, y, **options) - slope(z - h, y, **options)) / (2 * h)
    assert lossbook.hessian_diag(FOCAL)(z, y, **options) == pytest.approx(numeric, abs=1e-8)


@given(arrays(float, 4, elements=st.floats(-20, 20)), st.integers(0, 3), st.floats(0, 4))
def test_the_softmax_gradient_is_the_slope_of_the_value(z, label, gamma):
    h = 1e-5 * np.eye(4)
    numeric = (
        SOFTMAX(z + h, [label] * 4, gamma=gamma, reduction="none")
        - SOFTMAX(z - h, [label] * 4, gamma=gamma, reduction="none")
    ) / 2e-5
    np.testing.assert_allclose(lossbook.grad(SOFTMAX)(z, label, gamma=gamma), numeric, atol=1e-8)


@given(st.floats(-20, 20), st.floats(0, 4), st.floats(0.01, 4))
def test_the_loss_falls_as_gamma_grows(z, gamma, more):
    assert FOCAL(z, 1, gamma=gamma + more) <= FOCAL(z, 1, gamma=gamma)


def test_the_loss_is_not_convex():
    assert lossbook.hessian_diag(FOCAL)(-math.log(99), 1, alpha=None) < 0
    assert lossbook.hessian_diag(FOCAL)(0.0, 1, alpha=None) > 0


def test_the_loss_is_not_proper():
    p = np.linspace(0.001, 0.999, 9981)
    z = np.log(p / (1 - p))
    risk = sum(share * FOCAL(z, np.full(len(z), y), alpha=None, reduction="none") for y, share in ((1, 0.7), (0, 0.3)))
    assert p[np.argmin(risk)] == pytest.approx(0.5785, abs=2e-4)


@pytest.mark.parametrize(("shape", "axis"), [((30011, 3), 1), ((7, 9001), 1), ((2, 5, 90, 100), 1), ((3, 20011), 0)])
def test_blocks_leave_no_column_out_whatever_the_axis(shape, axis):
    z = RNG.normal(size=shape)
    classes = shape[axis]
    labels = RNG.integers(classes, size=shape[:axis] + shape[axis + 1 :])
    alpha = RNG.random(classes)
    p = np.exp(z) / np.sum(np.exp(z), axis=axis, keepdims=True)
    p_k = np.take_along_axis(p, np.expand_dims(labels, axis), axis).squeeze(axis)
    expected = -alpha[labels] * (1 - p_k) ** 1.5 * np.log(p_k) * (labels != 2)
    options = {"axis": axis, "alpha": alpha, "gamma": 1.5, "ignore_index": 2}
    np.testing.assert_allclose(SOFTMAX(z, labels, reduction="none", **options), expected, rtol=1e-11)
    value, gradient = lossbook.value_and_grad(SOFTMAX)(z, labels, **options)
    assert value == pytest.approx(expected.sum() / np.count_nonzero(labels != 2), rel=1e-12, abs=0)
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient.sum(axis=axis), 0, atol=1e-15)
    at_label = np.take_along_axis(gradient, np.expand_dims(labels, axis), axis).squeeze(axis)
    slope = -alpha[labels] * (1 - p_k) ** 1.5 * (1 - p_k - 1.5 * p_k * np.log(p_k)) * (labels != 2)
    np.testing.assert_allclose(at_label, slope / np.count_nonzero(labels != 2), rtol=1e-11)


def test_sigmoid_blocks_and_arrays_that_are_not_contiguous():
    z = RNG.normal(size=(300, 200))
    y = RNG.integers(2, size=(300, 200))
    value, gradient = lossbook.value_and_grad(FOCAL)(z, y)
    assert value == pytest.approx(FOCAL(z, y, reduction="none").mean(), rel=1e-13, abs=0)
    other, slope = lossbook.value_and_grad(FOCAL)(z.T[::-1], y.T[::-1])
    assert other == pytest.approx(value, rel=1e-13, abs=0)
    np.testing.assert_array_equal(slope[::-1].T, gradient)


def test_one_class_has_no_loss():
    value, gradient = lossbook.value_and_grad(SOFTMAX)([[3.0]], [0])
    assert value == 0
    assert gradient == 0


def test_an_alpha_of_the_wrong_length_is_told_how_many_are_needed():
    with pytest.raises(ValueError, match=r"alpha has shape \(2,\).*3 numbers, one for each class"):
        SOFTMAX(np.zeros((2, 3)), [0, 1], alpha=[0.5, 0.5])


def test_an_infinite_logit_counts_nothing_where_the_balance_is_0():
    assert lossbook.sigmoid_focal_loss(-INF, 1, alpha=0.0) == 0
    assert lossbook.sigmoid_focal_loss(-INF, 1) == INF
