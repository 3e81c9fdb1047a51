import torch
from torch.nn.functional import cross_entropy, log_softmax, nll_loss

logits, labels = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])
loss = cross_entropy(logits, labels)
assert abs(loss.item() - 1.28873) < 1e-5
assert torch.isclose(nll_loss(log_softmax(logits, dim=1), labels), loss)
assert cross_entropy(torch.tensor([[40.0, 0.0]]), torch.tensor([0])) == 0
