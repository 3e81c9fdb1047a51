"""One letter has one meaning: chapters use the letters of the page *Notation*, or those that it lists for them alone."""

import re
from collections import Counter

import nbformat
import notebooks as tool
import pytest

TEXT = (tool.BOOK / "notation.md").read_text()
#: Words inside of formulas, which are no letters.
WORDS = re.compile(
    r"\\(?:text|mathrm|operatorname|textbf|mathbb|mathcal|mathbf|label|begin|end)(?![A-Za-z])\*?\s?(?:\{[^{}]*\}(?:\{[a-z]*\})?|\w)"
)
GREEK = set(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma varsigma tau upsilon phi"
        " varphi chi psi omega ell Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega",
    )
)


def formulas(text):
    """List the formulas of a text, code left out."""
    text = re.sub(r"(?m)^(`{3,})(?:python|text).*?^\1", "", text, flags=re.S)
    return [a or b for a, b in re.findall(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+?)\$", text, flags=re.S)]


def letters(formula):
    """Collect the letters of a formula."""
    found = re.findall(r"\\([A-Za-z]+)|([A-Za-z])", WORDS.sub(" ", formula))
    return {name for name, _ in found if name in GREEK} | {letter for _, letter in found if letter}


def _tables():
    """Read what the page says: each row's symbols, and for each chapter its own letters."""
    rows = [formulas(line.split(" | ")[0]) for line in TEXT.splitlines() if line.startswith(("| $", "| TP"))]
    own = {}
    for name, cell in re.findall(r"(?m)^\| \{doc\}`[^<]*<([^>]*)>` \| (.*) \|$", TEXT):
        own[name] = set().union(*(letters(f) for part in cell.split("; ") for f in formulas(part.split(":")[0])))
    return rows, own


ROWS, OWN = _tables()
COMMON = set().union(*(letters(symbol) for row in ROWS for symbol in row))
CHAPTERS = sorted(str(path.relative_to(tool.BOOK).with_suffix("")) for path in tool.BOOK.glob("*/*.ipynb"))


def test_no_symbol_stands_twice():
    """A symbol of the tables has one row."""
    counts = Counter(symbol for row in ROWS for symbol in row)
    assert [symbol for symbol, count in counts.items() if count > 1] == []


def test_a_letter_of_one_chapter_is_no_common_one():
    """What is listed for a chapter has no other meaning in it."""
    assert {name: found & COMMON for name, found in OWN.items() if found & COMMON} == {}
    assert set(OWN) <= set(CHAPTERS)


@pytest.mark.parametrize("name", CHAPTERS)
def test_letters_of_a_chapter_are_those_of_the_page(name):
    """Each letter in a formula is explained; each letter that is listed for the chapter is used."""
    notebook = nbformat.read(tool.BOOK / f"{name}.ipynb", 4)
    used = set().union(
        *(letters(f) for cell in notebook.cells if cell.cell_type == "markdown" for f in formulas(cell.source))
    )
    own = OWN.get(name, set())
    assert (sorted(used - COMMON - own), sorted(own - used)) == ([], [])
