"""What the bridges have in common: a loss, its arguments by name, and which axes of the prediction its value has."""

import functools
import inspect
from importlib import import_module

import numpy as np

from lossbook.engine.arguments import Pair, read_axes
from lossbook.engine.loss import value_and_grad


class Bridged:
    """A loss as a function of another library's arrays; a subclass says how it is called.

    It has the loss's signature, a name and a docstring of its own, and equals another that was made from the same loss.
    """

    text = ""

    def __init__(self, loss):
        self.loss = loss
        self._derived = value_and_grad(loss)
        bound = (loss.func, loss.args, loss.keywords) if isinstance(loss, functools.partial) else (loss, (), {})
        self.base, self._args, self._keywords = bound
        self._signature = inspect.signature(self.base)
        self._defaults = {name: parameter.default for name, parameter in self._signature.parameters.items()}
        name = self.base.__name__
        self.__name__ = self.__qualname__ = f"differentiable({name})"
        self.__module__ = type(self).__module__
        self.__doc__ = self.text.format(name=name, prediction=self.prediction)

    @property
    def prediction(self):
        """The name of the argument that has a gradient."""
        return self.base.prediction

    @property
    def __signature__(self):
        return inspect.signature(self.loss)

    @property
    def pair(self):
        """The kind of the prediction if that is a pair, and None else. The other library is given both parts as one array."""
        kind = self.base.arguments[self.prediction]
        return kind if isinstance(kind, Pair) else None

    def split(self, value):
        """Return the two parts of a prediction that is a pair, which have to be arrays of one shape."""
        first, second = self.pair.split(self.prediction, value)
        if np.shape(first) != np.shape(second):
            one, other = self.pair.parts
            raise ValueError(
                f"{other} has shape {tuple(np.shape(second))}, but {one} has shape {tuple(np.shape(first))}. Pass two arrays of one shape."
            )
        return first, second

    def results(self, arguments, order):
        """Compute the value, and for order 1 the gradient; both parts of a pair stand along a first axis."""
        if self.pair:
            arguments |= {self.prediction: tuple(arguments[self.prediction])}
        results = self.base.plan(**arguments).run(order)
        if not order:
            return (results,)
        value, gradient = results
        return value, np.stack(gradient) if self.pair else gradient

    def bind(self, args, kwargs):
        """Return all arguments that were given, by name, those of a ``functools.partial`` included."""
        return self._signature.bind(*self._args, *args, **{**self._keywords, **kwargs}).arguments

    def summed_axes(self, arguments, ndim):
        """Return the axes that the prediction has and the value does not: all of them for one number."""
        if self.pair:
            return (0, *(axis + 1 for axis in self._summed_axes(arguments, ndim - 1)))
        return self._summed_axes(arguments, ndim)

    def _summed_axes(self, arguments, ndim):
        options = self._defaults | arguments
        each = self.base.declaration.each
        if options.get("reduction", "sum" if each == "image" else "none") != "none":
            return tuple(range(ndim))
        return () if each in ("element", "image") else read_axes(options.get("axis"), ndim, self.prediction)

    def __eq__(self, other):
        return type(self) is type(other) and self._derived == other._derived

    def __hash__(self):
        return hash((type(self), self._derived))

    def __reduce__(self):
        return type(self), (self.loss,)

    def __repr__(self):
        return f"<{self.__name__}>"


def library(name, extra):
    """Import a library, or say how it is had."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"lossbook.bridges.{extra} needs {name}, which is not installed. Install lossbook[{extra}].", name=name
        ) from error
