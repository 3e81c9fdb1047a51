"""The losses, one module for each family; no family knows another.

A loss is declared once, on its function: the kinds of its arguments, its family, its chapter, its sources. The body of the
function names the kernel and how its values are put together; what a call returns is the result of running that.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
