"""Losses for wrong labels."""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, softmax, total
from lossbook.cards.notation import (
    K,
    epsilon,
    i,
    j,
    k,
    probs,
    scores,
    weights,
)
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
    Lipschitz,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    Simplex,
    SpecialCase,
    Value,
    label,
    views,
)

#: Letters of these losses alone: the exponent ρ (``q``); factors μ and ν, and Λ for −log 0 (``alpha``, ``beta``, ``−log_zero``); the
#: number of terms T (``order``); the temperature t₁ (``t1``); what poly-1 adds to the first coefficient (``epsilon``).
exponent = sp.Symbol("rho", positive=True)
forward, backward = sp.symbols("mu nu", nonnegative=True)
log_zero = sp.Symbol("Lambda", positive=True)
order = sp.Symbol("T", integer=True, positive=True)
temper = sp.Symbol("t_1", nonnegative=True)
first = sp.Symbol("theta", real=True)
#: Share of the labels that are wrong.
noise = sp.Symbol("xi", nonnegative=True)

_ell = sp.Function("ell")
_HALF, _TENTH = sp.Rational(1, 2), sp.Rational(1, 10)
_CLASSES, _SEVERAL = sp.Range(1, sp.oo), sp.Range(2, sp.oo)
_RIGHT, _SOME = sp.Interval(0, sp.oo), sp.Interval.open(0, sp.oo)
_p_k, _p_i = softmax(k), softmax(i)
_loss = _ell(scores, k)
_domain = {scores: Each(sp.Reals), K: _CLASSES, k: _CLASSES}
_plain = {q: label(k), weights: 1, epsilon: 0}
_everywhere = total(_ell(scores, k))
_others = total((1 - sp.KroneckerDelta(j, k)) * _ell(scores, j), j)
_risk = total(q[k] * _ell(sp.log(probs), k))
_chances = {probs: Simplex(open=True), q: Simplex(open=True)}


def _evaluator(card, *options):
    """Put numbers into the formula of one element; labels count from 0."""

    def evaluate(formula, logits, label, *values):
        at = {scores: logits, k: label + 1} | dict(zip(options, values, strict=True))
        return views.instance(formula, at, card().domain)

    return evaluate


def _noisy(loss):
    """Mix the loss of a label with the mean of the others'."""
    return (1 - noise) * loss + noise / (K - 1) * _others


def _dishonest(**options):
    """Refute that no distribution has a smaller expected loss than the true one: 0.7 has, where 0.6 is true."""
    honest = total(q[k] * _ell(sp.log(q), k))
    truth, told = (sp.Rational(6, 10), sp.Rational(4, 10)), (sp.Rational(7, 10), sp.Rational(3, 10))
    return Not(Holds(sp.Ge(_risk, honest), on=_chances, **options), {probs: told, q: truth}, name="proper")


mae = Card(
    name="mae_classification_loss",
    title="Mean absolute error of the softmax",
    symbol=_loss,
    formula=2 * (1 - _p_k),
    prediction=scores[i],
    domain=_domain,
    evaluator=_evaluator(lambda: mae),
    claims=(
        Range(0, 2, on={K: _SEVERAL}),
        Gradient(-2 * _p_k * (1 - _p_k), var=scores[k], name="slope at the label"),
        Gradient(2 * _p_k * _p_i, name="slope elsewhere"),
        Holds(sp.Eq(_everywhere, 2 * (K - 1)), name="sum over the labels"),
        Holds(
            sp.Eq(_noisy(_loss), (1 - noise * K / (K - 1)) * _loss + 2 * noise),
            on={K: _SEVERAL, noise: sp.Interval(0, 1)},
            name="noise is a factor",
        ),
        Bound(cross_entropy, factor=2, above=True, link=_plain, name="below twice the cross entropy"),
        Lipschitz(_HALF, var=scores[k], sharp=True),
        Monotone(down=True, var=scores[k], name="decreasing in the logit"),
        Invariant((scores,)),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Limit(scores[k], -sp.oo, 0, of=sp.Derivative(_loss, scores[k]), name="no pull far out"),
        Not(Convex(var=scores[k]), {scores: (-1, 0), k: 1, K: 2}),
        _dishonest(),
    ),
)

