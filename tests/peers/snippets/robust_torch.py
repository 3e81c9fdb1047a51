import torch
from torch.nn.functional import huber_loss, smooth_l1_loss

prediction, target = torch.tensor([1.0, 5.0]), torch.tensor([0.0, 0.0])
assert huber_loss(prediction, target) == 2.5
assert huber_loss(prediction, target, delta=2.0) == 4.25
assert smooth_l1_loss(prediction, target, beta=2.0) == 2.125
assert huber_loss(prediction, target, weight=torch.tensor([1.0, 3.0])) == 7.0
