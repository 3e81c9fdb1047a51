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
    "equal, but not for negative numbers": Equal(sp.log(z**2), 2 * sp.log(z)),
    "equal at the end only": Equal(y, y**2),
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


def test_an_error_as_large_as_the_tolerance_is_within_it():
    part = Sample(lambda: [1, 3, 2], lambda v: sp.Rational(v, 8), 0.375, "points")
    assert proof.prove(with_claim(part), "it").how == "3 points, worst error at most 0.375"


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


def test_a_part_of_an_unknown_kind_has_no_verdict():
    with pytest.raises(TypeError, match="no route is known for str"):
        proof.prove(with_claim("it is so"), "it")


def test_the_parts_of_one_status_are_all_told_and_symbolically_only_where_nothing_else_is():
    counted = Exhaust(lambda: range(3), lambda n: True, "cases of another kind", complete=True)
    verdict = proof.prove(with_claim(TRUE["equal"][0], TRUE["complete"][0], counted, TRUE["limit"][0]), "it")
    assert str(verdict) == ("proved (exhaustively, numbers: 5 cases; exhaustively, cases of another kind: 3 cases)")
    assert verdict._repr_markdown_() == f"**proved**, {verdict.how}"
    assert str(proof.prove(with_claim(TRUE["equal"][0], TRUE["limit"][0]), "it")) == "proved (symbolically)"


def test_a_counterexample_overrules_all_other_parts():
    parts = [TRUE[name][0] for name in ("sampled", "refuted", "exhaustive", "equal")]
    assert proof.prove(with_claim(*parts), "it") == proof.Verdict("refuted", "a third")
    assert proof.prove(with_claim(*parts[2:]), "it").status == "exhaustive"


def test_the_ledger_has_the_claims_of_the_cards_that_were_chosen_or_of_all(monkeypatch):
    one, other = with_claim(TRUE["equal"][0]), with_claim(TRUE["refuted"][0])
    monkeypatch.setattr(proof, "cards", lambda: {"one": one, "other": other})
    expected = [proof.Entry("binary_cross_entropy", "It", proof.Verdict(*TRUE[n][1:])) for n in ("equal", "refuted")]
    assert proof.ledger() == expected
    assert proof.ledger(other) == expected[1:]


def test_what_could_not_be_shown_is_told():
    for part, message in (
        (Equal(z, 2 * z), r"z = 2\*z could not be shown"),
        (AtLeast(z, sp.S.One, strict=True), "z > 1 could not be shown"),
        (AtLeast(z, sp.S.One), "z ≥ 1 could not be shown"),
        (FALSE["limit"], r"the limit of exp\(-z\) is 0, not 1"),
        (FALSE["exhaustive"], "false for the case 4"),
        (FALSE["no case"], "there was no case"),
        (FALSE["a counterexample that is none"], "the counterexample True is not false"),
        (FALSE["sampled"], "worst error 2e-09 of 2 points exceeds 1e-09"),
        (FALSE["nothing sampled"], "worst error nan of 0 points exceeds 1e-09"),
    ):
        with pytest.raises(proof.NotProved, match=f"^binary_cross_entropy, it: {message}$"):
            proof.prove(with_claim(part), "it")


@pytest.mark.parametrize(
    ("point", "value"), [(0, sp.oo), (1, -sp.oo)], ids=["the lower end from above", "the upper end from below"]
)
def test_a_limit_at_an_end_of_the_domain_is_taken_from_within(point, value):
    part = Tends(1 / p + 1 / (p - 1), p, sp.Integer(point), value)
    assert proof.judge(part, UNIT) == proof.Verdict("proved", "symbolically")


def test_a_limit_at_infinity_needs_no_domain():
    assert proof.judge(Tends(1 / z, z, sp.oo, sp.S.Zero), {}).status == "proved"
    assert proof.judge(Tends(1 / z, z, -sp.oo, sp.S.Zero), {z: sp.Reals}).status == "proved"


