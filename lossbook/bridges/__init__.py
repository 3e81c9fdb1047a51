"""The losses in other libraries: PyTorch's autograd, JAX's transformations, and gradient boosting.

Each module needs its library only when a function of it is called: ``lossbook.bridges.torch`` PyTorch,
``lossbook.bridges.jax`` JAX, and ``lossbook.bridges.boosting`` nothing but the data sets that it is given.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["boosting", "jax", "torch"]

if TYPE_CHECKING:  # a type checker would believe that there is every name
    from lossbook.bridges import boosting, jax, torch
else:

    def __getattr__(name):
        if name in __all__:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
