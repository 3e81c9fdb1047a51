"""Focal loss, of one logit and of several classes."""

import sympy as sp

from lossbook.cards import balanced, cross_entropy
from lossbook.cards.cross_entropy import softmax, total
from lossbook.cards.notation import K, alpha, epsilon, gamma, i, k, p, probs, scores, sigmoid, weights, y, z
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Card,
    Convex,
    Curvature,
    Each,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
    Limit,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    Simplex,
    SpecialCase,
    Symmetric,
    label,
    views,
)

_ell = sp.Function("ell")
_UNIT, _OPEN, _SOME, _RIGHT = sp.Interval(0, 1), sp.Interval.open(0, 1), sp.Interval.Lopen(0, 1), sp.Interval(0, sp.oo)
_HALF = sp.Rational(1, 2)

_other = 1 / (1 + sp.exp(z))
_log_one, _log_zero = -sp.log(1 + sp.exp(-z)), -sp.log(1 + sp.exp(z))
_logit = sp.log(p / (1 - p))


def _pull(chance, against, log_chance):
    """Return minus the slope of −(1 − p)^γ log p in the logit: p, 1 − p and log p are given."""
    return against**gamma * (against - gamma * chance * log_chance)


_near = {p: sp.FiniteSet(sp.Rational("0.57845"))}, {p: sp.FiniteSet(sp.Rational("0.57855"))}
_expected_slope = sp.Derivative(_ell(_logit, sp.Rational(7, 10)), p)
_even = {gamma: 2, alpha: _HALF}

sigmoid_focal = Card(
    name="sigmoid_focal_loss",
    title="Focal loss",
    symbol=_ell(z, y),
    formula=-alpha * y * _other**gamma * _log_one - (1 - alpha) * (1 - y) * sigmoid**gamma * _log_zero,
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={alpha: _UNIT, gamma: _RIGHT},
    defaults={alpha: sp.Rational(1, 4), gamma: sp.Integer(2)},
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Holds(
            sp.And(
                sp.Eq(_ell(_logit, 1), -alpha * (1 - p) ** gamma * sp.log(p)),
                sp.Eq(_ell(-_logit, 0), -(1 - alpha) * (1 - p) ** gamma * sp.log(p)),
            ),
            on={p: _OPEN},
            name="forms",
        ),
        Holds(
            sp.Eq(_ell(-sp.log((1 - p) / p), 0), -(1 - alpha) * p**gamma * sp.log(1 - p)),
            on={p: _OPEN},
            name="prior",
            remark="A model whose bias is −log((1 − p)/p) starts at the probability p: −4.595 for p = 0.01.",
        ),
        SpecialCase({gamma: 0}, balanced.balanced, name="gamma zero"),
        Symmetric({z: -z, y: 1 - y, alpha: 1 - alpha}),
        Holds(sp.Eq((1 - alpha) * _ell(z, 1), alpha * _ell(-z, 0)), name="balance"),
        Holds(
            sp.And(
                sp.Eq(_ell(sp.log(9), 1), -alpha * sp.log(sp.Rational(9, 10)) / 100),
                sp.Eq(_ell(-sp.log(4), 1), -alpha * sp.log(sp.Rational(1, 5)) * sp.Rational(64, 100)),
                sp.Eq(_ell(sp.log(4), 0), -(1 - alpha) * sp.log(sp.Rational(1, 5)) * sp.Rational(64, 100)),
                sp.Eq(_ell(-sp.log(9), 0), -(1 - alpha) * sp.log(sp.Rational(9, 10)) / 100),
            ),
            given={gamma: 2},
            name="examples",
        ),
        Holds(
            sp.Eq(_ell(_logit, 1), -alpha * sp.log(p) / 1000),
            given={gamma: 2},
            on={p: sp.FiniteSet(1 - 10 ** sp.Rational(-3, 2))},
            name="easy examples",
        ),
        Bound(
            balanced.balanced,
            factor=sp.Rational(1, 4),
            link={y: 1},
            given={y: 1, gamma: 2},
            on={z: sp.Interval(-sp.oo, 0)},
            name="hard examples",
        ),
        Gradient(
            (1 - alpha) * (1 - y) * _pull(_other, sigmoid, _log_zero) - alpha * y * _pull(sigmoid, _other, _log_one),
        ),
        Curvature(
            alpha
            * _other**gamma
            * sigmoid
            * ((1 + 2 * gamma) * _other - gamma * (gamma * sigmoid - _other) * _log_one),
            given={y: 1},
        ),
        Monotone(down=True, strict=True, given={y: 1}, on={alpha: _SOME}, name="decreasing in the logit"),
        Monotone(down=True, var=gamma, name="decreasing in gamma"),
        Limit(z, sp.oo, 0, given={y: 1}, name="limits"),
        Limit(z, -sp.oo, alpha, of=_ell(z, y) / -z, given={y: 1}, name="linear far out"),
        Not(Proper(), {z: sp.log(sp.Rational(7, 3)), gamma: 2, alpha: _HALF}),
        Holds(
            sp.Lt(_expected_slope, 0),
            given=_even,
            on=_near[0],
            name="minimiser",
            remark="With the next claim: the minimum is at p = 0.5785, to four digits.",
        ),
        Holds(sp.Gt(_expected_slope, 0), given=_even, on=_near[1], name="minimiser from above"),
        Not(Convex(), {z: -sp.log(99), y: 1, gamma: 2, alpha: 1}),
        Misprint(
            -alpha * y * _other**gamma * _log_one - alpha * (1 - y) * sigmoid**gamma * _log_zero,
            {z: 0, y: 0, alpha: sp.Rational(1, 4), gamma: 2},
            name="one factor for both",
        ),
    ),
)

