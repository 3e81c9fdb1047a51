"""Overlap of masks: Dice, intersection over union, Tversky, and their combinations with the cross entropy.

A coefficient depends on a region only through its counts, which are sums over the pixels: what holds in the counts holds
for any number of pixels, and for soft masks as for hard ones.
"""

from fractions import Fraction
from itertools import chain, combinations, permutations, product

import sympy as sp

from lossbook.cards import lovasz
from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails, Tends
from lossbook.cards.notation import N, i, k, mask, probs, smooth

_HALF, _THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
_UNIT = sp.Interval(0, 1)
_t = sp.Symbol("t", real=True)


def over_pixels(term):
    """Sum a term over the pixels of a region."""
    return sp.Sum(term, (i, 1, N))


def _dice_form(prediction):
    return (2 * over_pixels(prediction * mask[i]) + smooth) / (over_pixels(prediction) + over_pixels(mask[i]) + smooth)


_dice = _dice_form(probs[i])
_hard = _dice_form(sp.Heaviside(probs[i] - _t, 0))
_iou = (over_pixels(probs[i] * mask[i]) + smooth) / (over_pixels(probs[i] + mask[i] - probs[i] * mask[i]) + smooth)


def counts(p, g):
    """Evaluate the soft counts (TP, FP, FN) exactly."""
    p, g = [list(map(sp.sympify, values)) for values in (p, g)]
    pairs = list(zip(p, g, strict=True))
    return sum(a * b for a, b in pairs), sum(a * (1 - b) for a, b in pairs), sum((1 - a) * b for a, b in pairs)


def share(right, wrong, added=0, empty=1):
    """Evaluate (R + κ)/(R + W + κ), and ``empty`` for 0/0."""
    whole = right + wrong + added
    return sp.sympify(empty) if whole == 0 else (right + sp.sympify(added)) / whole


def dice(p, g, added=0, empty=1, squared=False):
    """Evaluate the Dice coefficient exactly."""
    tp, fp, fn = counts(p, g)
    wrong = sum((sp.sympify(a) - b) ** 2 for a, b in zip(p, g, strict=True)) if squared else fp + fn
    return share(2 * tp, wrong, added, empty)


def hard_dice(p, g, level=_HALF, added=0, empty=1):
    """Evaluate the Dice coefficient of the thresholded prediction exactly."""
    return dice([int(bool(a > level)) for a in p], g, added, empty)


def iou(p, g, added=0, empty=1):
    """Evaluate the intersection over union exactly."""
    tp, fp, fn = counts(p, g)
    return share(tp, fp + fn, added, empty)


# In the counts: D and J for a region, positive so that nothing is 0/0.
_tp, _fp, _fn = sp.symbols("TP FP FN", positive=True)
_D = (2 * _tp + smooth) / (2 * _tp + _fp + _fn + smooth)
_J = _tp / (_tp + _fp + _fn)
_plain_D = _D.subs(smooth, 0)

# One pixel among others: p and g are its own, A and B are the sums Σpg and Σp + Σg (for IoU: the union) over the rest.
_p, _A, _B, _scale, _eps = sp.symbols("p A B s epsilon", positive=True)
_g = sp.Symbol("g", nonnegative=True)
_one_dice = (2 * (_A + _p * _g) + smooth) / (_B + _p + _g + smooth)
_one_iou = (_A + _p * _g) / (_B + _p + _g - _p * _g)
_S = sp.Symbol("S", positive=True)
_one_squared = 2 * (_A + _p * _g) / (_S + _p**2 + _g**2)
_jaccard = sp.Symbol("J", positive=True)
_dice_of_jaccard = 2 * _jaccard / (1 + _jaccard)


def _from_iou(value):
    """Turn an IoU into the Dice coefficient of the same region."""
    return 2 * sp.sympify(value) / (1 + value)


