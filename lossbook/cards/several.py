"""Losses of several classes in which a probability can be 0.

Those of a margin are written for the first of three classes; ℓ(z₂, z₁, z₃) is the loss of label 2. The Fenchel–Young losses are written in
what their map makes of the scores: z_k = τ + p_k^(α − 1)/(α − 1) − λ_k, where λ_k is how far a score is below τ, and 0 where p_k > 0.
What is claimed holds for all p and λ ≥ 0, so for these as well.
"""

import sympy as sp

from lossbook.cards import margin
from lossbook.cards.cross_entropy import total
from lossbook.cards.notation import K, eta, i, k, probs, y, z
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Card,
    Convex,
    Each,
    Gradient,
    Holds,
    Misprint,
    Proper,
    Range,
    Simplex,
    SpecialCase,
    Symmetric,
    Value,
    label,
    views,
)

#: Letters of these losses alone: the margin μ (``margin``); the parameter α of entmax (``alpha``); λ_k, how far a score is below
#: the one from which on a class has a probability.
apart = sp.Symbol("mu", nonnegative=True)
sparsity = sp.Symbol("alpha", real=True)
beyond = sp.IndexedBase("lambda", nonnegative=True)

_ell = sp.Function("ell")
_HALF, _FIFTH = sp.Rational(1, 2), sp.Rational(1, 5)
_ANY = sp.Interval(0, sp.oo)
_CLASSES = sp.Range(1, sp.oo)

# --- Margins over the rivals -----------------------------------------------------------------------------------------------

_own, _second, _third = _z = sp.symbols("z_1:4", real=True)
_t = sp.Symbol("t", real=True)
_loss = _ell(*_z)
_scores = dict.fromkeys(_z, sp.Reals)
_unit = {apart: 1}
_wrong = {_own: sp.Interval(-sp.oo, 0), _second: _ANY}
_of_t = {_t: sp.Interval(0, 1)}


def _of_label(formula, logits, label, distance=1):
    """Put numbers into the formula of one label among three; labels count from 0."""
    own, *rivals = (logits[label], *(score for j, score in enumerate(logits) if j != label))
    return formula.xreplace(dict(zip((*_z, apart), map(sp.sympify, (own, *rivals, distance)), strict=True)))


def _risk(shares, a, b, c):
    """Return the expected loss of three scores."""
    return shares[0] * _ell(a, b, c) + shares[1] * _ell(b, a, c) + shares[2] * _ell(c, a, b)


def _ahead(slope, start):
    """Claim how the expected loss changes as the class with probability η goes ahead of two others, which are equal."""
    risk = eta * _ell(_t, 0, 0) + (1 - eta) * _ell(0, _t, 0)
    return Holds(
        sp.Eq(risk, start + slope * _t),
        given=_unit,
        on=_of_t | {eta: sp.Interval.open(0, 1)},
        name="one class goes ahead",
    )


_best = sp.Max(_second, _third)

crammer_singer = Card(
    name="crammer_singer_loss",
    title="Crammer–Singer loss",
    symbol=_loss,
    formula=sp.Max(0, apart + _best - _own),
    prediction=_own,
    domain=_scores,
    params={apart: _ANY},
    defaults=_unit,
    evaluator=_of_label,
    claims=(
        Range(0, sp.oo, low_at={_own: 2, _second: 0, _third: 0, apart: 1}),
        Gradient(-sp.Heaviside(apart + _best - _own)),
        Gradient(
            sp.Heaviside(apart + _second - _own) * sp.Heaviside(_second - _third), var=_second, name="slope at a rival"
        ),
        Convex(),
        Symmetric({_second: _third, _third: _second}),
        Holds(sp.Ge(_loss, apart), on=_wrong, name="bounds the error rate"),
        SpecialCase(
            {_third: _second - _t},
            margin.hinge,
            given=_unit,
            link={z: _own - _second, y: 1},
            on={_t: _ANY},
            name="hinge",
        ),
        _ahead(1 - 2 * eta, 1),
        Misprint(
            sp.Max(0, 1 + sp.Max(0, _second, _third) - _own),
            {_own: -3, _second: -5, _third: -5, apart: 1},
            name="with a rival of score 0",
        ),
    ),
)

weston_watkins = Card(
    name="weston_watkins_loss",
    title="Weston–Watkins loss",
    symbol=_loss,
    formula=sp.Max(0, apart + _second - _own) + sp.Max(0, apart + _third - _own),
    prediction=_own,
    domain=_scores,
    params={apart: _ANY},
    defaults=_unit,
    evaluator=_of_label,
    claims=(
        Range(0, sp.oo, low_at={_own: 2, _second: 0, _third: 0, apart: 1}),
        Gradient(-sp.Heaviside(apart + _second - _own) - sp.Heaviside(apart + _third - _own)),
        Gradient(sp.Heaviside(apart + _second - _own), var=_second, name="slope at a rival"),
        Convex(),
        Bound(crammer_singer, name="above the best rival's"),
        Bound(crammer_singer, factor=2, above=True, name="below twice the best rival's"),
        Holds(sp.Eq(_ell(_t, _t, _t), 2 * apart), on={_t: sp.Reals}, name="untrained"),
        _ahead(1 - 3 * eta, 2),
        Holds(
            sp.Eq(
                _risk((2 * _FIFTH, sp.Rational(7, 20), sp.Rational(1, 4)), _t, 0, _t - 1), sp.Rational(7, 4) + _t / 20
            ),
            given=_unit,
            on=_of_t,
            name="a tie costs less",
        ),
        Misprint(
            (sp.Max(0, 1 + _second - _own) + sp.Max(0, 1 + _third - _own)) / 3,
            {_own: 0, _second: 0, _third: 0, apart: 1},
            name="mean over the classes",
        ),
    ),
)

