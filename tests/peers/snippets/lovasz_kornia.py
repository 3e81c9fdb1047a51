import torch
from kornia.losses import lovasz_hinge_loss, lovasz_softmax_loss

logits = torch.tensor([2.0, -0.5, 0.25, -3.0]).reshape(1, 1, 2, 2)
target = torch.tensor([1, 1, 0, 0]).reshape(1, 2, 2)
assert abs(lovasz_hinge_loss(logits, target) - 0.95833) < 1e-5

probs = torch.tensor([[0.75, 0.25, 1e-9], [0.5, 0.5, 1e-9], [0.25, 0.5, 0.25]])
scores = probs.log().T.reshape(1, 3, 1, 3)
loss = lovasz_softmax_loss(scores, torch.tensor([[[0, 0, 1]]]))
assert abs(loss - 0.375) < 1e-5
