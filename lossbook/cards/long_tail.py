"""Losses for long tails: cross entropies of scores that are moved by the counts of the classes, and what is computed from counts."""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, total
from lossbook.cards.notation import K, epsilon, i, j, k, probs, scores, weights
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Card,
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
    Range,
    Simplex,
    SpecialCase,
    Value,
    as_product,
    label,
    views,
)

#: Letters of these losses alone: the number of examples n of each class (``counts``), its share θ of the training set (``priors``), the
#: strength τ of the adjustment (``tau``); margins μ, and the factor λ of the scores (``scale``); the base ρ of the weights (``beta``).
counts = sp.IndexedBase("n", positive=True)
shares = sp.IndexedBase("theta", positive=True)
strength = sp.Symbol("tau", nonnegative=True)
margins = sp.IndexedBase("mu", nonnegative=True)
factor = sp.Symbol("lambda", positive=True)
base = sp.Symbol("rho", nonnegative=True)
#: Of one class: its count, the least count of all; the margin of that class.
count, least = sp.symbols("n_k n_min", positive=True)
widest = sp.Symbol("mu_max", nonnegative=True)
first, second, part = sp.symbols("n_1 n_2 t", positive=True)

_ell = sp.Function("ell")
_loss = _ell(scores, k)
_TENTH, _HALF = sp.Rational(1, 10), sp.Rational(1, 2)
_CLASSES, _SEVERAL = sp.Range(1, sp.oo), sp.Range(2, sp.oo)
_SOME, _RIGHT, _ONE_ON = sp.Interval.open(0, sp.oo), sp.Interval(0, sp.oo), sp.Interval(1, sp.oo)
_domain = {scores: Each(sp.Reals), K: _CLASSES, k: _CLASSES}
_plain = {q: label(k), weights: 1, epsilon: 0}
_chances = {probs: Simplex(open=True), q: Simplex(open=True)}


def _of(weigh):
    """Return the probability of a class whose exponential is multiplied by ``weigh`` of it."""

    def probability(index):
        other = i if index == j else j
        return weigh(index) * sp.exp(scores[index]) / total(weigh(other) * sp.exp(scores[other]), other)

    return probability


def _with(option, *others):
    """Put numbers into the formula of one element; labels count from 0."""

    def evaluate(formula, logits, label, values, *numbers):
        at = {scores: logits, k: label + 1, option: values} | dict(zip(others, numbers, strict=True))
        return views.instance(formula, at, _domain | {option: Each(_RIGHT)})

    return evaluate


# --- Balanced softmax --------------------------------------------------------------------------------------------------------

_b = _of(lambda index: counts[index])


def _expected(chances):
    """Write the expected loss of the scores log(p_j/n_j), where q is how often the classes are in training."""
    return total(q[k] * _ell(sp.Lambda(j, sp.log(chances[j] / counts[j])), k))


balanced = Card(
    name="balanced_softmax_loss",
    title="Balanced softmax",
    symbol=_loss,
    formula=-sp.log(_b(k)),
    prediction=scores[i],
    domain=_domain,
    params={counts: Each(_SOME)},
    evaluator=_with(counts),
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-(1 - _b(k)), var=scores[k], name="slope at the label"),
        Gradient(_b(i), name="slope elsewhere"),
        Curvature(_b(i) * (1 - _b(i)), shown=as_product(_b(i), 1 - _b(i))),
        Holds(sp.Ge(sp.Derivative(_loss, (scores[i], 2)), 0), name="convex in each score"),
        SpecialCase({counts: 1}, cross_entropy, link=_plain, name="equal counts"),
        SpecialCase(
            {}, cross_entropy, link={scores: sp.Lambda(j, scores[j] + sp.log(counts[j]))} | _plain, name="moved scores"
        ),
        Homogeneous(0, (counts,), name="proportions"),
        Invariant((scores,)),
        Holds(sp.Eq(_ell(0, k), sp.log(total(counts[j], j)) - sp.log(counts[k])), name="untrained"),
        Holds(sp.Ge(_expected(probs), _expected(q)), on=_chances, name="learns the probabilities over the counts"),
        Holds(
            sp.Eq(_ell(sp.log(q), k), sp.log(total(counts[j] * q[j], j)) - sp.log(counts[k] * q[k])),
            on={q: Simplex(open=True)},
            name="balanced probabilities",
        ),
        Not(
            Holds(sp.Ge(total(q[k] * _ell(sp.log(probs), k)), total(q[k] * _ell(sp.log(q), k))), on=_chances),
            {counts: (9, 1), q: (sp.Rational(9, 10), _TENTH), probs: (_HALF, _HALF), K: 2},
            name="proper in training",
        ),
        Value({scores: (0, 0), counts: (30, 10), k: 2, K: 2}, "1.3863", name="rare label"),
        Misprint(
            -sp.log(sp.exp(scores[k]) / counts[k] / total(sp.exp(scores[j]) / counts[j], j)),
            {scores: (0, 0), counts: (30, 10), k: 2, K: 2},
            name="with the sign of the test",
        ),
    ),
)


# --- Logit adjustment --------------------------------------------------------------------------------------------------------

_a = _of(lambda index: shares[index] ** strength)

