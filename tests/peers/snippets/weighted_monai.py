import torch
from monai.losses import DiceCELoss

logits, target = torch.tensor([2.0, -1.0, -3.0]), torch.tensor([1.0, 0.0, 0.0])
one = DiceCELoss(sigmoid=True, lambda_dice=0.0, weight=torch.tensor([2.0]))
loss = one(logits.reshape(1, 1, 3), target.reshape(1, 1, 3))
assert abs(loss.item() - 3 * 0.06841) < 1e-5

options = {"softmax": True, "lambda_dice": 0.0, "weight": torch.tensor([1.0, 2.0])}
two = torch.stack([torch.zeros(3), logits])[None]
one_hot = torch.stack([1 - target, target])[None]
from_one_hot = DiceCELoss(**options)(two, one_hot)
from_labels = DiceCELoss(to_onehot_y=True, **options)(two, target.reshape(1, 1, 3))
assert abs(from_one_hot.item() - 3 * 0.06841) < 1e-5
assert abs(from_labels.item() - 0.15393) < 1e-5
