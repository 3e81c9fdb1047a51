"""What the wheel declares is what its parts import."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import lossbook

ROOT = Path(lossbook.__file__).parent
PROJECT = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
#: Distributions whose module has another name.
DISTRIBUTIONS = {"ot": "pot"}
#: The extra that brings what a folder or a module imports; everything else has to do with the base.
PARTS = {"cards": "book", "proof": "book", "show": "book", "bridges/torch": "torch", "bridges/jax": "jax"}


def names(requirements):
    return {re.match(r"[\w-]+", one)[0].lower() for one in requirements}


def imports(code):
    """Yield the modules that some code imports, wherever it does, and those that it asks ``library`` for."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) == "library":
            yield node.args[0].value


def distributions(code):
    """The distributions that some code needs."""
    roots = {name.partition(".")[0] for name in imports(code)} - {"lossbook"} - sys.stdlib_module_names
    return {DISTRIBUTIONS.get(root, root).lower() for root in roots}


def part(path):
    """The extra of a module, None for the base."""
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    return PARTS.get(name, PARTS.get(name.partition("/")[0]))


def needed(extra):
    """What the modules of a part import."""
    code = [path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if part(path) == extra]
    assert code
    return set().union(*map(distributions, code))


def test_the_base_declares_what_it_imports():
    assert needed(None) == names(PROJECT["dependencies"])


@pytest.mark.parametrize("extra", sorted(set(PARTS.values())))
def test_an_extra_declares_what_its_part_imports(extra):
    assert needed(extra) - names(PROJECT["dependencies"]) == names(EXTRAS[extra])


def test_an_extra_without_imports_brings_the_libraries_that_call_it():
    assert {extra: names(EXTRAS[extra]) for extra in EXTRAS.keys() - PARTS.values()} == {
        "boosting": {"xgboost", "lightgbm"}
    }


def test_imports_are_found_wherever_they_stand():
    code = "import os, sympy.core\ndef f():\n    from ot.lp import emd\n    return library('torch', 'torch'), emd"
    assert distributions(code) == {"sympy", "pot", "torch"}
