"""Counts of a confusion, and the scores that are made of them: precision, recall, F scores.

The scores are functions of counts that are not negative. Where a claim speaks of probabilities, the counts are expected ones: a case
that is positive with probability η and marked adds η to TP and 1 − η to FP.
"""

from fractions import Fraction
from itertools import chain, combinations, combinations_with_replacement

import sympy as sp

from lossbook.cards._regions import MASKS, level, over_pixels, up_to, written
from lossbook.cards.notation import FN, FP, TN, TP, N, a, alpha, beta, eta, i, j, mask, probs, sigmoid
from lossbook.cards.notation import z as _logit
from lossbook.proof import (
    Card,
    Cases,
    Exhaustive,
    Holds,
    Homogeneous,
    Limit,
    Monotone,
    Not,
    Range,
    SpecialCase,
    Symmetric,
    as_sum,
)

_HALF, _TENTH = sp.Rational(1, 2), sp.Rational(1, 10)
_COUNT, _POSITIVE = sp.Interval(0, sp.oo), sp.Interval.open(0, sp.oo)
_COUNTS = {TP: _COUNT, FP: _COUNT, FN: _COUNT}
_SHARE, _OPEN, _UNIT = sp.Interval.Lopen(0, 1), sp.Interval.open(0, 1), sp.Interval(0, 1)

#: Precision and recall as variables. TP = PR, FP = R(1 − P) and FN = P(1 − R) have these two.
P, R = sp.symbols("P R", positive=True)
_RATES, _both = (P * R, R * (1 - P), P * (1 - R)), {P: _SHARE, R: _SHARE}
_alarms = sp.Symbol("f", nonnegative=True)


# --- Counts -------------------------------------------------------------------------------------------------------------

_tp, _fp, _fn, _tn = (sp.Function(str(count)) for count in (TP, FP, FN, TN))
_of = (probs, mask, level)


def _cells(mark):
    """List how a pixel adds to TP, FP, FN and TN."""
    return mark * mask[i], mark * (1 - mask[i]), (1 - mark) * mask[i], (1 - mark) * (1 - mask[i])


def _marks(closed):
    return sp.Heaviside(probs[i] - level, closed)


def confusion(formula, scores, labels, threshold=_HALF):
    """Count (TP, FP, FN, TN) by the formula."""
    scores, labels = (tuple(map(sp.sympify, values)) for values in (scores, labels))
    entries = {
        base[n]: v
        for n, pair in enumerate(zip(scores, labels, strict=True), 1)
        for base, v in zip((probs, mask), pair, strict=True)
    }
    return tuple(written(formula, len(scores)).xreplace(entries | {level: sp.sympify(threshold)}))


_s, _z, _y, _m1, _m2 = sp.symbols("p z y p_1 p_2")
_sigma = sp.Function("sigma")
_logits = Cases(
    "logits −2, 0 or 1 of 1 or 2 elements", lambda: chain.from_iterable(_lists((-2, 0, 1), size) for size in (1, 2))
)


def _lists(values, size):
    return combinations_with_replacement(values, size)


def _alike(*lists):
    return len({len(values) for values in lists}) == 1


confusion_counts = Card(
    name="confusion_counts",
    title="Confusion counts",
    symbol=sp.ImmutableMatrix([count(*_of) for count in (_tp, _fp, _fn, _tn)]),
    formula=sp.ImmutableMatrix([over_pixels(cell) for cell in _cells(_marks(closed=0))]),
    prediction=probs[j],
    domain=MASKS,
    params={level: _OPEN},
    defaults={level: _HALF},
    evaluator=confusion,
    claims=(
        Holds(sp.Eq(_tp(*_of) + _fp(*_of) + _fn(*_of) + _tn(*_of), N), name="sum"),
        Holds(
            sp.And(
                sp.Eq(_tp(*_of) + _fn(*_of), over_pixels(mask[i])),
                sp.Eq(_fp(*_of) + _tn(*_of), over_pixels(1 - mask[i])),
            ),
            name="positives",
        ),
        Holds(
            sp.And(*(sp.Ge(count(*_of), count(probs, mask, level + _alarms)) for count in (_tp, _fp))),
            on={_alarms: _UNIT},
            name="threshold",
        ),
        Exhaustive(
            sp.And(*(sp.Eq(count(_sigma(_z), _y, _HALF), count(_z, _y, 0)) for count in (_tp, _fp))),
            over={_z: _logits, _y: up_to(2)},
            where=_alike,
            helpers={"sigma": lambda z: tuple(sigmoid.subs(_logit, v) for v in z)},
            name="logits",
        ),
        *(
            Holds(
                sp.And(*(sp.Eq(sp.Derivative(count(*_of), probs[j]), 0) for count in (_tp, _fp))),
                on={probs[j]: side},
                name=name,
            )
            for side, name in (
                (sp.Interval.Lopen(level, 1), "no gradient"),
                (sp.Interval.Ropen(0, level), "no gradient, below"),
            )
        ),
        Not(
            Holds(sp.Eq(_tp(*_of), over_pixels(_cells(_marks(closed=1))[0]))),
            {probs: (_HALF,), mask: (1,), level: _HALF},
            name="at the threshold",
        ),
        Not(
            Exhaustive(
                sp.Implies(
                    sp.Gt(_tp(_m1, _y) + _tn(_m1, _y), _tp(_m2, _y) + _tn(_m2, _y)),
                    sp.Ge(_tp(_m1, _y), _tp(_m2, _y)),
                ),
                over=dict.fromkeys((_m1, _m2, _y), up_to(4)),
                where=_alike,
            ),
            {_m1: (0, 0, 0, 0), _m2: (1, 1, 1, 0), _y: (1, 0, 0, 0)},
            name="accuracy",
        ),
    ),
)


