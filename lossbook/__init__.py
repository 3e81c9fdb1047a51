"""The loss functions of deep learning: derived in SymPy, implemented in NumPy, verified at every build."""

from importlib import import_module
from typing import TYPE_CHECKING

from lossbook.catalogue import catalogue as catalogue
from lossbook.diagnosis.diagnose import diagnose as diagnose
from lossbook.engine.blocks import threads as threads
from lossbook.engine.loss import grad as grad
from lossbook.engine.loss import hessian_diag as hessian_diag
from lossbook.engine.loss import value_and_grad as value_and_grad
from lossbook.losses.several import entmax as entmax
from lossbook.losses.several import fenchel_young_loss as fenchel_young_loss
from lossbook.losses.several import sparsemax as sparsemax

if TYPE_CHECKING:  # a type checker does not see what is entered below
    from lossbook import bridges as bridges
    from lossbook.losses.amounts import *
    from lossbook.losses.angles import *
    from lossbook.losses.binary import *
    from lossbook.losses.categorical import *
    from lossbook.losses.confidence import *
    from lossbook.losses.counts import *
    from lossbook.losses.divergence import *
    from lossbook.losses.focal import *
    from lossbook.losses.forecasts import *
    from lossbook.losses.graded import *
    from lossbook.losses.location_scale import *
    from lossbook.losses.long_tail import *
    from lossbook.losses.lovasz import *
    from lossbook.losses.margin import *
    from lossbook.losses.noisy import *
    from lossbook.losses.overlap import *
    from lossbook.losses.point import *
    from lossbook.losses.regression import *
    from lossbook.losses.robust import *
    from lossbook.losses.scores import *
    from lossbook.losses.several import *
    from lossbook.losses.transport import *

__version__ = "0.1.0"

_PUBLIC = {f.__name__: f for f in (catalogue, diagnose, grad, hessian_diag, threads, value_and_grad)}
# Maps, and what takes a function, are no losses of the catalogue.
_PUBLIC |= {f.__name__: f for f in (entmax, fenchel_young_loss, sparsemax)}
_PUBLIC |= {record.name: record.function for record in catalogue()}
globals().update(_PUBLIC)

__all__ = sorted(_PUBLIC)


if not TYPE_CHECKING:  # a type checker would believe that there is every name

    def __getattr__(name):
        """Import the bridges to other libraries when they are asked for."""
        if name == "bridges":
            return import_module("lossbook.bridges")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
