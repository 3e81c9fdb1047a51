"""Verdicts that are kept: a claim is proved once, however many pages and tests ask for it.

Where ``LOSSBOOK_VERDICTS`` names a folder, what was proved is written there in words, under a digest of all that could change it: the sources
of prover and cards, and the versions of Python, SymPy and mpmath. Without it nothing is kept.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mpmath
import sympy as sp

from lossbook.proof import english
from lossbook.proof.judge import prove


@dataclass(frozen=True)
class Judged:
    """A verdict in words: the status, how it is known, and the steps as lines of a list."""

    status: str
    how: str
    lines: tuple

    def __str__(self):
        return f"{self.status} ({self.how})"

    def _repr_markdown_(self):
        return f"**{self.status}**, {self.how}"


@cache
def _digest():
    """Tell what verdicts hang on from anything else."""
    package = Path(__file__).parent.parent
    sources = sorted([*(package / "proof").glob("*.py"), *(package / "cards").glob("*.py")])
    versions = f"{sys.version} {sp.__version__} {mpmath.__version__}"
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources) + versions.encode()).hexdigest()


def judged(card, claim):
    """Judge a claim of a card, or read the verdict that was reached already."""
    claim = card.claim(claim) if isinstance(claim, str) else claim
    folder = os.environ.get("LOSSBOOK_VERDICTS")
    if not folder:
        return _in_words(prove(card, claim))
    name = hashlib.sha256(f"{_digest()} {card.name} {claim.key}".encode()).hexdigest()[:32]
    path = Path(folder) / f"{name}.json"
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        return Judged(found["status"], found["how"], tuple(found["lines"]))
    verdict = _in_words(prove(card, claim))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may reach it at once: each writes its own file, and the last one stays.
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps({"status": verdict.status, "how": verdict.how, "lines": verdict.lines}), encoding="utf-8")
    part.replace(path)
    return verdict


def _in_words(verdict):
    lines = () if verdict.status == "refuted" else tuple(english.steps(verdict.steps))
    return Judged(verdict.status, verdict.how, lines)


@dataclass(frozen=True)
class Entry:
    """One line of a ledger: the card's name, the claim's key, its sentence, and the verdict."""

    card: str
    key: str
    sentence: str
    verdict: Judged


def ledger(*chosen):
    """Judge every claim of the given cards."""
    return [Entry(card.name, claim.key, claim.sentence(card), judged(card, claim)) for card in chosen for claim in card.claims]
