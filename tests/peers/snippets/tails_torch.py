import torch
from torch.nn.functional import cross_entropy

logits, labels = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])
counts = torch.tensor([900.0, 90.0, 10.0])
balanced = cross_entropy(logits + counts.log(), labels)
assert abs(balanced.item() - 2.32442) < 1e-4
