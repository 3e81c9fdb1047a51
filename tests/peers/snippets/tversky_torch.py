import torch
import torch.nn.functional as F

probs = torch.tensor([0.9, 0.6, 0.2, 0.1])
target = torch.tensor([1.0, 1.0, 0.0, 0.0])
logits = torch.logit(probs).requires_grad_()
p = torch.sigmoid(logits)
tp, fp, fn = p @ target, p @ (1 - target), (1 - p) @ target
tversky = 1 - tp / (tp + 0.3 * fp + 0.7 * fn)
assert abs(tversky.item() - 0.22680) < 1e-5

bce = F.binary_cross_entropy_with_logits(logits, target)
dice = 2 * tp / (2 * tp + fp + fn)
assert abs((bce + 1 - dice).item() - 0.44670) < 1e-5
assert abs((bce - torch.log(dice)).item() - 0.47256) < 1e-5
