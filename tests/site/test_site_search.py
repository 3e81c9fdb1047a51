"""The search page, and the way to it."""

import json
import re

import pytest
from bs4 import BeautifulSoup

NOWHERE = "quixotically"
#: A term that chapters explain in their text, in no title.
TERM = "sigmoid"
DEBUG, WHICH = "book/debug.html", "book/which_loss.html"
#: What readers ask, and the sections of which one has to be among the first.
ASKED = {
    "imbalance": ["book/unequal/weighted_cross_entropy.html#a-rare-class-drowns", f"{WHICH}#are-the-classes-unequal"],
    "star ratings": [f"{WHICH}#are-the-classes-ordered"],
    "empty mask": ["book/regions/dice.html#empty-masks-and-smoothing"],
    "Dice at 1 on empty masks": ["book/regions/dice.html#empty-masks-and-smoothing"],
    "why is my loss nan": [f"{DEBUG}#it-is-nan"],
    "why is my loss negative": [f"{DEBUG}#it-is-negative"],
    "loss stuck at 0.693": [f"{DEBUG}#it-starts-at-the-wrong-value"],
    "reduction mean divisor": [f"{DEBUG}#it-differs-from-another-library-by-a-factor"],
    "label smoothing": ["book/likelihood/cross_entropy.html#label-smoothing"],
    "softmax gradient": ["book/likelihood/cross_entropy.html#gradient-and-curvature"],
    "alpha torchvision": ["book/unequal/focal_loss.html#elsewhere"],
    "ignore_index": [f"{DEBUG}#every-label-of-the-batch-is-ignored"],
    "noisy labels": ["book/wrong_labels/noisy_labels.html", f"{WHICH}#are-labels-sometimes-wrong"],
    "dice_loss": ["book/api/regions.html#lossbook.dice_loss"],
    "lovasz": ["book/regions/lovasz_extension.html"],
    "Jaccard": ["book/regions/iou.html"],
    "labl smoothng": ["book/likelihood/cross_entropy.html#label-smoothing"],
    "类别不平衡": ["book/unequal/weighted_cross_entropy.html#a-rare-class-drowns"],
    "交叉熵": ["book/likelihood/cross_entropy.html"],
    "标签平滑": ["book/likelihood/cross_entropy.html#label-smoothing"],
    "焦点损失": ["book/unequal/focal_loss.html"],
    "有序": [f"{WHICH}#are-the-classes-ordered"],
}
#: A landing place has to be among so many.
FIRST = 2


def results(page):
    """Wait for the results of a search, and return where they lead, the best first."""
    page.wait_for_function("document.querySelector('#search-results .lb-found')?.textContent.match(/found/i)")
    return page.locator("#search-results li a").evaluate_all("links => links.map(a => a.href)")


def search(page, words):
    """Type words into the field of the search page; return where the results lead."""
    page.locator(".bd-search-container input").fill("")
    page.wait_for_function("document.querySelector('#search-results .lb-found').textContent === ''")
    page.locator(".bd-search-container input").fill(words)
    return results(page)


@pytest.fixture(scope="module")
def index(site):
    text = (site.root / "_static" / "search_index.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r"window\.lossbookIndex=(.*);\s*", text, re.S)[1])


def chapters(site):
    return [path for path in site.paths() if site.page(path).is_chapter]


@pytest.mark.parametrize("disk", [False, True], ids=["served", "from the disk"])
def test_search_finds_every_chapter_first_by_its_title(site, opened, disk):
    page, visit = opened("search.html", disk=disk)
    missed = []
    for path in chapters(site):
        title = BeautifulSoup(re.search(r"<h1.*?</h1>", site.page(path).text, re.S)[0], "html.parser").h1
        words = " ".join(re.findall(r"[A-Za-z]{3,}", "".join(title.find_all(string=True, recursive=False))))
        found = search(page, words)
        if not any(address.endswith(path) for address in found[:FIRST]):
            missed.append((words, path, found[:5]))
    assert not missed
    assert not visit.errors + visit.foreign


def test_what_readers_ask_leads_to_the_section_that_answers(opened):
    page, visit = opened("search.html")
    missed = {}
    for words, places in ASKED.items():
        found = search(page, words)[:FIRST]
        if not any(address.endswith(place) for address in found for place in places):
            missed[words] = found
    assert not missed
    assert not visit.errors + visit.foreign + visit.failed


def test_every_other_word_and_every_chinese_name_leads_somewhere(opened, index):
    page, _ = opened("search.html")
    meant = {words for several in index["synonyms"].values() for words in several}
    dead = [words for words in [*sorted(meant), *index["chinese"]] if not search(page, words)]
    assert not dead


def test_every_place_of_the_index_is_in_the_site(site, index):
    pages = [row[0] for row in index["pages"]]
    assert {path for path in site.paths() if site.page(path).is_chapter} <= set(pages)
    lost = [(pages[n], anchor) for n, anchor, *_ in index["places"] if anchor and anchor not in set(site.ids(pages[n]))]
    assert not lost


def test_what_results_show_has_formulas_and_no_source_in_it(index):
    shown = " ".join(f"{title} {text}" for _, _, title, text, *_ in index["places"])
    assert "∂ℓ" in shown
    assert not re.findall(r"\\[A-Za-z]+", shown)


def test_a_result_marks_the_words_and_names_its_page(opened):
    page, _ = opened("search.html")
    search(page, "label smoothing")
    first = page.locator("#search-results li").first
    assert "Cross entropy" in first.locator(".lb-where").inner_text()
    marked = " ".join(first.locator("mark").all_inner_texts()).lower()
    assert "label" in marked
    assert "smoothing" in marked


def test_nothing_is_found_for_a_word_that_is_nowhere(opened):
    page, _ = opened(f"search.html?q={NOWHERE}")
    assert not results(page)


@pytest.mark.parametrize("width", [1400, 390])
def test_a_reader_searches_from_a_chapter_by_keyboard(site, opened, width):
    page, visit = opened(chapters(site)[0], width=width)
    page.keyboard.press("Control+k")
    page.keyboard.type(TERM)
    page.wait_for_selector("#pst-search-dialog li a")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#pst-search-dialog li') !== null")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    assert any(path in address for address in results(page) for path in chapters(site))
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state("load")
    assert not visit.errors + visit.failed + visit.foreign


def test_the_site_s_own_address_leads_to_the_first_page(opened):
    page, visit = opened("index.html")
    page.wait_for_url("**/book/intro.html")
    page.wait_for_load_state("load")
    assert not visit.errors + visit.failed + visit.foreign
