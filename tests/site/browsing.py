"""A browser that sees the built site alone: it serves the pages on loopback, refuses everything else, and takes notes."""

import functools
import http.server
import re
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import hands
import playing
import pytest
from playwright.sync_api import Error

PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
#: The shell has no windows to draw, and opens a page in half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The second lock on the door: whatever escapes the routes below finds no host.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
HEIGHT = 900
#: How long a style sheet, script, font or image takes where layout shift is measured: at loopback's speed nothing
#: comes late enough to push anything.
DELAY = 0.08
#: The layout shift from which on a page is measured again, twice: the median counts, for on a busy machine anything
#: can come late once.
SHIFT_LIMIT = 0.02

#: Notes, from the first moment on, by how much what was already on the screen moved.
WATCH_SHIFTS = """
window.shifts = [];
const note = list => { for (const s of list) if (!s.hadRecentInput) window.shifts.push(
  [s.value, s.sources.map(o => (o.node?.id ? "#" + o.node.id : o.node?.className || o.node?.nodeName) ?? "?").join(" ")]); };
const watcher = new PerformanceObserver(list => note(list.getEntries()));
watcher.observe({type: "layout-shift", buffered: true});
window.allShifts = () => { note(watcher.takeRecords()); return window.shifts; };
"""
#: On a busy machine Chromium sometimes never keeps one of these promises, and an evaluation has no limit of its own.
WAIT = """
const within = (promise, ms) => Promise.race([promise, new Promise(done => setTimeout(done, ms))]);
const frame = () => within(new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))), 1000);
const fonts = () => within(document.fonts.ready, 10000);
const images = () => within(Promise.all([...document.images].map(i => i.decode().catch(() => null))), 10000);
"""
#: Scrolls to the end, two windows at a time, and comes back.
READ_THROUGH = f"""async () => {{ {WAIT}
  const painted = () => within(new Promise(done => requestAnimationFrame(done)), 1000);
  await fonts();
  for (let y = 0; y < document.body.scrollHeight; y += 2 * innerHeight) {{ scrollTo({{top: y, behavior: "instant"}}); await painted(); }}
  await images();
  scrollTo({{top: 0, behavior: "instant"}}); await frame();
}}"""
#: Loads what else would load on sight.
LOAD_ALL = f"""async () => {{ {WAIT}
  for (const image of document.images) image.loading = "eager";
  await frame();
  await images();
  await fonts();
}}"""
#: Opens all that is folded: code, solutions, and every tab beside the chosen one.
UNFOLD = """() => {
  for (const d of document.querySelectorAll("details")) d.open = true;
  for (const b of document.querySelectorAll("button.toggle-button-hidden")) b.click();
  document.head.insertAdjacentHTML("beforeend", "<style>.sd-tab-content { display: block !important }</style>");
}"""
#: A colour that is still on its way to the other mode's would be judged by where it happens to be.
SETTLE = f"""async () => {{ {WAIT}
  await frame();
  for (const animation of document.getAnimations()) if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
  await frame();
}}"""
#: Numbers each element by how it is set: its own colours, and all that lies behind it or surrounds it. Called in each
#: mode: what is alike in one may differ in the other.
TELL_KINDS = """() => {
  const numbers = new Map(), kinds = new Map(), before = window.kinds;
  const number = key => { if (!numbers.has(key)) numbers.set(key, numbers.size); return numbers.get(key); };
  const look = (e, ground, around) => {
    const s = getComputedStyle(e);
    const text = [s.color, s.fontSize, s.fontWeight, s.textDecorationLine, s.textShadow].join();
    const paint = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.visibility, s.position].join();
    const below = number(ground + "|" + paint);
    kinds.set(e, [before?.get(e), below, text, around, e.localName === "a", s.display === "none"].join("|"));
    for (const child of e.children) look(child, below, text);
  };
  look(document.body, "", "");
  window.kinds = kinds;
}"""
#: What axe cannot tell apart: screen readers skip the layout of formulas, whose colour is the text's around them; figures are
#: images to them (tests/show/test_figures.py has their colours); and of the words of code that are set alike, one is enough.
WITHOUT_DETAIL = """() => {
  for (const figure of document.querySelectorAll(".lb-figure")) figure.replaceChildren();
  for (const formula of document.querySelectorAll(".katex")) formula.replaceWith("x");
  const kept = new Set();
  for (const token of document.querySelectorAll(".highlight pre span")) {
    if (kept.has(kinds.get(token))) token.replaceWith(...token.childNodes);
    kept.add(kinds.get(token));
  }
}"""
#: axe compares the colours of each piece of text with all that lies around it, which takes seconds in a long page. Of the
#: text that is set alike, in both modes, one piece shows what it would find in all. The elements of
#: the others stay, empty: rules such as li + li look at them.
ONE_OF_A_KIND = """() => {
  const kept = new Set();
  const speaks = e => /^(input|select|textarea)$/.test(e.localName)
    || [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const isNew = e => [e, ...e.querySelectorAll("*")].some(part => speaks(part) && !kept.has(kinds.get(part)));
  const thin = e => {
    if (speaks(e)) kept.add(kinds.get(e));
    for (const child of [...e.children]) if (isNew(child)) thin(child); else child.replaceChildren();
  };
  thin(document.body);
}"""
RUN_AXE = """async rules => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules});
  return violations.map(v => ({rule: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))}));
}"""
#: What colours can change is tried in both modes; all else is the same in both.
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
COLOURS = {"runOnly": _COLOUR_RULES}
NO_COLOURS = {"rules": {rule: {"enabled": False} for rule in _COLOUR_RULES}}
WIDE, NARROW = 1400, 390
#: A page is loaded once for each width: wide it starts light, narrow it starts dark. The other mode is then asked for while
#: it is open.
STARTS = {WIDE: "light", NARROW: "dark"}
MODES = ("light", "dark")


