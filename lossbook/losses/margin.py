"""Margin losses: what a score costs whose sign is the answer, as a function of the margin m = ±z, positive where the answer is right.

A label counts by its sign: 1 is positive, 0 and −1 are negative, whatever else the batch holds. The formulas and what is proved
of them stand on the cards in :mod:`lossbook.cards.margin`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import BINARY, LOGITS, REAL, read_number
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.sums import subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_LABEL = replace(
    BINARY,
    what="labels 0 or 1 (or −1, which is read as 0)",
    ignore=-1,
    fix="Encode the negative class as 0 or −1 and the positive class as 1.",
)

_FAMILY = {
    "family": "margins",
    "group": "margins",
    "page": "book/margins/two_classes",
    "each": "element",
    "arguments": {"logits": LOGITS, "target": _LABEL},
}


def _plan(of_margin, logits, target, weight, where, reduction, **more):
    """Make a kernel of scores and labels from one of margins, whose slope in the score has the label's sign."""

    def kernel(z, y, *params):
        sign = np.where(y > 0, z.dtype.type(1), z.dtype.type(-1))
        of = of_margin(sign * z, *params)
        # Added to −0, 0 makes it 0.
        yield next(of) + 0
        yield sign * next(of) + 0
        yield next(of)

    return Elementwise(kernel, logits, target, weight=weight, where=where, reduction=reduction, **more)


def _perceptron(m):
    """Value and derivatives of max(0, −m)."""
    yield np.maximum(-m, 0)
    yield -(m < 0).astype(m.dtype)
    yield np.zeros_like(m)


def _hinge(m):
    """Value and derivatives of max(0, 1 − m)."""
    yield np.maximum(1 - m, 0)
    yield -(m < 1).astype(m.dtype)
    yield np.zeros_like(m)


def _squared_hinge(m, one):
    """Value and derivatives of max(0, 1 − m)², in which 1 is a parameter so that a mean can be taken in proportion."""
    room = np.maximum(one - m, 0)
    yield room * room
    yield -2 * room
    yield 2 * (m < one).astype(m.dtype)


def _modified_huber(m, one):
    """Value and derivatives of max(0, 1 − m)² from m = −1 on, and of −4 m below."""
    room = np.maximum(one - m, 0)
    is_far = m < -one
    yield np.where(is_far, -4 * one * m, room * room)
    yield np.where(is_far, -4 * one, -2 * room)
    yield 2 * (abs(m) < one).astype(m.dtype)


def _smoothed_hinge(m, gamma):
    """Value and derivatives of r²/2γ up to r = γ, r − ½ γ beyond; r = max(0, 1 − m)."""
    room = 1 - m
    within = np.clip(room, 0, gamma)
    share = within / gamma
    yield share * (np.maximum(room, 0) - 0.5 * within)
    yield -share
    # Next to 1 − γ, what the rounding of 1 − m took off decides.
    _, rest = subtract(np.ones_like(m), m)
    inside = (room > 0) & ((gamma - room) - rest > 0)
    yield np.where(inside, 1 / gamma, 0)


def _logistic(m):
    """Value and derivatives of log(1 + e^−m) = log1p(e^−|m|) + max(0, −m)."""
    e = np.exp(-abs(m))
    yield np.log1p(e) + np.maximum(-m, 0)
    yield -np.where(m < 0, 1, e) / (1 + e)
    yield e / (1 + e) ** 2


def _exponential(m):
    """Value and derivatives of e^(−m)."""
    e = np.exp(-m)
    yield e
    yield -e
    yield e