# --- Several classes -------------------------------------------------------------------------------------------------------

_alphas = sp.IndexedBase("alpha", nonnegative=True)
_p_k, _p_i = softmax(k), softmax(i)


def _softmax_focal(formula, logits, label, gamma_, factor=1):
    """Put numbers into the formula of one element; labels count from 0, and ``factor`` is the label's α."""
    at = {scores: logits, _alphas: [factor] * len(logits), gamma: gamma_, k: label + 1}
    return views.instance(formula, at, softmax_focal.domain)


softmax_focal = Card(
    name="softmax_focal_loss",
    title="Focal loss of several classes",
    symbol=_ell(scores, k),
    formula=-_alphas[k] * (1 - _p_k) ** gamma * sp.log(_p_k),
    prediction=scores[i],
    domain={scores: Each(sp.Reals), K: sp.Range(1, sp.oo), k: sp.Range(1, sp.oo)},
    params={_alphas: Each(_RIGHT), gamma: _RIGHT},
    defaults={_alphas: 1, gamma: 2},
    evaluator=_softmax_focal,
    claims=(
        Range(0, sp.oo, name="non-negative"),
        SpecialCase(
            {gamma: 0}, cross_entropy.cross_entropy, link={q: label(k), weights: _alphas, epsilon: 0}, name="gamma zero"
        ),
        SpecialCase(
            {K: 2, k: 1},
            sigmoid_focal,
            factor=_alphas[1],
            link={z: scores[1] - scores[2], y: 1, alpha: 1},
            name="two classes",
        ),
        Gradient(-_alphas[k] * _pull(_p_k, 1 - _p_k, sp.log(_p_k)), var=scores[k], name="slope at the label"),
        Gradient(_alphas[k] * _pull(_p_k, 1 - _p_k, sp.log(_p_k)) * _p_i / (1 - _p_k), name="slope elsewhere"),
        Invariant((scores,)),
        Homogeneous(1, (_alphas,), name="class weights"),
        Monotone(down=True, var=scores[k], name="decreasing in the logit"),
        Monotone(down=True, var=gamma, name="decreasing in gamma"),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Not(
            Holds(
                sp.Ge(total(q[k] * _ell(sp.log(probs), k)), total(q[k] * _ell(sp.log(q), k))),
                given={_alphas: 1},
                on={probs: Simplex(open=True), q: Simplex(open=True)},
            ),
            {probs: (sp.Rational(6, 10), sp.Rational(4, 10)), q: (sp.Rational(7, 10), sp.Rational(3, 10)), gamma: 2},
            name="proper",
        ),
        Not(Convex(var=scores[k]), {scores: (-sp.log(99), 0), k: 1, gamma: 2, _alphas: (1, 1)}),
        Misprint(
            -_alphas[k] * (1 - _p_k ** _alphas[k]) ** gamma * sp.log(_p_k),
            {scores: (0, 0), k: 1, _alphas: (_HALF, _HALF), gamma: 2},
            name="exp of the loss",
        ),
    ),
)
