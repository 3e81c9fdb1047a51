"""Every snippet that a chapter's tabs show runs as it stands, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

SNIPPETS = sorted(Path(__file__).with_name("snippets").glob("*.py"))


#: PyPI's torchvision is compiled for PyTorch with CUDA. Beside the CPU build its operators do not load, and it does not
#: import unless something has these names. segmentation-models-pytorch imports it, but its losses use no operator of it.
WITHOUT_OPERATORS = """
import runpy, sys, torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms() -> ()")
library.define("qnms() -> ()")
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def run(path, folder):
    # A warning is reported on stderr, and a reader who copies the snippet should see none.
    command = [sys.executable, "-W", "default"]
    if "segmentation_models_pytorch" in path.read_text(encoding="utf-8") and torch.version.cuda is None:
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
