"""Where the site has an address, every page says the whole of it; without one nothing is absolute."""

import re
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONF = """
import sys
sys.path.insert(0, {tools!r})
project, author, version = "lossbook", "the authors", ""
extensions = ["release"]
html_theme, html_title, language = "sphinx_book_theme", "lossbook", "en"
html_baseurl = {base!r}
templates_path = [{templates!r}]
html_theme_options = {{"footer_content_items": ["colophon.html"]}}
html_context = {{"default_mode": ""}}
"""
ABSOLUTE = re.compile(r'(?:content|href|src)="([a-z]+://[^"]*)"')


@pytest.fixture(scope="module", params=["", "https://example.org/losses/"], ids=["nowhere", "deployed"])
def pages(request, tmp_path_factory):
    """A small book with the site's templates and previews, built without an address and with one."""
    from sphinx.application import Sphinx

    source = tmp_path_factory.mktemp("book")
    extensions = ROOT / "tools" / "sphinx_ext"
    (source / "conf.py").write_text(
        CONF.format(tools=str(extensions), base=request.param, templates=str(extensions / "templates"))
    )
    shutil.copy(ROOT / "CHANGELOG.md", source)
    (source / "book").mkdir()
    (source / "index.rst").write_text(
        "Losses\n======\n\nThey say how wrong a model is.\n\n.. toctree::\n\n   book/about\n"
    )
    (source / "book" / "about.rst").write_text("About\n=====\n\nThis page is about the book.\n")
    out = source / "_site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", [*sys.path])  # which conf.py adds to
        Sphinx(source, source, out, source / "_trees", "html", status=None, warning=None).build()
    return request.param, {name: (out / name).read_text(encoding="utf-8") for name in ("index.html", "book/about.html")}


def told(page):
    found = dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)"', page))
    canonical = re.search(r'<link rel="canonical" href="([^"]*)"', page)
    return found.get("og:url"), found["og:image"], canonical and canonical[1]


def test_every_page_says_its_address_where_there_is_one_and_none_where_not(pages):
    base, found = pages
    for name, page in found.items():
        url, image, canonical = told(page)
        if base:
            assert url == canonical == base + name
            assert image == f"{base}_static/preview.png"
        else:
            assert (url, canonical) == (None, None)
            assert image == "../" * name.count("/") + "_static/preview.png"
            head = page.partition("<body")[0]
            assert not ABSOLUTE.findall(head)
