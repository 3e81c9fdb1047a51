import torch
from monai.losses import DiceCELoss, TverskyLoss

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert abs(TverskyLoss(alpha=0.3, beta=0.7)(probs, target) - 0.22680) < 1e-5
assert abs(DiceCELoss(sigmoid=True)(torch.logit(probs), target) - 0.44670) < 1e-5
