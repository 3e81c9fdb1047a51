"""The pages of the functions: each public name stands on one of them, and they say what the docstrings say."""

import re
from collections import Counter

import notebooks as tool

import lossbook

PAGES = sorted((tool.BOOK / "api").glob("*.md"))


def test_every_public_name_is_documented_once():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert Counter(re.findall(r"(?m)^\.\. autofunction:: (\w+)$", text)) == Counter(lossbook.__all__)


def test_the_losses_stand_in_the_order_of_the_catalogue():
    order = [record.name for record in lossbook.catalogue()]
    for page in PAGES:
        listed = re.findall(r"(?m)^\.\. autofunction:: (\w+)$", page.read_text(encoding="utf-8"))
        places = [order.index(name) for name in listed if name in order]
        assert places == sorted(places), page.name
