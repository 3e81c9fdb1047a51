import torch
from torchmetrics.functional.regression import continuous_ranked_probability_score

ensemble, target = torch.tensor([[1.0, 2.0, 4.0, 7.0]]), torch.tensor([3.0])
crps = continuous_ranked_probability_score(ensemble, target)
assert crps.item() == 0.75

cloud, point = torch.tensor([[3.0, 4.0], [-3.0, -4.0]]), torch.zeros(1, 2)
by_differences = {"compute_mode": "donot_use_mm_for_euclid_dist"}
energy = torch.cdist(cloud, point).mean() - torch.cdist(cloud, cloud, **by_differences).mean() / 2
assert energy.item() == 2.5
