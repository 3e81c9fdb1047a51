"""What becomes of a docstring on its way to the pages of the functions."""

import pytest
from api_pages import fit

import lossbook


def fitted(name, *lines):
    lines = list(lines)
    fit(None, "function", name, None, None, lines)
    return lines


@pytest.mark.parametrize("record", [r for r in lossbook.catalogue() if r.page], ids=lambda r: r.name)
def test_a_loss_names_its_chapter_after_the_summary(record):
    lines = fitted(f"lossbook.{record.name}", "Summary.", "", "More.")
    assert lines == ["Summary.", "", f"Derived in the chapter :doc:`/{record.page}`.", "", "More."]


def test_what_is_no_loss_names_no_chapter():
    assert fitted("lossbook.grad", "Summary.") == ["Summary."]


def test_an_initial_does_not_start_a_list():
    assert fitted("lossbook.grad", "I. J. Good, Rational decisions.") == [r"I\. J. Good, Rational decisions."]


def test_options_keep_their_quotation_marks():
    given = '* **reduction** (*{"mean", "sum"}*) -- How.'
    assert fitted("lossbook.grad", given) == ['* **reduction** (``{"mean", "sum"}``) -- How.']
