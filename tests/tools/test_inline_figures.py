"""Figures written into a page: named for screen readers, and a panel each where there are several."""

from inline_figures import inlined

ONE = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" viewBox="0 0 9 9" version="1.1" style="a:b">\n <g>\n  <path d="M 0 0 L 1 1 "/>\n </g>\n</svg>\n'
TWO = ONE.replace("<g>", '<svg x="0" y="2" width="4" height="9" viewBox="0 2 4 9"><g>').replace(
    "</g>", '</g></svg><svg x="5" y="2" width="4" height="8" viewBox="5 2 4 8"><g /></svg>'
)


def test_a_figure_says_what_it_shows_and_is_no_document_of_its_own():
    page = inlined(ONE, 'A "line" & more')
    assert page.startswith('<svg class="lb-figure" role="img" aria-label="A &quot;line&quot; &amp; more" ')
    assert "xmlns" not in page
    assert 'd="M 0 0 L 1 1 "' in page
    assert "\n" not in page


def test_panels_stand_in_a_row_that_wraps_each_as_wide_as_it_was_drawn():
    page = inlined(TWO, "Two lines")
    assert page.startswith('<div class="lb-figure" role="img" aria-label="Two lines">')
    assert page.endswith("</div>")
    assert page.count("<svg") == page.count("</svg>") == 2
    assert '<svg width="4pt" height="9pt" style="a:b" viewBox="0 2 4 9">' in page
    assert '<svg width="4pt" height="8pt" style="a:b" viewBox="5 2 4 8">' in page
