"""Losses of regression: how far a predicted number is from the observed one.

The formula and what is proved of it, its Gaussian likelihood first, stand on the card in :mod:`lossbook.cards.regression`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import NUMBER
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "regression", "group": "numbers"}


def _squared_error(prediction, target):
    """Value and derivatives of (ŷ − y)²."""
    error = prediction - target
    yield error**2
    yield 2 * error
    yield np.full_like(error, 2)


def _absolute_error(prediction, target):
    """Value and derivatives of |ŷ − y|; at the kink the slope 0 is taken."""
    error = prediction - target
    yield abs(error)
    yield np.sign(error)
    yield np.zeros_like(error)


def _errors(kernel, degree, prediction, target, weight, where, reduction):
    """Give a kernel of errors what it needs: an integer may have more digits than single precision holds."""
    double = any(argument.array.dtype.kind in "iu" for argument in (prediction, target))
    options = {"weight": weight, "where": where, "reduction": reduction, "double": double, "degree": degree}
    return Elementwise(kernel, prediction, target, **options)


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
def mse_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Squared error of predicted numbers; its mean is the mean squared error.

    Use it when the noise of the target is Gaussian, or when the mean of the target is what shall be predicted.

    .. math:: \ell(\hat y, y) = (\hat y - y)^2

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
    return _errors(_squared_error, 2, prediction, target, weight, where, reduction)


@loss(
    **_FAMILY,
    page="book/numbers/point_predictions",
    each="element",
    arguments={"prediction": NUMBER, "target": NUMBER},
    references=(
        (
            "P. S. Laplace, Mémoire sur la probabilité des causes par les évènemens, Mémoires de mathématique et de physique "
            "présentés à l'Académie royale des sciences 6, 1774."
        ),
    ),
)
def mae_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Absolute error of predicted numbers; its mean is the mean absolute error.

    Use it when some targets are far off, or when the median of the target is what shall be predicted.

    .. math:: \ell(\hat y, y) = |\hat y - y|

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A
        difference beyond the largest number of the dtype is +∞.

    See Also
    --------
    mse_loss : The square, which asks for the mean, and to which a large error counts more.

    Notes
    -----
    The slope is ±1, and jumps where prediction and target are equal: there the subgradient 0 is taken. The second
    derivative is 0 everywhere.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.mae_loss([2.5, 0.0, 2.0], [3.0, -0.5, 2.0], reduction="none"))
    [0.5 0.5 0. ]
    >>> print(lossbook.grad(lossbook.mae_loss)([2.5, 0.0, 2.0], [3.0, -0.5, 2.0], reduction="sum"))
    [-1.  1.  0.]
    """
    return _errors(_absolute_error, 1, prediction, target, weight, where, reduction)
