"""Intersection over union of two masks, and its loss."""

from functools import cache
from itertools import permutations

import sympy as sp

from lossbook.cards import lovasz
from lossbook.cards._regions import (
    IOU,
    MASKS,
    SMOOTHING,
    dice_of,
    evaluated,
    hard_masks,
    over_pixels,
    soft_masks,
    up_to,
)
from lossbook.cards.dice import coefficient as dice_coefficient
from lossbook.cards.notation import eta, i, j, mask, probs, r, smooth
from lossbook.proof import (
    Bound,
    Card,
    Cases,
    Convex,
    Curvature,
    Exhaustive,
    Gradient,
    Holds,
    Misprint,
    Monotone,
    Not,
    Range,
    Symmetric,
)

_HALF = sp.Rational(1, 2)
_ONE, _ZERO = sp.FiniteSet(1), sp.FiniteSet(0)
_plain = {smooth: 0}

_both, _union = over_pixels(probs[i] * mask[i]), over_pixels(probs[i] + mask[i] - probs[i] * mask[i])
_alarms, _misses = over_pixels(probs[i] * (1 - mask[i])), over_pixels((1 - probs[i]) * mask[i])
_dice = dice_of().subs(r, 1)
_plain_dice, _plain_iou = _dice.subs(smooth, 0), IOU.subs(smooth, 0)

_J, _ell, _U, _join = map(sp.Function, ("J", "ell", "U", "join"))
_coefficient, _loss = _J(probs, mask), _ell(probs, mask)
_slope = sp.Derivative(_loss, probs[j])
_from_iou = 2 * _coefficient / (1 + _coefficient)
_farthest = sp.sqrt(2) - 1
_best, _wrong = sp.Function("ell^*"), sp.Function("n")


def _dice_of(p, g):
    return 2 * _J(p, g) / (1 + _J(p, g))


#: Masks of claims about several: two predictions p, q of two images with targets g; sets.
_p1, _p2, _q1, _q2, _g1, _g2, _A, _B, _C = sp.symbols("p_1 p_2 q_1 q_2 g_1 g_2 A B C")
_images = dict.fromkeys((_p1, _g1, _p2, _g2), up_to(2))
_models = dict.fromkeys((_p1, _q1, _g1, _p2, _q2, _g2), up_to(4))


def _joined(one, other):
    return (*one, *other)


def _union_size(p, g):
    return sum(max(a, b) for a, b in zip(p, g, strict=True))


@cache
def _orders(size):
    return tuple(permutations(range(size)))


def _first(order, pixels):
    return next((n for n in order if pixels[n]), None)


def _common_firsts(a, b):
    """Return in which share of all orders of the pixels the first of one set is the first of the other."""
    orders = _orders(len(a))
    return sp.Rational(sum(_first(order, a) == _first(order, b) for order in orders), len(orders))


def _evaluate(formula, p, g, added=0, empty=1):
    return evaluated(formula, p, g, {smooth: added}, empty)


