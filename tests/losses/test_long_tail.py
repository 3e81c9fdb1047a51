"""Losses for long tails: hand values, eight units against mpmath, limits, classes without examples, the card, identities."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import lossbook
from lossbook.cards import card

CB, MARGINS, LDAM = lossbook.class_balanced_weights, lossbook.ldam_margins, lossbook.ldam_loss
LA, BALANCED, CE = lossbook.logit_adjusted_cross_entropy, lossbook.balanced_softmax_loss, lossbook.cross_entropy
INF = math.inf
RNG = np.random.default_rng(37)


def both(loss, logits, labels, **options):
    """The value of each row, and the gradient of their sum."""
    return lossbook.value_and_grad(loss)(logits, labels, reduction="none", **options)


def real(x):
    return mpmath.mpf(float(x))


def units(found, true, scale=1.0):
    """Units in the last place; what is made of a number below the smallest normal one does not count."""
    if abs(true) < scale * np.finfo(found.dtype).tiny:
        return 0.0
    return float(abs(real(found) - true) / real(np.spacing(abs(found.dtype.type(float(true))))))


# --- Values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "options", "value", "slope"),
    [
        (LA, {"priors": [0.25, 0.75]}, math.log(4), 0.75),
        (LA, {"priors": [0.25, 0.75], "tau": 2}, math.log(10), 0.9),
        (LA, {"priors": [0.25, 0.75], "tau": 0}, math.log(2), 0.5),
        (LA, {"priors": [0, 1]}, INF, 1),
        (LA, {"priors": [1, 0]}, 0, 0),
        (BALANCED, {"counts": [1, 3]}, math.log(4), 0.75),
        (BALANCED, {"counts": [1e308, 3e307]}, math.log(1.3), 0.3 / 1.3),
        (LDAM, {"counts": [1, 16], "max_margin": math.log(3), "scale": 1}, math.log(4), 0.75),
        (LDAM, {"counts": [16, 1], "max_margin": math.log(9), "scale": 1}, math.log(4), 0.75),
        (LDAM, {"counts": [16, 1], "max_margin": math.log(3), "scale": 2}, math.log(4), 1.5),
        (LDAM, {"counts": [5, 1], "max_margin": 0, "scale": 3}, math.log(2), 1.5),
    ],
)  # fmt: skip
def test_hand_values_of_two_equal_scores(loss, options, value, slope):
    found, gradient = both(loss, [[0.0, 0.0]], [0], **options)
    np.testing.assert_allclose(found, value, rtol=1e-15)
    np.testing.assert_allclose(gradient, [[-slope, slope]], rtol=1e-15)


def test_hand_values_of_weights_and_margins():
    np.testing.assert_array_equal(CB([2, 1], beta=0.5, normalize=False), [2 / 3, 1])
    np.testing.assert_allclose(CB([2, 1], beta=0.5), [0.8, 1.2], rtol=1e-15)
    np.testing.assert_array_equal(MARGINS([16, 1, 81], max_margin=3), [1.5, 3, 1])
    # 900 and 100 examples: the margins are as 1 to √3.
    wide, narrow = MARGINS([100, 900])
    assert narrow / wide == pytest.approx(0.5773502691896257, rel=1e-15)


def test_next_to_no_weight_is_moved_by_a_small_beta():
    ratios = [np.divide(*CB([1000, 10000], beta=beta)) for beta in (0.9, 0.999, 0.9999)]
    np.testing.assert_allclose(ratios, [1.0, 1.5815, 6.6426], rtol=2e-4)


# --- Digits ------------------------------------------------------------------------------------------------------------

BETAS = [0.0, 1e-300, 1e-9, 0.3, 0.5, 0.9, 0.9999, 1 - 1e-9, 1 - 2**-53, 1.0]
COUNTS = np.array([1, 2, 5, 1.5, 999, 1e6, 1e15, 1e300])


@pytest.mark.parametrize("beta", BETAS)
def test_weights_are_within_eight_units(beta):
    plain, normal = (CB(COUNTS, beta=beta, normalize=flag) for flag in (False, True))
    with mpmath.workprec(2000):
        b = real(beta)
        true = [
            (1 - b) / -mpmath.expm1(real(n) * mpmath.log(b)) if 0 < b < 1 else 1 / real(n) ** (b == 1) for n in COUNTS
        ]
        total = mpmath.fsum(true)
    assert max(map(units, plain, true)) <= 8
    assert max(map(units, normal, (len(true) * t / total for t in true))) <= 8


def test_near_one_the_weights_keep_their_digits():
    assert CB([5.0, 5.0], beta=1 - 1e-9, normalize=False)[0] == pytest.approx(0.20000000040000001, rel=1e-15)
    single = CB(np.float32([5, 5]), beta=1 - 1e-9, normalize=False)
    assert single.dtype == np.float32
    assert single[0] == np.float32(0.2)


def test_margins_are_within_two_units():
    for largest in (0.5, 1e-300, 1e308):
        found = MARGINS(COUNTS, max_margin=largest)
        true = [real(largest) * mpmath.root(1 / real(n), 4) for n in COUNTS]
        assert max(map(units, found, true)) <= 2
    assert MARGINS(np.float32([1, 16])).dtype == np.float32


SIZES = [0.0, 1e-8, 0.3, 2.5, 37, 88, 299, 700, 2000, 1e4]
ROWS = [row for s in SIZES for x in (s, -s) for row in ((x, -x, 0.3), (x, x + 0.7, x * 1.1 - 1.3), (0.0, x, x))]
ROWS += [tuple(row) for size in (1, 30) for row in size * np.random.default_rng(5).normal(size=(12, 3))]
SHARES = [[0.7, 0.2, 0.1], [1 - 2**-40, 2**-41, 2**-41], [1 / 3, 1 / 3, 1 / 3], [1e-310, 1e-5, 1 - 1e-5]]


def logs_of(shares, tau):
    return lambda k: [real(tau) * mpmath.log(real(x)) for x in shares]


def margins_of(counts, largest):
    def moves(k):
        return [-real(largest) * mpmath.root(real(min(counts)) / real(counts[k]), 4) * (j == k) for j in range(3)]

    return moves


MOVED = [(LA, {"priors": s, "tau": t}, logs_of(s, t), 1.0) for s in SHARES for t in (1.0, 0.3, 7.7)]
MOVED += [(BALANCED, {"counts": c}, logs_of(c, 1), 1.0) for c in ([100, 3, 7], [1e300, 1e-300, 1])]
MOVED += [
    (LDAM, {"counts": c, "max_margin": m, "scale": s}, margins_of(c, m), s)
    for c in ([100, 3, 7], [1, 1e300, 1e-300])
    for m, s in ((0.5, 30.0), (0.7, 1.0), (3.3, 64.0))
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(("loss", "options", "moves", "scale"), MOVED)
def test_losses_are_within_eight_units(loss, options, moves, scale, dtype):
    z = np.array(ROWS).astype(dtype)[:: 1 if dtype == np.float64 else 5]
    for k in range(3):
        value, gradient = both(loss, z, np.full(len(z), k), **options)
        second = lossbook.hessian_diag(loss)(z, np.full(len(z), k), **options, reduction="sum")
        for n, row in enumerate(z):
            with mpmath.workprec(200):
                a = [real(scale) * (real(x) + move) for x, move in zip(row, moves(k), strict=True)]
                e = [mpmath.exp(x - max(a)) for x in a]
                rest = [mpmath.fsum(e[:j] + e[j + 1 :]) for j in range(3)]
                total = mpmath.fsum(e)
                true = [mpmath.log1p(rest[k] / e[k]) if e[k] > 1e-20 else mpmath.log(total) + max(a) - a[k]]
                true += [real(scale) * (-rest[k] if j == k else e[j]) / total for j in range(3)]
                true += [real(scale) ** 2 * e[j] * rest[j] / total**2 for j in range(3)]
            computed = [value[n], *gradient[n], *second[n]]
            assert max(map(units, computed, true, [scale**2] * 7)) <= 8, (row, k, computed, list(map(float, true)))


# --- Limits ------------------------------------------------------------------------------------------------------------


def test_equal_infinities_go_together_and_the_shares_decide_between_them():
    for z in ([[INF, INF, 0.0]], [[-INF, -INF, -INF]]):
        value, gradient = both(BALANCED, z, [1], counts=[3, 1, 1])
        found = np.array([3, 1, 0 if z[0][2] == 0 else 1])
        p = found / found.sum()
        np.testing.assert_allclose(value, -np.log(p[1]), rtol=1e-15)
        np.testing.assert_allclose(gradient[0], p - [0, 1, 0], rtol=1e-15)
    for z, value in (([[INF, 0.0]], 0), ([[-INF, 0.0]], INF), ([[0.0, -INF]], 0)):
        assert both(LDAM, z, [0], counts=[3, 1])[0] == value
        assert both(LA, z, [0], priors=[0.3, 0.7])[0] == value


@pytest.mark.parametrize(
    "z", [[0.0, 1.0, 2.0], [INF, 1.0, 2.0], [INF, -INF, -INF], [-INF, -INF, -INF], [1e308, -1e308, -1e308]]
)
def test_a_class_without_examples_is_out_whatever_its_score(z):
    counts, inside = [0, 2, 5], [2, 5]
    for loss, options, some in ((BALANCED, {"counts": counts}, {"counts": inside}), (LA, {"priors": np.divide(counts, 7)}, {"priors": np.divide(inside, 7)})):  # fmt: skip
        for k in (1, 2):
            value, gradient = both(loss, [z], [k], **options)
            expected, slopes = both(loss, [z[1:]], [k - 1], **some)
            np.testing.assert_allclose(value, expected, rtol=1e-15)
            np.testing.assert_allclose(gradient[0], [0, *slopes[0]], rtol=1e-15)
        value, gradient = both(loss, [z], [0], **options)
        assert value == INF
        assert gradient[0, 0] == -1
        assert gradient[0, 1:].sum() == pytest.approx(1)
        second = lossbook.hessian_diag(loss)([z], [1], **options)
        assert second[0, 0] == 0
        assert np.isfinite(second).all()


def test_without_strength_a_class_without_examples_is_in():
    assert LA([[0.0, 0.0]], [0], priors=[0, 1], tau=0) == math.log(2)
    assert LA([[0.0, 0.0]], [0], priors=[0, 1], tau=1e-300) == INF


def test_huge_and_tiny_parameters_have_their_limits():
    z = [[1.0, 2.0, 2.0]]
    # The two most frequent classes are left, and share.
    assert LA(z, [1], priors=[0.2, 0.4, 0.4], tau=1e300) == math.log(2)
    assert LA(z, [0], priors=[0.2, 0.4, 0.4], tau=1e300) == pytest.approx(1e300 * math.log(2), rel=1e-15)
    assert LA(z, [0], priors=[5e-324, 0.5, 0.5], tau=1) == pytest.approx(
        744.4400719213812 + math.log(math.exp(1) + 5e-324), rel=1e-14
    )
    assert LDAM(z, [1], counts=[1, 2, 2], max_margin=0, scale=1e300) == math.log(2)
    assert LDAM(z, [1], counts=[1, 1, 1], max_margin=1.7e308, scale=1) == pytest.approx(1.7e308, rel=1e-15)
    assert LDAM(z, [1], counts=[1, 1, 1], max_margin=1.7e308) == INF
    assert LDAM(z, [0], counts=[1, 2, 2], scale=5e-324) == pytest.approx(math.log(3), rel=1e-15)
    for scale in (1e-300, 1e300):
        for part in (*both(LDAM, z, [0], counts=[1, 2, 3], scale=scale), lossbook.hessian_diag(LDAM)(z, [0], counts=[1, 2, 3], scale=scale)):  # fmt: skip
            assert not np.isnan(part).any()


def test_a_margin_counts_beside_huge_scores_that_are_equal():
    # 1.5e308 − ½ is 1.5e308 in float64.
    expected = math.log1p(math.exp(15))
    assert LDAM([[1.5e308, 1.5e308]], [0], counts=[1, 1]) == pytest.approx(expected, rel=1e-15)
    assert BALANCED([[1e300, 1e300]], [0], counts=[1, 3]) == math.log(4)


# --- Identities ----------------------------------------------------------------------------------------------------------


def test_one_loss_has_two_names_and_without_strength_it_is_the_cross_entropy():
    z, k, n = 5 * RNG.normal(size=(50, 4)), RNG.integers(0, 4, 50), np.array([100, 30, 7, 1])
    for one, other in zip(both(LA, z, k, priors=n / n.sum()), both(BALANCED, z, k, counts=n), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-16)
    for one, other in zip(both(LA, z, k, priors=n / n.sum(), tau=0), both(CE, z, k), strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-15, atol=1e-17)
    for one, other in zip(both(LDAM, z, k, counts=n, max_margin=0, scale=1), both(CE, z, k), strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-15, atol=1e-17)
    moved = z + 1.7 * np.log(n / n.sum())
    np.testing.assert_allclose(both(LA, z, k, priors=n / n.sum(), tau=1.7)[0], both(CE, moved, k)[0], rtol=1e-12)
    moved = z.copy()
    moved[np.arange(50), k] -= MARGINS(n)[k]
    np.testing.assert_allclose(both(LDAM, z, k, counts=n)[0], both(CE, 30 * moved, k)[0], rtol=1e-11, atol=1e-15)


def test_weights_at_the_ends_of_beta():
    n = np.array([100, 30, 7, 1])
    np.testing.assert_array_equal(CB(n, beta=0), np.ones(4))
    np.testing.assert_allclose(CB(n, beta=1) * n, np.full(4, 4 / (1 / n).sum()), rtol=1e-15)
    np.testing.assert_array_equal(CB(n, beta=1, normalize=False), 1 / n)
    np.testing.assert_allclose(CB(n, beta=1 - 1e-13), CB(n, beta=1), rtol=1e-11)
    z, k = RNG.normal(size=(50, 4)), RNG.integers(0, 4, 50)
    plain, normal = (CE(z, k, weight=CB(n, beta=0.9, normalize=flag)) for flag in (False, True))
    assert plain == pytest.approx(normal, rel=1e-15)


def test_the_class_weights_of_the_margin_loss_enter_the_divisor():
    z, k, w = RNG.normal(size=(6, 3)), np.array([0, 1, 2, 0, 0, -1]), np.array([1.0, 5.0, 0.5])
    options = {"counts": [3, 1, 1], "scale": 2.0, "ignore_index": -1}
    each = LDAM(z, k, **options, reduction="none")
    expected = (w[k[:-1]] * each[:-1]).sum() / w[k[:-1]].sum()
    assert LDAM(z, k, **options, weight=w) == pytest.approx(expected, rel=1e-15)
    assert LDAM(z, k, **options, weight=1e300 * w) == pytest.approx(expected, rel=1e-15)


# --- Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (
            lambda: BALANCED([[0, 0]], [0], counts=[1, 2, 3]),
            r"counts has shape \(3,\), but there are 2 classes. Pass 2 numbers",
        ),
        (
            lambda: BALANCED([[0, 0]], [0], counts=[1, -2]),
            r"counts must hold finite numbers of examples, but counts\[1\] = -2",
        ),
        (lambda: BALANCED([[0, 0]], [0], counts=[0, 0]), r"counts must not all be 0.* Count the labels"),
        (lambda: LDAM([[0, 0]], [0], counts=[0, 3]), r"examples > 0, but counts\[0\] = 0. Leave out"),
        (lambda: CB([3, 0.5], beta=0.9), r"examples ≥ 1, but counts\[1\] = 0.5. Leave out"),
        (lambda: MARGINS([[3, 1]]), r"counts must have one axis, but it has shape \(1, 2\)"),
        (lambda: LA([[0, 0]], [0], priors=[3, 1]), r"priors\[0\] = 3. Divide the counts of the classes by their sum"),
        (lambda: LA([[0, 0]], [0], priors=[0.3, 0.3]), r"priors must sum to 1, but the sum is 0.6. Divide counts"),
        (lambda: LA([[0, 0]], [0], priors=[0.3, 0.7], tau=-1), r"tau must be a number in \[0, 1e300\], but tau = -1"),
        (lambda: LA([[0, 0]], [0], priors=0.5), r"priors has shape \(\), but there are 2 classes"),
        (lambda: LDAM([[0, 0]], [0], counts=[1, 1], scale=0), "scale must be a number above 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_fix(run, message):
    with pytest.raises(ValueError, match=message):
        run()


def test_shares_that_single_precision_divided_are_shares():
    n = np.float32([3, 5, 11])
    assert LA(np.zeros((1, 3)), [0], priors=(n / n.sum()).astype(np.float64)) == pytest.approx(
        math.log(19 / 3), rel=1e-6
    )


def test_what_has_no_prediction_has_no_gradient():
    for helper in (CB, MARGINS):
        with pytest.raises(TypeError, match="no gradient: it is computed once from the counts"):
            lossbook.grad(helper)


# --- Traps ---------------------------------------------------------------------------------------------------------------


def test_adjusting_twice_and_the_wrong_sign_move_the_boundary_away():
    # Two Gaussians at ±1: equal classes are told apart at 0. The logarithm of the odds is 2x + log(π₁/π₀).
    share = 0.1
    plain = -math.log(share / (1 - share)) / 2
    boundaries = {"plain": plain, "adjusted": 0.0, "twice": -plain, "wrong sign": 2 * plain}
    errors = {
        name: 0.5 * (math.erfc((1 - b) / 2**0.5) + math.erfc((1 + b) / 2**0.5)) / 2 for name, b in boundaries.items()
    }
    assert errors["adjusted"] < errors["plain"] < errors["wrong sign"]
    assert errors["twice"] == pytest.approx(errors["plain"], rel=1e-12)


def test_the_margin_loss_alone_says_yes_from_one_half():
    """Where ten in a hundred are positive, equal classes would ask for a yes from 0.1 on."""

    def least(eta):
        gaps = np.linspace(-0.6, 0.6, 24001)
        z = np.stack([np.zeros_like(gaps), gaps], axis=1)
        risk = sum(
            w * LDAM(z, np.full(len(z), k), counts=[9, 1], reduction="none") for k, w in ((1, eta), (0, 1 - eta))
        )
        return gaps[risk.argmin()]

    assert least(0.45) < 0 < least(0.55)
    assert least(0.2) < 0


# --- The card ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "options"),
    [(LA, {"priors": [0.5, 0.125, 0.375], "tau": 1.5}), (BALANCED, {"counts": [8, 2, 1]}), (LDAM, {"counts": [8, 2, 1], "max_margin": 0.75, "scale": 3.0})],
)  # fmt: skip
def test_the_card_says_the_same(loss, options):
    of_card = card(loss.__name__)
    for z, label in itertools.product(([0.7, -1.25, 0.5], [3.0, 0.25, -2.0]), range(3)):
        given = [list(map(sp.Rational, v)) if isinstance(v, list) else sp.Rational(v) for v in options.values()]
        expected = float(sp.N(of_card.evaluate(list(map(sp.Rational, z)), label, *given), 30))
        assert loss(z, label, **options) == pytest.approx(expected, rel=1e-13)


def test_the_cards_of_weights_and_margins_say_the_same():
    n = [8, 2, 1]
    for beta in (0.25, 0.9):
        expected = [float(card("class_balanced_weights").evaluate(count, sp.Rational(beta))) for count in n]
        np.testing.assert_allclose(CB(n, beta=beta, normalize=False), expected, rtol=1e-14)
    expected = [float(card("ldam_margins").evaluate(count, 1, sp.Rational(3, 4))) for count in n]
    np.testing.assert_allclose(MARGINS(n, max_margin=0.75), expected, rtol=1e-14)
