"""The cheat sheet: every loss in a line, printed from the catalogue, the docstrings and the cards."""

import inspect
import re

from lossbook import catalogue, proof
from lossbook.proof import Convex, Elicits, Gradient, Not, Proper, Range, english
from lossbook.show.chapter import table


def losses():
    """Show each loss in a line: formula, gradient, range, convex or not, proper or not, and when to take it.

    The formula is the card's, with its parameters at their defaults; gradient (with its own conditions), range and the two answers are claims
    of the card, judged now; the last cell is the docstring's.
    """
    rows = []
    for record in catalogue():
        if record.role == "loss" and record.card:
            title, formula, sentence = _common(record)
            answers = _convex(record.card), _proper(record.card)
            rows.append((title, f"{formula}<br>&emsp;{_gradient(record.card)}", _ends(record.card), *answers, sentence))
    return table(rows, ["loss", "formula; gradient", "range", "convex", "proper for", "use it"])


def scores():
    """Show each score in a line: formula, range, and when to take it."""
    rows = []
    for record in catalogue():
        if record.role == "score" and record.card:
            title, formula, sentence = _common(record)
            rows.append((title, formula, _ends(record.card), sentence))
    return table(rows, ["score", "formula", "range", "use it"])


def _common(record):
    title = record.card.title
    link = f"{{doc}}`{title} </{record.page}>`" if record.page else title
    return link, f"${english.tex(record.card.typeset)}$", when(record)


def _first(card, *kinds):
    """Return the first claim of some kinds, or its refutation, judged; None where the card has none."""
    for claim in card.claims:
        inner = claim.claim if isinstance(claim, Not) else claim
        # A subclass is a kind of its own.
        if type(inner) in kinds:
            return inner, proof.judged(card, claim).status
    return None


def _gradient(card):
    found = _first(card, Gradient)
    return english.sentence(found[0], card) if found else "–"


def _ends(card):
    found = _first(card, Range)
    return english.inequality(found[0], card) if found else "–"


def _convex(card):
    found = _first(card, Convex)
    if found is None:
        return "–"
    claim, status = found
    return "no" if status == "refuted" else "concave" if claim.concave else "strictly" if claim.strict else "yes"


def _proper(card):
    found = _first(card, Proper, Elicits)
    if found is None:
        return "–"
    claim, status = found
    return "no" if status == "refuted" else claim.functional if isinstance(claim, Elicits) else "strictly" if claim.strict else "yes"


def when(record):
    """Return the sentence of a docstring that says when to use a loss, without "Use it"."""
    text = " ".join(inspect.getdoc(record.function).split("\n\n")[1].split())
    sentence = re.match(r"Use it (.*?[.:;])(?: |$)", text)[1].rstrip(".:;")
    return re.sub(r":func:`(\w+)`", r"{func}`\1 <lossbook.\1>`", sentence)