generalized = Card(
    name="generalized_cross_entropy",
    title="Generalised cross entropy",
    symbol=_loss,
    formula=(1 - _p_k**exponent) / exponent,
    prediction=scores[i],
    domain=_domain,
    params={exponent: sp.Interval.Lopen(0, 1)},
    defaults={exponent: sp.Rational(7, 10)},
    evaluator=_evaluator(lambda: generalized, exponent),
    claims=(
        Range(0, 1 / exponent, high_at={scores: (-sp.oo, 0), k: 1, K: 2}),
        Gradient(-(_p_k**exponent) * (1 - _p_k), var=scores[k], name="slope at the label"),
        Gradient(_p_k**exponent * _p_i, name="slope elsewhere"),
        SpecialCase({exponent: 1}, mae, factor=_HALF, name="absolute error"),
        Limit(
            exponent, 0, -sp.log(probs[k]), of=_ell(sp.log(probs), k), on={probs: Simplex(open=True)}, name="cross entropy"
        ),
        Monotone(down=True, var=scores[k], name="decreasing in the logit"),
        Monotone(down=True, var=exponent, name="decreasing in the exponent"),
        Invariant((scores,)),
        Limit(scores[k], sp.oo, 0, given={exponent: _HALF}, name="limits"),
        Limit(
            scores[k],
            -sp.oo,
            0,
            of=sp.Derivative(_loss, scores[k]),
            given={exponent: _HALF},
            on={K: _SEVERAL},
            name="no pull far out",
        ),
        Not(Convex(var=scores[k]), {scores: (-3, 0), k: 1, K: 2, exponent: _HALF}),
        Not(
            Holds(sp.Eq(_everywhere, K - 1), given={exponent: 1 - _TENTH}),
            {scores: (0, 0), K: 2},
            name="sum over the labels",
        ),
        _dishonest(given={exponent: _HALF}),
    ),
)

symmetric = Card(
    name="symmetric_cross_entropy",
    title="Symmetric cross entropy",
    symbol=_loss,
    formula=-forward * sp.log(_p_k) + backward * log_zero * (1 - _p_k),
    prediction=scores[i],
    domain=_domain,
    params={forward: _RIGHT, backward: _RIGHT, log_zero: _SOME},
    defaults={forward: _TENTH, backward: 1, log_zero: 4},
    evaluator=_evaluator(lambda: symmetric, forward, backward, log_zero),
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-(forward + backward * log_zero * _p_k) * (1 - _p_k), var=scores[k], name="slope at the label"),
        Gradient((forward + backward * log_zero * _p_k) * _p_i, name="slope elsewhere"),
        SpecialCase({backward: 0}, cross_entropy, factor=forward, link=_plain, name="cross entropy"),
        SpecialCase({forward: 0}, mae, factor=backward * log_zero / 2, name="absolute error"),
        Holds(sp.Eq(_everywhere, backward * log_zero * (K - 1)), given={forward: 0}, name="sum over the labels"),
        Homogeneous(1, (forward, backward)),
        Invariant((scores,)),
        Monotone(down=True, var=scores[k], name="decreasing in the logit"),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Not(
            Holds(sp.Eq(_everywhere, backward * log_zero * (K - 1)), given={forward: _TENTH}),
            {scores: (0, 0), K: 2, backward: 1, log_zero: 4},
            name="sum over the labels with both",
        ),
        Value({scores: (2, 1, 0), k: 1, K: 3}, "1.339", given={forward: 0, backward: 1, log_zero: 4}, name="with minus four"),
        Value(
            {scores: (2, 1, 0), k: 1, K: 3},
            "3.083",
            given={forward: 0, backward: 1, log_zero: 4 * sp.log(10)},
            name="with a clipped target",
        ),
    ),
)

_m = 1 - _p_k

taylor = Card(
    name="taylor_cross_entropy",
    title="Taylor cross entropy",
    symbol=_loss,
    formula=sp.Sum(_m**i / i, (i, 1, order)),
    prediction=scores[j],
    domain=_domain,
    params={order: _CLASSES},
    defaults={order: 2},
    evaluator=_evaluator(lambda: taylor, order),
    claims=(
        Range(0, 3 * _HALF, given={order: 2}, on={K: _SEVERAL}),
        Holds(sp.Eq(_loss, _m + _m**2 / 2), given={order: 2}, name="two terms"),
        SpecialCase({order: 1}, mae, factor=_HALF, name="absolute error"),
        Gradient(-(1 - _m**order) * _m, var=scores[k], name="slope at the label"),
        Gradient((1 - _m**3) * _p_i, var=scores[i], given={order: 3}, name="slope elsewhere"),
        Bound(mae, factor=_HALF, given={order: 2}, name="above the absolute error"),
        Invariant((scores,)),
        Not(Convex(var=scores[k], given={order: 2}), {scores: (-3, 0), k: 1, K: 2}),
        _dishonest(given={order: 2}),
    ),
)

_logs = total(sp.log(softmax(j)), j)

normalized = Card(
    name="normalized_cross_entropy",
    title="Normalised cross entropy",
    symbol=_loss,
    formula=sp.log(_p_k) / _logs,
    prediction=scores[i],
    domain=_domain | {K: _SEVERAL},
    evaluator=_evaluator(lambda: normalized),
    claims=(
        Holds(sp.Eq(sp.Add(*(_ell(scores, n) for n in (1, 2, 3))), 1), given={K: 3}, name="sum over the labels"),
        Holds(sp.Eq(_loss * _logs, sp.log(_p_k)), name="share"),
        Holds(sp.Eq(_ell(0, k), 1 / K), name="untrained"),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Limit(scores[k], -sp.oo, 1, name="a label that is given up"),
        Limit(scores[i], -sp.oo, 0, on={K: sp.Range(3, sp.oo)}, name="another class that is given up"),
        Value({scores: (0, 0, 0), k: 1, K: 3}, "0.3333", name="three equal scores"),
        Value({scores: (0, 0, -10), k: 1, K: 3}, "0.0574", name="a third class sent away"),
        Not(Convex(var=scores[k]), {scores: (-1, 0), k: 1, K: 2}),
        _dishonest(),
    ),
)


