"""Losses of classification: cross entropies and their weighted and balanced forms.

They are derived from the likelihood in the chapters of the book. The formulas and what is proved of them stand on the
cards in :mod:`lossbook.cards.binary_cross_entropy` and :mod:`lossbook.cards.cross_entropy`.
"""

import numpy as np

from lossbook import _arrays
from lossbook._engine import Elementwise, Labelled, Targeted, blend, loss, times
from lossbook._log_loss import log_loss, log_loss_slope
from lossbook._softmax import Against, add_up, exponentials


def _bce(p, y):
    """Value and derivatives of −y log p − (1 − y) log(1 − p)."""
    yield log_loss(p, y)
    yield log_loss_slope(p, y)
    yield blend(1 - y, 1 / (1 - p) ** 2, y, 1 / p**2)


def _bce_with_logits(z, y):
    """Value and derivatives of softplus(z) − y z = log1p(e^−|z|) + z (u − y), with u = 1 for z ≥ 0, else 0.

    Neither term is negative. The label on the far side of z has probability e^−|z|/(1 + e^−|z|), with all its digits, and
    the derivative is the mean of u − y and 1 − u − y, weighted by the probabilities of the two sides:
    (u − y + e^−|z| (1 − u − y))/(1 + e^−|z|).
    """
    below = np.signbit(z)
    near, far = ~below - y, below - y
    e = np.exp(-abs(z))
    yield np.log1p(e) + times(z, near)
    far *= e
    far += near
    yield far / (1 + e)
    yield e / (1 + e) ** 2


def _weighted_bce_with_logits(z, y, pos_weight, neg_weight):
    """Value and derivatives of w₊ y softplus(−z) + w₋ (1 − y) softplus(z), computed as without weights."""
    positive, negative = pos_weight * y, neg_weight * (1 - y)
    both = positive + negative
    below = np.signbit(z).astype(z.dtype)
    above = 1 - below
    near, far = above * negative - below * positive, below * negative - above * positive
    e = np.exp(-abs(z))
    yield both * np.log1p(e) + times(z, near)
    yield (near + e * far) / (1 + e)
    yield both * e / (1 + e) ** 2


def _nll(log_probs, k):
    """Value and gradient of −log p_k."""
    label = k, np.arange(len(k))
    yield 0 - log_probs[label]
    gradient = np.zeros_like(log_probs)
    gradient[label] = -1
    yield gradient


def _cross_entropy(z, k):
    """Value and gradient of −log softmax(z)_k: the probabilities, and p_k − 1 = −Σ_{j≠k} p_j at the label."""
    softmax = Against(z, k, plainly=True)
    yield softmax.cross_entropy()
    gradient = softmax.e
    gradient[softmax.label] = 0 - softmax.others
    gradient *= 1 / softmax.total
    yield gradient


def _cross_entropy_of_target(z, q, weight, smoothing):
    """Value and gradient of −Σ_j t_j log softmax(z)_j with t = w ((1 − ε) q + ε/K).

    Of Σ_j t_j (log Σ e^z − z_j), each part is a sum of non-negative terms. The class ``top`` with the largest score is
    kept apart: its e^0 = 1 goes into log1p, and its slope T p − t is written as Σ_{j≠top} t_j − T Σ_{j≠top} p_j where p is
    nearer to 1 than to 0.
    """
    t = weight * ((1 - smoothing) * q + smoothing / len(z))
    top = z.argmax(axis=0), np.arange(z.shape[1])
    _, difference, e, slips = exponentials(z)
    e += slips
    e[top] = 0
    others = add_up(e)
    t_top = t[top]
    t[top] = 0
    t_others = add_up(t)
    mass = t_others + t_top
    yield mass * np.log1p(others) - add_up(times(t, difference))
    gradient = e
    gradient *= mass / (1 + others)
    gradient -= t
    gradient[top] = np.where(others > 1, mass / (1 + others) - t_top, t_others - mass * (others / (1 + others)))
    yield gradient


def _smoothed_cross_entropy(z, k, weight, smoothing):
    """Value and gradient for labels: the target is 1 at the label."""
    q = np.zeros_like(z)
    q[k, np.arange(len(k))] = 1
    yield from _cross_entropy_of_target(z, q, weight, smoothing)


