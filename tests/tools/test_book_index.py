"""Where the index sends its reader: to the section that defines a term, or to the first of a page that often says it."""

import re
from pathlib import Path

import pytest
from book_index import OFTEN, passages, places
from docutils import nodes

GLOSSARY = Path(__file__).resolve().parents[2] / "book" / "glossary.md"


def page(*sections):
    """Build a page of sections, given as (anchor, paragraph); what stands between stars is bold."""
    document = nodes.document("", "")
    for anchor, text in sections:
        paragraph = nodes.paragraph()
        for number, piece in enumerate(text.split("*")):
            paragraph += nodes.strong("", piece) if number % 2 else nodes.Text(piece)
        # As sphinx-proof has it: a section without a heading, whose anchor is on no page.
        box = nodes.section("", paragraph, ids=["proof-content"])
        document += nodes.section("", nodes.title("", f"The section {anchor}"), box, ids=[anchor])
    return list(passages(document))


def treated(term, prose, *others):
    """Return the anchor of the section of one page that treats a term, or None if the page does not."""
    # The other page says the term most, lest the first be listed for want of a better.
    found = places([term, *others], {"page": prose, "most": page(("most", f"{term} " * 99))})[term]
    return dict(found).get("page")


def test_the_section_that_defines_a_term_is_its_place():
    prose = page(("a", "the logit, logits, a logit"), ("b", "A *logit* is a score."), ("c", "the *logit*"))
    assert treated("logit", prose) == "b"


def test_a_term_in_bold_need_not_be_said_often():
    assert treated("logit", page(("a", "nothing"), ("b", "A *logit* is a score."))) == "b"


def test_a_definition_that_is_named_after_a_term_is_its_place():
    document = nodes.document("", "")
    title, text = nodes.title("", " (Confusion counts)"), nodes.paragraph("", "four")
    box = nodes.admonition("", title, text, classes=["proof", "definition"])
    document += nodes.section("", nodes.title("", "Four"), nodes.paragraph("", "confusion counts"), ids=["four"])
    document += nodes.section("", nodes.title("", "Counts"), box, ids=["counts"])
    assert treated("confusion counts", list(passages(document))) == "counts"


def test_a_term_that_is_said_often_is_treated_where_it_is_said_first():
    assert treated("logit", page(("a", "none"), ("b", "logit " * (OFTEN - 1)), ("c", "Logits"))) == "b"


def test_a_term_that_is_said_in_passing_is_not_treated():
    assert treated("logit", page(("a", "logit " * (OFTEN - 1)))) is None


def test_headings_and_captions_say_a_term_too():
    document = nodes.document("", "")
    figure = nodes.figure("", nodes.caption("", "Each logit"))
    document += nodes.section("", nodes.title("", "Logits"), nodes.paragraph("", "a logit"), figure, ids=["a"])
    assert treated("logit", list(passages(document))) == "a"


def test_a_term_that_no_page_treats_leads_to_the_first_that_says_it_most():
    prose = {name: page((name, "logit " * count)) for name, count in (("a", 1), ("b", 2), ("c", 2), ("d", 0))}
    assert places(["logit", "nat"], prose) == {"logit": [("b", "b")], "nat": []}


@pytest.mark.parametrize("text", ["logits", "the logit.", "Logit-wise", "LOGIT"])
def test_a_term_is_found_in_every_form(text):
    assert treated("logit", page(("a", f"*{text}*"))) == "a"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("entropy", "entropies"),
        ("cross entropy", "cross\nentropy"),
        ("cross entropy", "cross-entropies"),
        ("earth mover’s distance", "earth mover's distances"),
        ("earth mover's distance", "Earth mover’s distance"),
        ("Jensen–Shannon divergence", "Jensen-Shannon divergence"),
    ],
)
def test_plurals_ends_of_lines_apostrophes_and_hyphens_do_not_hide_a_term(term, text):
    assert treated(term, page(("a", f"the *{text}* of"))) == "a"


@pytest.mark.parametrize("text", ["logitech", "prologit", "log"])
def test_a_part_of_a_word_is_not_the_term(text):
    assert treated("logit", page(("a", f"*{text}*"))) is None


@pytest.mark.parametrize("text", ["*cross entropy*", "cross entropy " * OFTEN, "binary cross-entropies " * OFTEN])
def test_a_term_inside_a_longer_term_is_not_the_term(text):
    assert treated("entropy", page(("a", text)), "cross entropy", "binary cross entropy") is None


def test_a_term_that_begins_a_longer_term_is_not_the_term():
    assert treated("logit", page(("a", "*logit adjustment*")), "logit adjustment") is None


def test_a_term_beside_a_longer_term_is_the_term():
    assert treated("entropy", page(("a", "cross entropy"), ("b", "*entropy*")), "cross entropy") == "b"


def test_a_term_with_special_characters_is_taken_literally():
    assert treated("F(β) score", page(("a", "the *F(β) score*"))) == "a"


def test_the_glossary_is_in_order():
    terms = re.findall(r"(?m)^(\S.*)\n  \S", GLOSSARY.read_text(encoding="utf-8").split("```{glossary}\n")[1])
    assert len(terms) > 50
    assert terms == sorted(terms, key=str.lower)
