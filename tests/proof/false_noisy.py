"""Plausible claims about the losses for wrong labels that are false: none may be proved."""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, softmax, total
from lossbook.cards.noisy import (
    bi_tempered,
    exponent,
    first,
    forward,
    generalized,
    log_zero,
    mae,
    normalized,
    order,
    poly1,
    symmetric,
    taylor,
    temper,
)
from lossbook.cards.notation import (
    K,
    epsilon,
    i,
    k,
    probs,
    scores,
    weights,
)
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Convex,
    Gradient,
    Holds,
    Limit,
    Lipschitz,
    Monotone,
    Proper,
    Range,
    SpecialCase,
    Value,
    label,
)

_ell = sp.Function("ell")
_loss, _p_k, _p_i = _ell(scores, k), softmax(k), softmax(i)
_everywhere = total(_ell(scores, k))
_plain = {q: label(k), weights: 1, epsilon: 0}

FALSE = [
    # The pull is 2 p (1 − p), not the same for all.
    (mae, Gradient(-2 * (1 - _p_k), var=scores[k], name="examples count alike")),
    (mae, Holds(sp.Eq(_everywhere, 2 * K))),
    (mae, Bound(cross_entropy, above=True, link=_plain)),
    (mae, Lipschitz(sp.Rational(1, 4), var=scores[k])),
    (mae, Convex(var=scores[k])),
    (generalized, SpecialCase({exponent: 1}, mae)),
    (generalized, Limit(exponent, 0, 1 - probs[k], of=_ell(sp.log(probs), k))),
    (generalized, Holds(sp.Eq(_everywhere, (K - 1) / exponent))),
    (generalized, Gradient(_p_k ** (exponent - 1) * _p_i)),
    (generalized, Monotone(var=exponent)),
    (symmetric, Holds(sp.Eq(_everywhere, log_zero * (K - 1)))),
    (symmetric, SpecialCase({forward: 0}, mae)),
    (symmetric, Value({scores: (2, 1, 0), k: 1, K: 3}, "3.083", given={forward: 0, log_zero: 4})),
    (taylor, Range(0, 1, given={order: 2})),
    (taylor, SpecialCase({order: 1}, mae)),
    (taylor, Gradient(-(1 - (1 - _p_k) ** (order - 1)) * (1 - _p_k), var=scores[k])),
    # A loss of nearly 0 need not mean a label that is believed.
    (normalized, Value({scores: (0, 0, -10), k: 1, K: 3}, "0.3333")),
    (normalized, Holds(sp.Eq(_ell(scores, 1) + _ell(scores, 2), 1), given={K: 3})),
    (normalized, Limit(scores[k], -sp.oo, sp.oo)),
    (poly1, Range(0, sp.oo, given=_plain | {first: -2})),
    (poly1, Gradient((1 - first * _p_k) * _p_i, given={q: label(k), weights: 1})),
    (poly1, Bound(cross_entropy, link={epsilon: 0})),
    (bi_tempered, Gradient((probs[k] - q[k]) * probs[k] ** (1 - temper))),
    (bi_tempered, Holds(sp.Eq(_ell(probs, q), total((probs[k] - q[k]) ** 2)), given={temper: 0})),
    (bi_tempered, Value({probs: (0, 1), q: (1, 0), K: 2}, 1, given={temper: sp.Rational(4, 5)})),
    # The power alone, which is the generalised cross entropy, is not.
    (bi_tempered.with_formula(total(-q[k] * probs[k] ** (1 - temper))), Proper(given={temper: sp.Rational(1, 2)})),
]
