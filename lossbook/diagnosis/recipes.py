"""Losses as somebody may have written them: each formula with the knobs on which implementations differ.

A recipe gives the loss itself while nothing is changed. A deviation changes its arguments, its options, a knob of its
formula, what is done with the values, or how they are combined. Formulas are in plain NumPy, as they stand in a paper:
they are asked for ordinary numbers only, and a formula is used only if it gives the loss's own numbers.
"""

import inspect
import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from lossbook.diagnosis.agreement import EXACT, same
from lossbook.diagnosis.battery import WITH_CLASSES, Case
from lossbook.numerics.limits import times

#: Options on which the divisor of a mean depends.
_DIVIDING = {"weight", "sample_weight", "where", "ignore_index", "axis"}


@dataclass(frozen=True)
class Recipe:
    """How a result is computed: what a deviation changes.

    ``steps`` are done with the values before they are combined, and ``after`` with the result; ``combine`` is None where
    the loss's own reduction is taken.
    """

    case: Case
    arguments: tuple
    options: dict
    knobs: dict = field(default_factory=dict)
    steps: tuple = ()
    combine: Any = None
    after: tuple = ()
    divides_by_own: bool = True

    @classmethod
    def of(cls, case):
        """Begin with the loss itself."""
        parameters = inspect.signature(case.loss).parameters.values()
        defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        return cls(case, tuple(case.arguments), defaults | case.options)

    # What a deviation changes

    def turned(self, **knobs):
        """Turn knobs of the formula; a loss without a formula has none."""
        return replace(self, knobs=self.knobs | knobs) if self.has_formula else None

    def given(self, *arguments, **options):
        """Give other arguments, other options, or both."""
        own = self.divides_by_own and not options.keys() & _DIVIDING
        return replace(self, arguments=arguments or self.arguments, options=self.options | options, divides_by_own=own)

    def then(self, step):
        """Do something with the values before they are combined."""
        return replace(self, steps=(*self.steps, step))

    def combined(self, combine):
        """Combine the values in another way."""
        return replace(self, combine=combine)

    def finally_(self, step):
        """Do something with the result."""
        return replace(self, after=(*self.after, step))

    # What it gives

    has_formula = False

    @property
    def is_reduced(self):
        """Whether the loss has values that it combines."""
        return "reduction" in self.options

    @property
    def axis(self):
        """The class axis, or None."""
        kinds = {kind.name for kind in self.case.loss.arguments.values()}
        return self.options["axis"] if kinds & WITH_CLASSES else None

    def knob(self, name, otherwise=None):
        """Return what a knob is turned to."""
        return self.knobs.get(name, otherwise)

    def formula(self):
        """Return the values by the formula."""
        raise NotImplementedError

    def bounded(self, p):
        """Return probabilities, clipped if the knob ``bound`` says so."""
        bound = self.knob("bound")
        return p if bound is None else np.clip(p, bound, 1 - bound)

    def values(self):
        """Return the values before they are combined."""
        if not self.knobs:
            reduction = {"reduction": "none"} if self.is_reduced else {}
            try:
                return np.asarray(self.case.loss(*self.arguments, **self.options | reduction), dtype=float)
            except ValueError:  # what the loss refuses, a formula that checks nothing may take
                if not self.has_formula:
                    raise
        return self.selected(np.asarray(self.formula(), dtype=float))

    def selected(self, values):
        """Weigh the values of a formula, and leave out what is not selected."""
        weight, where = self.options.get("sample_weight"), self.options.get("where")
        if weight is not None:
            values = values * np.asarray(weight, dtype=float)
        return values if where is None or np.shape(where) != values.shape else np.where(where, values, 0.0)

    def result(self):
        """Compute the result."""
        if self.knobs or self.steps or self.combine:
            value = self.combined_values()
        else:
            try:
                value = np.asarray(self.case.loss(*self.arguments, **self.options), dtype=float)
            except ValueError:
                value = self.combined_values()
        for step in self.after:
            value = step(value)
        return value

    def combined_values(self):
        """Change the values, and combine them."""
        value = self.values()
        for step in self.steps:
            value = step(value)
        return self.combine(value) if self.combine else self.reduced(value)

    def reduced(self, values):
        """Combine values as the loss does with its options."""
        if not self.is_reduced or self.options["reduction"] == "none":
            return values
        total = values.sum()
        return total if self.options["reduction"] == "sum" else total / self.divisor(values)

    def divisor(self, values):
        """Return what the loss's mean divides by; with options that it refuses, the number of values."""
        if self.divides_by_own:
            return self.case.divisor
        try:
            return replace(self.case, options=self.options).divisor
        except ValueError:
            return values.size


def expit(z):
    """Return the sigmoid."""
    return 1 / (1 + np.exp(-z))


