"""Plausible claims about the cross entropies and the focal losses that are false: none may be proved."""

import sympy as sp

from lossbook.cards import binary_cross_entropy
from lossbook.cards.balanced import balanced
from lossbook.cards.cross_entropy import cross_entropy, nll, softmax, total
from lossbook.cards.focal import sigmoid_focal, softmax_focal
from lossbook.cards.notation import K, alpha, epsilon, gamma, i, j, k, p, probs, scores, sigmoid, w, weights, y, z
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Convex,
    Curvature,
    Each,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
    Limit,
    Lipschitz,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    Simplex,
    Smooth,
    SpecialCase,
    Value,
    label,
)

_ell = sp.Function("ell")
_loss, _plain, _unweighted = _ell(scores, q), {weights: 1, epsilon: 0}, {weights: 1}
_of_label = {q: label(k)} | _plain
_open = {probs: Simplex(open=True)}
_HALF, _TENTH = sp.Rational(1, 2), sp.Rational(1, 10)

FALSE = [
    # True for unit weights, or without smoothing, only.
    (cross_entropy, Gradient(softmax(i) - q[i])),
    (cross_entropy, Gradient(softmax(i) - (1 - epsilon) * q[i], given=_unweighted)),
    (
        cross_entropy,
        Gradient(softmax(i) - (1 - epsilon) * q[i] - epsilon / (K - 1), given=_unweighted, on={K: sp.Range(2, sp.oo)}),
    ),
    (cross_entropy, Lipschitz(1)),
    (cross_entropy, Proper(link=probs, given={epsilon: 0})),
    (cross_entropy, Proper(link=probs, given=_unweighted)),
    (cross_entropy, Homogeneous(1, (q,), given=_unweighted)),
    # Flat along shifts, and linear in none of its entries.
    (cross_entropy, Convex(strict=True, given=_plain)),
    (cross_entropy, Curvature(softmax(i) * (1 + softmax(i)), given=_plain)),
    # The bound on a diagonal entry is none on the eigenvalues; and a larger one is not sharp.
    (cross_entropy, Smooth(sp.Rational(1, 4), joint=True, given=_plain)),
    (cross_entropy, Smooth(1, joint=True, sharp=True, given=_plain)),
    (cross_entropy, Holds(sp.Eq(_ell(0, q), sp.log(K)))),
    (cross_entropy, Holds(sp.Le(_loss, sp.log(K)), given=_plain)),
    (
        cross_entropy,
        Holds(sp.Eq(_loss, sp.log(total(sp.exp(scores[j]), j)) - scores[k]), given={q: label(k)} | _unweighted),
    ),
    # The mixed derivative is taken for different entries; at one entry it is another.
    (
        cross_entropy,
        Holds(sp.Eq(sp.Derivative(_loss, scores[i], scores[j]), softmax(i) * softmax(j)), given=_unweighted),
    ),
    # Two classes, with the logits' difference the wrong way round, or of unequal weights.
    (
        cross_entropy,
        SpecialCase({K: 2} | _plain, binary_cross_entropy.logits, link={z: scores[2] - scores[1], y: q[1], w: 1}),
    ),
    (
        cross_entropy,
        SpecialCase({K: 2, epsilon: 0}, binary_cross_entropy.logits, link={z: scores[1] - scores[2], y: q[1], w: 1}),
    ),
    # There is no third class, and for three classes it is not the binary loss.
    (
        cross_entropy,
        SpecialCase({K: 2} | _plain, binary_cross_entropy.logits, link={z: scores[1] - scores[3], y: q[1], w: 1}),
    ),
    (
        cross_entropy,
        SpecialCase({K: 3} | _plain, binary_cross_entropy.logits, link={z: scores[1] - scores[2], y: q[1], w: 1}),
    ),
    # With one class there are no others whose sum has a logarithm.
    (
        cross_entropy,
        Limit(
            scores[k],
            -sp.oo,
            sp.log(total(sp.exp(scores[j]), j)),
            of=_loss + scores[k],
            given=_of_label,
            on={K: sp.Range(2, sp.oo)},
        ),
    ),
    (cross_entropy, Limit(scores[k], sp.oo, 0, given={q: label(k)} | _unweighted, on={K: sp.Range(2, sp.oo)})),
    (cross_entropy, Holds(sp.Ge(_ell(sp.log(probs), q), _ell(sp.log(q), q)), given={epsilon: 0}, on=_open)),
    (
        cross_entropy,
        Not(
            Holds(sp.Ge(_ell(sp.log(probs), q), _ell(sp.log(q), q)), given=_plain, on=_open),
            {probs: (_HALF, _HALF), q: (_TENTH, 9 * _TENTH)},
        ),
    ),
    # The label's own slope is not 0, and log-probabilities are not probabilities.
    (nll, Gradient(0)),
    (nll, Gradient(-weights[k], var=nll.prediction.base[i])),
    (nll, Range(0, 1)),
    (nll, Invariant((nll.prediction.base,))),
    (nll, Proper(label=k, target=q, of=probs, given={nll.prediction.base: sp.log(probs)}, on=_open)),
    (nll, Proper(label=k, target=q, of=probs, given={nll.prediction.base: probs, weights: 1}, on=_open)),
    (nll, SpecialCase({nll.prediction.base: sp.Lambda(j, softmax(j))}, cross_entropy, link={q: label(k), epsilon: 0})),
    (nll, Value([{nll.prediction.base: (-1, -2), k: 1}, {nll.prediction.base: (-1, -2), k: 2}], 1, given=_unweighted)),
    (balanced, Proper()),
    (balanced, Convex(strict=True)),
    (
        balanced,
        SpecialCase({}, binary_cross_entropy.logits, link={w: alpha / (1 - alpha)}, on={alpha: sp.Interval.open(0, 1)}),
    ),
    (balanced, Smooth(sp.Rational(1, 8))),
    (balanced, Monotone(down=True, strict=True, given={y: 1})),
    (sigmoid_focal, Convex()),
    (sigmoid_focal, Proper(given={gamma: 2, alpha: _HALF})),
    (sigmoid_focal, Lipschitz(1, given={y: 1, alpha: 1})),
    (sigmoid_focal, Monotone(down=True)),
    (sigmoid_focal, Monotone(down=True, var=gamma, strict=True)),
    (sigmoid_focal, Limit(z, -sp.oo, 1, of=_ell(z, y) / -z, given={y: 1})),
    (sigmoid_focal, Gradient(-alpha * (1 - sigmoid) ** gamma * (1 - sigmoid), given={y: 1})),
    (
        sigmoid_focal,
        Holds(sp.Eq(_ell(sp.log(p / (1 - p)), 0), -alpha * p**gamma * sp.log(1 - p)), on={p: sp.Interval.open(0, 1)}),
    ),
    (softmax_focal, Convex()),
    (softmax_focal, Monotone(down=True)),
    (
        softmax_focal,
        SpecialCase({gamma: 1}, cross_entropy, link={q: label(k), weights: softmax_focal.params[0], epsilon: 0}),
    ),
    (
        softmax_focal,
        SpecialCase(
            {K: 2, k: 2},
            sigmoid_focal,
            factor=softmax_focal.params[0][2],
            link={z: scores[1] - scores[2], y: 1, alpha: 1},
        ),
    ),
    (
        softmax_focal,
        Misprint(
            -((1 - softmax(k)) ** gamma) * sp.log(softmax(k)),
            {scores: (0, 0), k: 1, softmax_focal.params[0]: (1, 1), gamma: 2},
        ),
    ),
    (softmax_focal, Range(0, sp.oo, on={softmax_focal.params[0]: Each(sp.Reals)})),
]
