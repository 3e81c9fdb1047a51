"""Cross entropy of several classes, and the negative log-likelihood."""

import sympy as sp

from lossbook.cards import binary_cross_entropy
from lossbook.cards.notation import K, epsilon, i, j, k, probs, scores, weights, y, z
from lossbook.cards.notation import target as q
from lossbook.cards.notation import w as pos_weight
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
    Not,
    Proper,
    Range,
    Simplex,
    Smooth,
    SpecialCase,
    Value,
    as_product,
    label,
    views,
)

_ell = sp.Function("ell")
_HALF, _QUARTER, _TENTH = sp.Rational(1, 2), sp.Rational(1, 4), sp.Rational(1, 10)
_CLASSES, _SEVERAL = sp.Range(1, sp.oo), sp.Range(2, sp.oo)
_WEIGHTS = Each(sp.Interval(0, sp.oo))


def total(term, index=k):
    """Sum a term over the classes."""
    return sp.Sum(term, (index, 1, K))


_partition = total(sp.exp(scores[j]), j)
_smoothed = (1 - epsilon) * q[k] + epsilon / K


def softmax(index):
    """Return the probability of a class, of logits."""
    other = i if index == j else j
    return sp.exp(scores[index]) / total(sp.exp(scores[other]), other)


def one_hot(label, size):
    """Return the distribution that a label stands for."""
    return [int(c == label) for c in range(size)]


def _cross_entropy(formula, logits, target, weight=None, smoothing=0):
    """Put numbers into the formula of one element; ``target`` is a distribution."""
    arrays = {scores: logits, q: target, weights: weight or [1] * len(logits)}
    return views.instance(formula, arrays | {epsilon: smoothing}, cross_entropy.domain)


_plain, _unweighted = {weights: 1, epsilon: 0}, {weights: 1}
_of_label = {q: label(k)} | _plain
_loss = _ell(scores, q)


def _mean_log(shares):
    """Return −Σ share · log p, of logits."""
    return -total(shares * sp.log(softmax(k)))


def _spread_on_others(share):
    """Smooth a label the other way: the share goes to the wrong classes alone."""
    others = total((1 - sp.KroneckerDelta(j, k)) * sp.log(softmax(j)), j)
    return -(1 - share) * sp.log(softmax(k)) - share / (K - 1) * others


cross_entropy = Card(
    name="cross_entropy",
    title="Cross entropy",
    symbol=_loss,
    formula=-total(weights[k] * _smoothed * sp.log(softmax(k))),
    prediction=scores[i],
    domain={scores: Each(sp.Reals), q: Simplex(), K: _CLASSES},
    params={weights: _WEIGHTS, epsilon: sp.Interval(0, 1)},
    defaults=_plain,
    evaluator=_cross_entropy,
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Holds(sp.Eq(_loss, sp.log(_partition) - total(q[k] * scores[k])), given=_plain, name="composition"),
        Holds(sp.Eq(_loss, sp.log(_partition) - scores[k]), given=_of_label, name="label"),
        Gradient(softmax(i) - q[i], given=_plain),
        Gradient(softmax(i) - (1 - epsilon) * q[i] - epsilon / K, given=_unweighted, name="smoothed gradient"),
        Gradient(
            softmax(i) * total(weights[k] * _smoothed) - weights[i] * _smoothed.xreplace({k: i}),
            name="weighted gradient",
        ),
        Gradient(
            -total((1 - sp.KroneckerDelta(j, k)) * sp.exp(scores[j]), j) / _partition,
            var=scores[k],
            given=_of_label,
            name="slope at the label",
        ),
        Lipschitz(1, sharp=True, given=_unweighted),
        Curvature(softmax(i) * (1 - softmax(i)), given=_unweighted, shown=as_product(softmax(i), 1 - softmax(i))),
        Convex(),
        Smooth(_HALF, joint=True, sharp=True, given=_plain, name="bounded curvature"),
        Invariant((scores,)),
        Holds(sp.Eq(_ell(0, q), sp.log(K)), given=_plain, name="untrained"),
        SpecialCase(
            {K: 2, epsilon: 0},
            binary_cross_entropy.logits,
            factor=weights[2],
            link={z: scores[1] - scores[2], y: q[1], pos_weight: weights[1] / weights[2]},
            on={weights: Each(sp.Interval.open(0, sp.oo))},
            name="two classes",
        ),
        Proper(link=probs, given=_plain),
        Holds(
            sp.Ge(_ell(sp.log(probs), q), -total(q[k] * sp.log(q[k]))),
            given=_plain,
            on={probs: Simplex(open=True)},
            name="floor",
        ),
        Holds(
            sp.Eq(_ell(sp.log(q), q), -total(q[k] * sp.log(q[k]))),
            given=_plain,
            on={q: Simplex(open=True)},
            name="floor is reached",
        ),
        Holds(
            sp.Eq(_loss, (1 - epsilon) * _mean_log(q[k]) + epsilon * _mean_log(1 / K)),
            given=_unweighted,
            name="smoothing is a mixture",
        ),
        Holds(
            sp.Eq(_ell(sp.log(1 + q * K * (1 - epsilon) / epsilon), q), -total(_smoothed * sp.log(_smoothed))),
            given=_unweighted,
            on={epsilon: sp.Interval.Lopen(0, 1)},
            name="smoothed gap",
        ),
        Not(
            Holds(sp.Le(_ell(sp.log(1 + q * K * (1 - epsilon) / epsilon), q), 0), given=_unweighted),
            {q: (1, 0), K: 2, epsilon: _TENTH},
            name="smoothed labels reach zero",
        ),
        Holds(
            sp.Eq(_loss, _spread_on_others(epsilon * (K - 1) / K)),
            given={q: label(k)} | _unweighted,
            on={K: _SEVERAL},
            name="two conventions",
        ),
        Not(
            Holds(sp.Eq(_loss, _spread_on_others(epsilon)), given={q: label(k)} | _unweighted, on={K: _SEVERAL}),
            {scores: (1, 0), K: 2, k: 1, epsilon: _TENTH},
            name="one convention",
        ),
        Limit(scores[k], sp.oo, 0, given=_of_label, name="limits"),
        Limit(
            scores[k],
            -sp.oo,
            sp.log(total((1 - sp.KroneckerDelta(j, k)) * sp.exp(scores[j]), j)),
            of=_loss + scores[k],
            given=_of_label,
            on={K: _SEVERAL},
            name="linear far out",
        ),
        Holds(
            sp.Eq(sp.Derivative(_loss, scores[i], scores[j]), -softmax(i) * softmax(j)),
            given=_unweighted,
            name="mixed curvature",
        ),
        Not(
            Holds(
                sp.Ge(_ell(sp.log(probs), q), _ell(sp.log(q), q)),
                given={epsilon: 0},
                on={probs: Simplex(open=True), q: Simplex(open=True)},
            ),
            {probs: (3 * _QUARTER, _QUARTER), q: (_HALF, _HALF), weights: (3, 1)},
            name="weights move the minimum",
        ),
        Homogeneous(1, (weights,), name="weights have no unit"),
    ),
)

