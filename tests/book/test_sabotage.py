"""Validation can fail: one thing is broken at a time in a copy of the project, and what make runs has to notice.

The copy holds a real chapter, cut down to a few cells with their stored outputs. The commands are those of the
Makefile, read from it. Sabotages that are told apart in the output share a run; beside them stands what was left
intact, and has to pass.
"""

import ast
import copy
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import notebooks as tool
import pytest

CHAPTER = tool.BOOK / "likelihood" / "binary_cross_entropy.ipynb"
KERNEL = "lossbook/losses/binary.py"
CARD = "lossbook/cards/binary_cross_entropy.py"


# The copy, and the commands


@pytest.fixture(scope="module")
def recipes():
    """What `make test` and `make book` would run."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    shown = subprocess.run(["make", "-n", "test", "book"], cwd=tool.ROOT, env=env, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if line.startswith(".venv/bin/")]

    def find(part):
        (line,) = (line for line in lines if part in line)
        return line

    return {
        "package": find("--doctest-modules"),
        "chapters": find("--nbval"),
        "lint": find("ruff"),
        "book": find("build.py"),
    }


@pytest.fixture(scope="module")
def run(recipes):
    def run(project, name, options=""):
        """Run a recipe in a copy, whose own `lossbook` is the one imported."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "PYTEST"))}
        # What lies beside a notebook, where its kernel starts, comes first.
        env |= {"PYTHONPATH": os.pathsep.join((".", str(project))), "PYTHONHASHSEED": "0"}
        # The tests that call this run on all cores already.
        serial = " -n 0 -p no:cacheprovider" if "pytest" in recipes[name] else ""
        return subprocess.run(
            f"{recipes[name]}{serial} {options}",
            shell=True, cwd=project, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    def project(notebooks, tests=()):
        """Copy the package, the tools and some tests; the book holds the given notebooks alone."""
        root = tmp_path_factory.mktemp("project")
        (root / ".venv").symlink_to(tool.ROOT / ".venv")
        # With what Python compiled of them, which holds as long as a file is as it was.
        for name in ("lossbook", "tools"):
            shutil.copytree(tool.ROOT / name, root / name)
        own = ("Makefile", "pyproject.toml", "CHANGELOG.md", "CITATION.cff", "book/ruff.toml", "_config.yml", "_toc.yml")
        for name in (*own, *tests):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tool.ROOT / name, root / name)
        for name, notebook in notebooks.items():
            path = root / "book" / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tool.normalised(copy.deepcopy(notebook)))
        return root

    return project


def verdicts(output):
    """Which cells of which notebook passed and failed, from pytest's report."""
    found = {}
    for status, name, cell in re.findall(r"(?m)^(\w+) book/(\S+)\.ipynb::Cell (\d+)", output):
        found.setdefault(name, {})[int(cell)] = status
    return found


# A chapter, cut down


def words(cell, context):
    """The names that a cell binds (ast.Store) or uses (ast.Load)."""
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            yield node.id
        elif context is ast.Store and isinstance(node, ast.FunctionDef):
            yield node.name
        elif context is ast.Store and isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]


