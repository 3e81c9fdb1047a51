import torch
from scipy.spatial.distance import dice
from sklearn.metrics import f1_score
from torchmetrics.functional.segmentation import dice_score

marked, target = [1, 1, 1, 0], [1, 1, 0, 0]
assert abs(f1_score(target, marked) - 0.8) < 1e-12
assert abs(dice(target, marked) - 0.2) < 1e-12

planes = [torch.tensor(values).reshape(1, 1, 2, 2) for values in (marked, target, [0] * 4, [1, 0, 0, 0])]
assert abs(dice_score(*planes[:2], num_classes=1) - 0.8) < 1e-6
assert dice_score(planes[2], planes[2], num_classes=1).isnan()
assert dice_score(planes[3], planes[2], num_classes=1) == 0
