"""The list of all losses, in the book's order; tests, ledger and cheat sheet run over it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lossbook.losses import binary, categorical, counts, divergence, focal, lovasz, overlap, regression, transport


@dataclass(frozen=True)
class Record:
    """One loss: its function, family and page (None: the book has no chapter on it), and the kind of each argument."""

    function: Callable
    family: str
    page: str | None
    arguments: Mapping[str, str]

    @property
    def name(self):
        """The name of the function."""
        return self.function.__name__

    @property
    def options(self):
        """The names of the keyword-only arguments."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def references(self):
        """The sources that the docstring names, one a line."""
        text = inspect.getdoc(self.function).partition("References\n----------\n")[2].partition("\n\nExamples\n")[0]
        return tuple(" ".join(entry.split()) for entry in text.split("\n\n") if entry.strip())

    @property
    def card(self):
        """The loss card, loaded with SymPy when it is asked for; None where there is none."""
        from lossbook.cards import cards

        return cards().get(self.name)


def catalogue():
    """List the losses of the book, one record each.

    Returns
    -------
    tuple of Record
        In the book's order. A record has the loss's ``name``, ``function``, ``family``, ``page`` (of its chapter, or None),
        ``arguments`` (the kind of each array), ``options``, ``references``, and ``card`` (its symbolic side, which
        imports SymPy).

    Examples
    --------
    >>> import lossbook
    >>> [record.name for record in lossbook.catalogue() if record.family == "focal"]
    ['sigmoid_focal_loss', 'softmax_focal_loss']
    """
    return _RECORDS


_BCE = "book/likelihood/binary_cross_entropy"
_CE = "book/likelihood/cross_entropy"
_FOCAL = "book/unequal/focal_loss"
_KL = "book/distributions/entropy_and_kl"
_EMD = "book/distributions/emd_cdf"
_LOVASZ = "book/regions/lovasz_extension"
_COUNTS = "book/regions/precision_recall_f1"
_DICE = "book/regions/dice"
_TVERSKY = "book/regions/tversky"
_IOU = "book/regions/iou"
_HISTOGRAMS = {"p": "distribution", "q": "distribution"}
_RATINGS = {"probs": "distribution", "target": "distribution"}
_MASKS = {"probs": "probs", "target": "unit"}

_RECORDS = (
    Record(binary.binary_cross_entropy, "cross entropy", _BCE, {"probs": "probs", "target": "unit"}),
    Record(binary.binary_cross_entropy_with_logits, "cross entropy", _BCE, {"logits": "logits", "target": "unit"}),
    Record(categorical.cross_entropy, "cross entropy", _CE, {"logits": "scores", "target": "labels or distribution"}),
    Record(categorical.nll_loss, "cross entropy", _CE, {"log_probs": "log-probabilities", "labels": "labels"}),
    Record(
        regression.mse_loss,
        "regression",
        "book/likelihood/mean_squared_error",
        {"prediction": "number", "target": "number"},
    ),
    Record(
        binary.balanced_binary_cross_entropy_with_logits,
        "cross entropy",
        "book/unequal/weighted_cross_entropy",
        {"logits": "logits", "target": "binary"},
    ),
    Record(focal.sigmoid_focal_loss, "focal", _FOCAL, {"logits": "logits", "target": "binary"}),
    Record(focal.softmax_focal_loss, "focal", _FOCAL, {"logits": "scores", "labels": "labels"}),
    Record(divergence.entropy, "divergence", _KL, {"p": "distribution"}),
    Record(divergence.kl_divergence, "divergence", _KL, _HISTOGRAMS),
    Record(divergence.js_divergence, "divergence", "book/distributions/js_divergence", _HISTOGRAMS),
    Record(
        transport.earth_movers_distance, "transport", _EMD, {"supply": "masses", "demand": "masses", "cost": "costs"}
    ),
    Record(transport.wasserstein_histograms, "transport", _EMD, _HISTOGRAMS),
    Record(transport.wasserstein_samples, "transport", _EMD, {"x": "sample", "y": "sample"}),
    Record(transport.emd_loss, "transport", _EMD, _RATINGS),
    Record(transport.squared_emd_loss, "transport", _EMD, _RATINGS),
    Record(counts.confusion_counts, "overlap", _COUNTS, {"prediction": "logits", "target": "binary"}),
    Record(counts.precision, "overlap", _COUNTS, {"counts": "counts"}),
    Record(counts.recall, "overlap", _COUNTS, {"counts": "counts"}),
    Record(counts.fbeta_score, "overlap", _COUNTS, {"counts": "counts"}),
    Record(counts.f1_score, "overlap", _COUNTS, {"counts": "counts"}),
    Record(overlap.dice_coefficient, "overlap", _DICE, _MASKS),
    Record(overlap.dice_loss, "overlap", _DICE, _MASKS),
    Record(overlap.hard_dice_coefficient, "overlap", _DICE, _MASKS),
    Record(overlap.iou_coefficient, "overlap", _IOU, _MASKS),
    Record(overlap.iou_loss, "overlap", _IOU, _MASKS),
    Record(overlap.tversky_loss, "overlap", _TVERSKY, _MASKS),
    Record(overlap.bce_dice_loss, "overlap", _TVERSKY, _MASKS),
    Record(overlap.bce_log_dice_loss, "overlap", _TVERSKY, _MASKS),
    Record(lovasz.lovasz_extension, "Lovász", _LOVASZ, {"set_function": "set function", "errors": "real"}),
    Record(lovasz.lovasz_hinge, "Lovász", _LOVASZ, {"logits": "logits", "target": "binary"}),
    Record(lovasz.lovasz_softmax, "Lovász", _LOVASZ, {"probs": "distribution", "labels": "labels"}),
)
