"""The deviations, one or two, under which the loss gives the numbers that somebody's function gives."""

import itertools
import math

import numpy as np

from lossbook.diagnosis.agreement import same
from lossbook.diagnosis.deviations import deviations
from lossbook.diagnosis.deviations.register import STAGES
from lossbook.diagnosis.recipes import recipe_for

#: So many finite numbers have to agree, beside the one from which a parameter is estimated.
EVIDENCE = 3
#: Two of one stage go together where they turn different things.
_TOGETHER = {"option", "formula", "value"}
_IMPOSSIBLE = (
    TypeError,
    ValueError,
    IndexError,
    KeyError,
    ZeroDivisionError,
    AttributeError,
    OverflowError,
    np.linalg.LinAlgError,
)


class Explanation:
    """One or two deviations with their parameter, and what the loss gives under them."""

    def __init__(self, recipe, changes, t=None):
        self.recipe, self.changes, self.t = recipe, changes, t

    def result(self, case):
        """Return what the loss gives on a case under the deviations; None where they have no meaning."""
        with np.errstate(all="ignore"):
            try:
                changed = self.recipe.of(case)
                for change in self.changes:
                    changed = change(changed, self.t)
                    if changed is None:
                        return None
                return np.asarray(changed.result(), dtype=float)
            except _IMPOSSIBLE:
                return None

    def with_parameter(self, t):
        """Return the same deviations with another parameter."""
        return Explanation(self.recipe, self.changes, t)

    @property
    def has_parameter(self):
        """Whether one of the deviations has a parameter."""
        return any(change.grid is not None for change in self.changes)

    def text(self, case):
        """Say what the deviations are."""
        recipe = self.recipe.of(case)
        return "; ".join(change.text(recipe, self.t if change.grid is not None else None) for change in self.changes)


def explain(cases, theirs, tolerance):
    """Find the deviations that reproduce somebody's numbers on all cases, or None.

    Parameters
    ----------
    cases : sequence of Case
        Ordinary inputs, the smallest first, and perhaps more.
    theirs : sequence of numpy.ndarray
        What the function gives on each.
    tolerance : tuple
        As `same` takes it.
    """
    telling = finite(theirs)
    if len(telling) < EVIDENCE:
        return None
    recipe = recipe_for(cases)
    # The largest input on which they differ tells most.
    first = max(
        (n for n in telling if not same(theirs[n], cases[n].ours, tolerance)), key=lambda n: cases[n].size, default=None
    )
    if first is None:
        return None
    order = [first, *(n for n in range(len(cases)) if n != first)]
    for changes in _candidates(recipe, cases[first]):
        found = _fitted(Explanation(recipe, changes), cases, theirs, order, tolerance)
        if found is not None:
            return found
    return None


def finite(results):
    """Return the places of the results that tell something: finite ones, not 0 throughout."""
    return [n for n, x in enumerate(results) if np.isfinite(x).all() and np.any(x != 0)]


def _candidates(recipe, case):
    """Yield single deviations, then pairs of them, an earlier stage first."""
    with np.errstate(all="ignore"):
        possible = sorted(deviations(recipe.of(case)), key=lambda d: (d.grid is not None) + (d.grid == ()))
    yield from ((one,) for one in possible)
    pairs = itertools.combinations(possible, 2)
    ordered = (sorted(pair, key=lambda d: STAGES.index(d.stage)) for pair in pairs)
    allowed = [pair for pair in ordered if _go_together(*pair)]
    # Those without a parameter say more, and cost less.
    yield from sorted(allowed, key=lambda pair: sum(d.grid is not None for d in pair))


def _go_together(one, other):
    if one.grid is not None and other.grid is not None:
        return False
    return one.stage != other.stage or one.stage in _TOGETHER


def _fitted(candidate, cases, theirs, order, tolerance):
    """Return the candidate with its parameter if it reproduces all numbers, or None."""
    first = order[0]
    if not candidate.has_parameter:
        return candidate if _reproduces(candidate, cases, theirs, order, tolerance) else None
    fitted = map(candidate.with_parameter, _estimates(candidate, cases[first], theirs[first]))
    return next((one for one in fitted if _reproduces(one, cases, theirs, order, tolerance)), None)


def _reproduces(candidate, cases, theirs, order, tolerance):
    skips = any(change.leaves_domain for change in candidate.changes)
    for n in order:
        if skips and np.isnan(theirs[n]).any():
            continue
        ours = candidate.result(cases[n])
        if ours is None or not same(theirs[n], ours, tolerance):
            return False
    return True


def _estimates(candidate, case, theirs):
    """Return the parameters with which one result is theirs."""
    grid = next(change.grid for change in candidate.changes if change.grid is not None)
    if grid == ():
        ours = candidate.with_parameter(1.0).result(case)
        if ours is None or np.squeeze(ours).shape != np.squeeze(theirs).shape:
            return []
        total = float(np.sum(ours))
        factor = float(np.sum(theirs)) / total if total else math.nan
        return [factor] if math.isfinite(factor) and factor != 0 else []

    def difference(t):
        ours = candidate.with_parameter(t).result(case)
        if ours is None or np.squeeze(ours).shape != np.squeeze(theirs).shape:
            return math.nan
        return float(np.sum(ours) - np.sum(theirs))

    # Of another shape for one value, it is for all.
    if math.isnan(difference(grid[len(grid) // 2])) and math.isnan(difference(grid[1])):
        return []
    heights = [difference(t) for t in grid]
    found = [t for t, height in zip(grid, heights, strict=True) if height == 0]
    for (a, at_a), (b, at_b) in itertools.pairwise(zip(grid, heights, strict=True)):
        if at_a * at_b < 0:
            found.append(_root(difference, a, b, at_a, at_b))
    return found


def _root(function, a, b, at_a, at_b):
    """Find a zero between two points at which a function has opposite signs: the Illinois method, with bisection."""
    for n in range(200):
        c = (a + b) / 2 if n % 3 == 2 else (a * at_b - b * at_a) / (at_b - at_a)
        if not min(a, b) < c < max(a, b):
            break
        at_c = function(c)
        if at_c == 0 or math.isnan(at_c):
            return c
        if at_c * at_b < 0:
            a, at_a = b, at_b
        else:
            at_a /= 2
        b, at_b = c, at_c
        if abs(a - b) <= 1e-15 * abs(b):
            break
    return b
