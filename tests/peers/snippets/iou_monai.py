import torch
from monai.losses import DiceLoss
from monai.metrics import MeanIoU

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
loss = DiceLoss(jaccard=True)
assert abs(loss(probs, target) - 0.34783) < 1e-5
doubled = DiceLoss(jaccard=True, smooth_nr=2.0, smooth_dr=2.0)
assert abs(doubled(probs, target) - (1 - 2.5 / 3.3)) < 1e-6

empty, alarm = torch.zeros(1, 1, 2, 2), torch.tensor([1.0, 0.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert loss(empty, empty) == 0
assert abs(loss(alarm, empty) - 0.99999) < 1e-5
assert DiceLoss(jaccard=True, smooth_nr=0, smooth_dr=0)(empty, empty).isnan()
assert MeanIoU()(empty, empty).isnan()
assert MeanIoU()(alarm, empty).isnan()
assert MeanIoU(ignore_empty=False)(alarm, empty) == 0
