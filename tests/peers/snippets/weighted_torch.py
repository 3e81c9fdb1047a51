import torch
from torch.nn import functional

logits, target = torch.tensor([2.0, -1.0, -3.0]), torch.tensor([1.0, 0.0, 0.0])
binary = functional.binary_cross_entropy_with_logits
balanced = binary(logits, target, weight=(1 + target) / 3)
assert abs(balanced.item() - 0.06841) < 1e-5
loss = binary(logits, target, pos_weight=torch.tensor(2.0))
assert torch.isclose(loss, 3 * balanced)

two, weight = torch.stack([torch.zeros(3), logits], dim=1), torch.tensor([1.0, 2.0])
from_labels = functional.cross_entropy(two, target.long(), weight=weight)
one_hot = functional.one_hot(target.long()).float()
from_one_hot = functional.cross_entropy(two, one_hot, weight=weight)
assert torch.isclose(from_labels, loss * 3 / 4)
assert torch.isclose(from_one_hot, loss)
