"""Deviations in the formulas of divergences, of losses of CDFs, and of other losses of transport; and of counts."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation, kinds
from lossbook.numerics.limits import times


@deviation("formula", "the entropy of p is not taken off: this is the cross entropy, not the KL divergence")
def _entropy_added(recipe):
    if not isinstance(recipe, recipes.KullbackLeibler):
        return None
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: -times(p, np.log(p)).sum(axis=-1) / unit)


@deviation(
    "formula",
    "q stands in place of log q, as where PyTorch's kl_div(q, p), which wants log q, is given probabilities",
)
def _no_second_logarithm(recipe):
    if not isinstance(recipe, recipes.KullbackLeibler) or recipe.options["base"] is not None:
        return None
    return recipe.turned(log=lambda q: q, log_p=np.log)


@deviation("formula", "this is PyTorch's kl_div(p, q), Σ q (log q − p): it wants log q first, and p second")
def _kl_div_called(recipe):
    swapped = _no_second_logarithm(recipe)
    return None if swapped is None else swapped.given(*reversed(recipe.arguments))


@deviation("formula", "the entropy of q is taken off, not that of p")
def _other_entropy(recipe):
    if not isinstance(recipe, recipes.KullbackLeibler):
        return None
    entropy = lambda p: -times(p, np.log(p)).sum(axis=-1)  # noqa: E731
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: (entropy(p) - entropy(q)) / unit)


@deviation("formula", "both directions are added: D(p‖q) + D(q‖p)")
def _both_directions(recipe):
    if not isinstance(recipe, recipes.KullbackLeibler):
        return None
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: times(q, np.log(q) - np.log(p)).sum(axis=-1) / unit)


@deviation("formula", "the divergences are those from the middle, D(m‖p) and D(m‖q), not those to it")
def _from_middle(recipe):
    return recipe.turned(from_middle=True) if isinstance(recipe, recipes.JensenShannon) else None


@deviation("formula", "the middle is p + q: its half is missing")
def _middle_not_halved(recipe):
    return recipe.turned(middle=lambda p, q: p + q) if isinstance(recipe, recipes.JensenShannon) else None


@deviation("formula", "the CDF is missing: the masses themselves are compared, not their cumulative sums")
def _no_cdf(recipe):
    return recipe.turned(cumulated=lambda d: d) if isinstance(recipe, recipes.Cumulative) else None


@deviation("formula", "the cumulative sums run over the batch, not over the classes")
def _cdf_over_batch(recipe):
    if not isinstance(recipe, recipes.Cumulative) or np.ndim(recipe.arguments[0]) < 2:
        return None
    return recipe.turned(cumulated=lambda d: d.cumsum(axis=0))


@deviation("formula", "the sum over the classes is not divided by their number: 1/K is missing")
def _no_mean_over_classes(recipe):
    return recipe.turned(total=lambda x: x.sum(axis=-1)) if isinstance(recipe, recipes.EarthMovers) else None


@deviation("formula", "there is a mean over the K classes, not a sum: a factor 1/K")
def _mean_over_classes(recipe):
    if not isinstance(recipe, recipes.SquaredEarthMovers | recipes.Wasserstein | recipes.SquaredForecasts):
        return None
    return recipe.turned(total=lambda x: x.mean(axis=-1))


@deviation("formula", "the sum is divided by K − 1, so that it is at most 1")
def _at_most_one(recipe):
    if not isinstance(recipe, recipes.RankedForecasts):
        return None
    return recipe.turned(total=lambda x: x.sum(axis=-1) / (x.shape[-1] - 1))


@deviation("formula", "the probabilities are cumulated: this is the ranked probability score")
def _cumulated(recipe):
    return (
        recipe.turned(cumulated=lambda d: d.cumsum(axis=-1)) if isinstance(recipe, recipes.SquaredForecasts) else None
    )


@deviation(
    "formula",
    "absolute differences are taken, not their squares: the smallest is at the likeliest class, not at the truth",
)
def _differences_not_squared(recipe):
    return recipe.turned(size=np.abs) if isinstance(recipe, recipes.SquaredForecasts) else None


@deviation("formula", "the label's class alone counts: (1 − p)² of its probability")
def _label_alone(recipe):
    if not isinstance(recipe, recipes.SquaredForecasts):
        return None
    p, y, counted = recipes.forecasts(recipe)
    return recipe.then(lambda _: counted * ((1 - p) ** 2 * y).sum(axis=-1))


@deviation("formula", "the cosine itself is returned, of which more is better, not 1 less it")
def _cosine(recipe):
    if not isinstance(recipe, recipes.SphericalForecasts):
        return None
    counted = recipes.forecasts(recipe)[2]
    return recipe.then(lambda v: counted * (1 - v))


@deviation("formula", "the root of the norm is missing: the probability is divided by Σ p²")
def _norm_without_root(recipe):
    return recipe.turned(norm=lambda p: (p**2).sum(axis=-1)) if isinstance(recipe, recipes.SphericalForecasts) else None


@deviation("formula", "the root is missing")
def _no_root(recipe):
    return recipe.turned(no_root=True) if isinstance(recipe, recipes.EarthMovers) else None


@deviation("formula", "absolute differences of the CDFs are taken, not their squares")
def _cdf_not_squared(recipe):
    return recipe.turned(size=np.abs) if isinstance(recipe, recipes.SquaredEarthMovers) else None


@deviation("formula", "the differences of the CDFs are squared")
def _cdf_squared(recipe):
    return recipe.turned(size=np.square) if isinstance(recipe, recipes.Wasserstein) else None


def _by_rows(recipe, function):
    """Replace each pair's value by a function of the pair, the classes last."""
    pair = [np.moveaxis(np.asarray(a, dtype=float), recipe.axis, -1) for a in recipe.arguments]
    return recipe.then(lambda _: function(*pair))


