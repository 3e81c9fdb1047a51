"""The loss as an object: declared once, called as a function, and derived as far as it can be.

The body of a loss names its kernel and how its values are put together, which is a *plan*; it computes nothing. A call runs
the plan to the value. ``value_and_grad``, ``grad`` and ``hessian_diag`` run the same plan one or two derivatives further.

A kernel is a generator over one block: it yields the value, then the derivative, then the second derivative, and is
asked only for as many as are needed. Blocks are small enough to stay in the processor's cache.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from lossbook.engine.arguments import Kind, Pair
from lossbook.engine.docstrings import complete
from lossbook.engine.register import register

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The arguments of a loss, and what it returns.
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is said of a loss where it is defined, once.

    Parameters
    ----------
    family, group : str
        Its family, and the pages of functions and claims on which it stands.
    arguments : mapping
        The kind of each array argument, by name.
    each : str
        What has a value of its own: "element", "distribution", "region", "image" or "count". It chooses the words in which
        common options are described.
    prediction : str or None
        What the gradient is taken with respect to, if that is not the first argument.
    page : str or None
        The page of its chapter; None where the book has none.
    role : str
        "loss", "score" for what is measured rather than minimised, or "counts".
    no_gradient : str or None
        Why it has no useful gradient. Its body then returns the value itself, not a plan.
    references : tuple of str
        Its sources.
    """

    family: str
    group: str
    arguments: Mapping[str, Kind | Pair]
    each: str
    prediction: str | None = None
    page: str | None = None
    role: str = "loss"
    no_gradient: str | None = None
    references: tuple[str, ...] = field(default=())


