"""The playgrounds in a browser: their numbers are the package's to nine digits; mouse, touch and keyboard work them; an address keeps a comparison."""

import json

import numpy as np
import playground_numbers as numbers
import pytest

from lossbook.show import playgrounds

COMPARE, PAINT = "book/compare_losses.html", "book/paint_a_mask.html"
ANSWERS = "document.querySelector('.lb-playground').answers()"
#: Every loss over every axis that it can be drawn over, away from the defaults, at most eight at a time.
OVER = {
    over: [record.name for record in playgrounds.of_elements() if over in playgrounds.predictions(record)][:8]
    for over in playgrounds.AXES
}
#: The middle of a part of the page on the screen.
CENTRE = "e => { const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }"


def answers(page):
    return page.evaluate(ANSWERS)


def address(over, x, y, names, share):
    parts = [f"over={over}", f"y={y}", f"x={x}"]
    for name in names:
        sliders = playgrounds.parameters(numbers.RECORDS[name])
        at = [slider.low + share * (slider.high - slider.low) for slider in sliders]
        values = [10**v if slider.log else v for slider, v in zip(sliders, at, strict=True)]
        parts.append(":".join(["loss=" + name, *map(str, values)]))
    return f"{COMPARE}#{'&'.join(parts)}"


def touch(page, first, *places):
    """Put a finger down at the first place, move it over the others as a hand does, and lift it: a page that scrolls instead takes it away."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    path = [first]
    for x, y in places:
        (left, top), steps = path[-1], 6
        path += [(left + (x - left) * n / steps, top + (y - top) * n / steps) for n in range(1, steps + 1)]
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(path) - 1)], path, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def stroke(page, *places):
    """Press the mouse at the first place, move it over the others, and let go."""
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


# --- Compare losses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disk", [False, True], ids=["served", "from the disk"])
@pytest.mark.parametrize(
    ("over", "x", "y", "share"),
    [("logit", -2.35, 1, 0.7), ("logit", 1.1, 0, 0.15), ("margin", 0.4, 0, 0.3), ("residual", -1.7, 2.5, 0.45)],
)
def test_compared_numbers_are_those_of_the_package(opened, over, x, y, share, disk):
    page, visit = opened(address(over, x, y, OVER[over], share), disk=disk)
    state = answers(page)
    assert (state["over"], state["x"], state["y"]) == (over, x, y)
    assert [answer["name"] for answer in state["answers"]] == OVER[over]
    for answer in state["answers"]:
        try:
            wanted = numbers.of_element(answer["name"], over, x, y, answer["options"])
        except ValueError:  # outside of the domain, where nothing is drawn
            assert answer["found"] is None
            continue
        np.testing.assert_allclose(answer["found"], wanted, **numbers.CLOSE, err_msg=answer["name"])
    shown = page.locator("[data-part=table] data").evaluate_all(
        "cells => cells.map(c => [Number(c.value), c.textContent])"
    )
    drawn = [answer["found"] for answer in state["answers"] if answer["found"] is not None]
    assert [value for value, _ in shown] == [value for found in drawn for value in found]
    for value, text in shown:
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=1e-3, abs=6e-5)
    assert not visit.errors + visit.foreign


def test_a_loss_of_labels_is_not_drawn_for_a_soft_label(opened):
    page, _ = opened(f"{COMPARE}#over=logit&y=0.3&x=1&loss=sigmoid_focal_loss&loss=binary_cross_entropy_with_logits")
    focal, entropy = answers(page)["answers"]
    assert focal["found"] is None
    assert entropy["found"]
    assert "takes only the labels 0 and 1" in page.locator("[data-part=table] tr", has_text="Focal").inner_text()


def test_the_keyboard_works_a_comparison(opened):
    page, visit = opened(COMPARE)
    start = answers(page)
    page.locator("[data-key=x]").focus()
    page.keyboard.press("ArrowRight")
    assert answers(page)["x"] == pytest.approx(start["x"] + 0.05)
    assert page.locator("[data-key=x]").get_attribute("aria-valuetext") == "z = −1.95"
    assert page.locator("[data-part=place]").inner_text() == "z = −1.95, label y = 1"
    page.locator("[data-key=sigmoid_focal_loss-1]").focus()
    page.keyboard.press("ArrowRight")
    assert answers(page)["chosen"][1]["at"] == pytest.approx([0.25, 2.1])
    page.locator("[data-part=list] [value=mae_loss]").focus()
    page.keyboard.press("Space")
    assert [chosen["name"] for chosen in answers(page)["chosen"]][-1] == "mae_loss"
    assert page.evaluate("document.activeElement.value") == "mae_loss"
    assert page.locator("[data-part=panels] svg").first.locator(".lb-line").count() == 4
    page.keyboard.press("Space")
    assert [chosen["name"] for chosen in answers(page)["chosen"]] == [chosen["name"] for chosen in start["chosen"]]
    page.locator("[data-part=axes] input:checked").focus()
    page.keyboard.press("ArrowLeft")
    assert answers(page)["over"] == "residual"
    assert page.evaluate("document.activeElement.value") == "residual"
    assert [chosen["name"] for chosen in answers(page)["chosen"]] == ["mse_loss"]
    assert not visit.errors


@pytest.mark.parametrize("hand", [stroke, touch])
def test_a_panel_is_dragged_by_mouse_and_by_touch(opened, hand):
    page, visit = opened(COMPARE)
    panel = page.locator("[data-part=panels] svg").nth(1)
    panel.scroll_into_view_if_needed()
    x, y = panel.evaluate(CENTRE)
    hand(page, (x, y), (x + 20, y), (x + 40, y + 3))
    drawn = panel.evaluate("e => e.getBoundingClientRect().width / 340")
    assert answers(page)["x"] == pytest.approx((170 + 40 / drawn - 56) / 276 * 12 - 6, abs=0.06)
    page.mouse.move(x - 90, y)
    assert answers(page)["x"] > 0
    assert not visit.errors


@pytest.mark.parametrize("disk", [False, True], ids=["served", "from the disk"])
def test_an_address_keeps_a_comparison(opened, disk):
    page, visit = opened(COMPARE, disk=disk)
    page.locator("[data-part=axes] [value=margin]").check(force=True)
    page.locator("[data-key=sigmoid_focal_loss-1]").fill("3.5")
    page.locator("[data-key=binary_cross_entropy_with_logits-0]").fill("0.55")
    page.locator("[data-key=x]").fill("1.4")
    page.wait_for_function("location.hash.includes('with_logits:3.54813&') && location.hash.includes('x=1.4')")
    before = answers(page)
    page.reload()
    assert answers(page) == before
    page.evaluate("location.hash = 'over=residual&x=1&y=0&loss=mae_loss'")
    page.wait_for_function(f"{ANSWERS}.over === 'residual'")
    assert answers(page)["answers"] == [{"name": "mae_loss", "options": [], "found": [1, 1, 0]}]
    assert not visit.errors


def test_an_address_that_nobody_wrote_is_read_as_far_as_it_goes(opened):
    page, visit = opened(
        f"{COMPARE}#over=logit&x=99&y=nonsense&loss=none&loss=sigmoid_focal_loss:7:&loss=mse_loss&loss=mse_loss"
    )
    state = answers(page)
    assert (state["x"], state["y"]) == (6, 1)
    assert state["chosen"] == [{"name": "sigmoid_focal_loss", "at": [1, 2]}, {"name": "mse_loss", "at": []}]
    page, other = opened(f"{COMPARE}#what-the-axes-are")
    assert answers(page)["over"] == "logit"
    assert not visit.errors + other.errors


# --- Paint a mask -----------------------------------------------------------------------------------------------------------


def grid(page, name):
    return page.locator(f"[data-grid={name}]")


def pixel(page, name, column, row):
    """Return where a pixel's centre is on the screen."""
    box = grid(page, name).bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / 16, box["y"] + (row + 0.5) * box["height"] / 16


