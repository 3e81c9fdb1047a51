"""Every claim of every card is judged, and every loss has a card."""

import pytest

import lossbook
from lossbook.cards import cards
from lossbook.proof import Not, judged

CLAIMS = [(name, claim.key) for name, card in cards().items() for claim in card.claims]


@pytest.mark.parametrize(("name", "key"), CLAIMS)
def test_a_claim_is_settled(name, key):
    """Proved, exhaustive, or refuted where the card says so; and it has a sentence."""
    card = cards()[name]
    claim = card.claim(key)
    verdict = judged(card, claim)
    assert (verdict.status == "refuted") == isinstance(claim, Not)
    assert claim.sentence(card)[0].isupper() or claim.sentence(card)[0] == "$"


def test_keys_are_unique():
    """A claim is found by its key."""
    assert len(set(CLAIMS)) == len(CLAIMS)


def test_every_loss_has_a_card():
    """The catalogue and the cards name the same losses."""
    assert sorted(cards()) == sorted(record.name for record in lossbook.catalogue())