def _read_class_weight(weight, classes, reduction):
    """Read the weights of the classes; where a mean divides by their sum, only their proportions count."""
    weight = _arrays.read_class_weight("weight", weight, classes)
    return _arrays.in_proportion(weight) if weight is not None and reduction == "mean" else weight


@loss
def cross_entropy(logits, target, *, weight=None, label_smoothing=0.0, ignore_index=None, axis=-1, reduction="mean"):
    r"""Cross entropy of logits: the softmax and the log loss in one, without losing digits.

    Use it to train any model that chooses one of several classes.

    .. math:: \ell(z, q) = -\sum_{k=1}^{K} w_k\, q'_k \log \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad
        q'_k = (1 - \varepsilon)\, q_k + \frac{\varepsilon}{K}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, with K classes along ``axis``.
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    weight : array_like, optional
        Non-negative weight w of the classes, one for each, by which each class's term is multiplied. The mean divides
        by the sum of the weights that counted: of the labels, or Σ w q of the distributions, before smoothing. Where
        that is zero, the loss and its gradient are zero.
    label_smoothing : float
        The share ε in [0, 1] of the target that is spread evenly, ε/K to each of all K classes. It is part of the loss
        and does not enter the mean's divisor.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Their class stays in the softmax of the others. Only for labels.
    axis : int
        The class axis; 1 for N×C×H×W.
    reduction : {"mean", "sum", "none"}
        How the elements are combined.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out.

        Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together: (∞, ∞) is as (0, 0),
        log 2. A class with logit −∞ is masked: it adds nothing if the target gives it nothing. If it does, the loss is
        +∞, and label smoothing gives something to every class whose weight is not 0.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, a distribution does not sum to 1, or the input is empty.
    TypeError
        If an argument is not numeric, or labels are not integers.

    See Also
    --------
    nll_loss : The same loss as a function of log-probabilities.
    softmax_focal_loss : Turns down what is classified well.
    binary_cross_entropy_with_logits : Two classes, one logit.

    References
    ----------
    J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, in Neurocomputing,
    Springer 1990.

    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, Rethinking the Inception architecture for computer vision,
    CVPR 2016.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.cross_entropy([[0.0, 0.0, 0.0], [0.0, 0.0, 40.0]], [0, 2], reduction="none"))
    [1.09861229e+00 8.49670851e-18]
    >>> print(lossbook.cross_entropy([[2.0, 1.0, 0.0]], [[0.5, 0.5, 0.0]]).round(4))
    0.9076
    >>> print(lossbook.grad(lossbook.cross_entropy)([[0.0, 0.0], [0.0, 0.0]], [0, -1], ignore_index=-1))
    [[-0.5  0.5]
     [ 0.   0. ]]
    """
    z = _arrays.read("logits", logits, _arrays.LOGITS)
    shape = z.array.shape
    q = _arrays.read("target", target, _arrays.DISTRIBUTION)
    if q.array.dtype.kind != "f":
        q.kind = _arrays.ONE_HOT
    smoothing = _arrays.read_number("label_smoothing", label_smoothing, 0, 1, what="a number in [0, 1]")
    axis = _arrays.read_class_axis(axis, z)
    weight = _read_class_weight(weight, shape[axis], reduction)
    options = {"axis": axis, "reduction": reduction, "weight": weight}
    terms = (1.0 if weight is None else weight[:, None], smoothing)
    if q.array.shape == shape:
        if ignore_index is not None:
            raise ValueError(
                f"ignore_index = {ignore_index!r} names a label, but target holds distributions: it has the shape of logits. "
                f"Pass labels, or select the elements that count."
            )
        return Targeted(_cross_entropy_of_target, z, q, params=terms, **options)
    if q.array.dtype.kind == "f" and q.array.shape != shape[:axis] + shape[axis + 1 :]:
        raise ValueError(
            f"target has shape {q.array.shape}, but logits has shape {shape}. Pass distributions in the shape of logits, or "
            f"integer labels in that shape without axis {axis}: shapes must match exactly and are never broadcast."
        )
    k = _arrays.read_labels_along("target", target, z, axis, ignore_index)
    if smoothing:
        return Labelled(_smoothed_cross_entropy, z, k, params=terms, delicate=True, **options)
    return Labelled(_cross_entropy, z, k, factor=weight, **options)


