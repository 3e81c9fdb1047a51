"""Scores of forecasts. Where a formula has a target q, it is 1 at the class that came to be, and 0 elsewhere."""

import sympy as sp

from lossbook.cards import regression, transport
from lossbook.cards.cross_entropy import nll, total
from lossbook.cards.notation import K, i, j, k, probs, weights, y, y_hat
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Card,
    Convex,
    Curvature,
    Gradient,
    Holds,
    Homogeneous,
    Limit,
    Lipschitz,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    Simplex,
    Smooth,
    SpecialCase,
    Value,
    ZeroOnlyAt,
    as_product,
    label,
    views,
)

_ell = sp.Function("ell")
_loss, _of_label = _ell(probs, q), _ell(probs, k)
_p, _q = probs[k], q[k]
_COUNTS = {K: sp.Range(1, sp.oo)}
_TARGETS = {probs: Simplex(), q: Simplex()} | _COUNTS
_LABELS = _COUNTS | {k: sp.Range(1, sp.oo)}
_SURE, _NONE = {probs: (1, 0), q: (1, 0)}, {probs: (1, 0), q: (0, 1)}
_TENTH = sp.Rational(1, 10)
_NEAR, _FAR = (2 * _TENTH, 5 * _TENTH, 3 * _TENTH), (5 * _TENTH, 2 * _TENTH, 3 * _TENTH)
_THIRD = (0, 0, 1)


def _squared(base):
    """Write Σ of the squares of all entries."""
    return total(base[j] ** 2, j)


def _evaluate_target(formula, p, target):
    """Put numbers into a formula with a target."""
    return views.instance(formula, {probs: tuple(p), q: tuple(target)}, _TARGETS)


def _evaluate_label(formula, p, label):
    """Put numbers into a formula with a label; labels count from 0."""
    return views.instance(formula, {probs: tuple(p), k: label + 1}, {probs: Simplex()} | _LABELS)


def _excess():
    """Write by how much the expected score of p is above that of the truth q."""
    return total(_q * _of_label) - total(_q * _ell(q, k))


brier = Card(
    name="brier_score",
    title="Brier score",
    symbol=_loss,
    formula=total((_p - _q) ** 2),
    prediction=probs[i],
    domain=_TARGETS,
    evaluator=_evaluate_target,
    claims=(
        Range(0, 2, low_at=_SURE, high_at=_NONE),
        ZeroOnlyAt(probs, q),
        Gradient(2 * (probs[i] - q[i]), shown=as_product(2, probs[i] - q[i])),
        Convex(strict=True),
        Smooth(2, sharp=True),
        Lipschitz(2, sharp=_NONE),
        Proper(),
        Holds(sp.Eq(_loss, 1 - 2 * _p + _squared(probs)), given={q: label(k)}, name="label"),
        Holds(
            sp.Eq(total(_q * (1 - 2 * _p + _squared(probs))) - total(_q * (1 - 2 * _q + _squared(q))), _loss),
            name="regret",
            remark="What a forecast p costs more than the truth q, on average over the labels, is its own squared distance from q.",
        ),
        SpecialCase({K: 2}, regression.squared, factor=2, link={y_hat: probs[1], y: q[1]}, name="two classes"),
        Value({probs: _NEAR, q: _THIRD}, "0.78"),
        Value({probs: _FAR, q: _THIRD}, "0.78", name="another order"),
        Not(Holds(sp.Le(_loss, 1)), {probs: (1, 0), q: (0, 1)}, name="at most 1"),
        Misprint(total((_p - _q) ** 2) / K, at={**_NONE, K: 2}, name="mean over the classes"),
    ),
)

logarithmic = Card(
    name="log_score",
    title="Log score",
    symbol=_of_label,
    formula=-sp.log(_p),
    prediction=_p,
    domain={probs: Simplex(open=True)} | _LABELS,
    evaluator=_evaluate_label,
    claims=(
        Range(0, sp.oo),
        Gradient(-1 / _p),
        Gradient(0, var=probs[i], name="local"),
        Curvature(_p**-2),
        Monotone(down=True, strict=True),
        Limit(_p, 0, -sp.oo, of=sp.Derivative(_of_label, _p), name="steep at zero"),
        Proper(label=k, target=q),
        Holds(sp.Eq(_excess(), total(_q * sp.log(_q / _p))), on={q: Simplex(open=True)}, name="regret"),
        SpecialCase({}, nll, link={nll.prediction.base: sp.log(probs), weights: 1}, name="nll"),
        Holds(
            sp.Ge(2 * _of_label, 1 - 2 * _p + _squared(probs)),
            by=((2 * (_p - 1 - sp.log(_p)), 1 - _squared(probs)),),
            name="above half the Brier score",
        ),
        Not(Lipschitz(1), {probs: (_TENTH, 9 * _TENTH), k: 1}),
    ),
)

_norm, _norm_of_truth = sp.sqrt(_squared(probs)), sp.sqrt(_squared(q))
_angle = _norm_of_truth * total((_q / _norm_of_truth - _p / _norm) ** 2) / 2

spherical = Card(
    name="spherical_score",
    title="Spherical score",
    symbol=_of_label,
    formula=1 - _p / _norm,
    prediction=_p,
    domain={probs: Simplex()} | _LABELS,
    evaluator=_evaluate_label,
    claims=(
        Range(0, 1, low_at={probs: (1, 0), k: 1}, high_at={probs: (0, 1), k: 1}),
        Gradient(_p**2 / _norm**3 - 1 / _norm),
        Gradient(_p * probs[i] / _norm**3, var=probs[i], name="slope elsewhere"),
        Homogeneous(0, (probs,), name="scale"),
        Holds(sp.Ge(total(_q * _of_label), total(_q * _ell(q, k))), on={q: Simplex()}, by=((_angle,),), name="proper"),
        Holds(sp.Eq(_excess(), _angle), on={q: Simplex()}, name="regret"),
        Not(Convex(var=probs[i]), {probs: (_TENTH, 9 * _TENTH), k: 1, i: 2}),
        Value({probs: _NEAR, k: 3}, "0.5133"),
        Misprint(_p / _norm, at={probs: (1, 0), k: 1}, name="the cosine itself"),
    ),
)

ranked = Card(
    name="ranked_probability_score",
    title="Ranked probability score",
    symbol=_loss,
    formula=sp.Sum(transport.cdf_difference() ** 2, (k, 1, K)),
    prediction=probs[i],
    domain=_TARGETS,
    evaluator=_evaluate_target,
    claims=(
        Holds(sp.And(sp.Ge(_loss, 0), sp.Le(_loss, K - 1)), name="range"),
        Value({probs: (1, 0, 0), q: _THIRD}, 2, name="from one end to the other"),
        Gradient(2 * sp.Sum(transport.cdf_difference(), (k, i, K))),
        Convex(),
        Proper(),
        SpecialCase({}, transport.squared_emd, name="squared EMD"),
        SpecialCase({K: 2}, brier, factor=sp.Rational(1, 2), link={K: 2}, name="two classes"),
        Value({probs: _NEAR, q: _THIRD}, "0.53"),
        Value({probs: _FAR, q: _THIRD}, "0.74", name="another order"),
        Not(Holds(sp.Le(_loss, 1)), {probs: (1, 0, 0), q: _THIRD}, name="at most 1"),
    ),
)
