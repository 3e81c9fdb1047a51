"""The guide: every loss has its place, and every recommendation its verdict and its chapter."""

import json
import re

import nbformat
import notebooks as tool
import pytest
import yaml

import lossbook
from lossbook import proof

PAGE = nbformat.read(tool.BOOK / "which_loss.ipynb", as_version=4)
TOC = yaml.safe_load((tool.ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = {page["file"] for part in TOC["parts"] for page in part["chapters"]}
VERDICT = re.compile(rf"\*\*(?:{'|'.join(proof.STATUSES)})\*\*, \S")
LINK = re.compile(r"\]\((\S+)\.ipynb\)")


#: What the text quotes from other chapters, and the lines there that say so.
QUOTED = [
    ("log loss 0.22 against 0.16", "likelihood/cross_entropy", r"\| cross entropy \| 95 \| 94 \| 0\.16 "),
    ("log loss 0.22 against 0.16", "likelihood/cross_entropy", r"\| ten binary cross entropies \| 95 \| 90 \| 0\.22 "),
    ("from 0.47 to far below 0", "likelihood/mean_squared_error", r"\| clean: squared error \| .* \| 0\.47 "),
    ("from 0.47 to far below 0", "likelihood/mean_squared_error", r"\| one spoilt: squared error \| .* \| −\d\d\."),
    ("1.6 times as bad", "numbers/point_predictions", r"1\.6 times; total"),
    ("off by more than the range of the data", "numbers/robust_regression", r"\| squared error \| 0\.46 \S+ \S+ \| 13\.68 .* \| 25\.81 "),
    ("letting go was ahead", "numbers/robust_regression", r"slips up: Tukey ahead of Huber by 0\.06 ± 0\.02"),
    ("added up to 6 % too little, and Tukey's to 15 %", "numbers/robust_regression", r"\| Huber \| .* \| −5\.9 \S+ \S+ \|\n.*\n\| Tukey \| .* \| −15\.4 "),
    ("fewer than one in four", "likelihood/binary_cross_entropy", r"\| cross entropy \| 0\.24 .* \| 15 ± 2 \| 82 ± 2 "),
    ("about four in five, both", "likelihood/binary_cross_entropy", r"\| `pos_weight` 9 \| .* \| 79 ± 3 "),
    ("it was less than a fifth", "unequal/focal_loss", r"(?m)^1\d% of the loss$"),
    ("after 30 steps of L-BFGS little of the lead was left", "unequal/focal_loss", r"after up to 30 steps "),
    ("with those of a flower it did not", "unequal/focal_loss", r"\| cross entropy \| 0\.72 ± 0\.02 \| 0\.84 .*\n\| focal, γ = 2 \| 0\.77 ± 0\.02 \| 0\.82 "),
    ("gained more than two points over cross entropy", "unequal/long_tails", r"adjusted in training ahead of cross entropy by 5\.\d ± 0\.\d\n.*afterwards ahead of cross entropy by 5"),
    ("weights gained, too. In both places it was worse", "unequal/long_tails", r"adjusted in training ahead of adjusted in both by 1\.9"),
    ("by 0.13 in the best", "regions/tversky", r"\| 0 or 1 \| .* \| 0\.13 "),
    ("about one hundredth above", "regions/iou", r"\| IoU, each image \| \S+ ± \S+ \| 0\.636 "),
    ("about one hundredth above", "regions/iou", r"\| cross entropy \| \S+ ± \S+ \| 0\.623 "),
    ("ahead by a hundredth", "regions/lovasz_extension", r"\| cross entropy \| 0\.613 "),
    ("ahead by a hundredth", "regions/lovasz_extension", r"\| Lovász hinge \| 0\.625 "),
    ("nearly five hundredths", "regions/lovasz_extension", r"\| 2 \| 0\.450 ± \S+ \| 0\.498 "),
    ("were further ahead", "distributions/js_divergence", r"\| cross entropy \| \S+ ± \S+ \| 0\.83 "),
    ("were further ahead", "distributions/js_divergence", r"\| squared error \| \S+ ± \S+ \| 0\.93 "),
    ("its log loss was worse", "distributions/entropy_and_kl", r"\| D\(t‖s\), power 1 \| \S+ ± \S+ \| 0\.52 "),
    ("had the lower squared EMD", "distributions/emd_cdf", r"\| cross entropy \| .* \| 0\.79 ± \S+ \|\n\| squared EMD \| .* \| 0\.84 "),
    ("the squared EMD was ahead", "distributions/emd_cdf", r"\| cross entropy \| .* \| 0\.97 ± \S+ \|\n\| squared EMD \| .* \| 0\.89 "),
]


def shown(notebook):
    """Everything that the cells of a notebook print."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(o.get("text", "") + o.get("data", {}).get("text/markdown", "") for o in outputs)


@pytest.mark.parametrize(("quoted", "chapter", "line"), QUOTED)
def test_what_is_quoted_from_a_chapter_still_stands_there(quoted, chapter, line):
    assert any(quoted in " ".join(cell.source.split()) for cell in PAGE.cells)
    assert re.search(line, shown(nbformat.read(tool.BOOK / f"{chapter}.ipynb", as_version=4)))


def tables():
    """Yield the header and the rows of each table that the page stores."""
    for cell in PAGE.cells:
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/markdown", "")
            if text.startswith("| "):
                text = text.replace("<wbr>", "")
                header, _, *rows = (re.split(r" (?<!\\)\| ", line[2:-2]) for line in text.splitlines())
                yield header, rows


def rows(last):
    return [row for header, found in tables() if header[-1] == last for row in found]


#: A loss without a chapter has no place in the guide.
RECORDS = [record for record in lossbook.catalogue() if record.page]


def trainable():
    for record in RECORDS:
        try:
            lossbook.value_and_grad(record.function)
        except TypeError:
            continue
        yield record.name


@pytest.mark.parametrize("name", list(trainable()))
def test_every_loss_that_can_be_trained_on_is_recommended_or_listed_with_why_not(name):
    recommended = [row for row in rows("what speaks against it") if row[1].startswith(f"<code>{name}</code><br>")]
    listed = [row for row in rows("its place, and why not first") if row[0] == f"<code>{name}</code>"]
    assert bool(recommended) != bool(listed)


def test_every_score_is_listed_with_why_it_has_no_gradient():
    scores = {record.name for record in RECORDS} - set(trainable())
    assert {re.sub("<.*?>", "", row[0]) for row in rows("why it has no gradient")} == scores


def test_every_recommendation_has_a_verdict_and_a_chapter():
    first, others = rows("start with, because"), rows("its place, and why not first")
    assert len(first) >= 12
    for row in [*first, *others]:
        assert VERDICT.search(row[-1]), row
        assert f"book/{LINK.search(' '.join(row))[1]}" in PAGES, row


def test_what_speaks_against_a_recommendation_has_a_verdict_too():
    assert all(VERDICT.search(row[-1]) for row in rows("what speaks against it"))


def test_every_problem_leads_to_the_section_that_says_what_speaks_against_it():
    section, against = None, set()
    for cell in PAGE.cells:
        if cell.cell_type == "markdown":
            section = (re.findall(r"(?m)^\((which-[a-z-]+)\)=$", cell.source) or [section])[-1]
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/markdown", "")
            if text.startswith("| your problem | what speaks against it |"):
                against |= {(line[2:].split(" | ")[0], section) for line in text.splitlines()[2:]}
    assert {re.fullmatch(r"\[(.*)\]\(#(.*)\)", row[0]).groups() for row in rows("start with, because")} == against


def test_the_first_screen_is_the_answer():
    code = next(n for n, cell in enumerate(PAGE.cells) if cell.cell_type == "code")
    assert "| your problem | start with, because |" in json.dumps(PAGE.cells[code].outputs)
    assert not any(re.search(r"(?m)^## ", cell.source) for cell in PAGE.cells[:code])