_found = sp.Symbol("D", positive=True)
# The pixel's shares of the counts add up to p + g, and to p + g − pg.
_SHARES = (
    Equal(2 * _p * _g + _p * (1 - _g) + (1 - _p) * _g, _p + _g),
    Equal(_p * _g + _p * (1 - _g) + (1 - _p) * _g, _p + _g - _p * _g),
)


def _masks(size):
    return product((0, 1), repeat=size)


def _mask_pairs(largest):
    return ((p, g) for size in range(1, largest + 1) for p, g in product(_masks(size), repeat=2))


def _f1(p, g):
    """Compute the harmonic mean of precision and recall of two hard masks from set sizes."""
    pairs = list(zip(p, g, strict=True))
    tp, fp, fn = pairs.count((1, 1)), pairs.count((1, 0)), pairs.count((0, 1))
    if not tp:
        return Fraction(0) if fp or fn else Fraction(1)
    precision, recall = Fraction(tp, tp + fp), Fraction(tp, tp + fn)
    return 2 / (1 / precision + 1 / recall)


def _subsets(size):
    return [frozenset(s) for s in chain.from_iterable(combinations(range(size), n) for n in range(size + 1))]


def _jaccard_distance(a, b):
    return 1 - Fraction(len(a & b), len(a | b)) if a | b else Fraction(0)


def _first(order, pixels):
    return next((pixel for pixel in order if pixel in pixels), None)


def _share_of_common_firsts(a, b):
    """Compute how often the first pixel of one set is the first of the other, over all orders of four pixels."""
    orders = list(permutations(range(4)))
    return Fraction(sum(_first(order, a) == _first(order, b) for order in orders), len(orders))


def _best_mask_is_a_threshold(labels):
    """Check the masks that are best for soft labels against the threshold that their IoU gives."""
    scores = {m: iou(m, labels) for m in _masks(len(labels))}
    best = max(scores.values())
    level = best / (1 + best)
    agree = {m: all(v == level or bool(v > level) == bool(a) for a, v in zip(m, labels, strict=True)) for m in scores}
    return all(agree[m] == (score == best) for m, score in scores.items())


def _quarters(size):
    return product((Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)), repeat=size)


def _lovasz(p, g):
    """Evaluate the Lovász extension of the Jaccard loss at the errors |p − g|."""
    return lovasz.extension(lovasz.jaccard(g), [abs(a - b) for a, b in zip(p, g, strict=True)])


def _dice_distance(a, b):
    return 1 - Fraction(2 * len(a & b), len(a) + len(b))


def _grid(size):
    return product((Fraction(1, 10), Fraction(2, 5), Fraction(3, 5), Fraction(9, 10)), repeat=size)


def _unmoved(case):
    """Check that moving each probability by less than its distance to the threshold leaves hard Dice as it is."""
    p, g = case
    step = Fraction(1, 20)
    before = hard_dice(p, g)
    return all(
        hard_dice([a + sign * step * (n == pixel) for n, a in enumerate(p)], g) == before
        for pixel in range(len(p))
        for sign in (1, -1)
    )


_ONE_HOT, _MISS = (1, 0), (0, 1)
_ZEROS = (0,) * 100
_FALSE_ALARM = (1, *(0,) * 99)

