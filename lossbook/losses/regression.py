"""Losses of regression: how far a predicted number is from the observed one.

The formula and what is proved of it, its Gaussian likelihood first, stand on the card in :mod:`lossbook.cards.regression`.
"""

import numpy as np

from lossbook.engine.arguments import NUMBER, read_weight
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss

_FAMILY = {"family": "regression", "group": "predictions"}


def _squared_error(prediction, target):
    """Value and derivatives of (ŷ − y)²."""
    error = prediction - target
    yield error**2
    yield 2 * error
    yield np.full_like(error, 2)


def _errors(kernel, prediction, target, weight, reduction):
    """Give a kernel of errors what it needs: an integer may have more digits than single precision holds."""
    double = any(argument.array.dtype.kind in "iu" for argument in (prediction, target))
    weight = read_weight("weight", weight, target)
    return Elementwise(kernel, prediction, target, weight=weight, reduction=reduction, double=double)


@loss(
    **_FAMILY,
    page="book/likelihood/mean_squared_error",
    each="element",
    arguments={"prediction": NUMBER, "target": NUMBER},
    references=(
        (
            "C. F. Gauss, Theoria motus corporum coelestium in sectionibus conicis solem ambientium, Perthes and "
            "Besser, 1809."
        ),
    ),
)
def mse_loss(prediction, target, *, weight=None, reduction="mean"):
    r"""Squared error of predicted numbers; its mean is the mean squared error.

    Use it when the noise of the target is Gaussian, or when the mean of the target is what shall be predicted.

    .. math:: \ell(\hat y, y) = (\hat y - y)^2

    Parameters
    ----------
    prediction : array_like
        Predicted numbers ŷ, finite, any shape. Integers are read as float64, so that nothing wraps around.
    target : array_like
        Observed numbers y, finite; same shape. An infinite entry is refused on either side: ∞ − ∞ has no limit.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        There is no factor ½. A square beyond the largest number of the dtype is +∞.

    See Also
    --------
    binary_cross_entropy : The likelihood of labels in place of numbers.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.mse_loss([2.5, 0.0, 2.0], [3.0, -0.5, 2.0], reduction="none"))
    [0.25 0.25 0.  ]
    >>> print(lossbook.grad(lossbook.mse_loss)([2.5, 0.0], [3.0, -0.5]))
    [-0.5  0.5]
    """
    return _errors(_squared_error, prediction, target, weight, reduction)
