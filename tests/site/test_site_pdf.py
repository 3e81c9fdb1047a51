"""The whole book as PDF, where `make pdf` has printed it."""

import json
import re

import pytest

pypdf = pytest.importorskip("pypdf")


@pytest.fixture(scope="module")
def pdf(site):
    path = site.root / "lossbook.pdf"
    if not path.exists():
        pytest.skip("make pdf prints it")
    return pypdf.PdfReader(path)


def titles(items):
    for item in items:
        yield from titles(item) if isinstance(item, list) else [item.title]


def test_the_outline_has_every_page_of_the_book(site, pdf):
    text = (site.root / "_static" / "search_index.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"window\.lossbookIndex=(.*);\s*", text, re.S)[1])
    listed = {re.sub(r"^[\d.]+\s", "", title) for title in titles(pdf.outline)}
    assert {title for _, title, *_ in index["pages"]} <= listed


def test_no_link_leads_to_a_file_of_the_machine_that_printed(pdf):
    links = [note.get_object() for page in pdf.pages for note in page.get("/Annots", ())]
    assert not [link for link in links if "file:" in str(link.get("/A", {}).get("/URI", ""))]
    assert sum("/Dest" in link for link in links) > 500


def test_every_page_but_the_first_has_its_number(pdf):
    front = next(n for n, page in enumerate(pdf.pages) if n and "Contents" not in page.extract_text())
    wrong = [n + 1 for n in range(front, len(pdf.pages)) if str(n + 1) not in pdf.pages[n].extract_text().split()]
    assert not wrong


def test_the_pages_of_the_site_link_to_it(site, pdf):
    for path in site.paths():
        if not site.page(path).is_redirect:
            assert "lossbook.pdf" in site.page(path).text, path
