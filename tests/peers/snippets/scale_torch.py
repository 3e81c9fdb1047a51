import torch
from torch.nn.functional import gaussian_nll_loss

loc, scale, target = torch.tensor([0.0, 3.0]), torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])
gaussian = gaussian_nll_loss(loc, target, scale**2)
assert abs(gaussian.item() - 1.59657) < 1e-5
student = -torch.distributions.StudentT(4.0, loc, scale).log_prob(target)
assert abs(student.mean().item() - 2.47277) < 1e-5
