"""Plausible claims about the losses of angles that are false: none may be proved."""

import sympy as sp

from lossbook.cards.angles import arcface, cosface, factor, share, sphereface, turned
from lossbook.cards.notation import K, cosines, i, k, margin, scale
from lossbook.proof import Bound, Each, Gradient, Holds, Invariant, Limit, Lipschitz, Monotone, SpecialCase, Value

_ell = sp.Function("ell")
_c, _loss = cosines[k], _ell(cosines, k)
_slope = sp.Derivative(_loss, _c)
_rational = {margin: sp.acos(sp.Rational(4, 5))}

FALSE = [
    (cosface, Monotone(var=margin, down=True)),
    (cosface, Monotone(var=scale)),
    (cosface, Lipschitz(1, var=_c)),
    (cosface, Gradient(-(1 - share(_c - margin)), var=_c)),
    (cosface, SpecialCase({margin: 1}, sphereface, link={factor: 1})),
    (cosface, Holds(sp.Le(_loss, 1))),
    # With a margin a larger scale is needed for the same probability.
    (
        cosface,
        Value(
            {cosines: (1, *[-sp.Rational(1, 9)] * 9), k: 1, K: 10},
            -sp.log(sp.Rational(9, 10)),
            given={margin: sp.Rational(1, 10), scale: sp.Rational(9, 10) * sp.log(81)},
        ),
    ),
    # The slope of what is given to the label is no constant.
    (arcface, Gradient(-scale * (1 - share(turned(margin))), var=_c)),
    (arcface, Invariant((cosines,), given={margin: sp.Rational(1, 2), scale: 1})),
    (arcface, SpecialCase({margin: sp.pi / 3}, cosface, link={margin: sp.Rational(1, 2)})),
    (arcface, Gradient(scale * sp.exp(scale * cosines[i]))),
    (arcface, Value({cosines: (-1, 0), k: 1, K: 2, scale: 1}, "1.2274", given={margin: sp.Rational(1, 2)})),
    # Its slope is unbounded near 1.
    (
        arcface,
        Lipschitz(scale, var=_c, given=_rational, on={cosines: Each(sp.Interval.open(-sp.Rational(4, 5), 1))}),
    ),
    (sphereface, Bound(cosface, link={margin: 0}, above=True, given={factor: 2})),
    (sphereface, Gradient(-2 * scale * (1 - share(2 * _c**2 - 1)), var=_c, given={factor: 2})),
    (sphereface, Limit(_c, 1, -3 * scale * (1 - share(1)), of=_slope, given={factor: 3})),
    (sphereface, Value({cosines: (-1, 0), k: 1, K: 2, scale: 1}, "0.3133", given={factor: 4})),
]
