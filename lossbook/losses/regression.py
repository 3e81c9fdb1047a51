"""Losses of regression: how far a predicted number is from the observed one.

The formula and what is proved of it, its Gaussian likelihood first, stand on the card in :mod:`lossbook.cards.regression`.
"""

import numpy as np

from lossbook.engine.arguments import REAL, read, read_weight
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss


def _squared_error(prediction, target):
    """Value and derivatives of (ŷ − y)²."""
    error = prediction - target
    yield error**2
    yield 2 * error
    yield np.full_like(error, 2)


@loss
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
    weight : array_like, optional
        Non-negative weight of each element; same shape. The mean divides by the sum of the weights; where they are all
        zero, the loss and its gradient are zero.
    reduction : {"mean", "sum", "none"}
        How the elements are combined.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        There is no factor ½. A square beyond the largest number of the dtype is +∞.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    binary_cross_entropy : The likelihood of labels in place of numbers.

    References
    ----------
    C. F. Gauss, Theoria motus corporum coelestium in sectionibus conicis solem ambientium, Perthes and Besser, 1809.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.mse_loss([2.5, 0.0, 2.0], [3.0, -0.5, 2.0], reduction="none"))
    [0.25 0.25 0.  ]
    >>> print(lossbook.grad(lossbook.mse_loss)([2.5, 0.0], [3.0, -0.5]))
    [-0.5  0.5]
    """
    predicted = read("prediction", prediction, REAL)
    observed = read("target", target, REAL)
    weight = read_weight("weight", weight, observed)
    # An integer may have more digits than single precision holds.
    delicate = any(argument.array.dtype.kind in "iu" for argument in (predicted, observed))
    return Elementwise(_squared_error, predicted, observed, weight=weight, reduction=reduction, delicate=delicate)
