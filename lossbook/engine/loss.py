"""What is the same for all losses: axes, blocks, weights, reduction, and the chain to the reduced value.

A loss function of the package does not compute. It reads its arguments and returns a *plan*: which kernel runs over
which arrays, and how the results are reduced. ``value_and_grad``, ``grad`` and ``hessian_diag`` run the same plan one
or two derivatives further.

A kernel is a generator over one block: it yields the value, then the derivative, then the second derivative, and is
asked only for as many as are needed. Blocks are small enough to stay in the processor's cache.
"""

import functools

from lossbook.engine.elementwise import Elementwise


def loss(definition):
    """Turn a function that returns a plan into a loss; the plan stays reachable for the derivatives."""

    @functools.wraps(definition)
    def call(*args, **kwargs):
        return definition(*args, **kwargs).run(0)

    call.plan = definition
    return call


def without_gradient(reason):
    """Mark a function that has no useful gradient, and say why."""

    def mark(function):
        function.no_gradient = reason
        return function

    return mark


def _plan_of(function, what):
    plan = getattr(function, "plan", None)
    if plan is None:
        name = getattr(function, "__name__", repr(function))
        reason = getattr(function, "no_gradient", "it is not a loss of lossbook")
        raise TypeError(f"loss = {name} has no {what}: {reason}. Pass a differentiable loss of lossbook.")
    return plan


def _derived(loss):
    """Name a function after the loss whose derivative it computes; its plan stays the loss's own."""

    def name(function):
        named = functools.wraps(loss, updated=())(function)
        return without_gradient("it computes a derivative already, and only losses are derived")(named)

    return name


def value_and_grad(loss):
    """Return a function that computes the value of a loss and its gradient with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns ``(value, gradient)``. The gradient has the prediction's shape. It
        is the closed-form gradient of the reduced value; for ``reduction="none"``, of the sum.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Examples
    --------
    >>> import lossbook
    >>> value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)([0.0, 0.0], [1, 0])
    >>> print(gradient)
    [-0.25  0.25]
    """
    plan = _plan_of(loss, "gradient")

    @_derived(loss)
    def call(*args, **kwargs):
        return plan(*args, **kwargs).run(1)

    return call


def grad(loss):
    """Return a function that computes the gradient of a loss with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns what :func:`value_and_grad` returns second.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.grad(lossbook.binary_cross_entropy)([0.5, 0.25], [1, 1], reduction="sum"))
    [-2. -4.]
    """
    plan = _plan_of(loss, "gradient")

    @_derived(loss)
    def call(*args, **kwargs):
        return plan(*args, **kwargs).run(1)[1]

    return call


def hessian_diag(loss):
    """Return a function that computes the diagonal second derivative of an elementwise loss.

    Parameters
    ----------
    loss : callable
        An elementwise loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns the second derivative of the reduced value (for
        ``reduction="none"``: of the sum) with respect to each element of the prediction, in the prediction's shape.

    Raises
    ------
    TypeError
        If ``loss`` is not an elementwise loss of this package.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.hessian_diag(lossbook.binary_cross_entropy_with_logits)([0.0], [1]))
    [0.25]
    """
    plan = _plan_of(loss, "second derivative")

    @_derived(loss)
    def call(*args, **kwargs):
        found = plan(*args, **kwargs)
        if not isinstance(found, Elementwise):
            raise TypeError(
                f"loss = {loss.__name__} has no diagonal second derivative: it is not elementwise. "
                f"Pass an elementwise loss."
            )
        return found.run(2)[2]

    return call