@loss(
    **_FAMILY,
    references=(
        (
            "F. Rosenblatt, The perceptron: A probabilistic model for information storage and organization in"
            " the brain, Psychological Review 65, 1958."
        ),
    ),
)
def perceptron_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Perceptron loss: by how much a score is on the wrong side of 0.

    Use it to learn what the perceptron does; to train, take the hinge loss, which asks for a margin.

    .. math:: \ell(z, y) = \max(0, -m), \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the score: a scalar, or an array of the shape of ``logits`` for ``"none"``. An
        infinite score gives the limit: 0 on the label's side, +∞ on the other.

    See Also
    --------
    hinge_loss : The same with a margin of 1, so that scores of 0 are not free.

    Notes
    -----
    The slope is −1 where m < 0, and 0 elsewhere: at m = 0 the flat side is taken, so that training from scores of 0 does not
    start. Score 0 everywhere has loss 0, the smallest there is, whatever the labels are.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.perceptron_loss([0.5, -2.0, 0.5], [1, 1, 0], reduction="none"))
    [0.  2.  0.5]
    >>> print(lossbook.grad(lossbook.perceptron_loss)([0.5, -2.0, 0.5], [1, 1, 0], reduction="sum"))
    [ 0. -1.  1.]
    """
    return _plan(_perceptron, logits, target, weight, where, reduction)


@loss(
    **_FAMILY,
    references=("C. Cortes and V. Vapnik, Support-vector networks, Machine Learning 20, 1995.",),
)
def hinge_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Hinge loss of the support vector machine: by how much the margin is below 1.

    Use it when only the answer counts, not how sure it is, and few examples shall decide.

    .. math:: \ell(z, y) = \max(0, 1 - m), \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the score: a scalar, or an array of the shape of ``logits`` for ``"none"``. An
        infinite score gives the limit: 0 on the label's side, +∞ on the other. It is at least 1 where the answer is wrong.

    See Also
    --------
    squared_hinge_loss : Smooth at m = 1, and its score tells the probability.
    smoothed_hinge_loss : Rounded off below m = 1, and linear far out.
    lovasz_hinge : The hinge errors of an image, weighted for the Jaccard loss.

    Notes
    -----
    The slope is −1 where m < 1, and 0 elsewhere: at m = 1 the flat side is taken. The second derivative is 0 everywhere.
    The expected loss is smallest at a score of 1 or −1, the likelier label: the score says nothing else of the probability.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.hinge_loss([0.5, -2.0, 3.0], [1, 1, 1], reduction="none"))
    [0.5 3.  0. ]
    >>> print(lossbook.hinge_loss([0.5, -2.0], [-1, 0], reduction="none"))
    [1.5 0. ]
    """
    return _plan(_hinge, logits, target, weight, where, reduction)


@loss(
    **_FAMILY,
    references=(
        (
            "T. Zhang, Statistical behavior and consistency of classification methods based on convex risk "
            "minimization, The Annals of Statistics 32, 2004."
        ),
    ),
)
def squared_hinge_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Squared hinge loss: the square of what the margin lacks to 1.

    Use it when the hinge loss shall be smooth, or the score shall tell the probability, and no label is plainly wrong.

    .. math:: \ell(z, y) = \max(0, 1 - m)^2, \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite score gives the
        limit: 0 on the label's side, +∞ on the other; so does a square beyond the largest number of the dtype.

    See Also
    --------
    modified_huber_loss : The same down to m = −1, and linear below.

    Notes
    -----
    The second derivative is 2 where m < 1, and 0 elsewhere, m = 1 included. The expected loss is smallest at the score 2η − 1, where η is
    the probability of label 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.squared_hinge_loss([0.5, -2.0, 3.0], [1, 1, 1], reduction="none"))
    [0.25 9.   0.  ]
    >>> print(lossbook.grad(lossbook.squared_hinge_loss)([0.5, -2.0, 3.0], [1, 1, 1], reduction="sum"))
    [-1. -6.  0.]
    """
    return _plan(_squared_hinge, logits, target, weight, where, reduction, params=(1.0,), degree=2)


@loss(
    **_FAMILY,
    references=(
        (
            "T. Zhang, Solving large scale linear prediction problems using stochastic gradient descent "
            "algorithms, ICML 2004."
        ),
    ),
)
def modified_huber_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Squared hinge loss down to a margin of −1, and linear below: the modified Huber loss.

    Use it when the score shall tell the probability, and some labels may be wrong.

    .. math:: \ell(z, y) = \begin{cases} \max(0, 1 - m)^2 & m \ge -1 \\ -4m & m < -1 \end{cases}, \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite score gives the
        limit: 0 on the label's side, +∞ on the other.

    See Also
    --------
    smoothed_hinge_loss : A quarter of this loss, with ``gamma=2``.
    huber_loss : The loss of numbers that goes from a square to a line.

    Notes
    -----
    The slope goes from 0 at m = 1 to −4 at m = −1, and stays there. The second derivative is 2 for −1 < m < 1, and 0 elsewhere, both
    ends included. The expected loss is smallest at the score 2η − 1, where η is the probability of label 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.modified_huber_loss([0.5, -2.0, 3.0], [1, 1, 1], reduction="none"))
    [0.25 8.   0.  ]
    >>> print(lossbook.grad(lossbook.modified_huber_loss)([0.5, -2.0, 3.0], [1, 1, 1], reduction="sum"))
    [-1. -4.  0.]
    """
    return _plan(_modified_huber, logits, target, weight, where, reduction, params=(1.0,), degree=2)


