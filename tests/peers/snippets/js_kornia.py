import torch
from kornia.losses import js_div_loss_2d

p, q = torch.tensor([[[[0.5, 0.5]]]]), torch.tensor([[[[0.25, 0.75]]]])
loss = js_div_loss_2d(p, q)
assert abs(loss.item() - 0.033822) < 1e-6