def softmax(z, axis=-1):
    """Probabilities from scores."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class _Formula(Recipe):
    has_formula = True


class Binary(_Formula):
    """w (a₊ y f(p) + a₋ (1 − y) f(1 − p)) with f(p) = (1 − p)^γ (−log p): binary cross entropies and the focal loss.

    Knobs: ``link`` gives p, ``log``, ``sides`` changes (a₊, a₋), ``signs`` of the two terms, ``power`` of the weight,
    ``focus`` what is raised to γ.
    """

    def prediction(self):
        """Return what is taken for the probability of label 1."""
        has_logits = "logits" in self.case.loss.arguments
        return self.bounded(self.knob("link", expit if has_logits else lambda p: p)(self.arguments[0]))

    def sides(self):
        """Return a₊ and a₋."""
        options = self.options
        if "alpha" in options:
            alpha = options["alpha"]
            if alpha is None:
                if "gamma" in options:
                    return 1.0, 1.0
                alpha = 1 - np.mean(self.arguments[1])
            return alpha, 1 - alpha
        positive = options.get("pos_weight")
        if positive is None:
            return 1.0, 1.0
        positive, axes = np.asarray(positive, dtype=float), np.ndim(self.arguments[0])
        if positive.ndim:
            along = options.get("axis", -1) % axes
            positive = positive.reshape([-1 if axis == along else 1 for axis in range(axes)])
        return positive, 1.0

    def formula(self):
        """Return the value of each element."""
        p, y = self.prediction(), self.arguments[1]
        gamma, focus = self.options.get("gamma", 0), self.knob("focus", lambda p: 1 - p)
        on, off = self.knob("sides", lambda *sides: sides)(*self.sides())
        plus, minus = self.knob("signs", (1, 1))

        def term(p, log_p):
            return focus(p) ** gamma * -log_p

        weight = self.options.get("weight")
        weight = 1.0 if weight is None else np.asarray(weight, dtype=float) ** self.knob("power", 1)
        log_p, log_rest = self.logarithms(p)
        return weight * (plus * times(on * y, term(p, log_p)) + minus * times(off * (1 - y), term(1 - p, log_rest)))

    def logarithms(self, p):
        """Return log p and log(1 − p), of logits without rounding unless a knob changes them."""
        if "logits" not in self.case.loss.arguments or self.knobs.keys() & {"link", "log", "bound"}:
            log = self.knob("log", np.log)
            return log(p), log(1 - p)
        z = self.arguments[0]
        return -np.logaddexp(0, -z), -np.logaddexp(0, z)


class Categorical(_Formula):
    """−Σ_k w_k t_k (1 − p_k)^γ log p_k, with the target t smoothed: cross entropies and the focal loss of several classes.

    Knobs: ``link`` gives p, ``log``, ``smoothed`` the target from labels and ε, ``power`` of the weight, ``index`` what
    becomes of a label.
    """

    def prediction(self):
        """Return what is taken for the probabilities, with the classes last."""
        scores = np.moveaxis(np.asarray(self.arguments[0], dtype=float), self.options["axis"], -1)
        known = {"log_probs": np.exp, "probs": np.asarray}
        link = self.knob("link", known.get(next(iter(self.case.loss.arguments)), softmax))
        return self.bounded(link(scores))

    def log_prediction(self):
        """Return log p, of scores without rounding unless a knob changes it."""
        if self.knobs.keys() & {"link", "log", "bound"}:
            return self.knob("log", np.log)(self.prediction())
        scores = np.moveaxis(np.asarray(self.arguments[0], dtype=float), self.options["axis"], -1)
        if "log_probs" in self.case.loss.arguments:
            return scores
        if "probs" in self.case.loss.arguments:
            return np.log(scores)
        scores = scores - scores.max(axis=-1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))

    def formula(self):
        """Return the value of each column."""
        p, log_p, log = self.prediction(), self.log_prediction(), self.knob("log", np.log)
        classes, target = p.shape[-1], np.asarray(self.arguments[1])
        ignored = np.zeros(p.shape[:-1], bool)
        if target.shape == np.shape(self.arguments[0]):
            t = np.moveaxis(target, self.options["axis"], -1)
        else:
            if self.options.get("ignore_index") is not None and not self.knob("all_counted"):
                ignored = target == self.options["ignore_index"]
            t = np.eye(classes)[self.knob("index", lambda k, K: k)(np.where(ignored, 0, target), classes)]
        epsilon = self.options.get("label_smoothing", 0.0)
        t = self.knob("smoothed", lambda t, e, K: (1 - e) * t + e / K)(t, epsilon, classes)
        weight = self.options.get("weight", self.options.get("alpha") if "gamma" in self.options else None)
        weight = 1.0 if weight is None else np.asarray(weight, dtype=float) ** self.knob("power", 1)
        inside = weight if self.knob("inside") else 1.0
        values = np.where(t == 0, 0, weight * t * self.term(p**inside, log_p)).sum(axis=-1)
        if self.knob("every_class"):
            values = values - times(1 - t, log(1 - p)).sum(axis=-1)
        return np.where(ignored, 0.0, values)

    def term(self, p, log_p):
        """Return what a class costs whose target is 1."""
        return self.knob("focus", lambda p: 1 - p)(p) ** self.options.get("gamma", 0) * -log_p


class Penalized(Categorical):
    """The cross entropy less β times the entropy of the prediction. Knob: ``sign`` of the entropy, beside those of `Categorical`."""

    def formula(self):
        """Return the value of each column."""
        p, log_p = self.prediction(), self.log_prediction()
        surplus = self.knob("sign", 1) * self.options["beta"] * times(p, log_p).sum(axis=-1)
        index = self.options.get("ignore_index")
        if index is not None and not self.knob("all_counted"):
            surplus = np.where(np.asarray(self.arguments[1]) == index, 0.0, surplus)
        return super().formula() + surplus


class Distilled(_Formula):
    """T² Σ q (log q − log p) with q = softmax(t/T) of the teacher, p = softmax(z/T) of the student.

    Knobs: ``factor`` for T², ``teacher`` gives q of t and T, ``entropy`` is the factor of Σ q log q, ``log`` that of the student.
    """

    def formula(self):
        """Return the value of each column."""
        z, t = (np.moveaxis(np.asarray(a, dtype=float), self.options["axis"], -1) for a in self.arguments)
        T = self.options["temperature"]
        q = self.knob("teacher", lambda t, T: softmax(t / T))(t, T)
        entropy = self.knob("entropy", 1.0)
        own = times(q, np.log(q)).sum(axis=-1) if entropy else 0.0
        return self.knob("factor", np.square)(T) * (
            own - times(q, self.knob("log", np.log)(softmax(z / T))).sum(axis=-1)
        )


def _of_label(name, term):
    """Make the formula of a loss of several classes from what a class costs whose target is 1: of p, log p and the options."""
    doc = "Σ_k w_k t_k f(p_k), with the knobs of `Categorical`."
    return type(name, (Categorical,), {"term": lambda self, p, log_p: term(p, log_p, self.options), "__doc__": doc})


class Rivals(Categorical):
    """What the rivals of a label have in excess of it, put together. Knobs: ``together``; ``scores``; ``own``, the label's entry."""

    together = staticmethod(lambda excess: excess.max(axis=-1))

    def formula(self):
        """Return the value of each column."""
        z, labels = (
            np.moveaxis(np.asarray(self.arguments[0], dtype=float), self.options["axis"], -1),
            np.asarray(self.arguments[1]),
        )
        ignored = (
            np.zeros(labels.shape, bool)
            if self.options["ignore_index"] is None
            else labels == self.options["ignore_index"]
        )
        is_label = np.eye(z.shape[-1], dtype=bool)[np.where(ignored, 0, labels)]
        scores = self.knob("scores", lambda z, is_label: z)(z, is_label)
        excess = np.maximum(0, self.options["margin"] + scores - (z * is_label).sum(axis=-1, keepdims=True))
        excess = np.where(is_label, self.knob("own", lambda e: 0 * e)(excess), excess)
        return np.where(ignored, 0.0, self.knob("together", type(self).together)(excess))


