"""Plausible claims about the losses for long tails that are false: none may be proved."""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, softmax, total
from lossbook.cards.long_tail import (
    adjusted,
    balanced,
    base,
    class_balanced,
    count,
    counts,
    factor,
    first,
    ldam,
    least,
    margins,
    of_counts,
    part,
    second,
    shares,
    strength,
    widest,
)
from lossbook.cards.notation import epsilon, i, j, k, probs, scores, weights
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Curvature,
    Gradient,
    Holds,
    Homogeneous,
    Limit,
    Lipschitz,
    Monotone,
    Range,
    Simplex,
    SpecialCase,
    Value,
    label,
)

_ell, _mu, _w = map(sp.Function, ("ell", "mu", "w"))
_plain = {q: label(k), weights: 1, epsilon: 0}
_chances = {probs: Simplex(open=True), q: Simplex(open=True)}
_positive = sp.Interval.open(0, sp.oo)

FALSE = [
    (balanced, SpecialCase({}, cross_entropy, link={scores: sp.Lambda(j, scores[j] - sp.log(counts[j]))} | _plain)),
    (balanced, SpecialCase({}, cross_entropy, link=_plain)),
    (balanced, Homogeneous(1, (counts,))),
    # The weighted cross entropy: its slopes are multiplied, and its minimiser is another.
    (balanced, SpecialCase({}, cross_entropy, link={q: label(k), epsilon: 0, weights: sp.Lambda(j, 1 / counts[j])})),
    (balanced, Gradient(softmax(i))),
    (balanced, Curvature(sp.Rational(1, 4))),
    (balanced, Holds(sp.Ge(total(q[k] * _ell(sp.log(probs), k)), total(q[k] * _ell(sp.log(q), k))), on=_chances)),
    (adjusted, SpecialCase({strength: 1}, balanced, link={counts: 1})),
    (adjusted, Holds(sp.Eq(_ell(sp.Lambda(j, sp.log(q[j] * shares[j] ** strength)), k), -sp.log(q[k])), on={q: Simplex(open=True)})),
    (adjusted, Monotone(var=strength)),
    (adjusted, Limit(strength, sp.oo, 0)),
    (ldam, SpecialCase({margins: 0}, cross_entropy, link=_plain)),
    (ldam, Lipschitz(1, var=scores[k])),
    (ldam, Monotone(down=True, var=margins[k])),
    (ldam, Gradient(-(1 - softmax(k)), var=scores[k])),
    (ldam, Monotone(var=factor)),
    (of_counts, Range(0, 1)),
    (of_counts, Holds(sp.Eq(_mu(first, least) / _mu(second, least), sp.sqrt(second / first)), given={widest: 1}, on={first: _positive, second: _positive})),
    # The same margins for both.
    (
        of_counts,
        Holds(
            sp.Ge(1 / (part * sp.sqrt(first)) + 1 / ((1 - part) * sp.sqrt(second)), 2 / sp.sqrt(first) + 2 / sp.sqrt(second)),
            on={first: _positive, second: _positive, part: sp.Interval.open(0, 1)},
        ),
    ),
    (class_balanced, Limit(base, 1, 0)),
    (class_balanced, Monotone(on={base: sp.Interval.open(0, 1)})),
    (class_balanced, Limit(count, sp.oo, 0, on={base: sp.Interval.open(0, 1)})),
    (class_balanced, Value({count: 2, base: sp.Rational(1, 2)}, sp.Rational(1, 2))),
]  # fmt: skip