@loss
def nll_loss(log_probs, labels, *, weight=None, ignore_index=None, axis=-1, reduction="mean"):
    r"""Negative log-likelihood of class labels under predicted log-probabilities.

    Use it when a model returns log-probabilities. If it returns logits, :func:`cross_entropy` keeps the digits that
    a logarithm of a softmax near 1 has already lost.

    .. math:: \ell(\log p, k) = -w_k \log p_k

    Parameters
    ----------
    log_probs : array_like
        Logarithms of probabilities, at most 0, with K classes along ``axis``. That they belong to a distribution is not
        checked: the loss looks at one of them.
    labels : array_like
        Class labels k, integers from 0 to K − 1 (booleans are read as 0 and 1), in the shape of ``log_probs`` without ``axis``.
    weight : array_like, optional
        Non-negative weight w of the classes, one for each. The mean divides by the sum of the weights of the labels that
        counted; where that is zero, the loss and its gradient are zero.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero.
    axis : int
        The class axis; 1 for N×C×H×W.
    reduction : {"mean", "sum", "none"}
        How the elements are combined.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; +∞ where a label has
        log-probability −∞, 0 where an element is left out.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric, or ``labels`` are not integers.

    See Also
    --------
    cross_entropy : The same loss as a function of the logits.

    References
    ----------
    R. A. Fisher, On the mathematical foundations of theoretical statistics, Philosophical Transactions of the Royal
    Society A 222, 1922.

    Examples
    --------
    >>> import numpy as np
    >>> import lossbook
    >>> probs = np.array([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
    >>> print(lossbook.nll_loss(np.log(probs), [2, 1, 0], reduction="none").round(2))
    [0.36 0.92 2.3 ]
    >>> print(lossbook.nll_loss(np.log(probs), [2, 1, 0]).round(2))
    1.19
    """
    log_p = _arrays.read("log_probs", log_probs, _arrays.LOG_PROBS)
    axis = _arrays.read_class_axis(axis, log_p)
    k = _arrays.read_labels_along("labels", labels, log_p, axis, ignore_index)
    weight = _read_class_weight(weight, log_p.array.shape[axis], reduction)
    return Labelled(_nll, log_p, k, factor=weight, weight=weight, axis=axis, reduction=reduction)


@loss
def binary_cross_entropy(probs, target, *, weight=None, reduction="mean"):
    r"""Binary cross entropy (log loss) of predicted probabilities.

    Use it when a model returns probabilities. If it returns logits, :func:`binary_cross_entropy_with_logits` keeps
    every digit where the sigmoid has already rounded to 0 or 1.

    .. math:: \ell(p, y) = -y \log p - (1 - y) \log(1 - p)

    Parameters
    ----------
    probs : array_like
        Predicted probabilities p of the positive class, any shape.
    target : array_like
        Labels y, or probabilities of label 1, in [0, 1]; same shape.
    weight : array_like, optional
        Non-negative weight of each element; same shape. The mean divides by the sum of the weights; where they are all
        zero, the loss and its gradient are zero.
    reduction : {"mean", "sum", "none"}
        How the elements are combined.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``probs`` for ``"none"``. It is +∞ where a label has
        probability 0: nothing is clipped. With 0 · log 0 = 0, p = y gives 0 at both ends.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    binary_cross_entropy_with_logits : The same loss as a function of the logit.

    References
    ----------
    I. J. Good, Rational decisions, Journal of the Royal Statistical Society B 14(1), 1952.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.binary_cross_entropy([0.5, 0.25], [1, 0], reduction="none").round(4))
    [0.6931 0.2877]
    """
    p = _arrays.read("probs", probs, _arrays.PROBS)
    y = _arrays.read("target", target, _arrays.UNIT)
    return Elementwise(_bce, p, y, weight=_arrays.read_weight("weight", weight, y), reduction=reduction)


