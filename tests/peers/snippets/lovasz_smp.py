import torch
from segmentation_models_pytorch.losses import LovaszLoss

logits = torch.tensor([2.0, -0.5, 0.25, -3.0]).reshape(1, 1, 2, 2)
target = torch.tensor([1, 1, 0, 0]).reshape(1, 1, 2, 2)
assert abs(LovaszLoss("binary")(logits, target) - 0.95833) < 1e-5

probs = torch.tensor([[0.75, 0.25, 1e-9], [0.5, 0.5, 1e-9], [0.25, 0.5, 0.25]]).T.reshape(1, 3, 1, 3)
labels = torch.tensor([[[0, 0, 1]]])
assert abs(LovaszLoss("multiclass")(probs.log(), labels) - 0.4375) < 1e-5
assert abs(LovaszLoss("multiclass", from_logits=False)(probs, labels) - 0.5883) < 1e-4