dice_coefficient = Card(
    name="dice_coefficient",
    title="Dice coefficient",
    symbol=sp.Symbol("D"),
    formula=_dice,
    prediction=probs[k],
    domain={_p: _UNIT, _g: _UNIT},
    defaults={smooth: sp.S.Zero},
    evaluate=dice,
    claims=(
        Claim(
            "counts",
            r"$D = 2\,\mathrm{TP}/(2\,\mathrm{TP} + \mathrm{FP} + \mathrm{FN})$ with the soft counts $\sum pg$, $\sum p(1 - g)$, "
            r"$\sum (1 - p)g$: a pixel's shares add up to $p + g$",
            _SHARES[:1],
        ),
        Claim(
            "range",
            r"$0 \le D \le 1$",
            (AtLeast(_D), Equal(1 - _D, (_fp + _fn) / (2 * _tp + _fp + _fn + smooth)), AtLeast(1 - _D)),
        ),
        Claim(
            "F1",
            r"$D$ is the harmonic mean of precision and recall, $F_1$",
            (
                Equal(2 / ((_tp + _fp) / _tp + (_tp + _fn) / _tp), _plain_D),
                Exhaust(lambda: _mask_pairs(4), lambda pair: dice(*pair) == _f1(*pair), "hard masks of 1 to 4 pixels"),
            ),
        ),
        Claim(
            "symmetric",
            r"$D(p, g) = D(g, p)$: FP and FN trade places",
            (Equal(_D.subs({_fp: _fn, _fn: _fp}, simultaneous=True), _D),),
        ),
        Claim(
            "true negatives",
            r"background that is predicted as such does not count: a pixel with $p = g = 0$ changes no sum",
            (Equal((2 * _p * _g).subs({_p: 0, _g: 0}), sp.S.Zero), Equal((_p + _g).subs({_p: 0, _g: 0}), sp.S.Zero)),
        ),
        Claim(
            "smoothing",
            r"$\kappa$ draws the coefficient towards 1, and makes it 1 for two empty masks",
            (
                Equal(sp.diff(_D, smooth), (_fp + _fn) / (2 * _tp + _fp + _fn + smooth) ** 2),
                AtLeast(sp.diff(_D, smooth)),
                Equal(_D.subs({_tp: 0, _fp: 0, _fn: 0}), sp.S.One),
            ),
        ),
        Claim(
            "scaled",
            r"dividing the sums by $s$ and adding $\epsilon$ is smoothing with $\kappa = s\epsilon$",
            (
                Equal(
                    (2 * _tp / _scale + _eps) / ((2 * _tp + _fp + _fn) / _scale + _eps),
                    _D.subs(smooth, _scale * _eps),
                ),
            ),
        ),
        Claim(
            "squared",
            r"with squares in the denominator, $1 - D$ is $\sum (p - g)^2/\sum (p^2 + g^2)$, so only $p = g$ has $D = 1$",
            (Equal(_p**2 + _g**2 - 2 * _p * _g, (_p - _g) ** 2), AtLeast((_p - _g) ** 2)),
        ),
        Claim(
            "squared gradient",
            r"with squares, $\partial D/\partial p_j = 2\bigl(g_j \sum (p^2 + g^2) - 2 p_j \sum pg\bigr)/\bigl(\sum (p^2 + g^2)\bigr)^2$",
            (
                Equal(
                    sp.diff(_one_squared, _p),
                    2 * (_g * (_S + _p**2 + _g**2) - 2 * _p * (_A + _p * _g)) / (_S + _p**2 + _g**2) ** 2,
                ),
            ),
        ),
        Claim(
            "squares on hard masks",
            r"on hard masks both denominators are the same",
            (
                Exhaust(
                    lambda: _mask_pairs(4),
                    lambda pair: dice(*pair) == dice(*pair, squared=True),
                    "hard masks of 1 to 4 pixels",
                ),
            ),
        ),
        Claim(
            "printed as jaccard",
            r"the coefficient with squares, called `jaccard` in one of the notes, is the Jaccard coefficient",
            (
                Fails(
                    sp.Eq(dice([_HALF], [_HALF], squared=True), iou([_HALF], [_HALF])),
                    r"$p = g = \tfrac12$: $1$, where the Jaccard coefficient is $\tfrac13$",
                ),
            ),
        ),
        Claim(
            "raw scores",
            r"the coefficient of raw network outputs stays in $[0, 1]$",
            (
                Fails(
                    sp.Le(dice([3, -1], _ONE_HOT), 1),
                    r"$p = (3, -1)$, $g = (1, 0)$: $D = 2$; with probabilities it cannot exceed 1",
                ),
            ),
        ),
        Claim(
            "smoothing inside the bracket",
            r"$2(\sum pg + \kappa)/(\sum p + \sum g + \kappa)$ stays in $[0, 1]$",
            (Fails(sp.Le(sp.Rational(2 * (0 + 1), 0 + 0 + 1), 1), r"two empty masks: $2\kappa/\kappa = 2$"),),
        ),
        Claim(
            "mean of images",
            r"the mean over images is the coefficient of all their pixels together",
            (
                Fails(
                    sp.Eq(
                        (dice([1], [1]) + dice([1, 1, 0, 0], [0, 1, 1, 1])) / 2, dice([1, 1, 1, 0, 0], [1, 0, 1, 1, 1])
                    ),
                    r"$p = (1)$ and $(1, 1, 0, 0)$, $g = (1)$ and $(0, 1, 1, 1)$: the mean is $\tfrac{7}{10}$, together $\tfrac47$",
                ),
            ),
        ),
        Claim(
            "triangle inequality",
            r"$1 - D$ is a metric on sets",
            (
                Fails(
                    sp.Le(
                        sp.sympify(_dice_distance({1}, {2})),
                        sp.sympify(_dice_distance({1}, {1, 2}) + _dice_distance({1, 2}, {2})),
                    ),
                    r"$A = \{1\}$, $B = \{1, 2\}$, $C = \{2\}$: $1 > \tfrac13 + \tfrac13$",
                ),
            ),
        ),
    ),
)

