"""The built pages in a browser: wide and narrow, light and dark; from the disk; without script; on paper; by keyboard."""

import math

import checks
import hands
import playing
import pytest

import lossbook

#: How many losses the reference pages list.
LOSSES = len(lossbook.catalogue())

pytestmark = pytest.mark.opened


def none(visit, faults):
    __tracebackhide__ = True
    assert not faults, f"{visit.path}, {visit.width} pixels, opened {visit.mode}:\n" + "\n".join(faults)


def test_a_page_asks_nothing_of_the_network(visit):
    none(visit, checks.foreign_requests(visit))


def test_a_page_opens_without_an_error(visit):
    none(visit, checks.errors(visit))


def test_a_page_is_light_or_dark_as_the_reader_asks(visit):
    none(visit, checks.wrong_mode(visit))


def test_axe_finds_nothing_serious(visit):
    none(visit, checks.grave_violations(visit))


def test_nothing_moves_while_a_page_loads(visit):
    none(visit, checks.layout_shift(visit))


def test_a_page_weighs_little(visit):
    none(visit, checks.weight(visit))


def test_no_page_scrolls_sideways_and_nothing_is_cut_off(visit):
    none(visit, checks.out_of_reach(visit))


def test_formulas_have_their_size_and_fonts(visit):
    none(visit, checks.flat_formulas(visit))


def test_a_page_works_from_the_disk(reader, path):
    visit = reader.glance(path, disk=True)
    none(visit, checks.foreign_requests(visit) + checks.errors(visit) + checks.flat_formulas(visit))


def test_a_page_is_whole_without_script(opened, path):
    page, visit = opened(path, script=False)
    none(visit, hands.without_script(page))


def test_sliders_move_their_figure_by_keyboard(visit):
    none(visit, visit.faults[hands.move_sliders])


def test_switches_move_their_figure_by_keyboard(visit):
    none(visit, visit.faults[playing.press_switches])


def test_what_can_be_dragged_moves_its_figure_by_keyboard_and_pointer(visit):
    none(visit, visit.faults[playing.drag_handles])


def test_what_is_folded_opens_by_keyboard(wide):
    none(wide, wide.faults[hands.open_folds])


def test_tabs_turn_by_keyboard(wide):
    none(wide, wide.faults[hands.turn_tabs])


def test_a_printed_page_is_dark_on_light_without_controls(wide):
    none(wide, wide.faults[hands.on_paper])


@pytest.mark.having("tag_lb-sheet")
def test_the_cheat_sheet_prints_on_few_sheets_across(opened, path):
    page, visit = opened(path)
    # Thirteen losses on each, or more.
    none(visit, hands.on_sheets(page, math.ceil(LOSSES / 13)))


@pytest.mark.having('id="rosetta-table"')
def test_the_rosetta_table_prints_across(opened, path):
    page, visit = opened(path)
    # Two losses and a half on each sheet, or more.
    none(visit, hands.on_sheets(page, math.ceil(0.4 * LOSSES)))


@pytest.mark.having("copybutton.js")
def test_code_is_copied_by_a_button_that_is_seen(opened, path):
    page, visit = opened(path, width=390)
    none(visit, hands.copy_code(page))


@pytest.mark.having("sidebar-primary-items__start")
def test_logo_search_and_the_page_s_own_entry_are_in_sight(opened, path):
    page, visit = opened(path)
    page.wait_for_timeout(200)
    outside = page.evaluate("""() => [".navbar-brand", ".bd-sidebar-primary .search-button__button", ".bd-sidebar-primary .current > a"]
      .filter(part => document.querySelector(part)).filter(part => {
        const box = document.querySelector(part).getBoundingClientRect();
        const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return !seen?.closest(part);
      })""")
    none(visit, [f"{part} is out of sight" for part in outside])
