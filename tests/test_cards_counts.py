"""The cards of the counts: their verdicts, and that the functions of the package count and divide as the cards do."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import sympy as sp

import lossbook
from lossbook import proof
from lossbook.cards import card, counts
from lossbook.cards._card import Claim, Equal, Exhaust
from lossbook.cards.notation import FN, FP, TN, TP, N, beta, mask, probs

CARDS = [counts.confusion_counts, counts.precision, counts.recall, counts.fbeta_score, counts.f1_score]
EXPECTED = {
    ("confusion_counts", "at the threshold"): "refuted",
    ("confusion_counts", "accuracy"): "refuted",
    ("precision", "rare positives"): "refuted",
    ("precision", "threshold"): "refuted",
    ("fbeta_score", "price"): "refuted",
    ("fbeta_score", "ratio as printed"): "refuted",
    ("f1_score", "half of the best"): "exhaustive",
    ("f1_score", "one half"): "refuted",
    ("f1_score", "expected"): "refuted",
    ("f1_score", "arithmetic mean"): "refuted",
    ("f1_score", "mean of batches"): "refuted",
    ("f1_score", "two macros"): "refuted",
    ("f1_score", "which class"): "refuted",
}
FOURS = [four for four in product((0, 1, 2, 5), repeat=4) if min(four[0] + four[1], four[0] + four[2]) > 0]


@pytest.mark.parametrize(("name", "key"), [(c.name, claim.key) for c in CARDS for claim in c.claims])
def test_every_claim_is_settled_and_none_only_sampled(name, key):
    assert proof.prove(card(name), key).status == EXPECTED.get((name, key), "proved")


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score", "fbeta_score"])
def test_the_scores_are_the_printed_formulas_of_the_counts(name):
    formula, options = card(name).formula, {"beta": 1.5} if name == "fbeta_score" else {}
    for four in FOURS:
        exact = formula.subs(dict(zip((TP, FP, FN, TN), four, strict=True))).subs(beta, sp.Rational(3, 2))
        assert proof.ulps(getattr(lossbook, name)(four, **options), exact) <= 2


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score"])
def test_the_cards_evaluate_their_formulas_and_zero_for_nothing(name):
    for four in FOURS:
        assert card(name).evaluate(*four) == card(name).formula.subs(dict(zip((TP, FP, FN, TN), four, strict=True)))
    assert card(name).evaluate(0, 0, 0, 3) == 0


SCORES, LEVELS = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(1)), (Fraction(1, 4), Fraction(1, 2))


@pytest.mark.parametrize("level", LEVELS)
def test_the_package_counts_as_the_card_does(level):
    for scores, labels in product(product(SCORES, repeat=3), product((0, 1), repeat=3)):
        counted = lossbook.confusion_counts(list(map(float, scores)), labels, threshold=float(level))
        assert counted == counts.confusion(scores, labels, sp.Rational(level))


def test_the_printed_sums_are_the_counts():
    scores, labels = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)), (1, 1, 0)
    values = {base[n + 1]: sp.sympify(v) for base, vs in ((probs, scores), (mask, labels)) for n, v in enumerate(vs)}
    formula = counts.confusion_counts.plain.subs(N, 3).doit().subs(values)
    assert tuple(formula) == counts.confusion(scores, labels) == (0, 1, 2, 0)


def test_a_score_at_the_threshold_is_marked_only_by_the_closed_rule():
    assert counts.confusion([sp.Rational(1, 2)], [1]) == (0, 0, 1, 0)
    assert counts.confusion([sp.Rational(1, 2)], [1], closed=True) == (1, 0, 0, 0)


def test_the_best_expected_score_by_hand():
    # Marking the first alone: 2 · ¾/(1 + 1); both: 2 · 1/(2 + 1).
    chances = (Fraction(3, 4), Fraction(1, 4))
    assert counts.expected_f1(chances, [0]) == Fraction(3, 4)
    assert counts.expected_f1(chances, [0, 1]) == Fraction(2, 3)
    assert counts.best_f1(chances) == Fraction(3, 4)


def third_of_the_best(chances):
    best = counts.best_f1(chances)
    return counts.expected_f1(chances, [n for n, chance in enumerate(chances) if chance > best / 3]) == best


P, R = counts.P, counts.R
F = (1 + beta**2) * P * R / (beta**2 * P + R)
WRONG = {
    "weights of the mean are 1 and β": Equal((1 + beta) / (1 / P + beta / R), F),
    "equal gains where R = β²P": Equal((sp.diff(F, P) - sp.diff(F, R)).subs(R, beta**2 * P), sp.S.Zero),
    "effectiveness with α and 1 − α swapped": Equal(1 / ((1 - 1 / (1 + beta**2)) / P + 1 / (1 + beta**2) / R), F),
    "a third of the best": Exhaust(lambda: counts._eighths(3), third_of_the_best, "lists"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_false_variant_is_not_proved(wrong):
    false = replace(counts.fbeta_score, claims=(Claim("false", wrong, (WRONG[wrong],)),))
    with pytest.raises(proof.NotProved):
        proof.prove(false, "false")
