"""Wrong statements in circulation, each refuted where it is shown."""

import inspect
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sympy as sp
from IPython.display import Markdown

from lossbook import proof
from lossbook.show.chapter import table


@dataclass(frozen=True)
class Erratum:
    """What a misprint gives at its witness, what is right there, and the verdict."""

    label: str
    kind: str
    printed: sp.Basic | str
    right: sp.Basic | str
    verdict: proof.Verdict


class Errata:
    """The errata of a page: each is judged where it is recorded, and all are shown at the end."""

    def __init__(self):
        self.recorded = []

    def record(self, label, kind, printed, right, /, **witness):
        """Judge the claim that what is printed is right at the witness, and show the verdict.

        Parameters
        ----------
        label : str
            What follows ``erratum-`` in the label of the heading.
        kind : str
            What went wrong.
        printed, right : sympy.Basic, callable or number
            A formula, into which the witness is substituted by the names of its symbols, or a function, which is called
            with those of the witness's values that it takes (with all of them, in order, if it takes any number). What is printed may raise if its kind is ``"code"``; then it
            counts as the exception's name.
        **witness
            Numbers, or tuples of numbers.

        Raises
        ------
        NotProved
            If the two are the same there, or if that could not be decided.
        """
        if not witness or label in [erratum.label for erratum in self.recorded]:
            raise ValueError(f"{label} needs a witness, and may be recorded only once")
        witness = {name: _exact(value) for name, value in witness.items()}
        printed, right = _value(printed, witness, kind == "code"), _value(right, witness)
        place = ", ".join(f"${_name(name)} = {_latex(value)}$" for name, value in witness.items())
        verdict = proof.refuted_instance(_equal(printed, right), place)
        self.recorded.append(Erratum(label, kind, printed, right, verdict))
        return Markdown(f"> As printed: {_shown(printed)}. Right: {_shown(right)}. {verdict._repr_markdown_()}.")

    def kinds(self):
        """Count the kinds of what was recorded."""
        return Counter(erratum.kind for erratum in self.recorded)

    def ledger(self):
        """Show all that was recorded, with the verdicts; what is printed and what is right stands where they are judged."""
        rows = [(f"{{ref}}`erratum-{e.label}`", e.kind, e.verdict._repr_markdown_()) for e in self.recorded]
        return table(rows, ["erratum", "kind", "verdict"])


def announced(page):
    """Count the kinds of the errata that a notebook is going to record."""
    cells = json.loads(Path(page).read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return Counter(re.findall(r'errata\.record\(\s*"[\w-]+",\s*"([^"]+)"', code))


def _exact(value):
    return tuple(map(_exact, value)) if isinstance(value, tuple) else sp.sympify(value)


def _value(side, witness, may_raise=False):
    if isinstance(side, sp.Basic):
        side = side.subs({s: witness[str(s)] for s in side.free_symbols if str(s) in witness})
    elif callable(side):
        taken = inspect.signature(side).parameters
        try:
            if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in taken.values()):
                side = side(*witness.values())
            else:
                side = side(**{name: value for name, value in witness.items() if name in taken})
        except Exception as error:
            if not may_raise:
                raise
            return type(error).__name__
    if side is None or isinstance(side, str):
        return str(side)
    # A float that the code gives is the number that it is.
    value = proof.exact(float(side)) if isinstance(side, (float, sp.Float)) else sp.sympify(side)
    if value.free_symbols:
        raise ValueError(f"the witness leaves {value.free_symbols} open")
    return value


def _equal(printed, right):
    if any(isinstance(side, str) or side in (sp.true, sp.false) for side in (printed, right)):
        return sp.true if printed == right else sp.false
    return sp.Eq(printed, right, evaluate=False)


def _name(name):
    text = sp.latex(sp.Symbol(name))
    return rf"\mathrm{{{text}}}" if text.isalpha() and len(text) > 1 else text


def _latex(value):
    if isinstance(value, tuple):
        return f"({', '.join(map(_latex, value))})"
    text = sp.latex(sp.sympify(value)).replace(r"\frac", r"\tfrac")
    return re.sub(r"\\log\{\\left\(([^()]+?) \\right\)\}", r"\\log \1", text)


def _shown(value):
    if isinstance(value, str):
        return f"`{value}`"
    if value in (sp.true, sp.false):
        return str(value).lower()
    rounded = ""
    if value.is_number and value.is_real and not value.is_rational:
        number = float(value)
        rounded = f" \\approx {number:.2f}" if abs(number) >= 1000 else f" \\approx {number:.4g}"
    return f"${_latex(value)}{rounded}$"
