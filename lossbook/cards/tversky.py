"""The Tversky loss, and the sums of the cross entropy with the Dice loss and with minus its logarithm."""

import sympy as sp

from lossbook.cards._regions import IOU, MASKS, MEAN_LOG_LOSS, SMOOTHING, dice_of, evaluated, over_pixels
from lossbook.cards.notation import N, beta, i, j, mask, probs, r, smooth, w_fn, w_fp
from lossbook.cards.notation import dice_weight as _w
from lossbook.proof import (
    TINY,
    Bound,
    Card,
    Convex,
    Each,
    Exhaustive,
    Gradient,
    Holds,
    Limit,
    Monotone,
    Not,
    Range,
    Symmetric,
)

_HALF = sp.Rational(1, 2)
_POSITIVE, _FROM_ZERO = sp.Interval.open(0, sp.oo), sp.Interval(0, sp.oo)
_ell = sp.Function("ell")
_scale = sp.Symbol("c", positive=True)

_tp, _fp, _fn = (over_pixels(term) for term in (probs[i] * mask[i], probs[i] * (1 - mask[i]), (1 - probs[i]) * mask[i]))
_p, _g = over_pixels(probs[i]), over_pixels(mask[i])
_whole = _tp + w_fp * _fp + w_fn * _fn + smooth

_tversky = _ell(probs, mask, w_fp, w_fn)
_found = 1 - _tversky
_bracket = 1 - (1 - w_fp - w_fn) * _found
_plain, _best = {smooth: 0}, {smooth: 0, w_fp: sp.Rational(3, 10), w_fn: sp.Rational(7, 10)}


def _evaluate(formula, p, g, fp_weight=_HALF, fn_weight=_HALF, added=0, empty=1):
    return evaluated(formula, p, g, {w_fp: fp_weight, w_fn: fn_weight, smooth: added}, empty)


tversky_loss = Card(
    name="tversky_loss",
    title="Tversky loss",
    symbol=_tversky,
    formula=1 - (_tp + smooth) / _whole,
    prediction=probs[j],
    domain=MASKS,
    params=SMOOTHING | {w_fp: _FROM_ZERO, w_fn: _FROM_ZERO},
    defaults={smooth: sp.S.Zero, w_fp: _HALF, w_fn: _HALF},
    evaluator=_evaluate,
    claims=(
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (1, 0)},
            high_at={probs: (1, 0), mask: (0, 1), smooth: 0, w_fp: 1, w_fn: 1},
        ),
        Holds(sp.Eq(_tversky, 1 - dice_of().subs({smooth: 2 * smooth, r: 1})), given={w_fp: _HALF, w_fn: _HALF}, name="Dice"),
        Holds(sp.Eq(_tversky, 1 - IOU), given={w_fp: 1, w_fn: 1}, name="IoU"),
        Holds(sp.Eq(_tversky, 1 - _tp / _p), given=_plain | {w_fp: 1, w_fn: 0}, name="precision"),
        Holds(sp.Eq(_tversky, 1 - _tp / _g), given=_plain | {w_fp: 0, w_fn: 1}, name="recall"),
        Holds(
            sp.Eq(_found, (1 + beta**2) * _tp / ((1 + beta**2) * _tp + beta**2 * _fn + _fp)),
            given=_plain | {w_fp: 1 / (1 + beta**2), w_fn: beta**2 / (1 + beta**2)},
            on={beta: _FROM_ZERO},
            name="F beta",
            remark="The best weights of Salehi et al., 0.3 and 0.7, are those of β = √(7/3) = 1.53.",
        ),
        Holds(
            sp.Eq(_ell(probs, mask, _scale * w_fp, _scale * w_fn) / (1 - _ell(probs, mask, _scale * w_fp, _scale * w_fn)), _scale * _tversky / _found),
            on={_scale: _POSITIVE},
            name="ratio",
            remark="Only the ratio of the weights ranks predictions.",
        ),
        Holds(sp.Eq(sp.Derivative(_tversky, probs[j]), (w_fp * _found - mask[j] * _bracket) / _whole), name="gradient"),
        Holds(
            sp.Gt(_bracket, 0),
            on={w_fp: _POSITIVE},
            name="threshold",
            remark="The slope in p_j is therefore 0 at g_j = w_FP (1 − ℓ) over this, negative for a larger g_j and positive for a smaller one.",
        ),
        Holds(sp.Eq(_tversky, 1), given={smooth: 0, mask: 0}, on={w_fp: _POSITIVE}, name="empty target"),
        Gradient(w_fp * smooth / (w_fp * _p + smooth) ** 2, given={mask: 0}, name="empty target, smoothed"),
        Not(Convex(given=_best), {probs: (1, _HALF), mask: (1, 0), j: 2}),
        Not(Holds(sp.Le(_ell(mask, mask, w_fp, w_fn), _tversky), given=_best), {probs: (1,), mask: (_HALF,)}, name="soft labels"),
        Monotone(var=w_fp, name="price of a false positive"),
        Monotone(var=w_fn, name="price of a false negative"),
        Gradient((_tp + smooth) * _fp / _whole**2, var=w_fp, name="prices"),
        Symmetric({probs: mask, mask: probs, w_fp: w_fn, w_fn: w_fp}, name="swapped masks"),
        Not(
            Holds(sp.Eq(_ell(probs, mask, w_fn, w_fp), _tversky), given=_plain),
            {probs: (1, 1, 0), mask: (1, 0, 0), w_fp: sp.Rational(3, 10), w_fn: sp.Rational(7, 10)},
            name="swapped weights",
        ),
    ),
)

