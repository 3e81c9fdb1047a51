"""The cards of the counts: the functions of the package count and divide as the cards do."""

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp

import lossbook
from lossbook import proof
from lossbook.cards import card, counts
from lossbook.cards.notation import FN, FP, TN, TP, beta

FOURS = [four for four in product((0, 1, 2, 5), repeat=4) if min(four[0] + four[1], four[0] + four[2]) > 0]
confusion = counts.confusion_counts.evaluate


def by_hand(scores, labels, threshold, closed=False):
    marks = [s >= threshold if closed else s > threshold for s in scores]
    pairs = list(zip(marks, map(bool, labels), strict=True))
    return tuple(pairs.count(case) for case in ((True, True), (True, False), (False, True), (False, False)))


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score", "fbeta_score"])
def test_the_scores_are_the_printed_formulas_of_the_counts(name):
    formula, options = card(name).formula, {"beta": 1.5} if name == "fbeta_score" else {}
    for four in FOURS:
        exact = formula.subs(dict(zip((TP, FP, FN, TN), four, strict=True))).subs(beta, sp.Rational(3, 2))
        assert proof.ulps(getattr(lossbook, name)(four, **options), exact) <= 2


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score"])
def test_the_cards_evaluate_their_formulas_and_zero_for_nothing(name):
    by_fractions = {
        "precision": lambda tp, fp, fn, tn: Fraction(tp, tp + fp),
        "recall": lambda tp, fp, fn, tn: Fraction(tp, tp + fn),
        "f1_score": lambda tp, fp, fn, tn: Fraction(2 * tp, 2 * tp + fp + fn),
    }[name]
    for four in FOURS:
        assert card(name).evaluate(*four) == by_fractions(*four)
    assert card(name).evaluate(0, 0, 0, 3) == 0


SCORES, LEVELS = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(1)), (Fraction(1, 4), Fraction(1, 2))


@pytest.mark.parametrize("level", LEVELS)
def test_package_and_card_count_as_one_counts_by_hand(level):
    for scores, labels in product(product(SCORES, repeat=2), product((0, 1), repeat=2)):
        counted = lossbook.confusion_counts(list(map(float, scores)), labels, threshold=float(level))
        assert counted == confusion(scores, labels, level) == by_hand(scores, labels, level)


def test_a_score_at_the_threshold_is_marked_only_by_the_closed_rule():
    half = sp.Rational(1, 2)
    assert confusion([half], [1]) == by_hand([half], [1], half) == (0, 0, 1, 0)
    assert by_hand([half], [1], half, closed=True) == (1, 0, 0, 0)


def test_the_best_expected_score_by_hand():
    # Marking the first alone: 2 · ¾/(1 + 1); both: 2 · 1/(2 + 1).
    chances = (Fraction(3, 4), Fraction(1, 4))
    assert counts.expected_f1(chances, [0]) == Fraction(3, 4)
    assert counts.expected_f1(chances, [0, 1]) == Fraction(2, 3)
    assert counts.best_f1(chances) == Fraction(3, 4)
