"""Where the index sends its reader: to the section that defines a term, or to the first of a page that often says it."""

import pytest
from book_index import OFTEN, passages, treated
from docutils import nodes


def page(*sections):
    """Build a page of sections, given as (anchor, paragraph); what stands between stars is bold."""
    document = nodes.document("", "")
    for anchor, text in sections:
        paragraph = nodes.paragraph()
        for number, piece in enumerate(text.split("*")):
            paragraph += nodes.strong("", piece) if number % 2 else nodes.Text(piece)
        # As sphinx-proof has it: a section without a heading, whose anchor is on no page.
        box = nodes.section("", paragraph, ids=["proof-content"])
        document += nodes.section("", nodes.title("", anchor), box, ids=[anchor])
    return list(passages(document))


def test_the_section_that_defines_a_term_is_its_place():
    prose = page(("a", "the logit, logits, a logit"), ("b", "A *logit* is a score."), ("c", "the *logit*"))
    assert treated("logit", prose) == "b"


def test_a_term_in_bold_need_not_be_said_often():
    assert treated("logit", page(("a", "nothing"), ("b", "A *logit* is a score."))) == "b"


def test_a_term_that_is_said_often_is_treated_where_it_is_said_first():
    assert treated("logit", page(("a", "none"), ("b", "logit " * (OFTEN - 1)), ("c", "Logits"))) == "b"


def test_a_term_that_is_said_in_passing_is_not_treated():
    assert treated("logit", page(("a", "logit " * (OFTEN - 1)))) is None


@pytest.mark.parametrize("text", ["logits", "the logit.", "Logit-wise", "LOGIT"])
def test_a_term_is_found_in_every_form(text):
    assert treated("logit", page(("a", f"*{text}*"))) == "a"


@pytest.mark.parametrize("text", ["logitech", "prologit", "log"])
def test_a_part_of_a_word_is_not_the_term(text):
    assert treated("logit", page(("a", f"*{text}*"))) is None


def test_a_term_with_special_characters_is_taken_literally():
    assert treated("F(β) score", page(("a", "the *F(β) score*"))) == "a"
