"""The Dice coefficient of two masks, its loss, and the coefficient of a thresholded mask.

The coefficients depend on a region only through sums over its pixels: what holds in the counts holds for any number of
pixels, and for soft masks as for hard ones.
"""

import sympy as sp

from lossbook.cards._regions import IOU, MASKS, SMOOTHING, dice_of, evaluated, level, over_pixels, up_to
from lossbook.cards.counts import f1_score
from lossbook.cards.notation import FN, FP, TP, N, i, j, mask, probs, r, smooth
from lossbook.proof import (
    Card,
    Cases,
    Convex,
    Each,
    Exhaustive,
    Gradient,
    Holds,
    Limit,
    Misprint,
    Monotone,
    Not,
    Range,
    SpecialCase,
    Symmetric,
)

_HALF = sp.Rational(1, 2)
_POSITIVE, _ONE, _ZERO = sp.Interval.open(0, sp.oo), sp.FiniteSet(1), sp.FiniteSet(0)
_HARD = Each(sp.FiniteSet(0, 1))
_OPTIONS = SMOOTHING | {r: sp.FiniteSet(1, 2)}
_DEFAULTS = {smooth: sp.S.Zero, r: sp.S.One}
_plain, _squares = {smooth: 0, r: 1}, {smooth: 0, r: 2}

_p, _g, _pg = over_pixels(probs[i]), over_pixels(mask[i]), over_pixels(probs[i] * mask[i])
_whole = over_pixels(probs[i] + mask[i])
_square = over_pixels(probs[i] ** 2 + mask[i] ** 2)
_alarms, _misses = over_pixels(probs[i] * (1 - mask[i])), over_pixels((1 - probs[i]) * mask[i])

_D, _ell, _join = map(sp.Function, ("D", "ell", "join"))
_coefficient, _loss = _D(probs, mask), _ell(probs, mask)
_slope = sp.Derivative(_loss, probs[j])
#: Masks of claims about several: predictions, targets and sets.
_p1, _p2, _g1, _g2, _A, _B, _C = sp.symbols("p_1 p_2 g_1 g_2 A B C")
_joined = {"join": lambda one, other: (*one, *other)}
_pairs = {_p1: up_to(3), _g1: up_to(3)}
_images = {_p1: up_to(2), _g1: up_to(2), _p2: up_to(2), _g2: up_to(2)}


def _evaluate(formula, p, g, added=0, empty=1, squared=False):
    return evaluated(formula, p, g, {smooth: added, r: 2 if squared else 1}, empty)


coefficient = Card(
    name="dice_coefficient",
    title="Dice coefficient",
    symbol=_coefficient,
    formula=dice_of(),
    prediction=probs[j],
    domain=MASKS,
    params=_OPTIONS,
    defaults=_DEFAULTS,
    evaluator=_evaluate,
    claims=(
        Holds(
            sp.Eq(_coefficient, (2 * _pg + smooth) / (2 * _pg + _alarms + _misses + smooth)),
            given={r: 1},
            name="counts",
        ),
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (0, 1), smooth: 0},
            high_at={probs: (1, 0), mask: (1, 0)},
        ),
        SpecialCase(_plain, f1_score, link={TP: _pg, FP: _alarms, FN: _misses}, name="F1"),
        Symmetric({probs: mask, mask: probs}),
        Exhaustive(
            sp.Eq(_D(_join(_p1, _p2), _join(_g1, _p2)), _D(_p1, _g1)),
            over=_pairs | {_p2: Cases("background of 1 to 3 pixels", lambda: ((0,) * size for size in (1, 2, 3)))},
            where=lambda p, g, _: len(p) == len(g),
            helpers=_joined,
            name="true negatives",
        ),
        Monotone(var=smooth, name="smoothing"),
        Limit(smooth, sp.oo, 1, name="much smoothing"),
        Holds(sp.Eq(_coefficient, 1), given={probs: 0, mask: 0}, on={smooth: _POSITIVE}, name="empty masks"),
        Holds(sp.Eq(_coefficient, (2 * _pg / N + smooth / N) / (_whole / N + smooth / N)), given={r: 1}, name="scaled"),
        Holds(
            sp.Eq(1 - _coefficient, over_pixels((probs[i] - mask[i]) ** 2) / (_square + smooth)),
            given={r: 2},
            name="squared",
        ),
        Holds(sp.Eq(_D(mask, mask), 1), given={r: 2}, name="squared, equal masks"),
        Gradient(2 * (mask[j] * _square - 2 * probs[j] * _pg) / _square**2, given=_squares, name="squared gradient"),
        Holds(
            sp.Eq(_coefficient, (2 * _pg + smooth) / (_whole + smooth)),
            given={r: 2},
            on={probs: _HARD, mask: _HARD},
            name="squares on hard masks",
        ),
        Not(
            Holds(sp.Eq(_coefficient, IOU.subs(smooth, 0)), given=_squares),
            {probs: (_HALF,), mask: (_HALF,)},
            name="printed as jaccard",
        ),
        Not(
            Holds(sp.Le(_coefficient, 1), given=_plain, on={probs: Each(sp.Reals)}),
            {probs: (3, -1), mask: (1, 0)},
            name="raw scores",
        ),
        Misprint(
            2 * (_pg + smooth) / (_whole + smooth),
            at={probs: (0, 0), mask: (0, 0), smooth: 1, r: 1},
            name="smoothing inside the bracket",
        ),
        Not(
            Exhaustive(
                sp.Eq((_D(_p1, _g1) + _D(_p2, _g2)) / 2, _D(_join(_p1, _p2), _join(_g1, _g2))),
                over=_images,
                helpers=_joined,
            ),
            {_p1: (1,), _g1: (1,), _p2: (1, 1, 0, 0), _g2: (0, 1, 1, 1)},
            name="mean of images",
        ),
        Not(
            Exhaustive(
                sp.Le(1 - _D(_A, _C), (1 - _D(_A, _B)) + (1 - _D(_B, _C))),
                over=dict.fromkeys((_A, _B, _C), up_to(2, smallest=2)),
            ),
            {_A: (1, 0), _B: (1, 1), _C: (0, 1)},
            name="triangle inequality",
        ),
    ),
)

