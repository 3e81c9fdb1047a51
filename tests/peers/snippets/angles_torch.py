import torch
from torch.nn.functional import cross_entropy, normalize, one_hot

embeddings, prototypes = torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
labels, margin, scale = torch.tensor([0, 1]), 0.35, 4.0
cosines = normalize(embeddings) @ normalize(prototypes).T
loss = cross_entropy(scale * (cosines - margin * one_hot(labels, 2)), labels)
assert abs(loss.item() - 0.29457) < 1e-5