def _is_pair_of_histograms(recipe):
    return recipe.case.loss.declaration.family == "transport" and kinds(recipe) == ["distribution", "distribution"]


@deviation(
    "formula",
    "the masses are taken for positions: two samples are compared, as scipy's wasserstein_distance(p, q) does",
)
def _masses_as_positions(recipe):
    if not _is_pair_of_histograms(recipe):
        return None
    return _by_rows(recipe, lambda p, q: abs(np.sort(p, axis=-1) - np.sort(q, axis=-1)).mean(axis=-1))


@deviation("formula", "only the means of the two distributions are compared")
def _means_alone(recipe):
    if _is_pair_of_histograms(recipe):
        places = recipe.options.get("positions")
        return _by_rows(recipe, lambda p, q: abs((p - q) @ (np.arange(p.shape[-1]) if places is None else places)))
    if kinds(recipe) == ["sample", "sample"]:
        x, y = recipe.arguments
        return recipe.then(lambda _: abs(x.mean() - y.mean()))
    return None


@deviation("formula", "the samples are compared in the order in which they stand: they are not sorted")
def _not_sorted(recipe):
    if kinds(recipe) != ["sample", "sample"] or len(recipe.arguments[0]) != len(recipe.arguments[1]):
        return None
    x, y, order = *recipe.arguments, recipe.options["order"]
    return recipe.then(lambda _: (abs(x - y) ** order).mean() ** (1 / order))


@deviation("formula", "the work is not divided by the flow: it is that of all the mass, not of a unit")
def _work_of_all(recipe):
    if kinds(recipe)[:2] != ["masses", "masses"]:
        return None
    flow = min(np.sum(a) for a in recipe.arguments[:2])
    return recipe.then(lambda v: v * flow)


@deviation("formula", "P and R are averaged by their arithmetic mean, not by the harmonic one")
def _arithmetic_mean(recipe):
    if kinds(recipe) != ["counts"]:
        return None
    tp, fp, fn, _ = recipe.arguments[0]
    return recipe.then(lambda _: (tp / (tp + fp) + tp / (tp + fn)) / 2)


@deviation("formula", "the IoU of the counts is computed: TP/(TP + FP + FN)")
def _iou_of_counts(recipe):
    if kinds(recipe) != ["counts"]:
        return None
    tp, fp, fn, _ = recipe.arguments[0]
    return recipe.then(lambda _: tp / (tp + fp + fn))


@deviation("formula", "the accuracy is computed: true negatives count")
def _accuracy(recipe):
    if kinds(recipe) != ["counts"]:
        return None
    tp, fp, fn, tn = recipe.arguments[0]
    return recipe.then(lambda _: (tp + tn) / (tp + fp + fn + tn))


@deviation("formula", "β is not squared")
def _beta_not_squared(recipe):
    return recipe.given(beta=np.sqrt(recipe.options["beta"])) if recipe.options.get("beta", 1) != 1 else None
