"""Counts of a confusion, and the scores that are made of them: precision, recall, F scores.

The scores are functions of the four counts. Where a claim speaks of probabilities, the counts are expected ones: a case
that is positive with probability η and marked adds η to TP and 1 − η to FP.
"""

from fractions import Fraction
from itertools import chain, combinations, combinations_with_replacement, product

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails, Tends
from lossbook.cards.notation import FN, FP, TN, TP, N, beta, eta, i, k, mask, probs, sigmoid, z

_HALF, _TENTH = sp.Rational(1, 2), sp.Rational(1, 10)
_COUNT = sp.Interval(0, sp.oo)
_COUNTS = {TP: _COUNT, FP: _COUNT, FN: _COUNT, TN: _COUNT}
_t = sp.Symbol("t", real=True)

# Positive, so that nothing is 0/0. P and R are precision and recall, f the share of the negatives that are marked.
_tp, _fp, _fn, _x, _f = sp.symbols("TP FP FN x f", positive=True)
P, R = sp.symbols("P R", positive=True)
_UNIT = {P: sp.Interval.Lopen(0, 1), R: sp.Interval.Lopen(0, 1), eta: sp.Interval.open(0, 1)}


def _over(term):
    return sp.Sum(term, (i, 1, N))


def confusion(scores, labels, level=_HALF, closed=False):
    """Count (TP, FP, FN, TN) exactly; ``closed`` marks a score at the threshold as well."""
    marks = [bool(s >= level if closed else s > level) for s in map(sp.sympify, scores)]
    pairs = list(zip(marks, map(bool, labels), strict=True))
    return tuple(sp.Integer(pairs.count(case)) for case in ((True, True), (True, False), (False, True), (False, False)))


def precision_of(tp, fp, fn, tn=0):
    """Evaluate precision exactly, 0 for 0/0."""
    return sp.Rational(tp, tp + fp) if tp + fp else sp.S.Zero


def recall_of(tp, fp, fn, tn=0):
    """Evaluate recall exactly, 0 for 0/0."""
    return sp.Rational(tp, tp + fn) if tp + fn else sp.S.Zero


def f1_of(tp, fp, fn, tn=0):
    """Evaluate F₁ exactly, 0 for 0/0."""
    whole = 2 * sp.sympify(tp) + fp + fn
    return 2 * sp.sympify(tp) / whole if whole else sp.S.Zero


def accuracy_of(tp, fp, fn, tn):
    """Evaluate the share of right answers exactly."""
    return sp.Rational(tp + tn, tp + fp + fn + tn)


def expected_f1(chances, marked):
    """Evaluate F₁ of the expected counts, when the cases in ``marked`` are marked."""
    found = sum((chances[n] for n in marked), Fraction(0))
    return 2 * found / (len(marked) + sum(chances))


def best_f1(chances):
    """Find the largest F₁ of the expected counts over all sets of marked cases."""
    cases = range(len(chances))
    subsets = chain.from_iterable(combinations(cases, size) for size in range(len(chances) + 1))
    return max(expected_f1(chances, marked) for marked in subsets)


def _half_is_best(chances):
    best = best_f1(chances)
    return expected_f1(chances, [n for n, chance in enumerate(chances) if chance > best / 2]) == best


def _eighths(largest):
    return chain.from_iterable(
        combinations_with_replacement([Fraction(n, 8) for n in range(1, 9)], size) for size in range(1, largest + 1)
    )


_step, _label = sp.Symbol("h", real=True), mask[i]
_shares = (_step * _label, _step * (1 - _label), (1 - _step) * _label, (1 - _step) * (1 - _label))
_above = sp.Heaviside(probs[i] - _t, 0)
_eps = sp.Symbol("epsilon", positive=True)

#: One positive in a hundred: nothing marked, and three marked with the positive among them.
_NOTHING, _THREE = (0, 0, 1, 99), (1, 2, 0, 97)

