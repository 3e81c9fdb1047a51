"""Debug my loss: every symptom of the table has its section, every cause a check that ran and a link to what explains it."""

import ast
import re

import nbformat
import notebooks as tool

PAGE = tool.BOOK / "debug.ipynb"
#: What somebody whose training fails would call it; a word of each heading.
SYMPTOMS = {
    "nan": "NaN",
    "infinite": "infinite",
    "negative": "negative",
    "above-one": "above 1",
    "start": "starts",
    "floor": "floor",
    "factor": "factor",
    "batch": "batch size",
    "precision": "precision",
    "order": "order of the classes",
    "empty": "empty masks",
    "dice": "Dice",
    "ignored": "ignored",
    "flat": "not fall",
    "saturated": "confident mistake",
    "metric": "metric",
    "validation": "validation loss",
    "background": "background",
    "weights": "weights",
    "calibration": "probabilities",
}
LINK = re.compile(r"\{(?:doc|ref|prf:ref)\}`(?:[^`<]*<)?([^`>]+)>?`")


def cells():
    return nbformat.read(PAGE, as_version=4).cells


def sections():
    """Map each symptom's label to its heading and its cells."""
    found, label = {}, None
    for cell in cells():
        text = cell.source if cell.cell_type == "markdown" else ""
        if heading := re.search(r"^\(debug-([\w-]+)\)=\n### (.+)", text, re.M):
            label = heading[1]
            assert label not in found, label
            found[label] = (heading[2], [])
        elif re.search(r"^## ", text, re.M):
            label = None
        if label:
            found[label][1].append(cell)
    return found


def causes():
    """Yield each symptom with one of its causes, the text of that cause, and the code cells that follow it."""
    for label, (_, inside) in sections().items():
        cause, text, code = None, "", []
        for cell in inside:
            if cell.cell_type == "code":
                code.append(cell)
            elif found := re.search(r"(?m)^\*\*(.+?)\.\*\*", cell.source):
                if cause:
                    yield label, cause, text, code
                cause, text, code = found[1], cell.source, []
        yield label, cause, text, code


def table():
    """The place of the cell that shows the table of symptoms."""
    return next(n for n, c in enumerate(cells()) if c.cell_type == "code" and "data" in c.outputs[0])


def rows():
    for line in cells()[table()].outputs[0].data["text/markdown"].splitlines()[2:]:
        symptom, found = line.removeprefix("| ").removesuffix(" |").split(" | ")
        yield re.fullmatch(r"\{ref\}`debug-([\w-]+)`", symptom)[1], found.lower().split("; ")


def has_assert(cell):
    return any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))


def test_the_symptoms_that_people_meet_have_a_section_whose_heading_names_them():
    headings = {label: heading for label, (heading, _) in sections().items()}
    assert set(headings) == set(SYMPTOMS)
    for label, word in SYMPTOMS.items():
        assert word in headings[label], label


def test_the_first_table_lists_every_section_with_every_cause_in_the_order_of_the_page():
    found = {}
    for label, cause, _, _ in causes():
        found.setdefault(label, []).append(cause.lower())
    assert list(rows()) == list(found.items())
    assert all(len(each) >= 3 for each in found.values())


def test_the_page_leads_with_a_diagnosis_which_explains_a_wrong_loss():
    above = cells()[: table()]
    assert [cell.cell_type for cell in above] == ["markdown", "code", "markdown"]
    assert sum(len(cell.source.split()) for cell in above if cell.cell_type == "markdown") < 90
    shown = above[1].outputs[0].text
    assert "lossbook.diagnose(" in above[1].source
    assert "differ." in shown
    assert "Explanation: " in shown
    assert "At the edges" in shown


def test_a_cause_has_a_check_that_ran_and_a_link_away_or_to_another_symptom():
    for label, cause, text, code in causes():
        assert any(has_assert(cell) and isinstance(cell.execution_count, int) for cell in code), cause
        assert [target for target in LINK.findall(text) if target != f"debug-{label}"], cause


def test_every_section_links_to_a_chapter_a_theorem_or_an_erratum():
    for label, (_, inside) in sections().items():
        text = "\n".join(cell.source for cell in inside if cell.cell_type == "markdown")
        assert [target for target in LINK.findall(text) if not target.startswith("debug-")], label


def test_bad_input_is_answered_by_what_lossbook_says():
    """Each message that a cell fetches is printed, and is a refusal."""
    told = [c for c in cells() if c.cell_type == "code" and "refusal(" in c.source and "def " not in c.source]
    assert len(told) >= 7
    for cell in told:
        output = "".join(output.get("text", "") for output in cell.outputs)
        assert output, cell.source
        assert "taken, " not in output


def test_the_factor_is_found_among_the_sizes_and_not_where_there_is_none():
    """The page's own function, on other numbers than the page's."""
    code = next(c.source for c in cells() if c.source.startswith("def which_factor"))
    scope = {}
    exec("from itertools import combinations, permutations\nimport numpy as np\n" + code, scope)
    which = scope["which_factor"]
    assert which(30.0, N=30, K=7) == ["N"]
    assert which(1 / 7, N=30, K=7) == ["1 / K"]
    assert which(30 / 7, N=30, K=7) == ["N / K"]
    assert which(210.0, N=30, K=7) == ["N · K"]
    assert which(1.4142, N=30, K=7) == []
