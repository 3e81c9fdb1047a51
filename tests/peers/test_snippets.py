"""Every snippet that a chapter's tabs show runs as it stands, in a process of its own.

Most of the time goes into importing a library. One process for each set of libraries imports them, and a fork of it runs each
snippet: it finds what it would find after its own first import, and leaves nothing to the next.
"""

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

SNIPPETS = sorted(Path(__file__).with_name("snippets").glob("*.py"))

#: Runs the scripts that are named, each in a fork, and writes for each its exit status and what it said on stderr.
FORKS = """
import importlib, json, os, runpy, sys, tempfile, traceback, warnings

roots, paths = json.loads(sys.argv[1]), sys.argv[2:]
for root in roots:
    importlib.import_module(root)
for path in paths:
    with tempfile.TemporaryFile() as said:
        with warnings.catch_warnings():
            # Libraries warn of threads that a fork does not have; what hangs for want of one is given up.
            warnings.simplefilter("ignore")
            child = os.fork()
        if not child:
            os.dup2(said.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            status = 1
            try:
                runpy.run_path(path, run_name="__main__")
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print(json.dumps([status, said.read().decode()]), flush=True)
"""

#: What compare.py does for the tests here: PyPI's torchvision imports beside the CPU build of PyTorch.
WITHOUT_OPERATORS = """
import torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms() -> ()")
library.define("qnms() -> ()")
"""

IMPORTERS = {"segmentation_models_pytorch", "timm", "torchmetrics", "torchvision"}


@cache
def roots(path):
    """Return the packages that a script imports, in order, without their modules, which only an import of its own may load."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module.partition(".")[0])
    return tuple(dict.fromkeys(found))


def run(paths, folder):
    """Run scripts that import the same packages; return the exit status of each and what it said on stderr."""
    needed = roots(paths[0])
    before = WITHOUT_OPERATORS if IMPORTERS & set(needed) and torch.version.cuda is None else ""
    # A warning is reported on stderr, and a reader who copies the snippet should see none.
    command = [sys.executable, "-W", "default", "-c", before + FORKS, json.dumps(needed), *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    # What an import itself has to say belongs to every script.
    return [(status, done.stderr + said) for status, said in map(json.loads, done.stdout.splitlines())]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Return what became of a snippet, whose libraries are imported with the first that needs them."""
    found = {}

    def outcome(path):
        if path not in found:
            alike = [other for other in SNIPPETS if roots(other) == roots(path)]
            found.update(zip(alike, run(alike, tmp_path_factory.mktemp("snippets")), strict=True))
        return found[path]

    return outcome


def test_there_are_snippets():
    assert SNIPPETS


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_snippet_runs_without_a_warning(path, outcome):
    status, said = outcome(path)
    assert status == 0, said
    assert said == ""


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_snippet_asserts_its_result(path):
    assert "\nassert " in path.read_text(encoding="utf-8")


#: Scripts, and whether they have to be noticed.
SCRIPTS = {
    "assert 1 == 2": True,
    "import warnings; warnings.warn('old', FutureWarning)": True,
    "import sys; sys.exit(0)": True,
    "import os; os.abort()": True,
    "import numpy as np; np.log(0)": True,
    "left = 1": False,
    "assert left == 1": True,
    "import numpy as np; np.left = 1": False,
    "import numpy as np; np.left": True,
    "import xml; xml.dom.minidom": True,
    "import xml; import xml.dom.minidom": False,
}


def test_a_wrong_script_is_noticed_and_none_leaves_anything_to_the_next(tmp_path):
    paths = [tmp_path / f"{number}.py" for number in range(len(SCRIPTS))]
    for path, code in zip(paths, SCRIPTS, strict=True):
        path.write_text(f"{code}\n", encoding="utf-8")
    found = run(paths, tmp_path)
    for (code, wrong), (status, said) in zip(SCRIPTS.items(), found, strict=True):
        assert bool(status or said) == wrong, (code, status, said)
