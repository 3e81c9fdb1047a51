import torch
from torch.nn.functional import kl_div, log_softmax

student, teacher = torch.tensor([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]]), torch.tensor([[0.5, 1.0, 3.0], [2.0, 0.0, 1.0]])
T = 4.0
loss = T**2 * kl_div(log_softmax(student / T, 1), log_softmax(teacher / T, 1), reduction="batchmean", log_target=True)
assert abs(loss.item() - 1.70716) < 1e-4
