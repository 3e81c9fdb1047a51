"""The built pages as files."""

import json
import re
import zipfile

import checks
import pytest

from lossbook import __version__

FILE_CHECKS = {
    checks.broken_links: "every_link_and_anchor_resolves",
    checks.missing_files: "what_a_page_fetches_is_in_the_site",
    checks.repeated_anchors: "no_anchor_stands_twice",
    checks.raw_source: "no_source_is_left_in_the_text",
    checks.formula_faults: "formulas_were_laid_out_when_the_site_was_built",
    checks.image_faults: "images_have_a_size_and_words",
    checks.figure_faults: "figures_have_a_caption_and_a_number",
    checks.heading_faults: "headings_are_in_order",
    checks.head_faults: "a_page_states_language_title_and_content",
    checks.preview_faults: "a_page_has_a_preview_where_it_is_shared",
    checks.heavy_sliders: "slider_figures_are_small",
}


@pytest.mark.parametrize("check", FILE_CHECKS, ids=FILE_CHECKS.values())
def test_a_file(page, check):
    faults = check(page)
    assert not faults, f"{page.path}:\n" + "\n".join(faults)


def test_no_two_pages_share_a_title(site):
    assert not checks.repeated_titles(site)


def test_the_site_has_chapters(site):
    assert any(site.page(path).is_chapter for path in site.paths())


def archives(site):
    return {path.name: zipfile.ZipFile(path) for path in sorted((site.root / "_downloads").glob("*.zip"))}


def test_a_notebook_is_taken_away_with_the_data_that_it_reads(site):
    for name, archive in archives(site).items():
        if name == "lossbook-source.zip":
            continue
        files = archive.namelist()
        (notebook,) = (file for file in files if file.removesuffix(".ipynb") == name.removesuffix(".zip"))
        cells = json.loads(archive.read(notebook))["cells"]
        read = set(re.findall(r'Path\("([^"]+)"\)', "".join("".join(cell["source"]) for cell in cells)))
        assert read <= set(files), name
        assert "INSTALL.txt" in files, name


def test_every_notebook_is_there_to_be_taken_away(site):
    notebooks = {path.stem for path in (site.root / "_sources").rglob("*.ipynb")}
    assert notebooks == {name.removesuffix(".zip") for name in archives(site)} - {"lossbook-source"}


def test_the_source_is_whole_and_no_more(site):
    files = set(archives(site)["lossbook-source.zip"].namelist())
    assert {f"lossbook/{name}" for name in ("Makefile", "_toc.yml", "requirements.txt", "lossbook/__init__.py")} <= files
    assert not [name for name in files if "__pycache__" in name or "_build" in name or "/.venv" in name]


def test_the_footer_says_version_licence_and_how_to_cite(site):
    for path in site.paths():
        if not site.page(path).is_redirect:
            said = site.page(path).soup.select_one(".lb-colophon").get_text(" ", strip=True)
            for part in (f"lossbook {__version__}", "BSD-3-Clause", "CC BY 4.0", "Cite this", "Changes", "Source"):
                assert part in said, path