coefficient = Card(
    name="iou_coefficient",
    title="Intersection over union",
    symbol=_coefficient,
    formula=IOU,
    prediction=probs[j],
    domain=MASKS,
    params=SMOOTHING,
    defaults={smooth: sp.S.Zero},
    evaluator=_evaluate,
    claims=(
        Holds(sp.Eq(_coefficient, (_both + smooth) / (_both + _alarms + _misses + smooth)), name="counts"),
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (0, 1), smooth: 0},
            high_at={probs: (1, 0), mask: (1, 0)},
        ),
        Symmetric({probs: mask, mask: probs}),
        Monotone(var=smooth, name="more smoothing"),
        Holds(sp.Eq(_from_iou, _plain_dice), given=_plain, name="Dice"),
        Bound(dice_coefficient, above=True, link={r: 1}, name="at most Dice"),
        Holds(
            sp.Le(_from_iou - _coefficient, 3 - 2 * sp.sqrt(2)),
            given=_plain,
            by=(_plain_iou - _farthest) ** 2 / (1 + _plain_iou),
            name="distance from Dice",
        ),
        Holds(
            sp.And(
                sp.Eq(1 - _coefficient, (1 + _coefficient) * (1 - _plain_dice)),
                sp.Le(1 - _plain_dice, 1 - _coefficient),
                sp.Le(1 - _coefficient, 2 * (1 - _plain_dice)),
            ),
            given=_plain,
            name="within a factor of two",
        ),
        Holds(sp.Eq(_from_iou, _dice.subs(smooth, 2 * smooth)), name="smoothing"),
        Exhaustive(
            sp.Eq(
                _J(_join(_p1, _p2), _join(_g1, _g2)) * (_U(_p1, _g1) + _U(_p2, _g2)),
                _U(_p1, _g1) * _J(_p1, _g1) + _U(_p2, _g2) * _J(_p2, _g2),
            ),
            over=_images,
            where=lambda p, g, q, h: len(p) == len(g) and len(q) == len(h),
            helpers={"join": _joined, "U": _union_size},
            remark="U is the size of the union.",
            name="pooled",
        ),
        Not(
            Exhaustive(
                sp.Implies(
                    sp.Gt(_J(_p1, _g1) + _J(_p2, _g2), _J(_q1, _g1) + _J(_q2, _g2)),
                    sp.Gt(_dice_of(_p1, _g1) + _dice_of(_p2, _g2), _dice_of(_q1, _g1) + _dice_of(_q2, _g2)),
                ),
                over=_models,
            ),
            {_p1: (1, 0, 1), _q1: (1, 0, 0), _g1: (1, 1, 0), _p2: (1, 1, 1, 1), _q2: (1, 1, 1, 0), _g2: (1, 1, 1, 1)},
            name="means rank alike",
        ),
        Not(
            Exhaustive(
                sp.Implies(
                    sp.And(sp.Gt(_J(_p1, _g1), _J(_q1, _g1)), sp.Gt(_J(_p2, _g2), _J(_q2, _g2))),
                    sp.Gt(_J(_join(_p1, _p2), _join(_g1, _g2)), _J(_join(_q1, _q2), _join(_g1, _g2))),
                ),
                over=_models,
                helpers={"join": _joined},
            ),
            {
                _p1: (1,) * 10,
                _q1: (0,) * 10,
                _g1: (1, 1) + (0,) * 8,
                _p2: (1, 1, 1, 1),
                _q2: (1, 1, 1, 0),
                _g2: (1, 1, 1, 1),
            },
            name="better on each image",
        ),
        Exhaustive(
            sp.Eq(_J(_A, _B), sp.Function("Pr")(_A, _B)),
            over=dict.fromkeys((_A, _B), up_to(4, smallest=4)),
            helpers={"Pr": _common_firsts},
            remark="Pr(A, B) is the share of all orders of the pixels in which the first pixel of A is the first of B.",
            name="first in line",
        ),
        Exhaustive(
            sp.Le(1 - _J(_A, _C), (1 - _J(_A, _B)) + (1 - _J(_B, _C))),
            over=dict.fromkeys((_A, _B, _C), up_to(4, smallest=4)),
            # J is symmetric, and so is the claim in A and C.
            where=lambda a, b, c: a <= c,
            name="metric",
        ),
        Misprint(
            _both / over_pixels(probs[i] + mask[i]),
            at={probs: (1,), mask: (1,), smooth: 0},
            name="sum in the denominator",
        ),
        Not(
            Holds(sp.Eq(_J(1 - probs, 1 - mask), _coefficient), given=_plain),
            {probs: (1, 0, 0, 0), mask: (0, 0, 0, 0)},
            name="flipped masks",
        ),
        Not(
            Holds(sp.Ge(1 - 2 * _coefficient, 0), given=_plain),
            {probs: (1,), mask: (1,)},
            name="twice the intersection",
        ),
    ),
)


def _lovasz(p, g):
    """Evaluate the Lovász extension of the Jaccard loss at the errors |p − g|."""
    return lovasz.extension(lovasz.jaccard(g), [abs(a - b) for a, b in zip(p, g, strict=True)])


@cache
def _least(g):
    """Find the least loss of all hard masks."""
    return min(loss.evaluate(m, g) for m in hard_masks(len(g)))


def _misplaced(m, g):
    """Count the pixels that are marked below the threshold J/(1 + J) of the best J, or not marked above it."""
    best = 1 - _least(g)
    threshold = best / (1 + best)
    return sum(
        (bool(v > threshold) and not marked) or (bool(v < threshold) and marked) for marked, v in zip(m, g, strict=True)
    )


def _blend(one, other, share):
    return tuple(share * a + (1 - share) * b for a, b in zip(one, other, strict=True))


