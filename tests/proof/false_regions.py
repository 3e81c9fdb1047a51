"""Claims about Dice and the intersection over union that are false, and plausible."""

import sympy as sp

from lossbook.cards import dice, iou
from lossbook.cards._regions import level
from lossbook.cards.notation import N, i, j, mask, probs, r, smooth
from lossbook.proof import (
    Bound,
    Convex,
    Curvature,
    Each,
    Gradient,
    Holds,
    Limit,
    Lipschitz,
    Monotone,
    Range,
    SpecialCase,
    ZeroOnlyAt,
)

_plain = {smooth: 0, r: 1}
_loss = dice.loss.symbol
_slope = sp.Derivative(_loss, probs[j])
_both = sp.Sum(probs[i] * mask[i], (i, 1, N))
_sums = sp.Sum(probs[i] + mask[i], (i, 1, N))
_union = sp.Sum(probs[i] + mask[i] - probs[i] * mask[i], (i, 1, N))
_ZERO, _HALF, _THIRD = sp.FiniteSet(0), sp.FiniteSet(sp.Rational(1, 2)), sp.FiniteSet(sp.Rational(1, 3))
_hard = Each(sp.FiniteSet(0, 1))

FALSE = [
    (dice.coefficient, Range(0, 2)),
    (dice.coefficient, Monotone(down=True, var=smooth)),
    (dice.coefficient, Limit(smooth, sp.oo, 0)),
    # One mask is soft.
    (
        dice.coefficient,
        Holds(sp.Eq(dice.coefficient.symbol, 2 * _both / _sums), given={smooth: 0, r: 2}, on={mask: _hard}),
    ),
    (dice.coefficient, SpecialCase(_plain, iou.coefficient, link={smooth: 0})),
    (dice.loss, ZeroOnlyAt(probs, mask, given=_plain)),
    (dice.loss, Holds(sp.Ge(_slope, -1), given={r: 1})),
    (dice.loss, Lipschitz(2, given={r: 1})),
    # What the loss was said to do on small objects.
    (dice.loss, Holds(sp.Eq(_slope, -2 / sp.Sum(mask[i], (i, 1, N))), given=_plain, on={probs: Each(_ZERO)})),
    (dice.loss, Limit(smooth, 0, sp.oo, of=_slope, given={r: 1}, on={probs: Each(_ZERO)})),
    # The entry that is fixed is not the one that moves the slope's sign.
    (dice.loss, Monotone(down=True, given={r: 1}, on={mask[j]: _ZERO})),
    (dice.loss, Monotone(down=True, given={r: 1}, on={mask[j]: _THIRD})),
    (dice.loss, Holds(sp.Eq(_slope, -1 / (2 * sp.sympify(N))), given=_plain, on={probs: Each(_HALF)})),
    (dice.loss, Holds(sp.Eq(_slope, -1 / sp.sympify(N)), given=_plain, on={probs: Each(_HALF), mask: Each(_HALF)})),
    (dice.loss, Convex(given=_plain)),
    # The threshold itself is not left out.
    (dice.hard, Gradient(0)),
    (dice.hard, Gradient(0, on={probs[j]: sp.Interval(level, 1)})),
    (iou.coefficient, Bound(dice.coefficient, link={r: 1})),
    (
        iou.coefficient,
        Holds(sp.Eq(iou.coefficient.symbol.func(1 - probs, 1 - mask), iou.coefficient.symbol), given={smooth: 0}),
    ),
    (iou.loss, Gradient(-1 / (_union + smooth), on={mask[j]: _ZERO})),
    (iou.loss, Gradient(-1 / (_union + smooth))),
    (iou.loss, Curvature(0)),
    (iou.loss, Curvature(0, on={mask[j]: sp.FiniteSet(0, 1)})),
    (iou.loss, Holds(sp.Le(sp.Derivative(iou.loss.symbol, (probs[j], 2)), 0))),
    (iou.loss, Bound(dice.loss, above=True, link={r: 1})),
]
