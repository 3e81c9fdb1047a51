import torch
from torch.nn.functional import kl_div

p, q = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]])
loss = kl_div(q.log(), p, reduction="batchmean")
assert abs(loss.item() - 0.143841) < 1e-6
assert torch.isclose(kl_div(q.log(), p, reduction="none").mean(), loss / 2)
assert kl_div(p, q, reduction="sum") < 0