_quarters, _extension = up_to(3, soft_masks), sp.Function("L")
_mean = sp.Function("mean")(_g1, _g2, eta)
_lengths = {"where": lambda *masks: len({len(m) for m in masks}) == 1}

loss = Card(
    name="iou_loss",
    title="IoU loss",
    symbol=_loss,
    formula=1 - IOU,
    prediction=probs[j],
    domain=MASKS,
    params=SMOOTHING,
    defaults={smooth: sp.S.Zero},
    evaluator=_evaluate,
    claims=(
        Range(
            0,
            1,
            low_at={probs: (1, 0), mask: (1, 0)},
            high_at={probs: (1, 0), mask: (0, 1), smooth: 0},
        ),
        Holds(sp.Eq(_slope, ((1 - _loss) * (1 - mask[j]) - mask[j]) / (_union + smooth)), name="gradient"),
        Gradient(-1 / (_union + smooth), on={mask[j]: _ONE}, name="gradient on the foreground"),
        Gradient((_both + smooth) / (_union + smooth) ** 2, on={mask[j]: _ZERO}, name="gradient on the background"),
        Holds(sp.Ge(_slope, -1), name="never steeper"),
        Holds(sp.Eq(_loss, 1), given=_plain | {mask: 0}, name="empty target"),
        Holds(
            sp.Eq(_slope, (2 - _loss) ** 2 / 2 * sp.Derivative(1 - _plain_dice, probs[j])),
            given=_plain,
            name="Dice in other units",
        ),
        Curvature(-2 * (_both + smooth) / (_union + smooth) ** 3, on={mask[j]: _ZERO}, name="bend"),
        Curvature(0, on={mask[j]: _ONE}, name="linear on the foreground"),
        Not(Convex(given=_plain), {probs: (1, 0), mask: (1, 0), j: 2}),
        Exhaustive(
            sp.Ge(_ell(_p1, _g1), _extension(_p1, _g1)),
            over={_p1: _quarters, _g1: up_to(3)},
            **_lengths,
            helpers={"L": _lovasz},
            remark="L is the Lovász extension of the Jaccard loss at the errors |p − g|.",
            name="above the Lovász extension",
        ),
        Not(
            Exhaustive(
                sp.Eq(_ell(_p1, _g1), _extension(_p1, _g1)),
                over={_p1: _quarters, _g1: up_to(3)},
                helpers={"L": _lovasz},
            ),
            {_p1: (1, _HALF), _g1: (1, 0)},
            name="the Lovász extension",
        ),
        Holds(
            sp.Le(sp.Derivative(_loss, (probs[j], 2)), 0),
            on={mask[j]: sp.FiniteSet(0, 1)},
            remark="What is concave in each pixel is least at one of its ends, whatever is averaged over targets: at a hard mask.",
            name="best at a mask",
        ),
        Exhaustive(
            sp.Equivalent(sp.Eq(_ell(_p1, _g1), _best(_g1)), sp.Eq(_wrong(_p1, _g1), 0)),
            over={
                _p1: up_to(3),
                _g1: Cases("masks in quarters of 1 to 3 pixels, not empty", lambda: (g for g in _quarters if any(g))),
            },
            **_lengths,
            helpers={"ell^*": _least, "n": _misplaced},
            remark="ℓ* is the least loss of all masks, and n counts pixels on the wrong side of the threshold J*/(1 + J*), J* = 1 − ℓ*.",
            name="threshold",
        ),
        Not(
            Exhaustive(
                sp.Implies(
                    sp.Le(_ell(_p1, _mean), _ell(_q1, _mean)),
                    sp.Le(*(eta * _ell(m, _g1) + (1 - eta) * _ell(m, _g2) for m in (_p1, _q1))),
                ),
                over=dict.fromkeys((_p1, _q1, _g1, _g2), up_to(2))
                | {eta: Cases("multiples of 1/20", lambda: (sp.Rational(n, 20) for n in range(21)))},
                helpers={"mean": _blend},
            ),
            {_p1: (1, 1), _q1: (1, 0), _g1: (1, 1), _g2: (1, 0), eta: sp.Rational(9, 20)},
            name="mean of the labels",
        ),
        Not(Holds(sp.Ge(_loss, _ell(mask, mask)), given=_plain), {probs: (1,), mask: (_HALF,)}, name="soft labels"),
        Not(Holds(sp.Ge(_loss - 1, 0), given=_plain), {probs: (1,), mask: (1,)}, name="minus the coefficient"),
    ),
)
