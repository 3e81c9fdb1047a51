"""The losses on JAX arrays, differentiated, compiled and mapped, with their closed-form gradients.

Where the numbers are known, NumPy computes the loss and its gradient at once; where JAX traces, they are computed by
a callback to the host when the compiled function runs. JAX is imported when :func:`differentiable` is called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook.bridges.bridged import Bridged, library
from lossbook.engine.arguments import as_array


def differentiable(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss as a function of JAX arrays, for ``jax.grad``, ``jax.jit`` and ``jax.vmap``.

    Parameters
    ----------
    loss : callable
        A loss of this package, or a ``functools.partial`` of one.

    Returns
    -------
    callable
        Takes the arguments of ``loss``. Prediction, or both of its parts, and target become JAX arrays, so that without ``jax_enable_x64``
        float64 becomes float32; options may be arrays, traced ones too. It returns an array of the prediction's
        dtype, on its device; half precision is computed in float32.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package or has no useful gradient; in a call, if anything but the prediction
        is differentiated, or the gradient is differentiated again: it is a closed form that JAX cannot look into.
    ModuleNotFoundError
        If JAX is not installed.

    Notes
    -----
    Bad input raises the errors of ``loss``; in compiled code, where the numbers are known only when it runs, JAX
    reports them as an error of its own, with the same text. Compiled code calls back to Python once for each call of
    the loss, also under ``vmap``.

    An element, a column or a region whose value gets the gradient 0 from what follows has the gradient 0, also where
    its slope is infinite.

    Examples
    --------
    >>> import jax  # doctest: +SKIP
    >>> import jax.numpy as jnp  # doctest: +SKIP
    >>> import lossbook
    >>> from lossbook.bridges.jax import differentiable
    >>> dice_loss = differentiable(lossbook.dice_loss)  # doctest: +SKIP
    >>> probs, target = jnp.array([0.9, 0.2]), jnp.array([1.0, 0.0])  # doctest: +SKIP
    >>> print(jax.jit(jax.grad(dice_loss))(probs, target).round(4))  # doctest: +SKIP
    [-0.5442  0.4082]
    """
    return _Differentiable(loss)


class _Differentiable(Bridged):
    text = """``{name}`` on JAX arrays, with its gradient with respect to ``{prediction}`` for JAX's transformations.

It takes the arguments of ``{name}``.

Returns
-------
jax.Array
    What ``{name}`` returns, of the dtype of ``{prediction}``.
"""

    def __init__(self, loss):
        super().__init__(loss)
        library("jax", "jax")

    def __call__(self, *args, **kwargs):
        import jax

        arguments = {name: self._read(name, value) for name, value in self.bind(args, kwargs).items()}
        axes = self.summed_axes(arguments, arguments[self.prediction].ndim)
        traced = [name for name, value in arguments.items() if isinstance(value, jax.Array)]
        traced.sort(key=self.prediction.__ne__)  # the prediction first
        arrays = [arguments.pop(name) for name in traced]
        ndims = tuple(array.ndim for array in arrays)
        return _functions()[0](_Call(self, tuple(traced), ndims, axes, arguments), *arrays)

    def _read(self, name, value):
        """Return prediction and target as JAX arrays; an option stays as it is."""
        import jax
        import jax.numpy as jnp

        if self.pair and name == self.prediction:
            parts = zip(self.pair.parts, self.split(value), strict=True)
            return jnp.stack(
                [one if isinstance(one, jax.Array) else jnp.asarray(as_array(part, one)) for part, one in parts]
            )
        if isinstance(value, jax.Array) or name not in self.base.arguments or callable(value):
            return value
        return jnp.asarray(as_array(name, value))


