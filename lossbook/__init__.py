"""The loss functions of deep learning: derived in SymPy, implemented in NumPy, verified at every build."""

from lossbook.catalogue import catalogue
from lossbook.diagnosis.diagnose import diagnose
from lossbook.engine.blocks import threads
from lossbook.engine.loss import grad, hessian_diag, value_and_grad

_PUBLIC = {f.__name__: f for f in (catalogue, diagnose, grad, hessian_diag, threads, value_and_grad)}
_PUBLIC |= {record.name: record.function for record in catalogue()}
globals().update(_PUBLIC)

__all__ = sorted(_PUBLIC)
