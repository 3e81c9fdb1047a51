"""The comparison of somebody's function with a loss of the book."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lossbook.diagnosis.report import Diagnosis, Difference, Edge, Found
from lossbook.engine.loss import Loss, value_and_grad
from lossbook.engine.register import losses

if TYPE_CHECKING:
    from collections.abc import Callable


def diagnose(
    function: Callable[..., Any],
    loss: Callable[..., Any],
    *,
    library: Literal["numpy", "torch", "jax"] = "numpy",
    **options: Any,
) -> Diagnosis:
    """Compare an implementation of yours with a loss of the book, and say what was done differently.

    Both are run on the same inputs, which are made from the kinds of the loss's arguments: ordinary ones, which decide
    whether the two agree, and those at the edges (certainty, ±∞, one class alone, empty masks, float32, other shapes).

    Parameters
    ----------
    function : callable
        Your implementation. It is given the loss's array arguments by position, as copies, in the loss's order; a pair, such
        as a location and a scale, is a tuple of two. Classes
        are integers; labels 0 and 1 are integers of NumPy, and floats for the other libraries. A cross entropy may take
        labels or one-hot vectors. An option is passed on, by name, if the function has a parameter of that name.
    loss : callable
        A loss of the book, or a ``functools.partial`` of one that binds options.
    library : {"numpy", "torch", "jax"}
        What the function takes: NumPy arrays, or tensors of PyTorch, or arrays of JAX, in float64 (in float32 where a
        function of tensors takes nothing else). For the latter two the gradients with respect to the prediction are
        compared as well, of the sum if there are several values.
    **options
        Options of the loss, such as ``gamma=2.0``, ``reduction="sum"`` or ``weight=[1, 2, 3]``.

    Returns
    -------
    Diagnosis
        It prints itself, and has the attributes ``agrees``; ``difference``, the smallest ordinary input on which the
        two differ, or None; ``explanation``, what was done differently, or None; ``edges``, a list of what differs at
        the edges, each with its ``arguments``, ``theirs``, ``ours`` and the ``page`` of the book.

    Raises
    ------
    TypeError
        If ``function`` is not callable, ``loss`` is not a loss of the book, or an option is of the wrong kind.
    ValueError
        If ``library`` is unknown, or the loss refuses an option.
    ImportError
        If ``library`` is not installed.

    Notes
    -----
    A function that returns a pair, a value and an array of the prediction's shape, is taken to return its gradient too.

    An explanation is one deviation of a list, or two together, under which the loss gives your function's numbers on
    *every* ordinary input. What is unknown in it, an ε or a factor, is estimated from one input and verified on the
    others. Nothing is guessed: where no deviation reproduces the numbers, the explanation is None.

    Numbers agree to ten digits, or to single precision if your function computes in it; a difference in the seventh
    digit that nothing explains is taken for rounding. A gradient with respect to distributions may differ by a constant,
    which no change of a distribution feels. A function that raises on some ordinary inputs alone, such as those with two
    axes, agrees if it does on the others; those it raised on are edges. One that raises on every batch is given one number,
    or one distribution, at a time. Its warnings are not shown.

    Examples
    --------
    >>> import numpy as np
    >>> import lossbook
    >>> def mine(p, y):
    ...     return -np.sum(y * np.log2(p) + (1 - y) * np.log2(1 - p))
    >>> found = lossbook.diagnose(mine, lossbook.binary_cross_entropy)
    >>> found.agrees
    False
    >>> print(found.explanation)
    the logarithm has base 2 (log2); the values are summed, not averaged: reduction="sum"
    """
    from lossbook.diagnosis.battery import ALONE, batteries
    from lossbook.diagnosis.libraries import Theirs

    if not callable(function):
        raise TypeError(
            f"function must be callable, but it is {function!r}. Pass your implementation of the loss itself."
        )
    loss, options = _read_loss(loss, options)
    theirs = Theirs(function, loss, library, options)
    if options.get("return_flow"):
        raise ValueError(
            "return_flow = True returns one of many optimal flows, which cannot be compared. Leave it out."
        )
    comparisons = []
    for battery in batteries(loss, options):
        if battery.form == ALONE and any(comparison.runs for comparison in comparisons):
            break
        comparison = _Comparison(theirs, battery)
        if not comparison.runs and theirs.adapter.differentiates:
            comparison = _Comparison(theirs.in_single(), battery)
        comparisons.append(comparison)
        if comparison.agrees:
            break
    return max(comparisons, key=lambda c: (c.agrees, c.explanation is not None, c.runs)).diagnosis()


def _read_loss(loss, options):
    """Return the loss itself with all its options, those that a ``functools.partial`` has bound included."""
    base = loss.func if isinstance(loss, functools.partial) else loss
    if not isinstance(base, Loss):
        names = ", ".join(one.__name__ for one in losses()[:3])
        raise TypeError(
            f"loss = {getattr(base, '__name__', repr(base))} is not a loss of lossbook. "
            f"Pass one of those that lossbook.catalogue() lists, such as {names}."
        )
    if isinstance(loss, functools.partial):
        if loss.args or base.arguments.keys() & loss.keywords.keys():
            raise TypeError(f"loss = {base.__name__} has arguments bound already. Bind options alone.")
        options = loss.keywords | options
    if given := base.arguments.keys() & options.keys():
        raise TypeError(
            f"{min(given)} is an argument of {base.__name__}, not an option. Leave it out: inputs are made here."
        )
    return base, options


class _Comparison:
    """A function beside a loss, on the inputs of one battery."""

    def __init__(self, theirs, battery):
        self.theirs, self.battery = theirs, battery
        outcomes = [theirs(case) for case in battery.ordinary]
        #: On which share of the inputs the function runs.
        self.runs = sum(outcome.error is None for outcome in outcomes) / len(outcomes)
        pairs = list(zip(battery.ordinary, outcomes, strict=True))
        # What raises on some shapes only is of use on the others.
        self.raised = [pair for pair in pairs if self.runs and pair[1].error is not None]
        self.pairs = [pair for pair in pairs if not self.runs or pair[1].error is None]
        self.what, self.explained = "value", None
        self._judge()

    def _judge(self):
        from lossbook.diagnosis.agreement import EXACT, ROUNDING, SINGLE, is_single

        numbers = [outcome.numbers for _, outcome in self.pairs]
        known = all(x is not None for x in numbers)
        self.single = known and is_single(numbers)
        self.first = self._first(SINGLE if self.single else EXACT)
        if self.first is not None and known:
            self._explain(SINGLE if self.single else EXACT)
            # As small a difference, and no reason for it: rounding on the way.
            if self.explained is None and self._first(ROUNDING) is None:
                self.first = None
        if self.first is None:
            self._compare_gradients()

    def _first(self, tolerance):
        """Return the first, smallest input on which values differ, and what came of it."""
        from lossbook.diagnosis.agreement import same

        return next((pair for pair in self.pairs if not same(pair[1].numbers, pair[0].ours, tolerance)), None)

    def _explain(self, tolerance):
        from lossbook.diagnosis.explanation import EVIDENCE, explain, finite

        pairs = self.pairs
        if len(finite(outcome.numbers for _, outcome in pairs)) < EVIDENCE:
            probes = [(case, self.theirs(case)) for case in self.battery.probes(self._like())]
            pairs = [*pairs, *((case, outcome) for case, outcome in probes if outcome.numbers is not None)]
        self.explained = explain([case for case, _ in pairs], [outcome.numbers for _, outcome in pairs], tolerance)

    def _compare_gradients(self):
        from lossbook.diagnosis.agreement import same_gradient

        tolerance = (1e-4, 1e-6) if self.single else (1e-6, 1e-9)
        for case, outcome in self.pairs:
            if outcome.gradient is None and not self.theirs.needs_gradient:
                continue
            if not same_gradient(outcome.gradient, _gradient(case), tolerance, _class_axis(case)):
                self.what, self.first = "gradient", (case, outcome)
                return

    def _like(self):
        """Arguments of a shape on which the function runs."""
        return self.battery.like([case for case, _ in self.pairs])

    @property
    def agrees(self):
        """Whether they agree on all ordinary inputs."""
        return self.first is None

    @property
    def explanation(self):
        """What was done differently."""
        if self.explained is not None:
            return self.explained.text(self.first[0])
        if self.first is not None and self.first[1].error is None and self.first[1].value is None:
            return "nothing is returned: a return is missing"
        return None

    def difference(self):
        """Return the smallest ordinary input on which they differ."""
        if self.first is None:
            return None
        case, outcome = self.first
        if self.what == "gradient":
            return Difference(case.arguments, outcome.gradient, _gradient(case))
        return Difference(case.arguments, outcome.shown, case.ours[()])

    def edges(self):
        """Yield what differs at the edges."""
        from lossbook.diagnosis.battery import shape_of

        page = self.theirs.loss.declaration.page
        page = page and f"{page}.html"
        for shape, (case, outcome) in {shape_of(pair[0].arguments[0]): pair for pair in self.raised}.items():
            yield Found(f"shape {shape}", Edge(case.arguments, outcome.shown, case.ours[()], page))
        if not self.runs:
            return
        for case in self.battery.edges(self._like()):
            outcome = self.theirs(case)
            if self._differs(case, outcome):
                yield Found(case.label, Edge(case.arguments, outcome.shown, case.ours[()], page))
            elif outcome.gradient is not None and self._gradient_fails(case, outcome):
                yield Found(case.label, Edge(case.arguments, outcome.gradient, _gradient(case), page), "gradient")

    def _differs(self, case, outcome):
        from lossbook.diagnosis.agreement import EDGE, SINGLE_EDGE, same

        if outcome.error is not None or outcome.numbers is None:
            return outcome.error is not None or self.agrees
        is_single = self.single or any(getattr(a, "dtype", None) == np.float32 for a in case.arguments)
        expected = case.ours if self.agrees else self.explained and self.explained.result(case)
        if expected is not None and (self.agrees or _says_something(expected, case.ours)):
            return not same(outcome.numbers, expected, SINGLE_EDGE if is_single else EDGE)
        return bool(np.isfinite(outcome.numbers).all() != np.isfinite(case.ours).all())

    def _gradient_fails(self, case, outcome):
        """Whether a gradient is not finite where the loss's is, or vanishes where it does not."""
        gradient, ours = outcome.gradient, _gradient(case)
        if not np.isfinite(ours).all():
            return False
        if np.isnan(gradient).any():
            return True
        if not np.isfinite(gradient).all():
            return self.agrees
        return self.agrees and bool(abs(gradient).max() < 0.5 * abs(ours).max() > 1e-6)

    def diagnosis(self):
        """Put together what was found."""
        theirs = self.theirs
        named = getattr(theirs.function, "func", theirs.function)  # what a functools.partial calls
        name = getattr(named, "__name__", type(named).__name__)
        return Diagnosis(
            "your function" if name == "<lambda>" else name,
            theirs.loss.__name__,
            self.agrees,
            self.difference(),
            self.explanation,
            tuple(self.edges()),
            self.what,
            self.battery.form,
            tuple(change.name for change in self.explained.changes) if self.explained else (),
        )


def _says_something(expected, ours):
    """Whether a formula may be believed at an edge: a plain one may overflow where the loss does not."""
    return not np.isnan(expected).any() and (np.isfinite(expected).all() or not np.isfinite(ours).all())


def _gradient(case):
    """Return the gradient as one array: those of a pair stand along a first axis."""
    return np.asarray(value_and_grad(case.loss)(*case.arguments, **case.options)[1])


def _class_axis(case):
    """Return the axis of distributions, along which a gradient is known up to a constant, or None."""
    if case.loss.arguments[case.loss.prediction].name != "distribution":
        return None
    return case.options.get("axis", -1)