dice_loss = Card(
    name="dice_loss",
    title="Dice loss",
    symbol=sp.Symbol("ell"),
    formula=1 - _dice,
    prediction=probs[k],
    domain={_p: _UNIT, _g: _UNIT},
    defaults={smooth: sp.S.Zero},
    evaluate=lambda *arguments, **options: 1 - dice(*arguments, **options),
    claims=(
        Claim("range", r"$0 \le \ell \le 1$", (AtLeast(1 - _D), AtLeast(_D))),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p_j$ is $-(1 + \ell)/(\sum p + \sum g + \kappa)$ on the foreground and "
            r"$(1 - \ell)/(\sum p + \sum g + \kappa)$ on the background: two numbers for the whole region",
            tuple(
                Equal(
                    sp.diff(1 - _one_dice, _p).subs(_g, label),
                    ((1 - 2 * label) - (1 - _one_dice)).subs(_g, label) / (_B + _p + label + smooth),
                )
                for label in (0, 1)
            ),
        ),
        Claim(
            "signs",
            r"the slope is negative on the foreground and not negative on the background",
            (
                AtLeast((1 + (1 - _D)) / (2 * _tp + _fp + _fn + smooth), strict=True),
                AtLeast(_D / (2 * _tp + _fp + _fn + smooth)),
            ),
        ),
        Claim(
            "steep on small objects",
            r"for an empty prediction the slope on each foreground pixel is $-2/\sum g$: it grows without bound as the object shrinks",
            (
                Equal(sp.diff(1 - 2 * _p * 1 / (_p + _B), _p).subs(_p, 0), -2 / _B),
                Tends(-2 / _B, _B, sp.S.Zero, -sp.oo),
            ),
        ),
        Claim(
            "empty target",
            r"without smoothing an empty target gives the loss 1 to every prediction but the empty one, and no gradient; "
            r"with it, the slope $\kappa/(\sum p + \kappa)^2$ pushes every pixel down",
            (
                Equal((1 - _one_dice).subs({_g: 0, _A: 0, smooth: 0}), sp.S.One),
                Equal(sp.diff(1 - (0 + _eps) / (_B + _p + _eps), _p), _eps / (_B + _p + _eps) ** 2),
            ),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $p$",
            (
                Fails(
                    sp.Le(
                        1 - dice([1, _HALF], _ONE_HOT),
                        ((1 - dice([1, 0], _ONE_HOT)) + (1 - dice([1, 1], _ONE_HOT))) / 2,
                    ),
                    r"$g = (1, 0)$, $p = (1, 0), (1, \tfrac12), (1, 1)$: $0, \tfrac15, \tfrac13$, and $\tfrac15 > \tfrac16$",
                ),
            ),
        ),
        Claim(
            "soft labels",
            r"for a soft target the loss is smallest at $p = g$",
            (
                Fails(
                    sp.Le(1 - dice([_HALF], [_HALF]), 1 - dice([1], [_HALF])),
                    r"$g = \tfrac12$: $\ell = \tfrac12$ at $p = \tfrac12$, $\tfrac13$ at $p = 1$",
                ),
            ),
        ),
        Claim(
            "soft labels, any number",
            r"with all $N$ labels $\tfrac12$ the gradient at $p = g$ is $-\tfrac{1}{2N}$ in every pixel, not 0",
            (
                # A, B, p and g are those of N − 1 other pixels and one more, all of them one half.
                Equal(
                    sp.diff(1 - _one_dice, _p)
                    .subs({_A: (N - 1) / 4, _B: N - 1, smooth: 0})
                    .subs({_p: _HALF, _g: _HALF}),
                    -1 / (2 * sp.sympify(N)),
                ),
            ),
        ),
        Claim(
            "the larger the more similar",
            r"the loss is the larger, the more similar the masks are",
            (
                Fails(
                    sp.Gt(1 - dice(_ONE_HOT, _ONE_HOT), 1 - dice(_MISS, _ONE_HOT)),
                    r"equal masks have loss 0, disjoint ones 1: it is the coefficient that grows",
                ),
            ),
        ),
        Claim(
            "sum over classes",
            r"$1 - \sum_c D_c$ over $C$ classes, without dividing by $C$, stays in $[0, 1]$",
            (
                Fails(
                    sp.Ge(1 - dice(_ONE_HOT, _ONE_HOT) - dice(_MISS, _MISS), 0),
                    r"two classes, predicted exactly: $1 - 2 = -1$; the mean over classes is 0",
                ),
            ),
        ),
    ),
)

