"""The page *Use it*: its listings, its measurements, and the bridges that it names."""

import json
import re
from pathlib import Path

import nbformat
import notebooks as tool
import pytest

import lossbook.bridges
from lossbook.bridges import boosting, jax, torch

PAGE = nbformat.read(tool.BOOK / "use_it.ipynb", as_version=4)
TEXT = "\n".join(cell.source for cell in PAGE.cells if cell.cell_type == "markdown")
MEASURED = json.loads((tool.BOOK / "bridges.json").read_text(encoding="utf-8"))
SHOWN = "\n".join(
    text
    for cell in PAGE.cells
    for output in cell.get("outputs", ())
    for kind, text in output.get("data", {}).items()
    if kind == "text/markdown"
)
SNIPPETS = sorted(Path(tool.ROOT, "tests", "peers", "snippets").glob("use_it_*.py"))
BRIDGES = [torch.differentiable, jax.differentiable, boosting.xgboost_objective, boosting.lightgbm_objective]


def pins():
    lines = (tool.ROOT / "requirements-peers.txt").read_text(encoding="utf-8").split("\n")
    lines += (tool.ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    return dict(line.split("==") for line in lines if "==" in line)


def test_what_was_measured_are_the_versions_that_make_peers_installs():
    # The CPU build of PyTorch says so behind a plus.
    assert {name: version.partition("+")[0] for name, version in MEASURED["versions"].items()} == {
        name: pins()[name] for name in MEASURED["versions"]
    }


@pytest.mark.parametrize("row", MEASURED["rows"], ids=lambda row: f"{row['bridge']}-{row['of']}-{row['size']}")
def test_every_measurement_is_in_the_table(row):
    low, middle, high = (f"{ratio:.2g}" for ratio in row["ratio"])
    assert low != "0"
    lines = [line for line in SHOWN.split("\n") if line.startswith(f"| {row['bridge']} | {row['of']} |")]
    assert any(line.endswith(f"| {middle} ({low} to {high}) |") for line in lines)


def test_every_bridge_is_on_the_page_and_in_the_reference():
    reference = (tool.BOOK / "api" / "using.md").read_text(encoding="utf-8")
    for function in BRIDGES:
        name = f"{function.__module__}.{function.__name__}"
        assert re.search(rf"\{{func\}}`[\w ]+ <{re.escape(name)}>`", TEXT)
        assert f".. autofunction:: {name}\n" in reference
    assert {function.__module__.rpartition(".")[2] for function in BRIDGES} == set(lossbook.bridges.__all__)


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_a_listing_takes_about_ten_lines(path):
    code = path.read_text(encoding="utf-8")
    lines = [line for line in code.split("\n") if line and not line.startswith(("import", "from"))]
    assert len(lines) <= 12
    assert max(map(len, code.split("\n"))) <= 88
    assert f"{{literalinclude}} ../tests/peers/snippets/{path.name}" in TEXT


def test_there_is_a_listing_for_each_library():
    assert [path.stem.removeprefix("use_it_") for path in SNIPPETS] == ["jax", "lightgbm", "torch", "xgboost"]
