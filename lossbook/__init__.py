"""The loss functions of deep learning: derived in SymPy, implemented in NumPy, verified at every build."""

from lossbook._catalogue import catalogue
from lossbook._engine import grad, hessian_diag, threads, value_and_grad
from lossbook.classification import (
    balanced_binary_cross_entropy_with_logits,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    nll_loss,
)
from lossbook.divergence import entropy, js_divergence, kl_divergence
from lossbook.focal import sigmoid_focal_loss, softmax_focal_loss
from lossbook.lovasz import lovasz_extension, lovasz_hinge, lovasz_softmax
from lossbook.overlap import (
    bce_dice_loss,
    bce_log_dice_loss,
    confusion_counts,
    dice_coefficient,
    dice_loss,
    f1_score,
    fbeta_score,
    hard_dice_coefficient,
    iou_coefficient,
    iou_loss,
    precision,
    recall,
    tversky_loss,
)
from lossbook.regression import mse_loss
from lossbook.transport import (
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