class _Handler(http.server.SimpleHTTPRequestHandler):
    delay = 0.0

    def do_GET(self):
        if self.delay and not urlsplit(self.path).path.endswith((".html", "/")):
            time.sleep(self.delay)
        super().do_GET()

    def log_message(self, *_):
        pass


class Server:
    """Serves a folder on an unused port of loopback."""

    def __init__(self, root, delay=0.0):
        handler = type("Handler", (_Handler,), {"delay": delay})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=root))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def moved(shifts):
    return sum(value for value, _ in shifts)


@dataclass
class Visit:
    """What happened while a page was open."""

    path: str
    width: int = WIDE
    mode: str = "light"  # in which it was loaded
    foreign: list = field(default_factory=list)  # addresses asked for outside the site
    failed: list = field(default_factory=list)  # answers of 400 and more, and requests without one
    errors: list = field(default_factory=list)  # of the console, and exceptions that no script caught
    loaded: dict = field(default_factory=dict)  # bytes, uncompressed, of every file of the site that was loaded
    shifts: list = field(default_factory=list)
    #: What probe.js returns, by mode and by whether everything was unfolded.
    facts: dict = field(default_factory=dict)
    violations: list = field(default_factory=list)
    faults: dict = field(default_factory=dict)  # what a reader met, by the function of hands.py and playing.py


def find_browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.exit(
            f"No browser: none of {', '.join(BROWSERS)} is on the PATH. On Debian: apt-get install chromium",
            returncode=1,
        )
    return found


