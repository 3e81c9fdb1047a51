"""Each row of the page *Rosetta table* is what the installed libraries do."""

import json

import pytest
import rosetta
from rosetta_calls import LOSSES, Call

RENEW = "the file is not what the libraries do: run .venv-peers/bin/python tests/peers/rosetta.py, and read the diff"
CALLS = [(name, loss, n) for name, loss in LOSSES.items() for n in range(len(loss.calls))]
NOTES = [(name, *pair) for name, loss in LOSSES.items() for pair in loss.notes]


@pytest.fixture(scope="module")
def stored():
    return json.loads(rosetta.FILE.read_text(encoding="utf-8"))


def test_the_stored_table_has_these_losses_and_the_versions_that_are_installed(stored):
    assert stored["versions"] == rosetta.versions(), RENEW
    assert {name: len(entry["rows"]) for name, entry in stored["losses"].items()} == {
        name: len(loss.calls) for name, loss in LOSSES.items()
    }, RENEW
    for name, loss in LOSSES.items():
        assert stored["losses"][name]["probes"] == list(loss.probes), RENEW


@pytest.mark.parametrize(("name", "loss", "n"), CALLS, ids=lambda v: v if isinstance(v, str) else "")
def test_the_stored_row_is_what_the_call_does(stored, name, loss, n):
    assert stored["losses"][name]["rows"][n] == rosetta.row(name, loss, loss.calls[n]), RENEW


@pytest.mark.parametrize(("name", "check", "text"), NOTES, ids=lambda v: v[:40])
def test_the_note_is_true_and_stored(stored, name, check, text):
    assert rosetta.note(check, text) in stored["losses"][name]["notes"], RENEW


@pytest.mark.parametrize(
    ("loss", "call"),
    [
        # False positives and false negatives swapped, a wrong smoothing, the reference and the model swapped.
        ("tversky_loss", "monai.losses.TverskyLoss(alpha=0.25, beta=0.5)(probs, target)"),
        ("dice_loss", "monai.losses.DiceLoss(smooth_nr=2e-5)(probs, target)"),
        ("kl_divergence", "keras.losses.KLDivergence()(q, p)"),
        ("mse_loss", "2 * F.mse_loss(prediction, target)"),
    ],
)
def test_a_call_that_is_not_the_loss_is_not_taken(loss, call):
    library = "torch" if call[0] == "2" else call.split(".")[0]
    with pytest.raises(AssertionError, match="0 calls"):
        rosetta.row(loss, LOSSES[loss], Call(library, call, "smooth=1e-5" if library == "monai" else ""))


def test_a_note_that_is_not_true_is_not_taken():
    with pytest.raises(AssertionError, match="not true"):
        rosetta.note("1 == 2", "one is two")


def test_a_divisor_is_told_by_the_value():
    losses = rosetta.np.array([1.0, 2.0, 4.0])
    for value, word in ((7, "1"), (7 / 3, "N"), (7 / 6, "N · K"), (7 / 4, None), (losses, "array")):
        assert rosetta.divisor(rosetta.number(value), losses, 2, 1e-9) == word
