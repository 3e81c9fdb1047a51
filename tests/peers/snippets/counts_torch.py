import torch

target = torch.tensor([1, 1, 0, 1, 0, 1, 0, 0, 0, 0], dtype=torch.bool)
scores = torch.tensor([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
scores.requires_grad_()
marks = scores > 0.5
tp, fp, fn = (marks & target).sum(), (marks & ~target).sum(), (~marks & target).sum()
f1 = 2 * tp / (2 * tp + fp + fn)
assert abs(f1 - 2 / 3) < 1e-6
assert not f1.requires_grad

soft = 1 - 2 * scores[target].sum() / (scores.sum() + target.sum())
soft.backward()
assert abs(scores.grad[0] + 0.14333) < 1e-5
