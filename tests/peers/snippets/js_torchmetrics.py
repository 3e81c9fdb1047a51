import torch
from torchmetrics.functional.regression import jensen_shannon_divergence

p, q = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]])
loss = jensen_shannon_divergence(p, q)
assert abs(loss.item() - 0.033822) < 1e-6
