import torch

import lossbook
from lossbook.bridges.torch import differentiable

loss_of = differentiable(lossbook.lovasz_hinge)
images = torch.randn(8, 3, 32, 32, generator=torch.manual_seed(0))
masks = (images.mean(1) > 0.5).float()  # of bright pixels
model = torch.nn.Conv2d(3, 1, 1)
optimiser = torch.optim.Adam(model.parameters(), lr=0.3)
for _ in range(50):
    optimiser.zero_grad()
    loss = loss_of(model(images).squeeze(1), masks, per_image=True)
    loss.backward()
    optimiser.step()
right = (model(images).squeeze(1) > 0) == masks
assert right.float().mean() > 0.99
