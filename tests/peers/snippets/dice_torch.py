import torch

probs = torch.tensor([0.9, 0.6, 0.2, 0.1], requires_grad=True)
target = torch.tensor([1.0, 1.0, 0.0, 0.0])
size = probs.sum() + target.sum()
loss = 1 - 2 * (probs @ target) / size
loss.backward()
assert abs(loss.item() - 0.21053) < 1e-5
assert torch.allclose(probs.grad, ((1 - loss) - 2 * target) / size)
