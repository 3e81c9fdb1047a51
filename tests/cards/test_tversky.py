"""The cards of the Tversky loss and of the sums with the cross entropy: their evaluation by other routes, and breaks of the formula."""

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp

from lossbook.cards.notation import dice_weight, smooth, w_fn, w_fp
from lossbook.cards.tversky import bce_dice_loss, bce_log_dice_loss, tversky_loss
from lossbook.proof import NotProved, prove

THIRD, HALF = sp.Rational(1, 3), sp.Rational(1, 2)
VALUES = (Fraction(1, 4), Fraction(1, 2), Fraction(1))


def counted(p, g):
    pairs = list(zip(p, g, strict=True))
    return sum(a * b for a, b in pairs), sum(a * (1 - b) for a, b in pairs), sum((1 - a) * b for a, b in pairs)


def dice_by_counts(p, g, added):
    tp, fp, fn = counted(p, g)
    return sp.sympify(2 * tp + added) / (2 * tp + fp + fn + added)


def entropy(p, g):
    terms = (b * sp.log(a) + (1 - b) * (sp.log(1 - a) if b != 1 else 0) for a, b in zip(map(sp.sympify, p), map(sp.sympify, g), strict=True))
    return -sp.Add(*terms) / len(p)


@pytest.mark.parametrize("added", [0, THIRD])
def test_the_tversky_loss_is_that_of_the_soft_counts(added):
    for p, g in product(product(VALUES, repeat=2), repeat=2):
        tp, fp, fn = counted(p, g)
        expected = 1 - sp.sympify(tp + added) / (tp + 2 * fp + THIRD * fn + added)
        assert tversky_loss.evaluate(p, g, 2, THIRD, added) == expected


@pytest.mark.parametrize("added", [0, THIRD])
def test_the_sums_have_their_terms(added):
    for p, g in product(product(VALUES[:2], repeat=2), repeat=2):
        dice = dice_by_counts(p, g, added)
        assert sp.simplify(bce_dice_loss.evaluate(p, g, 3, added) - entropy(p, g) - 3 * (1 - dice)) == 0
        assert sp.simplify(bce_log_dice_loss.evaluate(p, g, added) - entropy(p, g) + sp.log(dice)) == 0


def test_hard_masks_by_hand():
    # TP 1, FP 1, FN 1 of four pixels
    p, g = [1, 1, 0, 0], [1, 0, 1, 0]
    assert tversky_loss.evaluate(p, g, 1, 2) == sp.Rational(3, 4)
    assert bce_dice_loss.evaluate(p, g) == sp.oo
    assert bce_dice_loss.evaluate(g, g, dice_weight=5) == 0
    assert bce_log_dice_loss.evaluate([0, HALF], [1, 0]) == sp.oo
    assert bce_log_dice_loss.evaluate([HALF, HALF], [1, 0]) == 2 * sp.log(2)


def test_two_empty_masks_are_worth_what_is_said():
    assert tversky_loss.evaluate([0, 0], [0, 0]) == bce_dice_loss.evaluate([0, 0], [0, 0]) == 0
    assert tversky_loss.evaluate([0, 0], [0, 0], empty=HALF) == HALF
    assert bce_log_dice_loss.evaluate([0, 0], [0, 0], empty=HALF) == sp.log(2)


@pytest.mark.parametrize(
    ("card", "symbol", "keys"),
    [
        (tversky_loss, w_fp, ("gradient", "prices", "Dice", "swapped masks")),
        (tversky_loss, w_fn, ("gradient", "IoU", "swapped masks")),
        (tversky_loss, smooth, ("empty target", "precision")),
        (bce_dice_loss, dice_weight, ("gradient",)),
        (bce_log_dice_loss, smooth, ("gradient",)),
    ],
)
def test_a_shifted_option_is_noticed(card, symbol, keys):
    broken = card.with_formula(card.formula.xreplace({symbol: symbol + 1}))
    for key in keys:
        with pytest.raises(NotProved):
            prove(broken, key)
