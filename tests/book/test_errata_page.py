"""The errata: every one has a label, what is printed, what is right, a source, and a cell that refutes it."""

import re

import nbformat
import notebooks as tool

from lossbook.show.errata import announced

PAGE = tool.BOOK / "errata.ipynb"
FIELDS = "As (?:printed|proposed)", "Right", "Source"


def cells():
    return nbformat.read(PAGE, as_version=4).cells


def headed():
    """Yield the label and the text of each erratum with the code cells that follow it."""
    label, text, code = None, "", []
    for cell in cells():
        if cell.cell_type == "code":
            code.append(cell)
        elif found := re.match(r"(?:## .*?)?\(erratum-([\w-]+)\)=\n### ", cell.source, re.S):
            if label:
                yield label, text, code
            label, text, code = found[1], cell.source, []
        elif re.match(r"## ", cell.source) and label:
            yield label, text, code
            label = None
    if label:
        yield label, text, code


def recorded(code):
    """Find what a cell records: the erratum's name."""
    return re.findall(r'errata\.record\(\s*"([\w-]+)"', code)


def shown(cell):
    return "\n".join(output.data.get("text/markdown", "") for output in cell.outputs if "data" in output)


def ledger():
    lines = shown([cell for cell in cells() if cell.cell_type == "code"][-1]).splitlines()[2:]
    return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines]


def test_there_are_at_least_forty_errata_with_labels_of_their_own():
    labels = [label for label, _, _ in headed()]
    assert len(labels) == len(set(labels)) >= 40
    assert len(labels) == sum(cell.source.count("\n### ") + cell.source.startswith("### ") for cell in cells() if cell.cell_type == "markdown")  # fmt: skip


def test_each_says_what_is_printed_what_is_right_and_where_it_stands():
    for label, text, _ in headed():
        for field in FIELDS:
            assert len(re.findall(rf"(?m)^\*{field}\*: \S.{{4,}}", text)) == 1, (label, field)


def test_a_heading_holds_no_formula_since_links_show_its_source():
    for label, text, _ in headed():
        heading = re.search(r"(?m)^### (.*)$", text)[1]
        assert "$" not in heading, label


def test_a_source_is_a_note_a_file_a_thread_or_a_dated_page():
    for label, text, _ in headed():
        source = re.search(r"(?s)\*Source\*: (.*)", text)[1]
        assert re.search(r"note [1-5]|(?:issues?|pull request) \d+|`[\w-]+(?:\.\w+)+` (?:at [0-9a-f]{7}|in version \d)|the page .* of \w+ 20\d\d", source), label


def test_each_is_recorded_under_its_label_and_refuted_in_the_cell_that_follows():
    for label, _, code in headed():
        names = [name for cell in code for name in recorded(cell.source)]
        assert names == [label]
        outputs = [shown(cell) for cell in code if recorded(cell.source)]
        assert re.match(r"> As printed: .*\. Right: .*\. \*\*refuted\*\*, \$", outputs[0]), label


def test_the_ledger_has_all_of_them_with_the_verdict_refuted():
    rows = ledger()
    assert [row[0] for row in rows] == [f"{{ref}}`erratum-{label}`" for label, _, _ in headed()]
    for row in rows:
        assert len(row) == 3
        assert row[2].startswith("**refuted**, $")


def test_the_opening_counts_the_kinds_of_the_ledger():
    counted = announced(PAGE)
    kinds = [row[1] for row in ledger()]
    assert counted == {kind: kinds.count(kind) for kind in set(kinds)}
    table = next(shown(cell) for cell in cells() if cell.cell_type == "code" and 'announced("' in cell.source)
    for kind, count in counted.items():
        assert re.search(rf"(?m)^\| {kind} \| .* \| {count} \|$", table), kind
    assert f"| **{len(kinds)}** |" in table
