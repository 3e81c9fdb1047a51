import torch
from torchvision.ops import sigmoid_focal_loss

logits, target = torch.tensor([2.0, -1.0, -3.0]), torch.tensor([1.0, 1.0, 0.0])
loss = sigmoid_focal_loss(logits, target, alpha=0.25, gamma=2, reduction="mean")
assert abs(loss.item() - 0.05867) < 1e-5
