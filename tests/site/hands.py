"""A reader at the keyboard, without script, or at the printer. Each returns the faults met, as sentences."""

import re

#: Where the sliders of a figure stand, and all that it shows, in a form that can be compared.
STATE = """figure => ({
  places: [...figure.querySelectorAll('input[type="range"]')].map(i => +i.value),
  drawn: [...figure.querySelectorAll("[data-move]")].map(
    e => [...e.attributes].map(a => a.name + "=" + a.value).join(" ") + e.textContent).join("\\n"),
  read: figure.querySelector(".lb-readout")?.textContent ?? "",
  spoken: [...figure.querySelectorAll('input[type="range"]')].map(i => i.getAttribute("aria-valuetext") ?? "")})"""
BAD_VALUE = re.compile(r"undefined|NaN|null|Infinity")
#: A screen reader's name for an input: the text of its label.
LABEL = (
    "input => [...(input.labels ?? [])].map(l => l.textContent.trim()).join(' ') || input.getAttribute('aria-label')"
)


#: Says whether the element is shown. Scrolling there would paint a screenful each time.
FOCUS = "e => { e.focus({preventScroll: true}); return e.checkVisibility({visibilityProperty: true}); }"


def move_sliders(page):
    """Every slider moves its figure by keyboard, says where it is, and finds its way back."""
    faults = []
    for figure in page.query_selector_all(".lb-slider"):
        name = figure.get_attribute("id")
        if not figure.query_selector("[aria-live]"):
            faults.append(f"{name}: no line announces what changed")
        read_moved = False
        for number, slider in enumerate(figure.query_selector_all('input[type="range"]')):
            faults += [f"{name}, slider {number + 1}: {fault}" for fault in _move(page, figure, slider, number)]
            slider.evaluate(FOCUS)
            page.keyboard.press("End")
            at_end = figure.evaluate(STATE)["read"]
            page.keyboard.press("Home")
            read_moved |= at_end != figure.evaluate(STATE)["read"]
        if not read_moved:
            faults.append(f"{name}: the line below the figure never changes")
    return faults


def _move(page, figure, slider, number):
    faults = []
    if not slider.evaluate(FOCUS):
        return ["it is not shown"]
    if not slider.evaluate(LABEL):
        faults.append("it has no name")
    if not slider.evaluate("e => e === document.activeElement && e.tabIndex === 0"):
        return [*faults, "the keyboard does not reach it"]
    start = figure.evaluate(STATE)
    place, last = start["places"][number], int(slider.get_attribute("max"))
    page.keyboard.press("ArrowRight" if place < last else "ArrowLeft")
    after = figure.evaluate(STATE)
    if start["drawn"] == after["drawn"]:
        faults.append("an arrow key moves nothing in the figure")
    if start["spoken"][number] == after["spoken"][number]:
        faults.append("an arrow key changes nothing that a screen reader says")
    states = []
    page.keyboard.press("Home")
    for step in range(last + 1):
        states.append(figure.evaluate(STATE))
        if states[-1]["places"][number] != step:
            return [*faults, f"the arrow keys do not reach position {step}"]
        if BAD_VALUE.search(str(states[-1])) or not (states[-1]["read"].strip() and all(states[-1]["spoken"])):
            faults.append(f"position {step} lacks a value")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    if figure.evaluate(STATE) != states[-1] or states[0] == states[-1]:
        faults.append("Home and End show the same, or not the ends")
    page.keyboard.press("Home")
    for _ in range(place):
        page.keyboard.press("ArrowRight")
    if figure.evaluate(STATE) != start:
        faults.append("back at its first position it does not show the first frame")
    return faults


#: What a folded box shows, and whether it says that it is folded.
BOX = """button => {
  const box = button.parentElement;
  const shown = [...box.children].filter(c => !c.matches(".admonition-title, button") && c.offsetHeight).length;
  return [box.matches(".toggle-hidden") || !!box.querySelector(".toggle-hidden"), shown];
}"""


