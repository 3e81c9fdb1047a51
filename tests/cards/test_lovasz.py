"""The cards of the Lovász family: their evaluation by hand, their verdicts, and that false variants are not proved."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product

import pytest
import sympy as sp

from lossbook import proof
from lossbook.cards import card, lovasz
from lossbook.cards._card import Claim, Equal
from lossbook.cards.notation import G, a, b, k, m, pi

CARDS = [lovasz.set_functions, lovasz.binary, lovasz.multiclass]
EXPECTED = {
    ("lovasz_extension", "always convex"): "refuted",
    ("lovasz_hinge", "foreground and background alike"): "refuted",
    ("lovasz_hinge", "mean of images"): "refuted",
    ("lovasz_softmax", "absent class is free"): "refuted",
    ("lovasz_softmax", "proper"): "refuted",
    ("lovasz_hinge", "counts"): "exhaustive",
    ("lovasz_hinge", "submodular by pairs"): "exhaustive",
    ("lovasz_hinge", "interpolates"): "exhaustive",
    ("lovasz_hinge", "no places"): "exhaustive",
    ("lovasz_softmax", "mean IoU"): "exhaustive",
}


@pytest.mark.parametrize(("name", "key"), [(c.name, claim.key) for c in CARDS for claim in c.claims])
def test_every_claim_is_settled_and_none_only_sampled(name, key):
    assert proof.prove(card(name), key).status == EXPECTED.get((name, key), "proved")


def any_set_function(chosen):
    """A set function about which nothing is known, except that it is 0 at the empty set."""
    return sp.Symbol("D_" + "".join(map(str, sorted(chosen)))) if chosen else sp.S.Zero


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_set_is_left_out_and_none_comes_twice(size):
    assert len(set(lovasz._subsets(size))) == len(list(lovasz._subsets(size))) == 2**size


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_extension_of_any_set_function_interpolates_it(size):
    for chosen in lovasz._subsets(size):
        corner = [int(pixel in chosen) for pixel in range(size)]
        assert sp.expand(lovasz.extension(any_set_function, corner) - any_set_function(chosen)) == 0


@pytest.mark.parametrize("size", [1, 2, 3])
def test_at_the_sum_of_two_corners_it_is_the_value_of_union_and_intersection(size):
    for first, second in product(lovasz._subsets(size), repeat=2):
        corner = [int(pixel in first) + int(pixel in second) for pixel in range(size)]
        expected = any_set_function(first | second) + any_set_function(first & second)
        assert sp.expand(lovasz.extension(any_set_function, corner) - expected) == 0


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_order_charges_a_set_more_than_its_jaccard_loss(size):
    for target, order in product(product((0, 1), repeat=size), permutations(range(size))):
        loss = lovasz.jaccard(target)
        prices = {order[r]: loss(frozenset(order[: r + 1])) - loss(frozenset(order[:r])) for r in range(size)}
        assert all(sum(prices[pixel] for pixel in chosen) <= loss(chosen) for chosen in lovasz._subsets(size))


def test_the_extremes_are_the_mean_and_the_largest_error():
    for scores in permutations((-2, 0, 1, 3)):
        assert lovasz.hinge(scores, [1] * 4) == sp.Rational(sum(max(0, 1 - z) for z in scores), 4)
        assert lovasz.hinge(scores, [0] * 4) == 4


def test_jaccard_loss_of_sets_by_hand():
    loss = lovasz.jaccard([1, 1, 0, 0])
    assert loss(frozenset()) == 0
    assert loss(frozenset({0})) == Fraction(1, 2)
    assert loss(frozenset({2})) == Fraction(1, 3)
    assert loss(frozenset({0, 2, 3})) == Fraction(3, 4)
    assert lovasz.jaccard([0, 0])(frozenset({1})) == 1


def test_evaluation_by_hand():
    half = sp.Rational(1, 2)
    assert card("lovasz_hinge").evaluate([2, -half, sp.Rational(1, 4), -3], [1, 1, 0, 0]) == sp.Rational(23, 24)
    rows = [[sp.Rational(3, 4), sp.Rational(1, 4), 0], [half, half, 0], [sp.Rational(1, 4), half, sp.Rational(1, 4)]]
    assert card("lovasz_softmax").evaluate(rows, [0, 0, 1]) == sp.Rational(7, 16)
    assert card("lovasz_softmax").evaluate(rows, [0, 0, 1], [2]) == sp.Rational(1, 4)
    assert card("lovasz_extension").evaluate(lambda chosen: min(1, len(chosen)), [3, -1, 5]) == 5


def test_the_formula_agrees_with_the_evaluation():
    """Four ranks written out: the printed sum, with sets counted, is what is evaluated."""
    formula, target, scores = lovasz.binary.formula, [1, 0, 0, 1], [-1, 2, sp.Rational(1, 2), sp.Rational(1, 3)]
    order = sorted(range(4), key=lambda e: scores[e] * (2 * target[e] - 1))
    loss = lovasz.jaccard(target)
    total = 0
    for rank in range(1, 5):
        known = {pi[rank]: order[rank - 1]}
        term = formula.function.subs(formula.limits[0][0], rank).subs(known)
        term = term.subs(
            {lovasz._labels[e]: target[e] for e in range(4)} | {lovasz._logits[e]: scores[e] for e in range(4)}
        )
        for n in (rank - 1, rank):
            term = term.subs(lovasz._jaccard(lovasz.S[n]), sp.sympify(loss(frozenset(order[:n]))))
        total += term.doit()
    assert total == lovasz.hinge(scores, target)


def test_the_gradient_of_the_formula_is_the_increment_of_the_pixel():
    gradient = lovasz.set_functions.gradient
    assert gradient.has(sp.KroneckerDelta(k, pi[gradient.limits[0][0]]))
    assert not gradient.has(m)


def test_a_difference_prints_in_reading_order_and_subtracts():
    x, y = sp.symbols("x y")
    assert sp.latex(lovasz.Difference(y, x)) == "y - x"
    assert sp.latex(lovasz.Difference(y, x + 1)) == r"y - \left(x + 1\right)"
    assert sp.latex(2 * lovasz.Difference(y, x)) == r"2 \left(y - x\right)"
    assert lovasz.Difference(y, x).doit() == y - x
    assert sp.diff(lovasz.Difference(y, x**2), x) == -2 * x


@pytest.mark.parametrize("increment", [1 / (G + b + 1), (G - a) / (G + b) ** 2])
def test_a_wrong_increment_is_not_proved(increment):
    claim = Claim("wrong", "", (Equal(lovasz._loss.subs(b, b + 1) - lovasz._loss, increment),))
    with pytest.raises(proof.NotProved, match="could not be shown"):
        proof.prove(replace(lovasz.binary, claims=(claim,)), "wrong")


def test_a_set_function_that_is_not_submodular_is_caught(monkeypatch):
    monkeypatch.setattr(lovasz, "jaccard", lambda target: lambda wrong: Fraction(len(wrong) ** 2))
    for key in ("submodular by pairs", "counts"):
        with pytest.raises(proof.NotProved, match="false for the case"):
            proof.prove(lovasz.binary, key)
