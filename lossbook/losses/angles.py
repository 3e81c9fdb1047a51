"""Losses of angles: a softmax of scaled cosines that asks the label for more than its cosine.

Each is the cross entropy of the scores s c_j, with s ψ(c_k) in the place of the label's: ψ is the label's cosine less a margin, in the
cosine or in the angle. All are computed in float64, and ψ in twice that precision, since the scale multiplies its rounding. The formulas
and what is proved of them stand on the cards in :mod:`lossbook.cards.angles`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import COSINES, LABELS, labels_along, read_class_axis, read_count, read_number
from lossbook.engine.columns import Labelled
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.sums import add_up, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {
    "family": "angles",
    "group": "margins",
    "each": "column",
    "page": "book/margins/angles",
    "arguments": {"cosines": COSINES, "labels": LABELS},
}

# Beyond it, a slope times the scale would leave the range of numbers.
_LARGEST_SCALE = 1e250
# Each step of the Chebyshev polynomials loses a little of the second double.
_LARGEST_FACTOR = 16


# --- The cosine that the label is given ------------------------------------------------------------------------------------


def _less(own, margin):
    """Return c − m as a pair, and its slope."""
    return subtract(own, np.full_like(own, margin)), np.ones_like(own)


def _turned(own, margin):
    """Return cos(θ + m) as a pair, and its slope sin(θ + m)/sin θ; beyond θ = π − m it is c − m sin m.

    At θ = 0 the slope is infinite; 1 is taken, which it is without a margin, too.
    """
    cosine, sine = _cosine_and_sine(margin)
    edge = float(-cosine)
    edge = math.nextafter(edge, 2) if Fraction(edge) < -cosine else edge
    drop = powers.in_two(-Fraction(margin) * sine)
    cosine, sine = powers.in_two(cosine), powers.in_two(sine)
    root = _root(own)
    c = own, np.zeros_like(own)
    turned = powers.add(powers.scale(cosine, c), tuple(-part for part in powers.scale(sine, root)))
    beyond = own < edge
    upper, rest = powers.add(c, drop)
    target = np.where(beyond, upper, turned[0]), np.where(beyond, rest, turned[1])
    rise = powers.add(powers.scale(cosine, root), powers.scale(sine, c))
    slope = (rise[0] + rise[1]) / root[0]
    return target, np.where(beyond | (root[0] == 0), 1.0, slope)


def _root(own):
    """Return √(1 − c²), the sine of the angle, as a pair."""
    one = np.ones_like(own)
    below, above = subtract(one, own), subtract(one, -own)
    upper, rest = powers.product(below[0], above[0])
    rest = rest + (below[0] * above[1] + below[1] * above[0])
    root = np.sqrt(upper)
    back, slip = powers.product(root, root)
    missing = ((upper - back) - slip) + rest
    return root, np.where(root > 0, missing / (2 * root), 0.0)


@lru_cache
def _cosine_and_sine(angle):
    """Return the cosine and the sine of an angle in [0, π] as rational numbers, off by less than 2^−180 of their size."""
    bits = 256
    square = int(Fraction(angle) ** 2 * 2**bits)
    cosine = sine = 0
    term, n = 2**bits, 0
    while term:
        cosine += term
        sine += term // (n + 1)
        term = (
            -((term * square) >> bits) // ((n + 1) * (n + 2))
            if term > 0
            else ((-term * square) >> bits) // ((n + 1) * (n + 2))
        )
        n += 2
    return Fraction(cosine, 2**bits), Fraction(angle) * Fraction(sine, 2**bits)


def _multiplied(own, factor):
    """Return (−1)^n cos(mθ) − 2n, n = ⌊mθ/π⌋, as a pair, and its slope m |sin mθ|/sin θ, from Chebyshev's polynomials.

    At the ends of the n-th piece mθ is a multiple of π, where its neighbour has the same value and both have the slope 0.
    """
    zero = np.zeros_like(own)
    before, last = (zero, zero), (np.ones_like(own), zero)
    for _ in range(factor - 1):
        before, last = last, powers.add(_by(2 * own, last), tuple(-part for part in before))
    cosine = powers.add(_by(own, last), tuple(-part for part in before))
    ends = np.cos(np.pi * np.arange(factor - 1, 0, -1) / factor)
    piece = (factor - 1) - np.searchsorted(ends, own, side="left")
    sign = 1.0 - 2.0 * (piece % 2)
    target = powers.add((sign * cosine[0], sign * cosine[1]), (-2.0 * piece, zero))
    return target, factor * abs(last[0] + last[1])


def _by(number, pair):
    """Return the product of an array and a pair of arrays as a pair."""
    upper, rest = powers.product(number, pair[0])
    return upper, rest + number * pair[1]


# --- The cross entropy of scaled cosines -----------------------------------------------------------------------------------


def _margin_softmax(c, k, *, scale, target):
    """Value and derivatives of −log(e^(sψ)/(e^(sψ) + Σ_{j≠k} e^(s c_j))); ``target`` returns ψ(c_k) as a pair, with its slope.

    All scores are taken relative to that of the label, as pairs: at a score of 64 a rounding is 64 units of its exponential.
    """
    label = k, np.arange(len(k))
    psi, slope = target(c[label])
    upper, rest = subtract(c, psi[0])
    upper, rest = _scaled(scale, upper, rest - psi[1])
    upper[label] = rest[label] = 0
    # Where the scale is huge, what is rest is larger than 1, and decides which score is the largest.
    for _ in range(3):
        top = upper.argmax(axis=0), label[1]
        shift = rest[top]
        upper, slip = subtract(upper, upper[top])
        upper, rest = powers.add((upper, 0.0), (slip + (rest - shift), 0.0))
        if not (upper > 0).any():
            break
    e = np.exp(upper)
    e += e * np.maximum(rest, -1)
    own, gap = e[label], (-upper[label], -rest[label])
    e[label] = 0
    others = add_up(e)
    yield gap[0] + (gap[1] + np.log1p(others + (own - 1)))
    total = others + own
    gradient = scale * (e / total)
    gradient[label] = 0 - (slope * scale) * (others / total)
    yield gradient
    e[label] = own
    p = e / total
    missing = 1 - p
    e[top] = 0
    missing[top] = add_up(e) / total
    yield scale * (scale * (p * missing))


def _scaled(scale, upper, rest):
    """Multiply a pair by the scale."""
    mantissa, exponent = math.frexp(scale)
    pair = powers.scale((mantissa, 0.0), (upper, rest))
    upper, rest = (np.ldexp(part, exponent) for part in pair)
    total = upper + rest
    return total, rest - (total - upper)


def _of_cosines(target, cosines, labels, scale, sample_weight, ignore_index, axis, reduction, derivatives=1):
    """Put a target and the arguments together."""
    scale = read_number(
        "scale", scale, 0, _LARGEST_SCALE, above=True, what=f"a number above 0, at most {_LARGEST_SCALE:g}"
    )
    axis = read_class_axis(axis, cosines)
    k = labels_along(labels, cosines, axis, ignore_index)
    kernel = partial(_margin_softmax, scale=scale, target=target)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": derivatives}
    return Labelled(kernel, cosines, k, double=True, **options)


# --- The losses ------------------------------------------------------------------------------------------------------------


@loss(
    **_FAMILY,
    references=(
        "J. Deng, J. Guo, N. Xue and S. Zafeiriou, ArcFace: Additive angular margin loss for deep face recognition, CVPR 2019.",
    ),
)
def arcface_loss(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 0.5,
    scale: float = 64.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""ArcFace: the cross entropy of scaled cosines, with an angle added to that of the label.

    Use it to learn embeddings that are compared by their angles, where each class is to keep within a small angle.

    .. math:: \ell(c, k) = -\log \frac{e^{s\, \psi(c_k)}}{e^{s\, \psi(c_k)} + \sum_{j \ne k} e^{s\, c_j}}, \qquad
        \psi(\cos\theta) = \begin{cases} \cos(\theta + m) & \theta \le \pi - m \\ \cos\theta - m \sin m & \text{else} \end{cases}

    Parameters
    ----------
    margin : float
        Angle m in radians, 0 ≤ m < π; 0 is the softmax of the scaled cosines. A library that asks for degrees wants 28.6 for 0.5.
    scale : float
        Scale s > 0, at most 10²⁵⁰, by which the cosines become scores.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left
        out.

    See Also
    --------
    cosface_loss : The margin in the cosine: no break, and a slope of 1.
    sphereface_loss : The angle multiplied.

    Notes
    -----
    cos(θ + m) alone would rise again from θ = π − m on, though ArcFace is often written so. Code (insightface, and libraries after it)
    goes on with cos θ − m sin m, as here. There ψ jumps from −1 down to −cos m − m sin m.

    The gradient is with respect to the cosines. At the label it is s (p − 1) sin(θ + m)/sin θ, with p the softmax at ψ; beyond the jump
    the last factor is 1. At a cosine of 1, where that factor is infinite, 1 is taken. The cosine has gradient 0 in the embedding there,
    so that from any finite number the embedding gets 0, a subgradient of the tip that the label's part of the loss has.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.arcface_loss([[0.8, 0.3, -0.1]], [0], scale=4).round(4))
    0.5656
    >>> print(lossbook.arcface_loss([[0.8, 0.3, -0.1]], [0], margin=0, scale=4).round(4))
    0.1507
    """
    margin = read_number("margin", margin, 0, math.pi, what="an angle in radians, at least 0 and below π")
    return _of_cosines(
        partial(_turned, margin=margin), cosines, labels, scale, sample_weight, ignore_index, axis, reduction
    )


