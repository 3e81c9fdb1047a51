"""The cheat sheet: complete, and each cell is what a card or a docstring says."""

import pytest

import lossbook
from lossbook import proof
from lossbook.show import cheat_sheet

CARDED = [record for record in lossbook.catalogue() if record.card]


def cells(table):
    """Give the cells of each row, by the title of the loss."""
    rows = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in table.data.split("\n")[2:]]
    return {row[0].split("`")[1].rpartition(" <")[0]: row for row in rows}


@pytest.fixture(scope="module")
def losses():
    return cells(cheat_sheet.losses())


@pytest.fixture(scope="module")
def scores():
    return cells(cheat_sheet.scores())


def test_every_loss_and_score_has_one_line(losses, scores):
    titles = [record.card.title for record in CARDED if record.role != "counts"]
    assert sorted([*losses, *scores]) == sorted(titles)


def test_a_line_links_the_chapter_and_prints_the_formula_of_the_card(losses):
    title, formula, *_ = losses["Squared error"]
    assert title == "{doc}`Squared error </book/likelihood/mean_squared_error>`"
    assert formula.startswith(r"$\left(\hat{y} - y\right)^{2}$<br>")


def test_the_gradient_is_that_of_a_claim(losses):
    for record in CARDED:
        if record.card.title in losses and "gradient" in [claim.key for claim in record.card.claims]:
            gradient = losses[record.card.title][1].partition("<br>&emsp;")[2].replace(r"\|", "|")
            assert record.card.claim("gradient").sentence.startswith(gradient)


@pytest.mark.parametrize(
    ("title", "ends"),
    [
        ("Jensen–Shannon divergence", r"$\mathrm{JS}(p, q) \ge 0$, $\mathrm{JS}(p, q) \le \log 2$"),
        ("Dice loss", r"$0 \le \ell \le 1$"),
        ("Lovász extension", "–"),
    ],
)
def test_the_range_is_what_the_claims_state(losses, title, ends):
    assert losses[title][2] == ends


@pytest.mark.parametrize(
    ("title", "convex", "proper"),
    [
        ("Binary cross entropy of logits", "yes", "yes"),
        ("Balanced binary cross entropy", "yes", "no"),
        ("Focal loss", "no", "no"),
        ("Entropy", "concave", "–"),
        ("Squared EMD loss", "yes", "yes"),
        ("EMD loss", "yes", "no"),
        ("Dice loss", "no", "no"),
    ],
)
def test_a_refuted_claim_answers_no(losses, title, convex, proper):
    assert losses[title][3:5] == [convex, proper]


def test_answers_agree_with_the_verdicts(losses):
    for column, key in ((3, "convex"), (4, "proper")):
        for record in CARDED:
            if record.card.title in losses and key in [claim.key for claim in record.card.claims]:
                refuted = proof.prove(record.card, key).status == "refuted"
                assert losses[record.card.title][column] == ("no" if refuted else "yes"), record.name


def test_when_is_the_sentence_of_the_docstring():
    records = {record.name: record for record in lossbook.catalogue()}
    assert cheat_sheet.when(records["recall"]) == "where a missed positive is what costs"
    assert cheat_sheet.when(records["squared_emd_loss"]) == "like {func}`emd_loss <lossbook.emd_loss>`"


def test_every_loss_says_when_to_use_it():
    assert all(cheat_sheet.when(record) for record in lossbook.catalogue())