class SumOfRivals(Rivals):
    """The same with their sum. Knobs: ``together``, ``own``."""

    together = staticmethod(lambda excess: excess.sum(axis=-1))


class FenchelYoung(Categorical):
    """Ω(t) + Ω*(z) − ⟨t, z⟩ with Ω = (Σ p^α − 1)/α(α − 1). Knob: ``whole``, of scores, p, t and α."""

    def formula(self):
        """Return the value of each column."""
        alpha, labels = self.options.get("alpha", 2.0), np.asarray(self.arguments[1])
        z = np.moveaxis(np.asarray(self.arguments[0], dtype=float), self.options["axis"], -1)
        z = z - z.max(axis=-1, keepdims=True)
        ignored = np.zeros(z.shape[:-1], bool)
        if labels.shape == np.shape(self.arguments[0]):
            t = np.moveaxis(labels, self.options["axis"], -1)
        else:
            if self.options["ignore_index"] is not None:
                ignored = labels == self.options["ignore_index"]
            t = np.eye(z.shape[-1])[np.where(ignored, 0, labels)]
        p = sparse(z, alpha)
        if "whole" in self.knobs:
            return np.where(ignored, 0.0, self.knobs["whole"](z, p, t, alpha))
        own, theirs = (((x**alpha).sum(axis=-1) - 1) / (alpha * (alpha - 1)) for x in (p, t))
        return np.where(ignored, 0.0, theirs - own + ((p - t) * z).sum(axis=-1))


def sparse(z, alpha):
    """Return the distribution with p^(α − 1) = ((α − 1) z − τ)₊ along the last axis, whose largest z is 0, by bisection for τ."""
    low, high = np.full((*z.shape[:-1], 1), -1.0), np.full((*z.shape[:-1], 1), -(z.shape[-1] ** (1.0 - alpha)))
    for _ in range(60):
        middle = (low + high) / 2
        is_large = (np.maximum((alpha - 1) * z - middle, 0) ** (1 / (alpha - 1))).sum(axis=-1, keepdims=True) > 1
        low, high = np.where(is_large, middle, low), np.where(is_large, high, middle)
    p = np.maximum((alpha - 1) * z - low, 0) ** (1 / (alpha - 1))
    return p / p.sum(axis=-1, keepdims=True)


def _turned(c, m):
    """Return cos(θ + m), and cos θ − m sin m beyond θ = π − m."""
    return np.where(c >= -np.cos(m), np.cos(np.arccos(c) + m), c - m * np.sin(m))


def _multiplied(c, m):
    """Return (−1)^n cos(mθ) − 2n with n = ⌊mθ/π⌋."""
    angle = m * np.arccos(c)
    pieces = np.minimum(np.floor(angle / np.pi), m - 1)
    return (-1) ** pieces * np.cos(angle) - 2 * pieces


#: What the label is given in the place of its cosine, by the loss.
OF_ANGLE = {
    "arcface_loss": _turned,
    "cosface_loss": lambda c, m: c - m,
    "sphereface_loss": _multiplied,
}


class Angles(_Formula):
    """−log softmax of the scaled cosines, with ψ in the place of the label's. Knobs: ``psi``; ``everywhere``: for all classes."""

    def formula(self):
        """Return the value of each column."""
        options = self.options
        c, labels = np.moveaxis(np.asarray(self.arguments[0], dtype=float), options["axis"], -1), np.asarray(self.arguments[1])
        ignored = np.zeros(labels.shape, bool)
        if options["ignore_index"] is not None and not self.knob("all_counted"):
            ignored = labels == options["ignore_index"]
        on = np.eye(c.shape[-1], dtype=bool)[np.where(ignored, 0, labels)]
        psi = self.knob("psi", OF_ANGLE[self.case.loss.__name__])(c, options["margin"])
        scores = options["scale"] * np.where(on | bool(self.knob("everywhere")), psi, c)
        scores = scores - scores.max(axis=-1, keepdims=True)
        values = np.log(np.exp(scores).sum(axis=-1)) - scores[on].reshape(labels.shape)
        return np.where(ignored, 0.0, values)


class Moved(Categorical):
    """The cross entropy of scores that are moved by what is known of the classes: by logarithms of shares, or by margins at the label.

    Knobs: ``moves`` what is added for shares and τ; ``where`` the margins stand, ``root`` of the counts, ``scaled`` the scores.
    """

    def formula(self):
        """Return the cross entropy of the moved scores."""
        axis = self.options["axis"]
        scores = np.moveaxis(np.asarray(self.arguments[0], dtype=float), axis, -1)
        labels, classes = np.asarray(self.arguments[1]), scores.shape[-1]
        ignore = self.options["ignore_index"]
        labels = labels if ignore is None else np.where(labels == ignore, 0, labels)
        counts = np.asarray(self.options.get("priors", self.options.get("counts")), dtype=float)
        if "max_margin" in self.options:
            margins = self.options["max_margin"] * (counts.min() / counts) ** self.knob("root", 1 / 4)
            margin = margins * self.knob("where", lambda labels, classes: np.eye(classes)[labels])(labels, classes)
            scores = self.knob("scaled", lambda z, m, s: s * (z - m))(scores, margin, self.options["scale"])
        else:
            scores = scores + self.knob("moves", lambda shares, tau: tau * np.log(shares))(counts, self.options.get("tau", 1.0))
        return super(Moved, self.given(np.moveaxis(scores, -1, axis), self.arguments[1])).formula()


