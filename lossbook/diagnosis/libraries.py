"""Calling somebody's function on arrays of NumPy, PyTorch or JAX; whatever it returns or raises is an outcome."""

import contextlib
import importlib
import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook.engine.arguments import read_choice

LIBRARIES = ("numpy", "torch", "jax")


@dataclass(frozen=True)
class Outcome:
    """What a call gave: a value with, perhaps, a gradient, or the exception that it raised.

    ``numbers`` is the value as an array of floats, and None where it cannot be read as one.
    """

    value: Any = None
    numbers: np.ndarray | None = None
    gradient: Any = None
    error: Exception | None = None

    @property
    def shown(self):
        """What is reported: the exception, or the value."""
        if self.error is not None:
            return self.error
        return self.value if self.numbers is None else self.numbers[()]


class _NumPy:
    """Arrays are given as they are, as copies."""

    differentiates = False

    def array(self, value):
        """Convert an array."""
        return np.array(value)

    def call(self, function, arguments, options, prediction):
        """Call the function; a gradient is taken of the argument in place ``prediction``, where there are gradients."""
        return self._outcome(function(*arguments, **options))

    def _outcome(self, value, gradient=None):
        return Outcome(value, self.numbers(value), gradient)

    def numbers(self, value):
        """Read a result as numbers; None if it holds anything else."""
        try:
            array = np.asarray(value)
            if array.dtype.kind not in "biuf":
                return None
            return array if array.dtype == np.float32 else array.astype(float)
        except (TypeError, ValueError, RuntimeError):
            return None

    def surroundings(self):
        """Return what has to be true while functions are called."""
        return contextlib.nullcontext()


class _Torch(_NumPy):
    differentiates = True

    def __init__(self):
        self.torch = _import("torch")

    def array(self, value):
        return self.torch.tensor(np.ascontiguousarray(value))

    def call(self, function, arguments, options, prediction):
        arguments = list(arguments)
        if prediction is not None:
            arguments[prediction].requires_grad_()
            # A leaf must not be written to, and a function may write to what it is given.
            leaf, arguments[prediction] = arguments[prediction], arguments[prediction] * 1
        value = function(*arguments, **options)
        gradient = None
        if prediction is not None and getattr(value, "requires_grad", False):
            value.sum().backward()
            gradient = None if leaf.grad is None else self.numbers(leaf.grad)
        return self._outcome(value, gradient)

    def numbers(self, value):
        if isinstance(value, self.torch.Tensor):
            value = value.detach().cpu()
            value = value.float().numpy() if value.dtype in (self.torch.float16, self.torch.bfloat16) else value.numpy()
        elif isinstance(value, (tuple, list)):
            value = [self.numbers(part) for part in value]
        return super().numbers(value)


class _JAX(_NumPy):
    differentiates = True

    def __init__(self):
        self.jax = _import("jax")

    def array(self, value):
        return self.jax.numpy.asarray(np.array(value))

    def call(self, function, arguments, options, prediction):
        value = function(*arguments, **options)
        gradient = None
        if prediction is not None and self.numbers(value) is not None:

            def total(x):
                given = [x if place == prediction else a for place, a in enumerate(arguments)]
                return self.jax.numpy.sum(function(*given, **options))

            with contextlib.suppress(self.jax.errors.JAXTypeError, TypeError):  # what leaves JAX has no gradient
                gradient = self.numbers(self.jax.grad(total)(arguments[prediction]))
        return self._outcome(value, gradient)

    def surroundings(self):
        """JAX would read float64 as float32."""
        return self.jax.enable_x64(True)


def _import(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f'library = "{name}" is not installed here: install it, or pass library="numpy".') from error


_ADAPTERS = dict(zip(LIBRARIES, (_NumPy, _Torch, _JAX), strict=True))


class Theirs:
    """Somebody's function, as it is called on the inputs of a battery."""

    def __init__(self, function, loss, library, options):
        self.function, self.loss = function, loss
        self.adapter = _ADAPTERS[read_choice("library", library, LIBRARIES)]()
        self.options = {name: value for name, value in options.items() if name in _named(function)}
        names = list(loss.arguments)
        has_gradient = loss.declaration.no_gradient is None and self.adapter.differentiates
        self.prediction = names.index(loss.prediction) if has_gradient else None

    def __call__(self, case):
        """Call the function on copies of a case's arguments."""
        adapter = self.adapter
        with adapter.surroundings(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                arguments = self._given(case.arguments)
                options = {n: adapter.array(v) if np.ndim(v) and n != "axis" else v for n, v in self.options.items()}
                return adapter.call(self.function, arguments, options, self.prediction)
            except Exception as error:
                return Outcome(error=error)

    def _given(self, arguments):
        """Copy the arguments; libraries of tensors expect labels 0 and 1 in the dtype of the prediction."""
        dtype = next((a.dtype for a in arguments if isinstance(a, np.ndarray) and a.dtype.kind == "f"), None)
        given = []
        for value, kind in zip(arguments, self.loss.arguments.values(), strict=True):
            if isinstance(value, tuple):
                value = type(value)(*map(self.adapter.array, value))
            elif not callable(value):
                as_float = kind.name == "binary" and self.adapter.differentiates
                value = self.adapter.array(value.astype(dtype) if as_float else value)
            given.append(value)
        return given


def _named(function):
    """Return the names of the parameters that a function takes by name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return frozenset()
    return {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
