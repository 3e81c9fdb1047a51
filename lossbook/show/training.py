"""Experiments in the chapters: one linear model, one optimiser, every loss; splits, tuning, and what a comparison shows."""

from functools import partial

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize


def fit_linear(objective, features, outputs=1, *, decay=1e-3, steps=2000, start=None):
    """Fit a linear model by L-BFGS, with the closed-form gradient of the loss.

    Unless the steps run out, it stops where rounding hides the slope. An earlier stop would leave coefficients, and
    with them the digits that a chapter shows, to the processor's order of adding. For the same reason it searches in
    coordinates in which features that say nearly the same are told apart; the objective and its minimum are not changed.

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

    spread = design.T @ design / len(design) + np.diag(decay * penalised[:, 0])
    spread[np.diag_indices_from(spread)] += 1e-12 * np.trace(spread)
    triangle = np.linalg.cholesky(spread)

    def value_and_grad(flat):
        coefficients = solve_triangular(triangle, flat.reshape(-1, outputs), lower=True, trans="T")
        value, slope = objective(design @ coefficients)
        shrunk = decay * penalised * coefficients
        turned = solve_triangular(triangle, design.T @ slope + shrunk, lower=True)
        return value + 0.5 * np.sum(shrunk * coefficients), turned.ravel()

    first = np.zeros(design.shape[1] * outputs) if start is None else (triangle.T @ start.coefficients).ravel()
    limits = {"maxiter": steps, "maxfun": 10 * steps, "ftol": 0, "gtol": 1e-10}
    found = minimize(value_and_grad, first, jac=True, method="L-BFGS-B", options=limits)

    def model(inputs):
        return np.column_stack([inputs, np.ones(len(inputs))]) @ model.coefficients

    model.coefficients = solve_triangular(triangle, found.x.reshape(-1, outputs), lower=True, trans="T")
    return model


def slope_fits(objective, scores, step=1e-5):
    """Whether an objective's gradient is its slope: a difference quotient along a random direction says so.

    Parameters
    ----------
    objective : callable
        As for `fit_linear`.
    scores : numpy.ndarray
        Where to look. At a kink, or where all slopes are 0, the answer says nothing.
    step : float
        How far to go either way.

    Returns
    -------
    bool
    """
    direction = np.random.default_rng(0).normal(size=np.shape(scores))
    (ahead, _), (_, gradient), (behind, _) = (objective(scores + h * direction) for h in (step, 0, -step))
    return bool(np.isclose((ahead - behind) / (2 * step), np.sum(gradient * direction), rtol=1e-5, atol=0))


def splits(size, *, count=10, parts=(0.5, 0.25, 0.25)):
    """Shuffle the numbers of `size` examples with the seeds 0 to `count` − 1, and cut each shuffle into parts.

    The parts are shares of the whole; usually one is for training, one for tuning, one for the verdict.

    Returns
    -------
    list of list of numpy.ndarray
        One list of parts for each seed.
    """
    if count < 10:
        raise ValueError(f"count is {count}; a comparison needs at least 10 splits")
    if min(parts) <= 0 or not np.isclose(sum(parts), 1):
        raise ValueError(f"parts is {parts}; the shares must be positive and sum to 1")
    cuts = np.rint(np.cumsum(parts)[:-1] * size).astype(int)
    return [np.split(np.random.default_rng(seed).permutation(size), cuts) for seed in range(count)]


def tuned(fit, knobs, score):
    """Fit with each value of a knob, such as the decay, and keep the model of the best score.

    Each fit starts from the one before. The score is taken on data that were held out for this, more is better, and the
    first of equals is kept. Scores are rounded to nine digits, so that no tie is broken by the last bit.

    Parameters
    ----------
    fit : callable
        Takes a value of the knob and a model to start from (None at first), and returns a model.
    knobs : sequence
        The values.
    score : callable
        Takes a model and returns a number.

    Returns
    -------
    tuple
        The model, and the value of its knob.
    """
    models, start = [], None
    for knob in knobs:
        start = fit(knob, start)
        models.append((start, knob))
    return max(models, key=lambda fitted: round(float(score(fitted[0])), 9))


def compare(methods, parts, fit, judge, *, knobs, rule, low=()):
    """Tune each method by one rule, and judge all of them on the same splits.

    Parameters
    ----------
    methods : dict
        For each name what `fit` takes, such as an objective.
    parts : list
        From `splits`: rows for training, for tuning, for the verdict.
    fit : callable
        Takes a method, rows, a value of the knob and a model to start from, and returns a model.
    judge : callable
        Takes a model and rows, and returns a dictionary of measures.
    knobs : sequence
        The values among which each method chooses.
    rule : str
        The measure that chooses.
    low : collection of str
        The measures of which less is better.

    Returns
    -------
    Scores
        Its `knobs` say for each method what was chosen.
    """
    found = Scores(low=low)
    sign = -1 if rule in found.low else 1
    for name, method in methods.items():
        for train, tune, test in parts:
            run, choose = partial(fit, method, train), lambda model, rows=tune: sign * judge(model, rows)[rule]
            model, knob = tuned(run, knobs, choose)
            found.add(name, judge(model, test), knob)
    return found


class Scores:
    """Measures of several methods on the same splits, and what they show.

    The standard error is that of the mean over random splits of these data. It says what other splits would give, not
    what other data would.

    Parameters
    ----------
    low : collection of str
        The measures of which less is better.
    """

    def __init__(self, low=()):
        self.low, self.values, self.knobs = frozenset(low), {}, {}

    def add(self, method, measures, knob=None):
        """Note the measures of a method on its next split, and the knob that was chosen there."""
        for name, value in measures.items():
            self.values.setdefault(name, {}).setdefault(method, []).append(float(value))
        self.knobs.setdefault(method, []).append(knob)

    def mean(self, method, measure):
        """Return mean and standard error of a measure of one method."""
        return _mean(self.values[measure][method])

    def gap(self, first, second, measure):
        """Return mean and standard error of the first method's lead over the second, split by split."""
        of = self.values[measure]
        if len(of[first]) != len(of[second]):
            raise ValueError(
                f"{first} has {len(of[first])} splits, {second} has {len(of[second])}; they must be the same"
            )
        mean, error = _mean(np.subtract(of[first], of[second]))
        return (-mean if measure in self.low else mean), error

    def better(self, first, second, measure, by=0.0):
        """Whether the first method leads the second by more than `by` and two standard errors."""
        mean, error = self.gap(first, second, measure)
        return bool(mean - 2 * error > by)

    def alike(self, first, second, measure, within):
        """Whether the lead, give or take two standard errors, is smaller than `within` either way."""
        mean, error = self.gap(first, second, measure)
        return bool(abs(mean) + 2 * error < within)

    def table(self, digits):
        """Rows and header for `chapter.table`, "mean ± standard error".

        Parameters
        ----------
        digits : dict
            The measures to show, and how many decimals of each.
        """
        methods = list(self.knobs)
        rows = [(name, *(plus_minus(*self.mean(name, m), n) for m, n in digits.items())) for name in methods]
        return rows, ["", *digits]


def plus_minus(mean, error, digits):
    """Write "mean ± standard error" with so many decimals."""
    # Rounded twice: a mean such as 0.125 must not hang on the order in which it was added.
    mean, error = (f"{round(float(value), 9):z.{digits}f}" for value in (mean, error))
    return f"{mean} ± {error}".replace("-", "−")


def _mean(values):
    if len(values) < 10:
        raise ValueError(f"{len(values)} splits; a mean with its error needs at least 10")
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))
