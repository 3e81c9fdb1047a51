"""Entropy, and the divergences that compare a model's distribution with a reference.

Near equality the terms of a divergence cancel to their second order, so they are written in t = (p − q)/(p + q), which
is exact there, and summed without loss. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.divergence`.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import DISTRIBUTION, DOUBLE, SINGLE, read_number
from lossbook.engine.columns import Distributions
from lossbook.engine.loss import loss
from lossbook.numerics.limits import has_nan, times
from lossbook.numerics.sums import add_up, sum_columns

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "divergence", "group": "distributions"}
_ENTROPY_AND_KL_PAGE = "book/distributions/entropy_and_kl"


# Where |t| is small, polynomials in t² replace logarithms whose leading terms would cancel: atanh t = t + t³ A(t²) for
# |t| < 0.3, and (1 + t) log(1 + t) + (1 − t) log(1 − t) = t² J(t²) for |t| < 0.7. They interpolate A and J at Chebyshev's
# points; of a term, they are off by at most an eighth of a rounding error.
_ATANH = (
    0.3333333333333333,
    0.20000000000000986,
    0.14285714285353665,
    0.11111111162196165,
    0.09090905424531916,
    0.07692458351815545,
    0.06662915697122629,
    0.05939688448611953,
    0.047418568133941144,
    0.07283496074780077,
)
_JS = {
    DOUBLE: (
        1.0,
        0.16666666666666324,
        0.06666666666750334,
        0.03571428563347641,
        0.02222222633357115,
        0.015151387964975293,
        0.010991615099016035,
        0.008296068164892862,
        0.0069224851233368875,
        0.002285190215876787,
        0.02163628375792491,
        -0.07288053261485679,
        0.2606363849525728,
        -0.6538163477625707,
        1.2498356629736964,
        -1.7153745498645632,
        1.6265799939404726,
        -0.9503862495561939,
        0.2662128538733168,
    ),
    SINGLE: (
        0.9999999953767715,
        0.16666787048677315,
        0.06661591842271887,
        0.03651674236941881,
        0.016120127669644265,
        0.039534982252928126,
        -0.03974715005944156,
        0.05531262723809573,
    ),
}

# From this KL divergence on a plain sum of p log(p/q) keeps its digits; in float64, those of float32 from far lower on.
_FAR = {DOUBLE: 0.125, SINGLE: 0.25}
_FAR_FOR_SINGLE = 1e-6


def _series(coefficients, x):
    """Return Σ c_k x^k."""
    total = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        total *= x
        total += c
    return total


def _sum_exactly(terms):
    """Sum along the first axis as if in twice the precision.

    Adding and subtracting a power of two, large against the sum, cuts each term where the last bit of that power lies. The
    upper parts add up without rounding, and the lower ones are too small for theirs to count.
    """
    _, exponent = np.frexp(len(terms) * np.maximum.reduce(abs(terms)))
    cut = np.ldexp(1.0, exponent + 1)
    upper = (terms + cut) - cut
    return np.add.reduce(upper) + np.add.reduce(terms - upper)


# Fewer classes than these are added one after the other.
_LONG = 32


def _total(terms):
    """Sum along the first axis in float64; many terms by halves, lest their rounding errors add up."""
    return sum_columns(terms, np.float64) if terms.dtype == SINGLE or len(terms) < _LONG else add_up(terms)


def _log_ratio(p, q):
    """Return log(p/q); where the quotient overflows, 744 ≥ |log q| is far from |log p|, and the difference is exact enough."""
    ratio = p / q
    return np.where(np.isfinite(ratio), np.log(ratio), np.log(p) - np.log(q))


def _contrast(p, q):
    """Return t = (p − q)/(p + q), and 0 where both are 0."""
    whole = p + q
    return (p - q) / np.where(whole > 0, whole, 1)


def _kl_by_terms(p, q):
    """Return Σ (p log(p/q) − p + q) + Σ (p − q), whose first terms are never negative.

    Near equality they are (p + q)(t² + (1 + t)(atanh t − t)), with atanh t − t as a series.
    """
    difference = p - q
    t = _contrast(p, q)
    square = t * t
    terms = (p + q) * square * (1 + (1 + t) * t * _series(_ATANH, square))
    far = abs(t) >= 0.3
    if far.any():
        terms = np.where(far, times(p, np.where(p > 0, _log_ratio(p, q), 0)) - difference, terms)
    return np.maximum(_total(terms) + _sum_exactly(difference), 0)


def _kl(p, q, far=None):
    """Value and derivative of Σ p log(p/q) with respect to q; a value below ``far`` is computed again, with more care."""
    ratio = p / abs(q)  # −0 is 0
    value = _total(times(p, np.log(ratio)))
    if has_nan(value):
        ratio[p == 0] = 0
    # Overflow, 0/0 and pairs close to each other need more care than a plain sum takes.
    again = np.flatnonzero(~((value >= (far or _FAR[p.dtype])) & np.isfinite(value)))
    if again.size:
        pair = [side[:, again].astype(np.float64) for side in (p, q)]
        value[again] = _kl_by_terms(*pair) if p.dtype == DOUBLE else next(_kl(*pair, far=_FAR_FOR_SINGLE))
    yield value
    yield np.subtract(0, ratio, out=ratio)


def _js(p, q):
    """Value and derivative of ½ Σ (p log(p/m) + q log(q/m)), m = (p + q)/2, with respect to q.

    Near equality a term is (p + q)/4 · ((1 + t) log(1 + t) + (1 − t) log(1 − t)), t = (p − q)/(p + q): an even power
    series in t.
    """
    whole = p + q
    if not np.minimum.reduce(whole, axis=None):
        # For two zeros, the 1/1 that has the same term.
        p, q = (np.where(whole == 0, 1, side) for side in (p, q))
        whole = p + q
    terms = p - q
    t = terms / whole
    square = t * t
    terms *= t
    terms *= _series(_JS[p.dtype], square)
    terms /= 2
    near = 1 - square
    log_p, log_q = _log_of_share(p, whole, t, near), _log_of_share(q, whole, -t, near)
    far = times(p, log_p)
    far += times(q, log_q)
    terms = _choose(abs(t) < 0.7, terms, far)
    yield np.minimum(_total(terms) / 2, math.log(2))
    log_q /= 2
    yield log_q


def _choose(condition, x, y):
    """Return x where the condition holds and y elsewhere, of finite numbers; in float32 np.where takes five times as long."""
    share = condition.astype(x.dtype)
    chosen = x * share
    share -= 1
    share *= y
    chosen -= share
    return chosen


def _log_of_share(p, whole, t, near):
    """Return log(2p/whole) = log(1 + t).

    What the rounding of the share took off its distance t to 1 is added again near equality, where t keeps more digits than
    the share; far from it the share is the more exact of the two. So it is added times ``near`` = 1 − t².
    """
    share = 2 * p
    share /= whole
    log = np.log(share)
    share -= 1
    log += near * (t - share)
    return log


def _entropy(p):
    """Value and derivative of −Σ p log p."""
    log = np.log(p)
    yield 0 - _total(times(p, log))
    yield -(log + 1)


def _in_units(kernel, base):
    """Return a kernel whose results, in nats, are divided by the natural logarithm of the base."""
    if base is None:
        return kernel
    number = read_number("base", base, 0, sys.float_info.max, above=True, what="a positive number other than 1")
    if number == 1:
        raise ValueError("base = 1 has no logarithm. Choose a positive number other than 1.")
    unit = math.log(number)
    return lambda *distributions: (result / unit for result in kernel(*distributions))


@loss(
    **_FAMILY,
    page=_ENTROPY_AND_KL_PAGE,
    each="distribution",
    arguments={"p": DISTRIBUTION},
    references=("C. E. Shannon, A mathematical theory of communication, Bell System Technical Journal 27(3), 1948.",),
)
def entropy(p: ArrayLike, *, base: float | None = None, axis: int = -1) -> Any:
    r"""Entropy of distributions: the mean information of a draw.

    Use it to see how undecided a distribution is, or as the floor of a cross entropy.

    .. math:: H(p) = -\sum_k p_k \log p_k

    Parameters
    ----------
    p : array_like
        Distributions that sum to 1 along ``axis``, any shape.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The entropy, in nats unless ``base`` says otherwise, of the shape of ``p`` without ``axis``: between 0 and
        log K for K classes. It is differentiable; the gradient is that of the sum over all distributions,
        −log p − 1, and +∞ where p is 0. With a ``base``, entropy, range and gradient are divided by log base.

    See Also
    --------
    kl_divergence : What the cross entropy of a model is above the entropy of the reference.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.entropy([[0.5, 0.25, 0.25], [1, 0, 0]], base=2))
    [1.5 0. ]
    """
    return Distributions(_in_units(_entropy, base), p, axis=axis, reduction="none", double=True)


@loss(
    **_FAMILY,
    page=_ENTROPY_AND_KL_PAGE,
    each="distribution",
    arguments={"p": DISTRIBUTION, "q": DISTRIBUTION},
    prediction="q",
    references=(
        (
            "S. Kullback and R. A. Leibler, On information and sufficiency, Annals of Mathematical Statistics "
            "22(1), 1951."
        ),
    ),
)
def kl_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    base: float | None = None,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Kullback–Leibler divergence D(p‖q) of a model q from a reference p.

    Use it to fit a model to a distribution: it is the cross entropy less what no model can avoid, the entropy of p.

    .. math:: D(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k}

    Parameters
    ----------
    p : array_like
        Reference distributions that sum to 1 along ``axis``, any shape.
    q : array_like
        The model's distributions, the prediction; same shape.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The divergence, in nats unless ``base`` says otherwise: a scalar, or for ``"none"`` an array of the shape of
        ``p`` without ``axis``. It is +∞ where q is 0 and p is not: nothing is clipped. With 0 · log 0 = 0 a class that
        p leaves out counts 0. Where rounded sums would make it negative, it is 0. The gradient with respect to q is the
        plain partial derivative −p/q, not projected onto the simplex: −1 everywhere at p = q, 0 where p is 0, and −∞
        where q alone is 0. With a ``base``, divergence and gradient are divided by log base.

    See Also
    --------
    js_divergence : Symmetric, and never above log 2.
    entropy : What the cross entropy is above the divergence.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.kl_divergence([0.5, 0.5], [0.25, 0.75]).round(4))
    0.1438
    >>> print(lossbook.grad(lossbook.kl_divergence)([0.5, 0.5, 0], [0.25, 0.5, 0.25]))
    [-2. -1.  0.]
    """
    kernel = _in_units(_kl, base)
    return Distributions(kernel, p, q, sample_weight=sample_weight, axis=axis, reduction=reduction, as_laid=True)


