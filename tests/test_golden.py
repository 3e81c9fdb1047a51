"""Numbers that other libraries gave, stored: lossbook gives the same, and none of them has to be installed to see it.

tests/peers/golden.py calls the libraries and writes the file; ``make peers`` compares it with what they give today.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import lossbook

RECORDS = json.loads(Path(__file__).with_name("golden").joinpath("peers.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r['loss']}-{r['peer']}")
SCORES = ("precision", "recall", "f1_score", "fbeta_score")


def numbers(value):
    """All numbers in nested lists and dictionaries."""
    if isinstance(value, dict):
        value = list(value.values())
    return [n for inner in value for n in numbers(inner)] if isinstance(value, list) else [value]


def arguments(record):
    given = dict(record["arguments"])
    if "set_function" in given:
        table = given["set_function"]
        given["set_function"] = lambda mask: table[sum(1 << n for n, member in enumerate(mask) if member)]
    if record["loss"] in SCORES:
        given = {"counts": lossbook.confusion_counts(**given)}
    return given


@EACH
def test_the_value_is_the_peers(record):
    value = getattr(lossbook, record["loss"])(**arguments(record), **record["options"])
    np.testing.assert_allclose(value, record["value"], rtol=record["rtol"])


@pytest.mark.parametrize("record", [r for r in RECORDS if r["gradient"]], ids=lambda r: f"{r['loss']}-{r['peer']}")
def test_the_gradient_is_the_peers(record):
    value, gradient = lossbook.value_and_grad(getattr(lossbook, record["loss"]))(
        **arguments(record), **record["options"]
    )
    np.testing.assert_allclose(value, record["value"], rtol=record["rtol"])
    # Relative to the largest entry: where one vanishes, the peer has only rounding errors.
    largest = np.max(np.abs(record["gradient"]))
    np.testing.assert_allclose(gradient, record["gradient"], rtol=record["rtol"], atol=1e-14 * largest)


@EACH
def test_the_inputs_are_the_same_numbers_in_decimals(record):
    assert all(float(64 * n).is_integer() for n in numbers(record["arguments"]))


def test_every_loss_has_a_number_and_every_one_with_a_gradient_a_gradient():
    losses = {r.name: r.function for r in lossbook.catalogue()}
    assert {r["loss"] for r in RECORDS} == set(losses)
    smooth = {name for name, function in losses.items() if function.declaration.no_gradient is None}
    assert {r["loss"] for r in RECORDS if r["gradient"]} == smooth


@pytest.mark.parametrize("record", lossbook.catalogue(), ids=lambda r: r.name)
def test_every_option_of_a_loss_is_away_from_its_default_somewhere(record):
    given = {name for r in RECORDS if r["loss"] == record.name for name in r["options"]}
    # What no peer has: a policy, or another shape of the result. What selects and weighs is held against its meaning in
    # tests/engine/test_options.py.
    ours = {"empty", "return_flow", "where", "sample_weight"}
    ours |= {"region": {"weight"}, "element": {"axis"}}.get(record.function.declaration.each, set())
    assert set(record.options) - given <= ours