# --- The negative log-likelihood, of log-probabilities ---------------------------------------------------------------------

_log_probs = sp.IndexedBase(r"\log{p}", nonpositive=True)


def _nll(formula, log_probs, label, weight=None):
    """Put numbers into the formula of one element; labels count from 0."""
    return views.instance(
        formula, {_log_probs: log_probs, weights: weight or [1] * len(log_probs), k: label + 1}, nll.domain
    )


def _example(label, *shares):
    return {_log_probs: tuple(sp.log(sp.Rational(share, 10)) for share in shares), k: label}


_of_probs = {_log_probs: sp.log(probs), weights: 1}
_EXAMPLE = (_example(3, 1, 2, 7), _example(2, 3, 4, 3), _example(1, 1, 2, 7))

nll = Card(
    name="nll_loss",
    title="Negative log-likelihood",
    symbol=_ell(_log_probs, k),
    formula=-weights[k] * _log_probs[k],
    shown=as_product(-1, weights[k], _log_probs[k]),
    prediction=_log_probs[k],
    domain={_log_probs: Each(sp.Interval(-sp.oo, 0)), k: sp.Range(1, sp.oo)},
    params={weights: _WEIGHTS},
    defaults=_unweighted,
    evaluator=_nll,
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-weights[k]),
        Gradient(0, var=_log_probs[i], name="other classes"),
        Homogeneous(1, (_log_probs,), name="linear"),
        Homogeneous(1, (weights,), name="weights have no unit"),
        SpecialCase(
            {_log_probs: sp.Lambda(j, sp.log(softmax(j)))},
            cross_entropy,
            link={q: label(k), epsilon: 0},
            name="log-softmax",
        ),
        Proper(label=k, target=q, of=probs, given=_of_probs, on={probs: Simplex(open=True)}),
        Holds(
            sp.Eq(sp.exp(-_ell(sp.log(probs), k)), probs[k]),
            given=_unweighted,
            on={probs: Simplex(open=True)},
            name="likelihood",
        ),
        *(
            Value(place, cost, given=_unweighted, name=name)
            for place, cost, name in zip(
                _EXAMPLE,
                ("0.36", "0.92", "2.30"),
                ("worked example", "worked example, second", "worked example, third"),
                strict=True,
            )
        ),
        Value(list(_EXAMPLE), "1.19", given=_unweighted, name="mean of the example"),
    ),
)
