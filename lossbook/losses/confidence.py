"""Losses that say how sure a model may become: a penalty on confidence, and the soft answers of a teacher.

All are computed in float64, whatever the dtype of the scores. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.confidence`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    LABELS_OR_DISTRIBUTION,
    REAL,
    SCORES,
    distributions_along,
    labels_along,
    read_class_axis,
    read_number,
)
from lossbook.engine.columns import Labelled, Paired, Targeted
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import times
from lossbook.numerics.sums import add_up, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "confidence", "group": "classes", "each": "column", "page": "book/likelihood/how_sure"}


class _Softmax:
    """The softmax of each column of z/T, with the digits of p, of 1 − p, and of the gaps below the largest score.

    ``gap`` is a pair whose sum is a quarter of largest − z, since that difference may be beyond the largest number. Infinite scores
    are read as ±t, t → ∞: equal ones have no gap.
    """

    def __init__(self, z, temperature=1.0):
        self.top = z.argmax(axis=0), np.arange(z.shape[1])
        self.gap = subtract(0.25 * z[self.top], 0.25 * z)
        e = _decay(self.gap, temperature)
        e[self.top] = 0
        self.others = add_up(e)
        self.total = 1 + self.others
        self.log_total = np.log1p(self.others)
        self.p = e / self.total
        self.p[self.top] = 1 / self.total

    def missing(self):
        """Return 1 − p; for the largest score it is the sum of the others."""
        missing = 1 - self.p
        missing[self.top] = self.others / self.total
        return missing


# Beyond it an exponential is 0.
_FAR = 800.0


def _decay(gap, temperature):
    """Return exp(−gap/T) of a quarter of the gap as a pair; the rounding of a quotient of 700 would cost 300 units."""
    mantissa, power = math.frexp(temperature)
    x, rest = (np.ldexp(part, 2 - power) for part in gap)
    x = np.minimum(x, _FAR)
    if mantissa != 0.5:
        quotient = x / mantissa
        back, slip = powers.product(quotient, np.full_like(x, mantissa))
        rest = (rest + ((x - back) - slip)) / mantissa
    else:
        quotient, rest = 2 * x, 2 * rest
    e = np.exp(-quotient)
    return np.where(quotient < _FAR, e - e * rest, 0.0)


# --- Confidence penalty ----------------------------------------------------------------------------------------------------


def _penalized(z, q, beta):
    """Value and derivatives of −Σ q log p − β H(p) for distributions.

    With gaps g below the largest score, −log p is g + log total, and H = log total + M, M = Σ p g: the loss is
    Σ (q − β p) g + (Σ q − β) log total, and the slope Σq p − q + β p (M − g).
    """
    softmax = _Softmax(z)
    p, missing, gap = softmax.p, softmax.missing(), softmax.gap[0]
    own = times(q, gap)
    mean = add_up(times(p, gap))
    mass = add_up(q)
    value = 4 * add_up(own) + ((mass - beta) * softmax.log_total - beta * (4 * mean))
    yield np.where(np.isinf(add_up(own)), math.inf, value)
    # H + log p, a quarter of it, which is infinite where p is 0.
    above = np.where(p > 0, mean - gap, 0.0)
    gradient = p * mass - q
    others = q.copy()
    others[softmax.top] = 0
    gradient[softmax.top] = add_up(others) - mass * missing[softmax.top]
    yield gradient + beta * (4 * p * above)
    yield p * ((mass + beta) * missing + beta * (4 * above * (missing - p)))


def _penalized_of_label(z, k, beta):
    """Value and derivatives for labels: the target is 1 at the label."""
    q = np.zeros_like(z)
    q[k, np.arange(len(k))] = 1
    yield from _penalized(z, q, beta)


@loss(
    **_FAMILY,
    arguments={"logits": SCORES, "target": LABELS_OR_DISTRIBUTION},
    references=(
        (
            "G. Pereyra, G. Tucker, J. Chorowski, Ł. Kaiser and G. Hinton, Regularizing neural networks by penalizing confident output "
            "distributions, 2017, arXiv:1701.06548."
        ),
    ),
)
def confidence_penalty_cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 0.1,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Cross entropy less a share of the entropy of the prediction: a classifier is paid for doubt.

    Use it so that the best scores are finite, where the wrong classes that are likely shall keep more than those that are not: label
    smoothing gives each the same.

    .. math:: \ell(z, q) = -\sum_{k=1}^{K} q_k \log p_k - \beta H(p), \qquad H(p) = -\sum_k p_k \log p_k, \qquad
        p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    beta : float
        What a nat of the prediction's entropy is worth, β ≥ 0; at 0 the loss is :func:`cross_entropy`.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, which is negative where the entropy earns more than the labels cost, and at least −β log K: a scalar, or an array of
        the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an element is left out. Infinite logits give the limit for ±∞
        read as ±t, t → ∞, so that equal infinities go together. With β > 0 the loss is convex in the probabilities, not in the logits.

    See Also
    --------
    cross_entropy : The loss with ``beta`` 0; its ``label_smoothing`` has the divergence the other way round.
    distillation_loss : Doubt as a teacher has it.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.confidence_penalty_cross_entropy([[2.0, 1.0, 0.0]], [0], beta=0.5).round(4))
    -0.0086
    >>> print(lossbook.grad(lossbook.confidence_penalty_cross_entropy)([[9.0, 0.0], [11.0, 0.0]], [0, 0], reduction="sum").round(7))
    [[-1.24e-05  1.24e-05]
     [ 1.70e-06 -1.70e-06]]
    """
    beta = read_number("beta", beta, 0, REAL.high, what="a finite number ≥ 0")
    axis = read_class_axis(axis, logits)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    q = distributions_along(target, logits, axis, ignore_index)
    if q is not None:
        return Targeted(partial(_penalized, beta=beta), logits, q, **options)
    k = labels_along(target, logits, axis, ignore_index)
    return Labelled(partial(_penalized_of_label, beta=beta), logits, k, double=True, **options)


