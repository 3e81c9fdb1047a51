import torch
from torch.nn.functional import multi_margin_loss

logits, labels = torch.tensor([[2.0, 1.5, 1.5], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])
weston_watkins = 3 * multi_margin_loss(logits, labels)
assert abs(weston_watkins.item() - 2.0) < 1e-6
