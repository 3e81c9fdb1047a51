"""The loss functions of deep learning: derived in SymPy, implemented in NumPy, verified at every build."""

from importlib import import_module

from lossbook.catalogue import catalogue
from lossbook.engine.blocks import threads
from lossbook.engine.loss import grad, hessian_diag, value_and_grad

_PUBLIC = {f.__name__: f for f in (catalogue, grad, hessian_diag, threads, value_and_grad)}
_PUBLIC |= {record.name: record.function for record in catalogue()}
globals().update(_PUBLIC)

__all__ = sorted(_PUBLIC)


def __getattr__(name):
    """Import the bridges to other libraries when they are asked for."""
    if name == "bridges":
        return import_module("lossbook.bridges")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