@loss(
    **_FAMILY,
    references=(
        (
            "J. D. M. Rennie and N. Srebro, Loss functions for preference levels: Regression with discrete "
            "ordered labels, IJCAI Workshop on Advances in Preference Handling, 2005."
        ),
        (
            "S. Shalev-Shwartz and T. Zhang, Stochastic dual coordinate ascent methods for regularized loss "
            "minimization, Journal of Machine Learning Research 14, 2013."
        ),
    ),
)
def smoothed_hinge_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    gamma: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Smoothed hinge loss: the hinge loss with its kink rounded off over a band of width Γ.

    Use it when a method needs a smooth loss, and far examples shall pull no more than by the hinge loss.

    .. math:: \ell(z, y) = \begin{cases} 0 & m \ge 1 \\ \frac{(1 - m)^2}{2\Gamma} & 1 - \Gamma < m < 1 \\ 1 - m - \tfrac12 \Gamma & m \le 1 - \Gamma \end{cases}, \qquad m = (2y - 1)\, z

    Parameters
    ----------
    gamma : float
        Width Γ > 0 of the band below m = 1 in which the loss is a square (γ in the papers): towards 0 the loss becomes the hinge loss,
        and 2 gives a quarter of the modified Huber loss. An infinite Γ, with which the loss is 0 everywhere, is refused.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the score: a scalar, or an array of the shape of ``logits`` for ``"none"``. An
        infinite score gives the limit: 0 on the label's side, +∞ on the other.

    See Also
    --------
    hinge_loss : At most ½ Γ above it.
    modified_huber_loss : Four times this loss for ``gamma=2``.

    Notes
    -----
    The slope goes from 0 at m = 1 to −1 at m = 1 − Γ, and stays there. The second derivative is 1/Γ inside of the band, and 0 elsewhere,
    both ends included.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.smoothed_hinge_loss([0.5, -2.0, 3.0], [1, 1, 1], reduction="none"))
    [0.125 2.5   0.   ]
    >>> print(lossbook.grad(lossbook.smoothed_hinge_loss)([0.5, -2.0, 3.0], [1, 1, 1], reduction="sum"))
    [-0.5 -1.   0. ]
    """
    gamma = read_number("gamma", gamma, 0, REAL.high, above=True, what="a finite number above 0")
    return _plan(_smoothed_hinge, logits, target, weight, where, reduction, params=(gamma,), double=True)


@loss(
    **_FAMILY,
    references=(
        (
            "J. Friedman, T. Hastie and R. Tibshirani, Additive logistic regression: A statistical view of "
            "boosting, The Annals of Statistics 28, 2000."
        ),
    ),
)
def logistic_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Logistic loss: the binary cross entropy of hard labels, written as a function of the margin.

    Use it when the score shall tell the probability, over the whole range from 0 to 1.

    .. math:: \ell(z, y) = \log(1 + e^{-m}), \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite score gives
        the limit: 0 on the label's side, +∞ on the other. Divided by log 2 it is at least 1 where the answer is wrong.

    See Also
    --------
    binary_cross_entropy_with_logits : The same loss, for soft labels as well.
    exponential_loss : Steeper where the answer is wrong.

    Notes
    -----
    The slope is −σ(−m), and the second derivative σ(m) σ(−m). The expected loss is smallest at the logit of the probability η of
    label 1, log(η/(1 − η)).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.logistic_loss([0.0, -2.0, 3.0], [1, 1, 1], reduction="none").round(4))
    [0.6931 2.1269 0.0486]
    >>> print(lossbook.logistic_loss([-1000.0], [1]))
    1000.0
    """
    return _plan(_logistic, logits, target, weight, where, reduction)


@loss(
    **_FAMILY,
    references=(
        (
            "Y. Freund and R. E. Schapire, A decision-theoretic generalization of on-line learning and an "
            "application to boosting, Journal of Computer and System Sciences 55, 1997."
        ),
        (
            "J. Friedman, T. Hastie and R. Tibshirani, Additive logistic regression: A statistical view of "
            "boosting, The Annals of Statistics 28, 2000."
        ),
    ),
)
def exponential_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Exponential loss, which AdaBoost minimises step by step.

    Use it to boost with labels that are right; a label that is wrong gets a weight that grows exponentially.

    .. math:: \ell(z, y) = e^{-m}, \qquad m = (2y - 1)\, z

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite score gives the
        limit: 0 on the label's side, +∞ on the other; so does a value beyond the largest number of the dtype.

    See Also
    --------
    logistic_loss : Linear where the answer is wrong, with half the score for the same probability.

    Notes
    -----
    Value and second derivative are the same, and the slope is minus them. The expected loss is smallest at half the logit of the probability
    η of label 1, so that η = σ(2z), not σ(z).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.exponential_loss([0.0, -2.0, 3.0], [1, 1, 1], reduction="none").round(4))
    [1.     7.3891 0.0498]
    >>> print(lossbook.grad(lossbook.exponential_loss)([0.0], [0]))
    [1.]
    """
    return _plan(_exponential, logits, target, weight, where, reduction)
