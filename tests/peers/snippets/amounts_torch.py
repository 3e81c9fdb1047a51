import torch
from torch.nn.functional import poisson_nll_loss

log_mean, target = torch.tensor([0.0, 1.0, -0.5]), torch.tensor([1.0, 4.0, 0.0])
counts = poisson_nll_loss(log_mean, target)
assert abs(counts.item() - 0.10827) < 1e-5
# In PyTorch probs is the chance of what is counted; the size is 2.
mean = log_mean.exp()
binomial = torch.distributions.NegativeBinomial(2.0, mean / (2 + mean))
assert abs(-binomial.log_prob(target).mean().item() - 1.35303) < 1e-5
