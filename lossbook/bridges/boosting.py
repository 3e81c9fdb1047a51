"""The losses as objectives of gradient boosting, for XGBoost and LightGBM.

Neither library is imported here: an objective is a function of what they hand to it. Both minimise a sum, so the
gradient and the Hessian are those of ``reduction="sum"``, each row times its weight.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from lossbook.engine.arguments import LARGEST, Kind, Pair, describe, read_number
from lossbook.engine.loss import grad, hessian_diag

#: What XGBoost's own objectives put in the place of a smaller second derivative.
_LEAST = 1e-16

#: What a data set holds as floats.
_CLASSES = Kind("class indices", -LARGEST, LARGEST, "Encode the classes as integers from 0 on.", integral=True)

Objective = Callable[[Any, Any], tuple[Any, Any]]


def xgboost_objective(loss: Callable[..., Any], *, minimum: float | None = None, **options: Any) -> Objective:
    """Return a loss as an objective of XGBoost, for ``xgboost.train(..., obj=...)``.

    Parameters
    ----------
    loss : callable
        A loss of this package with one value for each row, as a function of any real numbers: of logits, of scores or
        of predictions. A ``functools.partial`` of one will do.
    minimum : float, optional
        The least second derivative of an element, above 0; what is smaller or negative is replaced by it, before the
        row is weighted. By default 1e-16, as in XGBoost's own objectives. A loss that is not convex, such as a focal
        loss, is more stable with 1e-3 or more, and the absolute error, whose second derivative is 0, needs 1.
    **options
        Options of the loss, all but ``reduction``.

    Returns
    -------
    callable
        Takes the raw predictions and the ``xgboost.DMatrix``, from which it reads labels and weights, and returns
        gradient and diagonal Hessian in the shape of the predictions: (n,), or (n, k) for k classes or outputs.

    Raises
    ------
    TypeError
        If ``loss`` is no loss of this package or has no value for each row of real numbers, or if ``options`` holds
        what is no option of it, or ``reduction``. In a call, if the data set has no labels.
    ValueError
        If ``minimum`` is not above 0; in a call, if labels or weights do not fit the predictions, or if the second
        derivative is 0 at all predictions, the gradient is not, and no ``minimum`` was given.

    See Also
    --------
    lightgbm_objective : The same for LightGBM.

    Notes
    -----
    With an objective of its own, XGBoost starts at ``base_score``, in the units of the raw predictions, and does not
    estimate it: ``"base_score": 0`` is what its logistic objective has for a base score of ½. Predictions stay raw.

    XGBoost's squared error has a factor ½, which :func:`lossbook.mse_loss` has not: ``reg_lambda`` and
    ``min_child_weight`` have to be twice as large for the same trees.

    The Hessian of several classes is the diagonal of the true one, p (1 − p) for the cross entropy. XGBoost's own
    objective has twice that, an upper bound of the whole matrix: its steps are half as long.

    Examples
    --------
    >>> import numpy as np
    >>> import lossbook
    >>> from lossbook.bridges.boosting import xgboost_objective
    >>> class Data:  # stands for an xgboost.DMatrix
    ...     def get_label(self):
    ...         return np.array([1.0, 0.0])
    ...
    ...     def get_weight(self):
    ...         return np.array([1.0, 2.0])
    >>> objective = xgboost_objective(lossbook.sigmoid_focal_loss, alpha=None, gamma=0.0)
    >>> gradient, hessian = objective(np.array([0.0, 0.0]), Data())
    >>> print(gradient, hessian)
    [-0.5  1. ] [0.25 0.5 ]
    """
    return _Objective("xgboost_objective", "C", loss, minimum, options)


def lightgbm_objective(loss: Callable[..., Any], *, minimum: float | None = None, **options: Any) -> Objective:
    """Return a loss as an objective of LightGBM, for ``lightgbm.train({"objective": ...}, ...)``.

    Parameters
    ----------
    loss, minimum, **options
        As for :func:`xgboost_objective`.

    Returns
    -------
    callable
        Takes the raw predictions and the ``lightgbm.Dataset``, from which it reads labels and weights, and returns
        gradient and diagonal Hessian in the shape of the predictions: (n,), or (n, k) for k classes; (n k,), one
        class after the other, where a LightGBM before 4.0 hands them over so.

    Raises
    ------
    TypeError, ValueError
        As for :func:`xgboost_objective`.

    See Also
    --------
    xgboost_objective : The same for XGBoost.

    Notes
    -----
    With an objective of its own, LightGBM starts at 0 and not at the best constant: compare with
    ``boost_from_average=False``, or give the data set an ``init_score``. Predictions stay raw.

    The Hessian of several classes is the diagonal of the true one, p (1 − p) for the cross entropy. LightGBM's own
    objective has K/(K − 1) times that.

    Examples
    --------
    >>> import numpy as np
    >>> import lossbook
    >>> from lossbook.bridges.boosting import lightgbm_objective
    >>> class Data:  # stands for a lightgbm.Dataset
    ...     def get_label(self):
    ...         return np.array([3.0, -1.0])
    ...
    ...     def get_weight(self):
    ...         return None
    >>> gradient, hessian = lightgbm_objective(lossbook.mse_loss)(np.zeros(2), Data())
    >>> print(gradient, hessian)
    [-6.  2.] [2. 2.]
    """
    return _Objective("lightgbm_objective", "F", loss, minimum, options)


class _Objective:
    """Gradient and Hessian of a loss's sum, as a function of raw predictions and a data set.

    ``order`` says how a library lays out the classes in one axis, where it has no second: "C", those of a row together.
    """

    def __init__(self, function, order, loss, minimum, options):
        self._gradient, self._curvature = grad(loss), hessian_diag(loss)
        is_partial = isinstance(loss, functools.partial)
        self._base = loss.func if is_partial else loss
        self._refuse_loss()
        self._refuse_options(loss.keywords | options if is_partial else options)
        self._options = options | {"reduction": "sum"}
        self._minimum = None if minimum is None else _read_minimum(minimum)
        self._order = order
        self.__name__ = self.__qualname__ = f"{function}({self._base.__name__})"

    def _refuse_loss(self):
        """Raise for a loss that has no value for each row, or is not defined for all real numbers."""
        name, declaration = self._base.__name__, self._base.declaration
        kind = self._base.arguments[self._base.prediction]
        if isinstance(kind, Pair):
            raise TypeError(
                f"loss = {name} takes a pair ({', '.join(kind.parts)}) for each row, but boosted trees predict numbers without bounds, "
                f"one after the other. Pass a loss of one prediction, such as mse_loss."
            )
        if declaration.each not in ("element", "column"):
            raise TypeError(
                f"loss = {name} has one value for each {declaration.each}, not for each row of a table. "
                f"Pass a loss of elements or of classes, such as sigmoid_focal_loss or cross_entropy."
            )
        if kind.low > -LARGEST or kind.high < LARGEST:
            raise TypeError(
                f"loss = {name} takes {kind.what}, but the raw predictions of boosted trees are any real numbers. "
                f"Pass a loss of logits or scores."
            )

    def _refuse_options(self, options):
        if "reduction" in options:
            raise TypeError(
                f"reduction = {options['reduction']!r} is no option here: boosting minimises a sum. Leave it out."
            )
        parameters = inspect.signature(self._base).parameters
        known = [name for name in parameters if name not in self._base.arguments and name != "reduction"]
        for name in options:
            if name not in known:
                raise TypeError(f"{name} is no option of {self._base.__name__}. Choose from {', '.join(known)}.")

    def __call__(self, predictions, data):
        """Return gradient and Hessian in the shape of the predictions."""
        labels, weights = _read(data)
        raw, target = self._by_row(np.asarray(predictions), labels)
        gradient = self._gradient(raw, target, **self._options)
        hessian = self._positive(self._curvature(raw, target, **self._options), gradient)
        if weights is not None:
            if weights.shape != raw.shape[:1]:
                raise ValueError(
                    f"the data set has {weights.size} weights, but {len(raw)} rows. Give it one weight for each row."
                )
            weights = weights.reshape(-1, *[1] * (raw.ndim - 1))
            gradient, hessian = gradient * weights, hessian * weights
        return tuple(result.reshape(np.shape(predictions), order=self._order) for result in (gradient, hessian))

    def _by_row(self, raw, labels):
        """Return raw predictions and target, a row for each of the data set's; classes are labels or distributions."""
        if self._base.declaration.each == "element":
            return raw, labels.reshape(raw.shape) if labels.size == raw.size else labels
        if raw.ndim == 1:
            if raw.size % labels.size or raw.size == labels.size:
                raise ValueError(
                    f"predictions has shape {raw.shape} for {labels.size} labels, but {self._base.__name__} needs "
                    f"a score for each class. Set num_class in the parameters."
                )
            raw = raw.reshape((labels.size, -1), order=self._order)
        if labels.size == raw.size:
            return raw, labels.reshape(raw.shape)
        return raw, _CLASSES.read("labels", labels).check_all().array.astype(np.int64)

    def _positive(self, hessian, gradient):
        if self._minimum is None and gradient.any() and not hessian.any():
            raise ValueError(
                f"the second derivative of {self._base.__name__} is 0 at all predictions, so that there is no step. "
                f"Pass minimum=1.0, which follows the gradient."
            )
        return np.maximum(hessian, self._minimum or _LEAST)

    def __repr__(self):
        return f"<{self.__name__}>"


def _read_minimum(minimum):
    """Read the least second derivative: both libraries keep it in single precision."""
    single = np.finfo(np.float32)
    return read_number(
        "minimum", minimum, float(single.tiny), float(single.max), what="a positive number that single precision holds"
    )


def _read(data):
    """Return the labels of a data set, and its weights, None where there are none."""
    if not hasattr(data, "get_label"):
        raise TypeError(
            f"data must be the data set that is trained on, but it is {describe(data)}. Pass predictions first, then "
            f"an xgboost.DMatrix or a lightgbm.Dataset, as their train functions do; their scikit-learn classes do not."
        )
    labels, weights = data.get_label(), data.get_weight()
    if labels is None or not np.size(labels):
        raise TypeError("the data set has no labels. Give it one for each row.")
    return np.asarray(labels), None if weights is None or not np.size(weights) else np.asarray(weights)
