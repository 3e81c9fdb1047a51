"""Training of the small models in the chapters: one linear model, one optimiser, every loss."""

import numpy as np
from scipy.optimize import minimize


def fit_linear(objective, features, outputs=1, *, decay=1e-3, steps=2000, start=None):
    """Fit a linear model by L-BFGS, with the closed-form gradient of the loss.

    Unless the steps run out, it stops where rounding hides the slope. An earlier stop would leave coefficients, and
    with them the digits that a chapter shows, to the processor's order of adding.

    Parameters
    ----------
    objective : callable
        Takes the scores, of shape (N, outputs), and returns the loss and its gradient with respect to the scores.
    features : numpy.ndarray
        Inputs of shape (N, D); a column of ones is added.
    outputs : int
        Number of scores for each input.
    decay : float
        Weight of half the squared norm of the coefficients (the constant is left out).
    steps : int
        Largest number of iterations.
    start : callable, optional
        A model fitted before, with the same number of outputs; zero without one.

    Returns
    -------
    callable
        Takes features and returns scores.
    """
    design = np.column_stack([features, np.ones(len(features))])
    penalised = np.ones((design.shape[1], 1))
    penalised[-1] = 0

    def value_and_grad(flat):
        coefficients = flat.reshape(-1, outputs)
        value, slope = objective(design @ coefficients)
        shrunk = decay * penalised * coefficients
        return value + 0.5 * np.sum(shrunk * coefficients), (design.T @ slope + shrunk).ravel()

    first = np.zeros(design.shape[1] * outputs) if start is None else start.coefficients.ravel()
    limits = {"maxiter": steps, "maxfun": 10 * steps, "ftol": 0, "gtol": 1e-10}
    found = minimize(value_and_grad, first, jac=True, method="L-BFGS-B", options=limits)

    def model(inputs):
        return np.column_stack([inputs, np.ones(len(inputs))]) @ model.coefficients

    model.coefficients = found.x.reshape(-1, outputs)
    return model