# --- Fenchel–Young losses --------------------------------------------------------------------------------------------------

_sparse = _ell(probs, q, beyond)
_p, _q, _below = probs[k], q[k], beyond[k]
_probabilities = {probs: Simplex(), q: Simplex(), beyond: Each(_ANY), K: _CLASSES}
_on_support = {beyond: 0}
_sure, _tie = {probs: (1, 0), q: (1, 0), beyond: (0, 0)}, {probs: (_HALF, _HALF), q: (1, 0), beyond: (0, 0)}
_given_up = {probs: (0, 1), q: (1, 0), beyond: (2, 0)}


def _evaluator(card, *options):
    """Put numbers into a formula of the probabilities; the scores are those that have them."""

    def evaluate(formula, chances, target, below, *values):
        at = {probs: tuple(chances), q: tuple(target), beyond: tuple(below)}
        return views.instance(formula, at | dict(zip(options, values, strict=True)), card().domain)

    return evaluate


_up = sp.Min(1, sp.Max(0, (1 + z) / 2))

sparsemax = Card(
    name="sparsemax_loss",
    title="Sparsemax loss",
    symbol=_sparse,
    formula=total((_p - _q) ** 2 / 2 + _q * _below),
    prediction=probs[i],
    domain=_probabilities,
    evaluator=_evaluator(lambda: sparsemax),
    claims=(
        Holds(sp.Ge(_sparse, 0), name="non-negative"),
        Gradient(probs[i] - q[i]),
        Gradient(q[i], var=beyond[i], name="slope beyond the support"),
        Convex(),
        Holds(sp.Le(_sparse, 1), given=_on_support, name="bounded on the support"),
        SpecialCase(
            {K: 2},
            margin.modified_huber,
            factor=sp.Rational(1, 4),
            given=_on_support | {q: label(1)},
            link={z: 2 * probs[1] - 1, y: 1},
            name="modified Huber",
        ),
        Proper(given=_on_support),
        Value(_tie, "0.25", name="a tie of two"),
        Value(_given_up, "3", name="given up"),
        Misprint(total((_p - _q) ** 2 / 2), _given_up, name="without what is beyond the support"),
    ),
)

_b = sparsity - 1
_bregman = (_p - _q) * _p**_b / _b + (_q**sparsity - _p**sparsity) / (sparsity * _b)

_roots = sp.Rational(2, 3) * total((sp.sqrt(_q) - sp.sqrt(_p)) ** 2 * (2 * sp.sqrt(_q) + sp.sqrt(_p)))

entmax = Card(
    name="entmax_loss",
    title="Entmax loss",
    symbol=_sparse,
    formula=total(_bregman + _q * _below),
    prediction=probs[i],
    domain=_probabilities,
    params={sparsity: sp.Interval.open(1, sp.oo)},
    defaults={sparsity: 3 * _HALF},
    evaluator=_evaluator(lambda: entmax, sparsity),
    claims=(
        SpecialCase({sparsity: 2}, sparsemax, name="sparsemax"),
        Holds(
            sp.Ge(_sparse, 0),
            given={sparsity: 3 * _HALF},
            by=((_roots, total(_q * _below)),),
            name="non-negative by default",
        ),
        Gradient((probs[i] - q[i]) * probs[i] ** (sparsity - 2), on={probs: Simplex(open=True)}),
        Holds(sp.Eq(_sparse, _roots), given=_on_support | {sparsity: 3 * _HALF}, name="by square roots"),
        Proper(given=_on_support, on={probs: Simplex(open=True)}),
        Convex(given=_on_support | {sparsity: 3 * _HALF}, on={probs: Simplex(open=True)}),
        Value(_tie | {sparsity: 3 * _HALF}, "0.39", name="a tie of two"),
        Value(_given_up | {sparsity: 3 * _HALF}, "4.00", name="given up"),
        Value({probs: (0, 1), q: (1, 0), beyond: (0, 0)} | {sparsity: 3}, "0.5", name="at the edge"),
        Misprint(
            total(_bregman + _q * _below - (_q**sparsity - _q) / (sparsity * _b)),
            {probs: (_HALF, _HALF), q: (_HALF, _HALF), beyond: (0, 0), sparsity: 3 * _HALF},
            name="without the target's own term",
        ),
    ),
)