confusion_counts = Card(
    name="confusion_counts",
    title="Confusion counts",
    symbol=sp.ImmutableMatrix([TP, FP, FN, TN]),
    formula=sp.ImmutableMatrix([_over(share.subs(_step, _above)) for share in _shares]),
    prediction=probs[k],
    domain={_eps: sp.Interval.open(0, sp.oo)},
    defaults={_t: _HALF},
    evaluate=confusion,
    claims=(
        Claim(
            "sum",
            r"$\mathrm{TP} + \mathrm{FP} + \mathrm{FN} + \mathrm{TN} = N$: each element is counted once",
            (Equal(sum(_shares), sp.S.One),),
        ),
        Claim(
            "positives",
            r"$\mathrm{TP} + \mathrm{FN} = n_+$ and $\mathrm{FP} + \mathrm{TN} = n_-$, whatever the threshold",
            (Equal(_shares[0] + _shares[2], _label), Equal(_shares[1] + _shares[3], 1 - _label)),
        ),
        Claim(
            "threshold",
            r"a higher threshold never raises TP or FP",
            (
                Exhaust(
                    lambda: ((p, *levels) for p, *levels in product(range(3), repeat=3) if levels[0] <= levels[1]),
                    lambda case: (case[0] > case[2]) <= (case[0] > case[1]),
                    "orders of a score and two thresholds",
                    complete=True,
                ),
            ),
        ),
        Claim(
            "logits",
            r"logits above 0 are probabilities above $\tfrac12$: the sigmoid increases, and $\sigma(0) = \tfrac12$",
            (Equal(sigmoid.subs(z, 0), _HALF), AtLeast(sp.diff(sigmoid, z), strict=True)),
        ),
        Claim(
            "no gradient",
            r"the slope of a thresholded score is 0 on either side of the threshold",
            tuple(
                Equal(sp.diff(sp.Heaviside(_x - _t, 0), _x).subs(_x, _t + sign * _eps), sp.S.Zero) for sign in (1, -1)
            ),
        ),
        Claim(
            "at the threshold",
            r"$p > t$ and $p \ge t$ give the same counts",
            (
                Fails(
                    sp.Eq(confusion([_HALF], [1])[0], confusion([_HALF], [1], closed=True)[0]),
                    r"$p = t = \tfrac12$, $y = 1$: TP is 0 with $>$, and 1 with $\ge$",
                ),
            ),
        ),
        Claim(
            "accuracy",
            r"of two classifiers the one that is more often right finds at least as many positives",
            (
                Fails(
                    sp.Implies(sp.Gt(accuracy_of(*_NOTHING), accuracy_of(*_THREE)), sp.Ge(_NOTHING[0], _THREE[0])),
                    r"one positive in 100: marking nothing is right 99 times; marking three, the positive among them, 98 times",
                ),
            ),
        ),
    ),
)

_P, _R = _tp / (_tp + _fp), _tp / (_tp + _fn)
_F = (1 + beta**2) * _tp / ((1 + beta**2) * _tp + beta**2 * _fn + _fp)
_F1 = _F.subs(beta, 1)
_of_rates = (1 + beta**2) * P * R / (beta**2 * P + R)
#: The counts, divided by N, of a classifier that marks the share R of the positives and f of the negatives.
_RATES = {_tp: eta * R, _fn: eta * (1 - R), _fp: (1 - eta) * _f}


def _bayes(share, hit, alarm):
    return share * hit / (share * hit + (1 - share) * alarm)


precision = Card(
    name="precision",
    title="Precision",
    symbol=P,
    formula=TP / (TP + FP),
    prediction=TP,
    domain=_COUNTS | _UNIT,
    evaluate=precision_of,
    claims=(
        Claim("range", r"$0 \le P \le 1$", (AtLeast(_P), AtLeast(1 - _P))),
        Claim(
            "Bayes",
            r"with a share $\eta$ of positives, of which $R$ are found, and $f$ of the negatives marked, "
            r"$P = \eta R/(\eta R + (1 - \eta) f)$",
            (Equal(_P.subs(_RATES), _bayes(eta, R, _f)),),
        ),
        Claim(
            "no skill",
            r"marks that do not look at the label, $f = R$, have $P = \eta$",
            (Equal(_bayes(eta, R, R), eta),),
        ),
        Claim(
            "rare positives",
            r"a precision that was measured with as many positives as negatives holds for rare positives",
            (
                Fails(
                    sp.Eq(_bayes(_HALF, 9 * _TENTH, _TENTH), _bayes(sp.Rational(1, 100), 9 * _TENTH, _TENTH)),
                    r"$R = \tfrac{9}{10}$, $f = \tfrac1{10}$: $P = \tfrac{9}{10}$ at $\eta = \tfrac12$, and $\tfrac1{12}$ at $\eta = \tfrac1{100}$",
                ),
            ),
        ),
        Claim(
            "threshold",
            r"a higher threshold never lowers precision",
            (
                Fails(
                    sp.Le(
                        precision_of(*confusion([9 * _TENTH, 8 * _TENTH], [0, 1], 7 * _TENTH)),
                        precision_of(*confusion([9 * _TENTH, 8 * _TENTH], [0, 1], 8 * _TENTH)),
                    ),
                    r"scores 0.9 of a negative, 0.8 of a positive: $P = \tfrac12$ at $t = 0.7$, 0 at $t = 0.8$",
                ),
            ),
        ),
    ),
)

