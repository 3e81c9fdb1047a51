"""What goes wrong when a loss is written once more."""

from lossbook.diagnosis.deviations import (  # noqa: F401
    amounts,
    angles,
    confidence,
    distributions,
    errors,
    forecasts,
    graded,
    inputs,
    long_tails,
    margins,
    probabilities,
    regions,
    results,
    scales,
    several,
)
from lossbook.diagnosis.deviations.options import of_options
from lossbook.diagnosis.deviations.register import DEVIATIONS, STAGES


def deviations(recipe):
    """List the deviations that have a meaning for a loss: those of options first, which say most, then by stage."""
    listed = [*of_options(recipe), *sorted(DEVIATIONS, key=lambda d: (d.stage != "option", STAGES.index(d.stage)))]
    return [d for d in listed if _applies(d, recipe)]


def _applies(deviation, recipe):
    """Whether a deviation has a meaning for a loss; one that looks for what a loss does not have has none."""
    try:
        return deviation(recipe, deviation.grid and deviation.grid[-1]) is not None
    except (IndexError, KeyError, TypeError, ValueError):
        return False
