import torch
from torch.nn.functional import l1_loss

prediction, target = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
assert l1_loss(prediction, target).item() == 1.5

tau = 0.75
error = target - prediction
pinball = torch.maximum(tau * error, (tau - 1) * error).mean()
assert pinball.item() == 0.875  # (0.25 + 1.5)/2

even = torch.zeros(1, requires_grad=True)
torch.maximum(-tau * even, (1 - tau) * even).backward()
assert even.grad.item() == -0.25  # half of −0.75, and half of 0.25
