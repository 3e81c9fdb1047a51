import torch
from torch.nn.functional import mse_loss

prediction, target = torch.tensor([2.0, -1.0]), torch.tensor([1.0, 3.0])
assert mse_loss(prediction, target) == 8.5
assert mse_loss(prediction, target, weight=torch.tensor([3.0, 1.0])) == 4.75
