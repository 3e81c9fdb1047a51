"""The losses on PyTorch tensors, inside autograd, with their closed-form gradients.

A tensor is copied to the host where it is not there already, the loss and its gradient are computed together by
NumPy, and both go back to where the prediction is. PyTorch is imported when :func:`differentiable` is called.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook.bridges.bridged import Bridged, library
from lossbook.engine.arguments import describe
from lossbook.numerics.limits import is_finite


def differentiable(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss as a function of PyTorch tensors that autograd differentiates.

    Parameters
    ----------
    loss : callable
        A loss of this package, or a ``functools.partial`` of one.

    Returns
    -------
    callable
        Takes the arguments of ``loss``. The prediction is a tensor on any device and of any dtype, or where it is a pair
        two of them; the others, options included, are tensors or whatever ``loss`` takes. It returns a tensor on the prediction's device and
        of its dtype; half precision is computed in float32.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package or has no useful gradient; in a call, if the prediction is no
        tensor, or if anything but the prediction requires a gradient.
    RuntimeError
        If the gradient is differentiated again: it is a closed form that autograd cannot look into.
    ModuleNotFoundError
        If PyTorch is not installed.

    Notes
    -----
    The gradient is computed along with the value if the prediction requires one, otherwise not. An element, a column
    or a region whose value gets the gradient 0 from what follows has the gradient 0, also where its slope is
    infinite.

    The transformations of ``torch.func`` work as far as they need one derivative in reverse mode; ``vmap`` calls the
    loss once for each example. ``torch.compile`` calls it as it is, uncompiled.

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> import lossbook
    >>> from lossbook.bridges.torch import differentiable
    >>> dice_loss = differentiable(lossbook.dice_loss)  # doctest: +SKIP
    >>> probs = torch.tensor([0.9, 0.2], requires_grad=True)  # doctest: +SKIP
    >>> loss = dice_loss(probs, torch.tensor([1.0, 0.0]))  # doctest: +SKIP
    >>> loss.backward()  # doctest: +SKIP
    >>> print(probs.grad)  # doctest: +SKIP
    tensor([-0.5442,  0.4082])
    """
    return _Differentiable(loss)


class _Differentiable(Bridged):
    text = """``{name}`` on PyTorch tensors, with its gradient with respect to ``{prediction}`` for autograd.

It takes the arguments of ``{name}``, any of them as tensors; ``{prediction}``, or both parts of it, have to be.

Returns
-------
torch.Tensor
    What ``{name}`` returns, on the device of ``{prediction}`` and of its dtype.
"""

    def __init__(self, loss):
        super().__init__(loss)
        library("torch", "torch")

    def __call__(self, *args, **kwargs):
        import torch

        if torch.compiler.is_compiling():
            # The compiler would read the code of the loss as if its arrays were tensors.
            return torch.compiler.disable(self._evaluate)(args, kwargs)
        return self._evaluate(args, kwargs)

    def _evaluate(self, args, kwargs):
        import torch

        arguments = self.bind(args, kwargs)
        prediction = self._read(arguments.pop(self.prediction))
        others = {name: value for name, value in arguments.items() if isinstance(value, torch.Tensor)}
        if torch.is_grad_enabled():
            for name, value in others.items():
                self._refuse_gradient(name, value)
        axes = self.summed_axes(arguments, prediction.ndim)
        rest = {name: value for name, value in arguments.items() if name not in others}
        return _evaluate(_Call(self, (self.prediction, *others), rest, axes), prediction, *others.values())

    def _read(self, prediction):
        """Return the prediction as one tensor."""
        import torch

        names, given = (self.prediction,), (prediction,)
        if self.pair:
            names, given = self.pair.parts, self.split(prediction)
        for name, one in zip(names, given, strict=True):
            if not isinstance(one, torch.Tensor):
                raise TypeError(f"{name} must be a tensor, but it is {describe(one)}. Pass torch.as_tensor of it.")
        return torch.stack(given) if self.pair else prediction

    def _refuse_gradient(self, name, value):
        if value.requires_grad:
            raise TypeError(
                f"{name} requires a gradient, but {self.base.__name__} has one with respect to {self.prediction} only. "
                f"Pass {name}.detach()."
            )