def _of_target(formula, logits, label, value):
    """Put numbers into the formula of one element with weights of 1; labels count from 0."""
    shares = [int(c == label) for c in range(len(logits))]
    return views.instance(formula, {scores: logits, q: shares, weights: [1] * len(logits), first: value}, poly1.domain)


_target = _ell(scores, q)
_of_label = {q: label(k), weights: 1}
_bend = sp.Derivative(_target, (scores[k], 2))

poly1 = Card(
    name="poly1_cross_entropy",
    title="Poly-1 cross entropy",
    symbol=_target,
    formula=total(weights[k] * q[k] * (-sp.log(_p_k) + first * _m)),
    prediction=scores[i],
    domain={scores: Each(sp.Reals), q: Simplex(), K: _CLASSES},
    params={weights: Each(_RIGHT), first: sp.Interval(-1, sp.oo)},
    defaults={weights: 1, first: 1},
    evaluator=_of_target,
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-(1 + first * _p_k) * _m, var=scores[k], given=_of_label, name="slope at the label"),
        Gradient((1 + first * _p_k) * _p_i, given=_of_label, name="slope elsewhere"),
        Gradient(
            _p_i * (1 + first * total(q[k] * _p_k)) - q[i] * (1 + first * _p_i), given={weights: 1}, name="gradient of a distribution"
        ),
        SpecialCase({first: 0}, cross_entropy, link={epsilon: 0}, name="cross entropy"),
        SpecialCase(
            {},
            symmetric,
            factor=1 / forward,
            given=_of_label,
            link={backward: first * forward / log_zero},
            on={first: _RIGHT, forward: _SOME},
            name="symmetric cross entropy",
        ),
        Holds(sp.Ge(_bend, 0), given=_of_label, on={first: sp.Interval(-1, 1)}, name="convex in the label's score"),
        Not(
            Holds(sp.Ge(_bend, 0), given=_of_label | {first: sp.Rational(6, 5)}),
            {scores: (-5, 0), k: 1, K: 2},
            name="convex for every coefficient",
        ),
        Not(Range(0, sp.oo, given=_of_label | {first: -2}), name="non-negative below minus one"),
        Monotone(var=first, name="increasing in the coefficient"),
        Invariant((scores,)),
        Limit(scores[k], sp.oo, 0, given=_of_label, name="limits"),
        Not(
            Holds(sp.Ge(_ell(sp.log(probs), q), _ell(sp.log(q), q)), given={weights: 1, first: 2}, on=_chances),
            {probs: (sp.Rational(7, 10), sp.Rational(3, 10)), q: (sp.Rational(6, 10), sp.Rational(4, 10))},
            name="proper",
        ),
    ),
)

_more, _most = 1 - temper, 2 - temper
_divergence = _ell(probs, q)


def _tempered(formula, chances, target, t1):
    """Put numbers into the formula; it is a function of the probabilities, whatever softmax they come from."""
    return views.instance(formula, {probs: chances, q: target, temper: t1}, bi_tempered.domain)


bi_tempered = Card(
    name="bi_tempered_loss",
    title="Bi-tempered logistic loss",
    symbol=_divergence,
    formula=total(q[k] * (q[k] ** _more - probs[k] ** _more) / _more - (q[k] ** _most - probs[k] ** _most) / _most),
    prediction=probs[k],
    domain={probs: Simplex(open=True), q: Simplex(), K: _CLASSES},
    params={temper: sp.Interval.Ropen(0, 1)},
    defaults={temper: sp.Rational(4, 5)},
    evaluator=_tempered,
    claims=(
        Gradient((probs[k] - q[k]) * probs[k] ** (-temper)),
        Curvature(probs[k] ** (-temper) * (_more + temper * q[k] / probs[k])),
        Convex(),
        Holds(sp.Eq(_divergence, total((probs[k] - q[k]) ** 2) / 2), given={temper: 0}, name="half the squared distance"),
        Proper(given={temper: _HALF}),
        Proper(given={temper: sp.Rational(4, 5)}, name="proper by default"),
        Value({probs: (_HALF, _HALF), q: (1, 0), K: 2}, "0.5394", given={temper: sp.Rational(4, 5)}, name="even odds"),
        Value({probs: (0, 1), q: (1, 0), K: 2}, 5, given={temper: sp.Rational(4, 5)}, name="given up"),
        Misprint(
            total(q[k] * (q[k] ** _more - probs[k] ** _more) / _more),
            {probs: (_HALF, _HALF), q: (1, 0), K: 2, temper: _HALF},
            name="without the second term",
        ),
    ),
)