@pytest.mark.parametrize(
    ("expr", "strict", "holds"),
    [
        (y, False, True),
        (y, True, False),
        (1 - y, False, True),
        (1 - y, True, False),
        (1 + y, True, True),
        (p, True, True),
        (1 - p, True, True),
        (p * (1 - y), False, True),
        (p * (1 - y), True, False),
        (-y, False, False),
        (sp.Piecewise((-1, sp.Eq(y, 1)), (1, True)), False, False),
        (z**2, False, True),
        (z, False, False),
    ],
)
def test_an_inequality_is_judged_within_its_domain_and_at_the_ends_that_belong_to_it(expr, strict, holds):
    assert proof.is_positive(expr, UNIT, strict) == holds


T = sp.Symbol("t", real=True)


@pytest.mark.parametrize("expr", [T, T + 1 / T, T / (1 + T)])
def test_what_is_positive_on_the_half_line_is_shown(expr):
    assert proof.is_positive(expr, {T: sp.Interval.open(0, sp.oo)}, True)


@pytest.mark.parametrize(
    ("low", "high", "expr"),
    [
        (0, sp.oo, 1 - T),
        (0, 1, T**2 - T),
        (0, 2, 1 - T),
        (-1, 1, T),
        (-3, sp.oo, T),
        (-sp.oo, 1, T),
        (1, 2, 1 - T),
        (-sp.oo, sp.oo, T + 1 / T),
    ],
)
def test_what_is_not_positive_on_the_whole_interval_is_not_shown(low, high, expr):
    assert not proof.is_positive(expr, {T: sp.Interval.open(low, high)}, True)


def test_infinity_is_infinity_in_exact_numbers():
    assert proof.exact(np.inf) == sp.oo
    assert proof.exact(-np.inf) == -sp.oo
    assert proof.exact(np.float32(0.1)) != proof.exact(0.1)


@pytest.mark.parametrize("count", [20, 50])
def test_digits_has_as_many_digits_as_asked_for_and_all_of_them_right(count):
    found = proof.digits(sp.sqrt(2), count)
    assert abs(found**2 - 2) < sp.Float(10, 60) ** (1 - count)
    assert found._prec == sp.Float(1, count)._prec


@pytest.mark.parametrize("size", [638, 650, 2000, 5000])
def test_digits_survive_a_difference_in_which_two_or_four_thousand_bits_cancel(size):
    # 1 + t − √(1 + 2t) = t²/2 − …: two thousand bits leave 48 digits of it at t = e^-638, 37 at e^-650, none at e^-2000.
    tiny = sp.exp(sp.Integer(-size))
    found = proof.digits(1 + tiny - sp.sqrt(1 + 2 * tiny))
    assert abs(found / (tiny**2 / 2).evalf(60) - 1) < sp.Float("1e-49")


def test_a_point_without_a_number_for_each_symbol_is_refused():
    for point in ((0.5,), (0.5, 1.0, 1.0)):
        with pytest.raises(ValueError, match="zip"):
            proof.worst_ulps(card("binary_cross_entropy"), lambda *point: np.float64(1), [point])


def test_the_worst_point_counts_wherever_it_stands():
    bce = card("binary_cross_entropy")

    def at(p, y):
        value = np.float64(-np.log(p) if y else -np.log1p(-p))
        return value * (1 + 2**-44) if p == 0.3 else value

    for points in ([0.3, 0.5, 0.6], [0.5, 0.3, 0.6], [0.5, 0.6, 0.3]):
        assert 100 < proof.worst_ulps(bce, at, [(p, 1.0) for p in points]) < 1000
    assert proof.worst_ulps(bce, at, [(0.5, 1.0), (0.6, 0.0)]) < 1


@pytest.mark.parametrize(("order", "expected"), [(0, np.log(2)), (1, -2.0), (2, 4.0)])
def test_the_derivative_that_is_asked_for_is_compared(order, expected):
    bce = card("binary_cross_entropy")
    assert proof.worst_ulps(bce, lambda p, y: np.float64(expected), [(0.5, 1.0)], order) < 1
    for other in {0, 1, 2} - {order}:
        assert proof.worst_ulps(bce, lambda p, y: np.float64(expected), [(0.5, 1.0)], other) > 1e9


def test_a_grid_has_all_combinations_in_order():
    assert proof.grid(a=[1, 2], b=[3, 4]) == [(1, 3), (1, 4), (2, 3), (2, 4)]
