import torch
from torch.nn import functional as F

probs, labels = torch.tensor([[0.2, 0.5, 0.3]]), torch.tensor([2])
difference = probs - F.one_hot(labels, 3)
brier = (difference**2).sum(1).mean()
ranked = (difference.cumsum(1) ** 2).sum(1).mean()
log_score = F.nll_loss(probs.log(), labels)
assert abs(brier.item() - 0.78) < 1e-6
assert abs(ranked.item() - 0.53) < 1e-6
assert abs(log_score.item() - 1.20397) < 1e-5
