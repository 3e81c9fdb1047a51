"""Let the docstrings of the package, which are read in a terminal as well, fit a page of the book."""

import re

import lossbook

CHAPTERS = {record.name: record.page for record in lossbook.catalogue()}


#: What reStructuredText, or Sphinx after it, would take for something else.
REPAIRS = (
    # The initials of an author, for the number of a list.
    (re.compile(r"^([A-Z])\. "), r"\1\. "),
    # Strings that an argument may be, for prose whose quotation marks want rounding.
    (re.compile(r"\(\*(\{.*\})\*\)"), r"(``\1``)"),
)


def fit(app, what, name, obj, options, lines):
    """Say after the summary in which chapter a loss is derived, and keep the rest as it was meant."""
    for pattern, repair in REPAIRS:
        lines[:] = [pattern.sub(repair, line) for line in lines]
    page = CHAPTERS.get(name.removeprefix("lossbook."))
    if page:
        lines[1:1] = ["", f"Derived in the chapter :doc:`/{page}`."]


def setup(app):
    app.connect("autodoc-process-docstring", fit)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
