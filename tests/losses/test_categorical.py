"""Cross entropy, negative log-likelihood and the balanced form: hand values, limits, options, the cards at fifty digits."""

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
from lossbook.cards.cross_entropy import one_hot

CE, NLL = lossbook.cross_entropy, lossbook.nll_loss
BALANCED = lossbook.balanced_binary_cross_entropy_with_logits
INF = math.inf
RNG = np.random.default_rng(11)

EDGES = [16.5, 17.0, 36.0, 37.0, 88.0, 103.5, 709.0, 745.0]
SIZES = [0.0, *(10.0 ** (e / 2) for e in range(-16, 9)), 0.3, 2.5, 12.0, *EDGES]
#: Three logits: one far from two equal ones, far apart on both sides, and close to a far one.
VECTORS = [
    v
    for s in SIZES
    for x in (s, -s)
    for v in ((x, 0.0, 0.0), (x, -x, 0.3), (x, x + 0.7, x * 1.1 - 1.3), (x, 1.0, x / 3))
]


@cache
def truth(order):
    """The card's loss of three classes as a function of logits, target, weight and ε, or its slope at the first logit."""
    symbols = [sp.symbols(f"{name}1:4", real=True) for name in "zqw"]
    smoothing = sp.Symbol("epsilon", real=True)
    expr = card("cross_entropy").evaluate(*symbols, smoothing)
    function = sp.lambdify([*itertools.chain(*symbols), smoothing], sp.diff(expr, symbols[0][0], order), "mpmath", cse=True)

    def at(z, q, w=(1, 1, 1), smoothing=0):
        # Bits enough for 1 + e^(smallest − largest), down to e^-10000.
        with mpmath.workprec(min(16000, 200 + int(1.5 * (max(z) - min(z))))):
            value = function(*(mpmath.mpf(float(x)) for x in (*z, *q, *w, smoothing)))
        with mpmath.workdps(50):
            return sp.Float(+value, 50)

    return at


def roll(values, n):
    """Bring entry n to the front."""
    return [*values[n:], *values[:n]]


def slopes(z, q, w=(1, 1, 1), smoothing=0):
    return [truth(1)(roll(list(z), n), roll(list(q), n), roll(list(w), n), smoothing) for n in range(3)]


def ulps(computed, true):
    """Units in the last place; a number below the smallest normal one does not count."""
    return 0.0 if abs(true) < np.finfo(computed.dtype).tiny else proof.ulps(computed, true)


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 4), (np.float32, 8)])
def test_hard_labels_agree_with_the_card_over_the_whole_range(dtype, most):
    z = np.array(VECTORS, dtype)
    for label in range(3):
        q = one_hot(label, 3)
        values = [truth(0)(x, q) for x in z]
        gradients = [slopes(x, q) for x in z[::3]]
        for target in (np.full(len(z), label), np.tile(q, (len(z), 1))):
            value, gradient = lossbook.value_and_grad(CE)(z, target, reduction="none")
            assert value.dtype == gradient.dtype == dtype
            assert max(map(ulps, value, values)) <= most
            assert max(map(ulps, gradient[::3].ravel(), itertools.chain(*gradients))) <= most


def test_a_confident_and_right_prediction_still_has_a_loss():
    # Every digit of it is lost where the largest logit is subtracted from log Σ e^z.
    value, gradient = lossbook.value_and_grad(CE)([50.0, 0.0, 0.0], 0)
    assert value == pytest.approx(2 * math.exp(-50), rel=1e-15, abs=0)
    np.testing.assert_allclose(gradient, [-2 * math.exp(-50), math.exp(-50), math.exp(-50)], rtol=1e-15)


