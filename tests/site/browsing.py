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
import pytest

PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
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
#: Brings in what loads only on sight, and comes back.
READ_THROUGH = f"""async () => {{ {WAIT}
  await fonts();
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {{ scrollTo({{top: y, behavior: "instant"}}); await frame(); }}
  await images();
  await fonts();
  scrollTo({{top: 0, behavior: "instant"}}); await frame();
}}"""
#: Opens all that is folded: code, solutions, and every tab beside the chosen one.
UNFOLD = f"""async () => {{ {WAIT}
  for (const d of document.querySelectorAll("details")) d.open = true;
  for (const b of document.querySelectorAll("button.toggle-button-hidden")) b.click();
  document.head.insertAdjacentHTML("beforeend", "<style>.sd-tab-content {{ display: block !important }}</style>");
  await frame();
}}"""
#: axe needs as long for a page as it has elements. What it cannot tell apart goes first: the layout of formulas, which
#: screen readers skip (their colour is the text's around them), the inside of
#: figures, which are images to them (tests/show/test_figures.py has their colours), and all but one of the code tokens of a kind.
THIN_OUT = """() => {
 for (const figure of document.querySelectorAll(".lb-figure")) figure.replaceChildren();
  for (const formula of document.querySelectorAll(".katex")) formula.replaceWith("x");
  const kept = new Set();
  for (const token of document.querySelectorAll(".highlight pre span")) {
    const kind = token.closest("div.highlight").parentElement.className + token.closest("[class^=cell_]")?.className + token.className;
    if (kept.has(kind)) token.replaceWith(...token.childNodes);
    kept.add(kind);
  }
}"""
RUN_AXE = """async rules => {
  const options = {resultTypes: ["violations"], preload: false};
  if (rules) options.runOnly = rules;
  const {violations} = await axe.run(document, options);
  return violations.map(v => ({rule: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? ""))}));
}"""
#: What colours can change. Dark pages have the elements of light ones, which the full set of rules has seen.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


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
    width: int = 1400
    mode: str = "light"
    foreign: list = field(default_factory=list)  # addresses asked for outside the site
    failed: list = field(default_factory=list)  # answers of 400 and more, and requests without one
    errors: list = field(default_factory=list)  # of the console, and exceptions that no script caught
    loaded: dict = field(default_factory=dict)  # bytes, uncompressed, of every file of the site that was loaded
    shifts: list = field(default_factory=list)
    folded: dict = field(default_factory=dict)  # what probe.js returns, as the page first stands …
    facts: dict = field(default_factory=dict)  # … and with everything unfolded
    violations: list = field(default_factory=list)


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

    def open(self, path, *, width=1400, mode="light", server=None, disk=False, script=True):
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

    def visit(self, path, width, mode):
        """Open a page, read it through, unfold everything, and return the notes; a second call returns the same notes."""
        key = (path, width, mode)
        if key not in self.visits:
            page, visit = self.open(path, width=width, mode=mode, server=self.slow if mode == "light" else self.fast)
            try:
                page.evaluate(READ_THROUGH)
                visit.shifts = page.evaluate("allShifts()")
                if moved(visit.shifts) >= SHIFT_LIMIT:
                    again = [self.shifts(path, width, mode) for _ in range(2)]
                    visit.shifts = sorted([visit.shifts, *again], key=moved)[1]
                visit.folded = page.evaluate(PROBE)
                page.evaluate(UNFOLD)
                page.evaluate(READ_THROUGH)
                visit.facts = page.evaluate(PROBE)
                page.evaluate(THIN_OUT)
                page.evaluate(AXE)
                visit.violations = page.evaluate(RUN_AXE, None if mode == "light" else COLOUR_RULES)
            finally:
                page.context.close()
            self.visits[key] = visit
        return self.visits[key]

    def shifts(self, path, width, mode):
        page, _ = self.open(path, width=width, mode=mode, server=self.slow)
        try:
            page.evaluate(READ_THROUGH)
            return page.evaluate("allShifts()")
        finally:
            page.context.close()

    def glance(self, path, **how):
        """Open a page and read it through once, without unfolding anything."""
        page, visit = self.open(path, **how)
        try:
            if how.get("script", True):
                page.evaluate(READ_THROUGH)
            visit.facts = page.evaluate(PROBE)
        finally:
            page.context.close()
        return visit
