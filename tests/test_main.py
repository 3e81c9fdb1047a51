"""``python -m lossbook`` from a terminal: what it prints, and its exit status."""

import subprocess
import sys
from pathlib import Path

import pytest

import lossbook
from lossbook.__main__ import main

MODULE = """
import numpy as np
import lossbook

def good(p, g):
    return lossbook.dice_loss(p, g)

def at_edges(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())

def wrong(p, g):
    return 2 * (p * g).sum() / (p.sum() + g.sum())

class Mine:
    @staticmethod
    def focal(z, y):
        return lossbook.sigmoid_focal_loss(z, y, gamma=1.5, alpha=None)
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "of_mine.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("of_mine", None)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["of_mine:good", "dice_loss"], 0),
        (["of_mine:at_edges", "dice_loss"], 1),
        (["of_mine:wrong", "dice_loss"], 2),
        (["of_mine:wrong", "dice_coefficient"], 1),
        (["of_mine:Mine.focal", "sigmoid_focal_loss", "gamma=1.5", "alpha=None"], 0),
        (["of_mine:Mine.focal", "sigmoid_focal_loss", "--library", "numpy", "gamma=1.5", "alpha=None"], 0),
        (["of_mine:Mine.focal", "sigmoid_focal_loss", "gamma=1.5", "alpha=None", "--library", "numpy"], 0),
        (["of_mine:Mine.focal", "sigmoid_focal_loss"], 2),
        (["of_mine:wrong", "dice_loss", "axis=(2,3)", "reduction=sum"], 2),
    ],
)
def test_the_exit_status_tells_the_outcome(arguments, status, capsys):
    assert main(["diagnose", *arguments]) == status
    out = capsys.readouterr().out
    assert out.startswith(arguments[0].partition(":")[2].rpartition(".")[2])
    assert ("differ" in out) == (status == 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["of_mine", "dice_loss"], "'of_mine' is no module:function"),
        (["of_mine:absent", "dice_loss"], "of_mine:absent cannot be imported: AttributeError"),
        (["absent:good", "dice_loss"], "absent:good cannot be imported: ModuleNotFoundError"),
        (["of_mine:good", "dice"], "'dice' is no loss; there are binary_cross_entropy, "),
        (["of_mine:good", "dice_loss", "smooth"], "'smooth' is no option=value"),
        (["of_mine:good", "dice_loss", "--smooth"], "'--smooth' is no option=value"),
        (["of_mine:good", "dice_loss", "--smooth=1"], "'--smooth=1' is no option=value"),
        (["of_mine:good", "dice_loss", "smoth=1"], "unexpected keyword argument 'smoth'"),
        (["of_mine:good", "dice_loss", "smooth=-1"], "smooth must be"),
        (["of_mine:good", "dice_loss", "--library", "tensorflow"], "invalid choice: 'tensorflow'"),
        (["of_mine:np", "dice_loss"], "function must be callable"),
        ([], "required"),
    ],
)
def test_what_is_not_understood_has_a_status_of_its_own(arguments, said, capsys):
    with pytest.raises(SystemExit) as raised:
        main(["diagnose", *arguments])
    assert raised.value.code == 3
    assert said in capsys.readouterr().err


def test_it_runs_as_a_module_and_finds_modules_of_the_folder(module):
    call = [sys.executable, "-m", "lossbook", "diagnose", "of_mine:wrong", "dice_loss"]
    path = str(Path(lossbook.__file__).parents[1])
    done = subprocess.run(call, cwd=module, env={"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}, capture_output=True)
    assert done.returncode == 2, done.stderr.decode()
    assert "the coefficient is returned, not the loss" in done.stdout.decode()


def test_a_terminal_without_greek_letters_and_python_without_docstrings_will_do(module):
    call = [sys.executable, "-OO", "-m", "lossbook", "diagnose", "of_mine:Mine.focal", "sigmoid_focal_loss", "gamma=1.5"]
    path = str(Path(lossbook.__file__).parents[1])
    done = subprocess.run(call, cwd=module, env={"PYTHONPATH": path, "PYTHONIOENCODING": "ascii"}, capture_output=True)
    assert done.returncode == 2, done.stderr.decode()
    assert "? is left out: alpha=None" in done.stdout.decode()