def loss(**declared: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a function as a loss: see `Declaration` for what is to be said.

    The arguments are read before the body runs, which is given each as an `Argument`.
    """
    return lambda definition: register(Loss(definition, Declaration(**declared)))


class Loss:
    """A loss of the book: a function of arrays."""

    def __init__(self, definition: Callable, declaration: Declaration):
        functools.update_wrapper(self, definition)
        self.__signature__ = inspect.signature(definition)
        self.__doc__ = complete(definition.__doc__, self.__signature__, declaration)
        self.declaration = declaration
        self.arguments = MappingProxyType(dict(declaration.arguments))
        self._definition = definition
        self._kinds = tuple(declaration.arguments.items())
        self._is_planned = declaration.no_gradient is None

    def __call__(self, *args, **kwargs):
        """Compute the value."""
        found = self.plan(*args, **kwargs)
        return found.run(0) if self._is_planned else found

    def plan(self, *args, **kwargs):
        """Read the arguments, and return the plan of the computation (where there is no gradient, the value)."""
        read = [kind.read(name, value) for (name, kind), value in zip(self._kinds, args, strict=False)]
        if len(read) < len(self._kinds):
            kwargs |= {name: kind.read(name, kwargs[name]) for name, kind in self._kinds[len(read) :] if name in kwargs}
        # What is missing or too many is refused by the function itself, in Python's words.
        return self._definition(*read, *args[len(read) :], **kwargs)

    @property
    def prediction(self):
        """The name of the argument that the gradient is taken with respect to."""
        return self.declaration.prediction or next(iter(self.arguments))

    def __reduce__(self):
        return self.__qualname__

    def __repr__(self):
        return f"<loss {self.__name__}>"


class _Derived:
    """A derivative of a loss, as a function of the loss's arguments."""

    def __init__(self, loss):
        self.loss = loss
        self._base = _differentiable(loss, self.what)
        bound = (loss.args, loss.keywords) if loss is not self._base else ((), {})
        self._plan = functools.partial(self._base.plan, *bound[0], **bound[1])
        self._made_of = (self._base, *bound)
        name = self._base.__name__
        self.__name__ = self.__qualname__ = f"{self.function}({name})"
        self.__module__ = self._base.__module__
        shape = f"in the shape of ``{self._base.prediction}``"
        if isinstance(self._base.arguments[self._base.prediction], Pair):
            shape = f"a pair of arrays, one for each part of ``{self._base.prediction}``"
        self.__doc__ = self.text.format(name=name, prediction=self._base.prediction, shape=shape)

    @property
    def __signature__(self):
        return inspect.signature(self.loss)

    def __eq__(self, other):
        return type(self) is type(other) and _same(self._made_of, other._made_of)

    def __hash__(self):
        return hash((type(self), self._base))

    def __reduce__(self):
        return type(self), (self.loss,)

    def __repr__(self):
        return f"<{self.__name__}>"


class _ValueAndGradient(_Derived):
    function, what = "value_and_grad", "gradient"
    text = """Value of ``{name}``, and its gradient with respect to ``{prediction}``.

It takes the arguments of ``{name}``.

Returns
-------
value : numpy.floating or numpy.ndarray
    What ``{name}`` returns.
gradient : numpy.ndarray
    The gradient of the value (for ``reduction="none"``: of its sum), {shape}.
"""

    def __call__(self, *args, **kwargs):
        return self._plan(*args, **kwargs).run(1)


class _Gradient(_Derived):
    function, what = "grad", "gradient"
    text = """Gradient of ``{name}`` with respect to ``{prediction}``.

It takes the arguments of ``{name}``. A library of gradient boosting asks for ``reduction="sum"``.

Returns
-------
numpy.ndarray
    The gradient of the value (for ``reduction="none"``: of its sum), {shape}.
"""

    def __call__(self, *args, **kwargs):
        return self._plan(*args, **kwargs).run(1)[1]


class _SecondDerivative(_Derived):
    function, what = "hessian_diag", "second derivative"
    text = """Second derivatives of ``{name}`` with respect to each element of ``{prediction}``.

It takes the arguments of ``{name}``. A library of gradient boosting asks for ``reduction="sum"``.

Returns
-------
numpy.ndarray
    The diagonal of the value's Hessian (for ``reduction="none"``: of that of its sum), {shape}.
"""

    def __call__(self, *args, **kwargs):
        plan = self._plan(*args, **kwargs)
        if plan.derivatives < 2:
            raise TypeError(
                f"loss = {self._base.__name__} has no diagonal second derivative: it is neither a loss of elements nor a "
                f"function of the softmax at the label. Pass one of these."
            )
        return plan.run(2)[2]


def _differentiable(function, what):
    """Return the loss itself, without what a ``functools.partial`` has bound; refuse what has no gradient."""
    base = function.func if isinstance(function, functools.partial) else function
    if isinstance(base, Loss) and not base.declaration.no_gradient:
        return base
    name = getattr(base, "__name__", repr(base))
    if isinstance(base, _Derived):
        reason = "it computes a derivative already, and only losses are derived"
    elif isinstance(base, Loss):
        reason = base.declaration.no_gradient
    else:
        reason = "it is not a loss of lossbook"
    raise TypeError(f"loss = {name} has no {what}: {reason}. Pass a differentiable loss of lossbook.")


def _same(one, other):
    """Whether two values are equal, looking into tuples and dictionaries, since arrays have no equality of their own."""
    if one is other:
        return True
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and np.array_equal(one, other)
    return bool(one == other)


def value_and_grad(loss: Callable[P, Any]) -> Callable[P, tuple[Any, NDArray[Any]]]:
    """Return a function that computes the value of a loss and its gradient with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package, or a ``functools.partial`` of one.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns ``(value, gradient)``. The gradient has the prediction's shape; where the
        prediction is a pair, so is the gradient. It is the closed-form gradient of the reduced value; for
        ``reduction="none"``, of the sum.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Examples
    --------
    >>> import lossbook
    >>> value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)([0.0, 0.0], [1, 0])
    >>> print(gradient)
    [-0.25  0.25]
    """
    return _ValueAndGradient(loss)


def grad(loss: Callable[P, Any]) -> Callable[P, NDArray[Any]]:
    """Return a function that computes the gradient of a loss with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package, or a ``functools.partial`` of one.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns what :func:`value_and_grad` returns second.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Notes
    -----
    A library of gradient boosting asks for ``reduction="sum"``: see :func:`hessian_diag`.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.grad(lossbook.binary_cross_entropy)([0.5, 0.25], [1, 1], reduction="sum"))
    [-2. -4.]
    """
    return _Gradient(loss)


def hessian_diag(loss: Callable[P, Any]) -> Callable[P, NDArray[Any]]:
    """Return a function that computes the diagonal second derivative of a loss of elements, or of a cross entropy of logits.

    Parameters
    ----------
    loss : callable
        A loss of elements of this package, :func:`cross_entropy`, :func:`softmax_focal_loss` or another function of the softmax
        at the label, or a ``functools.partial`` of one.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns the second derivative of the reduced value (for
        ``reduction="none"``: of the sum) with respect to each element of the prediction, in the prediction's shape. For
        several classes it is the diagonal of each column's Hessian, which boosting of several classes asks for. Where the
        prediction is a pair, it is a pair of such diagonals.

    Raises
    ------
    TypeError
        If ``loss`` is not such a loss.

    Notes
    -----
    A library of gradient boosting adds up over its samples, so it asks for ``reduction="sum"``: divided by their number,
    gradients and second derivatives are so small that its regularisation outweighs them, and nothing is learnt. Where a
    loss is not convex, second derivatives are negative, and have to be raised to something positive first.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.hessian_diag(lossbook.binary_cross_entropy_with_logits)([0.0], [1]))
    [0.25]
    """
    return _SecondDerivative(loss)
