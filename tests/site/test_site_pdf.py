"""The book as PDF: three of its pages printed here, and the whole where `make pdf` has printed it."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pdf
import pypdf
import pytest
from checks import printed_beyond, printed_smaller

#: A page of every kind that paper treats in its own way: prose with cards, wide tables across, claims.
FEW = "book/intro", "book/cheat_sheet", "book/ledger_classes"


@pytest.fixture(scope="module")
def few(site, tmp_path_factory):
    """Some pages of the site, as a book of their own."""
    path = tmp_path_factory.mktemp("pdf") / "few.pdf"
    printed = [name for name in FEW if (site.root / f"{name}.html").is_file()]
    # In a thread of its own: where other tests hold a browser, this one has an event loop already.
    with ThreadPoolExecutor(1) as thread:
        writer, took = thread.submit(lambda: asyncio.run(pdf.book(printed, site.root))).result()
    assert list(took) == sorted(took, key=[name for _, name in pdf.order()].index)
    writer.write(path)
    return path


@pytest.fixture(scope="module")
def whole(site):
    path = site.root / pdf.PDF
    if not path.exists():
        pytest.skip("make pdf prints it")
    return pypdf.PdfReader(path)


def titles(items):
    for item in items:
        yield from titles(item) if isinstance(item, list) else [item.title]


def words(path):
    """Yield the text of each page."""
    for page in pypdf.PdfReader(path).pages:
        yield page.extract_text()


def test_the_outline_leads_to_the_headings(few):
    reader, texts = pypdf.PdfReader(few), list(words(few))

    def lead(items):
        for item in items:
            if isinstance(item, list):
                yield from lead(item)
            else:
                yield item.title, texts[reader.get_destination_page_number(item)]

    found = list(lead(reader.outline))
    assert {"Cheat sheet", "Claims: classes", "Reference", "Play"} <= {title for title, _ in found}
    parts = {part for part, _ in pdf.order()}
    assert not [title for title, text in found if title not in parts and title not in " ".join(text.split())]


def test_pages_are_numbered_under_a_running_head_and_the_contents_say_where(few):
    texts = [text.split() for text in words(few)]
    front = next(n for n, text in enumerate(texts) if n and "Contents" not in text)
    assert all(str(n + 1) in text for n, text in enumerate(texts[front:], front))
    last = " ".join(texts[-1])
    assert "Cheat sheet" in last
    listed = dict(re.findall(r"(\S+ \S+) (\d+)(?= |$)", " ".join(w for text in texts[1:front] for w in text)))
    start = next(n for n, text in enumerate(texts[front:], front) if "Cheat sheet" in " ".join(text[:4]))
    assert listed["Cheat sheet"] == str(start + 1)


def test_all_fonts_are_in_the_file(few):
    fonts = [font.get_object() for page in pypdf.PdfReader(few).pages for font in page["/Resources"]["/Font"].values()]
    assert len(fonts) > 20
    assert not [font["/BaseFont"] for font in fonts if not embedded(font)]


def embedded(font):
    if font["/Subtype"] == "/Type3":  # its letters are drawings of the file
        return True
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    return {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())


def test_nothing_reaches_beyond_the_edge_of_a_page_and_none_is_smaller_than_the_others(few):
    assert not printed_beyond(few)
    assert not printed_smaller(few)


def test_the_whole_book_s_outline_has_every_page(site, whole):
    text = (site.root / "_static" / "search_index.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"window\.lossbookIndex=(.*);\s*", text, re.S)[1])
    listed = {re.sub(r"^[\d.]+\s", "", title) for title in titles(whole.outline)}
    assert {title for _, title, *_ in index["pages"]} <= listed


def test_nothing_of_the_whole_book_reaches_beyond_the_edge_or_is_printed_smaller(site, whole):
    assert not printed_beyond(site.root / pdf.PDF)
    assert not printed_smaller(site.root / pdf.PDF)


@pytest.mark.parametrize("which", ["few", "whole"])
def test_no_link_leads_to_a_file_of_the_machine_that_printed(which, request):
    printed = request.getfixturevalue(which)
    reader = pypdf.PdfReader(printed) if which == "few" else printed
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]
    assert not [link for link in links if "file:" in str(link.get("/A", {}).get("/URI", ""))]
    assert sum("/Dest" in link for link in links) > (0 if which == "few" else 500)


def test_the_pages_of_the_site_link_to_it_where_it_is(site):
    there = (site.root / pdf.PDF).exists()
    for path in site.paths():
        if not site.page(path).is_redirect:
            assert (pdf.PDF in site.page(path).text) == there, path
