"""The loss functions of deep learning: derived in SymPy, implemented in NumPy, verified at every build."""

from lossbook.catalogue import catalogue
from lossbook.engine.blocks import threads
from lossbook.engine.loss import grad, hessian_diag, value_and_grad
from lossbook.losses.binary import (
    balanced_binary_cross_entropy_with_logits,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
)
from lossbook.losses.categorical import cross_entropy, nll_loss
from lossbook.losses.counts import confusion_counts, f1_score, fbeta_score, precision, recall
from lossbook.losses.divergence import entropy, js_divergence, kl_divergence
from lossbook.losses.focal import sigmoid_focal_loss, softmax_focal_loss
from lossbook.losses.lovasz import lovasz_extension, lovasz_hinge, lovasz_softmax
from lossbook.losses.overlap import (
    bce_dice_loss,
    bce_log_dice_loss,
    dice_coefficient,
    dice_loss,
    hard_dice_coefficient,
    iou_coefficient,
    iou_loss,
    tversky_loss,
)
from lossbook.losses.regression import mse_loss
from lossbook.losses.transport import (
    earth_movers_distance,
    emd_loss,
    squared_emd_loss,
    wasserstein_histograms,
    wasserstein_samples,
)

__all__ = [
    "balanced_binary_cross_entropy_with_logits",
    "bce_dice_loss",
    "bce_log_dice_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "catalogue",
    "confusion_counts",
    "cross_entropy",
    "dice_coefficient",
    "dice_loss",
    "earth_movers_distance",
    "emd_loss",
    "entropy",
    "f1_score",
    "fbeta_score",
    "grad",
    "hard_dice_coefficient",
    "hessian_diag",
    "iou_coefficient",
    "iou_loss",
    "js_divergence",
    "kl_divergence",
    "lovasz_extension",
    "lovasz_hinge",
    "lovasz_softmax",
    "mse_loss",
    "nll_loss",
    "precision",
    "recall",
    "sigmoid_focal_loss",
    "softmax_focal_loss",
    "squared_emd_loss",
    "threads",
    "tversky_loss",
    "value_and_grad",
    "wasserstein_histograms",
    "wasserstein_samples",
]
