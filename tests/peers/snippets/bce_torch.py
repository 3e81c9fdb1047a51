import torch
from torch.nn.functional import binary_cross_entropy_with_logits

logits, target = torch.tensor([2.0, -1.0]), torch.tensor([1.0, 0.0])
loss = binary_cross_entropy_with_logits(logits, target)
assert abs(loss.item() - 0.22009) < 1e-5
