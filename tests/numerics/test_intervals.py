"""The quick looks at an interval say what comparing every number says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossbook.numerics.intervals import is_whole, within

EDGES = [0.0, -0.0, 1.0, 5e-324, -5e-324, 1 - 2**-53, 1 + 2**-52, 2.0, -1.0, 0.5, math.nan, math.inf, -math.inf, 1e308]
BOUNDS = [(0, 1), (0, 2), (-1, 1), (-math.inf, 0), (0, np.finfo(float).max), (-math.inf, math.inf), (0, math.inf)]


@given(st.lists(st.sampled_from(EDGES), min_size=1, max_size=4), st.sampled_from(BOUNDS))
@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8"])
def test_within_is_what_all_comparisons_say(dtype, entries, bounds):
    with np.errstate(over="ignore"):
        x = np.array(entries, dtype)
    assert within(x, *bounds) == all(bounds[0] <= float(entry) <= bounds[1] for entry in x)


@given(st.lists(st.integers(-3, 300), min_size=1, max_size=4), st.integers(0, 300))
def test_within_reads_integers(entries, high):
    assert within(np.array(entries), 0, high) == (min(entries) >= 0 and max(entries) <= high)


@pytest.mark.parametrize(("x", "expected"), [([1.0, -2.0], True), ([0.5], False), ([np.nan], False), ([1, 2], True)])
def test_whole_numbers_are_recognised_in_any_dtype(x, expected):
    assert is_whole(np.array(x)) is expected