def cut(notebook, *wanted):
    """Keep the cells that are wanted, with the cells before them that bind what they use."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    kept = set()
    for find in wanted:
        last = find(code)
        kept.add(last)
        used = set(words(code[last], ast.Load))
        for n in reversed(range(last)):
            if used & set(words(code[n], ast.Store)):
                kept.add(n)
                used |= set(words(code[n], ast.Load))
    result = nbformat.from_dict({**notebook, "cells": [copy.deepcopy(code[n]) for n in sorted(kept)]})
    for count, cell in enumerate(result.cells, 1):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
    return result


def last_output(notebook, kind):
    """The last cell that stores this kind of output, and the output."""
    found = [(c, o) for c in notebook.cells for o in c.outputs if kind in (o.output_type, *o.get("data", {}))]
    return found[-1]


def first(code, fits):
    return next(n for n, cell in enumerate(code) if fits(cell))


def stores(kind):
    return lambda cell: any(kind in output.get("data", {}) for output in cell.outputs)


def prints_a_number(code):
    def fits(cell):
        streams = [o.text for o in cell.outputs if o.output_type == "stream"]
        return "lossbook." in cell.source and bool(streams) and bool(re.search(r"\d\.\d", streams[0]))

    return first(code, fits)


def prints_latex(code):
    return first(code, stores("text/latex"))


def draws(code):
    return first(code, stores("image/svg+xml"))


def compares_with_the_card(code):
    """The cell that counts units in the last place, or the first that calls a function which does."""
    n = first(code, lambda cell: "worst_ulps(" in cell.source)
    if code[n].outputs:
        return n
    functions = {node.name for node in ast.parse(code[n].source).body if isinstance(node, ast.FunctionDef)}
    return n + 1 + first(code[n + 1 :], lambda cell: functions & set(words(cell, ast.Load)))


def judges_all_claims(code):
    return first(code, lambda cell: "chapter.ledger(" in cell.source)


@pytest.fixture(scope="module")
def chapter():
    return nbformat.read(CHAPTER, as_version=4)


# Stored outputs that the code does not give


def change_a_number(notebook):
    output = last_output(notebook, "stream")[1]
    digit = re.search(r"\d(?=\D*$)", output.text)
    output.text = output.text[: digit.start()] + str((int(digit[0]) + 1) % 10) + output.text[digit.end() :]


def change_latex(notebook):
    data = last_output(notebook, "text/latex")[1].data
    changed = data["text/latex"].replace("- ", "+ ", 1)
    assert changed != data["text/latex"]
    data["text/latex"] = changed


def change_a_figure(notebook):
    cell, _ = last_output(notebook, "image/svg+xml")
    cell.source, count = re.subn(r"(?m)^figures\.show\((\w+)\)$", r'\1.axes[0].set_xlabel("x")\n\g<0>', cell.source)
    assert count == 1


def strip_outputs(notebook):
    for cell in notebook.cells:
        cell.outputs = []


def raise_an_error(notebook):
    notebook.cells[-1].source += '\nraise RuntimeError("sabotage")'


#: What is done, to the notebook with which cell.
STORED = {
    "a_changed_number": (change_a_number, prints_a_number),
    "changed_latex": (change_latex, prints_latex),
    "a_figure_whose_code_changed": (change_a_figure, draws),
    "outputs_that_were_stripped": (strip_outputs, prints_a_number),
    "a_cell_that_raises": (raise_an_error, prints_a_number),
}


# A package that computes something else


def flip(path, find):
    """Turn the first + into −, or − into +, under the node that is found in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sign = next(n for n in ast.walk(find(tree)) if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Add, ast.Sub)))
    sign.op = ast.Sub() if isinstance(sign.op, ast.Add) else ast.Add()
    path.write_text(ast.unparse(tree), encoding="utf-8")


def node_of(tree, kind, fits):
    return next(node for node in ast.walk(tree) if isinstance(node, kind) and fits(node))


def yielded(function, number):
    """Find the n-th thing that a kernel yields: the value, the gradient, the second derivative."""

    def find(tree):
        kernel = node_of(tree, ast.FunctionDef, lambda node: node.name == function)
        return [node for node in ast.walk(kernel) if isinstance(node, ast.Yield)][number]

    return find


def assigned(name):
    """Find the expression that a module's variable is."""
    return lambda tree: node_of(tree, ast.Assign, lambda node: getattr(node.targets[0], "id", "") == name)


def claimed(kind):
    """Find the first claim of a kind."""
    return lambda tree: node_of(tree, ast.Call, lambda node: getattr(node.func, "id", "") == kind)


#: The file, the node in it under which a sign is flipped, and the first cell in which the chapter must show it.
WRONG = {
    "the_value_of_a_kernel": (KERNEL, yielded("_bce_with_logits", 0), compares_with_the_card),
    "the_gradient_of_a_kernel": (KERNEL, yielded("_bce_with_logits", 1), compares_with_the_card),
    "the_formula_of_a_card": (CARD, assigned("probabilities"), prints_latex),
    "a_claim_of_a_card": (CARD, claimed("Gradient"), judges_all_claims),
}

# One run over all of them


def in_sequence(notebooks):
    """Join notebooks into one, which a single kernel executes; return it with the numbers of each one's cells."""
    joined, places = nbformat.from_dict({**next(iter(notebooks.values())), "cells": []}), {}
    for name, notebook in notebooks.items():
        places[name] = range(len(joined.cells), len(joined.cells) + len(notebook.cells))
        joined.cells += notebook.cells
    return joined, places


def beside(root, folder):
    """Copy the package to a folder of the book, whose notebooks import that one; return the folder."""
    shutil.copytree(root / "lossbook", root / "book" / folder / "lossbook")
    return root / "book" / folder


