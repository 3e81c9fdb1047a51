"""Losses for labels some of which are wrong: between the cross entropy, which believes each, and the absolute error of the chances.

Most have the gradient of the cross entropy times one function of p, the probability of the label: w(p) (p_j − [j = k]). All are computed
in float64, whatever the dtype of the scores. The formulas and what is proved of them stand on the cards in :mod:`lossbook.cards.noisy`.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    LABELS,
    LABELS_OR_DISTRIBUTION,
    REAL,
    SCORES,
    SINGLE,
    distributions_along,
    float_dtype,
    labels_along,
    read_class_axis,
    read_class_weight,
    read_count,
    read_number,
)
from lossbook.engine.columns import Labelled, Targeted
from lossbook.engine.loss import loss
from lossbook.numerics import powers, tempered
from lossbook.numerics.limits import times
from lossbook.numerics.softmax import against, exponentials, with_complement
from lossbook.numerics.sums import add_up, lost, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {
    "family": "noisy labels",
    "group": "margins",
    "each": "column",
    "page": "book/wrong_labels/noisy_labels",
}
_OF_LABELS = _FAMILY | {"arguments": {"logits": SCORES, "labels": LABELS}}
_OF_TARGETS = _FAMILY | {"arguments": {"logits": SCORES, "target": LABELS_OR_DISTRIBUTION}}

_FACTOR = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}

# Beyond it a Taylor polynomial takes long, and differs from the logarithm only where p is below 0.02.
_MOST_TERMS = 1000


# --- Functions of the label's probability ----------------------------------------------------------------------------------


def _of_probability(z, k, *, value, rate, bend):
    """Value and derivatives of a function of p, the probability of the label, from the softmax against the labels.

    ``rate`` is −p times its slope in p, so that the gradient is rate (p_j − [j = k]), and ``bend`` p times the slope of ``rate``: the
    second derivative is rate p_j (1 − p_j) − bend (p_j − [j = k])².
    """
    softmax = against(z, k)
    softmax.p, softmax.m = softmax.own / softmax.total, softmax.others / softmax.total
    yield value(softmax)
    rates = rate(softmax)
    gradient = softmax.e
    softmax.put(gradient, 0 - softmax.others)
    gradient *= rates / softmax.total
    yield gradient
    bends = bend(softmax)
    p, missing = with_complement(z)
    second = p * (rates * missing - bends * p)
    softmax.put(second, softmax.m * (rates * softmax.p - bends * softmax.m))
    yield second


def _absolute(z, k):
    """Value and derivatives of 2 (1 − p)."""
    twice = lambda softmax: 2 * softmax.p  # noqa: E731
    yield from _of_probability(z, k, value=lambda softmax: 2 * softmax.m, rate=twice, bend=twice)


def _generalized(z, k, q):
    """Value and derivatives of (1 − p^q)/q = −expm1(−q L)/q with L = −log p."""

    def value(softmax):
        L = softmax.cross_entropy()
        exponent = q * L
        return np.where(exponent < 1e-17, L, -np.expm1(-exponent) / q)

    def bend(softmax):
        return q * softmax.power(q)

    yield from _of_probability(z, k, value=value, rate=lambda softmax: softmax.power(q), bend=bend)


def _symmetric(z, k, alpha, reverse):
    """Value and derivatives of α L + β |A| (1 − p); ``reverse`` is β |A|."""
    yield from _of_probability(
        z,
        k,
        value=lambda softmax: times(alpha, softmax.cross_entropy()) + reverse * softmax.m,
        rate=lambda softmax: alpha + reverse * softmax.p,
        bend=lambda softmax: reverse * softmax.p,
    )


def _taylor(z, k, order):
    """Value and derivatives of m + m²/2 + … + m^t/t, m = 1 − p, whose rate is 1 − m^t."""

    def log(softmax):
        return np.where(softmax.p < 0.5, np.log1p(-softmax.p), np.log(softmax.m))

    yield from _of_probability(
        z,
        k,
        value=partial(_polynomial, order=order),
        rate=lambda softmax: -np.expm1(order * log(softmax)),
        bend=lambda softmax: order * softmax.p * (np.exp((order - 1) * log(softmax)) if order > 1 else 1.0),
    )


def _polynomial(softmax, order):
    """Return Σ_j m^j/j from the last term on; where there are many, in twice the precision, since each adds a rounding."""
    m = softmax.m
    if order <= 4:
        total = np.zeros_like(m)
        for j in range(order, 0, -1):
            total = (total + 1 / j) * m
        return total
    # A rounding of m next to 1 would be multiplied by the number of terms.
    upper = np.where(softmax.p < 0.5, 1 - softmax.p, m)
    rest = np.where(softmax.p < 0.5, (1 - upper) - softmax.p, 0.0)
    total = np.zeros_like(m), np.zeros_like(m)
    for j in range(order, 0, -1):
        inverse, missing = powers.in_two(Fraction(1, j))
        total = powers.add(total, (np.full_like(m, inverse), missing))
        product, lower = powers.product(total[0], upper)
        total = product, lower + (total[0] * rest + total[1] * upper)
    return total[0] + total[1]


def _poly1(z, k, epsilon):
    """Value and derivatives of L + ε (1 − p) for labels."""
    yield from _of_probability(
        z,
        k,
        value=lambda softmax: _with_first_term(softmax.cross_entropy(), softmax.m, epsilon),
        rate=lambda softmax: _rate_with_first_term(softmax.p, softmax.m, epsilon),
        bend=lambda softmax: epsilon * softmax.p,
    )


def _rate_with_first_term(p, m, epsilon):
    """Return 1 + ε p, without a difference where ε is negative."""
    return 1 + epsilon * p if epsilon >= 0 else (1 + epsilon) - epsilon * m


def _with_first_term(L, m, epsilon):
    """Return L + ε m, L = −log(1 − m); for a negative ε as (L − m) + (1 + ε) m, in which nothing cancels."""
    return L + epsilon * m if epsilon >= 0 else _without_first_term(L, m) + (1 + epsilon) * m


# 2/3, 2/5, 2/7, …: 2 artanh s = 2 s + s³ (2/3 + 2/5 s² + …), up to where s ≤ ½ adds nothing.
_ARTANH = [2 / n for n in range(59, 1, -2)]


def _without_first_term(L, m):
    """Return −log(1 − m) − m = m²/(2 − m) + (2 artanh s − 2 s), s = m/(2 − m), where m ≤ 2/3."""
    m_small = np.minimum(m, 2 / 3)
    s = m_small / (2 - m_small)
    square, tail = s * s, np.zeros_like(s)
    for factor in _ARTANH:
        tail = tail * square + factor
    return np.where(m > 2 / 3, L - m, m_small * m_small / (2 - m_small) + s * square * tail)


def _poly1_of_target(z, q, weight, epsilon):
    """Value and derivatives of Σ_k t_k (L_k + ε (1 − p_k)), t = w q.

    The logarithms are kept in quarters, since a difference of scores may be beyond the largest number.
    """
    t = weight * q
    top = z.argmax(axis=0), np.arange(z.shape[1])
    L, (p, missing) = _quarter_logs(z, top), with_complement(z)
    if epsilon >= 0:
        each = L + 0.25 * epsilon * missing
    else:
        each = np.where(missing > 2 / 3, L - 0.25 * missing, 0.25 * _without_first_term(4 * L, missing))
        each += 0.25 * (1 + epsilon) * missing
    yield 4 * add_up(times(t, each))
    c = t * _rate_with_first_term(p, missing, epsilon)
    total = add_up(c)
    at_top = c[top]
    gradient = p * total - c
    c[top] = 0
    gradient[top] = p[top] * add_up(c) - missing[top] * at_top
    yield gradient
    share = t * p
    yield p * (missing * total - epsilon * (t * missing * missing + p * (add_up(share) - share)))


def _quarter_logs(z, top):
    """Return a quarter of −log softmax(z) of each class; ``top`` is where the largest scores are."""
    _, _, e, slips = exponentials(z)
    e += slips
    e[top] = 0
    log = 0.25 * np.log1p(add_up(e))
    gap, rest = subtract(0.25 * z[top], 0.25 * z)
    logs = gap + (rest + log)
    logs[top] = log
    return logs


# --- The cross entropy over the sum of those of all labels -----------------------------------------------------------------


def _normalized(z, k):
    """Value and derivative of L_k/S, with S the sum of L_j = −log p_j over the classes.

    The slope is −((1 − p_k) Σ_{i≠k} L_i + (K − 1) p_k L_k)/S² at the label. At a class j ≠ k it is
    (p_j T + (1 − p_j) gap + log total)/S², where gap is how far z_k is below the largest score, and T the sum of z_k − z_i over the
    classes besides the label and that with the largest score.
    """
    label, top = (k, np.arange(len(k))), (z.argmax(axis=0), np.arange(len(k)))
    p, missing = with_complement(z)
    _, _, e, slips = exponentials(z)
    e += slips
    e[top] = 0
    log, unit = np.log1p(add_up(e)), np.ones(z.shape[1])
    own, others = _own_and_others(z, log, label, top)
    beyond = ~np.isfinite(own + others)
    if beyond.any():
        # Of infinite scores only the order counts: a loss that goes to ∞ as t, or as 2t.
        infinite = np.isinf(z).any(axis=0) & beyond
        unit = np.where(infinite, 0.0, np.where(beyond, 2.0**-64, 1.0))
        z = np.where(infinite, np.where(np.isinf(z), np.sign(z), 0.0), z * np.where(beyond, 2.0**-64, 1.0))
        log = log * unit
        own, others = _own_and_others(z, log, label, top)
    total = own + others
    yield own / total
    gap, rest = subtract(z[top], z[label])
    difference, slip = subtract(z[label], z)
    difference += slip
    difference[top] = difference[label] = 0
    gradient = p * add_up(difference) + missing * (gap + rest) + log
    gradient[label] = -(missing[label] * others + (len(z) - 1) * p[label] * own)
    gradient /= total
    gradient *= unit / total
    yield gradient


def _own_and_others(z, log, label, top):
    """Return −log p of the label, and the sum of that of the other classes."""
    gap, rest = subtract(z[top], z)
    parts = gap + (rest + log)
    parts[top] = log
    own = parts[label]
    parts[label] = 0
    return own, add_up(parts)


# --- Bi-tempered: a heavy-tailed softmax and a bounded logarithm -----------------------------------------------------------


def _bi_tempered(z, q, **options):
    """Value and derivative for targets, a quarter of the columns at a time: pairs of arrays are many."""
    edges = np.linspace(0, z.shape[1], 5 if z.shape[1] > 1000 else 2).astype(int)
    parts = [_bi_tempered_part(z[:, a:b], q[:, a:b], **options) for a, b in itertools.pairwise(edges)]
    for _ in range(2):
        yield np.concatenate([next(part) for part in parts], axis=-1)


def _bi_tempered_part(z, q, t1, t2, single):
    """Value and derivative of Σ_i ∫ x^(−t₁) (q_i − x) dx from p_i to q_i, a Bregman divergence of the target and the tempered softmax."""
    a, c = 1 - Fraction(t1), Fraction(t2) - Fraction(t1)
    top, missing, logs = tempered.tempered(z, t2, single)
    p = tempered.power(logs, Fraction(1))
    over = p - q
    over[top] = np.where(p[top] > 0.5, (1 - q[top]) - missing[top], over[top])
    yield add_up(tempered.divergence(p, q, over, logs, a))
    is_zero, log_at_top = np.isinf(logs[0]), (logs[0][top], logs[1][top])
    pull = tempered.power(logs, c) * over if c else over + 0.0
    if t2 < 1:
        pull[is_zero] = 0
    over_top = powers.add(logs, (-log_at_top[0], -log_at_top[1]))
    escort = tempered.power(over_top, Fraction(t2))
    pull_at_top = pull[top]
    # Σ pull = p_top^c (Σ p − Σ q + Σ_i (p_i − q_i)((p_i/p_top)^c − 1)): nothing where t₁ = t₂, if q sums to 1.
    total = np.add.reduce(q)
    unbalanced = (1 - total) - lost(q, total)
    changed = np.expm1(np.add(*tempered.times(-c, over_top)))
    changed[is_zero] = -1 if c or t2 < 1 else 0
    terms = over * changed
    terms[top] = 0
    everything = tempered.power(log_at_top, c) * (unbalanced + add_up(terms))
    pull[top] = escort[top] = 0
    others = add_up(escort)
    gradient = pull - escort * (everything / (1 + others))
    gradient[top] = (pull_at_top * others - add_up(pull)) / (1 + others)
    yield gradient


# --- The losses ------------------------------------------------------------------------------------------------------------


@loss(
    **_OF_LABELS,
    references=(
        (
            "A. Ghosh, H. Kumar and P. S. Sastry, Robust loss functions under label noise for deep neural networks, AAAI 2017."
        ),
    ),
)
def mae_classification_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Mean absolute error of the softmax: twice the probability that the label does not get.

    Use it when many labels are wrong at random, and the model is small enough to learn from it: it learns slowly.

    .. math:: \ell(z, k) = \sum_{j=1}^{K} \left|p_j - [j = k]\right| = 2\, (1 - p_k), \qquad
        p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number in [0, 2] without a unit: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    generalized_cross_entropy : Between half this loss and the cross entropy.
    mae_loss : The absolute error of numbers.

    Notes
    -----
    It is the sum over the classes, not their mean. Its gradient is that of the cross entropy times 2 p: where the label is far from
    being believed, there is next to none.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.mae_classification_loss([[0.0, 0.0], [0.0, 40.0]], [0, 1], reduction="none"))
    [1.00000000e+00 8.49670851e-18]
    >>> print(lossbook.grad(lossbook.mae_classification_loss)([[0.0, 0.0]], [0]))
    [[-0.5  0.5]]
    """
    return Labelled.of(_absolute, logits, labels, sample_weight, ignore_index, axis, reduction, derivatives=2)


