"""For all tests: hypothesis does not race the clock, and tries the same cases on every run."""

from hypothesis import settings

settings.register_profile("lossbook", deadline=None, derandomize=True)
settings.load_profile("lossbook")
