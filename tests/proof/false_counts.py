"""Claims about the counts and their scores that are false, and plausible."""

import sympy as sp

from lossbook.cards._regions import level
from lossbook.cards.counts import (
    P,
    R,
    best_f1,
    confusion_counts,
    eighths,
    expected_f1,
    f1_score,
    fbeta_score,
    precision,
    recall,
)
from lossbook.cards.notation import FN, FP, TP, N, alpha, beta, eta, i, j, mask, probs
from lossbook.proof import Cases, Exhaustive, Holds, Homogeneous, Limit, Monotone, Range, SpecialCase, Symmetric

_tp, _fp, _fn, _tn = (entry.func for entry in confusion_counts.symbol)
_of = (probs, mask, level)
_F = fbeta_score.symbol.func
_rates, _unit = (P * R, R * (1 - P), P * (1 - R)), {P: sp.Interval.Lopen(0, 1), R: sp.Interval.Lopen(0, 1)}
_chances = sp.Symbol("eta")


def _above_a_third_of_the_best(chances):
    best = best_f1(chances)
    return expected_f1(chances, [n for n, chance in enumerate(chances) if chance > best / 3])


FALSE = [
    (confusion_counts, Holds(sp.Eq(_tp(*_of) + _fp(*_of), N))),
    (confusion_counts, Holds(sp.Eq(_tp(*_of) + _fp(*_of), sp.Sum(mask[i], (i, 1, N))))),
    (confusion_counts, Holds(sp.Le(_tp(*_of), _tp(probs, mask, level + eta)), on={eta: sp.Interval.open(0, 1)})),
    (confusion_counts, Holds(sp.Ge(_fn(*_of), _fn(probs, mask, level + eta)), on={eta: sp.Interval.open(0, 1)})),
    # At the threshold itself there is a step.
    (confusion_counts, Holds(sp.Eq(sp.Derivative(_tp(*_of), probs[j]), 0))),
    (precision, Range(0, 2)),
    (precision, Homogeneous(0, (TP,))),
    (precision, Monotone(var=FP)),
    (recall, Homogeneous(1, (TP, FN))),
    (f1_score, SpecialCase({FP: FN}, precision, link={FP: 2 * FN})),
    (fbeta_score, Symmetric({FP: FN, FN: FP})),
    (fbeta_score, Limit(beta, sp.oo, TP / (TP + FP), on={TP: sp.Interval.open(0, sp.oo)})),
    (fbeta_score, SpecialCase({beta: 2}, f1_score)),
    # Weights 1 and β instead of β².
    (fbeta_score, Holds(sp.Eq(_F(*_rates), (1 + beta) / (1 / P + beta / R)), on=_unit)),
    # α and 1 − α swapped.
    (
        fbeta_score,
        Holds(
            sp.Eq(_F(*_rates), 1 / ((1 - alpha) / P + alpha / R)),
            given={beta: sp.sqrt(1 / alpha - 1)},
            on=_unit | {alpha: sp.Interval.Lopen(0, 1)},
        ),
    ),
    (
        f1_score,
        Exhaustive(
            sp.Eq(sp.Function("third")(_chances), sp.Function("best")(_chances)),
            over={_chances: Cases("lists of 1 to 3 probabilities in eighths", lambda: eighths(3))},
            helpers={"third": _above_a_third_of_the_best, "best": best_f1},
        ),
    ),
]
