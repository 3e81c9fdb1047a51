import torch
from segmentation_models_pytorch.losses import JaccardLoss
from segmentation_models_pytorch.metrics import get_stats, iou_score

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
loss = JaccardLoss("binary", from_logits=False)
assert abs(loss(probs, target) - 0.34783) < 1e-5
assert abs(loss(probs, probs)) < 1e-6

empty, alarm = torch.zeros(1, 1, 2, 2), torch.tensor([1.0, 0.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert loss(empty, empty) == 0
assert loss(alarm, empty) == 0
assert iou_score(*get_stats(empty.int(), empty.int(), mode="binary")) == 1
assert iou_score(*get_stats(alarm.int(), empty.int(), mode="binary")) == 0