hard_dice_coefficient = Card(
    name="hard_dice_coefficient",
    title="Hard Dice coefficient",
    symbol=sp.Symbol("D"),
    formula=_hard,
    prediction=probs[k],
    domain={_p: _UNIT},
    defaults={smooth: sp.S.Zero, _t: _HALF},
    evaluate=hard_dice,
    claims=(
        Claim(
            "range",
            r"$0 \le D \le 1$",
            (AtLeast(_D), AtLeast(1 - _D)),
        ),
        Claim(
            "no gradient",
            r"the slope of a thresholded probability is 0 on either side of the threshold",
            (
                Equal(sp.diff(sp.Heaviside(_p - _t, 0), _p).subs(_p, _t + _eps), sp.S.Zero),
                Equal(sp.diff(sp.Heaviside(_p - _t, 0), _p).subs(_p, _t - _eps), sp.S.Zero),
                Exhaust(
                    lambda: ((p, g) for size in (1, 2, 3) for p in _grid(size) for g in _masks(size)),
                    _unmoved,
                    "masks of 1 to 3 pixels with probabilities .1, .4, .6, .9, each moved by .05",
                ),
            ),
        ),
        Claim(
            "threshold",
            r"a probability at the threshold counts as positive",
            (
                Fails(
                    sp.Eq(hard_dice([_HALF], [1]), 1), r"$p = t = \tfrac12$, $g = 1$: $D = 0$, as only $p > t$ counts"
                ),
            ),
        ),
        Claim(
            "soft and hard",
            r"the soft coefficient is the hard one of the thresholded mask",
            (
                Fails(
                    sp.Eq(dice([sp.Rational(3, 5)], [1]), hard_dice([sp.Rational(3, 5)], [1])),
                    r"$p = \tfrac35$, $g = 1$: soft $\tfrac34$, hard 1",
                ),
            ),
        ),
    ),
)

