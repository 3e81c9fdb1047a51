import torch
from torchmetrics.classification import BinaryF1Score, BinaryStatScores

target = torch.tensor([1, 1, 0, 1, 0, 1, 0, 0, 0, 0])
scores = torch.tensor([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
assert BinaryStatScores()(scores, target).tolist() == [3, 2, 4, 1, 4]

f1 = BinaryF1Score()
for batch in (slice(5), slice(5, 10)):
    f1.update(scores[batch], target[batch])
assert abs(f1.compute() - 2 / 3) < 1e-6