@loss
def binary_cross_entropy_with_logits(logits, target, *, pos_weight=None, weight=None, reduction="mean"):
    r"""Binary cross entropy of logits: the sigmoid and the log loss in one, without losing digits.

    Use it to train any model with independent yes-or-no outputs.

    .. math:: \ell(z, y) = w_+\, y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, any shape.
    target : array_like
        Labels y, or probabilities of label 1, in [0, 1]; same shape.
    pos_weight : array_like, optional
        Factor w₊ of the term with y: one number, or one for each position of the last axis. It is part of the loss and
        does not enter the mean's divisor.
    weight : array_like, optional
        Non-negative weight of each element; same shape. The mean divides by the sum of the weights; where they are all
        zero, the loss and its gradient are zero.
    reduction : {"mean", "sum", "none"}
        How the elements are combined.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    binary_cross_entropy : The same loss as a function of the probability.

    References
    ----------
    D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20(2), 1958.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.binary_cross_entropy_with_logits([0.0, 2.0], [1, 0]).round(4))
    1.41
    >>> print(lossbook.binary_cross_entropy_with_logits([-100.0, 1000.0], [0, 1], reduction="none"))
    [3.72007598e-44 0.00000000e+00]
    """
    z = _arrays.read("logits", logits, _arrays.LOGITS)
    y = _arrays.read("target", target, _arrays.UNIT)
    _arrays.same_shape(z, y)
    kernel, params = _bce_with_logits, ()
    if pos_weight is not None:
        length = z.array.shape[-1] if z.array.ndim else 1
        factor = _arrays.read_vector(
            "pos_weight", pos_weight, length, _arrays.NON_NEGATIVE, "position of the last axis"
        )
        kernel, params = _weighted_bce_with_logits, (factor, 1.0)
    weight = _arrays.read_weight("weight", weight, y)
    return Elementwise(kernel, z, y, params=params, weight=weight, reduction=reduction)


@loss
def balanced_binary_cross_entropy_with_logits(logits, target, *, alpha=None, reduction="mean"):
    r"""Binary cross entropy of logits in which both classes have their share, however rare one is.

    Use it where one label is rare, as for edges or lesions in an image.

    .. math:: \ell(z, y) = \alpha\, y \log(1 + e^{-z}) + (1 - \alpha)(1 - y) \log(1 + e^{z}), \qquad
        \frac{\alpha}{1 - \alpha} = \frac{n_{\text{neg}}}{n_{\text{pos}}}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, any shape.
    target : array_like
        Labels y, 0 or 1; same shape. With ``alpha`` given, also probabilities of label 1.
    alpha : float, optional
        Weight α in [0, 1] of the positives; the negatives have 1 − α. Without it, α is the share of the negatives in
        ``target``, n_neg / (n_pos + n_neg), so that both classes have the same total weight. A target with one class
        only then has weight 0 on that class: loss and gradient are zero, and nothing is learnt from it.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other, and 0 where the weight is 0.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    binary_cross_entropy_with_logits : With ``pos_weight`` = α / (1 − α), this loss divided by 1 − α.
    sigmoid_focal_loss : Turns down what is classified well, too.

    References
    ----------
    S. Xie and Z. Tu, Holistically-nested edge detection, ICCV 2015.

    Examples
    --------
    >>> import lossbook
    >>> loss = lossbook.balanced_binary_cross_entropy_with_logits
    >>> print(loss([0.0, 0.0, 0.0, 0.0], [1, 0, 0, 0], reduction="none").round(4))
    [0.5199 0.1733 0.1733 0.1733]
    """
    z = _arrays.read("logits", logits, _arrays.LOGITS)
    y = _arrays.read("target", target, _arrays.BINARY if alpha is None else _arrays.UNIT)
    if alpha is None:
        count, positives = y.array.size, np.count_nonzero(y.check_all().array)
        weights = (count - positives) / count, positives / count
    else:
        alpha = _arrays.read_number("alpha", alpha, 0, 1, what="a number in [0, 1]")
        weights = alpha, 1 - alpha
    return Elementwise(_weighted_bce_with_logits, z, y, params=weights, reduction=reduction)
