"""The cards of entropy and the divergences: what their formulas are worth in numbers."""

import math
from fractions import Fraction
from itertools import product

import pytest
import sympy as sp

from lossbook.cards.divergence import cross_entropy, divergence, symmetric, uncertainty

QUARTERS = [n for n in product(range(5), repeat=3) if sum(n) == 4]


def kl(p, q):
    """Sum p log(p/q) in floating point, by the conventions."""
    return sum(a * (math.log(a / b) if b else math.inf) for a, b in zip(p, q, strict=True) if a)


@pytest.mark.parametrize(("p", "q"), list(product(QUARTERS, repeat=2)))
def test_evaluate_agrees_with_a_sum_in_floating_point_zeros_included(p, q):
    exact = [[Fraction(n, 4) for n in side] for side in (p, q)]
    p, q = ([n / 4 for n in side] for side in (p, q))
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    assert float(divergence.evaluate(*exact)) == pytest.approx(kl(p, q), abs=1e-15)
    assert float(symmetric.evaluate(*exact)) == pytest.approx((kl(p, middle) + kl(q, middle)) / 2, abs=1e-15)
    assert float(uncertainty.evaluate(exact[0])) == pytest.approx(-sum(a * math.log(a) for a in p if a), abs=1e-15)
    assert float(cross_entropy(*exact)) == pytest.approx(kl(p, q) - sum(a * math.log(a) for a in p if a), abs=1e-15)


def test_symbols_are_put_into_the_sum_as_they_are():
    p, q = sp.symbols("p q", positive=True)
    found = divergence.evaluate((p, 1 - p), (q, 1 - q))
    assert found == p * sp.log(p / q) + (1 - p) * sp.log((1 - p) / (1 - q))


@pytest.mark.parametrize("card", [uncertainty, divergence, symmetric], ids=str)
def test_evaluate_computes_from_the_formula(card):
    sides = [(Fraction(1, 2), Fraction(1, 2)), (1, 0)][: len(card.symbol.args)]
    assert card.with_formula(2 * card.formula + 1).evaluate(*sides) == 2 * card.evaluate(*sides) + 1
