"""The cheat sheet: complete, and each cell is what a card or a docstring says."""

import pytest

import lossbook
from lossbook import proof
from lossbook.show import cheat_sheet

CARDED = [record for record in lossbook.catalogue() if record.card]


def cells(table):
    """Give the cells of each row, by the title of the loss."""
    rows = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in table.data.split("\n")[2:]]
    return {row[0].split("`")[1].rpartition(" <")[0] if "`" in row[0] else row[0]: row for row in rows}


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


def first(card, *kinds):
    """Find a card's first claim of some kinds, or its refutation."""
    return next((c for c in card.claims if type(getattr(c, "claim", c)) in kinds), None)


def test_the_gradient_is_that_of_a_claim_with_its_conditions(losses):
    for record in CARDED:
        claim = first(record.card, proof.Gradient)
        if record.card.title in losses and claim is not None:
            gradient = losses[record.card.title][1].partition("<br>&emsp;")[2].replace(r"\|", "|")
            assert gradient == claim.sentence(record.card)


@pytest.mark.parametrize(
    ("title", "ends"),
    [
        ("Squared error", r"$\ell(\hat{y}, y) \ge 0$"),
        ("Binary cross entropy", r"$\ell(p, y) \ge 0$"),
    ],
)
def test_the_range_is_what_the_claims_state(losses, title, ends):
    assert losses[title][2] == ends


@pytest.mark.parametrize(
    ("title", "convex", "proper"),
    [
        ("Binary cross entropy of logits", "strictly", "strictly"),
        ("Squared error", "strictly", "mean"),
        ("Absolute error", "yes", "median"),
        ("Focal loss", "no", "no"),
        ("Entropy", "concave", "–"),
        ("EMD loss", "yes", "no"),
        ("Dice loss", "no", "–"),
    ],
)
def test_the_answers_are_those_of_the_kinds(losses, title, convex, proper):
    assert losses[title][3:5] == [convex, proper]


def test_answers_agree_with_the_verdicts(losses):
    for column, kinds in ((3, (proof.Convex,)), (4, (proof.Proper, proof.Elicits))):
        for record in CARDED:
            claim = first(record.card, *kinds)
            if record.card.title in losses and claim is not None:
                refuted = proof.prove(record.card, claim).status == "refuted"
                assert (losses[record.card.title][column] == "no") == refuted, record.name


def test_when_is_the_sentence_of_the_docstring():
    records = {record.name: record for record in lossbook.catalogue()}
    assert cheat_sheet.when(records["recall"]) == "where a missed positive is what costs"
    assert cheat_sheet.when(records["squared_emd_loss"]) == "like {func}`emd_loss <lossbook.emd_loss>`"


def test_every_loss_says_when_to_use_it():
    assert all(cheat_sheet.when(record) for record in lossbook.catalogue())