_OPEN = MASKS | {probs: Each(sp.Interval.open(0, 1))}
_dice = dice_of().subs(r, 1)
_entropy_slope = (probs[j] - mask[j]) / (N * probs[j] * (1 - probs[j]))
_entropy_only = 1 / (N * (1 - probs[j]))
_both = _ell(probs, mask)
_slope = sp.Derivative(_both, probs[j])
_pull = probs[j] * (1 - probs[j]) * _slope
_hundredth, _nine = sp.Rational(1, 100), sp.Rational(9, 10)


def _bce_dice(formula, p, g, dice_weight=1, added=0, empty=1):
    return evaluated(formula, p, g, {_w: dice_weight, smooth: added}, empty)


def _bce_log_dice(formula, p, g, added=0, empty=1):
    return evaluated(formula, p, g, {smooth: added}, empty)


bce_dice_loss = Card(
    name="bce_dice_loss",
    title="Cross entropy plus Dice loss",
    symbol=_both,
    formula=MEAN_LOG_LOSS + _w * (1 - _dice),
    prediction=probs[j],
    domain=_OPEN,
    params=SMOOTHING | {_w: _FROM_ZERO},
    defaults={smooth: sp.S.Zero, _w: sp.S.One},
    evaluator=_bce_dice,
    claims=(
        Range(
            0,
            sp.oo,
            low_at={probs: (1 - TINY, TINY), mask: (1, 0), smooth: 0, _w: 1},
            high_at={probs: (TINY, TINY), mask: (1, 0), smooth: 0, _w: 1},
            by=((MEAN_LOG_LOSS, _w * (1 - _dice)),),
        ),
        Gradient(_entropy_slope + _w * (_dice - 2 * mask[j]) / (_p + _g + smooth)),
        Not(
            Convex(given={smooth: 0, _w: 1}),
            {probs: (_nine, _hundredth, _hundredth), mask: (1, 0, 0), j: 2},
        ),
        Gradient(_entropy_only, given={smooth: 0, mask: 0}, name="where Dice is flat"),
        Limit(probs[j], 0, -mask[j] / N, of=_pull, on={smooth: _POSITIVE}, name="lost pixel"),
        Not(
            Holds(sp.Le(_ell(mask, mask), _both), given={smooth: 0, _w: 1}),
            {probs: (sp.Rational(3, 5),), mask: (_HALF,)},
            name="soft labels",
        ),
        Not(
            Holds(sp.Ge(_both, 1), given={smooth: 0, _w: 1}),
            {probs: (_nine,), mask: (1,)},
            name="minus Dice",
        ),
    ),
)

_log_dice = _both - MEAN_LOG_LOSS
_images = sp.symbols("p g p' g'")
_entropy = sp.Function("H")


def _mean_log_dice(*images):
    return sum(_entropy(*image) - _ell(*image) for image in images) / len(images)


bce_log_dice_loss = Card(
    name="bce_log_dice_loss",
    title="Cross entropy less log Dice",
    symbol=_both,
    formula=MEAN_LOG_LOSS - sp.log(_dice),
    prediction=probs[j],
    domain=_OPEN,
    params=SMOOTHING,
    defaults={smooth: sp.S.Zero},
    evaluator=_bce_log_dice,
    claims=(
        Range(
            0,
            sp.oo,
            low_at={probs: (1 - TINY, TINY), mask: (1, 0), smooth: 0},
            high_at={probs: (TINY, TINY), mask: (1, 0), smooth: 0},
            by=((MEAN_LOG_LOSS, -sp.log(_dice)),),
        ),
        Bound(bce_dice_loss, link={_w: 1}, name="above the Dice loss"),
        Gradient(_entropy_slope - 2 * mask[j] / (2 * _tp + smooth) + 1 / (_p + _g + smooth)),
        Holds(sp.Eq(sp.Derivative(_log_dice, probs[j]), sp.Derivative(-_dice, probs[j]) / _dice), name="Dice's gradient over D"),
        Not(Convex(given={smooth: 0}), {probs: (_nine, *(_hundredth,) * 4), mask: (1, 0, 0, 0, 0), j: 2}),
        Gradient(_entropy_only + 1 / (_p + smooth), given={mask: 0}, on={smooth: _POSITIVE}, name="empty target"),
        Limit(
            probs[j], 0, 0, of=probs[j] * (1 - probs[j]) * sp.Derivative(_log_dice, probs[j]), on={smooth: _POSITIVE}, name="lost pixel"
        ),
        Not(
            Holds(sp.Le(_ell(mask, mask), _both), given={smooth: 0}),
            {probs: (sp.Rational(3, 5),), mask: (_HALF,)},
            name="soft labels",
        ),
        Bound(MEAN_LOG_LOSS - sp.log(IOU.subs(smooth, 0)), above=True, given={smooth: 0}, name="Jaccard"),
        Bound(MEAN_LOG_LOSS - sp.log(IOU.subs(smooth, 0)) - sp.log(2), given={smooth: 0}, name="Jaccard, from below"),
        Not(
            Exhaustive(
                sp.Eq(
                    sp.log((sp.exp(_mean_log_dice(_images[:2])) + sp.exp(_mean_log_dice(_images[2:]))) / 2),
                    _mean_log_dice(_images[:2], _images[2:]),
                ),
                helpers={"H": lambda p, g: evaluated(MEAN_LOG_LOSS, p, g, {})},
            ),
            {_images[0]: (1,), _images[1]: (1,), _images[2]: (1, _HALF), _images[3]: (1, 0)},
            name="log of a mean",
        ),
    ),
)
