import torch
from torch.nn.functional import l1_loss, one_hot

logits, labels = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])
loss = 3 * l1_loss(logits.softmax(dim=1), one_hot(labels, 3).float())
assert abs(loss.item() - 1.22056) < 1e-5
