"""The cards of transport: what their formulas are worth in numbers."""

import math
from itertools import accumulate, product

import pytest
import sympy as sp

from lossbook.cards.transport import histograms, nima, programme, samples, squared_emd
from lossbook.proof import english

HALVES = [n for n in product(range(3), repeat=3) if sum(n) == 2]
PLACES = (0, 1, 3)


@pytest.mark.parametrize(("p", "q"), list(product(HALVES, repeat=2)))
def test_histograms_are_worth_the_assignment_of_their_grains(p, q):
    """Two grains each: the cheaper of the two ways to pair them off."""
    (a, b), (c, d) = ([x for n, x in zip(side, PLACES, strict=True) for _ in range(n)] for side in (p, q))
    for order in (1, 2):
        best = min(abs(a - c) ** order + abs(b - d) ** order, abs(a - d) ** order + abs(b - c) ** order)
        masses = [[sp.Rational(n, 2) for n in side] for side in (p, q)]
        assert histograms.evaluate(*masses, PLACES, order) ** order == sp.Rational(best, 2)
        costs = [[abs(x - y) ** order for y in PLACES] for x in PLACES]
        assert programme.evaluate(p, q, costs) == sp.Rational(best, 2)
        assert samples.evaluate((a, b), (c, d), order) ** order == sp.Rational(best, 2)


@pytest.mark.parametrize(("p", "q"), list(product(HALVES, repeat=2)))
def test_losses_of_ordered_classes_are_powers_of_the_cumulative_differences(p, q):
    steps = [abs(a - b) / 2 for a, b in zip(accumulate(p), accumulate(q), strict=True)]
    masses = [[sp.Rational(n, 2) for n in side] for side in (p, q)]
    assert float(squared_emd.evaluate(*masses)) == sum(step**2 for step in steps)
    for exponent in (1, 2, 3):
        mean = sum(step**exponent for step in steps) / 3
        assert float(nima.evaluate(*masses, exponent)) == pytest.approx(mean ** (1 / exponent))
    assert float(nima.evaluate(*masses, sp.oo)) == max(steps)


def test_numbers_stay_exact_and_symbols_stay_symbols():
    third, t = sp.Rational(1, 3), sp.Symbol("t", positive=True)
    assert nima.evaluate((third, third, third), (1, 0, 0), 1) == third
    assert not nima.evaluate((third, third, third), (1, 0, 0)).atoms(sp.Float)
    assert squared_emd.evaluate((t, 1 - t), (0, 1)) == t**2


def test_weights_of_samples_are_shares():
    assert samples.evaluate((0, 4), (0,), 1, (3, 1)) == 1
    assert math.isclose(samples.evaluate((0, 4), (0,), 2, (3, 1)), 2)


def test_the_smaller_of_two_totals_is_moved():
    assert programme.evaluate((3, 1), (1, 1), ((5, 1), (0, 9))) == sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("card", "case"),
    [
        (programme, ((2, 1), (1, 1, 1), ((0, 1, 3), (1, 3, 0)))),
        (histograms, ((1, 0), (0, 1), (0, 2))),
        (samples, ((0, 1), (2, 4))),
        (nima, ((1, 0), (0, 1))),
        (squared_emd, ((1, 0), (0, 1))),
    ],
    ids=str,
)
def test_evaluate_computes_from_the_formula(card, case):
    assert card.with_formula(2 * card.formula + 1).evaluate(*case) == 2 * card.evaluate(*case) + 1


def test_a_cumulative_sum_is_printed_with_its_end():
    assert english.tex(squared_emd.formula) == r"\sum_{k} \left(\sum_{j \le k} \left(p_j - q_j\right)\right)^{2}"
