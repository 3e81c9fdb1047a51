"""Executing a notebook again writes the same bytes, and what writes them refuses what must not be stored."""

import nbformat
import notebooks as tool
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def write(path, *cells, **metadata):
    notebook = new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(notebook, path)
    return path


def read(content):
    return nbformat.reads(content.decode(), as_version=4)


def normalised(*cells, **metadata):
    return tool.normalised(new_notebook(cells=list(cells), metadata=metadata))


def test_a_stored_notebook_that_differs_is_noticed(tmp_path):
    path = write(tmp_path / "a.ipynb", new_code_cell("1 + 1"))
    path.write_bytes(tool.rendered(path))
    assert tool.rendered(path) == path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b'"2"', b'"3"'))
    assert tool.rendered(path) != path.read_bytes()


def test_the_id_of_a_cell_depends_on_its_content_alone():
    first = read(normalised(new_markdown_cell("A"), new_code_cell("b")))
    second = read(normalised(new_code_cell("b"), new_markdown_cell("A")))
    assert [cell.id for cell in first.cells] == [cell.id for cell in reversed(second.cells)]
    assert len({cell.id for cell in read(normalised(new_code_cell("a"), new_markdown_cell("a"))).cells}) == 2


def test_equal_cells_are_counted():
    ids = [cell.id for cell in read(normalised(*(new_markdown_cell("same") for _ in range(3)))).cells]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]


def test_neighbouring_streams_are_merged_and_others_are_not():
    parts = [("stdout", "a\n"), ("stdout", "b\n"), ("stderr", "c\n"), ("stdout", "d\n")]
    cell = new_code_cell("x", outputs=[new_output("stream", name=name, text=text) for name, text in parts])
    outputs = read(normalised(cell)).cells[0].outputs
    assert [(o.name, o.text) for o in outputs] == [("stdout", "a\nb\n"), ("stderr", "c\n"), ("stdout", "d\n")]


def test_only_the_metadata_that_the_book_uses_is_kept():
    cell = new_code_cell("x", metadata={"tags": ["hide-input"], "collapsed": True, "execution": {"iopub": "2026"}})
    notebook = read(normalised(cell, kernelspec={"display_name": "mine", "name": "mine"}, authors=["me"]))
    assert notebook.cells[0].metadata == {"tags": ["hide-input"]}
    assert notebook.metadata == tool.METADATA


def test_blanks_at_the_ends_of_lines_go_from_code_but_not_from_text():
    notebook = read(normalised(new_code_cell("a  \nb\n\n"), new_markdown_cell("a  \nb")))
    assert [cell.source for cell in notebook.cells] == ["a\nb", "a  \nb"]


def test_normalising_twice_changes_nothing():
    once = normalised(new_markdown_cell("# T"), new_code_cell("1 ", id="mine"), new_code_cell("1"))
    assert tool.normalised(read(once)) == once


def test_execution_stores_no_time(tmp_path):
    path = write(tmp_path / "a.ipynb", new_code_cell("print('a')\n1 + 1"), new_code_cell("2"))
    content = tool.rendered(path)
    notebook = read(content)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert tool.rendered(path) == content


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; print('careful', file=sys.stderr)", r"a\.ipynb, cell 2 .* wrote to stderr:\ncareful"),
        ("import warnings; warnings.warn('old')", "wrote to stderr"),
        ("1 / 0", r"(?s)a\.ipynb, cell 2 .* raised.*ZeroDivisionError"),
    ],
)
def test_a_cell_that_raises_or_warns_is_refused_by_name(code, message, tmp_path):
    path = write(tmp_path / "a.ipynb", new_markdown_cell("text"), new_code_cell(code), new_code_cell("1"))
    stored = path.read_bytes()
    with pytest.raises(tool.NotebookError, match=message):
        tool.rendered(path)
    assert path.read_bytes() == stored


def test_a_cell_that_runs_too_long_is_refused(tmp_path):
    path = write(tmp_path / "a.ipynb", new_code_cell("while True: pass"))
    with pytest.raises(tool.NotebookError, match="ran longer than 1 s"):
        tool.rendered(path, timeout=1)


def test_chapters_are_chosen_by_a_part_of_their_path(tmp_path):
    for name in ("a/one.ipynb", "b/two.ipynb", "b/.ipynb_checkpoints/two.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name)
    assert [p.name for p in tool.chapters(book=tmp_path)] == ["one.ipynb", "two.ipynb"]
    assert [p.name for p in tool.chapters(["b/t"], book=tmp_path)] == ["two.ipynb"]
    assert tool.chapters(["three"], book=tmp_path) == []
