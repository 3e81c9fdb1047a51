"""The cards of Dice and of the intersection over union evaluate as one counts by hand, and as the package does."""

from fractions import Fraction
from itertools import product

import pytest

import lossbook
from lossbook.cards import card
from lossbook.cards._regions import evaluated
from lossbook.cards.notation import smooth

VALUES = (Fraction(0), Fraction(1, 2), Fraction(1))
PAIRS = [(p, g) for p in product(VALUES, repeat=2) for g in ((0, 0), (1, 0), (1, Fraction(1, 4))) if any(p) or any(g)]


def dice(p, g, added=0, squared=False):
    n = 2 if squared else 1
    return (2 * sum(a * b for a, b in zip(p, g, strict=True)) + added) / (
        sum(a**n for a in p) + sum(b**n for b in g) + Fraction(added)
    )


def iou(p, g, added=0):
    both = sum(a * b for a, b in zip(p, g, strict=True))
    return (both + added) / (sum(p) + sum(g) - both + Fraction(added))


@pytest.mark.parametrize("added", [0, Fraction(3, 4)])
def test_the_cards_evaluate_the_coefficients_and_the_losses(added):
    for p, g in PAIRS:
        assert card("dice_coefficient").evaluate(p, g, added) == dice(p, g, added)
        assert card("dice_loss").evaluate(p, g, added, squared=True) == 1 - dice(p, g, added, squared=True)
        assert card("iou_coefficient").evaluate(p, g, added) == iou(p, g, added)
        assert card("iou_loss").evaluate(p, g, added) == 1 - iou(p, g, added)
        marks = [int(a > Fraction(1, 4)) for a in p]
        if added or any(marks) or any(g):
            assert card("hard_dice_coefficient").evaluate(p, g, Fraction(1, 4), added) == dice(marks, g, added)


def test_the_package_agrees_with_the_cards():
    for p, g in PAIRS:
        for name in ("dice_coefficient", "dice_loss", "hard_dice_coefficient", "iou_coefficient", "iou_loss"):
            ours = getattr(lossbook, name)(list(map(float, p)), list(map(float, g)))
            assert float(ours) == pytest.approx(float(card(name).evaluate(p, g)), abs=1e-15)


def test_empty_masks_are_worth_what_is_said():
    nothing = [0, 0]
    assert card("dice_coefficient").evaluate(nothing, nothing) == 1
    assert card("dice_coefficient").evaluate(nothing, nothing, empty=0) == 0
    assert card("iou_loss").evaluate(nothing, nothing) == 0
    assert card("iou_loss").evaluate(nothing, nothing, empty=0) == 1
    assert card("hard_dice_coefficient").evaluate([Fraction(1, 2)], [0], empty=Fraction(1, 3)) == Fraction(1, 3)


def test_a_broken_formula_is_evaluated_as_it_stands():
    broken = card("dice_loss").with_formula(2 * card("dice_loss").formula)
    assert broken.evaluate([1, 1], [1, 0]) == 2 * card("dice_loss").evaluate([1, 1], [1, 0]) == Fraction(2, 3)


def test_masks_of_different_length_are_refused():
    with pytest.raises(ValueError, match="p has 2 and g has 1"):
        card("dice_loss").evaluate([0, 1], [1])


def test_a_quotient_by_zero_alone_is_refused():
    formula = card("iou_coefficient").formula / smooth
    with pytest.raises(ZeroDivisionError, match="not defined"):
        evaluated(formula, [1], [1], {smooth: 0})