@pytest.mark.parametrize("preset", ["Soft edge", "Empty mask", "One pixel off", "Tiny object"])
def test_painted_numbers_are_those_of_the_package(opened, preset):
    page, visit = opened(PAINT)
    page.locator("[data-part=presets] button", has_text=preset).click()
    numbers.check_masks(answers(page))
    for option, value in {
        "smooth": "1.5",
        "squared": "2",
        "fp_weight": "0.3",
        "fn_weight": "1.7",
        "dice_weight": "0.4",
    }.items():
        page.locator(f"[data-option={option}]").fill(value)
    state = answers(page)
    assert state["options"] == {"smooth": 1.5, "squared": 2, "fp_weight": 0.3, "fn_weight": 1.7, "dice_weight": 0.4}
    numbers.check_masks(state)
    shown = page.locator("[data-part=table] tbody tr").evaluate_all("rows => rows.map(r => r.cells[1].textContent)")
    for text, answer in zip(shown, state["answers"], strict=True):
        assert float(text.replace("−", "-")) == pytest.approx(answer["value"], rel=6e-3, abs=6e-5)
    assert not visit.errors


@pytest.mark.parametrize("hand", [stroke, touch])
@pytest.mark.parametrize("width", [1400, 390])
def test_masks_are_painted_by_mouse_and_by_touch(opened, hand, width):
    page, visit = opened(PAINT, width=width)
    page.locator("[data-part=presets] button", has_text="Empty mask").click()
    grid(page, "truth").scroll_into_view_if_needed()
    hand(page, pixel(page, "truth", 2, 12), pixel(page, "truth", 6, 12))  # the pixels between are painted, too
    state = answers(page)
    assert [n for n, label in enumerate(state["g"]) if label] == [12 * 16 + column for column in range(2, 7)]
    page.locator("[name=paint-brush][value='0.75']").check(force=True)
    grid(page, "prediction").scroll_into_view_if_needed()
    hand(page, pixel(page, "prediction", 0, 0), pixel(page, "prediction", 0, 3))
    state = answers(page)
    assert [n for n, p in enumerate(state["p"]) if p == 0.75] == [0, 16, 32, 48]
    numbers.check_masks(state)
    assert not visit.errors


