"""A reader who presses switches and drags what can be dragged. Each function returns the faults met, as sentences."""

#: What a figure shows, in a form that can be compared, and the height of the page.
SHOWN = """figure => [
  [...figure.querySelectorAll("[data-move]:not(.lb-handle)")].map(
    e => [...e.attributes].map(a => a.name + "=" + a.value).join(" ") + e.textContent).join("\\n"),
  figure.querySelector(".lb-readout")?.textContent ?? "",
]"""
HEIGHT = "figure => Math.round(figure.getBoundingClientRect().height)"
SPOKEN = "e => [e.getAttribute('aria-valuenow'), e.getAttribute('aria-valuetext')]"
#: The centre of a handle on the screen.
CENTRE = "e => { const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }"


def press_switches(page):
    """Each choice is a group of buttons with a name; arrow keys press one after the other, and nothing else jumps."""
    faults = []
    for figure in page.query_selector_all(".lb-slider"):
        for group in figure.query_selector_all("fieldset"):
            name = f"{figure.get_attribute('id')}, {group.query_selector('legend').inner_text().strip()!r}"
            buttons = group.query_selector_all('input[type="radio"]')
            pressed = [button.is_checked() for button in buttons]
            if pressed.count(True) != 1:
                faults.append(f"{name}: {pressed.count(True)} buttons are pressed")
                continue
            if not all(b.evaluate("b => b.labels.length && b.labels[0].textContent.trim()") for b in buttons):
                faults.append(f"{name}: a button has no name")
            height, states = figure.evaluate(HEIGHT), []
            buttons[pressed.index(True)].focus()
            for _ in buttons:
                states.append(figure.evaluate(SHOWN))
                page.keyboard.press("ArrowRight")
                if figure.evaluate(HEIGHT) != height:
                    faults.append(f"{name}: pressing a button changes the figure's height")
            if len({drawn for drawn, _ in states}) != len(buttons):
                faults.append(f"{name}: not every button shows something of its own")
            if figure.evaluate(SHOWN) != states[0]:
                faults.append(f"{name}: the first button again does not show the same")
    return faults


def drag_handles(page):
    """What can be dragged follows the arrow keys and the pointer, says where it is, and comes back."""
    faults = []
    for figure in page.query_selector_all(".lb-slider"):
        for number, handle in enumerate(figure.query_selector_all(".lb-handle")):
            name = f"{figure.get_attribute('id')}, handle {number + 1}"
            faults += [
                f"{name}: {fault}" for fault in (*_by_key(page, figure, handle), *_by_pointer(page, figure, handle))
            ]
    return faults


def _by_key(page, figure, handle):
    if not handle.is_visible():
        return ["it is not shown"]
    handle.focus()
    if not handle.evaluate("e => e === document.activeElement && e.tabIndex === 0"):
        return ["the keyboard does not reach it"]
    if not (handle.get_attribute("role") == "slider" and handle.get_attribute("aria-label")):
        return ["a screen reader does not know what it is"]
    start, spoken = figure.evaluate(SHOWN), handle.evaluate(SPOKEN)
    at, last = int(spoken[0]), int(handle.get_attribute("aria-valuemax"))
    keys = ("ArrowRight", "ArrowLeft") if at < last else ("ArrowLeft", "ArrowRight")
    page.keyboard.press(keys[0])
    faults = []
    if figure.evaluate(SHOWN) == start:
        faults.append("an arrow key moves nothing")
    if any(one == other for one, other in zip(spoken, handle.evaluate(SPOKEN), strict=True)):
        faults.append("an arrow key changes nothing that a screen reader says")
    page.keyboard.press(keys[1])
    if figure.evaluate(SHOWN) != start:
        faults.append("the arrow key back does not lead back")
    return faults


def _by_pointer(page, figure, handle):
    if not handle.is_visible():
        return []
    handle.scroll_into_view_if_needed()
    start = figure.evaluate(SHOWN)
    x, y = handle.evaluate(CENTRE)
    if not handle.evaluate("(e, [x, y]) => document.elementFromPoint(x, y)?.matches('.lb-handle')", [x, y]):
        return ["it is covered"]
    moved = False
    for dx, dy in ((60, 0), (-60, 0), (0, 60), (0, -60)):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y + dy, steps=3)
        moved |= figure.evaluate(SHOWN) != start
        page.mouse.move(x, y, steps=3)
        page.mouse.up()
    faults = [] if moved else ["the pointer drags nothing"]
    return faults if figure.evaluate(SHOWN) == start else [*faults, "the pointer back does not lead back"]
