"""The browser tests: every built page, wide and narrow, light and dark, with the network cut off.

Run by `make browser`, or ``pytest tests/site --site FOLDER`` for a site that was built elsewhere; with ``--pages`` only
some pages are opened, and all are read as files. A page is opened once for each width, however many tests ask.
"""

import re
from pathlib import Path

import pytest
from browsing import FLAGS, STARTS, WIDE, Reader, find_browser
from markup import Site
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption("--site", default=str(ROOT / "_build" / "html"), help="the folder of the built site")
    parser.addoption("--pages", default="", help="the pages to open, such as 'book/intro.html book/errata.html'; all")


def built(config):
    root = Path(config.getoption("--site")).resolve()
    if not (root / "index.html").is_file():
        raise pytest.UsageError(f"There is no site in {root}: run `make book`.")
    return Site(root)


def pytest_generate_tests(metafunc):
    """Give every test of a page all pages that it is for, and every test of a visit all widths as well."""
    names = metafunc.fixturenames
    if "path" not in names:
        return
    site = built(metafunc.config)
    paths = site.paths()
    if metafunc.definition.get_closest_marker("opened"):
        wanted = metafunc.config.getoption("--pages").split()
        if missing := set(wanted) - set(paths):
            raise pytest.UsageError(f"--pages names what the site does not have: {', '.join(sorted(missing))}")
        paths = [p for p in wanted or paths if not site.page(p).is_redirect]
    if marker := metafunc.definition.get_closest_marker("having"):
        paths = [p for p in paths if re.search(marker.args[0], site.page(p).text)]
    metafunc.parametrize("path", [pytest.param(p, id=p) for p in paths])
    if "width" in names:
        metafunc.parametrize("width", STARTS)


def pytest_configure(config):
    config.addinivalue_line("markers", "opened: for pages to read, not for those that only lead to another")
    config.addinivalue_line("markers", "having(pattern): for pages whose HTML has it")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a page together, which share its visits; ``--dist loadgroup`` does nothing under pytest 9."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            found = re.search(r"\[(.+?\.html)", nodeid)
            return found[0] if found else nodeid

    return ByPage(config, log)


@pytest.fixture(scope="session")
def site(request):
    return built(request.config)


@pytest.fixture
def page(site, path):
    return site.page(path)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def reader(chromium, site):
    reader = Reader(chromium, site.root)
    yield reader
    reader.close()


@pytest.fixture
def visit(reader, path, width):
    return reader.visit(path, width)


@pytest.fixture
def wide(reader, path):
    return reader.visit(path, WIDE)


@pytest.fixture
def opened(reader):
    """Open a page for a test that uses it by hand, and close it afterwards."""
    pages = []

    def open_page(path, **how):
        page, visit = reader.open(path, **how)
        pages.append(page)
        return page, visit

    yield open_page
    for page in pages:
        page.context.close()
