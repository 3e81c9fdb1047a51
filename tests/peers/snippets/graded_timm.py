import torch
from timm.loss import AsymmetricLossMultiLabel

logits, target = torch.tensor([[2.0, -1.0, 0.0]]), torch.tensor([[1.0, 0.0, 0.0]])
loss = AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=1, clip=0.05)(logits, target)
assert abs(loss.item() - 0.040213) < 1e-5