class Reader:
    """Opens the pages of one site in one browser."""

    def __init__(self, chromium, root):
        self.chromium = chromium
        self.root = Path(root)
        self.fast, self.slow = Server(self.root), Server(self.root, DELAY)
        self.visits = {}

    def close(self):
        self.fast.close()
        self.slow.close()

    def open(self, path, *, width=WIDE, mode="light", server=None, disk=False, script=True):
        """Return ``(page, visit)`` for a fresh context; the caller closes it by ``page.context.close()``."""
        base = f"{self.root.as_uri()}/" if disk else (server or self.fast).base
        visit = Visit(path, width, mode)
        context = self.chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme=mode,
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        context.set_default_timeout(15_000)
        # Matched by the driver, so that the site's own requests pay nothing for it.
        context.route(re.compile(f"^(?!{re.escape(base)}|data:|blob:|about:)"), lambda route: route.abort())
        page = context.new_page()

        def asked(request):
            address = request.url
            if address.startswith(("data:", "blob:", "about:")):
                return
            if not address.startswith(base):
                visit.foreign.append(address)
                return
            file = self.root / unquote(urlsplit(address[len(base) :]).path)
            visit.loaded[file.relative_to(self.root).as_posix()] = file.stat().st_size if file.is_file() else 0

        def said(message):
            if message.type == "error":
                visit.errors.append(f"{message.text} ({message.location.get('url', '')})")

        def answered(response):
            if response.status >= 400:
                visit.failed.append(f"{response.status} {response.url}")

        def failed(request):
            # A browser that leaves a page drops what it was still loading for it, such as the icon.
            if request.failure != "net::ERR_ABORTED":
                visit.failed.append(f"{request.failure} {request.url}")

        page.on("request", asked)
        page.on("response", answered)
        page.on("requestfailed", failed)
        page.on("websocket", lambda socket: visit.foreign.append(socket.url))
        page.on("console", said)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        if script:
            page.add_init_script(WATCH_SHIFTS)
        page.goto(base + path)
        return page, visit

    def visit(self, path, width):
        """Open a page, use it in both modes, and return the notes; a second call returns the same notes."""
        if (path, width) not in self.visits:
            page, visit = self.open(path, width=width, mode=STARTS[width], server=self.slow)
            try:
                page.evaluate(READ_THROUGH)
                self.watch_shifts(page, visit)
                self.use(page, visit)
                self.look(page, visit)
            finally:
                page.context.close()
            self.visits[path, width] = visit
        return self.visits[path, width]

    def watch_shifts(self, page, visit):
        visit.shifts = page.evaluate("allShifts()")
        if moved(visit.shifts) >= SHIFT_LIMIT:
            again = [self.shifts(visit.path, visit.width, visit.mode) for _ in range(2)]
            visit.shifts = sorted([visit.shifts, *again], key=moved)[1]

    def shifts(self, path, width, mode):
        page, _ = self.open(path, width=width, mode=mode, server=self.slow)
        try:
            page.evaluate(READ_THROUGH)
            return page.evaluate("allShifts()")
        finally:
            page.context.close()

    def use(self, page, visit):
        """Do what a reader does by hand; only figures differ from one width to the other."""
        by_hand = [hands.move_sliders, playing.press_switches, playing.drag_handles]
        if visit.width == WIDE:
            by_hand += [hands.open_folds, hands.turn_tabs]
        for hand in by_hand:
            try:
                visit.faults[hand] = hand(page)
            except Error as error:
                visit.faults[hand] = [str(error)]

    def look(self, page, visit):
        """Probe the page folded and unfolded, in both modes, and (wide) on paper, and have axe judge it."""
        first, second = visit.mode, next(mode for mode in MODES if mode != visit.mode)
        self.print(page, visit)
        visit.facts[first, "folded"] = page.evaluate(PROBE)
        page.evaluate(UNFOLD)
        page.evaluate(LOAD_ALL)
        visit.facts[first, "unfolded"] = page.evaluate(PROBE)
        page.evaluate(TELL_KINDS)
        self.turn(page, second)
        self.print(page, visit)
        visit.facts[second, "unfolded"] = page.evaluate(PROBE)
        page.evaluate(TELL_KINDS)
        page.evaluate(WITHOUT_DETAIL)
        page.evaluate(AXE)
        self.judge(page, visit, second, NO_COLOURS)
        page.evaluate(ONE_OF_A_KIND)
        self.judge(page, visit, second, COLOURS)
        self.turn(page, first)
        self.judge(page, visit, first, COLOURS)

    def print(self, page, visit):
        if visit.width == WIDE:
            visit.faults.setdefault(hands.on_paper, []).extend(hands.on_paper(page))
            page.emulate_media(media="screen")

    def judge(self, page, visit, mode, rules):
        visit.violations += [v | {"mode": mode} for v in page.evaluate(RUN_AXE, rules)]

    def turn(self, page, mode):
        page.emulate_media(color_scheme=mode)
        page.evaluate(SETTLE)

    def glance(self, path, **how):
        """Open a page and note what it loads, without using it."""
        page, visit = self.open(path, **how)
        try:
            page.evaluate(LOAD_ALL)
            visit.facts[visit.mode, "folded"] = page.evaluate(PROBE)
        finally:
            page.context.close()
        return visit