def open_folds(page):
    """Folded code and folded solutions open and close by keyboard."""
    faults = []
    is_open = "summary => summary.parentElement.open"
    for number, summary in enumerate(page.query_selector_all(".bd-article details > summary")):
        if not summary.evaluate(FOCUS):
            continue
        states = [summary.evaluate(is_open)]
        for key in ("Enter", "Space"):
            page.keyboard.press(key)
            states.append(summary.evaluate(is_open))
        if not states[0] == states[2] != states[1]:
            faults.append(f"the fold {number + 1} ({summary.inner_text()!r}) does not open and close by keyboard")
    for number, button in enumerate(page.query_selector_all(".bd-article button.toggle-button")):
        button.evaluate(FOCUS)
        states = [button.evaluate(BOX)]
        for _ in range(2):
            page.keyboard.press("Enter")
            states.append(button.evaluate(BOX))
        (folded, seen), (unfolded, seen_then), (_, seen_again) = states
        if folded == unfolded or seen == seen_then or seen_again != seen:
            faults.append(f"the folded box {number + 1} does not open and close by keyboard")
    for box in page.query_selector_all(".bd-article .admonition.dropdown"):
        if not box.query_selector("button.toggle-button, summary"):
            faults.append(f"the box {box.inner_text()[:40]!r} is said to fold, and does not")
    return faults


def turn_tabs(page):
    """The tabs of a set are turned by the arrow keys."""
    faults = []
    for number, tabs in enumerate(page.locator(".bd-article .sd-tab-set").all()):
        chosen = "set => [...set.querySelectorAll(':scope > .sd-tab-content')].map(c => c.offsetHeight > 0)"
        before = tabs.evaluate(chosen)
        if before.count(True) != 1:
            faults.append(f"the set of tabs {number + 1} shows {before.count(True)} of {len(before)}")
        elif len(before) > 1:
            tabs.locator(":scope > input:checked").press("ArrowRight")
            if tabs.evaluate(chosen) == before:
                faults.append(f"the set of tabs {number + 1} does not turn by keyboard")
    return faults


#: Whether each moving part has a colour and, in the first frame, a size: a box may shut where it was moved to.
FRAME = """moved => [...document.querySelectorAll(".lb-slider")].flatMap(figure => {
  const faults = [], name = figure.id;
  for (const svg of figure.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (box.width < 100 || box.height < 80 || !svg.checkVisibility({visibilityProperty: true})) faults.push(`${name}: a panel is not shown`);
  }
  const parts = [...figure.querySelectorAll("[data-move]")];
  if (!parts.length) faults.push(`${name}: nothing in the first frame moves`);
  const painted = value => value && value !== "none" && !/^rgba\\(.*, 0\\)$/.test(value);
  for (const part of parts) {
    const style = getComputedStyle(part), box = part.getBBox();
    if (!painted(style.stroke) && !painted(style.fill)) faults.push(`${name}: a <${part.localName}> has no colour`);
    if (!moved && part.localName === "path" && !(box.width || box.height)) faults.push(`${name}: a <path> has no extent`);
  }
  for (const input of figure.querySelectorAll("input"))
    if (input.checkVisibility({visibilityProperty: true})) faults.push(`${name}: a slider is shown that cannot move anything`);
  return [...new Set(faults)];
})"""
#: Folded boxes that nothing can open when no script runs. (details open by themselves.)
SHUT = """() => [...document.querySelectorAll(".bd-article .dropdown, .bd-article .toggle")]
  .filter(box => [...box.children].some(c => c.localName !== "button" && !c.offsetHeight && c.textContent.trim()))
  .map(box => `the box ${box.textContent.trim().slice(0, 40)} stays shut`)"""
