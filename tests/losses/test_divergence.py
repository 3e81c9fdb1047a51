"""Entropy, KL and JS: hand values, the definitions at high precision, zeros, and pairs that hardly differ."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook import proof
from lossbook.cards import card
from lossbook.cards.notation import K, probs, target
from lossbook.losses import divergence

ENTROPY, KL, JS = lossbook.entropy, lossbook.kl_divergence, lossbook.js_divergence
INF = math.inf
LOG2 = math.log(2)


def true_kl(p, q):
    return mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True) if a)


def true_js(p, q):
    return mpmath.fsum(c * mpmath.log(2 * c / (a + b)) for a, b in zip(p, q, strict=True) for c in (a, b) if c) / 2


def true_entropy(p, q=None):
    return -mpmath.fsum(a * mpmath.log(a) for a in p if a)


def ulps(computed, true):
    spacing = np.spacing(np.abs(computed.dtype.type(float(true))))
    return float(abs(mpmath.mpf(float(computed)) - true) / float(spacing))


def pairs(classes, dtype=np.float64):
    """Pairs at relative distances from 1 down to 1e-8, flat and peaked, some far apart."""
    rng = np.random.default_rng(3)
    for peak in (1, 0.1):
        for distance in (None, 0.99, 0.6, 0.3, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8):
            for _ in range(4):
                p = np.maximum(rng.dirichlet(np.full(classes, peak)), 1e-30)
                q = np.maximum(rng.dirichlet(np.full(classes, peak)), 1e-30)
                if distance is not None:
                    q = p * (1 + distance * rng.uniform(-1, 1, classes))
                yield (p / p.sum()).astype(dtype), (q / q.sum()).astype(dtype)


def exact(values):
    return [mpmath.mpf(float(v)) for v in values]


@pytest.mark.parametrize(
    ("p", "q", "kl", "js"),
    [
        (
            [0.5, 0.5],
            [0.25, 0.75],
            math.log(4 / 3) / 2,
            math.log(4 / 3 * 4 / 5) / 4 + math.log(2 / 3 * (6 / 5) ** 3) / 8,
        ),
        ([1, 0], [0.5, 0.5], LOG2, math.log(4 / 3) / 2 + math.log(2 / 3) / 4 + LOG2 / 4),
        ([1, 0], [0, 1], INF, LOG2),
        ([0.5, 0.5, 0], [0.5, 0.5, 0], 0, 0),
        ([0, 1], [0.25, 0.75], math.log(4 / 3), 0.5 * math.log(8 / 7) + 0.375 * math.log(6 / 7) + 0.125 * LOG2),
    ],
)
def test_hand_values(p, q, kl, js):
    assert KL(p, q) == pytest.approx(kl, rel=1e-15, abs=0)
    assert JS(p, q) == pytest.approx(js, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("p", "expected"), [([1, 0, 0], 0), ([0.5, 0.5], LOG2), ([0.25] * 4, 2 * LOG2), ([0.5, 0.25, 0.25], 1.5 * LOG2)]
)
def test_hand_values_of_the_entropy(p, expected):
    assert ENTROPY(p) == pytest.approx(expected, rel=1e-15, abs=0)
    assert not np.signbit(ENTROPY(p))


@pytest.mark.parametrize("classes", [2, 5, 100])
@pytest.mark.parametrize(
    ("loss", "true", "bound"), [(KL, true_kl, 8), (JS, true_js, 4), (ENTROPY, true_entropy, 4)], ids=["KL", "JS", "H"]
)
def test_values_keep_their_digits_at_every_distance(loss, true, bound, classes):
    errors = []
    with mpmath.workprec(400):
        for p, q in pairs(classes):
            expected = true(exact(p), exact(q))
            if expected > 0:  # rounded distributions that sum to less than their partner can fall below
                errors.append(ulps(loss(p) if loss is ENTROPY else loss(p, q), expected))
    assert len(errors) > 60
    assert max(errors) <= bound


@pytest.mark.parametrize("classes", [2, 5, 100, 1000])
@pytest.mark.parametrize(("loss", "true"), [(KL, true_kl), (JS, true_js)], ids=["KL", "JS"])
def test_float32_values_keep_their_digits_at_every_distance(loss, true, classes):
    with mpmath.workprec(400):
        errors = []
        for p, q in pairs(classes, np.float32):
            expected = true(exact(p), exact(q))
            if expected > 0:
                errors.append(ulps(loss(p, q), expected))
    assert len(errors) > 60
    assert max(errors) <= 5


@pytest.mark.parametrize("classes", [2, 5, 100])
def test_float32_entropies_are_those_of_float64_rounded_once(classes):
    with mpmath.workprec(400):
        errors = [ulps(ENTROPY(p), true_entropy(exact(p), None)) for p, _ in pairs(classes, np.float32)]
    assert max(errors) <= 0.51


@pytest.mark.parametrize("kernel", [divergence._kl, divergence._js])
def test_float32_terms_of_many_classes_are_added_up_in_float64(kernel):
    p, q = np.random.default_rng(0).dirichlet(np.full(100, 0.1), size=(2, 2000)).astype(np.float32) + np.float32(1e-30)
    found, true = (next(kernel(p.T.astype(d, order="C"), q.T.astype(d, order="C"))) for d in (np.float32, float))
    assert max(abs(found - true) / np.spacing(true.astype(np.float32))) <= 2


def test_float32_gradients_keep_their_digits_at_every_distance():
    with mpmath.workprec(200):
        for p, q in pairs(5, np.float32):
            given = zip(exact(p), exact(q), lossbook.grad(KL)(p, q), lossbook.grad(JS)(p, q), strict=True)
            for a, b, kl, js in given:
                assert ulps(kl, -a / b) <= 1
                if a != b:
                    assert ulps(js, mpmath.log(2 * b / (a + b)) / 2) <= 5


def test_gradients_agree_with_the_derivative_of_the_card_at_fifty_digits():
    with mpmath.workprec(400):
        for p, q in pairs(5):
            given = zip(exact(p), exact(q), lossbook.grad(KL)(p, q), lossbook.grad(JS)(p, q), strict=True)
            for a, b, kl, js in given:
                assert ulps(kl, -a / b) <= 1
                if a != b:
                    assert ulps(js, mpmath.log(2 * b / (a + b)) / 2) <= 6


@pytest.mark.parametrize("loss", [KL, JS, lambda q, p: lossbook.entropy(p)], ids=["KL", "JS", "H"])
def test_gradients_are_the_slopes_of_the_values(loss):
    p, q, h = [0.125, 0.5, 0.375], np.array([0.25, 0.625, 0.125]), 1e-9
    run = {KL: KL, JS: JS}.get(loss)
    slope = lossbook.grad(ENTROPY)(q) if run is None else lossbook.grad(run)(p, q)
    for k in range(3):
        # Not projected: one entry moves alone, which the tolerance of the sum allows for steps as short as this.
        up, down = q.copy(), q.copy()
        up[k] += h
        down[k] -= h
        assert slope[k] == pytest.approx((loss(p, up) - loss(p, down)) / (2 * h), rel=1e-5, abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda v: sum(v) > 0.1))
def test_equal_distributions_have_divergence_exactly_zero(values):
    p = np.array(values) / sum(values)
    for loss in (KL, JS):
        value, gradient = lossbook.value_and_grad(loss)(p, p)
        assert value == 0
        np.testing.assert_array_equal(gradient, np.where(p > 0, -1, 0) if loss is KL else 0)


@given(*[st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda v: sum(v) > 0.1)] * 2)
def test_divergences_stay_within_their_ranges_and_js_is_symmetric(first, second):
    p, q = np.array(first) / sum(first), np.array(second) / sum(second)
    assert KL(p, q) >= 0.5 * np.sum(abs(p - q)) ** 2 * (1 - 1e-12) - 1e-15
    assert 0 <= JS(p, q) <= LOG2
    assert JS(p, q) == JS(q, p)
    assert -1e-15 <= ENTROPY(p) <= math.log(4) * (1 + 1e-15)


def test_divergences_of_nearly_equal_float32_distributions_are_never_negative():
    for p, q in pairs(5, np.float32):
        assert KL(p, q) >= 0
        assert JS(p, q) >= 0


def test_kl_and_entropy_add_up_to_the_cross_entropy():
    for p, q in pairs(5):
        assert KL(p, q) + ENTROPY(p) == pytest.approx(-np.sum(p * np.log(q)), rel=1e-13, abs=0)


def test_js_is_the_entropy_of_the_middle_less_the_mean_entropy():
    for p, q in pairs(5):
        assert JS(p, q) == pytest.approx(ENTROPY((p + q) / 2) - (ENTROPY(p) + ENTROPY(q)) / 2, abs=1e-14)


def test_what_the_model_leaves_out_is_infinite_and_what_the_reference_leaves_out_is_free():
    value, gradient = lossbook.value_and_grad(KL)([0.5, 0.5, 0], [1, 0, 0])
    assert value == INF
    np.testing.assert_array_equal(gradient, [-0.5, -INF, 0])
    value, gradient = lossbook.value_and_grad(KL)([1, 0, 0], [0.5, 0.5, 0])
    assert value == LOG2
    np.testing.assert_array_equal(gradient, [-2, 0, 0])


def test_js_gradient_at_zeros():
    gradient = lossbook.grad(JS)([0.5, 0.5, 0, 0], [0.5, 0, 0.5, 0])
    np.testing.assert_allclose(gradient, [0, -INF, LOG2 / 2, 0])


def test_the_entropy_has_an_infinite_slope_at_zero():
    np.testing.assert_allclose(lossbook.grad(ENTROPY)([0.5, 0.5, 0]), [LOG2 - 1, LOG2 - 1, INF])


def test_js_is_log_2_for_disjoint_supports():
    assert JS([0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75]) == LOG2
    assert JS([0.1] * 10 + [0] * 10, [0] * 10 + [0.1] * 10) == pytest.approx(LOG2, rel=1e-15, abs=0)
    assert JS([0.1] * 10 + [0] * 10, [0] * 10 + [0.1] * 10) <= LOG2


def test_sums_a_little_above_one_do_not_lift_js_above_log_2():
    assert JS([0.5 + 1e-9, 0.5, 0, 0], [0, 0, 0.5 + 1e-9, 0.5]) == LOG2


def test_a_quotient_that_overflows_keeps_its_logarithm():
    value = KL([0.75, 0.25], [5e-324, 1])
    assert value == pytest.approx(0.75 * (math.log(0.75) - math.log(5e-324)) + 0.25 * math.log(0.25), rel=1e-15, abs=0)


def test_a_base_divides_value_and_gradient_by_its_logarithm():
    p, q = [0.5, 0.5], [0.25, 0.75]
    assert ENTROPY(p, base=2) == 1
    assert JS([1, 0], [0, 1], base=2) == 1
    for base in (2, 10, 0.5):
        for loss in (KL, JS):
            value, gradient = lossbook.value_and_grad(loss)(p, q, base=base)
            nats, slope = lossbook.value_and_grad(loss)(p, q)
            assert value == pytest.approx(nats / math.log(base), rel=1e-15, abs=0)
            np.testing.assert_allclose(gradient, slope / math.log(base), rtol=1e-15)
        np.testing.assert_allclose(
            lossbook.grad(ENTROPY)(q, base=base), lossbook.grad(ENTROPY)(q) / math.log(base), rtol=1e-15
        )


def test_the_base_is_not_rounded_to_float32():
    p, q = np.array([0.5, 0.5], np.float32), np.array([0.25, 0.75], np.float32)
    assert KL(p, q, base=10) == np.float32(0.5 * math.log10(4 / 3))


def test_the_prediction_of_a_divergence_is_its_second_argument():
    p, q = [0.9, 0.1], [0.4, 0.6]
    assert KL(p, q) == pytest.approx(0.9 * math.log(0.9 / 0.4) + 0.1 * math.log(0.1 / 0.6))
    np.testing.assert_allclose(lossbook.grad(KL)(p, q), [-0.9 / 0.4, -0.1 / 0.6])
    np.testing.assert_allclose(lossbook.grad(JS)(p, q), [math.log(0.8 / 1.3) / 2, math.log(1.2 / 0.7) / 2])


def test_integer_one_hot_distributions_are_read():
    assert KL(np.array([0, 1]), np.array([0.5, 0.5])) == LOG2
    assert ENTROPY(np.array([False, True])) == 0


@pytest.mark.parametrize("shape", [(9000, 2), (3, 9001), (2, 5, 4000)])
def test_blocks_leave_no_distribution_out(shape):
    rng = np.random.default_rng(2)
    p, q = rng.random((2, *shape)) + 0.1
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    p[0], q[0] = q[0], p[0]
    middle = (p + q) / 2
    expected = {
        KL: np.sum(p * np.log(p / q), axis=1),
        JS: np.sum(p * np.log(p / middle) + q * np.log(q / middle), axis=1) / 2,
    }
    for loss, values in expected.items():
        np.testing.assert_allclose(loss(p, q, axis=1, reduction="none"), values, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(ENTROPY(p, axis=1), -np.sum(p * np.log(p), axis=1), rtol=1e-12)
    np.testing.assert_allclose(lossbook.grad(KL)(p, q, axis=1, reduction="sum"), -p / q, rtol=1e-14)


@pytest.mark.parametrize("name", ["entropy", "kl_divergence", "js_divergence"])
def test_the_implementation_is_the_printed_formula(name):
    """Three classes put into the sum on the card, at fifty digits."""
    p, q = [0.125, 0.5, 0.375], [0.25, 0.625, 0.125]
    values = {base[k]: proof.exact(v[k - 1]) for base, v in ((probs, p), (target, q)) for k in (1, 2, 3)}
    given = [p] if name == "entropy" else [p, q]
    value = getattr(lossbook, name)(*given)
    assert proof.ulps(value, proof.digits(card(name).formula.subs(K, 3).doit().subs(values))) <= 4
    assert proof.ulps(value, proof.digits(card(name).evaluate(*[list(map(proof.exact, v)) for v in given]))) <= 4


@pytest.mark.parametrize("t", [1e-6, 0.01, 0.1, 0.2, 0.2999])
def test_the_polynomial_for_the_inverse_hyperbolic_tangent_is_off_by_less_than_a_rounding_error(t):
    """Of a term of KL, what it stands for is at most 0.13."""
    with mpmath.workdps(60):
        x = mpmath.mpf(t)
        true = (mpmath.atanh(x) - x) / x**3
        found = mpmath.polyval([mpmath.mpf(c) for c in divergence._ATANH[::-1]], x**2)
        assert abs(found / true - 1) < mpmath.mpf(2) ** -53


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("t", [1e-6, 0.01, 0.1, 0.3, 0.5, 0.6999])
def test_the_polynomial_for_the_terms_of_js_is_off_by_less_than_a_quarter_of_a_rounding_error(t, dtype):
    with mpmath.workdps(60):
        x = mpmath.mpf(t)
        true = ((1 + x) * mpmath.log(1 + x) + (1 - x) * mpmath.log(1 - x)) / x**2
        found = mpmath.polyval([mpmath.mpf(c) for c in divergence._JS[np.dtype(dtype)][::-1]], x**2)
        assert abs(found / true - 1) < mpmath.mpf(float(np.finfo(dtype).eps)) / 8


def test_a_sum_that_is_off_by_as_much_as_is_allowed_is_not_to_blame():
    allowed = 2.0**-26  # the root of the epsilon of float64
    nearly, wrong = [0.5, 0.5 + allowed], [0.5, 0.75]
    assert KL([nearly], [nearly]) == JS([nearly], [nearly]) == 0
    for loss in (KL, JS):
        with pytest.raises(ValueError, match=r"\[1, :\] sums to 1\.25"):
            loss([nearly, wrong], [nearly, nearly])
        with pytest.raises(ValueError, match=r"\[0, :\] sums to 1\.0000000149011614"):
            loss([[0.5, 0.5 + allowed + 2.0**-52]], [nearly])


@pytest.mark.parametrize("loss", [lossbook.squared_emd_loss, lambda p, _: lossbook.lovasz_softmax(p[None], [0])])
def test_sums_of_float32_are_judged_and_named_in_float64(loss):
    allowed = math.sqrt(np.finfo(np.float32).eps)
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.random(100)
        given = (p * (1 + allowed + rng.uniform(-1e-7, 1e-7)) / p.sum()).astype(np.float32)
        total = np.sum(given, dtype=np.float64).item()
        if total - 1 <= allowed:
            loss(given, given)
        else:
            with pytest.raises(ValueError, match=rf"sums to {total!r}"):
                loss(given, given)


@pytest.mark.parametrize("loss", [KL, JS])
def test_a_divergence_does_not_depend_on_the_pairs_beside_it(loss):
    """Pairs that hardly differ lie beside pairs far apart, with zeros among them."""
    rng = np.random.default_rng(15)
    p = rng.dirichlet(np.ones(5), size=40)
    q = p * (1 + 10.0 ** -rng.integers(1, 9, (40, 1)) * rng.uniform(-1, 1, p.shape))
    q[::3] = rng.dirichlet(np.ones(5), size=len(q[::3]))
    p[::7, 0] = 0
    p, q = (a / a.sum(axis=1, keepdims=True) for a in (p, q))
    together = loss(p, q, reduction="none")
    alone = [loss(a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-14)


def test_the_gradient_of_js_is_nearly_as_exact_as_a_logarithm():
    p, q = np.random.default_rng(0).dirichlet([4, 4, 4], (2, 4000))
    slopes = lossbook.grad(JS)(p, q, reduction="sum")
    with mpmath.workprec(200):
        for a, b, slope in zip(exact(p.ravel()), exact(q.ravel()), slopes.ravel(), strict=True):
            assert ulps(slope, mpmath.log(2 * b / (a + b)) / 2) <= 2.4


@pytest.mark.parametrize("loss", [lossbook.kl_divergence, lossbook.js_divergence, lossbook.entropy])
def test_many_classes_along_the_first_axis_do_not_add_up_their_rounding_errors(loss):
    shares = np.random.default_rng(5).dirichlet(np.ones(30_000), size=4)
    pairs, options = [shares, shares[::-1]], {"reduction": "none"}
    if loss is lossbook.entropy:
        pairs, options = [shares], {}
    along = loss(*pairs, axis=1, **options)
    across = loss(*(np.ascontiguousarray(side.T) for side in pairs), axis=0, **options)
    np.testing.assert_allclose(across, along, rtol=1e-15)


def test_a_zero_with_a_sign_is_a_zero():
    run = lossbook.value_and_grad(lossbook.kl_divergence)
    for zero in (0.0, -0.0):
        value, gradient = run([0.5, 0.5], [1, zero])
        assert value == math.inf
        np.testing.assert_array_equal(gradient, [-0.5, -math.inf])


@pytest.mark.parametrize("base", [2, 10, 0.5])
def test_a_base_divides_value_and_gradient_as_the_docstrings_say(base):
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.1, 0.3])
    for loss, arguments, slope in (
        (lossbook.entropy, (p,), -np.log(p) - 1),
        (lossbook.kl_divergence, (p, q), -p / q),
        (lossbook.js_divergence, (p, q), np.log(2 * q / (p + q)) / 2),
    ):
        value, gradient = lossbook.value_and_grad(loss)(*arguments, base=base)
        np.testing.assert_allclose(value, loss(*arguments) / math.log(base), rtol=1e-14)
        np.testing.assert_allclose(gradient, slope / math.log(base), rtol=1e-13)
    assert lossbook.js_divergence([1, 0], [0, 1], base=base) == pytest.approx(math.log(2) / math.log(base))
