"""The pages of the functions: lists of losses from the catalogue, and docstrings made to fit a page of the book."""

import re

from sphinx.util.docutils import SphinxDirective

import lossbook

CHAPTERS = {record.name: record.page for record in lossbook.catalogue()}


#: What reStructuredText, or Sphinx after it, would take for something else.
REPAIRS = (
    # The initials of an author, for the number of a list.
    (re.compile(r"^([A-Z])\. "), r"\1\. "),
    # Strings that an argument may be, for prose whose quotation marks want rounding.
    (re.compile(r"\(\*(\{.*\})\*\)"), r"(``\1``)"),
)


class Losses(SphinxDirective):
    """``.. losses:: group`` describes the losses of a group, in the book's order."""

    required_arguments = 1

    def run(self):
        (group,) = self.arguments
        names = listed(group)
        if not names:
            raise self.error(f"there are no losses of the group {group!r}")
        return self.parse_text_to_nodes("".join(f".. autofunction:: lossbook.{name}\n" for name in names))


def listed(group):
    """Return the names of the losses of a group, in the book's order."""
    return [record.name for record in lossbook.catalogue() if record.group == group]


def fit(app, what, name, obj, options, lines):
    """Say after the summary in which chapter a loss is derived, and keep the rest as it was meant."""
    for pattern, repair in REPAIRS:
        lines[:] = [pattern.sub(repair, line) for line in lines]
    page = CHAPTERS.get(name.removeprefix("lossbook."))
    if page:
        lines[1:1] = ["", f"Derived in the chapter :doc:`/{page}`."]


def setup(app):
    app.add_directive("losses", Losses)
    app.connect("autodoc-process-docstring", fit)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
