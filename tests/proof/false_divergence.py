"""Plausible claims about entropy and the divergences that are false: none may be proved."""

import sympy as sp

from lossbook.cards.divergence import divergence, over_classes, symmetric, uncertainty
from lossbook.cards.notation import K, k, probs
from lossbook.cards.notation import target as model
from lossbook.proof import (
    Bound,
    Convex,
    Curvature,
    Gradient,
    Holds,
    Limit,
    Merging,
    Misprint,
    Not,
    Proper,
    Range,
    RootMetric,
    Simplex,
    Spread,
    Symmetric,
    Taylor,
    Tensorises,
    ZeroOnlyAt,
)

_p, _q = probs[k], model[k]
_open = {probs: Simplex(open=True), model: Simplex(open=True)}
_variation = over_classes(sp.Abs(_p - _q)) / 2
_D, _JS = divergence.symbol.func, symmetric.symbol.func
_t = sp.Symbol("t", positive=True)

FALSE = [
    (uncertainty, Range(0, sp.log(K) / 2)),
    (uncertainty, Range(0, sp.log(K) + 1)),
    (uncertainty, ZeroOnlyAt(probs, 1 / K)),
    (uncertainty, Convex(on={probs: Simplex(open=True)})),
    (uncertainty, Gradient(-sp.log(_p), on={probs: Simplex(open=True)})),
    (divergence, Symmetric({probs: model, model: probs})),
    (divergence, Range(0, sp.log(K))),
    # The constant of Pinsker's inequality is the largest there is, in front of the square of the total variation.
    (divergence, Bound(sp.Rational(21, 10) * _variation**2, by=Spread((_p + 2 * _q) / 3))),
    (divergence, Bound(2 * _variation**2, by=Spread(2 * _q))),
    (divergence, Bound(over_classes((_p - _q) ** 2 / _q) / 2, above=True)),
    (divergence, Curvature(7 * _p / _q**9)),
    (divergence, Convex(strict=True)),
    # A class that the reference leaves out costs nothing.
    (divergence, Limit(_q, 0, sp.oo)),
    (divergence, Taylor({probs: model}, over_classes((_p - _q) ** 2 / _q))),
    (divergence, Holds(sp.Eq(_D(probs, model), _D(model, probs)), on=_open)),
    (divergence, RootMetric(sp.exp(-_t * _p / 2) / 2, over=_t)),
    (symmetric, Range(0, 1)),
    (symmetric, Range(0, sp.oo)),
    (symmetric, Proper()),
    (symmetric, Tensorises()),
    (symmetric, Bound(_variation**2, by=Spread((_p + _q) / 2))),
    (symmetric, Bound(_variation / 2, above=True)),
    (symmetric, Gradient(sp.log(_q / (_p + _q)) / 2, on={model: Simplex(open=True)})),
    (symmetric, RootMetric(sp.exp(-_t * _p) / 2, over=_t)),
    (symmetric, Not(Holds(sp.Ge(_JS(probs, model), 0)))),
    (symmetric, Misprint(symmetric.formula, {probs: (1, 0), model: (sp.Rational(1, 2), sp.Rational(1, 2))})),
    # At p = (1, 0), q = (0, 1) each term is 0, though they differ.
    (symmetric.with_formula(over_classes(_p * _q * (_p - _q) ** 2)), ZeroOnlyAt(probs, model)),
    (symmetric.with_formula(over_classes(sp.sqrt(_p * _q))), Merging()),
]