def test_the_keyboard_paints(opened):
    page, visit = opened(PAINT)
    start = answers(page)
    grid(page, "truth").focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert answers(page)["pixel"] == 17
    assert page.locator("[data-part=place]").inner_text() == "Row 2, column 2: truth 0, prediction 0.01"
    page.keyboard.press("Space")
    state = answers(page)
    assert [n for n in range(256) if state["g"][n] != start["g"][n]] == [17]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert answers(page)["p"][17] == 0.99
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert answers(page)["g"] == start["g"]
    assert not visit.errors


def test_the_slope_is_shown_of_the_chosen_loss_in_probability_or_logit(opened):
    page, _ = opened(PAINT)
    shades = "e => [...e.querySelectorAll('g rect')].map(r => r.getAttribute('style'))"
    picture = grid(page, "slope")
    seen = [json.dumps(picture.evaluate(shades))]
    page.locator("[name=paint-loss][value=lovasz_hinge]").check()
    seen.append(json.dumps(picture.evaluate(shades)))
    page.locator("[name=paint-of][value=logit]").check(force=True)
    seen.append(json.dumps(picture.evaluate(shades)))
    assert len(set(seen)) == 3
    state = answers(page)
    hinge = next(answer for answer in state["answers"] if answer["name"] == "lovasz_hinge")
    slopes = np.array(hinge["slopes"]) * np.array(state["p"]) * (1 - np.array(state["p"]))
    for slope, style in zip(slopes, picture.evaluate(shades), strict=True):
        role, strength = ("positive" if slope < 0 else "negative"), abs(slope) / abs(slopes).max()
        assert style == f"fill:var(--fig-{role});fill-opacity:{round(strength, 3):g}"
    assert float(
        page.locator("tr", has=page.locator("[value=lovasz_hinge]")).locator("td").nth(2).inner_text()
    ) == pytest.approx(abs(slopes).max(), abs=6e-5)
