"""The cards of the Lovász family: their evaluation by hand and by other routes, and what the formulas' increments are."""

from fractions import Fraction
from itertools import combinations, permutations, product

import pytest
import sympy as sp

from lossbook.cards import lovasz
from lossbook.cards.notation import G
from lossbook.proof import Difference, NotProved, prove

HALF = sp.Rational(1, 2)


def subsets(size):
    return [frozenset(chosen) for count in range(size + 1) for chosen in combinations(range(size), count)]


def any_set_function(chosen):
    """A set function about which nothing is known, except that it is 0 at the empty set."""
    return sp.Symbol("D_" + "".join(map(str, sorted(chosen)))) if chosen else sp.S.Zero


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_extension_of_any_set_function_interpolates_it(size):
    for chosen in subsets(size):
        corner = [int(pixel in chosen) for pixel in range(size)]
        assert sp.expand(lovasz.extension(any_set_function, corner) - any_set_function(chosen)) == 0


@pytest.mark.parametrize("size", [1, 2, 3])
def test_at_the_sum_of_two_corners_it_is_the_value_of_union_and_intersection(size):
    for first, second in product(subsets(size), repeat=2):
        corner = [int(pixel in first) + int(pixel in second) for pixel in range(size)]
        expected = any_set_function(first | second) + any_set_function(first & second)
        assert sp.expand(lovasz.extension(any_set_function, corner) - expected) == 0


def test_the_extension_is_the_integral_over_thresholds():
    errors = [Fraction(n, 4) for n in (3, 0, 2, 2, 7)]
    slabs = [(t, Fraction(1, 4)) for t in (Fraction(n, 4) for n in range(1, 8))]
    integral = sum(width * any_set_function({n for n, e in enumerate(errors) if e >= t}) for t, width in slabs)
    assert sp.expand(lovasz.extension(any_set_function, errors) - integral) == 0


def test_a_function_of_the_number_of_pixels_is_a_set_function():
    n = sp.Symbol("n")
    assert lovasz.extension(sp.Lambda(n, n**2), [3, 5, 1]) == lovasz.extension(lambda chosen: len(chosen) ** 2, [3, 5, 1]) == 19


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_order_charges_a_set_more_than_its_jaccard_loss(size):
    for target, order in product(product((0, 1), repeat=size), permutations(range(size))):
        loss = lovasz.jaccard(target)
        prices = {order[r]: loss(frozenset(order[: r + 1])) - loss(frozenset(order[:r])) for r in range(size)}
        assert all(sum(prices[pixel] for pixel in chosen) <= loss(chosen) for chosen in subsets(size))


def test_the_hinge_is_the_extension_of_the_jaccard_loss_by_sets():
    for target in product((0, 1), repeat=4):
        for scores in permutations((-2, HALF, 1, 3)):
            errors = [sp.Max(0, 1 - (2 * g - 1) * z) for z, g in zip(scores, target, strict=True)]
            assert lovasz.hinge(scores, target) == lovasz.extension(lovasz.jaccard(target), errors)


def test_the_extremes_are_the_mean_and_the_largest_error():
    for scores in permutations((-2, 0, 1, 3)):
        assert lovasz.hinge(scores, [1] * 4) == sp.Rational(sum(max(0, 1 - z) for z in scores), 4)
        assert lovasz.hinge(scores, [0] * 4) == 4


def test_softmax_is_the_mean_of_the_extensions_of_its_classes():
    rows = [[HALF, Fraction(1, 8), Fraction(3, 8)], [Fraction(1, 4), 0, Fraction(3, 4)], [0, HALF, HALF]]
    for labels in product(range(3), repeat=3):
        for classes in (sorted(set(labels)), [0, 1, 2], [1]):
            terms = []
            for c in classes:
                target = [int(label == c) for label in labels]
                terms.append(lovasz.extension(lovasz.jaccard(target), [abs(g - row[c]) for g, row in zip(target, rows, strict=True)]))
            assert lovasz.softmax(rows, labels, classes) == sum(terms) / len(classes)


def test_jaccard_loss_of_sets_by_hand():
    loss = lovasz.jaccard([1, 1, 0, 0])
    assert loss(frozenset()) == 0
    assert loss(frozenset({0})) == Fraction(1, 2)
    assert loss(frozenset({2})) == Fraction(1, 3)
    assert loss(frozenset({0, 2, 3})) == Fraction(3, 4)
    assert lovasz.jaccard([0, 0])(frozenset({1})) == 1


def test_evaluation_by_hand():
    assert lovasz.binary.evaluate([2, -HALF, sp.Rational(1, 4), -3], [1, 1, 0, 0]) == sp.Rational(23, 24)
    rows = [[sp.Rational(3, 4), sp.Rational(1, 4), 0], [HALF, HALF, 0], [sp.Rational(1, 4), HALF, sp.Rational(1, 4)]]
    assert lovasz.multiclass.evaluate(rows, [0, 0, 1]) == sp.Rational(7, 16)
    assert lovasz.multiclass.evaluate(rows, [0, 0, 1], [2]) == sp.Rational(1, 4)
    assert lovasz.set_functions.evaluate(lambda chosen: min(1, len(chosen)), [3, -1, 5]) == 5


@pytest.mark.parametrize(
    ("card", "arguments"),
    [
        (lovasz.set_functions, (sp.Lambda(G, G), (2, 1))),
        (lovasz.binary, ((2, -1), (1, 1))),
        (lovasz.multiclass, (((HALF, HALF),), (0,))),
    ],
)
def test_a_card_evaluates_the_formula_that_it_is_given(card, arguments):
    value = card.evaluate(*arguments)
    assert value != 0
    assert card.evaluate_as(2 * card.formula + 1, *arguments) == 2 * value + 1




def test_a_difference_prints_in_reading_order():
    x, y = sp.symbols("x y")
    assert sp.latex(Difference(y, x)) == "y - x"
    assert sp.latex(Difference(y, x + 1)) == r"y - \left(x + 1\right)"
    assert sp.latex(2 * Difference(y, x)) == r"2 \left(y - x\right)"
    assert Difference(5, 3) == 2
    assert sp.diff(Difference(y, x**2), x) == -2 * x


@pytest.mark.parametrize("function", [lambda a, b: (a + b) ** 2, lambda a, b: a + 2 * b, lambda a, b: (a + b) / (G + b + 1)])
def test_another_set_function_in_the_formula_is_noticed(function):
    wrong = lovasz.binary.formula.xreplace(
        {
            lovasz._jaccard_of(lovasz._missed[n], lovasz._marked[n], G): function(lovasz._missed[n], lovasz._marked[n])
            for n in (lovasz.i, lovasz.i - 1)
        }
    )
    card = lovasz.binary.with_formula(wrong)
    for key in ("increments", "weighted mean", "interpolates"):
        with pytest.raises(NotProved):
            prove(card, key)