# --- Scores -------------------------------------------------------------------------------------------------------------


def _evaluate(formula, tp, fp=0, fn=0, tn=0, beta_value=1):
    """Put counts into a formula; 0/0 is 0."""
    numbers = zip((TP, FP, FN, TN, beta), map(sp.sympify, (tp, fp, fn, tn, beta_value)), strict=True)
    found = formula.xreplace(dict(numbers))
    return sp.S.Zero if found is sp.nan else found


_P = sp.Function("P")
_bayes = eta * R / (eta * R + (1 - eta) * _alarms)
_rates = {R: _SHARE, _alarms: _UNIT, eta: _OPEN}
#: Counts of marked elements, at two thresholds.
_t1, _t2 = sp.symbols("t_1 t_2", real=True)
_counted = {
    "TP": lambda scores, labels, t: confusion_counts.evaluate(scores, labels, t)[0],
    "FP": lambda scores, labels, t: confusion_counts.evaluate(scores, labels, t)[1],
}
_tenths = Cases("scores 0.8 or 0.9 of 2 elements", lambda: _lists((8 * _TENTH, 9 * _TENTH), 2))

precision = Card(
    name="precision",
    title="Precision",
    symbol=_P(TP, FP),
    formula=TP / (TP + FP),
    prediction=TP,
    domain={TP: _COUNT, FP: _COUNT},
    evaluator=_evaluate,
    claims=(
        Range(0, 1, low_at={TP: 0, FP: 1}, high_at={TP: 1, FP: 0}),
        Monotone(on={FP: _POSITIVE}, strict=True, name="more found"),
        Monotone(down=True, var=FP, on={TP: _POSITIVE}, strict=True, name="more alarms"),
        Homogeneous(0, (TP, FP)),
        Holds(sp.Eq(_P(eta * R, (1 - eta) * _alarms), _bayes), on=_rates, name="Bayes"),
        Holds(sp.Eq(_P(eta * R, (1 - eta) * R), eta), on={R: _SHARE, eta: _OPEN}, name="no skill"),
        Not(
            Holds(sp.Eq(_P(eta * R, (1 - eta) * _alarms), _P(R / 2, _alarms / 2)), on=_rates),
            {eta: sp.Rational(1, 100), R: 9 * _TENTH, _alarms: _TENTH},
            name="rare positives",
        ),
        Not(
            Exhaustive(
                sp.Implies(
                    sp.Le(_t1, _t2),
                    sp.Le(_P(_tp(_s, _y, _t1), _fp(_s, _y, _t1)), _P(_tp(_s, _y, _t2), _fp(_s, _y, _t2))),
                ),
                over={
                    _s: _tenths,
                    _y: up_to(2, smallest=2),
                    _t1: (_t := Cases("thresholds 0.7 and 0.8", lambda: (7 * _TENTH, 8 * _TENTH))),
                    _t2: _t,
                },
                helpers=_counted,
            ),
            {_s: (9 * _TENTH, 8 * _TENTH), _y: (0, 1), _t1: 7 * _TENTH, _t2: 8 * _TENTH},
            name="threshold",
        ),
    ),
)

_R = sp.Function("R")

recall = Card(
    name="recall",
    title="Recall",
    symbol=_R(TP, FP, FN),
    formula=TP / (TP + FN),
    prediction=TP,
    domain=_COUNTS,
    evaluator=_evaluate,
    claims=(
        Range(0, 1, low_at={TP: 0, FN: 1}, high_at={TP: 1, FN: 0}),
        Holds(
            sp.Eq(_R(TP, FP, FN) - _R(TP - a, FP, FN + a), a / (TP + FN)),
            on={a: sp.S.Naturals0},
            name="threshold",
        ),
        Homogeneous(0, (TP, FN), name="rare positives"),
        Holds(sp.Eq(_R(TP, FP, 0), 1), name="everything"),
    ),
)

