"""The stored Rosetta table is about the losses of this book and the libraries that are pinned; `make peers` runs its calls."""

import ast
import json

import nbformat
import notebooks as tool
import pytest

import lossbook

TABLE = json.loads((tool.BOOK / "rosetta.json").read_text(encoding="utf-8"))
PAGE = nbformat.read(tool.BOOK / "rosetta.ipynb", as_version=4)
RECORDS = {record.name: record for record in lossbook.catalogue()}
ROWS = [(name, row) for name, entry in TABLE["losses"].items() for row in entry["rows"]]
SHOWN = "\n".join(
    text
    for cell in PAGE.cells
    for output in cell.get("outputs", ())
    for kind, text in output.get("data", {}).items()
    if kind == "text/markdown"
)


def test_every_loss_is_in_the_table_or_among_those_that_no_library_has():
    assert TABLE["losses"].keys().isdisjoint(TABLE["without"])
    listed = set(TABLE["losses"]) | set(TABLE["without"])
    assert {name for name, record in RECORDS.items() if record.page} <= listed <= set(RECORDS)


def test_the_versions_are_those_that_make_peers_installs():
    lines = (tool.ROOT / "requirements-peers.txt").read_text(encoding="utf-8").split("\n")
    pins = dict(line.split("==") for line in lines if "==" in line)
    assert TABLE["versions"] == {library: pins[library] for library in TABLE["versions"]}


@pytest.mark.parametrize("name", TABLE["losses"])
def test_a_loss_has_a_row_of_lossbook_first_and_then_of_others(name):
    libraries = [row["library"] for row in TABLE["losses"][name]["rows"]]
    assert libraries[0] == "lossbook"
    assert set(libraries) - {"lossbook"} <= set(TABLE["versions"])
    assert len(set(libraries)) > 1


@pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda v: v if isinstance(v, str) else v["library"])
def test_a_row_equals_a_call_of_its_loss_with_options_that_it_has(name, row):
    (call,) = [n for n in ast.walk(ast.parse(row["equals"])) if getattr(getattr(n, "func", None), "id", None) == name]
    assert {keyword.arg for keyword in call.keywords} <= set(RECORDS[name].options)
    assert len(call.args) == len(RECORDS[name].arguments)


def test_the_page_shows_every_loss_every_call_and_every_note():
    text = SHOWN.replace("`<wbr>`", "").replace(r"\|", "|")
    for name, entry in TABLE["losses"].items():
        assert f"**`{name}`**" in text
        for row in entry["rows"]:
            assert row["call"] in text
        for note in entry["notes"]:
            assert note["text"] in text
    for name in TABLE["without"]:
        assert f"**`{name}`**" in text


def test_the_page_links_to_every_chapter():
    pages = {record.page for record in RECORDS.values() if record.page}
    assert {page for page in pages if f"</{page}>" not in SHOWN} == set(), "run make notebooks CHAPTER=rosetta"


def test_the_page_names_all_versions():
    printed = "".join(output.get("text", "") for cell in PAGE.cells for output in cell.get("outputs", ()))
    assert all(f"{library} {version}" in printed for library, version in TABLE["versions"].items())
