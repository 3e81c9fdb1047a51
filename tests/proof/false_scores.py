"""Plausible claims about scores of forecasts that are false: none may be proved."""

import sympy as sp

from lossbook.cards.cross_entropy import total
from lossbook.cards.notation import K, i, j, k, probs
from lossbook.cards.notation import target as q
from lossbook.cards.scores import brier, logarithmic, ranked, spherical
from lossbook.proof import Bound, Convex, Gradient, Holds, Not, Proper, Range, Simplex, SpecialCase, label

_ell, _of_label = brier.symbol.func, spherical.symbol
_TRUTH = {q: Simplex()}
_squares, _squares_of_truth = total(probs[j] ** 2, j), total(q[j] ** 2, j)
_linear = logarithmic.with_formula(1 - probs[k])

FALSE = [
    (brier, Range(0, 1)),
    (brier, Holds(sp.Eq(brier.symbol, 1 - probs[k] + _squares), given={q: label(k)})),
    (brier, SpecialCase({K: 2}, ranked)),
    # A probability that is all but given to the label bends the square no less.
    (brier, Gradient(2 * probs[i] * (probs[i] - q[i]))),
    (brier, Not(Proper(), {probs: (1, 0), q: (sp.Rational(3, 4), sp.Rational(1, 4))})),
    (logarithmic, Bound(1 - probs[k] + _squares)),
    (logarithmic, Gradient(1, var=probs[i])),
    # More than the truth for the likeliest class costs less: the linear score.
    (_linear, Proper(label=k, target=q)),
    (_linear, Holds(sp.Ge(total(q[k] * _of_label), total(q[k] * _ell(q, k))), on=_TRUTH)),
    (spherical, Convex(var=probs[i])),
    (spherical, Holds(sp.Ge(total(q[k] * _of_label), 1 - _squares_of_truth), on=_TRUTH)),
    (spherical, Holds(sp.Eq(total(q[k] * _of_label), 1 - sp.sqrt(_squares_of_truth)), on=_TRUTH)),
    # A part that is not the excess.
    (
        spherical,
        Holds(
            sp.Ge(total(q[k] * _of_label), total(q[k] * _ell(q, k))),
            on=_TRUTH,
            by=((total((q[k] - probs[k]) ** 2) / 2,),),
        ),
    ),
    (ranked, Holds(sp.Le(ranked.symbol, 1))),
    (ranked, SpecialCase({}, brier)),
]