@loss(
    **_FAMILY,
    references=(
        (
            "H. Wang, Y. Wang, Z. Zhou, X. Ji, D. Gong, J. Zhou, Z. Li and W. Liu, CosFace: Large margin cosine loss for deep face "
            "recognition, CVPR 2018."
        ),
    ),
)
def cosface_loss(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 0.35,
    scale: float = 64.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""CosFace: the cross entropy of scaled cosines, with a margin taken off that of the label.

    Use it to learn embeddings that are compared by their angles; of the three losses of angles it is the plainest.

    .. math:: \ell(c, k) = -\log \frac{e^{s (c_k - m)}}{e^{s (c_k - m)} + \sum_{j \ne k} e^{s\, c_j}}

    Parameters
    ----------
    margin : float
        Margin m of the cosine, in [0, 2]; 0 is the softmax of the scaled cosines, and no two cosines differ by more than 2.
    scale : float
        Scale s > 0, at most 10²⁵⁰, by which the cosines become scores.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left
        out.

    See Also
    --------
    arcface_loss : The margin in the angle.
    cross_entropy : What it is of the scores s c, with s m taken off that of the label.

    Notes
    -----
    The gradient with respect to the cosines is s (p − [j = k]), with p the softmax at the lowered score; nothing in it is singular.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.cosface_loss([[0.8, 0.3, -0.1]], [0], scale=4).round(4))
    0.5066
    >>> print(lossbook.grad(lossbook.cosface_loss)([[0.8, 0.3, -0.1]], [0], scale=4).round(4))
    [[-1.5898  1.3227  0.2671]]
    """
    margin = read_number("margin", margin, 0, 2, what="a number in [0, 2], as no two cosines differ by more")
    return _of_cosines(
        partial(_less, margin=margin),
        cosines,
        labels,
        scale,
        sample_weight,
        ignore_index,
        axis,
        reduction,
        derivatives=2,
    )


@loss(
    **_FAMILY,
    references=(
        "W. Liu, Y. Wen, Z. Yu, M. Li, B. Raj and L. Song, SphereFace: Deep hypersphere embedding for face recognition, CVPR 2017.",
    ),
)
def sphereface_loss(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: int = 4,
    scale: float = 1.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""SphereFace: the cross entropy of scaled cosines, with the angle of the label multiplied.

    Use it to follow work that used it; its slope goes to 0 at m − 1 angles, where :func:`cosface_loss` keeps pulling.

    .. math:: \ell(c, k) = -\log \frac{e^{s\, \psi(c_k)}}{e^{s\, \psi(c_k)} + \sum_{j \ne k} e^{s\, c_j}}, \qquad
        \psi(\cos\theta) = (-1)^n \cos(m \theta) - 2 n, \quad n = \left\lfloor \frac{m \theta}{\pi} \right\rfloor

    Parameters
    ----------
    margin : int
        Factor m of the angle, a whole number from 1, the softmax of the scaled cosines, to 16. The time that it takes grows with it.
    scale : float
        Scale s > 0, at most 10²⁵⁰. In the paper it is the length of the embedding; pass it here where all have one length.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left
        out.

    See Also
    --------
    arcface_loss : The angle enlarged by a sum.

    Notes
    -----
    cos(m θ) alone rises and falls m times; ψ goes down from 1 to 1 − 2m without a jump. As cos(m θ) is a polynomial in the cosine,
    the gradient with respect to the cosine is finite at both ends: s (p − 1) m², and m times the size of sin(m θ)/sin θ in the place of m² between.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.sphereface_loss([[0.8, 0.3, -0.1]], [0], margin=2, scale=4).round(4))
    0.8338
    >>> print(lossbook.grad(lossbook.sphereface_loss)([[1.0, 1.0]], [0], margin=3))
    [[-4.5  0.5]]
    """
    factor = read_count("margin", margin)
    if factor > _LARGEST_FACTOR:
        raise ValueError(f"margin must be at most {_LARGEST_FACTOR}, but margin = {margin!r}. Choose a smaller factor.")
    return _of_cosines(
        partial(_multiplied, factor=factor), cosines, labels, scale, sample_weight, ignore_index, axis, reduction
    )


__all__ = ["arcface_loss", "cosface_loss", "sphereface_loss"]