@dataclass(frozen=True, eq=False)
class _Call:
    """A call: the arrays' names, the prediction first, their numbers of axes, the axes summed over, all other arguments.

    Two calls are equal if they do the same, so that JAX compiles it once.
    """

    bridged: _Differentiable
    names: tuple[str, ...]
    ndims: tuple[int, ...]
    axes: tuple[int, ...]
    rest: dict[str, Any]

    @functools.cached_property
    def _key(self):
        return self.bridged.base, self.names, self.ndims, self.axes, _frozen(self.rest)

    def __eq__(self, other):
        return type(self) is type(other) and self._key == other._key

    def __hash__(self):
        return hash(self._key)

    def dtypes(self, prediction):
        """Return the dtypes of value and gradient; half precision would lose small slopes before they are multiplied."""
        import jax.numpy as jnp

        floating = jnp.issubdtype(prediction.dtype, jnp.floating)
        dtype = prediction.dtype if floating else jnp.result_type(float)
        return dtype, jnp.promote_types(dtype, jnp.float32)

    def results(self, prediction, order):
        """Return shapes and dtypes of the value, and for order 1 of the gradient."""
        import jax

        kept = tuple(n for axis, n in enumerate(prediction.shape) if axis not in self.axes)
        shapes = (kept, prediction.shape)[: order + 1]
        return tuple(map(jax.ShapeDtypeStruct, shapes, self.dtypes(prediction)))

    def compute(self, order, arrays):
        """Return the value, and for order 1 the gradient, of known numbers."""
        arrays = [np.asarray(array) for array in arrays]
        batch = np.broadcast_shapes(*(a.shape[: a.ndim - n] for a, n in zip(arrays, self.ndims, strict=True)))
        dtypes = self.dtypes(arrays[0])
        if not batch:
            return _cast(self._one(order, arrays), dtypes)
        # Of an argument that is the same for all examples, vmap makes batches of one.
        arrays = [np.broadcast_to(a, batch + a.shape[a.ndim - n :]) for a, n in zip(arrays, self.ndims, strict=True)]
        examples = [_cast(self._one(order, [a[place] for a in arrays]), dtypes) for place in np.ndindex(batch)]
        return tuple(np.stack(results).reshape(batch + results[0].shape) for results in zip(*examples, strict=True))

    def _one(self, order, arrays):
        base = self.bridged.base
        given = {name: a if name in base.arguments else a[()] for name, a in zip(self.names, arrays, strict=True)}
        return self.bridged.results(given | self.rest, order)


@dataclass(frozen=True)
class _Callback:
    """What runs on the host when compiled code gets to the loss."""

    call: _Call
    order: int

    def __call__(self, *arrays):
        return self.call.compute(self.order, arrays)


def _cast(results, dtypes):
    return tuple(np.asarray(result, dtype) for result, dtype in zip(results, dtypes, strict=False))


def _frozen(value):
    """Return something with the same equality that has a hash."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return tuple((name, _frozen(one)) for name, one in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value


def _run(order, call, *arrays):
    """Compute at once what is known, and by a callback what is traced."""
    import jax

    if any(isinstance(array, jax.core.Tracer) for array in arrays):
        results = call.results(arrays[0], order)
        return jax.pure_callback(_Callback(call, order), results, *arrays, vmap_method="expand_dims")
    devices = arrays[0].devices() if arrays[0].committed else ()
    device = next(iter(devices)) if len(devices) == 1 else None
    return tuple(jax.device_put(result, device) for result in call.compute(order, arrays))


def _value(call, *arrays):
    return _run(0, call, *arrays)[0]


def _value_and_gradient(call, *arrays):
    return _run(1, call, *arrays)


def _refuse_second_derivative(call, primals, tangents):
    raise TypeError(
        f"{call.bridged.__name__} has a first derivative only: NumPy computes the gradient, and JAX cannot follow. "
        f"Differentiate once, in reverse mode, or write the loss in jax.numpy."
    )


def _forward(call, *primals):
    for name, primal in zip(call.names[1:], primals[1:], strict=True):
        if primal.perturbed:
            base = call.bridged.base
            raise TypeError(
                f"{name} is differentiated, but {base.__name__} has a gradient with respect to {call.names[0]} only. "
                f"Pass jax.lax.stop_gradient({name})."
            )
    value, gradient = _functions()[1](call, *(primal.value for primal in primals))
    # An array of no numbers carries the prediction's dtype, which a residual cannot say otherwise.
    return value, (gradient, np.empty(0, primals[0].value.dtype))


def _backward(call, kept, upstream):
    import jax.numpy as jnp

    gradient, like = kept
    upstream = jnp.expand_dims(upstream, call.axes)
    # 0 times an infinite slope is 0.
    product = jnp.where(upstream == 0, 0, gradient * upstream).astype(like.dtype)
    return product, *(None for _ in call.names[1:])


@functools.cache
def _functions():
    """Return the loss, and value and gradient together, as JAX sees them."""
    import jax

    loss = jax.custom_vjp(_value, nondiff_argnums=(0,))
    loss.defvjp(_forward, _backward, symbolic_zeros=True)
    both = jax.custom_jvp(_value_and_gradient, nondiff_argnums=(0,))
    both.defjvp(_refuse_second_derivative)
    return loss, both
