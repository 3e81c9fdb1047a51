"""The code to take away: its form, and the NumPy functions beside lossbook's."""

import ast

import numpy as np
import pytest
from takeaway import ALLOWED, BLOCKS, agree, cases, reference

NUMPY = [block for block in BLOCKS if block.library == "numpy"]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_has_at_most_fifteen_lines_that_fit_the_page(block):
    lines = block.code.splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 88


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_imports_what_it_uses_and_nothing_of_lossbook(block):
    tree = ast.parse(block.code)
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {module.partition(".")[0] for module in modules} <= ALLOWED
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert imported <= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert [type(node) for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))] == [ast.FunctionDef]


@pytest.mark.parametrize("block", NUMPY, ids=str)
def test_a_numpy_block_gives_the_value_and_gradient_of_lossbook(block):
    function = block.function()
    for args, options in cases(block, np.random.default_rng(0)):
        agree(block, function(*args, **options), reference(block.name)(*args, **options))
