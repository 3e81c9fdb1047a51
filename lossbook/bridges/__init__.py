"""The losses in other libraries: PyTorch's autograd, JAX's transformations, and gradient boosting.

Each module needs its library only when a function of it is called: ``lossbook.bridges.torch`` PyTorch,
``lossbook.bridges.jax`` JAX, and ``lossbook.bridges.boosting`` nothing but the data sets that it is given.
"""

from importlib import import_module

_MODULES = ("boosting", "jax", "torch")

__all__ = list(_MODULES)


def __getattr__(name):
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