INK = """() => {
  const light = value => { const [r, g, b, a] = value.match(/[\\d.]+/g).map(Number);
    return a === 0 ? 1 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255; };
  const faults = [];
  for (const tag of ["p", "h1", ".katex", "pre"]) for (const e of [...document.querySelectorAll(`.bd-article ${tag}`)].slice(0, 20))
    if (light(getComputedStyle(e).color) > 0.5) faults.push(`${tag} is printed in pale ink`);
  for (const e of [document.body, document.documentElement, document.querySelector(".bd-article")])
    if (e && light(getComputedStyle(e).backgroundColor) < 0.9) faults.push(`<${e.localName}> is printed on a dark ground`);
  return [...new Set(faults)];
}"""
#: What is of no use on paper, and what has to be there.
PRINTED = """() => {
  const shown = part => [...document.querySelectorAll(part)].some(
    e => e.getClientRects().length && e.checkVisibility({visibilityProperty: true}));
  const faults = [".lb-controls", ".lb-slider input", ".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header",
    ".bd-header-article", ".prev-next-footer", ".headerlink", "button.copybtn", "#pst-back-to-top", ".skip-link",
  ].filter(shown).map(part => `${part} is printed`);
  // The theme prints a title of its own in place of the article's.
  if (!shown("h1") || !shown(".bd-article")) faults.push("the title or the text is not printed");
  return faults;
}"""


def without_script(page):
    """What a reader without script sees: whole figures, no dead sliders, and no box that stays shut."""
    return page.evaluate(FRAME, False) + page.evaluate(SHUT)


def on_paper(page):
    """A printed page shows its text and figures in dark ink, and no controls."""
    page.emulate_media(media="print")
    return [*page.evaluate(PRINTED), *page.evaluate(FRAME, True), *page.evaluate(INK)]


#: The smallest type on paper, in points; formulas set exponents smaller.
SMALLEST = """() => {
  const texts = document.createTreeWalker(document.querySelector(".bd-article"), NodeFilter.SHOW_TEXT);
  let smallest = Infinity;
  for (let text; (text = texts.nextNode());)
    if (text.data.trim() && !text.parentElement.closest(".katex") && text.parentElement.getClientRects().length)
      smallest = Math.min(smallest, parseFloat(getComputedStyle(text.parentElement).fontSize) * 72 / 96);
  return smallest;
}"""


def on_sheets(page, most):
    """What is printed fills some sheets, which are wider than high, in type of 8 points or more (code: 7)."""
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    faults = [f"it takes {len(boxes)} sheets"] if len(boxes) > most else []
    page.emulate_media(media="print")
    if (size := page.evaluate(SMALLEST)) < 7:
        faults.append(f"its smallest type has {size:.1f} points")
    return faults + [f"a sheet is {w.decode()} by {h.decode()} points" for w, h in boxes if float(w) <= float(h)]


#: Notes what a page copies: while it does, the text is what is selected.
COPIED = """() => document.addEventListener("copy", () => {
  const field = document.activeElement;
  window.lastCopied = field?.value?.slice(field.selectionStart, field.selectionEnd) || String(getSelection());
})"""


def copy_code(page):
    """Every listing that is seen and copied whole has a button that is seen without a pointer over it; the first of a kind copies the code alone."""
    faults = page.evaluate("""() => [...document.querySelectorAll(
        ".bd-article :is(.highlight-python, .highlight-bash, .highlight-default, .highlight-bibtex, .cell_input) .highlight > pre")]
      .filter(pre => pre.checkVisibility()).filter(pre => {
        const button = pre.parentElement.querySelector("button.copybtn");
        return !button || getComputedStyle(button).opacity < 1 || button.getBoundingClientRect().width < 20;
      }).map(pre => `no button copies ${pre.textContent.slice(0, 40)}`)""")
    page.evaluate(COPIED)
    for kind in ("python", "bash", "default", "bibtex"):
        button = page.locator(f".bd-article .highlight-{kind} button.copybtn:visible").first
        if not button.count():
            continue
        shown = button.locator("xpath=preceding-sibling::pre").inner_text().strip()
        prompted = [line[4:] for line in shown.split("\n") if line.startswith((">>> ", "... "))]
        button.click()
        copied = (page.evaluate("window.lastCopied") or "").strip()
        if copied != ("\n".join(prompted) or shown).strip():
            faults.append(f"the button copies {copied[:60]!r}, and not {shown[:60]!r}")
    return faults
