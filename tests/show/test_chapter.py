"""What chapters call: source, tables, ledger, and the training of small models."""

import re

import numpy as np

import lossbook
from lossbook import proof
from lossbook.cards import card
from lossbook.losses import binary
from lossbook.show import chapter
from lossbook.show.training import fit_linear


def test_the_source_is_that_of_the_definition():
    shown = chapter.source(lossbook.binary_cross_entropy).data
    assert shown.startswith("```python\n@loss(\n    **_FAMILY,")
    assert "return Elementwise(_bce, probs, target" in shown
    assert "yield" in chapter.source(binary._bce).data


def test_a_table_has_a_line_for_each_row():
    assert chapter.table([(1, "a"), (2, "b")], ["n", "x"]).data == "| n | x |\n| --- | --- |\n| 1 | a |\n| 2 | b |"


def test_a_claim_is_shown_with_its_verdict_and_its_steps_fold_out():
    bce = card("binary_cross_entropy")
    shown = chapter.claim(bce, "range")
    assert shown.data.startswith(f"> {bce.claim('range').sentence(bce)}: **proved**, in symbols.")
    assert "<details" in shown.data
    assert "log(p)" in shown.data.partition("<summary>")[2]
    assert chapter.claim(bce, "proper").data.startswith("> Strictly proper")
    refuted = chapter.claim(bce, "soft labels reach zero").data
    assert "**refuted**" in refuted
    assert "<details" not in refuted


def test_a_claim_carries_card_key_and_status_as_data():
    shown = chapter.claim(card("binary_cross_entropy"), "range")
    assert shown.metadata == {"lossbook": {"card": "binary_cross_entropy", "claim": "range", "status": "proved"}}


def test_no_tex_stands_in_the_words_of_a_proof():
    steps = chapter.claim(card("tukey_biweight_loss"), "range").data.partition("<summary>")[2]
    assert " at ŷ = " in steps
    assert "\\hat" not in re.sub("`[^`]*`", "", steps)


def test_the_ledger_of_a_chapter_has_all_claims_of_its_cards():
    bce = card("binary_cross_entropy")
    lines = chapter.ledger(bce).data.splitlines()
    assert len(lines) == 2 + len(bce.claims)


def test_of_several_losses_each_stands_in_the_ledger_under_its_title():
    cards = card("mse_loss"), card("binary_cross_entropy")
    first, second = (chapter.ledger(one).data for one in cards)
    assert chapter.ledger(*cards).data == f"**{cards[0].title}**\n\n{first}\n\n**{cards[1].title}**\n\n{second}"


def test_the_tally_counts_every_claim_once(monkeypatch):
    names = ("mse_loss", "binary_cross_entropy")
    chosen = {name: card(name) for name in names}
    monkeypatch.setattr(chapter, "catalogue", lambda: [r for r in lossbook.catalogue() if r.name in names])
    shown = chapter.tally()
    lines = shown.data.splitlines()
    count = sum(len(c.claims) for c in chosen.values())
    refuted = sum(isinstance(claim, proof.Not) for c in chosen.values() for claim in c.claims)
    assert lines[-1] == f"| **all** | **{count - refuted}** | **0** | **{refuted}** | **{count}** |"
    assert len(lines) == 3 + len(chosen)
    assert shown.metadata == {"lossbook": {"counts": {"proved": count - refuted, "exhaustive": 0, "refuted": refuted, "claims": count}}}


def test_the_claims_of_a_group_stand_under_their_losses():
    shown = chapter.by_loss("numbers").data
    titles = [r.card.title for r in lossbook.catalogue() if r.group == "numbers" and r.card]
    assert re.findall(r"(?m)^\*\*(.+)\*\*$", shown) == titles
    mse = card("mse_loss")
    assert shown.partition(f"**{mse.title}**")[2].partition("\n\n**")[0].count("\n") == 3 + len(mse.claims)


def test_a_bar_does_not_end_a_cell():
    assert chapter.table([("$|x|$",)], ["size"]).data.splitlines()[-1] == r"| $\|x\|$ |"


def test_fit_linear_finds_the_minimum_of_a_convex_objective():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 3))
    target = features @ [[1.0, 0], [0, -2], [0.5, 0]] + [3, -1]

    def squared(scores):
        return 0.5 * np.mean((scores - target) ** 2), (scores - target) / target.size

    model = fit_linear(squared, features, 2, decay=0)
    np.testing.assert_allclose(model(features), target, atol=1e-3)


def test_fit_linear_shrinks_the_coefficients_but_not_the_constant():
    features = np.array([[-1.0], [1.0]])

    def squared(scores):
        return 0.5 * np.sum((scores - [[9], [11]]) ** 2), scores - [[9], [11]]

    model = fit_linear(squared, features, decay=2.0)
    np.testing.assert_allclose(model(np.array([[0.0], [1.0]])), [[10], [10.5]], atol=1e-4)