class Divergence(_Formula):
    """Sums over two distributions. Knobs: ``log``, ``bound``."""

    def sides(self):
        """Return p and q with the classes last, and the logarithm to the base."""
        axis, base = self.options["axis"], self.options["base"]
        unit = 1.0 if base is None else np.log(base)
        log = self.knob("log", np.log)
        sides = [self.bounded(np.moveaxis(np.asarray(a, dtype=float), axis, -1)) for a in self.arguments]
        return *sides, lambda p: log(p) / unit


class Entropy(Divergence):
    """−Σ p log p."""

    def formula(self):
        """Return the value of each distribution."""
        p, log = self.sides()
        return -times(p, log(p)).sum(axis=-1)


class KullbackLeibler(Divergence):
    """Σ p log(p/q). Knobs: ``log``; ``log_p``, if that of p is another; ``added`` to the sum."""

    def formula(self):
        """Return the value of each pair."""
        p, q, log = self.sides()
        log_p = self.knob("log_p", log)
        return times(p, log_p(p) - log(q)).sum(axis=-1) + self.knob("added", lambda p, q: 0.0)(p, q)


class JensenShannon(Divergence):
    """½ Σ p log(p/m) + ½ Σ q log(q/m). Knobs: ``log``; ``from_middle``: D(m‖p) for D(p‖m); ``middle``."""

    def formula(self):
        """Return the value of each pair."""
        p, q, log = self.sides()
        m = self.knob("middle", lambda p, q: (p + q) / 2)(p, q)
        pairs = ((m, p), (m, q)) if self.knob("from_middle") else ((p, m), (q, m))
        return sum(times(a, log(a) - log(b)).sum(axis=-1) for a, b in pairs) / 2


class Cumulative(_Formula):
    """Losses of the differences F of two CDFs. Knobs: ``cumulated``, ``size`` of F, ``total`` over the classes."""

    def differences(self):
        """Return F, with the classes last."""
        p, q = (np.moveaxis(np.asarray(a, dtype=float), self.options["axis"], -1) for a in self.arguments)
        return self.knob("cumulated", lambda d: d.cumsum(axis=-1))(p - q)


class EarthMovers(Cumulative):
    """(mean |F|^r)^(1/r)."""

    def formula(self):
        """Return the value of each pair."""
        r = self.options["r"]
        total = self.knob("total", lambda x: x.mean(axis=-1))
        powers = total(self.knob("size", abs)(self.differences()) ** r)
        return powers if self.knob("no_root") else powers ** (1 / r)


class SquaredEarthMovers(Cumulative):
    """Σ F²."""

    def formula(self):
        """Return the value of each pair."""
        size = self.knob("size", np.square)
        return self.knob("total", lambda x: x.sum(axis=-1))(size(self.differences()))


def forecasts(recipe):
    """Return probabilities and one-hot labels with the classes last, and which labels count."""
    p = np.moveaxis(np.asarray(recipe.arguments[0], dtype=float), recipe.options["axis"], -1)
    labels, ignored = np.asarray(recipe.arguments[1]), recipe.options["ignore_index"]
    counted = np.ones(labels.shape, bool) if ignored is None else labels != ignored
    return p, np.eye(p.shape[-1])[np.where(counted, labels, 0)], counted


class SquaredForecasts(_Formula):
    """Σ (p − y)² of a label. Knobs: ``cumulated``, ``size`` of the differences, ``total`` over the classes."""

    def formula(self):
        """Return the value of each forecast."""
        p, y, counted = forecasts(self)
        difference = self.knob("cumulated", lambda d: d)(p - y)
        return counted * self.knob("total", lambda x: x.sum(axis=-1))(self.knob("size", np.square)(difference))


class RankedForecasts(SquaredEarthMovers):
    """Σ F² of a label. Knobs: ``cumulated``, ``size``, ``total``."""

    def differences(self):
        """Return F, with the classes last."""
        p, y, counted = forecasts(self)
        return counted[..., None] * self.knob("cumulated", lambda d: d.cumsum(axis=-1))(p - y)


class SphericalForecasts(_Formula):
    """1 − p_k/‖p‖. Knob: ``norm``."""

    def formula(self):
        """Return the value of each forecast."""
        p, y, counted = forecasts(self)
        norm = self.knob("norm", lambda p: np.sqrt((p**2).sum(axis=-1)))(p)
        return counted * (1 - (p * y).sum(axis=-1) / norm)


class Ensembles(_Formula):
    """Mean distance of the members from the target, less half that of their pairs. Knobs: ``share`` of the pairs, ``distance`` of differences."""

    def members(self):
        """Return the members and the targets, as vectors: members and dimensions last."""
        x, y = (np.asarray(a, dtype=float) for a in self.arguments)
        return np.moveaxis(x, self.options["axis"], -1)[..., None], y[..., None]

    def formula(self):
        """Return the value of each ensemble."""
        x, y = self.members()
        count = x.shape[-2]
        distance = self.knob("distance", lambda d, beta: np.sqrt((d**2).sum(axis=-1)) ** beta)
        beta = self.options.get("beta", 1.0)
        away = distance(x - y[..., None, :], beta).mean(axis=-1)
        apart = distance(x[..., :, None, :] - x[..., None, :, :], beta).sum(axis=(-2, -1))
        return away - self.knob("share", 0.5) * apart / (count * (count - self.options["fair"]))


class VectorEnsembles(Ensembles):
    """The same of vectors. Knobs: ``share``, ``distance``."""

    def members(self):
        """Return the members and the targets."""
        return tuple(np.asarray(a, dtype=float) for a in self.arguments)


