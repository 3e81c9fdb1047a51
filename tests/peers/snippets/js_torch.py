import torch
from torch.nn.functional import kl_div


def js_divergence(p, q):
    log_m = ((p + q) / 2).log()
    return (kl_div(log_m, p, reduction="batchmean") + kl_div(log_m, q, reduction="batchmean")) / 2


loss = js_divergence(torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]]))
assert abs(loss.item() - 0.033822) < 1e-6

unused = js_divergence(torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.25, 0.75, 0.0]]))
assert unused.isnan()