adjusted = Card(
    name="logit_adjusted_cross_entropy",
    title="Logit-adjusted cross entropy",
    symbol=_loss,
    formula=-sp.log(_a(k)),
    prediction=scores[i],
    domain=_domain,
    params={shares: Simplex(open=True), strength: _RIGHT},
    defaults={strength: 1},
    evaluator=_with(shares, strength),
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-(1 - _a(k)), var=scores[k], name="slope at the label"),
        Gradient(_a(i), name="slope elsewhere"),
        Curvature(_a(i) * (1 - _a(i)), shown=as_product(_a(i), 1 - _a(i))),
        Holds(sp.Ge(sp.Derivative(_loss, (scores[i], 2)), 0), name="convex in each score"),
        SpecialCase({strength: 0}, cross_entropy, link=_plain, name="no adjustment"),
        SpecialCase({strength: 1}, balanced, link={counts: shares}, name="balanced softmax"),
        Holds(
            sp.Eq(_ell(sp.Lambda(j, sp.log(q[j] * shares[j] ** -strength)), k), -sp.log(q[k])),
            on={q: Simplex(open=True)},
            name="adjusted afterwards",
        ),
        Invariant((scores,)),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Value(
            {scores: (0, 0), shares: (sp.Rational(3, 4), sp.Rational(1, 4)), k: 2, K: 2, strength: 2},
            "2.3026",
            name="twice as strong",
        ),
    ),
)


# --- Margins by counts -------------------------------------------------------------------------------------------------------

_mu = sp.Function("mu")
_at_least = {count: sp.Interval(least, sp.oo), least: _SOME}
_root = sp.Rational(1, 4)


def _bound(share):
    """Write what the errors of two classes are bounded by, up to a factor, where the first has this share of both margins."""
    return 1 / (share * sp.sqrt(first)) + 1 / ((1 - share) * sp.sqrt(second))


_best = _mu(first, least) / (_mu(first, least) + _mu(second, least))
_gap = ((1 - part) * first**-_root - part * second**-_root) ** 2 / (part * (1 - part))

of_counts = Card(
    name="ldam_margins",
    title="LDAM's margins",
    symbol=_mu(count, least),
    formula=widest * (least / count) ** _root,
    prediction=count,
    domain=_at_least,
    params={widest: _RIGHT},
    defaults={widest: _HALF},
    claims=(
        Range(0, widest),
        Monotone(down=True),
        Homogeneous(0, (count, least), name="proportions"),
        Holds(
            sp.Eq(_mu(first, least) / _mu(second, least), (second / first) ** _root),
            given={widest: 1},
            on={first: _SOME, second: _SOME},
            name="ratio",
        ),
        Holds(
            sp.Ge(_bound(part), _bound(_best)),
            given={widest: 1},
            on={first: _SOME, second: _SOME, part: sp.Interval.open(0, 1)},
            by=_gap,
            name="smallest bound",
        ),
        Value({count: 900, least: 100}, "0.5774", given={widest: 1}, name="nine to one"),
        Value({count: 16, least: 1}, sp.Rational(1, 4), given={widest: _HALF}, name="sixteen to one"),
    ),
)


_own = sp.exp(factor * (scores[k] - margins[k]))
_rivals = total((1 - sp.KroneckerDelta(j, k)) * sp.exp(factor * scores[j]), j)
_all, _plain_own = _own + _rivals, sp.exp(factor * scores[k])


def _with_margins(formula, logits, label, numbers, largest, scale):
    """Put numbers into the formula of one element, the margins by their own card; labels count from 0."""
    wide = [
        of_counts.formula.xreplace({count: n, least: min(numbers), widest: largest}) for n in map(sp.sympify, numbers)
    ]
    return views.instance(formula, {scores: logits, k: label + 1, margins: wide, factor: scale}, ldam.domain)


ldam = Card(
    name="ldam_loss",
    title="LDAM loss",
    symbol=_loss,
    formula=-sp.log(_own / _all),
    prediction=scores[i],
    domain=_domain,
    params={margins: Each(_RIGHT), factor: _SOME},
    defaults={factor: 30},
    evaluator=_with_margins,
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(-factor * _rivals / _all, var=scores[k], name="slope at the label"),
        SpecialCase({margins: 0, factor: 1}, cross_entropy, link=_plain, name="no margins"),
        Holds(
            sp.Eq(sp.exp(-_loss), _plain_own / (_plain_own + sp.exp(factor * margins[k]) * _rivals)),
            name="odds against the label",
        ),
        Monotone(var=margins[k], name="increasing in the margin"),
        Lipschitz(factor, var=scores[k]),
        Monotone(down=True, var=scores[k], name="decreasing in the logit"),
        Invariant((scores,)),
        Limit(scores[k], sp.oo, 0, name="limits"),
        Value({scores: (_HALF, 0), margins: (_root, _HALF), factor: 1, k: 1, K: 2}, "0.5759", name="frequent label"),
    ),
)


# --- Weights by the effective number of examples -----------------------------------------------------------------------------

_w = sp.Function("w")

class_balanced = Card(
    name="class_balanced_weights",
    title="Class-balanced weights",
    symbol=_w(count, base),
    formula=(1 - base) / (1 - base**count),
    prediction=count,
    domain={count: _ONE_ON},
    params={base: sp.Interval.Ropen(0, 1)},
    evaluator=lambda formula, n, rho: formula.xreplace({count: sp.sympify(n), base: sp.sympify(rho)}),
    claims=(
        Holds(sp.Eq(1 / _w(count + 1, base), 1 + base / _w(count, base)), name="one more example"),
        Limit(base, 0, 1, name="equal weights"),
        Limit(base, 1, 1 / count, name="reciprocals"),
        Limit(count, sp.oo, 1 - base, on={base: sp.Interval.open(0, 1)}, name="enough examples"),
        Holds(sp.Eq(_w(1, base), 1), name="one example"),
        Monotone(down=True, on={base: sp.Interval.open(0, 1)}),
        Value({count: 2, base: _HALF}, sp.Rational(2, 3), name="two examples"),
        Not(
            Holds(sp.Ge(_w(count, base), 2 * _w(10 * count, base))),
            {count: 100, base: sp.Rational(9, 10)},
            name="ten times as many count half",
        ),
    ),
)
