"""The index at the end of the book: every term of the glossary and every function, with the pages that treat it.

Nobody marks the places. A page treats a term if it sets it in bold or names a definition after it, which is how the book
defines one, or if its text says it at least :data:`OFTEN` times; the link leads to the section that defines it, or else to
the first that names it. A term that no page treats leads to the page that says it most.
"""

import re
from collections import Counter
from itertools import groupby

from docutils import nodes
from docutils.parsers.rst import Directive

OFTEN = 3
#: What is itself a list: it names terms, but does not treat them.
LISTS = re.compile(r"book/(api/|ledger|notation|glossary|bibliography|book_index|cheat_sheet|about$|intro$)")


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
    """Yield each piece of prose with the anchor of its section, and whether it defines what it names."""
    for piece in doctree.findall(lambda node: isinstance(node, (nodes.paragraph, nodes.caption, nodes.title))):
        anchor = section_of(piece)["ids"][0]
        yield piece.astext(), anchor, "definition" in piece.parent.get("classes", [])
        for strong in piece.findall(nodes.strong):
            yield strong.astext(), anchor, True


def form(term):
    """Match a term in the singular or the plural, over the end of a line, and with either kind of apostrophe or hyphen."""
    words = [re.escape(word) for word in re.split(r"[\s\-–]+", term.replace("’", "'"))]
    words[-1] = rf"{words[-1][:-1]}(?:y|ies)" if term.endswith("y") else rf"{words[-1]}(?:e?s)?"
    return r"[\s\-–]+".join(words).replace("'", "['’]")


def finder(terms):
    """Return what counts the terms in a text: whole words, and of terms that overlap the longer one alone."""
    longest = sorted(terms, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(f'({form(term)})' for term in longest)})(?!\w)", re.I)
    return lambda text: Counter(longest[match.lastindex - 1] for match in pattern.finditer(text))


def places(terms, prose):
    """Return for each term the pages that treat it, as (page, anchor), from the passages of each page."""
    find, found, most = finder(terms), {term: [] for term in terms}, {}
    for page, pieces in prose.items():
        counts, named, defined = Counter(), {}, {}
        for text, anchor, defines in pieces:
            for term, count in find(text).items():
                counts[term] += 0 if defines else count
                (defined if defines else named).setdefault(term, anchor)
        for term, count in counts.items():
            place = page, defined.get(term) or named[term]
            if term in defined or count >= OFTEN:
                found[term].append(place)
            if term not in most or count > most[term][0]:
                most[term] = count, place
    for term, (_, place) in most.items():
        found[term] = found[term] or [place]
    return found


def entries(env):
    """Yield each term and each function with its own place and the places that treat it, as (page, anchor)."""
    pages = [page for page in env.toctree_includes[env.config.root_doc] if not LISTS.match(page)]
    terms = {term: place for (kind, term), place in env.get_domain("std").objects.items() if kind == "term"}
    found = places(terms, {page: list(passages(env.get_doctree(page))) for page in pages})
    for term, place in terms.items():
        yield nodes.Text(term), place, found[term]
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
