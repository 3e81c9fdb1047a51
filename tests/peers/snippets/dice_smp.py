import torch
from segmentation_models_pytorch.losses import DiceLoss

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
loss = DiceLoss("binary", from_logits=False)
assert abs(loss(probs, target) - 0.21053) < 1e-5
assert abs(loss(probs, probs)) < 1e-6

empty, alarm = torch.zeros(1, 1, 2, 2), torch.tensor([1.0, 0.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert loss(empty, empty) == 0
assert loss(alarm, empty) == 0