iou_coefficient = Card(
    name="iou_coefficient",
    title="Intersection over union",
    symbol=sp.Symbol("J"),
    formula=_iou,
    prediction=probs[k],
    domain={_p: _UNIT, _g: _UNIT, _jaccard: _UNIT},
    defaults={smooth: sp.S.Zero},
    evaluate=iou,
    claims=(
        Claim(
            "counts",
            r"$J = \mathrm{TP}/(\mathrm{TP} + \mathrm{FP} + \mathrm{FN})$: a pixel's shares of the soft counts add up to $p + g - pg$",
            _SHARES[1:],
        ),
        Claim("range", r"$0 \le J \le 1$", (AtLeast(_J), AtLeast(1 - _J))),
        Claim(
            "Dice",
            r"$J = D/(2 - D)$ and $D = 2J/(1 + J)$ for the same region",
            (Equal(_plain_D / (2 - _plain_D), _J), Equal(2 * _J / (1 + _J), _plain_D)),
        ),
        Claim("at most Dice", r"$J \le D$", (AtLeast(_dice_of_jaccard - _jaccard),)),
        Claim(
            "distance from Dice",
            r"$|D - J| \le 3 - 2\sqrt 2 = 0.172$, attained at $J = \sqrt 2 - 1$",
            (
                Equal(
                    3 - 2 * sp.sqrt(2) - (_dice_of_jaccard - _jaccard),
                    (_jaccard - (sp.sqrt(2) - 1)) ** 2 / (1 + _jaccard),
                ),
                AtLeast((_jaccard - (sp.sqrt(2) - 1)) ** 2 / (1 + _jaccard)),
                Equal((_dice_of_jaccard - _jaccard).subs(_jaccard, sp.sqrt(2) - 1), 3 - 2 * sp.sqrt(2)),
            ),
        ),
        Claim(
            "within a factor of two",
            r"$1 - D \le 1 - J \le 2(1 - D)$, and the factor 2 is the limit as $J \to 1$",
            (
                AtLeast((1 - _jaccard) - (1 - _dice_of_jaccard)),
                AtLeast(2 * (1 - _dice_of_jaccard) - (1 - _jaccard)),
                Equal(sp.limit((1 - _jaccard) / (1 - _dice_of_jaccard), _jaccard, 1), sp.S(2)),
            ),
        ),
        Claim(
            "smoothing",
            r"with $\kappa$, $J = D/(2 - D)$ where the Dice coefficient has $2\kappa$",
            (
                Equal(
                    (_D / (2 - _D)).subs(smooth, 2 * smooth),
                    (_tp + smooth) / (_tp + _fp + _fn + smooth),
                ),
            ),
        ),
        Claim(
            "pooled",
            r"the IoU of several images together is the mean of their IoUs, weighted by their unions",
            (
                Equal(
                    (_tp + _A) / (_tp + _fp + _fn + _B),
                    ((_tp + _fp + _fn) * _J + _B * (_A / _B)) / (_tp + _fp + _fn + _B),
                ),
            ),
        ),
        Claim(
            "means rank alike",
            r"of two models, the one with the larger mean IoU over images has the larger mean Dice coefficient",
            (
                Fails(
                    sp.Gt(sum(map(_from_iou, (_THIRD, 1))) / 2, sum(map(_from_iou, (_HALF, sp.Rational(3, 4)))) / 2),
                    r"IoUs $\tfrac13, 1$ against $\tfrac12, \tfrac34$: means $\tfrac23 > \tfrac58$, but Dice "
                    r"$\tfrac34 < \tfrac{16}{21}$",
                ),
            ),
        ),
        Claim(
            "better on each image",
            r"a model with the larger IoU on every image has the larger IoU on all images together",
            (
                Fails(
                    sp.Gt(sp.Rational(2 + 4, 10 + 4), sp.Rational(0 + 3, 2 + 4)),
                    r"intersection over union $\tfrac{2}{10}$ and $\tfrac44$ against $\tfrac02$ and $\tfrac34$: together "
                    r"$\tfrac{6}{14} < \tfrac36$",
                ),
            ),
        ),
        Claim(
            "first in line",
            r"in a random order of the pixels, the first of $A$ is the first of $B$ with probability $J$",
            (
                Exhaust(
                    lambda: product(_subsets(4), repeat=2),
                    lambda sets: _share_of_common_firsts(*sets) == 1 - _jaccard_distance(*sets),
                    "pairs of sets of at most 4 pixels, each with all 24 orders",
                ),
            ),
        ),
        Claim(
            "metric",
            r"$1 - J$ is a metric on sets",
            (
                Exhaust(
                    lambda: product(_subsets(4), repeat=3),
                    lambda sets: (
                        _jaccard_distance(sets[0], sets[2])
                        <= _jaccard_distance(*sets[:2]) + _jaccard_distance(*sets[1:])
                    ),
                    "triples of sets of at most 4 pixels",
                ),
            ),
        ),
        Claim(
            "sum in the denominator",
            r"$|A \cap B| / (|A| + |B|)$, printed in one of the notes, is 1 for equal sets",
            (Fails(sp.Eq(sp.Rational(1, 1 + 1), 1), r"$A = B$: $\tfrac12$; the union counts the intersection once"),),
        ),
        Claim(
            "flipped masks",
            r"with an empty target, the coefficient of the flipped masks is that of the masks",
            (
                Fails(
                    sp.Eq(iou([1 - a for a in _FALSE_ALARM], [1 - b for b in _ZEROS]), iou(_FALSE_ALARM, _ZEROS)),
                    r"one false pixel in 100: $J = 0$, flipped $\tfrac{99}{100}$",
                ),
            ),
        ),
        Claim(
            "twice the intersection",
            r"$1 - 2|A \cap B| / |A \cup B|$ stays in $[0, 1]$",
            (Fails(sp.Ge(1 - 2 * iou([1], [1]), 0), r"$A = B$: $-1$"),),
        ),
    ),
)