@pytest.fixture(scope="module")
def validated(chapter, project, run):
    """One run of nbval over what was sabotaged: the cells' results by the name of the sabotage."""
    stored = {name: cut(chapter, wanted) for name, (_, wanted) in STORED.items()}
    for name, (sabotage, _) in STORED.items():
        sabotage(stored[name])
    joined, places = in_sequence({"intact": cut(chapter, prints_a_number, prints_latex, draws)} | stored)
    root = project({"stored": joined} | {f"{name}/chapter": cut(chapter, wanted) for name, (_, _, wanted) in WRONG.items()})
    for name, (file, node, _) in WRONG.items():
        flip(beside(root, name) / file, node)
    done = run(root, "chapters", "-rA")
    assert done.returncode == 1, done.stdout
    found = verdicts(done.stdout)
    cells = found.pop("stored")
    return {name: [cells[n] for n in numbers] for name, numbers in places.items()} | {
        name.removesuffix("/chapter"): list(statuses.values()) for name, statuses in found.items()
    }


def test_an_intact_notebook_passes(validated):
    assert set(validated) == {"intact", *STORED, *WRONG}
    assert set(validated["intact"]) == {"PASSED"}


@pytest.mark.parametrize("name", STORED)
def test_nbval_notices(name, validated):
    statuses = validated[name]
    assert statuses[-1] == "FAILED"
    # Only what was broken fails: the cells before it are as they were.
    assert name == "outputs_that_were_stripped" or statuses.count("FAILED") == 1


@pytest.mark.parametrize("name", WRONG)
def test_nbval_notices_a_sign_flipped_in(name, validated):
    assert "FAILED" in validated[name]


# Notebooks that nbval passes although nothing was compared


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def never_executed(notebook):
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None


def outputs_stripped(notebook):
    for cell in code_cells(notebook):
        cell.outputs = []


def executed_out_of_order(notebook):
    first, second, *_ = code_cells(notebook)
    first.execution_count, second.execution_count = 2, 1


def one_cell_skipped(notebook):
    code_cells(notebook)[0].metadata["tags"] = ["nbval-skip"]


def a_warning_stored(notebook):
    warning = nbformat.v4.new_output("stream", name="stderr", text="FutureWarning: soon")
    code_cells(notebook)[0].outputs.append(warning)


HOLLOW = {
    never_executed: "test_every_code_cell_was_executed_in_order",
    outputs_stripped: "test_every_cell_that_shows_something_has_its_output_stored",
    executed_out_of_order: "test_every_code_cell_was_executed_in_order",
    one_cell_skipped: "test_no_cell_is_kept_from_validation",
    a_warning_stored: "test_no_output_is_an_error_or_a_warning",
}


@pytest.fixture(scope="module")
def inspected(chapter, project, run):
    notebooks = {"intact": chapter}
    for sabotage in HOLLOW:
        notebooks[sabotage.__name__] = copy.deepcopy(chapter)
        sabotage(notebooks[sabotage.__name__])
    root = project(notebooks, tests=["tests/conftest.py", "tests/takeaway.py", "tests/book/test_notebooks.py"])
    checks = " or ".join(sorted(set(HOLLOW.values())))
    return run(root, "package", f'--ignore-glob="lossbook/*" -k "{checks}" -rA').stdout


@pytest.mark.parametrize("sabotage", HOLLOW, ids=lambda sabotage: sabotage.__name__)
def test_inspection_notices(sabotage, inspected):
    check = f"tests/book/test_notebooks.py::{HOLLOW[sabotage]}"
    assert f"FAILED {check}[book/{sabotage.__name__}]" in inspected
    assert f"PASSED {check}[book/intact]" in inspected


# The unit tests of a package that computes something else

UNIT_TESTS = ["tests/conftest.py", "tests/losses/test_binary.py"]


@pytest.fixture(scope="module")
def right(chapter, project, run):
    """The results of the copy whose package is as it was."""
    notebook = cut(chapter, compares_with_the_card, prints_latex, judges_all_claims)
    root = project({"intact/chapter": notebook}, UNIT_TESTS)
    beside(root, "intact")
    return run(root, "chapters", "-rA"), run(root, "package", '--ignore-glob="lossbook/*" -k hand_values')


def test_the_copied_package_passes(right):
    chapters, package = right
    assert chapters.returncode == 0, chapters.stdout
    assert package.returncode == 0, package.stdout