class Quantiles(_Formula):
    """2/K Σ of the pinball losses. Knobs: ``total`` over the levels, ``levels``."""

    def formula(self):
        """Return the value of each column."""
        q, y = (np.asarray(a, dtype=float) for a in self.arguments)
        tau = self.knob("levels", np.asarray)(self.options["levels"])
        error = y[..., None] - np.moveaxis(q, self.options["axis"], -1)
        return 2 * self.knob("total", lambda x: x.mean(axis=-1))(np.maximum(tau * error, (tau - 1) * error))


class NormalScore(_Formula):
    """σ (z (2Φ − 1) + 2φ − 1/√π). Knob: ``spread``, σ from what is given."""

    def formula(self):
        """Return the value of each element."""
        loc, scale = (np.asarray(a, dtype=float) for a in self.arguments[0])
        sigma, weight = self.knob("spread", lambda s: s)(scale), self.options["weight"]
        z = (self.arguments[1] - loc) / sigma
        chance = np.vectorize(math.erf)(z / np.sqrt(2))
        value = sigma * (z * chance + np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) - 1 / np.sqrt(np.pi))
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class IntervalScore(_Formula):
    """u − l + 2/α times what the target is outside. Knobs: ``factor`` from α; ``excess`` of a difference."""

    def formula(self):
        """Return the value of each element."""
        lower, upper = (np.asarray(a, dtype=float) for a in self.arguments[0])
        excess, weight = self.knob("excess", lambda d: np.maximum(d, 0)), self.options["weight"]
        missed = excess(lower - self.arguments[1]) + excess(self.arguments[1] - upper)
        value = upper - lower + self.knob("factor", lambda alpha: 2 / alpha)(self.options["alpha"]) * missed
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class Wasserstein(Cumulative):
    """Σ |F_k| (x_{k+1} − x_k)."""

    def formula(self):
        """Return the value of each pair."""
        if self.options["order"] != 1:
            raise ValueError("only order 1 is a sum over bins")
        F = self.differences()
        places = self.options["positions"]
        # The last difference of two CDFs is 0; that of two masses is not.
        gaps = np.ones(F.shape[-1]) if places is None else np.append(np.diff(places), 0.0)
        size = self.knob("size", abs)
        return self.knob("total", lambda x: x.sum(axis=-1))(size(F) * gaps)


@dataclass(frozen=True)
class Overlap(_Formula):
    """(c I + κ₁)/(c I + a FP + b FN + κ₂), or 1 minus it, perhaps with the cross entropy of the pixels.

    Knobs: ``link`` gives p, ``c``, ``above`` and ``below`` what is smoothed by, ``whole`` the denominator, ``log`` in the
    cross entropy, ``mixed`` how cross entropy and Dice come together.
    """

    c = 2
    is_loss = True
    mixed = None

    def formula(self):
        """Return the value of each region."""
        options = self.options
        threshold = options.get("threshold")
        p, g = (np.asarray(a, dtype=float) for a in self.arguments)
        p = self.knob("link", lambda p: p if threshold is None else p > threshold)(p) * 1.0
        if options.get("where") is not None:
            p, g = p * np.asarray(options["where"]), g * np.asarray(options["where"])
        axis, smooth = options["axis"], options["smooth"]
        axis = tuple(axis) if isinstance(axis, list) else axis
        overlap, c = (p * g).sum(axis=axis), self.knob("c", self.c)
        fp, fn = (p * (1 - g)).sum(axis=axis), ((1 - p) * g).sum(axis=axis)
        a, b = options.get("fp_weight", 1.0), options.get("fn_weight", 1.0)
        whole = self.c * overlap + a * fp + b * fn
        if options.get("squared"):
            whole = (p**2).sum(axis=axis) + (g**2).sum(axis=axis)
        whole = self.knob("whole", lambda whole, p, g, axis: whole)(whole, p, g, axis)
        above = c * overlap + self.knob("above", smooth)
        below = whole + self.knob("below", smooth)
        share = np.where(below == 0, options["empty"], above / np.where(below == 0, 1, below))
        if self.mixed is None:
            return 1 - share if self.is_loss else share
        p, log = self.bounded(p), self.knob("log", np.log)
        bce = -(times(g, log(p)) + times(1 - g, log(1 - p)))
        return self.knob("mixed", type(self).mixed)(bce.mean(axis=axis), share, options)


def _overlap(name, c, is_loss, mixed=None):
    return type(name, (Overlap,), {"c": c, "is_loss": is_loss, "mixed": mixed, "__doc__": Overlap.__doc__})


class Errors(_Formula):
    """A function of ŷ − y. Knob: ``size``."""

    own = np.square

    def formula(self):
        """Return the value of each element."""
        error = np.asarray(self.arguments[0], dtype=float) - self.arguments[1]
        weight = self.options.get("weight")
        weight = 1.0 if weight is None else np.asarray(weight, dtype=float) ** self.knob("power", 1)
        return weight * self.knob("size", type(self).own)(error)


class AbsoluteErrors(Errors):
    """|ŷ − y|. Knob: ``size``."""

    own = np.abs


class Tilted(_Formula):
    """τ s(|ŷ − y|) below the target, (1 − τ) s(|ŷ − y|) above it. Knobs: ``size`` s; ``below`` and ``above``, what is made of the terms."""

    own = staticmethod(lambda e, options: e)

    def formula(self):
        """Return the value of each element."""
        error = np.asarray(self.arguments[0], dtype=float) - self.arguments[1]
        size = self.knob("size", type(self).own)(abs(error), self.options)
        tau, weight = self.options["tau"], self.options["weight"]
        below, above = (self.knob(side, lambda x: x)(w * size) for side, w in (("below", tau), ("above", 1 - tau)))
        return np.where(error > 0, above, below) * (1.0 if weight is None else np.asarray(weight, dtype=float))


