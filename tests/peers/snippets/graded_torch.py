import torch
from torch.nn.functional import binary_cross_entropy_with_logits, multilabel_soft_margin_loss

logits, target = torch.tensor([[2.0, -1.0, 0.0]]), torch.tensor([[1.0, 0.0, 0.5]])
bce = binary_cross_entropy_with_logits(logits, target, reduction="none")
quality = ((torch.sigmoid(logits) - target).abs() ** 2 * bce).mean()
assert abs(quality.item() - 0.0081539) < 1e-6
assert abs(multilabel_soft_margin_loss(logits, target).item() - 0.37778) < 1e-5
