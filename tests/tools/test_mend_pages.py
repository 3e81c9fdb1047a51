"""What is mended in the pages: sizes of pictures, and style sheets without the rules that no page can match."""

import re

import pytest
from mend_pages import drop_unused_properties, drop_unused_rules, plain_steps, svg_size


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        ('<svg width="300pt" height="150pt">', [400, 200]),
        ('<svg xmlns="x" height="20" viewBox="0 0 1 1" width="10">', [10, 20]),
        ('<svg width="12.4px" height="7.6px">', [12, 8]),
        ('<svg viewBox="0 0 10 10">', None),
        ('<svg width="100%" height="100%">', None),
    ],
)
def test_the_size_of_an_svg_is_read_in_pixels(svg, size):
    assert svg_size(svg) == size


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{a:b}.unused{c:d}", ".used{a:b}"),
        (".used,.unused{a:b}", ".used{a:b}"),
        (".used .unused{a:b}", ""),
        ("p{a:b}.unused{c:d}", "p{a:b}"),
        (".used:not(.unused){a:b}", ".used:not(.unused){a:b}"),
        ("x{y:z}:is(.unused){a:b}", "x{y:z}:is(.unused){a:b}"),
        ("x{y:z}:is(.a,.b) .unused,:not(.c,:is(.d)) #used{a:b}", "x{y:z}:not(.c,:is(.d)) #used{a:b}"),
        ("#unused p{a:b}", ""),
    ],
)
def test_a_rule_goes_only_if_no_page_can_match_it(css, kept):
    # The first rule of a sheet is left alone; it stands for the sheet's head.
    assert drop_unused_rules("{}" + css, {"used"}) == "{}" + kept


def test_a_property_goes_where_nothing_uses_it():
    css = "{}html{--used:1;--not:2}p{--not:3}q{color:var(--used);--not:url(a)}"
    assert drop_unused_properties(css, {"--used"}) == "{}html{--used:1;}q{color:var(--used);}"


def test_the_code_in_the_steps_of_a_proof_is_plain():
    code = '<code class="docutils literal notranslate"><span class="pre">a</span> <span class="pre">&gt;</span></code>'
    match = re.fullmatch("(.*)", f'<details class="steps">{code}</details>')
    assert plain_steps(match) == '<details class="steps"><code>a &gt;</code></details>'
