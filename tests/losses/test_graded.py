"""Graded targets and hard negatives: hand values, the last digits, edges and kinks, limits, and what each is beside the others."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import lossbook
from lossbook.cards import card
from lossbook.numerics.powers import exponential_in_two

QUALITY, VARIFOCAL, ASYMMETRIC = lossbook.quality_focal_loss, lossbook.varifocal_loss, lossbook.asymmetric_loss
PENALTY, GHM, SOFT_MARGIN = (
    lossbook.penalty_reduced_focal_loss,
    lossbook.ghm_loss,
    lossbook.multilabel_soft_margin_loss,
)
FOCAL, BCE = lossbook.sigmoid_focal_loss, lossbook.binary_cross_entropy_with_logits
OF_ELEMENTS = [QUALITY, VARIFOCAL, ASYMMETRIC, PENALTY]
ALL = [*OF_ELEMENTS, GHM, SOFT_MARGIN]
INF = math.inf
DERIVED = (lambda loss: loss, lossbook.grad, lossbook.hessian_diag)


def logit(p):
    """The score whose probability this is."""
    return math.log(p / (1 - p))


def of(loss, z, y, order=0, **options):
    """The value of each element, or its derivative."""
    z, y = np.atleast_1d(np.asarray(z)), np.atleast_1d(np.asarray(y))
    return DERIVED[order](loss)(z, y, reduction="none" if order == 0 else "sum", **options)


def named(part):
    """The name of a loss, or the values of its options."""
    return getattr(part, "__name__", None) or "-".join(f"{v:g}" for v in part.values()) or "default"


# --- Hand values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "z", "y", "options", "value"),
    [
        (QUALITY, math.log(3), 0.25, {}, 0.25 * (0.25 * math.log(4 / 3) + 0.75 * math.log(4))),
        (QUALITY, math.log(3), 1, {"beta": 3.0}, math.log(4 / 3) / 64),
        (QUALITY, 0.0, 0.5, {}, 0),
        (QUALITY, 0.0, 0.5, {"beta": 0.0}, math.log(2)),
        (VARIFOCAL, math.log(3), 0.5, {}, 0.25 * math.log(4 / 3) + 0.25 * math.log(4)),
        (VARIFOCAL, math.log(3), 0, {}, 0.75 * 9 / 16 * math.log(4)),
        (VARIFOCAL, math.log(3), 1, {}, math.log(4 / 3)),
        (ASYMMETRIC, math.log(3), 0, {"margin": 0.25, "gamma_neg": 2.0}, math.log(2) / 4),
        (ASYMMETRIC, math.log(3), 1, {"gamma_pos": 1.0}, math.log(4 / 3) / 4),
        (ASYMMETRIC, math.log(3), 0, {"margin": 0.0, "gamma_neg": 1.0}, 0.75 * math.log(4)),
        (PENALTY, math.log(3), 1, {}, math.log(4 / 3) / 16),
        (PENALTY, math.log(3), 0.5, {"beta": 3.0}, 9 / 16 / 8 * math.log(4)),
        (PENALTY, math.log(3), 0, {}, 9 / 16 * math.log(4)),
    ],
)
def test_hand_values(loss, z, y, options, value):
    np.testing.assert_allclose(of(loss, z, y, **options), value, rtol=4e-16, atol=0)


def test_a_row_of_labels_is_the_mean_of_its_cross_entropies_whatever_they_weigh():
    z, y, w = [[0.0, math.log(3), -math.log(3)]], [[1, 0, 0]], [1.0, 2.0, 3.0]
    terms = np.log([2, 4, 4 / 3])
    np.testing.assert_allclose(SOFT_MARGIN(z, y), terms.mean(), rtol=1e-15)
    np.testing.assert_allclose(SOFT_MARGIN(z, y, weight=w), (terms @ w) / 3, rtol=1e-15)
    np.testing.assert_allclose(
        SOFT_MARGIN(np.transpose(z), np.transpose(y), weight=w, axis=0), (terms @ w) / 3, rtol=1e-15
    )
    slopes = lossbook.grad(SOFT_MARGIN)(z, y, weight=w)
    np.testing.assert_allclose(slopes, [[-1 / 6, 2 / 3 * 0.75, 0.25]], rtol=1e-15)


def test_harmonised_weights_of_five_gradients():
    g = [0.05, 0.06, 0.08, 0.55, 0.97]
    z = [logit(p) for p in g]
    terms = -np.log1p(-np.array(g))
    # Three bins are not empty, of three, one and one elements.
    np.testing.assert_allclose(
        GHM(z, [0] * 5, reduction="none"), terms * [5 / 9, 5 / 9, 5 / 9, 5 / 3, 5 / 3], rtol=1e-14
    )
    assert GHM(z, [0] * 5) == pytest.approx(1.457, abs=5e-4)
    assert GHM([-x for x in z], [1] * 5) == pytest.approx(GHM(z, [0] * 5), rel=1e-14)
    # With the number of all bins, as in the paper, it would be 3/10 of that.
    assert GHM(z, [0] * 5) * 3 / 10 == pytest.approx(0.437, abs=5e-4)


# --- Digits ----------------------------------------------------------------------------------------------------------------


def truth(loss, z, y, beta=2, gamma=2, alpha=0.75, gamma_pos=0, gamma_neg=4, margin=0.05):
    """Value and derivatives of one element, with as many digits as mpmath is asked for."""
    z, y = mpmath.mpf(float(z)), mpmath.mpf(float(y))
    p, q = 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))
    spread, entropy = p * q, y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))

    def focal(label, exponent):
        p_t, rest = (p, q) if label else (q, p)
        log = mpmath.log1p(mpmath.exp(-z if label else z))
        power = rest**exponent
        slope = -(1 if label else -1) * power * (rest + exponent * p_t * log)
        bend = power * ((1 + 2 * exponent) * spread + exponent * p_t * log * (exponent * p_t - rest))
        return power * log, slope, bend

    if loss is QUALITY:
        d = p - y
        if d == 0:
            none = beta == 0
            return none * entropy, 0, none * spread + 2 * (beta == 2) * spread**2 * entropy
        size, sign = abs(d), mpmath.sign(d)
        return (
            size**beta * entropy,
            sign * (beta * size ** (beta - 1) * spread * entropy + size ** (beta + 1)),
            beta * (beta - 1) * size ** (beta - 2) * spread**2 * entropy
            + beta * size ** (beta - 1) * sign * spread * (q - p) * entropy
            + (2 * beta + 1) * size**beta * spread,
        )
    if loss is VARIFOCAL:
        if y > 0:
            return y * entropy, y * (p - y), y * spread
        return tuple(mpmath.mpf(alpha) * part for part in focal(0, gamma))
    if loss is PENALTY:
        if y == 1:
            return focal(1, gamma)
        return tuple((1 - y) ** mpmath.mpf(beta) * part for part in focal(0, gamma))
    if y == 1:
        return focal(1, gamma_pos)
    u = p - mpmath.mpf(margin)
    if u <= 0:
        return 0, 0, 0
    log = -mpmath.log1p(-u) if u < mpmath.mpf("0.5") else -mpmath.log(q + mpmath.mpf(margin))
    left, power = q + mpmath.mpf(margin), u**gamma_neg
    rate = power * (1 / left + gamma_neg * log / u)
    bend = power * (1 / left**2 + 2 * gamma_neg / (u * left) + gamma_neg * (gamma_neg - 1) * log / u**2)
    return power * log, rate * spread, bend * spread**2 + rate * spread * (q - p)


def units(found, true, dtype):
    """How many units in the last place a number is off; what is below the smallest normal number counts in its units."""
    if abs(true) >= float(np.finfo(dtype).max):
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    unit = np.spacing(max(dtype(abs(float(true))), np.finfo(dtype).tiny))
    return float(abs(mpmath.mpf(float(found)) - true) / float(unit)) if np.isfinite(found) else INF


def elements(dtype, levels):
    """Logits of all sizes, some at random, and those next to where the probability is a level; with each target."""
    sizes = [0.0, 1e-300, 1e-9, 1e-4, 0.1, 0.7, 3.0, 17.0, 36.7, 40.0, 88.0, 300.0, 700.0]
    rng = np.random.default_rng(5)
    z = [*sizes, *(-s for s in sizes), *rng.normal(0, 3, 60)]
    targets = [0, 1, *levels, 1e-12, 0.25, 0.5, 0.75, 1 - 1e-9, *rng.uniform(0, 1, 4)]
    for level in targets:
        if 0 < dtype(level) < 1:
            edge = float(dtype(logit(float(dtype(level)))))
            z += [
                edge,
                np.nextafter(edge, 9),
                np.nextafter(edge, -9),
                edge + 1e-9,
                edge - 1e-6,
                edge + 1e-3,
                edge - 0.1,
            ]
    pairs = np.array(list(itertools.product(z, targets)))
    few = np.concatenate([pairs[: 26 * len(targets)], rng.permutation(pairs)[:700]])
    edges = [(logit(float(dtype(y))) + off, y) for y in targets if 0 < dtype(y) < 1 for off in (0, 1e-15, -1e-12, 1e-6)]
    return np.concatenate([few, edges]).astype(dtype).T


EXPONENTS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.7, 12.0]
CASES = [
    *((QUALITY, {"beta": beta}) for beta in EXPONENTS),
    *((VARIFOCAL, {"gamma": gamma, "alpha": 0.3}) for gamma in (0.0, 0.5, 2.0, 5.0)),
    *((PENALTY, {"gamma": gamma, "beta": beta}) for gamma, beta in ((2.0, 4.0), (0.5, 0.5), (0.0, 0.0), (5.0, 12.0))),
    *((ASYMMETRIC, {"gamma_neg": gamma, "margin": margin}) for gamma, margin in ((4.0, 0.05), (0.0, 0.05), (0.5, 0.3), (1.0, 1e-9), (3.0, 0.9), (2.0, 0.0))),
    (ASYMMETRIC, {"gamma_pos": 1.5, "gamma_neg": 12.0, "margin": 0.2}),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "options"), CASES, ids=named)
def test_value_and_slope_are_within_eight_units_of_the_last_place(loss, options, dtype):
    levels = (0.05, 0.3) if loss is not ASYMMETRIC else (0, 1)
    z, y = elements(dtype, levels)
    if loss is ASYMMETRIC:
        edge = logit(options["margin"]) if options["margin"] else 0.0
        near = np.array([edge, edge + 1e-12, edge - 1e-12, edge + 1e-6, edge + 0.01, np.nextafter(edge, 9)], dtype)
        z, y = np.concatenate([z, near]), np.concatenate([y, np.zeros(6)])
        y = (y > 0.5).astype(int)
    found = [of(loss, z, y, order, **options) for order in range(3)]
    assert found[0].dtype == dtype
    for n, (score, target) in enumerate(zip(z, y, strict=True)):
        with mpmath.workprec(1100 if 0 < abs(score) < 1e-5 else 200 + 2 * int(abs(score))):
            true = truth(loss, score, target, **options)
            for order in range(2):
                assert units(found[order][n], mpmath.mpf(true[order]), dtype) <= most(loss, score, target, **options), (order, score, target, found[order][n], mpmath.nstr(true[order], 17))  # fmt: skip
            # The second derivative changes its sign: it is measured by the largest of the three.
            size = max(*map(abs, true[1:]), abs(true[0]) / 4)
            if 1e-290 < size < 1e290 and dtype is np.float64:
                assert abs(found[2][n] - true[2]) <= 1e-13 * size, (score, target, found[2][n])


def most(loss, z, y, beta=2, **_):
    """Eight units; more only where all but the last digits of two doubles cancel in p − y."""
    if loss is QUALITY and 0 < y < 1:
        gap = abs(1 / (1 + mpmath.exp(-mpmath.mpf(float(z)))) - mpmath.mpf(float(y)))
        return 8 + (max(beta, 1) * 3e-16 * 1e-16 / float(gap) / 1e-16 if gap else 0)
    return 8


def test_an_exponential_in_two_parts_has_the_digits_of_both():
    x = -np.concatenate([[0.0, 0.3465735, 0.34657361, 1e-300], np.random.default_rng(0).uniform(0, 600, 80)])
    with mpmath.workprec(300):
        for number, upper, lower in zip(x, *exponential_in_two(x), strict=True):
            true = mpmath.exp(mpmath.mpf(float(number)))
            assert abs((mpmath.mpf(float(upper)) + mpmath.mpf(float(lower))) / true - 1) < 1e-31


# --- Limits and kinks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("loss", "options", "y", "values", "slopes"),
    [
        (QUALITY, {}, 1, (0, INF), (0, -1)),
        (QUALITY, {}, 0, (INF, 0), (1, 0)),
        (QUALITY, {}, 0.25, (INF, INF), (27 / 64, -1 / 64)),
        (VARIFOCAL, {}, 0, (INF, 0), (0.75, 0)),
        (VARIFOCAL, {"alpha": 0.0}, 0, (0, 0), (0, 0)),
        (VARIFOCAL, {}, 0.25, (INF, INF), (3 / 16, -1 / 16)),
        (VARIFOCAL, {"gamma": 0.5}, 1, (0, INF), (0, -1)),
        (ASYMMETRIC, {"margin": 0.25, "gamma_neg": 2.0}, 0, (9 / 16 * math.log(4), 0), (0, 0)),
        (ASYMMETRIC, {"margin": 0.0}, 0, (INF, 0), (1, 0)),
        (ASYMMETRIC, {}, 1, (0, INF), (0, -1)),
        (PENALTY, {}, 1, (0, INF), (0, -1)),
        (PENALTY, {}, 0.5, (INF, 0), (1 / 16, 0)),
        (GHM, {}, 1, (0, INF), (0, -1)),
        (GHM, {}, 0, (INF, 0), (1, 0)),
    ],
)
def test_an_infinite_logit_gives_the_limit(loss, options, y, values, slopes, dtype):
    # One at a time: what a batch holds besides decides for some.
    for z, value, slope in zip((INF, -INF), values, slopes, strict=True):
        z = np.array([z], dtype)
        np.testing.assert_allclose(of(loss, z, [y], **options), [value], rtol=2e-7 if dtype is np.float32 else 2e-15)
        np.testing.assert_allclose(of(loss, z, [y], 1, **options), [slope], rtol=2e-7 if dtype is np.float32 else 2e-15)
        if loss is not GHM:
            np.testing.assert_array_equal(of(loss, z, [y], 2, **options), [0])


def test_infinite_logits_of_a_row_give_the_limit():
    z = [[INF, -INF], [INF, -INF], [INF, 0.0]]
    y = [[1, 0], [0, 0], [1, 1]]
    np.testing.assert_allclose(SOFT_MARGIN(z, y, reduction="none"), [0, INF, math.log(2) / 2])
    np.testing.assert_allclose(lossbook.grad(SOFT_MARGIN)(z, y, reduction="sum"), [[0, 0], [0.5, 0], [0, -0.25]])
    assert SOFT_MARGIN([[INF, 0.0]], [[0, 0]], weight=[0.0, 2.0]) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("exponent", "bend"), [(0.0, 0.25), (0.5, 0), (1.0, 0), (1.5, INF), (2.0, math.log(2) / 8), (3.0, 0)]
)
def test_at_its_target_the_quality_focal_loss_is_flat(exponent, bend):
    value = of(QUALITY, 0.0, 0.5, beta=exponent)
    np.testing.assert_allclose(value, [math.log(2) if exponent == 0 else 0], rtol=1e-15)
    np.testing.assert_array_equal(of(QUALITY, 0.0, 0.5, 1, beta=exponent), [0])
    np.testing.assert_allclose(of(QUALITY, 0.0, 0.5, 2, beta=exponent), [bend], rtol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 4.0])
def test_at_the_margin_the_flat_side_is_taken(gamma):
    for order in range(3):
        np.testing.assert_array_equal(of(ASYMMETRIC, [0.0, -1.0], [0, 0], order, margin=0.5, gamma_neg=gamma), [0, 0])


@pytest.mark.parametrize("gamma", [1e-300, 1e5, 1e7, 1e300])
@pytest.mark.parametrize("y", [0, 0.3, 1])
def test_huge_and_tiny_exponents_give_the_limit_and_never_nan(gamma, y):
    z = np.array([INF, 800, 40, 1, 0, -1, -40, -800, -INF])
    targets = np.full(9, y)
    ways = [
        (QUALITY, {"beta": gamma}),
        (PENALTY, {"gamma": gamma}),
        (PENALTY, {"beta": gamma}),
        (VARIFOCAL, {"gamma": gamma}),
    ]
    ways += [
        (ASYMMETRIC, {"gamma_pos": gamma, "gamma_neg": gamma, "margin": m}) for m in (0.0, 1e-300, 0.3, 1 - 2**-53)
    ]
    for loss, options in ways:
        labels = np.ceil(targets).astype(int) if loss is ASYMMETRIC else targets
        for order in range(3):
            assert not np.isnan(of(loss, z, labels, order, **options)).any()
    if gamma < 1:
        expected = lossbook.binary_cross_entropy_with_logits(z, targets, reduction="none")
        np.testing.assert_allclose(
            of(QUALITY, z, targets, beta=gamma), np.where(expected == 0, 0, expected), rtol=1e-14
        )
    else:
        assert (of(QUALITY, z[3:6], targets[3:6], beta=gamma) == 0).all()


# --- What each is beside the others ----------------------------------------------------------------------------------------

score, label, exponent = st.floats(-40, 40), st.sampled_from([0, 1]), st.floats(0, 6)


@given(score, label, exponent)
def test_of_hard_labels_all_are_the_focal_loss_without_its_balance(z, y, gamma):
    expected = [derived(FOCAL)([z], [y], alpha=None, gamma=gamma, reduction="sum") for derived in DERIVED]
    for loss, options in (
        (QUALITY, {"beta": gamma}),
        (PENALTY, {"gamma": gamma}),
        (ASYMMETRIC, {"gamma_pos": gamma, "gamma_neg": gamma, "margin": 0.0}),
    ):
        for derived, right in zip(DERIVED, expected, strict=True):
            np.testing.assert_array_equal(derived(loss)([z], [y], **options, reduction="sum"), right)


@given(score, st.floats(0.001, 1))
def test_a_positive_of_the_varifocal_loss_is_a_cross_entropy_times_its_quality(z, q):
    for derived in DERIVED:
        ours, theirs = derived(VARIFOCAL)([z], [q]), q * derived(BCE)([z], [q])
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)


@given(st.lists(st.tuples(score, label), min_size=1, max_size=8))
def test_one_bin_is_the_cross_entropy(pairs):
    z, y = map(list, zip(*pairs, strict=True))
    for ours, theirs in zip(
        lossbook.value_and_grad(GHM)(z, y, bins=1), lossbook.value_and_grad(BCE)(z, y), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-300)


@given(st.lists(st.tuples(score, label), min_size=1, max_size=12), st.integers(1, 40))
def test_harmonised_weights_sum_to_the_number_of_elements_and_share_it_among_the_bins(pairs, bins):
    z, y = (np.array(side) for side in zip(*pairs, strict=True))
    weights = lossbook.grad(GHM)(z, y, bins=bins, reduction="sum") / lossbook.grad(BCE)(z, y, reduction="sum")
    assert weights.sum() == pytest.approx(len(z), rel=1e-12)
    values = GHM(z, y, bins=bins, reduction="none")
    assert GHM(z, y, bins=bins) == pytest.approx(values.mean(), rel=1e-14)


@given(st.lists(st.tuples(score, st.floats(0, 1)), min_size=1, max_size=8))
def test_a_row_of_labels_is_the_mean_cross_entropy(pairs):
    z, y = (np.array([side]) for side in zip(*pairs, strict=True))
    for derived in DERIVED:
        np.testing.assert_allclose(derived(SOFT_MARGIN)(z, y), derived(BCE)(z, y), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("loss", [QUALITY, VARIFOCAL, ASYMMETRIC, PENALTY], ids=named)
def test_the_card_says_the_same(loss):
    of_card = card(loss.__name__)
    z, y, *params = of_card.domain
    options = {"beta": 2.5} if loss is QUALITY else {"alpha": 0.4, "gamma": 1.7} if loss is VARIFOCAL else {"gamma": 1.7, "beta": 3.3} if loss is PENALTY else {"gamma_pos": 1.3, "gamma_neg": 2.6, "margin": 0.2}  # fmt: skip
    named = {str(p): v for p, v in zip(params, options.values(), strict=True)}
    formulas = [sp.lambdify([z, y], f.subs({p: named[str(p)] for p in params}), "mpmath") for f in (of_card.formula, sp.diff(of_card.formula, z))]  # fmt: skip
    targets = [0, 1] * 15 if loss is ASYMMETRIC else [0, 0.3, 1] * 10
    for score, target in zip(np.linspace(-3.3, 3.4, 30), targets, strict=True):
        for order, formula in enumerate(formulas):
            np.testing.assert_allclose(of(loss, score, target, order, **options), [float(formula(score, target))], rtol=1e-10, atol=1e-15)  # fmt: skip


# --- Traps -----------------------------------------------------------------------------------------------------------------


def test_harmonised_bins_are_closed_below_and_the_last_one_on_both_sides():
    # A gradient of exactly ½ belongs to the upper half, one of exactly 1 to the last bin.
    weights = GHM([0.0, -1e-9, INF], [0, 0, 0], bins=2, reduction="none")[:2] / BCE(
        [0.0, -1e-9], [0, 0], reduction="none"
    )
    np.testing.assert_allclose(weights, [3 / 4, 3 / 2])
    tenths = [logit(n / 10) for n in range(1, 10)]
    assert lossbook.grad(GHM)(tenths, [0] * 9, reduction="sum") == pytest.approx(np.arange(1, 10) / 10)


def test_a_gradient_that_goes_into_the_next_bin_makes_the_loss_jump():
    g = np.array([0.05, 0.06, 0.0999, 0.55, 0.97])
    before = GHM(np.log(g / (1 - g)), [0] * 5)
    g[2] = 0.1001
    after = GHM(np.log(g / (1 - g)), [0] * 5)
    assert (before, after) == (pytest.approx(1.459, abs=1e-3), pytest.approx(1.117, abs=1e-3))


def test_what_does_not_count_is_in_no_bin():
    z, y = np.array([-2.0, -2.0, 1.0, np.nan]), np.array([0, 0, 0, 1])
    where = [True, False, True, False]
    value, slopes = lossbook.value_and_grad(GHM)(z, y, where=where)
    right, of_counted = lossbook.value_and_grad(GHM)([-2.0, 1.0], [0, 0])
    assert value == right
    np.testing.assert_array_equal(slopes, [of_counted[0], 0, of_counted[1], 0])
    assert GHM(z, y, where=[False] * 4) == 0


def test_one_number_is_a_batch_of_its_own():
    for y in (0, 1):
        found = lossbook.value_and_grad(GHM)(0.5, y)
        for ours, theirs in zip(found, lossbook.value_and_grad(BCE)(0.5, y), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-15)
            assert np.shape(ours) == ()
    assert GHM(0.5, 1, where=False) == 0


def test_the_number_of_bins_costs_no_memory():
    assert GHM([0.0, 1.0, 1.0], [0, 0, 1], bins=10**15) == pytest.approx(BCE([0.0, 1.0, 1.0], [0, 0, 1]))


def test_a_peak_is_exactly_one():
    z = [0.0, 0.0]
    np.testing.assert_allclose(
        PENALTY(z, [1.0, 0.999999], reduction="none"), [math.log(2) / 4, 1e-24 * math.log(2) / 4], rtol=1e-9
    )


def test_a_heat_map_that_is_predicted_exactly_does_not_cost_nothing():
    heat = np.array([1, 0.2, 0, 0])
    with np.errstate(divide="ignore"):
        exact = np.log(heat / (1 - heat))
    alone = np.where(heat == 1, INF, -INF)
    assert PENALTY(exact, heat) == pytest.approx(3.66e-3 / 4, rel=1e-2)
    assert PENALTY(alone, heat) == 0
    assert QUALITY(exact, heat) < 1e-30


def test_a_tiny_quality_is_a_positive_that_hardly_counts():
    np.testing.assert_allclose(VARIFOCAL([logit(0.9)] * 2, [1e-6, 0], reduction="none"), [2.3e-6, 1.399], rtol=2e-3)


def test_a_negative_of_the_asymmetric_loss_is_bounded_and_let_go():
    z = [logit(p) for p in (0.04, 0.5, 0.9, 0.999)]
    value, slope = lossbook.value_and_grad(ASYMMETRIC)(z, [0] * 4, reduction="none")
    assert value[0] == slope[0] == 0
    assert value.max() < 0.95**4 * -math.log(0.05) < 2.441
    assert slope[2] == pytest.approx(0.733, abs=5e-4)
    assert slope[3] < slope[1] < slope[2]


def test_a_positive_far_on_the_wrong_side_keeps_its_pull():
    # Clamped at 1e-8, the original has the value 18.42 and no gradient here.
    value, slope = lossbook.value_and_grad(ASYMMETRIC)([-20.0], [1])
    assert (value, slope) == (pytest.approx(20, rel=1e-9), pytest.approx(-1, rel=1e-8))
    value, slope = lossbook.value_and_grad(PENALTY)([-12.0], [1])
    assert (value, slope) == (pytest.approx(12.0, rel=1e-4), pytest.approx(-1, rel=2e-4))


def test_small_exponents_far_out_have_a_slope():
    # As products of powers below 0 with 0 these are NaN elsewhere.
    assert of(VARIFOCAL, -800.0, 0, 1, gamma=0.5) == 0
    assert of(VARIFOCAL, -200.0, 0, 1, gamma=0.5) == pytest.approx(0.75 * 1.5 * math.exp(-300), rel=1e-12, abs=0)
    assert of(ASYMMETRIC, -40.0, 0, 1, gamma_neg=0.5, margin=0.0) == pytest.approx(
        1.5 * math.exp(-60), rel=1e-12, abs=0
    )
    assert of(ASYMMETRIC, -40.0, 0, 1, gamma_neg=0.5) == 0


def test_a_surely_right_row_of_labels_keeps_its_loss():
    assert SOFT_MARGIN([[-50.0]], [[0]]) == pytest.approx(math.exp(-50), rel=1e-15, abs=0)


def test_a_label_that_is_no_number_is_never_taken_for_an_easy_one():
    for loss in OF_ELEMENTS:
        with pytest.raises(ValueError, match="logits"):
            loss([math.nan, -9.0], [0, 0])


@pytest.mark.parametrize("loss", ALL, ids=named)
def test_a_target_outside_its_range_is_refused_with_its_place(loss):
    bad = 0.5 if loss in (ASYMMETRIC, GHM) else 1.5
    with pytest.raises(ValueError, match=r"target must hold .* but target\[0, 1\]"):
        loss([[0.5, 1.0]], [[1, bad]])


@pytest.mark.parametrize(
    ("loss", "options", "message"),
    [
        (QUALITY, {"beta": -1.0}, "beta must be a finite number ≥ 0"),
        (VARIFOCAL, {"alpha": 1.5}, r"alpha must be a number in \[0, 1\]"),
        (ASYMMETRIC, {"margin": 1.0}, "margin must be a number ≥ 0 and below 1"),
        (ASYMMETRIC, {"gamma_pos": math.nan}, "gamma_pos must be a finite number ≥ 0"),
        (PENALTY, {"beta": INF}, "beta must be a finite number ≥ 0"),
        (GHM, {"bins": 0}, "bins must be at least 1"),
    ],
)
def test_an_option_out_of_range_is_refused(loss, options, message):
    with pytest.raises(ValueError, match=message):
        loss([0.0], [1], **options)


def test_a_weight_of_labels_needs_one_number_for_each():
    with pytest.raises(ValueError, match="weight has shape"):
        SOFT_MARGIN([[0.0, 1.0]], [[1, 0]], weight=[1.0])
