"""Balanced binary cross entropy: the two classes are weighted with α and 1 − α."""

import sympy as sp

from lossbook.cards import binary_cross_entropy
from lossbook.cards.notation import alpha, n_neg, n_pos, sigmoid, w, y, z
from lossbook.proof import (
    Card,
    Convex,
    Gradient,
    Holds,
    Limit,
    Lipschitz,
    Monotone,
    Not,
    Proper,
    Range,
    Smooth,
    SpecialCase,
    Symmetric,
)

_ell = sp.Function("ell")
_UNIT, _OPEN, _COUNT = sp.Interval(0, 1), sp.Interval.open(0, 1), sp.Range(1, sp.oo)

_from_counts = {alpha: n_neg / (n_pos + n_neg)}
_QUARTER = sp.Rational(1, 4)
_counts = {n_pos: _COUNT, n_neg: _COUNT}
_share = n_pos / (n_pos + n_neg)
_chance = (1 - alpha) * sp.exp(z) / ((1 - alpha) * sp.exp(z) + alpha)

balanced = Card(
    name="balanced_binary_cross_entropy_with_logits",
    title="Balanced binary cross entropy",
    symbol=_ell(z, y),
    formula=alpha * y * sp.log(1 + sp.exp(-z)) + (1 - alpha) * (1 - y) * sp.log(1 + sp.exp(z)),
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={alpha: _UNIT},
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Holds(sp.Eq(n_pos * _ell(-z, 1), n_neg * _ell(z, 0)), given=_from_counts, on=_counts, name="class totals"),
        SpecialCase(
            _from_counts,
            binary_cross_entropy.logits,
            factor=n_pos / (n_pos + n_neg),
            link={w: n_neg / n_pos},
            on=_counts,
            name="odds",
        ),
        SpecialCase(
            {},
            binary_cross_entropy.logits,
            factor=1 - alpha,
            link={w: alpha / (1 - alpha)},
            on={alpha: _OPEN},
            name="pos_weight",
        ),
        SpecialCase({alpha: sp.S.Half}, binary_cross_entropy.logits, factor=sp.S.Half, link={w: 1}, name="half"),
        Gradient((1 - alpha) * (1 - y) * sigmoid - alpha * y * sigmoid.subs(z, -z)),
        Convex(),
        Convex(strict=True, on={alpha: _OPEN}, name="strictly convex"),
        Lipschitz(1, sharp=True),
        Smooth(
            _QUARTER,
            sharp={z: 0, y: 1, alpha: 1},
            by=(
                (
                    _QUARTER * (alpha * (1 - y) + (1 - alpha) * y),
                    (alpha * y + (1 - alpha) * (1 - y)) * (_QUARTER - sigmoid * sigmoid.subs(z, -z)),
                ),
            ),
        ),
        Proper(link=_chance, on={alpha: _OPEN}, name="minimiser"),
        Holds(
            sp.Ge(_ell(z, _share), _ell(0, _share)),
            given=_from_counts,
            on=_counts,
            by=_share * (1 - _share) * sp.log(1 + (sp.exp(z) - 1) ** 2 / (4 * sp.exp(z))),
            name="rarity",
        ),
        Not(Proper(), {z: 0, alpha: sp.Rational(9, 10)}, name="calibrated"),
        Symmetric({z: -z, y: 1 - y, alpha: 1 - alpha}),
        Monotone(down=True, strict=True, given={y: 1}, on={alpha: sp.Interval.Lopen(0, 1)}, name="decreasing"),
        Limit(z, sp.oo, 0, given={y: 1}, name="limits"),
        Limit(z, -sp.oo, 0, of=_ell(z, y) + alpha * z, given={y: 1}, name="linear far out"),
    ),
)
