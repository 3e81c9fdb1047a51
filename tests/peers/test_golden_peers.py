"""The stored numbers are what the installed libraries give."""

import json

import numpy as np
import pytest
from golden import CASES, FILE, fresh

NUMBERS = {"value", "gradient"}
RENEW = "the file is not what the peers give: run .venv-peers/bin/python tests/peers/golden.py, and read the diff"


@pytest.fixture(scope="module")
def stored():
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def given():
    return json.loads(json.dumps(fresh()))


def test_the_stored_calls_are_those_of_today_with_the_versions_that_are_installed(stored, given):
    assert [{k: v for k, v in r.items() if k not in NUMBERS} for r in stored] == [
        {k: v for k, v in r.items() if k not in NUMBERS} for r in given
    ], RENEW


@pytest.mark.parametrize("n", range(len(CASES)), ids=lambda n: f"{CASES[n].loss}-{CASES[n].peer}")
def test_the_stored_numbers_are_those_of_today(stored, given, n):
    for part in NUMBERS:
        if given[n][part] is None:
            assert stored[n][part] is None, RENEW
        else:
            # Another processor's exponential may differ in the last place.
            largest = np.max(np.abs(given[n][part]))
            np.testing.assert_allclose(stored[n][part], given[n][part], 1e-13, 1e-15 * largest, err_msg=RENEW)
