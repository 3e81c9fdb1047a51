"""Execute the chapters and store their outputs, the same bytes every time.

    python tools/notebooks.py [PART OF A PATH ...] [--check]

``--check`` executes to memory and fails if a stored notebook differs. `rendered` is what tests import.
"""

import argparse
import hashlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

# A kernel of this environment, never one installed for the user; hashes order some of SymPy's sets.
os.environ |= {
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: The metadata that the book uses, of cells and of notebooks (a chapter's question); editors add more, which changes from one to the next.
KEPT = ("mystnb", "tags")
OWN = "lossbook"


class NotebookError(Exception):
    """A cell raised, or wrote to stderr."""


def chapters(patterns=(), book=BOOK):
    """Return the notebooks under ``book`` whose path contains one of ``patterns`` (all without any)."""
    found = sorted(p for p in book.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    return [p for p in found if not patterns or any(part in p.as_posix() for part in patterns)]


def cell_ids(cells):
    """Return an id for each cell that depends on its content alone; equal cells are counted."""
    seen = {}
    for cell in cells:
        digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        yield digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def merged(outputs):
    """Merge neighbouring stream outputs: how a kernel cuts them up is a matter of timing."""
    result = []
    for output in outputs:
        output.pop("transient", None)
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def normalised(notebook):
    """Return the bytes of a notebook without anything that depends on who executed it, where or when."""
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: cell.metadata[k] for k in KEPT if k in cell.metadata})
        lines = cell.source.rstrip().split("\n")
        if cell.cell_type == "code":  # in Markdown, two spaces at a line's end are a line break
            lines = [line.rstrip() for line in lines]
            cell.outputs = merged(cell.outputs)
        cell.source = "\n".join(lines)
    for cell, name in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        cell.id = name
    own = {OWN: notebook.metadata[OWN]} if OWN in notebook.metadata else {}
    notebook.metadata = nbformat.from_dict(METADATA | own)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()


def rendered(path, timeout=300):
    """Execute a notebook in its own folder and return the bytes to store."""
    path = Path(path)
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    for cell in notebook.cells:
        cell.setdefault("id", "new")
        if cell.cell_type == "code":
            cell.execution_count = None  # so that the last one with a count is the one that ran last
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        # Otherwise each kernel reminds the terminal that it listens on loopback without encryption.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        record_timing=False,
        timeout=timeout,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"{describe(path, notebook)} raised\n{error}") from None
    except TimeoutError:
        raise NotebookError(f"{describe(path, notebook)} ran longer than {timeout} s") from None
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{place(path, number, cell)} wrote to stderr:\n{output.text}")
    return normalised(notebook)


def place(path, number, cell):
    first = cell.source.strip().split("\n")[0]
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown}, cell {number} ({first!r})"


def describe(path, notebook):
    """Name the cell that execution stopped at: the last one that was given a count."""
    counted = [(n, c) for n, c in enumerate(notebook.cells, 1) if c.get("execution_count")]
    return place(path, *(counted[-1] if counted else (1, notebook.cells[0])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("patterns", nargs="*", metavar="CHAPTER", help="part of a notebook's path")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a notebook would change")
    options = parser.parse_args()
    paths = chapters(options.patterns)
    if not paths:
        sys.exit(f"no notebook under {BOOK.name}/ matches {' '.join(options.patterns) or 'anything'}")

    def work(path):
        start = time.perf_counter()
        return rendered(path), time.perf_counter() - start

    failures = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = {pool.submit(work, path): path for path in paths}
        for job in as_completed(jobs):
            path = jobs[job]
            name = path.relative_to(ROOT).as_posix()
            try:
                content, seconds = job.result()
            except NotebookError as error:
                failures.append(str(error))
                print(f"{'':>6}  {name}: FAILED", flush=True)
                continue
            changed = content != path.read_bytes()
            if changed and options.check:
                failures.append(f"{name}: executing it gives other bytes than are stored (make notebooks)")
            elif changed:
                path.write_bytes(content)
            print(f"{seconds:5.1f} s  {name}{': changed' if changed else ''}", flush=True)
    if failures:
        sys.exit("\n" + "\n\n".join(failures))


if __name__ == "__main__":
    main()