iou_loss = Card(
    name="iou_loss",
    title="IoU loss",
    symbol=sp.Symbol("ell"),
    formula=1 - _iou,
    prediction=probs[k],
    domain={_p: _UNIT, _g: _UNIT, _jaccard: _UNIT},
    defaults={smooth: sp.S.Zero},
    evaluate=lambda *arguments, **options: 1 - iou(*arguments, **options),
    claims=(
        Claim("range", r"$0 \le \ell \le 1$", (AtLeast(1 - _J), AtLeast(_J))),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p_j$ is $-1/U$ on the foreground and $I/U^2$ on the background, with $I = \sum pg$ and "
            r"$U = \sum (p + g - pg)$",
            (
                Equal(sp.diff(1 - _one_iou, _p).subs(_g, 1), -1 / (_B + 1)),
                Equal(sp.diff(1 - _one_iou, _p).subs(_g, 0), _A / (_B + _p) ** 2),
            ),
        ),
        Claim(
            "empty target",
            r"without smoothing an empty target gives the loss 1 to every prediction but the empty one, and no gradient",
            (Equal((1 - _one_iou).subs({_g: 0, _A: 0}), sp.S.One),),
        ),
        Claim(
            "gradient, soft labels",
            r"for any $g$ the slope is $(J(1 - g_j) - g_j)/U$",
            (Equal(sp.diff(1 - _one_iou, _p), (_one_iou * (1 - _g) - _g) / (_B + _p + _g - _p * _g)),),
        ),
        Claim(
            "Dice in other units",
            r"$\nabla\ell = \tfrac12 (1 + J)^2\, \nabla(1 - D)$: the direction of the Dice loss, half as steep to twice as steep",
            # The chain rule through J = D/(2 − D), at D = 2J/(1 + J).
            (
                Equal(sp.diff(_found / (2 - _found), _found).subs(_found, _dice_of_jaccard), (1 + _jaccard) ** 2 / 2),
                AtLeast((1 + _jaccard) ** 2 / 2, _HALF),
                AtLeast(sp.S(2), (1 + _jaccard) ** 2 / 2),
            ),
        ),
        Claim(
            "bend",
            r"the loss is straight in each foreground pixel, and in each background pixel concave, with curvature $-2I/U^3$",
            (
                Equal(sp.diff(1 - _one_iou, _p, 2).subs(_g, 1), sp.S.Zero),
                Equal(sp.diff(1 - _one_iou, _p, 2).subs(_g, 0), -2 * _A / (_B + _p) ** 3),
            ),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $p$",
            (
                Fails(
                    sp.Le(
                        1 - iou([1, _HALF], _ONE_HOT), ((1 - iou([1, 0], _ONE_HOT)) + (1 - iou([1, 1], _ONE_HOT))) / 2
                    ),
                    r"$g = (1, 0)$, $p = (1, 0), (1, \tfrac12), (1, 1)$: $0, \tfrac13, \tfrac12$, and $\tfrac13 > \tfrac14$",
                ),
            ),
        ),
        Claim(
            "above the Lovász extension",
            r"for a hard target, $\ell$ is at least the Lovász extension of the Jaccard loss at the errors $|p - g|$",
            (
                Exhaust(
                    lambda: ((p, g) for size in (1, 2, 3) for p in _quarters(size) for g in _masks(size)),
                    lambda pair: bool(1 - iou(*pair) >= _lovasz(*pair)),
                    "masks of 1 to 3 pixels with probabilities 0, ¼, ½, ¾, 1",
                ),
            ),
        ),
        Claim(
            "the Lovász extension",
            r"$\ell$ is that extension",
            (
                Fails(
                    sp.Eq(1 - iou([1, _HALF], _ONE_HOT), sp.sympify(_lovasz([1, _HALF], _ONE_HOT))),
                    r"$g = (1, 0)$, $p = (1, \tfrac12)$: $\ell = \tfrac13$, the extension $\tfrac14$",
                ),
            ),
        ),
        Claim(
            "best at a mask",
            r"whatever the distribution of the labels, the mean loss is least at a hard mask: in each pixel alone $J$ is convex",
            tuple(AtLeast(sp.diff(_one_iou, _p, 2).subs(_g, label)) for label in (0, 1)),
        ),
        Claim(
            "threshold",
            r"for soft labels with the best value $J^*$, a mask is best exactly if it marks all $g_i > J^*/(1 + J^*)$ and no "
            r"$g_i < J^*/(1 + J^*)$",
            (
                Exhaust(
                    lambda: (g for size in (1, 2, 3) for g in _quarters(size) if any(g)),
                    _best_mask_is_a_threshold,
                    "labels 0, ¼, ½, ¾, 1 of 1 to 3 pixels, and all masks",
                ),
            ),
        ),
        Claim(
            "mean of the labels",
            r"the mask that is best for the mean of the labels has the best mean IoU",
            (
                Fails(
                    sp.Ge(
                        sp.Rational(9, 20) * iou([1, 1], [1, 1]) + sp.Rational(11, 20) * iou([1, 1], [1, 0]),
                        sp.Rational(9, 20) * iou([1, 0], [1, 1]) + sp.Rational(11, 20) * iou([1, 0], [1, 0]),
                    ),
                    r"one pixel certain, the other with $\tfrac{9}{20}$: marking both has $\tfrac{29}{40}$ against the mean "
                    r"label (one: $\tfrac{20}{29}$), but the mean IoU $\tfrac{29}{40} < \tfrac{31}{40}$",
                ),
            ),
        ),
        Claim(
            "soft labels",
            r"for a soft target the loss is smallest at $p = g$",
            (
                Fails(
                    sp.Le(1 - iou([_HALF], [_HALF]), 1 - iou([1], [_HALF])),
                    r"$g = \tfrac12$: $\ell = \tfrac23$ at $p = \tfrac12$, $\tfrac12$ at $p = 1$",
                ),
            ),
        ),
        Claim(
            "minus the coefficient",
            r"$-J$ in place of $1 - J$ is a loss that is never negative",
            (Fails(sp.Ge(-iou([1], [1]), 0), r"$p = g = 1$: $-1$; the gradient is the same, the range is not"),),
        ),
    ),
)