_F1, _F = sp.Function("F_1"), sp.Function("F_beta")
_chances = sp.Symbol("eta")
_marked, _unmarked, _missed, _best = (sp.Function(name) for name in ("TP", "FP", "FN", "F_1^*"))


def _expected(chances, marked):
    """Return the expected counts TP, FP, FN if the cases in ``marked`` are marked."""
    found = sum((chances[n] for n in marked), Fraction(0))
    return found, len(marked) - found, sum(chances) - found


def expected_f1(chances, marked):
    """Evaluate F₁ of the expected counts, when the cases in ``marked`` are marked."""
    found, alarms, misses = _expected(chances, marked)
    return 2 * found / (2 * found + alarms + misses)


def best_f1(chances):
    """Find the largest F₁ of the expected counts over all sets of marked cases."""
    cases = range(len(chances))
    subsets = chain.from_iterable(combinations(cases, size) for size in range(len(chances) + 1))
    return max(expected_f1(chances, marked) for marked in subsets)


def _above_half_of_the_best(chances):
    best = best_f1(chances)
    return _expected(chances, [n for n, chance in enumerate(chances) if chance > best / 2])


def eighths(largest):
    """List the lists of up to that many probabilities in eighths."""
    return chain.from_iterable(_lists([Fraction(n, 8) for n in range(1, 9)], size) for size in range(1, largest + 1))


_others = sp.symbols("TP' FP' FN'", nonnegative=True)
_P2, _R2 = sp.symbols("P' R'", positive=True)

f1_score = Card(
    name="f1_score",
    title="F₁ score",
    symbol=_F1(TP, FP, FN),
    formula=2 * TP / (2 * TP + FP + FN),
    prediction=TP,
    domain=_COUNTS,
    evaluator=_evaluate,
    claims=(
        Range(0, 1, low_at={TP: 0, FP: 1, FN: 1}, high_at={TP: 1, FP: 0, FN: 0}),
        Symmetric({FP: FN, FN: FP}),
        Homogeneous(0, (TP, FP, FN)),
        Holds(sp.Eq(_F1(*_RATES), 2 / (1 / P + 1 / R)), on=_both, name="harmonic mean"),
        Holds(
            sp.And(
                sp.Ge(_F1(*_RATES), sp.Min(P, R)),
                sp.Le(_F1(*_RATES), 2 * sp.Min(P, R)),
                sp.Le(_F1(*_RATES), (P + R) / 2),
            ),
            on=_both,
            name="smaller",
        ),
        Holds(sp.Eq(_F1(TP, FP, FN), 2 * TP / as_sum(TP + FP, TP + FN)), name="Dice"),
        Holds(sp.Eq(_F1(TP, FP, FN) / (2 - _F1(TP, FP, FN)), TP / (TP + FP + FN)), name="Jaccard"),
        Holds(sp.Eq(_F1(TP, a, a), TP / (TP + a)), on={a: sp.S.Naturals0}, name="micro"),
        Holds(sp.Eq(_F1(eta, 1 - eta, 0), 2 * eta / (1 + eta)), on={eta: _OPEN}, name="everything"),
        Exhaustive(
            sp.Eq(_F1(_marked(_chances), _unmarked(_chances), _missed(_chances)), _best(_chances)),
            over={_chances: Cases("lists of 1 to 4 probabilities in eighths", lambda: eighths(4))},
            helpers={
                "TP": lambda chances: _above_half_of_the_best(chances)[0],
                "FP": lambda chances: _above_half_of_the_best(chances)[1],
                "FN": lambda chances: _above_half_of_the_best(chances)[2],
                "F_1^*": best_f1,
            },
            remark="TP, FP and FN are the expected counts if the cases above F*/2 are marked; F* is the best of all sets of marks.",
            name="half of the best",
        ),
        Not(
            Holds(sp.Ge(_F1(0, 0, eta), _F1(eta, 1 - eta, 0)), on={eta: sp.Interval.open(0, _HALF)}),
            {eta: sp.Rational(2, 5)},
            name="one half",
        ),
        Not(
            Holds(sp.Eq(eta * _F1(1, 0, 0) + (1 - eta) * _F1(0, 1, 0), _F1(eta, 1 - eta, 0)), on={eta: _OPEN}),
            {eta: _HALF},
            name="expected",
        ),
        Not(Holds(sp.Eq(_F1(*_RATES), (P + R) / 2), on=_both), {P: 1, R: _TENTH}, name="arithmetic mean"),
        Not(
            Holds(
                sp.Eq(
                    (_F1(TP, FP, FN) + _F1(*_others)) / 2,
                    _F1(*(one + other for one, other in zip((TP, FP, FN), _others, strict=True))),
                ),
                on=dict.fromkeys(_others, _COUNT),
            ),
            dict(zip((TP, FP, FN, *_others), (1, 0, 0, 1, 3, 5), strict=True)),
            name="mean of batches",
        ),
        Not(
            Holds(
                sp.Eq(
                    (_F1(*_RATES) + _F1(_P2 * _R2, _R2 * (1 - _P2), _P2 * (1 - _R2))) / 2,
                    _F1(*(rate.subs({P: (P + _P2) / 2, R: (R + _R2) / 2}, simultaneous=True) for rate in _RATES)),
                ),
                on=_both | {_P2: _SHARE, _R2: _SHARE},
            ),
            {P: 1, R: _TENTH, _P2: _TENTH, _R2: 1},
            name="two macros",
        ),
        Not(
            Holds(sp.Eq(_F1(TP, FP, FN), _F1(TN, FN, FP)), on={TN: _COUNT}),
            {TP: 1, FP: 1, FN: 0, TN: 8},
            name="which class",
        ),
    ),
)