@loss(
    **_OF_LABELS,
    references=(
        (
            "Z. Zhang and M. R. Sabuncu, Generalized cross entropy loss for training deep neural networks with noisy labels, "
            "NeurIPS 2018."
        ),
    ),
)
def generalized_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    q: float = 0.7,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Generalised cross entropy: a power in place of the logarithm, between the cross entropy and the absolute error.

    Use it when some labels are wrong and you do not know which.

    .. math:: \ell(z, k) = \frac{1 - p_k^{\rho}}{\rho}, \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    q : float
        Exponent ρ in (0, 1] (the paper's q): towards 0 the loss is :func:`cross_entropy`, at 1 half of
        :func:`mae_classification_loss`.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number in [0, 1/q]: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left
        out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    bi_tempered_loss : Bounded like this loss, with an honest minimum.
    softmax_focal_loss : Turns down the easy elements; this loss turns down the hard ones.

    Notes
    -----
    The gradient is that of the cross entropy times p to the power q. The smallest expected loss is not at the true probabilities but at
    their powers 1/(1 − q), normalised: the order of the classes stays, their distances grow.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.generalized_cross_entropy([[0.0, 0.0], [-1000.0, 0.0]], [0, 0], q=0.5, reduction="none"))
    [0.58578644 2.        ]
    >>> print(lossbook.grad(lossbook.generalized_cross_entropy)([[0.0, 0.0]], [0], q=1))
    [[-0.25  0.25]]
    """
    what = "a number in (0, 1]; for 0 take cross_entropy"
    kernel = partial(_generalized, q=read_number("q", q, 0, 1, above=True, what=what))
    return Labelled.of(kernel, logits, labels, sample_weight, ignore_index, axis, reduction, derivatives=2)


@loss(
    **_OF_LABELS,
    references=(
        (
            "Y. Wang, X. Ma, Z. Chen, Y. Luo, J. Yi and J. Bailey, Symmetric cross entropy for robust learning with noisy labels, "
            "ICCV 2019."
        ),
    ),
)
def symmetric_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Symmetric cross entropy: the cross entropy, and its reverse with a number in the place of log 0.

    Use it when some labels are wrong; it is the cross entropy and a multiple of the absolute error.

    .. math:: \ell(z, k) = -\mu \log p_k + \nu \Lambda \left(1 - p_k\right), \qquad
        p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    alpha : float
        Factor μ ≥ 0 of the cross entropy (the paper's α).
    beta : float
        Factor ν ≥ 0 of the reverse cross entropy (the paper's β).
    log_zero : float
        −Λ < 0, what stands for the logarithm of 0 (the paper's A). Codes that clip the target at 10⁻⁴ have log 10⁻⁴ = −9.21.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out.
        Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    poly1_cross_entropy : The same loss divided by ``alpha``, for ``epsilon`` = −beta · log_zero/alpha.
    mae_classification_loss : The reverse cross entropy is −log_zero/2 times this.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.symmetric_cross_entropy([[2.0, 1.0, 0.0]], [0], alpha=0).round(4))
    1.339
    >>> print(lossbook.symmetric_cross_entropy([[2.0, 1.0, 0.0]], [0], alpha=1, beta=0).round(4))
    0.4076
    """
    alpha, beta = read_number("alpha", alpha, **_FACTOR), read_number("beta", beta, **_FACTOR)
    reverse = -beta * read_number("log_zero", log_zero, -REAL.high, -5e-324, what="a finite number below 0")
    if alpha + reverse == math.inf:
        raise ValueError(
            f"beta = {beta!r} times log_zero = {log_zero!r} is beyond the largest number. Divide all factors by one number."
        )
    kernel = partial(_symmetric, alpha=alpha, reverse=reverse)
    return Labelled.of(kernel, logits, labels, sample_weight, ignore_index, axis, reduction, derivatives=2)