class TiltedSquares(Tilted):
    """The same with squares. Knobs: ``size``, ``below``, ``above``."""

    own = staticmethod(lambda e, options: e**2)


class TiltedHuber(Tilted):
    """The same with the smooth absolute error. Knobs: ``size``, ``below``, ``above``."""

    own = staticmethod(
        lambda e, options: np.where(e < options["kappa"], e * e / 2 / options["kappa"], e - options["kappa"] / 2)
    )


class Beyond(_Formula):
    """max(0, |ŷ − y| − ε)^r. Knob: ``room``, what is taken off."""

    def formula(self):
        """Return the value of each element."""
        error = np.asarray(self.arguments[0], dtype=float) - self.arguments[1]
        weight, room = self.options["weight"], self.knob("room", lambda epsilon: epsilon)(self.options["epsilon"])
        value = np.maximum(0, abs(error) - room) ** (2 if self.options["squared"] else 1)
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class Relative(_Formula):
    """|ŷ − y|/|y|. Knobs: ``divisor``; ``size`` of the error."""

    def formula(self):
        """Return the value of each element."""
        prediction, target = (np.asarray(a, dtype=float) for a in self.arguments)
        weight = self.options["weight"]
        divisor = self.knob("divisor", lambda a, b: abs(b))(prediction, target)
        value = self.knob("size", np.abs)(prediction - target) / divisor
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class SquaredLogarithms(_Formula):
    """(log(1 + ŷ) − log(1 + y))². Knobs: ``log``, of a number; ``size``, of the difference."""

    def formula(self):
        """Return the value of each element."""
        log, weight = self.knob("log", np.log1p), self.options["weight"]
        prediction, target = (log(np.asarray(a, dtype=float)) for a in self.arguments)
        value = self.knob("size", np.square)(prediction - target)
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class Deviances(_Formula):
    """Twice the sum of a term with the target's part in the density, and the rest. Knob: ``sum`` of the two."""

    def formula(self):
        """Return the value of each element."""
        mean, target = (np.asarray(a, dtype=float) for a in self.arguments)
        weight = self.options["weight"]
        value = self.knob("sum", lambda first, rest: 2 * (first + rest))(*self.parts(mean, target))
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))

    def parts(self, mean, target):
        """Return the two terms for counts."""
        return np.where(target == 0, 0.0, target * np.log(np.where(target == 0, 1.0, target) / mean)), mean - target


class GammaDeviances(Deviances):
    """The same for amounts. Knob: ``sum``."""

    def parts(self, mean, target):
        """Return the logarithm, and the rest."""
        return np.log(mean / target), target / mean - 1


class TweedieDeviances(Deviances):
    """The same for a power of the mean. Knob: ``sum``."""

    def parts(self, mean, target):
        """Return the term of the target, and the rest."""
        a, b = 2 - self.options["power"], 1 - self.options["power"]
        return target**a / (a * b), mean**a / a - target * mean**b / b


class PoissonScores(_Formula):
    """m − y l, with m = e^z and l = z. Knobs: ``terms`` (m, l) of z; ``constant``, of y, that is added in full."""

    def formula(self):
        """Return the value of each element."""
        z, y = (np.asarray(a, dtype=float) for a in self.arguments)
        weight = self.options["weight"]
        value = self.value(*self.knob("terms", lambda z: (np.exp(z), z))(z), y)
        if self.options["full"]:
            value = value + self.knob("constant", self.constant)(y)
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))

    constant = staticmethod(lambda y: LOG_GAMMA(1 + y))

    def value(self, mean, log_mean, y):
        """Return what depends on the prediction."""
        return mean - y * log_mean


class GammaScores(PoissonScores):
    """l + y/m, with m = e^z and l = z. Knobs as there."""

    constant = staticmethod(lambda y: -1 - np.log(y))

    def value(self, mean, log_mean, y):
        """Return what depends on the prediction."""
        return log_mean + y / mean


LOG_GAMMA = np.vectorize(math.lgamma, otypes=[float])


class NegativeBinomials(_Formula):
    """c − θ log(θ/(θ + ŷ)) − y log(ŷ/(θ + ŷ)). Knobs: ``size`` θ of the option; ``constant`` c of y and θ; ``chances``, a pair."""

    def formula(self):
        """Return the value of each element."""
        mean, y = (np.asarray(a, dtype=float) for a in self.arguments)
        size, weight = self.knob("size", lambda size: size)(self.options["dispersion"]), self.options["weight"]
        constant = self.knob("constant", lambda y, r: LOG_GAMMA(r) + LOG_GAMMA(1 + y) - LOG_GAMMA(y + r))(y, size)
        one, other = self.knob("chances", lambda p, q: (p, q))(size / (size + mean), mean / (size + mean))
        value = constant - size * np.log(one) - y * np.log(other)
        return value * (1.0 if weight is None else np.asarray(weight, dtype=float))


class Located(_Formula):
    """log σ + f(|μ − y|/σ) + c. Knobs: ``scale``, what σ is made of; ``log`` of it; ``term`` f; ``constant``."""

    @staticmethod
    def own(z, options):
        """Return f."""
        return z**2 / 2

    def added(self):
        """Return c."""
        return math.log(2 * math.pi) / 2 if self.options["full"] else 0.0

    def formula(self):
        """Return the value of each element."""
        (loc, scale), target = self.arguments
        scale = self.knob("scale", lambda s: s)(np.asarray(scale, dtype=float))
        z = abs(np.asarray(loc, dtype=float) - target) / scale
        value = self.knob("log", np.log)(scale) + self.knob("term", self.own)(z, self.options)
        weight = self.options["weight"]
        weight = 1.0 if weight is None else np.asarray(weight, dtype=float)
        return weight * (value + self.knob("constant", lambda c: c)(self.added()))


class LocatedLaplace(Located):
    """The same with f(z) = z. Knobs: ``scale``, ``log``, ``term``, ``constant``."""

    @staticmethod
    def own(z, options):
        """Return f."""
        return z

    def added(self):
        """Return c."""
        return math.log(2) if self.options["full"] else 0.0


