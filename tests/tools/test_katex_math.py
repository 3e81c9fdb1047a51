"""Formulas are laid out at build time: what parses becomes finished HTML, what does not is refused."""

import pytest
from docutils import nodes
from katex_math import display_source, is_wide, layout


def block(tex, **attributes):
    return nodes.math_block(tex, tex, **attributes)


@pytest.mark.parametrize("display", [False, True])
def test_a_formula_becomes_html_with_mathml_beside_it(display):
    html, error = layout(r"\frac{1}{2}", display)
    assert error is None
    assert 'class="katex-html"' in html
    assert "<mfrac>" in html
    assert ("katex-display" in html) == display


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchcommand x", r"\begin{aligned} a", "a $ b", "x_1_2", "a & b"])
def test_a_formula_that_does_not_parse_is_refused(tex):
    html, error = layout(tex, False)
    assert html is None
    assert error


def test_the_same_formula_gives_the_same_html():
    assert layout(r"\sum_{i=1}^N x_i", True) == layout(r"\sum_{i=1}^N x_i", True)


def test_deep_formulas_fit_on_the_stack():
    assert layout(r"\sqrt{" * 60 + "x" + "}" * 60, True)[1] is None


def test_a_label_is_no_part_of_the_formula():
    assert display_source(block(r"a = b \label{eq-a}")) == "a = b"


def test_numbered_environments_lose_their_own_numbers():
    source = r"\begin{align} a &= b \end{align}"
    assert display_source(block(source, nowrap=True)) == r"\begin{align*} a &= b \end{align*}"


def test_lines_without_an_environment_are_aligned():
    assert display_source(block(r"a &= b \\ c &= d")) == r"\begin{aligned}a &= b \\ c &= d\end{aligned}"
    assert display_source(block("a\n\nb")) == r"\begin{aligned}a\\ b\end{aligned}"
    kept = r"\begin{cases} a \\ b \end{cases}"
    assert display_source(block(kept)) == kept


def test_an_inline_formula_that_no_line_breaks_is_told():
    assert is_wide(layout(r"\left(" + " ".join("abcdefghij" * 4) + r"\right)^2", False)[0])
    assert not is_wide(layout(" + ".join("abcdefghij" * 4), False)[0])