recall = Card(
    name="recall",
    title="Recall",
    symbol=R,
    formula=TP / (TP + FN),
    prediction=TP,
    domain=_COUNTS | _UNIT,
    evaluate=recall_of,
    claims=(
        Claim("range", r"$0 \le R \le 1$", (AtLeast(_R), AtLeast(1 - _R))),
        Claim(
            "threshold",
            r"a higher threshold never raises recall: losing $x$ positives lowers it by $x/n_+$",
            (Equal(_R - _R.subs({_tp: _tp - _x, _fn: _fn + _x}, simultaneous=True), _x / (_tp + _fn)),),
        ),
        Claim(
            "rare positives",
            r"recall does not depend on the share $\eta$ of the positives",
            (Equal(_R.subs(_RATES), R),),
        ),
        Claim(
            "everything",
            r"marking everything has $R = 1$, $P = \eta$ and $F_1 = 2\eta/(1 + \eta)$",
            (
                Equal(_R.subs(_fn, 0), sp.S.One),
                Equal(_P.subs({_tp: eta, _fp: 1 - eta}), eta),
                Equal(_F1.subs({_tp: eta, _fp: 1 - eta, _fn: 0}), 2 * eta / (1 + eta)),
            ),
        ),
    ),
)

# One more case is marked: positive with probability η, it adds η to TP and 1 to TP + FP. D is TP + FP + β² n₊.
_D = sp.Symbol("D", positive=True)
_grown = (1 + beta**2) * (_tp + eta) / (_D + 1)
_exchange = (sp.diff(_F, _fn) - sp.diff(_F, _tp)) / sp.diff(_F, _fp)

