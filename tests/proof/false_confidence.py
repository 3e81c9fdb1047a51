"""Plausible claims about the confidence penalty and distillation that are false: none may be proved."""

import sympy as sp

from lossbook.cards.confidence import confidence_penalty, distillation, heat, teacher, worth
from lossbook.cards.cross_entropy import cross_entropy, softmax, total
from lossbook.cards.notation import K, epsilon, i, k, probs, scores, weights
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Convex,
    Gradient,
    Holds,
    Homogeneous,
    Limit,
    Lipschitz,
    Range,
    Simplex,
    SpecialCase,
    Value,
    label,
)

_ell = sp.Function("ell")
_p = softmax(i)
_plain = {epsilon: 0, weights: 1}


def _warm(base):
    return sp.exp(base[i] / heat) / total(sp.exp(base[k] / heat))


FALSE = [
    # The penalty pays for doubt: the loss is below the cross entropy, and below 0 somewhere.
    (confidence_penalty, Bound(cross_entropy, link=_plain)),
    (confidence_penalty, Range(0, sp.oo)),
    (confidence_penalty, Convex()),
    (confidence_penalty, SpecialCase({worth: 1}, cross_entropy, link=_plain)),
    (confidence_penalty, Gradient(_p - q[i])),
    (confidence_penalty, Gradient(_p - q[i] + worth * _p * (sp.log(_p) + 1))),
    (confidence_penalty, Limit(scores[k], sp.oo, -worth, given={q: label(k)})),
    # Label smoothing takes the divergence the other way round.
    (
        confidence_penalty,
        Holds(
            sp.Eq(_ell(sp.log(probs), q), -total((q[k] + worth / K) * sp.log(probs[k])) - worth * sp.log(K)),
            on={probs: Simplex(open=True)},
        ),
    ),
    (distillation, Gradient(_warm(scores) - _warm(teacher))),
    (distillation, Gradient((_warm(scores) - _warm(teacher)) / heat)),
    (distillation, Lipschitz(1)),
    (distillation, Homogeneous(1, (scores, teacher, heat))),
    (distillation, Homogeneous(2, (scores, teacher))),
    (distillation, Holds(sp.Eq(_ell(scores, teacher), _ell(teacher, scores)))),
    (distillation, Holds(sp.Eq(_ell(scores, teacher), -total(softmax(k) * sp.log(softmax(k)))), given={heat: 1})),
    (distillation, Value({scores: (1, 2, -1), teacher: (0, 1, 3), K: 3}, "0.655", given={heat: 2})),
]
