"""For all tests: hypothesis does not race the clock, and tries the same cases on every run; what is costly is set up once."""

import gc

import pytest
from hypothesis import settings

settings.register_profile("lossbook", deadline=None, derandomize=True)
settings.load_profile("lossbook")

# SymPy makes many small objects that live as long as its cache: looking through them for circles takes an eighth of the ledger's time.
gc.set_threshold(50_000)

#: Files whose tests share what takes long to set up.
TOGETHER = ("tests/book/test_sabotage.py",)
#: Files whose cases are long and have the name of a card first: the cases of one card stay together, and no test is the last for a minute.
BY_CARD = ("tests/proof/test_ledger.py", "tests/proof/test_breaks.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give all cases of a test to one process, and all tests of some files; ``--dist loadgroup`` does nothing under pytest 9."""
    from xdist.scheduler import LoadScopeScheduling

    class ByTest(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            if file in BY_CARD:
                return nodeid.partition("-")[0]
            return file if file in TOGETHER else nodeid.partition("[")[0]

    return ByTest(config, log)
