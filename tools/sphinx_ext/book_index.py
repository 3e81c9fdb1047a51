"""The index at the end of the book: every term of the glossary and every function, with the pages that treat it.

Nobody marks the places. A page treats a term if it sets it in bold, which is how the book defines one, or if its text says it at
least :data:`OFTEN` times; the link leads to the section that defines it, or else to the first that names it.
"""

import re
from itertools import groupby

from docutils import nodes
from docutils.parsers.rst import Directive

OFTEN = 3
#: What is itself a list: it names terms, but does not treat them.
LISTS = re.compile(r"book/(api/|ledger|notation|glossary|bibliography|book_index|cheat_sheet|intro$)")


class book_index(nodes.General, nodes.Element):
    """The place of the index, until all pages are known."""


class BookIndex(Directive):
    """``{book-index}``: the index of the book."""

    def run(self):
        return [book_index()]


def section_of(node):
    """Find the section with a heading of its own: what sphinx-proof and sphinx-exercise wrap up is a section too."""
    while not (isinstance(node, nodes.section) and isinstance(node[0], nodes.title)):
        node = node.parent
    return node


def passages(doctree):
    """Yield each piece of prose with the anchor of its section, and whether it is set in bold."""
    for paragraph in doctree.findall(nodes.paragraph):
        anchor = section_of(paragraph)["ids"][0]
        yield paragraph.astext(), anchor, False
        for strong in paragraph.findall(nodes.strong):
            yield strong.astext(), anchor, True


def pattern(term):
    """Match a term as a word, in the singular or the plural."""
    return re.compile(rf"(?<!\w){re.escape(term)}(?:e?s)?(?!\w)", re.I)


def treated(term, prose):
    """Return the anchor of the section of a page that treats a term, or None if the page does not."""
    counts = [(anchor, bold, len(pattern(term).findall(text))) for text, anchor, bold in prose]
    named = [anchor for anchor, bold, count in counts if count and not bold]
    defined = [anchor for anchor, bold, count in counts if count and bold]
    often = sum(count for _, bold, count in counts if not bold) >= OFTEN
    return next(iter(defined or (named if often else [])), None)


def entries(env):
    """Yield each term and each function with its own place and the places that treat it, as (page, anchor)."""
    pages = [page for page in env.toctree_includes[env.config.root_doc] if not LISTS.match(page)]
    prose = {page: list(passages(env.get_doctree(page))) for page in pages}
    for (kind, term), place in env.get_domain("std").objects.items():
        if kind == "term":
            found = ((page, treated(term, text)) for page, text in prose.items())
            yield nodes.Text(term), place, [(page, anchor) for page, anchor in found if anchor is not None]
    for name, record in env.get_domain("py").objects.items():
        short = name.removeprefix("lossbook.")
        yield nodes.literal("", short), (record.docname, record.node_id), []


def letter(entry):
    """Return the letter under which an entry stands."""
    return entry[0].astext()[0].upper()


def fill(app, doctree, docname):
    """Put the lists, one for each letter, where the index was asked for."""

    def link(content, place):
        page, anchor = place
        uri = app.builder.get_relative_uri(docname, page) + (f"#{anchor}" if anchor else "")
        return nodes.reference("", "", content, internal=True, refuri=uri)

    def line(content, place, treating):
        paragraph = nodes.paragraph("", "", link(content, place))
        for page, anchor in treating:
            title = nodes.Text(app.env.titles[page].astext())
            paragraph += [nodes.Text(", "), link(title, (page, anchor))]
        return nodes.list_item("", paragraph)

    for node in list(doctree.findall(book_index)):
        lists = []
        found = sorted(entries(app.env), key=lambda entry: (letter(entry), entry[0].astext().lower()))
        for initial, group in groupby(found, letter):
            lists += [nodes.rubric("", initial), nodes.bullet_list("", *(line(*entry) for entry in group))]
        node.replace_self(nodes.container("", *lists, classes=["lb-index"]))


def setup(app):
    app.add_node(book_index)
    app.add_directive("book-index", BookIndex)
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