@pytest.mark.parametrize("name", ["the_value_of_a_kernel", "the_gradient_of_a_kernel"])
def test_the_unit_tests_notice_a_sign_flipped_in(name, project, run):
    file, node, _ = WRONG[name]
    root = project({}, UNIT_TESTS)
    flip(root / file, node)
    done = run(root, "package", '--ignore-glob="lossbook/*" -k hand_values -x')
    assert done.returncode == 1, done.stdout
    assert "test_hand_values" in done.stdout


# A book that does not build

PAGES = {
    "formula": (r"An inline $\frac{1$ does not parse.", "KaTeX rejects the formula"),
    "display": ("$$\n\\begin{aligned} a &= b\n$$", "KaTeX rejects the formula"),
    "reference": ("See {numref}`fig-nowhere`.", "fig-nowhere"),
    "link": ("See [there](nowhere.md).", "nowhere.md"),
    "theorem": ("By {prf:ref}`thm-nowhere`.", "thm-nowhere"),
    "citation": ("{cite}`nobody1900`", "nobody1900"),
    "image": ("![A picture that is not there.](nowhere.svg)", "nowhere.svg"),
    "snippet": ("```{literalinclude} nowhere.py\n```", "nowhere.py"),
}
INTACT = {
    "intro": "# A small book\n\nA formula, $\\frac{1}{2}$, a citation {cite}`%s` and [a link](intact.ipynb).",
    "bibliography": "# Bibliography\n\n```{bibliography}\n```",
}


@pytest.fixture(scope="module")
def small_book(chapter, project):
    def small_book(pages):
        notebook = cut(chapter, prints_a_number, prints_latex, draws)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# A chapter"))
        root = project({"intact": notebook})
        for name in ("references.bib", "synonyms.json"):
            shutil.copy(tool.BOOK / name, root / "book")
        shutil.copytree(tool.BOOK / "assets", root / "book" / "assets")
        key = re.search(r"@\w+\{([^,]+),", (tool.BOOK / "references.bib").read_text(encoding="utf-8"))[1]
        for name, text in {**INTACT, **pages}.items():
            text = text.replace("%s", key)
            heading = "" if text.startswith("# ") else f"# The {name} page\n\n"
            (root / "book" / f"{name}.md").write_text(f"{heading}{text}\n", encoding="utf-8")
        listed = "".join(f"  - file: book/{name}\n" for name in ("intact", "bibliography", *pages))
        (root / "_toc.yml").write_text(f"format: jb-book\nroot: book/intro\nchapters:\n{listed}", encoding="utf-8")
        return root

    return small_book


def contents(folder):
    return {p.relative_to(folder): hashlib.sha1(p.read_bytes()).digest() for p in folder.rglob("*") if p.is_file()}


def test_an_intact_book_builds_and_builds_the_same_again(small_book, run):
    root = small_book({})
    done = run(root, "book")
    assert done.returncode == 0, done.stdout
    assert (root / "_build" / "html" / "book" / "intact.html").exists()
    first = contents(root / "_build" / "html")
    assert run(root, "book").returncode == 0
    assert contents(root / "_build" / "html") == first, "two builds differ"


@pytest.fixture(scope="module")
def broken_build(small_book, run):
    done = run(small_book({name: text for name, (text, _) in PAGES.items()}), "book")
    assert done.returncode != 0
    return [line for line in done.stdout.splitlines() if "WARNING" in line or "ERROR" in line]


@pytest.mark.parametrize("page", PAGES)
def test_the_build_notices_a_broken(page, broken_build):
    complaints = [line for line in broken_build if f"{Path('book', page)}.md" in line]
    assert any(PAGES[page][1] in line for line in complaints), broken_build


def test_the_build_complains_of_no_intact_page(broken_build):
    assert [line for line in broken_build if re.search(r"book/(intro|intact|bibliography)\.", line)] == []


# Style


def test_lint_notices_a_fault_in_a_notebook(chapter, project, run):
    faulty = cut(chapter, prints_latex)
    root = project({"chapter": faulty})
    # What was cut off used some of the imports that are left.
    assert "`os`" not in run(root, "lint").stdout
    faulty.cells[0].source = "import os\n" + faulty.cells[0].source
    (root / "book" / "chapter.ipynb").write_bytes(tool.normalised(faulty))
    done = run(root, "lint")
    assert done.returncode == 1
    assert re.search(r"F401[^>]*`os`[^>]*\n +--> book/chapter\.ipynb", done.stdout), done.stdout
