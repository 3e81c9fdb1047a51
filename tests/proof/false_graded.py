"""Plausible claims about the losses of graded targets that are false: none may be proved."""

import sympy as sp

from lossbook.cards import binary_cross_entropy, focal
from lossbook.cards.graded import asymmetric, ghm, multilabel_soft_margin, penalty_reduced, quality_focal, varifocal
from lossbook.cards.notation import (
    K,
    N,
    alpha,
    focus,
    gamma,
    gamma_neg,
    gamma_pos,
    i,
    in_bin,
    scores,
    shift,
    sigmoid,
    w,
    weights,
    y,
    z,
)
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Convex,
    Gradient,
    Holds,
    Invariant,
    Limit,
    Monotone,
    Proper,
    Range,
    SpecialCase,
    Symmetric,
)

_ell = sp.Function("ell")
_loss = _ell(z, y)
_bce = binary_cross_entropy.logits
_plain = {"link": {w: 1}}
_UNIT, _OPEN = sp.Interval(0, 1), sp.Interval.open(0, 1)

FALSE = [
    (quality_focal, Proper(given={focus: 2})),
    (quality_focal, Convex(given={focus: 1, y: 1})),
    (quality_focal, SpecialCase({focus: 0, y: 1}, focal.sigmoid_focal, link={y: 1})),
    # It is at most the cross entropy, which a factor of ½ is not always.
    (quality_focal, Bound(_bce, above=True, factor=sp.S.Half, given={focus: 2}, **_plain)),
    # The weight is not a constant.
    (quality_focal, Gradient((sigmoid - y) ** 3, given={focus: 2})),
    (quality_focal, Range(0, sp.log(2))),
    (varifocal, Holds(sp.Eq(_ell(sp.log(y / (1 - y)), y), 0), on={y: _OPEN})),
    (varifocal, SpecialCase({}, _bce, **_plain, on={y: sp.Interval.Lopen(0, 1)})),
    (varifocal, SpecialCase({y: 0}, focal.sigmoid_focal, link={y: 0})),
    (varifocal, Symmetric({z: -z, y: 1 - y})),
    (varifocal, Gradient(alpha * sigmoid ** (gamma + 1), given={y: 0})),
    (asymmetric, Limit(z, sp.oo, sp.oo, given={y: 0})),
    (asymmetric, Bound((1 - shift) ** gamma_neg, above=True, given={y: 0})),
    (asymmetric, Symmetric({z: -z, y: 1 - y, gamma_pos: gamma_neg, gamma_neg: gamma_pos})),
    (asymmetric, Holds(sp.Eq(_loss, 0), given={y: 0}, on={z: sp.Interval(-sp.oo, 0)})),
    (penalty_reduced, Holds(sp.Eq(_ell(sp.log(y / (1 - y)), y), 0), on={y: _OPEN})),
    (penalty_reduced, SpecialCase({}, quality_focal)),
    (penalty_reduced, Monotone(on={y: _UNIT})),
    (penalty_reduced, Limit(y, 1, focal.sigmoid_focal.formula.subs({y: 1, alpha: 1}))),
    (ghm, SpecialCase({}, _bce, **_plain)),
    (ghm, Bound(_bce, above=True, **_plain)),
    (ghm, Holds(sp.Eq(in_bin * _loss, N * _bce.formula.subs(w, 1)))),
    (ghm, Monotone(down=True, var=N)),
    (multilabel_soft_margin, Invariant((scores,))),
    (multilabel_soft_margin, Gradient(weights[i] * (sigmoid.subs(z, scores[i]) - q[i]))),
    (multilabel_soft_margin, Range(0, sp.log(2))),
    (multilabel_soft_margin, SpecialCase({K: 1}, _bce, link={w: 1, z: scores[1], y: q[1]})),
]
