"""The prover: each verdict is reached by its own evidence, and false claims are not passed on."""

import numpy as np
import pytest
import sympy as sp

from lossbook import proof
from lossbook.cards import _card, card, cards
from lossbook.cards._card import AtLeast, Claim, Equal, Exhaust, Fails, Sample, Tends
from lossbook.cards.notation import p, y, z

UNIT = {p: sp.Interval.open(0, 1), y: sp.Interval(0, 1), z: sp.Reals}


def with_claim(*parts):
    template = card("binary_cross_entropy")
    return _card.Card(
        **{**{f: getattr(template, f) for f in template.__dataclass_fields__}, "claims": (Claim("it", "it", parts),)}
    )


TRUE = {
    "equal": (Equal(sp.log(p**2), 2 * sp.log(p)), "proved", "symbolically"),
    "at least": (AtLeast(p * (1 - p), sp.S.Zero, strict=True), "proved", "symbolically"),
    "at least, closed": (AtLeast(y * (1 - y)), "proved", "symbolically"),
    "limit": (Tends(sp.exp(-z), z, sp.oo, sp.S.Zero), "proved", "symbolically"),
    "exhaustive": (Exhaust(lambda: range(5), lambda n: n < 5, "numbers"), "exhaustive", "numbers: 5 cases"),
    "complete": (
        Exhaust(lambda: range(5), lambda n: n < 5, "numbers", complete=True),
        "proved",
        "exhaustively, numbers: 5 cases",
    ),
    "refuted": (Fails(sp.Ge(sp.Rational(1, 3), sp.Rational(1, 2)), "a third"), "refuted", "a third"),
    "sampled": (
        Sample(lambda: [1, 2], lambda v: 0.5e-9, 1e-9, "points"),
        "sampled",
        "2 points, worst error at most 1e-09",
    ),
}

FALSE = {
    "equal": Equal(sp.log(p**2), 3 * sp.log(p)),
    "at least": AtLeast(p - sp.Rational(1, 2)),
    "strict at an end": AtLeast(y * (1 - y), sp.S.Zero, strict=True),
    "limit": Tends(sp.exp(-z), z, sp.oo, sp.S.One),
    "exhaustive": Exhaust(lambda: range(5), lambda n: n < 4, "numbers"),
    "no case": Exhaust(list, lambda n: True, "numbers"),
    "a counterexample that is none": Fails(sp.Ge(sp.Rational(2, 3), sp.Rational(1, 2)), "two thirds"),
    "a counterexample with a symbol": Fails(sp.Ge(z, 0), "z"),
    "sampled": Sample(lambda: [1, 2], lambda v: v * 1e-9, 1e-9, "points"),
    "nothing sampled": Sample(list, lambda v: 0, 1e-9, "points"),
    "NaN sampled": Sample(lambda: [1], lambda v: float("nan"), 1e-9, "points"),
}


@pytest.mark.parametrize("name", TRUE)
def test_each_kind_of_evidence_has_its_verdict(name):
    part, status, how = TRUE[name]
    assert proof.prove(with_claim(part), "it") == proof.Verdict(status, how)


@pytest.mark.parametrize("name", FALSE)
def test_evidence_that_does_not_hold_is_not_passed_on(name):
    with pytest.raises(proof.NotProved, match="binary_cross_entropy, it"):
        proof.prove(with_claim(FALSE[name]), "it")


def test_one_sampled_part_makes_the_claim_sampled():
    claim = with_claim(TRUE["equal"][0], TRUE["sampled"][0], TRUE["exhaustive"][0])
    assert proof.prove(claim, "it").status == "sampled"


def test_the_count_of_an_exhaustive_part_is_told():
    verdict = proof.prove(with_claim(TRUE["equal"][0], TRUE["exhaustive"][0]), "it")
    assert str(verdict) == "exhaustive (numbers: 5 cases)"


@pytest.mark.parametrize("name", list(cards()))
def test_every_claim_on_every_card_has_a_verdict(name):
    entries = proof.ledger(card(name))
    assert len(entries) == len(card(name).claims) > 0
    assert {e.verdict.status for e in entries} <= set(proof.STATUSES)
    assert len({e.statement for e in entries}) == len(entries)


def test_every_claim_has_a_key_of_its_own():
    for c in cards().values():
        assert len({claim.key for claim in c.claims}) == len(c.claims)
    with pytest.raises(KeyError, match="has no claim 'colour'"):
        card("binary_cross_entropy").claim("colour")
    with pytest.raises(KeyError, match="no card for 'colour'"):
        card("colour")


def test_digits_survive_where_the_sum_takes_thousands():
    true = proof.digits(sp.log(1 + sp.exp(sp.Integer(-9000))))
    assert abs(true / sp.exp(-9000).evalf(50) - 1) < sp.Float("1e-45")


@pytest.mark.parametrize(
    ("computed", "true", "expected"), [(1.0, "1", 0), (1 + 2**-52, "1", 1), (np.float32(1), "1.0000001", 0.8388608)]
)
def test_ulps_are_counted_in_the_numbers_own_precision(computed, true, expected):
    assert proof.ulps(np.asarray(computed), sp.Rational(true)) == pytest.approx(expected)


def test_a_wrong_implementation_is_far_from_its_card():
    bce = card("binary_cross_entropy")
    assert (
        proof.worst_ulps(
            bce, lambda p, y: np.float64(-y * np.log(p) - (1 - y) * np.log1p(-p)), [(0.3, 1.0), (0.3, 0.0)]
        )
        <= 2
    )
    assert proof.worst_ulps(bce, lambda p, y: np.float64(-y * np.log(p) + (1 - y) * np.log1p(-p)), [(0.3, 0.0)]) > 1e15


def test_a_float_is_turned_into_the_number_that_it_is():
    assert proof.exact(0.1) == sp.Rational(3602879701896397, 36028797018963968)
