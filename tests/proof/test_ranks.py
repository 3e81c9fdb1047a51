"""Sums over ranks: what each rule shows, and formulas and domains for which it must not."""

import pytest
import sympy as sp

from lossbook.cards.lovasz import _marked, _missed
from lossbook.cards.notation import Delta, G, N, S, i, k, m, pi
from lossbook.proof import (
    Card,
    Convex,
    Counted,
    Difference,
    Each,
    Gradient,
    Holds,
    Homogeneous,
    Levels,
    NotProved,
    Order,
    Range,
    SetFunction,
    Submodular,
    WeightedMean,
    prove,
)

x = sp.Function("f")(m)
SUBMODULAR = SetFunction(submodular=True)


def card(error=m[pi[i]], after=None, before=None, last=N, sorts=m[pi[i]], region=sp.Reals, factor=1):
    """A sum over ranks; by default the extension of the Jaccard loss, in counts."""
    after = (_missed[i] + _marked[i]) / (G + _marked[i]) if after is None else after
    before = after.xreplace({i: i - 1}) if before is None else before
    domain = {
        m: Each(region),
        pi: Order(sorts),
        Delta: SetFunction(),
        S: Counted(_missed[i], _marked[i], G),
        G: sp.Range(0, sp.oo),
        N: sp.Range(1, sp.oo),
    }
    return Card("f", "f", x, factor * sp.Sum(error * Difference(after, before), (i, 1, last)), m[pi[k]], domain)


def at_least_zero():
    return Holds(sp.Ge(x, 0), on={m: Each(sp.Interval(0, sp.oo))})


@pytest.mark.parametrize("claim", [Convex(), WeightedMean(), Submodular(), Homogeneous(1, m), at_least_zero()])
def test_the_extension_of_the_jaccard_loss_has_all_that_its_increments_give(claim):
    if isinstance(claim, Homogeneous):
        claim, tried = Homogeneous(1, m), card(after=Delta(S[i]))
    else:
        tried = card()
    assert prove(tried, claim).status == "proved"


WRONG = [
    # Increments that grow, that may be negative, that sum to ½ or to G, and a value at the empty set.
    (Convex(), {"after": (_missed[i] + _marked[i]) ** 2}),
    (Submodular(), {"after": _missed[i] * _marked[i]}),
    (at_least_zero(), {"after": _missed[i] - _marked[i]}),
    (WeightedMean(), {"after": (_missed[i] + _marked[i]) / (2 * G + 2 * _marked[i])}),
    (WeightedMean(), {"after": _missed[i] + _marked[i]}),
    (WeightedMean(), {"after": (_missed[i] + _marked[i] + 1) / (G + _marked[i] + 1)}),
    # Errors that may be negative, that are concave, or that π does not sort.
    (Holds(sp.Ge(x, 0)), {}),
    (Convex(), {"error": sp.log(1 + sp.exp(-m[pi[i]]))}),
    (Convex(), {"error": -m[pi[i]]}),
    (Convex(), {"error": sp.Max(0, m[pi[i]] - 1), "sorts": sp.Max(0, m[pi[i]])}),
    (Convex(), {"factor": -1}),
    (WeightedMean(), {"error": 2 * m[pi[i]]}),
    (WeightedMean(), {"factor": sp.Rational(1, 2)}),
    # Not an increment, and a rank left out.
    (Convex(), {"before": _missed[i - 1]}),
    (WeightedMean(), {"last": N - 1}),
    (Gradient(Delta(S[k])), {"after": Delta(S[i]), "before": Delta(S[i - 2])}),
    # Of any set function nothing is known.
    (Convex(), {"after": Delta(S[i])}),
    (WeightedMean(), {"after": Delta(S[i])}),
    (Range(0, sp.oo), {"after": Delta(S[i]), "region": sp.Interval(0, sp.oo)}),
    (Levels(((1, k), (0, N)), 1), {}),
]


@pytest.mark.parametrize(("claim", "change"), WRONG)
def test_what_does_not_follow_is_not_proved(claim, change):
    with pytest.raises(NotProved):
        prove(card(**change), claim)


def test_a_submodular_set_function_lets_only_linear_errors_be_convex():
    assert prove(card(after=Delta(S[i])), Convex(on={Delta: SUBMODULAR})).status == "proved"
    kinked = sp.Max(0, m[pi[i]])
    with pytest.raises(NotProved):
        prove(card(error=kinked, sorts=kinked, after=Delta(S[i])), Convex(on={Delta: SUBMODULAR}))


def test_a_symbol_that_the_counts_do_not_name_is_no_free_number_of_pixels():
    with pytest.raises(NotProved):
        prove(card(after=(_missed[i] + _marked[i]) / (5 + _marked[i])), WeightedMean())