@pytest.mark.parametrize(
    ("logits", "label", "expected", "slope"),
    [
        ([0.0, 0.0], 1, math.log(2), [0.5, -0.5]),
        ([math.log(3), 0.0], 0, math.log(4 / 3), [-0.25, 0.25]),
        ([math.log(3), 0.0], 1, math.log(4), [0.75, -0.75]),
        ([7.0], 0, 0, [0]),
        ([0.0] * 10, 3, math.log(10), [0.1 - (c == 3) for c in range(10)]),
        ([INF, 0.0, 1.0], 0, 0, [0, 0, 0]),
        ([INF, 0.0, 1.0], 1, INF, [1, -1, 0]),
        ([-INF, 0.0, 0.0], 0, INF, [-1, 0.5, 0.5]),
        ([-INF, 0.0, 0.0], 1, math.log(2), [0, -0.5, 0.5]),
        ([INF, INF, 0.0], 0, math.log(2), [-0.5, 0.5, 0]),
        ([INF, INF, 0.0], 2, INF, [0.5, 0.5, -1]),
        ([-INF, -INF, -INF], 2, math.log(3), [1 / 3, 1 / 3, -2 / 3]),
        ([INF, -INF, -INF], 2, INF, [1, 0, -1]),
        ([-1e308, 1e308], 1, 0, [0, 0]),
        ([-1e308, 1e308], 0, INF, [-1, 1]),
    ],
)
@pytest.mark.parametrize("kind", ["label", "distribution", "smoothed with 0"])
def test_hand_values_and_limits(logits, label, expected, slope, kind):
    target = one_hot(label, len(logits)) if kind == "distribution" else label
    value, gradient = lossbook.value_and_grad(CE)(logits, target)
    assert value == pytest.approx(expected, rel=1e-15, abs=0)
    assert not np.signbit(value)
    np.testing.assert_allclose(gradient, slope, rtol=1e-14)


