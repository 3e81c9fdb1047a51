"""The index of the search: formulas as a line of text, and what a page gives to it."""

import pytest
from docutils import nodes
from site_search import chinese_names, entries, kind_of, spell


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"-y \log p - (1-y) \log(1-p)", "−y log p − (1 − y) log (1 − p)"),
        (r"\frac{2 \sum_i p_i g_i + \kappa}{\sum p + \sum g}", "(2 ∑ᵢ pᵢgᵢ + κ)/(∑ p + ∑ g)"),
        (r"\tfrac12", "1/2"),
        (r"\hat y", "ŷ"),
        (r"\overline{y^2}", "‾(y²)"),
        (r"(1 - p_t)^\gamma", "(1 − p_t)^γ"),
        (r"\sum_{k=1}^K q_k", "∑_{k=1}^K qₖ"),
        (r"\sqrt{x + 1}", "√(x + 1)"),
        (r"\Phi'(x)", "Φ′(x)"),
        (r"x < -1", "x < −1"),
        (r"10^{-8}", "10⁻⁸"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b; c = d"),
    ],
)
def test_a_formula_becomes_a_line_of_text(tex, text):
    assert spell(tex) == text


def section(anchor, title, *parts):
    return nodes.section("", nodes.title("", title), *parts, ids=[anchor])


def test_each_section_has_its_own_text_and_the_names_of_its_listings():
    listing = nodes.literal_block("", "loss = bce(z, y, pos_weight=4)")
    output = nodes.container("", nodes.literal_block("", "secret"), classes=["cell_output"])
    steps = [nodes.raw("", '<details class="steps">'), nodes.paragraph("", "steps"), nodes.raw("", "</details>")]
    inner = section("inner", "Inner", nodes.paragraph("", "Deep."), listing, output, *steps)
    outer = section("outer", "Outer", nodes.paragraph("", "", nodes.Text("With "), nodes.math("", r"p_i")), inner)
    document = nodes.document("", "")
    document += outer
    assert list(entries(document)) == [
        ("outer", "Outer", "With pᵢ", ""),
        ("inner", "Inner", "Deep.", "loss bce pos_weight"),
    ]


def test_a_chinese_name_is_what_stands_before_the_first_stop():
    found = {"book/glossary": [("a", "softmax", "softmax 函数 (归一化指数函数). Then 别的.", ""), ("b", "nat", "奈特. A unit.", "")]}
    assert chinese_names(found) == {"softmax 函数": "softmax", "归一化指数函数": "softmax", "奈特": "nat"}


def test_what_explains_counts_more_than_what_lists():
    weights = [kind_of(f"book/{name}")[1] for name in ("regions/dice", "api/regions", "glossary")]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 3
