import torch

probs = torch.tensor([[0.2, 0.5, 0.3]])
target = torch.tensor([[0.5, 0.25, 0.25]])
difference = torch.cumsum(probs - target, dim=-1)
squared_emd = difference.square().sum(dim=-1).mean()
emd = difference.square().mean(dim=-1).sqrt().mean()
assert abs(squared_emd.item() - 0.0925) < 1e-6
assert abs(emd.item() - 0.175594) < 1e-6
