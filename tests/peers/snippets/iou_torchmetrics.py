import torch
from torchmetrics.functional.classification import binary_jaccard_index, multiclass_jaccard_index
from torchmetrics.functional.segmentation import mean_iou

probs, target = torch.tensor([0.9, 0.6, 0.2, 0.1]), torch.tensor([1, 1, 0, 0])
assert binary_jaccard_index(probs, target) == 1

# Class 2 is nowhere.
marked, labels = torch.tensor([0, 0, 1, 1, 1, 1]), torch.tensor([0, 0, 0, 1, 1, 1])
mean = (2 / 3 + 3 / 4) / 2
assert abs(multiclass_jaccard_index(marked, labels, num_classes=3) - mean) < 1e-6
planes = marked.reshape(1, 2, 3), labels.reshape(1, 2, 3)
assert abs(mean_iou(*planes, num_classes=3, input_format="index") - mean) < 1e-6

empty, alarm = torch.zeros(4), torch.tensor([1.0, 0.0, 0.0, 0.0])
assert binary_jaccard_index(empty, empty.int()) == 0
assert binary_jaccard_index(alarm, empty.int()) == 0
