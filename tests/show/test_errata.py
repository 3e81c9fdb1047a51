"""How an erratum is recorded and refuted, and when it is none."""

import json

import pytest
import sympy as sp

from lossbook import proof
from lossbook.show.errata import Errata, announced


def test_an_erratum_is_shown_with_what_both_sides_give_at_the_witness_and_refuted():
    p, y = sp.symbols("p y")
    errata = Errata()
    shown = errata.record("minus", "sign", y * sp.log(p), lambda p: -sp.log(p), y=1, p=sp.Rational(1, 2)).data
    assert r"As printed: $- \log 2 \approx -0.6931$. Right: $\log 2 \approx 0.6931$." in shown
    assert shown.endswith(r"**refuted**, $y = 1$, $p = \tfrac{1}{2}$.")
    assert errata.recorded[0].verdict.status == "refuted"


@pytest.mark.parametrize(
    ("printed", "right"),
    [
        (sp.log(4), 2 * sp.log(2)),
        (1, lambda: 0.5 + 0.5),
        ("None", lambda: None),
        (sp.sqrt(8), lambda n: 2 * sp.sqrt(2) * n),
        (True, lambda n: n > 0),
    ],
)
def test_what_is_right_as_printed_is_no_erratum(printed, right):
    with pytest.raises(proof.NotProved):
        Errata().record("equal", "sign", printed, right, n=1)


def test_code_may_raise_as_printed_but_nothing_else_may():
    def broken(n):
        return (1,)[n]

    errata = Errata()
    assert "As printed: `IndexError`" in errata.record("index", "code", broken, 2, n=1).data
    with pytest.raises(IndexError):
        errata.record("other", "order", broken, 2, n=1)
    with pytest.raises(IndexError):
        errata.record("right", "code", 2, broken, n=1)
    assert "As printed: `None`" in errata.record("nothing", "code", lambda: None, 2, n=1).data
    assert "As printed: `mean`" in errata.record("text", "code", "mean", 2, n=1).data


def test_an_erratum_needs_a_witness_that_settles_everything():
    with pytest.raises(ValueError, match="witness"):
        Errata().record("none", "sign", 1, 2)
    with pytest.raises(ValueError, match="leaves"):
        Errata().record("open", "sign", sp.Symbol("x") + 1, 2, y=1)


def test_an_erratum_is_recorded_once():
    errata = Errata()
    errata.record("twice", "sign", 1, 2, n=1)
    with pytest.raises(ValueError, match="twice"):
        errata.record("twice", "sign", 1, 2, n=1)


def test_integers_of_a_witness_are_divided_exactly():
    shown = Errata().record("third", "factor", lambda n: 1 / n, 3, n=3).data
    assert r"As printed: $\tfrac{1}{3}$" in shown


def test_large_numbers_are_shown_with_two_decimals_and_others_with_four_digits():
    shown = Errata().record("large", "factor", lambda n: 1000 * sp.sqrt(n), lambda n: 999.9 * sp.sqrt(n), n=2).data
    assert r"\approx 1414.21$" in shown
    shown = Errata().record("edge", "factor", lambda n: sp.sqrt(n), lambda n: sp.sqrt(n) / 10, n=1000003).data
    assert r"\approx 1000.00$" in shown
    assert r"\approx 100$" in shown
    shown = Errata().record("tie", "factor", lambda n: sp.sqrt(n), 1, n=10**6 + sp.Rational(1, 10**18)).data
    assert r"\approx 1000.00$" in shown


def test_a_float_is_the_number_that_it_is():
    shown = Errata().record("float", "code", lambda n: 0.1 + 0.2, sp.Rational(3, 10), n=1).data
    assert r"Right: $\tfrac{3}{10}$" in shown
    assert Errata().record("half", "code", lambda n: n / 2.0, 1, n=1).data.startswith(r"> As printed: $\tfrac{1}{2}$.")


def test_a_name_of_two_letters_is_set_upright_and_one_of_one_is_not():
    errata = Errata()
    assert r"$\mathrm{ab} = 1$, $n = 2$" in errata.record("names", "sign", 1, 2, ab=1, n=2).data


def test_the_ledger_of_the_errata_links_every_one():
    errata = Errata()
    errata.record("a", "sign", 1, -1, n=1)
    errata.record("b", "code", lambda: None, True, size=(1, 2))
    assert errata.kinds() == {"sign": 1, "code": 1}
    header, _, *lines = errata.ledger().data.splitlines()
    assert header == "| erratum | kind | verdict |"
    assert lines[0] == "| {ref}`erratum-a` | sign | **refuted**, $n = 1$ |"
    assert lines[1] == r"| {ref}`erratum-b` | code | **refuted**, $\mathrm{size} = (1, 2)$ |"


def test_a_page_announces_the_kinds_that_it_is_going_to_record(tmp_path):
    code = [
        'errata.record("a-b", "sign", 1, 2, n=1)',
        'x\nerrata.record(\n    "c", "two words", f, g\n)',
        "errata.kinds()",
    ]
    text = {"cell_type": "markdown", "source": ['errata.record("d", "sign")']}
    cells = [text, *({"cell_type": "code", "source": source.splitlines(keepends=True)} for source in code)]
    page = tmp_path / "page.ipynb"
    page.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert announced(page) == {"sign": 1, "two words": 1}