class LocatedStudent(Located):
    """The same with f(z) = ½ (ν + 1) log(1 + z²/ν). Knobs: ``scale``, ``log``, ``term``, ``constant``."""

    @staticmethod
    def own(z, options):
        """Return f."""
        return (options["df"] + 1) / 2 * np.log(1 + z**2 / options["df"])

    def added(self):
        """Return c, which is exact enough for a few degrees of freedom."""
        df = self.options["df"]
        return math.lgamma(df / 2) - math.lgamma(df / 2 + 0.5) + math.log(df * math.pi) / 2


def _modified_huber(m):
    return np.where(m < -1, -4 * m, np.maximum(1 - m, 0) ** 2)


def _smoothed_hinge(m, gamma):
    return (np.maximum(1 - m, 0) ** 2 - np.maximum(1 - gamma - m, 0) ** 2) / (2 * gamma)


#: Losses of the margin that take no option, by the names of their functions.
OF_MARGIN = {
    "perceptron_loss": lambda m: np.maximum(-m, 0),
    "hinge_loss": lambda m: np.maximum(1 - m, 0),
    "squared_hinge_loss": lambda m: np.maximum(1 - m, 0) ** 2,
    "modified_huber_loss": _modified_huber,
    "logistic_loss": lambda m: np.logaddexp(0, -m),
    "exponential_loss": lambda m: np.exp(-m),
}


class Margin(_Formula):
    """A function of the margin m = s z. Knobs: ``of_margin``, and ``signs``, which are s."""

    def formula(self):
        """Return the value of each element."""
        z, y = (np.asarray(a, dtype=float) for a in self.arguments)
        name, gamma = self.case.loss.__name__, self.options.get("gamma")
        own = OF_MARGIN[name] if gamma is None else partial(_smoothed_hinge, gamma=gamma)
        margin = self.knob("signs", lambda z, y: 2 * y - 1)(z, y) * z
        weight = self.options.get("weight")
        weight = 1.0 if weight is None else np.asarray(weight, dtype=float) ** self.knob("power", 1)
        return weight * self.knob("of_margin", own)(margin)


def _quality(p, log_p, log_rest, y, options):
    return abs(p - y) ** options["beta"] * -(times(y, log_p) + times(1 - y, log_rest))


def _varifocal(p, log_p, log_rest, y, options):
    positive = -y * (times(y, log_p) + times(1 - y, log_rest))
    return np.where(y > 0, positive, -options["alpha"] * p ** options["gamma"] * log_rest)


def _penalty(p, log_p, log_rest, y, options):
    negative = -((1 - y) ** options["beta"]) * p ** options["gamma"] * log_rest
    return np.where(y == 1, -((1 - p) ** options["gamma"]) * log_p, negative)


def _asymmetric(p, log_p, log_rest, y, options, weight=None):
    shifted = np.maximum(0, p - options["margin"])
    weight = shifted if weight is None else weight
    negative = -(weight ** options["gamma_neg"]) * (np.log(1 - shifted) if options["margin"] else log_rest)
    return np.where(y == 1, -((1 - p) ** options["gamma_pos"]) * log_p, negative)


