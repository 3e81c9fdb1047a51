"""Verdicts that are kept: read where they were reached, and reached again where anything that they hang on is another."""

import mpmath
import pytest
import sympy as sp

from lossbook.cards import cards
from lossbook.proof import store

CARD = cards()["mse_loss"]
KEY = CARD.claims[0].key


@pytest.fixture
def proofs(tmp_path, monkeypatch):
    """The claims that were proved, and not read."""
    found = []
    monkeypatch.setenv("LOSSBOOK_VERDICTS", str(tmp_path))
    monkeypatch.setattr(
        store, "prove", lambda card, claim, prove=store.prove: (found.append(claim.key), prove(card, claim))[1]
    )
    return found


def test_a_verdict_that_was_reached_is_read(proofs):
    first = store.judged(CARD, KEY)
    assert store.judged(CARD, KEY) == first
    assert proofs == [KEY]


def test_without_a_folder_nothing_is_kept(proofs, monkeypatch):
    monkeypatch.delenv("LOSSBOOK_VERDICTS")
    store.judged(CARD, KEY)
    store.judged(CARD, KEY)
    assert proofs == [KEY, KEY]


@pytest.mark.parametrize("module", [sp, mpmath])
def test_another_version_proves_it_again(module, proofs, monkeypatch):
    monkeypatch.setattr(store, "_digest", store._digest.__wrapped__)
    store.judged(CARD, KEY)
    monkeypatch.setattr(module, "__version__", "0")
    store.judged(CARD, KEY)
    assert proofs == [KEY, KEY]


@pytest.mark.parametrize("folder", ["proof", "cards"])
def test_another_source_proves_it_again(folder, proofs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_digest", store._digest.__wrapped__)
    monkeypatch.setattr(store, "__file__", str(tmp_path / "package" / "proof" / "store.py"))
    (tmp_path / "package" / folder).mkdir(parents=True)
    store.judged(CARD, KEY)
    (tmp_path / "package" / folder / "new.py").write_text("", encoding="utf-8")
    store.judged(CARD, KEY)
    (tmp_path / "package" / folder / "new.py").write_text("changed = 1", encoding="utf-8")
    store.judged(CARD, KEY)
    assert proofs == [KEY, KEY]
