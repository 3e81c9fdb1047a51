"""The search page, and the way to it."""

import re

import pytest
from bs4 import BeautifulSoup

NOWHERE = "quixotically"
#: A term that chapters explain in their text, in no title.
TERM = "sigmoid"


def results(page, words, disk=False):
    """Search for words on the search page; return the paths of the pages found."""
    page.wait_for_function(
        "document.querySelector('#search-results .search-summary')?.textContent.match(/found|did not match/i)"
    )
    page.wait_for_function("!document.querySelector('#search-progress')?.textContent.includes('...')")
    hrefs = page.locator("#search-results ul.search li a").evaluate_all("links => links.map(a => a.href)")
    return {re.sub(r"[?#].*", "", href) for href in hrefs}


def chapters(site):
    return [path for path in site.paths() if site.page(path).is_chapter]


@pytest.mark.parametrize("disk", [False, True], ids=["served", "from the disk"])
def test_search_finds_every_chapter_by_its_title(site, opened, disk):
    page, visit = opened("search.html", disk=disk)
    search, missed = page.url, []
    for path in chapters(site):
        title = BeautifulSoup(re.search(r"<h1.*?</h1>", site.page(path).text, re.S)[0], "html.parser").h1
        words = " ".join(re.findall(r"[A-Za-z]{3,}", "".join(title.find_all(string=True, recursive=False))))
        page.goto(f"{search}?q={words.replace(' ', '+')}")
        found = results(page, words)
        if not any(address.endswith(path) for address in found):
            missed.append((words, path, found))
    assert not missed
    assert not visit.errors + visit.foreign


def test_search_finds_a_term_of_the_text_and_nothing_for_one_that_is_nowhere(site, opened):
    page, _ = opened(f"search.html?q={TERM}")
    assert any(address.endswith(path) for address in results(page, TERM) for path in chapters(site))
    page, _ = opened(f"search.html?q={NOWHERE}")
    assert not results(page, NOWHERE)


@pytest.mark.parametrize("width", [1400, 390])
def test_a_reader_searches_from_a_chapter_by_keyboard(site, opened, width):
    page, visit = opened(chapters(site)[0], width=width)
    page.keyboard.press("Control+k")
    page.keyboard.type(TERM)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    found = results(page, TERM)
    assert any(address.endswith(path) for address in found for path in chapters(site))
    page.locator("#search-results ul.search li a").first.click()
    page.wait_for_load_state("load")
    assert not visit.errors + visit.failed + visit.foreign


def test_the_site_s_own_address_leads_to_the_first_page(opened):
    page, visit = opened("index.html")
    page.wait_for_url("**/book/intro.html")
    page.wait_for_load_state("load")
    assert not visit.errors + visit.failed + visit.foreign