# --- Distillation ----------------------------------------------------------------------------------------------------------

# 1/2!, 1/3!, …: (e^x − 1 − x)/x², up to where |x| ≤ 1 adds nothing.
_SERIES = [1 / math.factorial(n) for n in range(19, 1, -1)]

# Up to it e^x − 1 − x of one pair of probabilities keeps its digits; beyond, their difference does.
_NEAR = 2.5


def _distillation(z, t, temperature):
    """Value and derivatives of T² Σ p (log p − log s), p = softmax(t/T), s = softmax(z/T), with respect to z.

    With x = log(s/p) it is T² Σ p (e^x − 1 − x), whose terms are not negative. Where all x are small, they are differences d of the
    scores, centred by their mean under p, over T: then log(1 + Σ p (e^x − 1 − x)) is the divergence, x = d/T. It is computed with d in
    its own unit, so that nothing depends on how large T is.
    """
    teacher, student = _Softmax(t, temperature), _Softmax(z, temperature)
    p, s = teacher.p, student.p
    difference = powers.add(teacher.gap, tuple(-part for part in student.gap))
    d = _less(difference, add_up(times(p, difference[0])))
    d -= add_up(times(p, d))
    x = 4 * d / temperature
    bend = _second_order(x)
    share = add_up(times(p * x, x) * bend)
    divergence = np.log1p(share)
    value = 16 * add_up(times(p * d, d) * bend) * np.where(share > 0, divergence / np.where(share > 0, share, 1), 1)
    d -= 0.25 * temperature * divergence
    slope = 4 * times(p, d) * _first_order(x - divergence)
    far = np.flatnonzero(~(abs(x).max(axis=0) <= 1))
    if far.size:
        logs = teacher.log_total[far] - student.log_total[far]
        parts = (sum(difference)[:, far], p[:, far], s[:, far])
        value[far], slope[:, far] = _far_apart(*parts, logs, temperature)
    yield value
    yield slope
    yield s * student.missing()


