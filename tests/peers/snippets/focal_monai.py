import torch
from monai.losses import FocalLoss

logits, target = torch.tensor([[2.0, -1.0, -3.0]]), torch.tensor([[1.0, 1.0, 0.0]])
loss = FocalLoss(alpha=0.25, gamma=2.0)(logits, target)
assert abs(loss.item() - 0.05867) < 1e-5

scores, label = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([[0]])
softmax = FocalLoss(to_onehot_y=True, use_softmax=True, alpha=0.25, gamma=2.0)(scores, label)
assert abs(softmax.item() - 0.75 * 0.04568 / 3) < 1e-5
