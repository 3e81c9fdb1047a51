import torch
from monai.losses import DiceLoss

probs = torch.tensor([0.9, 0.6, 0.2, 0.1]).reshape(1, 1, 2, 2)
target = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert abs(DiceLoss()(probs, target) - 0.21053) < 1e-5
assert abs(DiceLoss(squared_pred=True)(probs, target) - 0.06832) < 1e-5

empty, alarm = torch.zeros(1, 1, 2, 2), torch.tensor([1.0, 0.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
assert DiceLoss()(empty, empty) == 0
assert abs(DiceLoss()(alarm, empty) - 0.99999) < 1e-6
bare = DiceLoss(smooth_nr=0, smooth_dr=0)
assert bare(empty, empty).isnan()
assert bare(alarm, empty) == 1
