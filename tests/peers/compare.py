"""Values and gradients of other libraries beside lossbook's. Import it before any peer: it prepares their surroundings."""

import os

# Keras computes with PyTorch, JAX in float64.
os.environ |= {"KERAS_BACKEND": "torch", "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}

import jax
import jax.numpy as jnp
import numpy as np
import torch

import lossbook

#: PyPI's torchvision is compiled for PyTorch with CUDA. Beside the CPU build its operators do not load, and it does not
#: import unless something has these names. segmentation-models-pytorch and torchmetrics import it; no loss here uses an
#: operator of it.
OPERATORS = None
if torch.version.cuda is None:
    OPERATORS = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        OPERATORS.define(f"{name}() -> ()")


def tensors(*arrays):
    """Turn arrays into tensors; gradients are taken with respect to the first."""
    first, *rest = (torch.tensor(array) for array in arrays)
    return first.requires_grad_(), *rest


def by_autograd(function, *arrays):
    """Value, and gradient of its sum with respect to the first array, by PyTorch."""
    given = tensors(*arrays)
    value = function(*given)
    value.sum().backward()
    return value.detach().numpy(), given[0].grad.numpy()


def by_jax(function, *arrays):
    """Value, and gradient of its sum with respect to the first array, by JAX."""
    given = [jnp.array(array) for array in arrays]
    return function(*given), jax.grad(lambda first, *rest: function(first, *rest).sum())(*given)


def ours(loss, *arrays, **options):
    """Value and gradient by lossbook."""
    return lossbook.value_and_grad(loss)(*arrays, **options)


def agree(mine, theirs, rtol=1e-12, atol=1e-13):
    """Compare values, or pairs of value and gradient."""
    if not isinstance(mine, tuple):
        mine, theirs = (mine,), (theirs,)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


def scaled(pair, factor):
    """Multiply value and gradient."""
    return tuple(part * factor for part in pair)


def through_softmax(p, gradient, axis=1):
    """Gradient with respect to the logits of p: p ∘ (g − ⟨g, p⟩)."""
    return p * (gradient - np.sum(gradient * p, axis=axis, keepdims=True))


def through_sigmoid(p, gradient):
    """Gradient with respect to the logits of p: p (1 − p) g."""
    return p * (1 - p) * gradient