@loss(
    **_FAMILY,
    page="book/distributions/js_divergence",
    each="distribution",
    arguments={"p": DISTRIBUTION, "q": DISTRIBUTION},
    prediction="q",
    references=(
        (
            "J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory "
            "37(1), 1991."
        ),
    ),
)
def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    base: float | None = None,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Jensen–Shannon divergence: how far two distributions are, on average, from the middle between them.

    Use it where neither distribution is the reference, or where either may be 0 and an infinite loss would not help.

    .. math:: \mathrm{JS}(p, q) = \tfrac12 D(p \,\|\, m) + \tfrac12 D(q \,\|\, m), \qquad m = \tfrac12 (p + q)

    Parameters
    ----------
    p : array_like
        Reference distributions that sum to 1 along ``axis``, any shape.
    q : array_like
        The model's distributions, the prediction (as in :func:`kl_divergence`); same shape.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The divergence, in nats unless ``base`` says otherwise: a scalar, or for ``"none"`` an array of the shape of
        ``p`` without ``axis``. Of one pair it lies in [0, log 2], with ``base=2`` in [0, 1]; its square root is a metric, and is
        what SciPy calls the Jensen–Shannon distance. The gradient with respect to q is ½ log(2q/(p + q)), divided by
        log base if there is one: 0 at p = q, −∞ where q alone is 0, and 0, one of many subgradients, where both are 0.

    See Also
    --------
    kl_divergence : From one reference, and unbounded.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.js_divergence([1, 0], [0, 1], base=2))
    1.0
    >>> print(lossbook.js_divergence([0.5, 0.5], [0.25, 0.75]).round(4))
    0.0338
    """
    kernel = _in_units(_js, base)
    return Distributions(kernel, p, q, sample_weight=sample_weight, axis=axis, reduction=reduction, as_laid=True)