def _less(pair, number):
    """Return a pair less one number of each column, rounded once."""
    difference, rest = subtract(pair[0], number)
    return difference + (rest + pair[1])


def _second_order(x):
    """Return (e^x − 1 − x)/x² where |x| ≤ 1, and any number elsewhere."""
    x = np.clip(x, -1, 1)
    total = np.zeros_like(x)
    for factor in _SERIES:
        total = total * x + factor
    return total


def _first_order(x):
    """Return (e^x − 1)/x, any number where x is large."""
    x = np.clip(x, -2, 2)
    return np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1, x))


def _far_apart(difference, p, s, logs, temperature):
    """Value and slope where some x = log(s/p) is beyond ±1; x = d/T, d = difference + T · logs.

    The logarithms of the totals are off by a rounding, the same for all classes. It is taken off again, so that Σ p (e^x − 1) = 0: the
    sum has no other error of first order.
    """
    surplus = np.zeros_like(p)
    for _ in range(2):
        logs = logs - add_up(surplus)
        d = difference + 0.25 * temperature * logs
        x = 4 * d / temperature
        surplus = np.where(x > _NEAR, s - p, p * np.expm1(np.minimum(x, _NEAR)))
    near = p * d * d * _second_order(x) * 16
    terms = np.where(abs(x) <= 1, near, 4 * temperature * (0.25 * temperature * surplus - times(p, d)))
    return add_up(terms), temperature * surplus


@loss(
    **_FAMILY,
    arguments={"logits": SCORES, "teacher_logits": SCORES},
    references=(
        "C. Buciluǎ, R. Caruana and A. Niculescu-Mizil, Model compression, KDD 2006.",
        "G. Hinton, O. Vinyals and J. Dean, Distilling the knowledge in a neural network, 2015, arXiv:1503.02531.",
    ),
)
def distillation_loss(
    logits: ArrayLike,
    teacher_logits: ArrayLike,
    *,
    temperature: float = 2.0,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Distillation loss: the divergence of a student's softmax from a teacher's, both at one temperature.

    Use it to train a small model on the answers of a large one, on inputs that need no labels.

    .. math:: \ell(z, t) = T^2 \sum_{k=1}^{K} q_k \log \frac{q_k}{p_k}, \qquad
        q_k = \frac{e^{t_k/T}}{\sum_j e^{t_j/T}}, \qquad p_k = \frac{e^{z_k/T}}{\sum_j e^{z_j/T}}

    Parameters
    ----------
    logits : array_like
        Scores z of the student, any real numbers including ±∞, with K classes along ``axis``.
    teacher_logits : array_like
        Scores t of the teacher; same shape. The gradient is with respect to the student's alone.
    temperature : float
        Temperature T > 0, by which both scores are divided. With the factor T² the gradient is T (p − q), and keeps its size: for
        T → ∞ the loss is ∥d∥²/(2K), d being the difference of the scores less its mean.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats, times T²: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``. It is a number ≥ 0,
        and 0 where the scores differ by a constant. The mean divides by the number of columns, not of scores. It is +∞ where
        the student gives up a class, with score −∞, which the teacher does not. Infinite scores give the limit for ±∞ read as ±t, t → ∞.

    See Also
    --------
    kl_divergence : The same divergence, of probabilities.
    cross_entropy : With the teacher's probabilities as a target, the same gradient at temperature 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.distillation_loss([[1.0, 2.0, -1.0]], [[0.5, 1.0, 3.0]]).round(4))
    2.6205
    >>> print(lossbook.distillation_loss([[1.0, 2.0, -1.0]], [[0.5, 1.0, 3.0]], temperature=1e8).round(6))
    2.527778
    >>> print(lossbook.grad(lossbook.distillation_loss)([[2.0, 0.0]], [[5.0, 3.0]]))
    [[0. 0.]]
    """
    temperature = read_number("temperature", temperature, 0, REAL.high, above=True, what="a finite number > 0")
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return Paired(partial(_distillation, temperature=temperature), logits, teacher_logits, double=True, **options)
