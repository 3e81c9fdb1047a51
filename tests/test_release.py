"""The version stands in three places, and they agree."""

import re
from pathlib import Path

import lossbook

ROOT = Path(__file__).resolve().parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_changelog_citation_and_package_name_one_version_and_date():
    version, date = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", read("CHANGELOG.md"), re.M).groups()
    assert version == lossbook.__version__
    assert f"version: {version}\n" in read("CITATION.cff")
    assert f"date-released: {date}\n" in read("CITATION.cff")
