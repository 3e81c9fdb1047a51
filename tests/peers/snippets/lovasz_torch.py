import torch

logits = torch.tensor([2.0, -0.5, 0.25, -3.0], requires_grad=True)
target = torch.tensor([1.0, 1.0, 0.0, 0.0])
errors, order = (1 - (2 * target - 1) * logits).sort(descending=True, stable=True)
y, total = target[order], target.sum()
union = total + (1 - y).cumsum(0)
increments = torch.where(y == 1, 1 / union, (total - y.cumsum(0)) / (union * (union - 1)))
loss = errors.relu() @ increments
loss.backward()
assert abs(loss.item() - 0.95833) < 1e-5
assert torch.allclose(logits.grad, torch.tensor([0, -1 / 2, 1 / 6, 0]))
