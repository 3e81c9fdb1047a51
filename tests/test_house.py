"""The floors of the house: who may know whom."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import lossbook

ROOT = Path(lossbook.__file__).parent
#: From the ground up; a floor knows itself and those below it.
FLOORS = ("numerics", "engine", "losses", "catalogue", "diagnosis", "show")
#: Those that compute: they need NumPy alone.
COMPUTING = ("numerics", "engine", "losses", "diagnosis")
MODULES = {path.relative_to(ROOT).with_suffix("").as_posix(): path for path in ROOT.rglob("*.py")}
HEAVY = {"sympy", "matplotlib", "scipy", "IPython", "ot"}


def imported(path, everywhere=True):
    """The dotted names that a module imports; those of functions, too, unless only what runs at import is asked for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from parts
            # Single modules of a package can be had before the package's own names.
            if not all(part.removeprefix("lossbook.").replace(".", "/") in MODULES for part in parts):
                yield node.module


def known(name, everywhere=True):
    """The modules of the package that a module imports, as paths."""
    paths = {used.removeprefix("lossbook.").replace(".", "/") for used in imported(MODULES[name], everywhere)}
    return {path if path in MODULES else f"{path}/__init__" for path in paths} & MODULES.keys()


def floor(name):
    return name.partition("/")[0]


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) in COMPUTING])
def test_a_floor_knows_only_those_below_it_and_no_library_but_numpy(name):
    allowed = FLOORS[: FLOORS.index(floor(name)) + 1]
    assert {floor(other) for other in known(name)} <= set(allowed)
    libraries = {used.partition(".")[0] for used in imported(MODULES[name])}
    # The solver of transport is loaded when it is asked for.
    assert libraries & HEAVY <= ({"ot"} if name == "losses/transport" else set())


@pytest.mark.parametrize("name", ["bridges/boosting", "bridges/jax", "bridges/torch"])
def test_a_bridge_knows_the_engine_and_no_other_bridge(name):
    assert {floor(other) for other in known(name)} <= {*FLOORS[:2], "bridges"}
    assert {other for other in known(name) if floor(other) == "bridges"} <= {"bridges/bridged"}


def test_nothing_is_built_on_the_bridges():
    # The package has their names; what happens at import, test_bridged.py sees.
    users = {floor(name) for name in MODULES for other in known(name) if floor(other) == "bridges"}
    assert users == {"bridges", "__init__"}


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) == "losses" and name != "losses/__init__"])
def test_a_family_knows_no_other_family(name):
    assert {other for other in known(name) if floor(other) == "losses"} == set()


def test_the_register_knows_no_loss():
    assert known("engine/register") == set()


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) == "cards"])
def test_a_card_does_not_know_the_implementation(name):
    assert {floor(other) for other in known(name)} <= {"cards", "proof"}


def test_no_import_runs_in_a_circle():
    packages = {name: {other for other in known(name, everywhere=False) if other != name} for name in MODULES}
    list(TopologicalSorter(packages).static_order())
