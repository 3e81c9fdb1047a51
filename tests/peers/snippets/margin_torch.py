import torch
from torch.nn.functional import relu, soft_margin_loss

logits, target = torch.tensor([2.0, -1.0, -0.5]), torch.tensor([1.0, 1.0, 0.0])
sign = 2 * target - 1
logistic = soft_margin_loss(logits, sign)
assert abs(logistic.item() - 0.63808) < 1e-5
hinge = relu(1 - sign * logits).mean()
assert abs(hinge.item() - 0.83333) < 1e-5
