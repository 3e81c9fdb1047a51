"""Overlap of masks: Dice, intersection over union, Tversky, and their combinations with the cross entropy.

A coefficient depends on a region only through its counts, which are sums over the pixels: what holds in the counts holds
for any number of pixels, and for soft masks as for hard ones.
"""

from fractions import Fraction
from itertools import chain, combinations, product

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails, Tends
from lossbook.cards.notation import N, beta, i, k, mask, probs, smooth, w_fn, w_fp

_HALF, _THIRD = sp.Rational(1, 2), sp.Rational(1, 3)
_POSITIVE = sp.Interval.open(0, sp.oo)
_UNIT = sp.Interval(0, 1)
_t = sp.Symbol("t", real=True)
_weight = sp.Symbol("w", nonnegative=True)


def over_pixels(term):
    """Sum a term over the pixels of a region."""
    return sp.Sum(term, (i, 1, N))


def _dice_form(prediction):
    return (2 * over_pixels(prediction * mask[i]) + smooth) / (over_pixels(prediction) + over_pixels(mask[i]) + smooth)


_dice = _dice_form(probs[i])
_hard = _dice_form(sp.Heaviside(probs[i] - _t, 0))
_iou = (over_pixels(probs[i] * mask[i]) + smooth) / (over_pixels(probs[i] + mask[i] - probs[i] * mask[i]) + smooth)
_soft_tp, _soft_fp, _soft_fn = (
    over_pixels(term) for term in (probs[i] * mask[i], probs[i] * (1 - mask[i]), (1 - probs[i]) * mask[i])
)
_tversky = 1 - (_soft_tp + smooth) / (_soft_tp + w_fp * _soft_fp + w_fn * _soft_fn + smooth)
_bce = -over_pixels(mask[i] * sp.log(probs[i]) + (1 - mask[i]) * sp.log(1 - probs[i])) / N


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


def tversky(p, g, fp_weight=_HALF, fn_weight=_HALF, added=0, empty=1):
    """Evaluate the Tversky loss exactly."""
    tp, fp, fn = counts(p, g)
    return 1 - share(tp, fp_weight * fp + fn_weight * fn, added, empty)


def mean_log_loss(p, g):
    """Evaluate the mean binary cross entropy exactly, with 0 log 0 = 0."""
    terms = []
    for a, b in zip(map(sp.sympify, p), map(sp.sympify, g), strict=True):
        terms += [
            -weight * sp.log(chance) if chance else sp.oo for weight, chance in ((b, a), (1 - b, 1 - a)) if weight
        ]
    return sp.Add(*terms) / len(p)


def bce_dice(p, g, dice_weight=1, added=0, empty=1):
    """Evaluate the sum of cross entropy and Dice loss exactly."""
    return mean_log_loss(p, g) + dice_weight * (1 - dice(p, g, added, empty))


def bce_log_dice(p, g, added=0, empty=1):
    """Evaluate the cross entropy less log Dice exactly."""
    found = dice(p, g, added, empty)
    return mean_log_loss(p, g) - sp.log(found) if found else sp.oo


# In the counts: D and J for a region, positive so that nothing is 0/0.
_tp, _fp, _fn = sp.symbols("TP FP FN", positive=True)
_D = (2 * _tp + smooth) / (2 * _tp + _fp + _fn + smooth)
_J = _tp / (_tp + _fp + _fn)
_plain_D = _D.subs(smooth, 0)
_T = _tp / (_tp + w_fp * _fp + w_fn * _fn)

# One pixel among others: p and g are its own, A and B are the sums Σpg and Σp + Σg (for IoU: the union) over the rest.
_p, _A, _B, _scale, _eps = sp.symbols("p A B s epsilon", positive=True)
_g = sp.Symbol("g", nonnegative=True)
_one_dice = (2 * (_A + _p * _g) + smooth) / (_B + _p + _g + smooth)
_one_iou = (_A + _p * _g) / (_B + _p + _g - _p * _g)
_S = sp.Symbol("S", positive=True)
_one_squared = 2 * (_A + _p * _g) / (_S + _p**2 + _g**2)
_jaccard = sp.Symbol("J", positive=True)
_dice_of_jaccard = 2 * _jaccard / (1 + _jaccard)
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
    domain={_p: _UNIT, _g: _UNIT},
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
            "soft labels",
            r"the loss is 0 at $p = g$",
            (Fails(sp.Eq(1 - iou([_HALF], [_HALF]), 0), r"$p = g = \tfrac12$: $J = \tfrac13$, $\ell = \tfrac23$"),),
        ),
        Claim(
            "minus the coefficient",
            r"$-J$ in place of $1 - J$ is a loss that is never negative",
            (Fails(sp.Ge(-iou([1], [1]), 0), r"$p = g = 1$: $-1$; the gradient is the same, the range is not"),),
        ),
    ),
)