@dataclass
class _Call:
    """A call: the names of the tensors, the prediction first, all other arguments, and the axes that are summed over.

    ``finite`` says whether all slopes are, so that a product with 0 needs no look at each.
    """

    bridged: _Differentiable
    names: tuple[str, ...]
    rest: dict[str, Any]
    axes: tuple[int, ...]
    finite: bool = True

    def run(self, order, tensors):
        """Return the value as a tensor like the prediction, for order 1 with the gradient, not yet in half precision."""
        import torch

        base = self.bridged.base
        prediction, *_ = tensors
        arrays = {
            name: _array(tensor) if name in base.arguments else _array(tensor)[()]
            for name, tensor in zip(self.names, tensors, strict=True)
        }
        results = self.bridged.results(arrays | self.rest, order)
        self.finite &= not order or is_finite(results[1])
        dtype = prediction.dtype if prediction.is_floating_point() else None
        # Half precision would lose small slopes before they have been multiplied by what follows.
        wide = torch.promote_types(dtype, torch.float32) if order else dtype
        return tuple(
            torch.as_tensor(np.asarray(result, order="C"), dtype=kept, device=prediction.device)
            for result, kept in zip(results, (dtype, wide), strict=False)
        )

    def differentiate_twice(self):
        """Raise the error for a derivative of the gradient."""
        raise RuntimeError(
            f"{self.bridged.__name__} has a first derivative only: NumPy computes the gradient, and autograd cannot follow. "
            f"Leave out create_graph=True, or write the loss in PyTorch."
        )


def _array(tensor):
    """Return the numbers of a tensor as an array; NumPy has no bfloat16 of its own."""
    import torch

    if tensor.dtype == torch.bfloat16:
        bits = tensor.detach().cpu().contiguous().view(torch.int16).numpy()
        return bits.view(library("ml_dtypes", "torch").bfloat16)
    return tensor.numpy(force=True)


def _evaluate(call, *tensors):
    """Compute the value, and along with it the gradient, if one will be asked for."""
    import torch

    order = int(torch.is_grad_enabled() and tensors[0].requires_grad)
    return _functions()[0].apply(call, order, *tensors)[0]


def _forward(call, order, *tensors):
    return call.run(order, tensors)


def _keep(ctx, inputs, output):
    ctx.call, order, prediction, *_ = inputs
    if order:
        ctx.save_for_backward(prediction, output[1])
        ctx.mark_non_differentiable(output[1])


def _backward(ctx, upstream, *_):
    import torch

    # With create_graph=True the product is recorded, so that who differentiates it is told why that does not work.
    multiply = _functions()[1].apply if torch.is_grad_enabled() else _multiply
    product = multiply(ctx.call, *ctx.saved_tensors, upstream)
    return None, None, product, *(None for _ in ctx.call.names[1:])


def _by_example(info, in_dims, call, order, *tensors):
    """Call the loss once for each example of a batch, for ``torch.func.vmap``."""
    import torch

    def example(n):
        parts = [t if dim is None else t.select(dim, n) for t, dim in zip(tensors, in_dims[2:], strict=True)]
        return _functions()[0].apply(call, order or int(parts[0].requires_grad), *parts)

    results = [example(n) for n in range(info.batch_size)]
    stacked = tuple(map(torch.stack, zip(*results, strict=True)))[: order + 1]
    return stacked, (0,) * len(stacked)


def _multiply(call, prediction, gradient, upstream):
    """Multiply the gradient of the sum by what each value gets from what follows; 0 times an infinite slope is 0."""
    import torch

    for axis in call.axes:
        upstream = upstream.unsqueeze(axis)
    product = gradient * upstream
    return (product if call.finite else torch.where(upstream == 0, 0, product)).to(prediction.dtype)


def _keep_call(ctx, inputs, output):
    ctx.call = inputs[0]


def _refuse(ctx, *_):
    ctx.call.differentiate_twice()


@functools.cache
def _functions():
    """Return the loss and the product of its gradient as autograd sees them."""
    import torch

    def function(name, **methods):
        # Autograd asks for it in every call, which takes longer than a short loss.
        methods["forward"].__signature__ = inspect.signature(methods["forward"])
        methods = {key: staticmethod(method) for key, method in methods.items()}
        return type(name, (torch.autograd.Function,), methods)

    loss = function("ClosedForm", forward=_forward, setup_context=_keep, backward=_backward, vmap=_by_example)
    product = function("ClosedFormGradient", forward=_multiply, setup_context=_keep_call, backward=_refuse)
    product.generate_vmap_rule = True
    return loss, product