fbeta_score = Card(
    name="fbeta_score",
    title="F score",
    symbol=sp.Symbol("F_beta"),
    formula=(1 + beta**2) * TP / ((1 + beta**2) * TP + beta**2 * FN + FP),
    prediction=TP,
    domain=_COUNTS | _UNIT | {beta: _COUNT},
    defaults={beta: sp.S.One},
    claims=(
        Claim(
            "harmonic mean",
            r"$F_\beta$ is the harmonic mean of precision and recall with weights $1$ and $\beta^2$",
            (
                Equal((1 + beta**2) / (1 / _P + beta**2 / _R), _F),
                Equal((1 + beta**2) / (1 / P + beta**2 / R), _of_rates),
            ),
        ),
        Claim(
            "ends",
            r"$F_0$ is precision, and $F_\beta$ tends to recall as $\beta \to \infty$",
            (Equal(_F.subs(beta, 0), _P), Tends(_F, beta, sp.oo, _R)),
        ),
        Claim("range", r"$0 \le F_\beta \le 1$", (AtLeast(_F), AtLeast(1 - _F))),
        Claim(
            "between",
            r"$F_\beta$ lies between precision and recall: $(F_\beta - P)(R - F_\beta) = \beta^2 P R (P - R)^2/(\beta^2 P + R)^2 \ge 0$",
            (
                Equal((_of_rates - P) * (R - _of_rates), beta**2 * P * R * (P - R) ** 2 / (beta**2 * P + R) ** 2),
                AtLeast(beta**2 * P * R / (beta**2 * P + R) ** 2),
            ),
        ),
        Claim(
            "true negatives",
            r"true negatives do not enter: $\partial F_\beta/\partial \mathrm{TN} = 0$",
            (Equal(sp.diff((1 + beta**2) * TP / ((1 + beta**2) * TP + beta**2 * FN + FP), TN), sp.S.Zero),),
        ),
        Claim(
            "effectiveness",
            r"$1 - F_\beta$ is van Rijsbergen's effectiveness, $E = 1 - 1/(\alpha/P + (1 - \alpha)/R)$ with $\alpha = 1/(1 + \beta^2)$",
            (Equal(1 - 1 / (1 / (1 + beta**2) / P + (1 - 1 / (1 + beta**2)) / R), 1 - _of_rates),),
        ),
        Claim(
            "ratio",
            r"a gain of recall is worth as much as the same gain of precision exactly where $R = \beta P$: "
            r"$\partial F_\beta/\partial P - \partial F_\beta/\partial R = (1 + \beta^2)(R^2 - \beta^2 P^2)/(\beta^2 P + R)^2$",
            (
                Equal(
                    sp.diff(_of_rates, P) - sp.diff(_of_rates, R),
                    (1 + beta**2) * (R - beta * P) * (R + beta * P) / (beta**2 * P + R) ** 2,
                ),
            ),
        ),
        Claim(
            "exchange",
            r"a missed positive costs $(1 + \beta^2)/F_\beta - 1$ times as much as a false alarm, at the margin",
            (Equal(_exchange, (1 + beta**2) / _F - 1),),
        ),
        Claim(
            "one more",
            r"marking a case that is positive with probability $\eta$ raises $F_\beta$ of the expected counts exactly if "
            r"$\eta > F_\beta/(1 + \beta^2)$",
            (
                Equal(
                    _grown - (1 + beta**2) * _tp / _D,
                    (1 + beta**2) / (_D + 1) * (eta - (1 + beta**2) * _tp / _D / (1 + beta**2)),
                ),
            ),
        ),
        Claim(
            "price",
            r"a missed positive costs $\beta^2$ times as much as a false alarm",
            (
                Fails(
                    sp.Eq(f1_of(5, 0, 5) - f1_of(4, 0, 6), f1_of(5, 0, 5) - f1_of(5, 1, 5)),
                    r"$\beta = 1$, TP = FN = 5, FP = 0: one more miss takes $\tfrac23$ to $\tfrac47$, one more alarm to $\tfrac58$; "
                    r"only at $F_\beta = 1$ is it $\beta^2$",
                ),
            ),
        ),
        Claim(
            "ratio as printed",
            r"the two gains are worth the same where $P/R = \beta$, as the book that introduced $\beta$ prints it",
            (
                Fails(
                    sp.Eq(*(sp.diff(_of_rates, v).subs({beta: 2, P: 1, R: _HALF}) for v in (P, R))),
                    r"$\beta = 2$, $P = 1$, $R = \tfrac12$: $\tfrac{5}{81}$ for precision, $\tfrac{80}{81}$ for recall",
                ),
            ),
        ),
    ),
)

_PR = 2 * P * R / (P + R)
_jaccard = _tp / (_tp + _fp + _fn)
_found = sp.Symbol("F", positive=True)
_errors = sp.Symbol("e", positive=True)

