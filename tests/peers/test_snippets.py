"""Every snippet that a chapter's tabs show runs as it stands, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

SNIPPETS = sorted(Path(__file__).with_name("snippets").glob("*.py"))


#: What compare.py does for the tests here: PyPI's torchvision imports beside the CPU build of PyTorch.
WITHOUT_OPERATORS = """
import runpy, sys, torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms() -> ()")
library.define("qnms() -> ()")
runpy.run_path(sys.argv[1], run_name="__main__")
"""

IMPORTERS = ("segmentation_models_pytorch", "torchmetrics", "torchvision")


def run(path, folder):
    # A warning is reported on stderr, and a reader who copies the snippet should see none.
    command = [sys.executable, "-W", "default"]
    needs_torchvision = any(name in path.read_text(encoding="utf-8") for name in IMPORTERS)
    if needs_torchvision and torch.version.cuda is None:
        command += ["-c", WITHOUT_OPERATORS]
    return subprocess.run([*command, path], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_there_are_snippets():
    assert SNIPPETS


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_snippet_runs_without_a_warning(path, tmp_path):
    done = run(path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_snippet_asserts_its_result(path):
    assert "\nassert " in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", ["assert 1 == 2\n", "import warnings\n\nwarnings.warn('old', FutureWarning)\n"])
def test_a_wrong_snippet_is_noticed(code, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(code, encoding="utf-8")
    done = run(path, tmp_path)
    assert done.returncode or done.stderr
