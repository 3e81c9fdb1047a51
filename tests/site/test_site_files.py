"""The built pages as files."""

import checks
import pytest

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
