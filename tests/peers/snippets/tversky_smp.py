import torch
from segmentation_models_pytorch.losses import DiceLoss, TverskyLoss

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
loss = TverskyLoss("binary", from_logits=False, alpha=0.3, beta=0.7)
assert abs(loss(probs, target) - 0.22680) < 1e-5
focal = TverskyLoss("binary", from_logits=False, alpha=0.3, beta=0.7, gamma=0.75)
assert abs(focal(probs, target) - 0.22680**0.75) < 1e-5

logits = torch.logit(probs)
bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
assert abs(bce + DiceLoss("binary")(logits, target) - 0.44670) < 1e-5
assert abs(bce + DiceLoss("binary", log_loss=True)(logits, target) - 0.47256) < 1e-5
