"""The cheat sheet: every loss in a line, printed from the catalogue, the docstrings and the cards."""

import inspect
import re

import sympy as sp

from lossbook import catalogue, proof
from lossbook.show.chapter import table

#: The claims that answer a column's question, by their keys; of a range both ends, otherwise the first that a card has.
_GRADIENT = ("gradient", "slope at the label")
_RANGE = ("range", "non-negative", "at most log 2", "largest")
_CONVEX = ("convex", "concave", "linear")
_PROPER = ("proper", "mean", "calibrated", "soft labels")


def losses():
    """Show each loss in a line: formula, gradient, range, convex or not, proper or not, and when to take it.

    The formula is the card's, with its parameters at their defaults; gradient, range and the two answers are claims of the card, judged
    now; the last cell is the docstring's.
    """
    rows = []
    for record in catalogue():
        if record.role == "loss" and record.card:
            title, formula, sentence = _common(record)
            answers = [_answer(record.card, keys) for keys in (_CONVEX, _PROPER)]
            rows.append((title, f"{formula}<br>&emsp;{_gradient(record.card)}", _ends(record.card), *answers, sentence))
    return table(rows, ["loss", "formula; gradient", "range", "convex", "proper", "use it"])


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
    return f"{{doc}}`{title} </{record.page}>`", f"${sp.latex(record.card.plain)}$", when(record)


def _held(card, keys):
    """Return those claims of a card, judged, in the order of the keys."""
    own = [claim.key for claim in card.claims]
    return [(card.claim(key), proof.prove(card, key)) for key in keys if key in own]


def _gradient(card):
    held = _held(card, _GRADIENT)
    return re.match(r"(.*?partial.*?|.*?slope.*?)(?::|$)", held[0][0].sentence)[1] if held else "–"


def _ends(card):
    """Return the inequalities that the claims on the range state."""
    found = [re.search(r"\$[^$]*\\[lg]e[^$]*\$", claim.sentence) for claim, _ in _held(card, _RANGE)]
    return ", ".join(match[0] for match in found if match) or "–"


def _answer(card, keys):
    held = _held(card, keys)
    if not held:
        return "–"
    claim, verdict = held[0]
    if verdict.status == "refuted":
        return "no"
    return "concave" if claim.key == "concave" else "yes"


def when(record):
    """Return the sentence of a docstring that says when to use a loss, without "Use it"."""
    text = " ".join(inspect.getdoc(record.function).split("\n\n")[1].split())
    sentence = re.match(r"Use it (.*?[.:;])(?: |$)", text)[1].rstrip(".:;")
    return re.sub(r":func:`(\w+)`", r"{func}`\1 <lossbook.\1>`", sentence)