tversky_loss = Card(
    name="tversky_loss",
    title="Tversky loss",
    symbol=sp.Symbol("ell"),
    formula=_tversky,
    prediction=probs[k],
    domain={_p: _UNIT, _g: _UNIT},
    defaults={smooth: sp.S.Zero, w_fp: _HALF, w_fn: _HALF},
    evaluate=tversky,
    claims=(
        Claim(
            "range",
            r"$0 \le \ell \le 1$",
            (AtLeast(_T), Equal(1 - _T, (w_fp * _fp + w_fn * _fn) / (_tp + w_fp * _fp + w_fn * _fn)), AtLeast(1 - _T)),
        ),
        Claim(
            "Dice",
            r"$w_\mathrm{FP} = w_\mathrm{FN} = \tfrac12$ is the Dice loss",
            (Equal(_T.subs({w_fp: _HALF, w_fn: _HALF}), _plain_D),),
        ),
        Claim("IoU", r"$w_\mathrm{FP} = w_\mathrm{FN} = 1$ is the IoU loss", (Equal(_T.subs({w_fp: 1, w_fn: 1}), _J),)),
        Claim(
            "precision and recall",
            r"weights $(1, 0)$ leave precision, $(0, 1)$ recall",
            (
                Equal(_T.subs({w_fp: 1, w_fn: 0}), _tp / (_tp + _fp)),
                Equal(_T.subs({w_fp: 0, w_fn: 1}), _tp / (_tp + _fn)),
            ),
        ),
        Claim(
            "smoothing",
            r"with smoothing, weights $\tfrac12$ and $\kappa$ are the Dice loss with $2\kappa$",
            (Equal((_tp + smooth) / (_tp + (_fp + _fn) / 2 + smooth), _D.subs(smooth, 2 * smooth)),),
        ),
        Claim(
            "F beta",
            r"$1 - \ell$ is $F_\beta$ for $w_\mathrm{FP} = 1/(1 + \beta^2)$ and $w_\mathrm{FN} = \beta^2/(1 + \beta^2)$",
            (
                Equal(
                    _T.subs({w_fp: 1 / (1 + beta**2), w_fn: beta**2 / (1 + beta**2)}),
                    (1 + beta**2) * _tp / ((1 + beta**2) * _tp + beta**2 * _fn + _fp),
                ),
            ),
        ),
        Claim(
            "the paper's best",
            r"$w_\mathrm{FP} = 0.3$, $w_\mathrm{FN} = 0.7$, the best of Salehi et al., is $F_\beta$ with $\beta = \sqrt{7/3} = 1.53$",
            (
                Equal((1 / (1 + beta**2)).subs(beta, sp.sqrt(sp.Rational(7, 3))), sp.Rational(3, 10)),
                AtLeast(sp.Rational(5, 1000), sp.Abs(sp.sqrt(sp.Rational(7, 3)) - sp.Rational(153, 100))),
            ),
        ),
        Claim(
            "prices",
            r"a higher price raises the loss in proportion to what it is a price for",
            (AtLeast(-sp.diff(_T, w_fp)), AtLeast(-sp.diff(_T, w_fn))),
        ),
        Claim(
            "swapped weights",
            r"swapping the two weights changes nothing",
            (
                Fails(
                    sp.Eq(
                        tversky([1, 1, 0], [1, 0, 0], sp.Rational(3, 10), sp.Rational(7, 10)),
                        tversky([1, 1, 0], [1, 0, 0], sp.Rational(7, 10), sp.Rational(3, 10)),
                    ),
                    r"one false positive, $w_\mathrm{FP} = 0.3$, $w_\mathrm{FN} = 0.7$: $\tfrac{3}{13}$; swapped $\tfrac{7}{17}$",
                ),
            ),
        ),
    ),
)

bce_dice_loss = Card(
    name="bce_dice_loss",
    title="Cross entropy plus Dice loss",
    symbol=sp.Symbol("ell"),
    formula=_bce + _weight * (1 - _dice),
    prediction=probs[k],
    domain={_p: sp.Interval.open(0, 1), _g: _UNIT},
    defaults={smooth: sp.S.Zero, _weight: sp.S.One},
    evaluate=bce_dice,
    claims=(
        Claim("non-negative", r"$\ell \ge 0$: both terms are", (AtLeast(sp.log(1 + _eps)), AtLeast(1 - _D))),
        Claim(
            "where Dice is flat",
            r"with an empty target the Dice loss has no gradient ($\kappa = 0$), and the cross entropy the slope $1/(N(1 - p))$",
            (
                Equal(sp.diff((1 - _one_dice).subs({_g: 0, _A: 0, smooth: 0}), _p), sp.S.Zero),
                Equal(sp.diff(-sp.log(1 - _p) / N, _p), 1 / (N * (1 - _p))),
            ),
        ),
    ),
)

bce_log_dice_loss = Card(
    name="bce_log_dice_loss",
    title="Cross entropy less log Dice",
    symbol=sp.Symbol("ell"),
    formula=_bce - sp.log(_dice),
    prediction=probs[k],
    domain={_p: sp.Interval.open(0, 1), _g: _UNIT},
    defaults={smooth: sp.S.Zero},
    evaluate=bce_log_dice,
    claims=(
        Claim(
            "above the Dice loss",
            r"$-\log D \ge 1 - D$, with equality at $D = 1$: the difference is convex, and it and its slope are 0 there",
            (
                Equal((-sp.log(_found) - 1 + _found).subs(_found, 1), sp.S.Zero),
                Equal(sp.diff(-sp.log(_found) - 1 + _found, _found).subs(_found, 1), sp.S.Zero),
                AtLeast(sp.diff(-sp.log(_found) - 1 + _found, _found, 2), strict=True),
            ),
        ),
        Claim(
            "unbounded",
            r"$-\log D \to \infty$ as $D \to 0$: a lost object costs without bound",
            (Tends(-sp.log(_found), _found, sp.S.Zero, sp.oo),),
        ),
        Claim(
            "gradient",
            r"the slope of $-\log D$ is $-2/(2\,\mathrm{TP} + \kappa) + 1/(\sum p + \sum g + \kappa)$ on the foreground, and "
            r"$1/(\sum p + \sum g + \kappa)$ on the background",
            tuple(
                Equal(
                    sp.diff(-sp.log(_one_dice), _p).subs(_g, label),
                    -2 * label / (2 * (_A + _p * label) + smooth) + 1 / (_B + _p + label + smooth),
                )
                for label in (0, 1)
            ),
        ),
    ),
)
