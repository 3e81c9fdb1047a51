"""Plausible claims about the Tversky loss and the sums with the cross entropy that are false: none may be proved."""

import sympy as sp

from lossbook.cards._regions import IOU, MEAN_LOG_LOSS, dice_of
from lossbook.cards.notation import N, dice_weight, mask, probs, r, smooth, w_fn, w_fp
from lossbook.cards.tversky import (
    _both,
    _bracket,
    _dice,
    _ell,
    _entropy_slope,
    _fn,
    _found,
    _fp,
    _g,
    _p,
    _pull,
    _tp,
    _tversky,
    _whole,
    bce_dice_loss,
    bce_log_dice_loss,
    tversky_loss,
)
from lossbook.cards.tversky import j as _j
from lossbook.proof import Bound, Convex, Gradient, Holds, Homogeneous, Limit, Monotone, Not, Range, Symmetric

_HALF = sp.Rational(1, 2)
_c = sp.Symbol("c", positive=True)
_slope = sp.Derivative(_tversky, probs[_j])

FALSE = [
    # A price does not raise the loss in proportion to what it is a price for.
    (tversky_loss, Gradient(_fp / _whole, var=w_fp)),
    (tversky_loss, Homogeneous(1, (w_fp, w_fn), given={smooth: 0})),
    (tversky_loss, Homogeneous(0, (w_fp, w_fn), given={smooth: 0})),
    (tversky_loss, Holds(sp.Eq(_ell(probs, mask, 2 * w_fp, 2 * w_fn) / (1 - _ell(probs, mask, 2 * w_fp, 2 * w_fn)), 3 * _tversky / _found))),
    (tversky_loss, Holds(sp.Eq(_tversky, 1 - dice_of().subs(r, 1)), given={w_fp: _HALF, w_fn: _HALF})),
    (tversky_loss, Holds(sp.Eq(_tversky, 1 - _tp / _p), given={smooth: 0, w_fp: 0, w_fn: 1})),
    (tversky_loss, Holds(sp.Eq(_slope, (w_fp * _found - mask[_j]) / _whole))),
    (tversky_loss, Holds(sp.Eq(_slope, (w_fp * _found - mask[_j] * _bracket) / _p))),
    (tversky_loss, Holds(sp.Gt(_bracket, w_fp))),
    (tversky_loss, Holds(sp.Eq(_tversky, 1), given={mask: 0})),
    (tversky_loss, Holds(sp.Le(_slope, 0))),
    (tversky_loss, Monotone(var=w_fp, strict=True)),
    (tversky_loss, Monotone(var=w_fn, down=True)),
    (tversky_loss, Monotone(var=smooth)),
    (tversky_loss, Symmetric({probs: mask, mask: probs})),
    (tversky_loss, Symmetric({w_fp: w_fn, w_fn: w_fp})),
    (tversky_loss, Range(0, 1, low_at={probs: (1, 0), mask: (1, 0)}, high_at={probs: (1, 0), mask: (1, 1)})),
    (tversky_loss, Range(0, _HALF)),
    (tversky_loss, Convex()),
    (tversky_loss, Not(Holds(sp.Eq(_ell(probs, mask, w_fn, w_fp), _tversky)), {probs: (1, 0), mask: (1, 0), w_fp: 1, w_fn: 2, smooth: 0})),
    (bce_dice_loss, Range(1, sp.oo)),
    (bce_dice_loss, Gradient(_entropy_slope + dice_weight * (_dice - mask[_j]) / (_p + _g + smooth))),
    (bce_dice_loss, Gradient(1 / (N * (1 - probs[_j])), given={mask: 0})),
    (bce_dice_loss, Limit(probs[_j], 0, 0, of=_pull, on={smooth: sp.Interval.open(0, sp.oo)})),
    (bce_dice_loss, Holds(sp.Ge(_both, 1))),
    (bce_dice_loss, Convex()),
    # Parts that do not add up, and a part that may be negative.
    (bce_dice_loss, Range(0, sp.oo, by=((MEAN_LOG_LOSS, 1 - _dice),))),
    (bce_dice_loss, Holds(sp.Ge(_both, dice_weight), by=((MEAN_LOG_LOSS, -dice_weight * _dice),))),
    (bce_log_dice_loss, Bound(bce_dice_loss, link={dice_weight: 2})),
    (bce_log_dice_loss, Bound(bce_dice_loss, above=True, link={dice_weight: 1})),
    (bce_log_dice_loss, Bound(MEAN_LOG_LOSS - sp.log(IOU.subs(smooth, 0)), given={smooth: 0})),
    (bce_log_dice_loss, Gradient(_entropy_slope - 2 * mask[_j] / (_tp + _fn + smooth) + 1 / (_p + _g + smooth))),
    (bce_log_dice_loss, Convex()),
]