def harmonised(p, log_p, log_rest, y, options, every=False):
    """Weigh each bin of |p − y| equally; ``every``: among all bins, not among those that are not empty."""
    place = np.minimum(abs(p - y) * options["bins"] // 1, options["bins"] - 1)
    found, index, counts = np.unique(place, return_inverse=True, return_counts=True)
    share = y.size / ((options["bins"] if every else len(found)) * counts)
    return share[index].reshape(y.shape) * -np.where(y == 1, log_p, log_rest)


#: Losses of graded targets, by the names of their functions.
OF_GRADES = {
    "quality_focal_loss": _quality,
    "varifocal_loss": _varifocal,
    "penalty_reduced_focal_loss": _penalty,
    "asymmetric_loss": _asymmetric,
    "ghm_loss": harmonised,
}


class Graded(Binary):
    """A function of p, log p, log(1 − p), y and the options. Knobs: ``of_grades``; ``link``, ``log`` and ``bound`` as in `Binary`."""

    def formula(self):
        """Return the value of each element."""
        p, y = self.prediction(), np.asarray(self.arguments[1], dtype=float)
        own = OF_GRADES[self.case.loss.__name__]
        return self.knob("of_grades", own)(p, *self.logarithms(p), y, self.options)


class SeveralLabels(Binary):
    """The mean over the labels of w times their binary cross entropies. Knobs: those of `Binary`; ``total`` over the labels."""

    def formula(self):
        """Return the value of each row of labels."""
        weight, axis = self.options["weight"], self.options["axis"]
        values = Binary.formula(replace(self, options=self.options | {"weight": None}))
        values = np.moveaxis(values, axis, -1) * (1.0 if weight is None else np.asarray(weight, dtype=float))
        return self.knob("total", lambda v: v.mean(axis=-1))(values)


class Hinge(_Formula):
    """Σ m_i ΔJ over the sorted errors m = max(0, 1 − s z). Knobs: ``margin``, ``clamp``, ``signs``, ``sorted_labels``."""

    def formula(self):
        """Return the loss of all pixels, or the mean of the images'."""
        z, y = (np.asarray(a, dtype=float) for a in self.arguments)
        if self.options["per_image"]:
            images = zip(z.reshape(len(z), -1), y.reshape(len(y), -1), strict=True)
        else:
            images = [(z.ravel(), y.ravel())]
        return np.mean([self._one(*image) for image in images if self._kept(image[1]).any()])

    def _kept(self, y):
        return y != (np.nan if self.options["ignore_index"] is None else self.options["ignore_index"])

    def _one(self, z, y):
        z, y = z[self._kept(y)], y[self._kept(y)]
        signs = self.knob("signs", lambda z, y: 2 * y - 1)(z, y)
        errors = self.knob("margin", 1) - z * signs
        order = np.argsort(-errors, kind="stable")
        labels = y[order] if self.knob("sorted_labels", True) else y
        kept = self.knob("clamp", lambda e: np.maximum(e, 0))(errors[order])
        return kept @ _jaccard_increments(labels)


def _jaccard_increments(labels):
    """How much the Jaccard loss rises with each pixel, worst first."""
    total = labels.sum()
    jaccard = 1 - (total - labels.cumsum()) / (total + (1 - labels).cumsum())
    return np.diff(jaccard, prepend=0)


#: Formulas, those that need most of a loss's signature first; the first that gives a loss's own numbers is taken.
_RECIPES = (
    ({"gamma", "beta", "logits", "target"}, Graded),
    ({"gamma", "logits", "target"}, Binary),
    ({"logits", "target", "label_smoothing"}, Categorical),
    ({"log_probs", "labels"}, Categorical),
    ({"probs", "labels", "axis", "sample_weight"}, Categorical),
    ({"probs", "labels", "axis", "sample_weight"}, SquaredForecasts),
    ({"probs", "labels", "axis", "sample_weight"}, RankedForecasts),
    ({"probs", "labels", "axis", "sample_weight"}, SphericalForecasts),
    ({"ensemble", "target", "fair", "axis"}, Ensembles),
    ({"ensemble", "target", "fair", "beta"}, VectorEnsembles),
    ({"quantiles", "target", "levels"}, Quantiles),
    ({"gamma", "logits", "labels"}, Categorical),
    ({"logits", "labels", "margin"}, Rivals),
    ({"logits", "labels", "margin"}, SumOfRivals),
    ({"logits", "labels", "counts"}, Moved),
    ({"logits", "labels", "priors"}, Moved),
    ({"logits", "labels", "q"}, _of_label("Generalized", lambda p, _, o: (1 - p ** o["q"]) / o["q"])),
    (
        {"logits", "labels", "log_zero"},
        _of_label("Symmetric", lambda p, log_p, o: -o["alpha"] * log_p - o["beta"] * o["log_zero"] * (1 - p)),
    ),
    (
        {"logits", "labels", "order"},
        _of_label("Taylor", lambda p, _, o: sum((1 - p) ** j / j for j in range(1, o["order"] + 1))),
    ),
    ({"logits", "target", "beta", "ignore_index"}, Penalized),
    ({"logits", "teacher_logits", "temperature"}, Distilled),
    ({"logits", "target", "epsilon"}, _of_label("Poly1", lambda p, log_p, o: o["epsilon"] * (1 - p) - log_p)),
    ({"logits", "labels"}, _of_label("Absolute", lambda p, *_: 2 * (1 - p))),
    ({"logits", "labels"}, _of_label("Normalized", lambda _, log_p, o: log_p / log_p.sum(axis=-1, keepdims=True))),
    ({"logits", "target", "where"}, Graded),
    ({"logits", "target", "weight", "axis", "sample_weight"}, SeveralLabels),
    ({"logits", "target", "axis"}, FenchelYoung),
    ({"cosines", "labels"}, Angles),
    ({"logits", "target", "per_image"}, Hinge),
    ({"logits", "target"}, Margin),
    ({"logits", "target"}, Binary),
    ({"p", "q", "base"}, KullbackLeibler),
    ({"p", "q", "base"}, JensenShannon),
    ({"p", "base"}, Entropy),
    ({"probs", "target", "r"}, EarthMovers),
    ({"p", "q", "positions"}, Wasserstein),
    ({"probs", "target", "dice_weight"}, _overlap("BceDice", 2, True, lambda b, d, o: b + o["dice_weight"] * (1 - d))),
    ({"probs", "target", "smooth"}, _overlap("DiceLoss", 2, True)),
    ({"probs", "target", "smooth"}, _overlap("Dice", 2, False)),
    ({"probs", "target", "smooth"}, _overlap("TverskyLoss", 1, True)),
    ({"probs", "target", "smooth"}, _overlap("Iou", 1, False)),
    ({"probs", "target", "smooth"}, _overlap("BceLogDice", 2, True, lambda b, d, o: b - np.log(d))),
    ({"probs", "target", "axis"}, SquaredEarthMovers),
    ({"probs", "target"}, Binary),
    ({"prediction", "target", "alpha"}, IntervalScore),
    ({"prediction", "target"}, NormalScore),
    ({"prediction", "target", "tau", "kappa"}, TiltedHuber),
    ({"prediction", "target", "tau"}, Tilted),
    ({"prediction", "target", "tau"}, TiltedSquares),
    ({"prediction", "target", "epsilon", "squared"}, Beyond),
    ({"prediction", "target", "df"}, LocatedStudent),
    ({"prediction", "target", "full"}, Located),
    ({"prediction", "target", "full"}, LocatedLaplace),
    ({"prediction", "target"}, Errors),
    ({"prediction", "target"}, AbsoluteErrors),
    ({"prediction", "target"}, Relative),
    ({"prediction", "target"}, SquaredLogarithms),
    ({"mean", "target", "dispersion"}, NegativeBinomials),
    ({"mean", "target", "power"}, TweedieDeviances),
    ({"mean", "target"}, Deviances),
    ({"mean", "target"}, GammaDeviances),
    ({"log_mean", "target", "full"}, PoissonScores),
    ({"log_mean", "target", "full"}, GammaScores),
)


def recipe_for(cases):
    """Choose the formula of a loss: one that gives its own numbers on all the cases; otherwise there is none."""
    known = inspect.signature(cases[0].loss).parameters
    for needed, recipe in _RECIPES:
        if needed <= known.keys() and all(_reproduces(recipe, case) for case in cases):
            return recipe
    return Recipe


def _reproduces(recipe, case):
    with np.errstate(all="ignore"):
        try:
            own = recipe.of(case)
            return same(own.reduced(own.selected(np.asarray(own.formula(), dtype=float))), case.ours, EXACT)
        except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError):
            return False
