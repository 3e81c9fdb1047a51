"""Losses that say how sure a model may become."""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, softmax, total
from lossbook.cards.notation import K, epsilon, i, j, k, probs, scores, weights
from lossbook.cards.notation import target as q
from lossbook.proof import (
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
    Not,
    Range,
    Simplex,
    SpecialCase,
    Value,
    label,
    views,
)

#: Letters of these losses alone: what a nat of entropy is worth (``beta``); the temperature (``temperature``); the teacher's scores.
worth = sp.Symbol("rho", nonnegative=True)
heat = sp.Symbol("T", positive=True)
teacher = sp.IndexedBase("t", real=True)

_ell = sp.Function("ell")
_HALF, _QUARTER, _TENTH = sp.Rational(1, 2), sp.Rational(1, 4), sp.Rational(1, 10)
_CLASSES = sp.Range(1, sp.oo)
_p_k, _p_i = softmax(k), softmax(i)
_of_label = {q: label(k)}
_open = {probs: Simplex(open=True)}

# --- Confidence penalty ----------------------------------------------------------------------------------------------------

_loss = _ell(scores, q)
_two = 1 / (sp.exp(scores[1]) + sp.exp(scores[2]))
_doubt = -total(_p_k * sp.log(_p_k))


def _penalized(formula, logits, target, value):
    """Put numbers into the formula of one element; ``target`` is a distribution."""
    return views.instance(formula, {scores: logits, q: target, worth: value}, confidence_penalty.domain)


confidence_penalty = Card(
    name="confidence_penalty_cross_entropy",
    title="Cross entropy with a confidence penalty",
    symbol=_loss,
    formula=-total(q[k] * sp.log(_p_k)) + worth * total(_p_k * sp.log(_p_k)),
    prediction=scores[i],
    domain={scores: Each(sp.Reals), q: Simplex(), K: _CLASSES},
    params={worth: sp.Interval(0, sp.oo)},
    defaults={worth: _TENTH},
    evaluator=_penalized,
    claims=(
        Gradient(_p_i - q[i] + worth * _p_i * (sp.log(_p_i) + _doubt)),
        Curvature(_p_i * ((1 + worth) * (1 - _p_i) + worth * (1 - 2 * _p_i) * (sp.log(_p_i) + _doubt))),
        SpecialCase({worth: 0}, cross_entropy, link={epsilon: 0, weights: 1}, name="cross entropy"),
        Holds(
            sp.Eq(
                _ell(sp.log(probs), q),
                -total(q[k] * sp.log(probs[k])) + worth * (total(probs[k] * sp.log(K * probs[k])) - sp.log(K)),
            ),
            on=_open,
            name="divergence from even odds",
        ),
        Invariant((scores,)),
        Gradient(
            _two
            * (
                q[2] * sp.exp(scores[1])
                - q[1] * sp.exp(scores[2])
                + worth * (scores[1] - scores[2]) * sp.exp(scores[1]) * sp.exp(scores[2]) * _two
            ),
            var=scores[1],
            given={K: 2},
            name="slope of two classes",
        ),
        Limit(scores[k], sp.oo, 0, given=_of_label, name="limits"),
        Not(Range(0, sp.oo, given={worth: 1}), {scores: (1, 0), q: (1, 0), K: 2}, name="non-negative"),
        Not(Convex(), {scores: (12, 0), q: (1, 0), K: 2, worth: _TENTH, i: 1}),
        Not(
            Holds(
                sp.Ge(_ell(sp.log(probs), q), _ell(sp.log(q), q)),
                given={worth: _HALF},
                on=_open | {q: Simplex(open=True)},
            ),
            {probs: (sp.Rational(7, 10), sp.Rational(3, 10)), q: (sp.Rational(8, 10), sp.Rational(2, 10))},
            name="proper",
        ),
    ),
)

# --- Distillation ----------------------------------------------------------------------------------------------------------


def _warm(base, index):
    """Return the probability of a class at the temperature."""
    other = i if index == j else j
    return sp.exp(base[index] / heat) / total(sp.exp(base[other] / heat), other)


_learned, _taught = _ell(scores, teacher), _warm(teacher, k)
_student = _warm(scores, k)
_odds = sp.Symbol("omega", positive=True)
_both = {probs: Simplex(open=True), q: Simplex(open=True)}
_PAIR = {scores: (1, 2, -1), teacher: (_HALF, 1, 3), K: 3}


def _distilled(formula, logits, teacher_logits, value):
    """Put numbers into the formula of one element."""
    return views.instance(formula, {scores: logits, teacher: teacher_logits, heat: value}, distillation.domain)


distillation = Card(
    name="distillation_loss",
    title="Distillation loss",
    symbol=_learned,
    formula=heat**2 * total(_taught * sp.log(_taught / _student)),
    prediction=scores[i],
    domain={scores: Each(sp.Reals), teacher: Each(sp.Reals), K: _CLASSES},
    params={heat: sp.Interval.open(0, sp.oo)},
    defaults={heat: 2},
    evaluator=_distilled,
    claims=(
        Holds(
            sp.Eq(_ell(heat * sp.log(probs), heat * sp.log(q)), heat**2 * total(q[k] * sp.log(q[k] / probs[k]))),
            on=_both,
            name="divergence",
        ),
        Holds(sp.Ge(_ell(heat * sp.log(probs), heat * sp.log(q)), 0), on=_both, name="non-negative"),
        Holds(sp.Eq(_ell(scores, scores), 0), name="zero at the teacher"),
        Gradient(heat * (_warm(scores, i) - _warm(teacher, i))),
        Curvature(_warm(scores, i) * (1 - _warm(scores, i))),
        Lipschitz(heat),
        Invariant((scores,)),
        Invariant((teacher,), name="shift of the teacher"),
        Homogeneous(2, (scores, teacher, heat)),
        Holds(
            sp.Eq(
                _learned,
                heat**2 * (sp.log(total(sp.exp(scores[k] / heat))) - sp.log(total(sp.exp(teacher[k] / heat))))
                - heat * total(_taught * (scores[k] - teacher[k])),
            ),
            name="differences of the scores",
        ),
        Holds(
            sp.Eq(sp.Derivative(_learned, scores[i], scores[j]), -_warm(scores, i) * _warm(scores, j)),
            name="mixed curvature",
        ),
        Limit(
            heat,
            sp.oo,
            sp.log(_odds) ** 2 * (K - 1) / (2 * K**2),
            given={scores: sp.Lambda(j, sp.log(_odds) * sp.KroneckerDelta(j, k)), teacher: sp.Lambda(j, 0)},
            on={_odds: sp.Interval.open(0, sp.oo), k: _CLASSES},
            name="hot limit",
        ),
        Value(_PAIR, "2.621", given={heat: 2}, name="two models"),
        Value(_PAIR, "2.527778", given={heat: 10**8}, name="two models, very hot"),
        Not(
            Holds(sp.Eq(_learned, _ell(teacher, scores)), given={heat: 1}),
            {scores: (1, 0), teacher: (3, 0), K: 2},
            name="symmetric",
        ),
        Misprint(
            total(_taught * sp.log(_taught / _student)), _PAIR | {heat: 2}, name="without the square of the temperature"
        ),
        Misprint(
            total(teacher[k] * sp.log(teacher[k] / scores[k])),
            {scores: (3 * _QUARTER, _HALF), teacher: (_HALF, _QUARTER), K: 2, heat: 2},
            name="without a softmax",
        ),
    ),
)