loss = Card(
    name="dice_loss",
    title="Dice loss",
    symbol=_loss,
    formula=1 - dice_of(),
    prediction=probs[j],
    domain=MASKS,
    params=_OPTIONS,
    defaults=_DEFAULTS,
    evaluator=_evaluate,
    claims=(
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (1, 0)},
            high_at={probs: (1, 0), mask: (0, 1), smooth: 0},
        ),
        Holds(sp.Eq(_slope, (1 - _loss - 2 * mask[j]) / (_whole + smooth)), given={r: 1}, name="gradient"),
        Monotone(down=True, strict=True, given={r: 1}, on={mask[j]: _ONE}, name="signs"),
        Monotone(given={r: 1}, on={mask[j]: _ZERO}, name="signs, background"),
        Holds(sp.Eq(_slope, -2 * mask[j] / _g), given=_plain, on={probs: Each(_ZERO)}, name="empty prediction"),
        Holds(sp.Ge(_slope, -2), given={r: 1}, name="never steeper"),
        Holds(sp.Eq(_loss, 1), given=_plain | {mask: 0}, name="empty target"),
        Gradient(smooth / (_p + smooth) ** 2, given={r: 1, mask: 0}, name="empty target, smoothed"),
        Limit(
            smooth,
            0,
            sp.oo,
            of=_slope,
            given={r: 1},
            on={probs: Each(_ZERO), mask: Each(_ZERO)},
            name="steep without an object",
        ),
        Not(Convex(given=_plain), {probs: (1, 0), mask: (1, 0), j: 2}),
        Not(Holds(sp.Ge(_loss, _ell(mask, mask)), given=_plain), {probs: (1,), mask: (_HALF,)}, name="soft labels"),
        Holds(
            sp.Eq(_slope, -1 / (2 * sp.sympify(N))),
            given=_plain,
            on={probs: Each(sp.FiniteSet(_HALF)), mask: Each(sp.FiniteSet(_HALF))},
            name="soft labels, any number",
        ),
        Not(
            Holds(sp.Ge(_ell(mask, mask), _loss), given=_plain),
            {probs: (0, 1), mask: (1, 0)},
            name="the larger the more similar",
        ),
        Not(
            Exhaustive(sp.Ge(1 - (1 - _ell(_p1, _g1)) - (1 - _ell(_p2, _g2)), 0), over=_images),
            {_p1: (1, 0), _g1: (1, 0), _p2: (0, 1), _g2: (0, 1)},
            name="sum over classes",
        ),
    ),
)


def _evaluate_hard(formula, p, g, threshold=_HALF, added=0, empty=1):
    return evaluated(formula, p, g, {smooth: added, level: threshold, r: 1}, empty)


def _marked(closed):
    return dice_of(sp.Heaviside(probs[i] - level, closed)).subs(r, 1)


_above, _below = sp.Interval.open(level, 1), sp.Interval.Ropen(0, level)

hard = Card(
    name="hard_dice_coefficient",
    title="Hard Dice coefficient",
    symbol=_coefficient,
    formula=_marked(closed=0),
    prediction=probs[j],
    domain=MASKS,
    params=SMOOTHING | {level: sp.Interval.open(0, 1)},
    defaults={smooth: sp.S.Zero, level: _HALF},
    evaluator=_evaluate_hard,
    claims=(
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (0, 1), smooth: 0, level: _HALF},
            high_at={probs: (1, 0), mask: (1, 0), level: _HALF},
        ),
        Gradient(0, on={probs[j]: _above}, name="no gradient"),
        Gradient(0, on={probs[j]: _below}, name="no gradient, below"),
        Not(
            Holds(sp.Eq(_coefficient, _marked(closed=1))),
            {probs: (_HALF,), mask: (1,), level: _HALF, smooth: 0},
            name="threshold",
        ),
        Not(
            Holds(sp.Eq(_coefficient, dice_of().subs(_plain)), given={smooth: 0}),
            {probs: (sp.Rational(3, 5),), mask: (1,), level: _HALF},
            name="soft and hard",
        ),
        Exhaustive(
            sp.Eq(_D(_p1, _g1), sp.Function("D_soft")(_p1, _g1)),
            over=_pairs,
            where=lambda p, g: len(p) == len(g),
            helpers={"D_soft": coefficient.evaluate},
            name="hard masks",
        ),
    ),
)
