"""The pages of the functions: each public name stands on one of them."""

import re
from collections import Counter

import notebooks as tool
from api_pages import listed

import lossbook

PAGES = sorted((tool.BOOK / "api").glob("*.md"))


def test_every_public_name_is_documented_once():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = re.findall(r"(?m)^\.\. autofunction:: (\w+)$", text)
    groups = re.findall(r"(?m)^\.\. losses:: (\w+)$", text)
    assert Counter([*named, *(name for group in groups for name in listed(group))]) == Counter(lossbook.__all__)


def test_each_group_has_a_page_of_functions_and_one_of_claims():
    groups = {record.group for record in lossbook.catalogue()}
    assert {path.stem for path in PAGES} == groups | {"using"}
    assert {path.stem for path in tool.BOOK.glob("ledger_*.ipynb")} == {f"ledger_{group}" for group in groups | {"numbers"}}
