"""Other libraries: their surroundings, and the seeds of the random inputs."""

import compare  # noqa: F401  before any peer is imported
import numpy as np
import pytest


@pytest.fixture(params=range(2))
def rng(request):
    return np.random.default_rng(request.param)
