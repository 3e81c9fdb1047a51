"""The examples of the bridges' docstrings, which the book's environment has to skip."""

import doctest

import compare  # noqa: F401  before JAX is imported
import jax as library_jax
import pytest

from lossbook.bridges import boosting, jax, torch


def examples(module):
    """The examples of a module, none of them skipped."""
    for test in doctest.DocTestFinder().find(module):
        for example in test.examples:
            example.options.pop(doctest.SKIP, None)
        if test.examples:
            yield test


@pytest.mark.parametrize("module", [boosting, jax, torch], ids=lambda module: module.__name__)
def test_the_examples_print_what_they_say(module):
    found = list(examples(module))
    assert found
    with library_jax.enable_x64(False):  # as it is unless one asks
        for test in found:
            result = doctest.DocTestRunner(verbose=False).run(test)
            assert result.failed == 0 < result.attempted
