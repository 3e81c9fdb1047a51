import torch
from kornia.losses import binary_focal_loss_with_logits, focal_loss

logits, target = torch.tensor([[2.0, -1.0, -3.0]]), torch.tensor([[1.0, 1.0, 0.0]])
loss = binary_focal_loss_with_logits(logits, target, alpha=0.25, gamma=2.0, reduction="mean")
assert abs(loss.item() - 0.05867) < 1e-5

scores, label = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0])
softmax = focal_loss(scores, label, alpha=0.25, gamma=2.0, reduction="sum")
assert abs(softmax.item() - 0.75 * 0.04568) < 1e-5