def test_the_worked_example_of_three_predictions():
    probs = np.array([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
    losses = NLL(np.log(probs), [2, 1, 0], reduction="none")
    np.testing.assert_allclose(losses, [0.36, 0.92, 2.30], atol=0.005)
    assert NLL(np.log(probs), [2, 1, 0]) == pytest.approx(1.19, abs=0.005)
    np.testing.assert_allclose(CE(np.log(probs) + 5, [2, 1, 0], reduction="none"), losses, rtol=1e-13)
    assert NLL(np.log(probs), [2, 1, 0]) / math.log(2) == pytest.approx(1.72, abs=0.005)


LOGITS = RNG.normal(size=(2, 5, 3)) * 4
LABELS = np.array([[0, 2, 1, 2, 0], [1, 1, 2, 0, 2]])
SHARES = RNG.dirichlet([1, 1, 1], size=(2, 5))
WEIGHT = [0.5, 2.0, 3.0]


@pytest.mark.parametrize("ignored", [-100, 255, 3])
def test_ignored_elements_leave_the_rest_as_it_is(ignored):
    labels = LABELS.astype(np.int16)
    labels[0, 2:4] = ignored
    rest = labels != ignored
    value, gradient = lossbook.value_and_grad(CE)(LOGITS, labels, ignore_index=ignored, weight=WEIGHT)
    other, slope = lossbook.value_and_grad(CE)(LOGITS[rest], labels[rest], weight=WEIGHT)
    assert value == pytest.approx(other, rel=1e-15, abs=0)
    np.testing.assert_allclose(gradient[rest], slope, rtol=1e-15)
    np.testing.assert_array_equal(gradient[~rest], 0)


def test_shares_of_float32_are_summed_in_float64():
    # Beside a one, a share of 2^-25 is lost in float32; what all of them weigh is not. Each loss is the share times log 2.
    share = np.where(np.arange(1024) % 128 < 8, 1, 2.0**-25)
    shares = np.stack([share, 1 - share], axis=1).astype(np.float32)
    value = CE(np.zeros(shares.shape, np.float32), shares, weight=[1, 0])
    assert value == np.float32(math.log(2))


@pytest.mark.parametrize("target", [[0, 0], [[1, 0], [1, 0]]])
def test_where_no_weight_counts_the_mean_is_zero_also_with_smoothing(target):
    for z in ([[0.0, 1.0], [2.0, 3.0]], [[0.0, -INF], [2.0, 3.0]]):
        value, gradient = lossbook.value_and_grad(CE)(z, target, weight=[0.0, 1.0], label_smoothing=0.5)
        assert value == 0
        np.testing.assert_array_equal(gradient, 0)


def test_smoothed_labels_have_the_targets_entropy_as_their_floor():
    # Szegedy et al.: ε = 0.1 and 1000 classes.
    gap = math.log(9001)
    z = np.zeros(1000)
    z[7] = gap
    value, gradient = lossbook.value_and_grad(CE)(z, 7, label_smoothing=0.1)
    assert value == pytest.approx(1.0148, abs=5e-5)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


def test_smoothing_a_distribution_mixes_it_with_the_uniform_one():
    mixed = 0.8 * SHARES + 0.2 / 3
    assert CE(LOGITS, SHARES, label_smoothing=0.2) == pytest.approx(CE(LOGITS, mixed), rel=1e-14, abs=0)


def test_a_distribution_against_ignore_index_is_refused():
    with pytest.raises(ValueError, match=r"ignore_index = 0 names a label, but target holds distributions"):
        CE(LOGITS, SHARES, ignore_index=0)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_distribution_that_does_not_sum_to_one_is_refused_with_its_place(reduction):
    shares = SHARES.copy()
    shares[1, 3] = [0.5, 0.25, 0.0]
    for options in ({}, {"weight": WEIGHT}):
        with pytest.raises(ValueError, match=r"target\[1, 3, :\] sums to 0\.75"):
            CE(LOGITS, shares, reduction=reduction, **options)
        with pytest.raises(ValueError, match=r"target\[1, :, 3\] sums to 0\.75"):
            CE(LOGITS.swapaxes(1, 2), shares.swapaxes(1, 2), axis=1, reduction=reduction, **options)


def test_a_distribution_with_a_negative_share_is_refused():
    with pytest.raises(ValueError, match=r"target\[0, 1\] = -0\.5"):
        CE([[0.0, 0.0, 0.0]], [[1.0, -0.5, 0.5]])


@pytest.mark.parametrize("loss", [CE, NLL, lossbook.softmax_focal_loss])
def test_float_labels_are_refused_with_the_reason(loss):
    name = "target" if loss is CE else "labels"
    with pytest.raises(TypeError, match=rf"{name} must be integer class indices, but its dtype is float64"):
        loss(-abs(LOGITS), LABELS.astype(float))


@pytest.mark.parametrize("loss", [CE, NLL, lossbook.softmax_focal_loss])
def test_labels_of_any_integer_dtype_and_booleans_are_read(loss):
    z = -abs(LOGITS[..., :2])
    labels = LABELS % 2
    expected = loss(z, labels)
    for dtype in ("uint8", "int8", "int32", "uint64", "bool"):
        assert loss(z, labels.astype(dtype)) == expected
    assert loss(z, (labels * 255).astype("uint8"), ignore_index=255) == pytest.approx(
        loss(z[labels == 0], labels[labels == 0])
    )
    with pytest.raises(ValueError, match=r"target|labels.*= 18446744073709551615"):
        loss(z, np.full((2, 5), 2**64 - 1, "uint64"))


def test_labels_of_another_shape_than_the_logits_without_their_class_axis_are_refused():
    with pytest.raises(ValueError, match=r"target has shape \(2, 3\), but .* has shape \(2, 5\)"):
        CE(LOGITS, [[0, 1, 2], [0, 1, 2]])
    with pytest.raises(ValueError, match=r"\(2, 5\), but .* \(5, 3\)"):
        CE(LOGITS, LABELS, axis=0)
    with pytest.raises(ValueError, match="logits is one number, without a class axis"):
        CE(0.0, 0)


def test_a_nan_in_a_late_block_is_found_at_its_own_index():
    z = np.zeros((30000, 4))
    z[29000, 2] = math.nan
    with pytest.raises(ValueError, match=r"logits\[29000, 2\] = nan"):
        CE(z, np.zeros(30000, int))
    labels = np.zeros(30000, int)
    labels[29001] = 4
    with pytest.raises(ValueError, match=r"target\[29001\] = 4"):
        CE(np.zeros((30000, 4)), labels)


@pytest.mark.parametrize(
    ("shape", "axis"), [((30011, 3), 1), ((7, 9001), 1), ((2, 21, 150, 160), 1), ((3, 20011), 0), ((5, 3, 4001), 1)]
)
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"ignore_index": 1, "weight": True}])
def test_blocks_leave_no_column_out_whatever_the_axis(shape, axis, options):
    z = RNG.normal(size=shape)
    classes = shape[axis]
    labels = RNG.integers(classes, size=shape[:axis] + shape[axis + 1 :])
    w = RNG.random(classes) if options.get("weight") else None
    options = options | {"weight": w}
    last = np.ascontiguousarray(np.moveaxis(z, axis, -1))
    log_p = last - np.log(np.sum(np.exp(last), axis=-1, keepdims=True))
    eps = options.get("label_smoothing", 0)
    q = (1 - eps) * (labels[..., None] == np.arange(classes)) + eps / classes
    factor = (1.0 if w is None else w[labels]) * (labels != options.get("ignore_index"))
    expected = -np.sum(q * log_p, axis=-1) * factor
    divisor = np.sum(factor)
    value, gradient = lossbook.value_and_grad(CE)(z, labels, axis=axis, **options)
    assert value == pytest.approx(expected.sum() / divisor, rel=1e-12)
    slope = factor[..., None] * (np.exp(log_p) - q) / divisor
    np.testing.assert_allclose(np.moveaxis(gradient, axis, -1), slope, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(CE(z, labels, axis=axis, reduction="none", **options), expected, rtol=1e-12)


def test_arrays_that_are_not_contiguous_give_the_same_result():
    z = np.asfortranarray(LOGITS)[::-1, ::2]
    value, gradient = lossbook.value_and_grad(CE)(z, LABELS[::-1, ::2])
    other, slope = lossbook.value_and_grad(CE)(z.copy(), LABELS[::-1, ::2].copy())
    assert value == other
    np.testing.assert_array_equal(gradient, slope)


@pytest.mark.parametrize(("dtype", "expected"), [("float16", "float32"), ("int8", "float64"), ("bool", "float64")])
def test_integers_are_read_as_float64_and_half_precision_as_float32(dtype, expected):
    z = (np.arange(12).reshape(4, 3) % 2).astype(dtype)
    value, gradient = lossbook.value_and_grad(CE)(z, [0, 1, 2, 0])
    assert value.dtype == gradient.dtype == expected
    assert value == pytest.approx(CE(z.astype(float), [0, 1, 2, 0]), rel=1e-6)


finite = st.floats(-30, 30)


@given(arrays(float, 4, elements=finite), st.integers(0, 3), st.floats(-50, 50))
def test_a_shift_of_all_logits_changes_nothing(z, label, shift):
    assert CE(z + shift, label) == pytest.approx(CE(z, label), rel=1e-9, abs=1e-12)


@given(arrays(float, 4, elements=finite), st.integers(0, 3), st.floats(0, 1))
def test_the_gradient_sums_to_zero_and_the_loss_is_not_negative(z, label, smoothing):
    value, gradient = lossbook.value_and_grad(CE)(z, label, label_smoothing=smoothing)
    assert value >= 0
    assert gradient.sum() == pytest.approx(0, abs=1e-14)


@given(arrays(float, 2, elements=finite), st.integers(0, 1))
def test_two_classes_are_the_binary_cross_entropy(z, label):
    binary = lossbook.binary_cross_entropy_with_logits(z[1] - z[0], label)
    assert CE(z, label) == pytest.approx(binary, rel=1e-12, abs=1e-15)


@given(arrays(float, 3, elements=st.floats(-5, 5)), st.integers(0, 2))
def test_it_is_the_nll_of_the_log_softmax(z, label):
    log_p = np.minimum(z - math.log(sum(map(math.exp, z))), 0)
    assert NLL(log_p, label) == pytest.approx(CE(z, label), rel=1e-9, abs=1e-12)


@given(arrays(float, 3, elements=st.floats(0.01, 1)), arrays(float, 3, elements=finite))
def test_no_prediction_beats_the_target_itself(raw, z):
    q = raw / raw.sum()
    assert CE(np.log(q), q) <= CE(z, q) + 1e-12


def test_nll_looks_at_the_label_alone():
    value, gradient = lossbook.value_and_grad(NLL)(
        [[-0.5, -INF], [-INF, 0.0]], [0, 1], weight=[2.0, 1.0], reduction="none"
    )
    np.testing.assert_array_equal(value, [1.0, 0.0])
    assert not np.signbit(value).any()
    np.testing.assert_array_equal(gradient, [[-2, 0], [0, -1]])
    assert NLL([[-0.5, -INF]], [1]) == INF
    assert NLL([[-0.5, -INF]], [1], weight=[1, 0]) == 0


def test_nll_is_its_cards():
    z, w = [-0.7, -1.25, -3.0], [0.5, 2.0, 3.0]
    for label in range(3):
        expected = card("nll_loss").evaluate(list(map(sp.Rational, z)), label, list(map(sp.Rational, w)))
        assert NLL(z, label, weight=w, reduction="sum") == pytest.approx(float(expected), rel=1e-15, abs=0)


EXTREMES = proof.grid(
    z=[s * v for v in (0.0, 1e-8, 0.1, 5.0, 17.0, 37.0, 88.0, 700.0, 1e4) for s in (1, -1)],
    y=[0.0, 1.0],
    alpha=[0.0, 0.25, 1.0],
)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_balanced_agrees_with_its_card_within_four_ulp(order):
    run = [lambda f: f, lossbook.grad, lossbook.hessian_diag][order](BALANCED)
    symbols = list(card("balanced_binary_cross_entropy_with_logits").domain)[:3]
    expr = sp.diff(card("balanced_binary_cross_entropy_with_logits").formula, symbols[0], order)
    for point in EXTREMES:
        true = proof.digits(expr.subs(dict(zip(symbols, map(proof.exact, point), strict=True))))
        assert ulps(np.asarray(run(point[0], point[1], alpha=point[2])), true) <= 4


def test_balanced_takes_alpha_from_the_labels():
    y = np.r_[np.ones(100, int), np.zeros(900, int)]
    losses = BALANCED(np.zeros(1000), y, reduction="none") / math.log(2)
    np.testing.assert_allclose(losses, np.where(y, 0.9, 0.1), rtol=1e-15)
    assert losses[y == 1].sum() == pytest.approx(losses[y == 0].sum())
    z = RNG.normal(size=1000)
    assert BALANCED(z, y) == BALANCED(z, y.astype(bool)) == pytest.approx(BALANCED(z, y, alpha=0.9), rel=1e-15, abs=0)


def test_balanced_alpha_weighs_the_positives_and_the_mean_divides_by_their_number():
    assert BALANCED([0.0, 1.0], [1, 0], alpha=0.7) == pytest.approx(
        (0.7 * math.log(2) + 0.3 * math.log1p(math.e)) / 2, rel=1e-15
    )
    np.testing.assert_allclose(
        lossbook.grad(BALANCED)([0.0, 1.0], [1, 0], alpha=0.7), [-0.175, 0.15 / (1 + math.exp(-1))], rtol=1e-14
    )


@pytest.mark.parametrize("label", [0, 1])
def test_balanced_learns_nothing_from_one_class_alone(label):
    value, gradient = lossbook.value_and_grad(BALANCED)([1.0, -INF, INF], [label] * 3)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_balanced_counts_labels_but_takes_probabilities_with_alpha_given():
    with pytest.raises(ValueError, match=r"target must hold labels 0 or 1, but target\[1\] = 0\.25"):
        BALANCED([0.0, 0.0], [1, 0.25])
    assert BALANCED(0.0, 0.25, alpha=0.5) == pytest.approx(math.log(2) / 2)


@given(st.floats(-30, 30), st.sampled_from([0, 1]), st.floats(0, 1))
def test_balanced_is_the_weighted_binary_cross_entropy(z, y, alpha):
    weight = alpha if y else 1 - alpha
    expected = weight * lossbook.binary_cross_entropy_with_logits(z, y)
    assert BALANCED(z, y, alpha=alpha) == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_a_loss_of_log_probabilities_has_no_diagonal_second_derivative():
    with pytest.raises(TypeError, match="nll_loss has no diagonal second derivative: it is neither"):
        lossbook.hessian_diag(lossbook.nll_loss)(np.log(np.full((4, 3), 1 / 3)), [0, 1, 2, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [3, 100, 3000])
def test_smoothing_keeps_its_digits_for_many_classes(classes, dtype):
    z = np.stack([0.1 * RNG.normal(size=classes), 4 * RNG.normal(size=classes)]).astype(dtype)
    labels, tops = [classes // 2, 0], z.argmax(axis=1)
    for axis in (0, 1):
        along = z if axis else np.ascontiguousarray(z.T)
        value, gradient = lossbook.value_and_grad(CE)(along, labels, label_smoothing=0.1, axis=axis, reduction="none")
        for row, label, top, v, slope in zip(z, labels, tops, value, gradient if axis else gradient.T, strict=True):
            with mpmath.workdps(50):
                share = mpmath.mpf(0.1) / classes
                e = [mpmath.exp(mpmath.mpf(float(x))) for x in row]
                log_sum = mpmath.log(mpmath.fsum(e))
                true = share * mpmath.fsum(log_sum - mpmath.mpf(float(x)) for x in row)
                true += (1 - mpmath.mpf(0.1)) * (log_sum - mpmath.mpf(float(row[label])))
                at_top = e[top] / mpmath.fsum(e) - share - (0 if top != label else 1 - mpmath.mpf(0.1))
            # Where the two terms of the slope nearly meet, their own digits go.
            lost = max(1, float(abs((at_top + share) / at_top)))
            most = 1 if dtype is np.float32 else 4
            assert proof.ulps(v, sp.Float(true, 40)) <= most
            assert proof.ulps(slope[top], sp.Float(at_top, 40)) <= most * lost


def test_a_distribution_of_another_shape_is_refused_with_both_shapes():
    for target in (np.full((2, 4), 0.25), np.full((3, 2), 0.5), [0.2, 0.3, 0.5]):
        with pytest.raises(
            ValueError, match=r"target has shape \(.*\), but logits has shape \(2, 3\)\. Pass distributions"
        ):
            CE(np.zeros((2, 3)), target)
    for shape, axis in (((2, 3), 1), ((2, 3, 4), 1), ((2, 3, 4), 0)):
        with pytest.raises(TypeError, match="target must be integer class indices, but its dtype is float64"):
            CE(np.zeros(shape), np.zeros(np.delete(shape, axis)), axis=axis)


def test_labels_in_the_shape_of_the_logits_are_told_from_distributions():
    with pytest.raises(ValueError, match=r"target\[0, 2\] = 2\. Pass class labels in the shape of logits without"):
        CE(np.zeros((2, 3)), [[0, 1, 2], [2, 1, 0]])
    with pytest.raises(ValueError, match=r"target\[0, 2\] = 2\.0\. Apply a softmax to scores"):
        CE(np.zeros((2, 3)), [[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