@loss(
    **_OF_LABELS,
    references=(
        "L. Feng, S. Shu, Z. Lin, F. Lv, L. Li and B. An, Can cross entropy loss be robust to label noise?, IJCAI 2020.",
    ),
)
def taylor_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    order: int = 2,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Taylor cross entropy: the first terms of the cross entropy's series at p = 1.

    Use it when some labels are wrong: the fewer terms, the less a label counts that the model does not believe.

    .. math:: \ell(z, k) = \sum_{j=1}^{T} \frac{(1 - p_k)^j}{j}, \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    order : int
        Number T of terms (the paper's t), from 1, half of :func:`mae_classification_loss`, to 1000; the limit is
        :func:`cross_entropy`. The time that it takes grows with it.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 and at most 1 + 1/2 + … + 1/T: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where
        an element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    generalized_cross_entropy : Another way from the absolute error to the cross entropy.
    poly1_cross_entropy : The whole series, with another first coefficient.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.taylor_cross_entropy([[0.0, 0.0], [-1000.0, 0.0]], [0, 0], reduction="none"))
    [0.625 1.5  ]
    >>> print(lossbook.grad(lossbook.taylor_cross_entropy)([[0.0, 0.0]], [0]))
    [[-0.375  0.375]]
    """
    order = read_count("order", order)
    if order > _MOST_TERMS:
        raise ValueError(f"order must be at most {_MOST_TERMS}, but order = {order!r}. Take cross_entropy, its limit.")
    return Labelled.of(partial(_taylor, order=order), logits, labels, sample_weight, ignore_index, axis, reduction, derivatives=2)


@loss(
    **_OF_LABELS,
    references=(
        (
            "X. Ma, H. Huang, Y. Wang, S. Romano, S. Erfani and J. Bailey, Normalized loss functions for deep learning with noisy "
            "labels, ICML 2020."
        ),
    ),
)
def normalized_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Normalised cross entropy: the cross entropy of the label divided by the sum of those of all labels.

    Use it with a second loss that keeps pulling: alone it learns little.

    .. math:: \ell(z, k) = \frac{\log p_k}{\sum_{j=1}^{K} \log p_j}, \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, with K ≥ 2 classes along ``axis``.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number in [0, 1]: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out.
        Infinite logits give the limit for ±∞ read as ±t, t → ∞: of two classes at −∞ among three, each costs ½.

    See Also
    --------
    mae_classification_loss : Sums to a constant over the labels as well.
    generalized_cross_entropy : Bounded, and learns by itself.

    Notes
    -----
    The loss also falls if the score of one wrong class falls, whatever the label has: it divides by a sum that has no bound.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.normalized_cross_entropy([[2.0, 1.0, 0.0]] * 3, [0, 1, 2], reduction="none").round(4))
    [0.0965 0.3333 0.5701]
    >>> print(lossbook.normalized_cross_entropy([[0.0, 0.0, -1000.0]], [0]).round(5))
    0.00069
    """
    classes = logits.array.shape[read_class_axis(axis, logits)]
    if classes == 1:
        raise ValueError(
            f"logits has one class along axis {axis} (shape {logits.array.shape}), for which the loss is 0/0. Pass at least two classes."
        )
    return Labelled.of(_normalized, logits, labels, sample_weight, ignore_index, axis, reduction)