f1_score = Card(
    name="f1_score",
    title="F₁ score",
    symbol=sp.Symbol("F_1"),
    formula=2 * TP / (2 * TP + FP + FN),
    prediction=TP,
    domain=_COUNTS | _UNIT | {_found: sp.Interval.Lopen(0, 1)},
    evaluate=f1_of,
    claims=(
        Claim("range", r"$0 \le F_1 \le 1$", (AtLeast(_F1), AtLeast(1 - _F1))),
        Claim(
            "harmonic mean",
            r"$F_1 = 2/(1/P + 1/R)$, the harmonic mean of precision and recall",
            (Equal(2 / (1 / _P + 1 / _R), _F1), Equal(2 / (1 / P + 1 / R), _PR)),
        ),
        Claim(
            "smaller",
            r"$\min(P, R) \le F_1 \le 2 \min(P, R)$ and $F_1 \le \tfrac12 (P + R)$: the smaller one counts",
            (
                # With R = P + x the smaller one is P; F₁ is symmetric.
                AtLeast((_PR - P).subs(R, P + _x)),
                AtLeast(2 * P - _PR),
                Equal(_PR, _PR.subs({P: R, R: P}, simultaneous=True)),
                Equal((P + R) / 2 - _PR, (P - R) ** 2 / (2 * (P + R))),
                AtLeast((P - R) ** 2 / (2 * (P + R))),
            ),
        ),
        Claim(
            "Dice",
            r"$F_1 = 2|A \cap B|/(|A| + |B|)$ for the set $A$ of the marked and $B$ of the positives: the Dice coefficient",
            (Equal(2 * _tp / ((_tp + _fp) + (_tp + _fn)), _F1),),
        ),
        Claim(
            "Jaccard",
            r"$J = F_1/(2 - F_1)$, which increases with $F_1$: both put any two predictions for one target in the same order",
            (
                Equal(_F1 / (2 - _F1), _jaccard),
                AtLeast(sp.diff(_found / (2 - _found), _found), strict=True),
            ),
        ),
        Claim(
            "micro",
            r"where each element has one class and gets one, $F_1$ of the counts summed over all classes is accuracy: an error is "
            r"an FP of one class and an FN of another",
            (Equal(_F1.subs({_fp: _errors, _fn: _errors}), _tp / (_tp + _errors)),),
        ),
        Claim(
            "half of the best",
            r"with probabilities that are known, the best $F_1$ of the expected counts, $F^*$, is reached by marking those above "
            r"$F^*/2 \le \tfrac12$",
            (
                Exhaust(
                    lambda: _eighths(4), _half_is_best, "lists of 1 to 4 probabilities in eighths, all sets of marks"
                ),
            ),
        ),
        Claim(
            "one half",
            r"the threshold $\tfrac12$ is best for $F_1$ if the probabilities are right",
            (
                Fails(
                    sp.Ge(
                        sp.sympify(expected_f1([Fraction(2, 5)], [])), sp.sympify(expected_f1([Fraction(2, 5)], [0]))
                    ),
                    r"one case with $\eta = \tfrac25$: 0 if it is not marked, $\tfrac47$ if it is",
                ),
            ),
        ),
        Claim(
            "expected",
            r"the expected $F_1$ is $F_1$ of the expected counts",
            (
                Fails(
                    sp.Eq((f1_of(1, 0, 0) + f1_of(0, 1, 0)) / 2, f1_of(_HALF, _HALF, 0)),
                    r"one case with $\eta = \tfrac12$, marked: $\tfrac12$ and $\tfrac23$",
                ),
            ),
        ),
        Claim(
            "arithmetic mean",
            r"$F_1$ is the arithmetic mean of precision and recall",
            (
                Fails(
                    sp.Eq(f1_of(1, 0, 9), (precision_of(1, 0, 9) + recall_of(1, 0, 9)) / 2),
                    r"TP = 1, FP = 0, FN = 9: precision 1, recall $\tfrac1{10}$, $F_1 = \tfrac2{11}$, the arithmetic mean is $\tfrac{11}{20}$",
                ),
            ),
        ),
        Claim(
            "mean of batches",
            r"the mean of $F_1$ over images or batches is $F_1$ of all of them",
            (
                Fails(
                    sp.Eq((f1_of(1, 0, 0) + f1_of(1, 3, 5)) / 2, f1_of(2, 3, 5)),
                    r"(TP, FP, FN) = (1, 0, 0) and (1, 3, 5): the mean is $\tfrac35$, together $\tfrac13$",
                ),
            ),
        ),
        Claim(
            "two macros",
            r"the mean of $F_1$ over classes is $F_1$ of the mean precision and the mean recall",
            (
                Fails(
                    sp.Eq(
                        (f1_of(1, 0, 9) + f1_of(1, 9, 0)) / 2,
                        _PR.subs(
                            {
                                P: (precision_of(1, 0, 9) + precision_of(1, 9, 0)) / 2,
                                R: (recall_of(1, 0, 9) + recall_of(1, 9, 0)) / 2,
                            }
                        ),
                    ),
                    r"ten elements of class 1, nine of them taken for class 2, and one of class 2: $\tfrac2{11}$ and $\tfrac{11}{20}$",
                ),
            ),
        ),
        Claim(
            "which class",
            r"it does not matter which of the two classes is called positive",
            (
                Fails(
                    sp.Eq(f1_of(1, 1, 0), f1_of(8, 0, 1)),
                    r"TP = 1, FP = 1, FN = 0, TN = 8: $\tfrac23$; for the other class $\tfrac{16}{17}$",
                ),
            ),
        ),
    ),
)