_score, _of_rates = _F(TP, FP, FN), _F(*_RATES)
_gains = sp.Derivative(_of_rates, P), sp.Derivative(_of_rates, R)
#: For P = βR, which is 0 for β = 0.
_free = {P: sp.Symbol("P", real=True), R: sp.Symbol("R", real=True)}
_between = (_of_rates - P) * (R - _of_rates)

fbeta_score = Card(
    name="fbeta_score",
    title="F score",
    symbol=_score,
    formula=(1 + beta**2) * TP / ((1 + beta**2) * TP + beta**2 * FN + FP),
    prediction=TP,
    domain=_COUNTS,
    params={beta: _COUNT},
    defaults={beta: sp.S.One},
    evaluator=_evaluate,
    claims=(
        SpecialCase({beta: 1}, f1_score, name="F1"),
        Holds(sp.Eq(_of_rates, (1 + beta**2) / (1 / P + beta**2 / R)), on=_both, name="harmonic mean"),
        SpecialCase({beta: 0}, precision, name="ends"),
        Limit(beta, sp.oo, TP / (TP + FN), on={TP: _POSITIVE}, name="large β"),
        Range(0, 1, low_at={TP: 0, FP: 1, FN: 1}, high_at={TP: 1, FP: 0, FN: 0}),
        Holds(
            sp.And(sp.Eq(_between, beta**2 * P * R * (P - R) ** 2 / (beta**2 * P + R) ** 2), sp.Ge(_between, 0)),
            on=_both,
            name="between",
        ),
        Holds(
            sp.Eq(1 - _of_rates, 1 - 1 / (alpha / P + (1 - alpha) / R)),
            given={beta: sp.sqrt(1 / alpha - 1)},
            on=_both | {alpha: _SHARE},
            name="effectiveness",
        ),
        Holds(
            sp.Eq(_gains[0] - _gains[1], (1 + beta**2) * (R**2 - beta**2 * P**2) / (beta**2 * P + R) ** 2),
            on=_both,
            name="ratio",
        ),
        Holds(
            sp.Eq(
                sp.Derivative(_score, FN) - sp.Derivative(_score, TP),
                ((1 + beta**2) / _score - 1) * sp.Derivative(_score, FP),
            ),
            on={TP: _POSITIVE},
            name="exchange",
        ),
        Holds(
            sp.Eq(
                _F(TP + eta, FP + 1 - eta, FN - eta) - _score,
                (1 + beta**2) * (eta - _score / (1 + beta**2)) / (TP + FP + beta**2 * (TP + FN) + 1),
            ),
            on={eta: _OPEN},
            name="one more",
        ),
        Not(
            Holds(sp.Eq(_score - _F(TP - 1, FP, FN + 1), beta**2 * (_score - _F(TP, FP + 1, FN)))),
            {TP: 5, FP: 0, FN: 5, beta: 1},
            name="price",
        ),
        Not(
            Holds(
                sp.Eq(*(gain.xreplace(_free) for gain in _gains)),
                on={_free[R]: _SHARE, _free[P]: sp.FiniteSet(beta * _free[R])},
            ),
            {beta: 2, _free[P]: 1, _free[R]: _HALF},
            name="ratio as printed",
        ),
    ),
)