@loss(
    **_OF_TARGETS,
    references=(
        (
            "E. Amid, M. K. Warmuth, R. Anil and T. Koren, Robust bi-tempered logistic loss based on Bregman divergences, "
            "NeurIPS 2019."
        ),
    ),
)
def bi_tempered_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    t1: float = 0.8,
    t2: float = 1.2,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Bi-tempered logistic loss: a logarithm that is bounded, of a softmax with a heavy tail.

    Use it when some labels are wrong: ``t1`` bounds what an outlier costs, ``t2`` lets labels near the boundary be wrong.

    .. math:: \ell(z, q) = \sum_{j=1}^{K} \int_{p_j}^{q_j} x^{-t_1} (q_j - x)\, dx, \qquad
        p_j = \left(1 + (t_2 - 1) (\lambda - z_j)\right)_+^{-1/(t_2 - 1)}

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    t1 : float
        Temperature of the logarithm, in [0, 1]: below 1 the loss of a label is at most 1/(1 − t1).
    t2 : float
        Temperature of the softmax, finite and ≥ 0: above 1 its tail is heavy, at 1 it is the softmax, below 1 probabilities may be 0.
        λ is the number for which they sum to 1.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    cross_entropy : For labels, the loss at t1 = t2 = 1; for distributions it is larger by their entropy.
    generalized_cross_entropy : Its bounded term alone, with q = 1 − t1.

    Notes
    -----
    For a label the integral is (1 − p^(1 − t1))/(1 − t1) − (1 − Σ p^(2 − t1))/(2 − t1). With t2 below 1 a class beyond the edge of the
    support has probability 0; the loss is flat in its score there, and the slope 0 is taken.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.bi_tempered_loss([[2.0, 1.0, 0.0], [0.0, 99.0, 0.0]], [0, 0], reduction="none").round(4))
    [0.3401 4.7596]
    >>> print(lossbook.bi_tempered_loss([[2.0, 1.0, 0.0]], [0], t1=1, t2=1).round(4))
    0.4076
    >>> print(lossbook.grad(lossbook.bi_tempered_loss)([[0.0, 0.0]], [0], t1=0.5, t2=0.5))
    [[-0.5  0.5]]
    """
    t1 = read_number("t1", t1, 0, 1, what="a number in [0, 1]")
    t2 = read_number("t2", t2, 0, REAL.high, what="a finite number ≥ 0")
    axis = read_class_axis(axis, logits)
    q = distributions_along(target, logits, axis, ignore_index)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight}
    # Beyond 1e100 no digit changes.
    temperatures = {"t1": t1, "t2": min(t2, 1e100)}
    if q is not None:
        single = float_dtype(logits, q) == SINGLE
        return Targeted(partial(_bi_tempered, single=single, **temperatures), logits, q, **options)
    k = labels_along(target, logits, axis, ignore_index)
    single = float_dtype(logits) == SINGLE
    return Labelled(partial(_bi_tempered_of_label, single=single, **temperatures), logits, k, double=True, **options)


def _bi_tempered_of_label(z, k, **options):
    """Value and derivative for labels: the target is 1 at the label."""
    q = np.zeros_like(z)
    q[k, np.arange(len(k))] = 1
    yield from _bi_tempered(z, q, **options)


@loss(
    **_OF_TARGETS,
    references=(
        (
            "Z. Leng, M. Tan, C. Liu, E. D. Cubuk, J. Shi, S. Cheng and D. Anguelov, PolyLoss: a polynomial expansion perspective of "
            "classification loss functions, ICLR 2022."
        ),
    ),
)
def poly1_cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    epsilon: float = 1.0,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Poly-1 cross entropy: the cross entropy with another first coefficient of its series at p = 1.

    Use it to pull more (θ > 0) or less (θ < 0) on labels that are believed already.

    .. math:: \ell(z, q) = \sum_{k=1}^{K} w_k\, q_k \left(-\log p_k + \theta\, (1 - p_k)\right), \qquad
        p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    epsilon : float
        What is added to the first coefficient, θ ≥ −1 (the paper's ε); at −1 that term is gone, at 0 the loss is :func:`cross_entropy`.
    weight : array_like, optional
        Non-negative weight w of the classes, one for each, by which each class's term is multiplied. The mean divides
        by the sum of the weights that counted: of the labels, or Σ w q of the distributions. Where that is zero, the loss and its
        gradient are zero.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    cross_entropy : The loss with ``epsilon`` 0.
    symmetric_cross_entropy : A multiple of this loss, meant for wrong labels.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.poly1_cross_entropy([[2.0, 1.0, 0.0]], [0], epsilon=2.0).round(4))
    1.0771
    >>> print(lossbook.poly1_cross_entropy([[40.0, 0.0]], [0]))
    8.49670851058318e-18
    >>> print(lossbook.grad(lossbook.poly1_cross_entropy)([[0.0, 0.0]], [[0.5, 0.5]]))
    [[0. 0.]]
    """
    epsilon = read_number("epsilon", epsilon, -1, REAL.high, what="a finite number ≥ −1")
    axis = read_class_axis(axis, logits)
    weight = read_class_weight("weight", weight, logits.array.shape[axis], reduction)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "weight": weight, "derivatives": 2}
    q = distributions_along(target, logits, axis, ignore_index)
    if q is not None:
        params = (1.0 if weight is None else weight[:, None],)
        return Targeted(partial(_poly1_of_target, epsilon=epsilon), logits, q, params=params, **options)
    k = labels_along(target, logits, axis, ignore_index)
    return Labelled(partial(_poly1, epsilon=epsilon), logits, k, factor=weight, double=True, **options)
