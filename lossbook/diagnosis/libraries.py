"""Calling somebody's function on arrays of NumPy, PyTorch or JAX; whatever it returns or raises is an outcome."""

import contextlib
import copy
import importlib
import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook.diagnosis.battery import each
from lossbook.engine.arguments import read_choice

LIBRARIES = ("numpy", "torch", "jax")
#: Weights that are one number by their nature.
_NUMBERS = {"fp_weight", "fn_weight", "dice_weight"}
#: Options that hold several numbers and are no arrays.
_TUPLES = {"axis", "classes"}


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
        """Call the function; a gradient is taken of the argument in place ``prediction``, unless that is None."""
        return self.outcome(function(*arguments, **options), arguments, prediction)

    def outcome(self, value, arguments, prediction, gradient=None):
        """Read a result; a pair of a value and an array of the prediction's shape is a value with its gradient."""
        if prediction is not None and isinstance(value, tuple) and len(value) == 2:
            first, second = map(self.numbers, value)
            if first is not None and second is not None and second.shape == self.shape(arguments[prediction]):
                return Outcome(value[0], first, second)
        return Outcome(value, self.numbers(value), gradient)

    def shape(self, argument):
        """Return the shape of an argument; the two parts of a pair stand along a first axis."""
        return (2, *argument[0].shape) if type(argument) is tuple else tuple(argument.shape)

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
        return self.torch.tensor(np.array(value, order="C"))

    def call(self, function, arguments, options, prediction):
        arguments = list(arguments)
        if prediction is not None:
            leaf = each(lambda one: one.requires_grad_(), arguments[prediction])
            # A leaf must not be written to, and a function may write to what it is given.
            arguments[prediction] = each(lambda one: one * 1, leaf)
        value = function(*arguments, **options)
        gradient = None
        if prediction is not None and getattr(value, "requires_grad", False):
            value.sum().backward()
            gradient = self.numbers(each(lambda one: one.grad, leaf))
        return self.outcome(value, arguments, prediction, gradient)

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
        return self.outcome(value, arguments, prediction, gradient)

    def surroundings(self):
        """JAX would read float64 as float32."""
        if hasattr(self.jax, "enable_x64"):
            return self.jax.enable_x64(True)
        return importlib.import_module("jax.experimental").enable_x64()


def _import(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f'library = "{name}" is not installed here: install it, or pass library="numpy".') from error


_ADAPTERS = dict(zip(LIBRARIES, (_NumPy, _Torch, _JAX), strict=True))


class Theirs:
    """Somebody's function, as it is called on the inputs of a battery."""

    def __init__(self, function, loss, library, options):
        self.function, self.loss, self.single = function, loss, False
        self.adapter = _ADAPTERS[read_choice("library", library, LIBRARIES)]()
        self.options = {name: value for name, value in options.items() if name in _named(function)}
        names = list(loss.arguments)
        has_gradient = loss.declaration.no_gradient is None
        self.prediction = names.index(loss.prediction) if has_gradient else None
        #: Whether a gradient is missing if there is none. A score is measured, not trained.
        self.needs_gradient = has_gradient and self.adapter.differentiates and loss.declaration.role != "score"

    def in_single(self):
        """Return the same function, to be given single precision."""
        other = copy.copy(self)
        other.single = True
        return other

    def __call__(self, case):
        """Call the function on copies of a case's arguments."""
        adapter = self.adapter
        with adapter.surroundings(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                floats = (a.dtype for a in case.arguments if _is_float(a))
                dtype = np.float32 if self.single else next(floats, None)
                arguments = self._arguments(case.arguments, dtype)
                return adapter.call(self.function, arguments, self._options(dtype), self.prediction)
            except Exception as error:
                return Outcome(error=error)

    def _arguments(self, arguments, dtype):
        """Copy the arguments; libraries of tensors expect labels 0 and 1 in the dtype of the prediction."""
        given = []
        for value, kind in zip(arguments, self.loss.arguments.values(), strict=True):
            if type(value) is tuple:
                value = tuple(self.adapter.array(one.astype(np.float32) if self.single else one) for one in value)
            elif isinstance(value, tuple):
                value = type(value)(*map(self.adapter.array, value))
            elif not callable(value):
                is_label = kind.name == "binary" and self.adapter.differentiates
                cast = is_label or (self.single and _is_float(value))
                value = self.adapter.array(value.astype(dtype) if cast else value)
            given.append(value)
        return given

    def _options(self, dtype):
        """Copy the options; arrays become the library's, and tensors of numbers have the dtype of the prediction."""
        return {n: self._array(v, dtype) if self._is_array(n, v) else copy.deepcopy(v) for n, v in self.options.items()}

    def _array(self, value, dtype):
        array = np.asarray(value)
        keeps = array.dtype == bool or not self.adapter.differentiates
        return self.adapter.array(array if keeps else array.astype(dtype))

    def _is_array(self, name, value):
        """Whether an option is an array; PyTorch takes no plain number for a weight."""
        is_weight = (
            name.endswith("weight") and name not in _NUMBERS and value is not None and self.adapter.differentiates
        )
        return is_weight or (bool(np.ndim(value)) and name not in _TUPLES)


def _is_float(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _named(function):
    """Return the names of the parameters that a function takes by name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return frozenset()
    return {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
