"""Wrong implementations as people write them, in plain NumPy, each with the deviations that tell them from the loss."""

import math
from typing import NamedTuple

import numpy as np

import lossbook as lb

log, exp, sqrt = np.log, np.exp, np.sqrt
INTS = (1, 2, 3)


class Wrong(NamedTuple):
    """A function, the loss that it was meant to be, its options, and the names of what is wrong with it."""

    function: object
    loss: object
    options: dict
    deviations: tuple

    def __str__(self):
        return f"{self.loss.__name__}-{'-'.join(self.deviations)}"


WRONG = []


def wrong(loss, *deviations, **options):
    def enter(function):
        WRONG.append(Wrong(function, loss, options, deviations))
        return function

    return enter


def sigmoid(z):
    return 1 / (1 + exp(-z))


def softmax(z, axis=1):
    return exp(z) / exp(z).sum(axis=axis, keepdims=True)


def bce(p, y):
    return -(y * log(p) + (1 - y) * log(1 - p))


def picked(p, y):
    return p[np.arange(len(y)), y]


# Binary cross entropy


@wrong(lb.binary_cross_entropy, "summed")
def _(p, y):
    return bce(p, y).sum()


@wrong(lb.binary_cross_entropy, "not_reduced")
def _(p, y):
    return bce(p, y)


@wrong(lb.binary_cross_entropy, "plain_mean", reduction="sum")
def _(p, y):
    return bce(p, y).mean()


@wrong(lb.binary_cross_entropy, "batch_mean")
def _(p, y):
    return bce(p, y).sum() / p.shape[0]


@wrong(lb.binary_cross_entropy, "mean_of_row_sums")
def _(p, y):
    return np.mean(np.sum(bce(p, y), axis=-1))


@wrong(lb.binary_cross_entropy, "mean_of_rows")
def _(p, y):
    return np.mean(bce(p, y), axis=-1)


@wrong(lb.binary_cross_entropy, "sum_of_rows")
def _(p, y):
    return np.sum(bce(p, y), axis=-1)


@wrong(lb.binary_cross_entropy, "by_positives")
def _(p, y):
    return bce(p, y).sum() / (y == 1).sum()


@wrong(lb.binary_cross_entropy, "largest")
def _(p, y):
    return bce(p, y).max()


@wrong(lb.binary_cross_entropy, "sign_lost")
def _(p, y):
    return np.mean(y * log(p) + (1 - y) * log(1 - p))


@wrong(lb.binary_cross_entropy, "base_two")
def _(p, y):
    return np.mean(np.where(y == 1, -np.log2(p), -np.log2(1 - p)))


@wrong(lb.binary_cross_entropy, "base_ten")
def _(p, y):
    return np.mean(np.where(y == 1, -np.log10(p), -np.log10(1 - p)))


@wrong(lb.binary_cross_entropy, "base_two", "summed")
def _(p, y):
    return -np.sum(y * np.log2(p) + (1 - y) * np.log2(1 - p))


@wrong(lb.binary_cross_entropy, "epsilon_in_logarithm")
def _(p, y, eps=1e-7):
    return -np.mean(y * log(p + eps) + (1 - y) * log(1 - p + eps))


@wrong(lb.binary_cross_entropy, "epsilon_in_logarithm", "summed")
def _(p, y):
    return -np.sum(y * log(p + 1e-5) + (1 - y) * log(1 - p + 1e-5))


@wrong(lb.binary_cross_entropy, "arguments_swapped", "epsilon_in_logarithm")
def _(p, y):
    return -np.mean(p * log(y + 1e-6) + (1 - p) * log(1 - y + 1e-6))


@wrong(lb.binary_cross_entropy, "arguments_swapped")  # infinite for hard labels
def _(p, y):
    return -np.mean(p * log(y) + (1 - p) * log(1 - y))


@wrong(lb.binary_cross_entropy, "clipped")
def _(p, y):
    p = np.clip(p, 0.1, 0.9)
    return bce(p, y).mean()


@wrong(lb.binary_cross_entropy, "positives_alone")
def _(p, y):
    return -np.mean(y * log(p))


@wrong(lb.binary_cross_entropy, "negatives_alone")
def _(p, y):
    return -np.mean((1 - y) * log(1 - p))


@wrong(lb.binary_cross_entropy, "second_sign_lost")  # rasbt/machine-learning-book, issue 239
def _(p, y):
    return np.mean(-y * log(p) + (1 - y) * log(1 - p))


@wrong(lb.binary_cross_entropy, "first_sign_lost")
def _(p, y):
    return np.mean(y * log(p) - (1 - y) * log(1 - p))


@wrong(lb.binary_cross_entropy, "target_flipped")  # fastai/fastbook, pull request 515
def _(p, y):
    return -log(np.where(y == 1, 1 - p, p)).mean()


@wrong(lb.binary_cross_entropy, "squashed_again")
def _(p, y):
    return bce(sigmoid(p), y).mean()


@wrong(lb.binary_cross_entropy, "labels_of_either_sign")
def _(p, y):
    y = np.where(y > 0, 1, -1)
    return bce(p, y).mean()


@wrong(lb.binary_cross_entropy, "no_logarithm")
def _(p, y):
    return -np.mean(y * p + (1 - y) * (1 - p))


@wrong(lb.binary_cross_entropy, "squares_for_logarithms")
def _(p, y):
    return ((p - y) ** 2).mean()


@wrong(lb.binary_cross_entropy, "log_of_mean")
def _(p, y):
    return -log(np.where(y == 1, p, 1 - p).mean())


@wrong(lb.binary_cross_entropy, "probability", "not_reduced")
def _(p, y):
    return np.where(y == 1, p, 1 - p)


@wrong(lb.binary_cross_entropy, "perplexity")
def _(p, y):
    return exp(bce(p, y).mean())


W = [[1.0, 2.0, 0.5], [3.0, 1.0, 4.0]]


@wrong(lb.binary_cross_entropy, "plain_mean", weight=W)
def _(p, y):
    return np.mean(np.array(W) * bce(p, y))


@wrong(lb.binary_cross_entropy, "weight_twice", weight=W)
def _(p, y):
    w = np.array(W)
    return (w * (w * bce(p, y))).sum() / w.sum()


@wrong(lb.binary_cross_entropy, "weight_left_out", weight=W)
def _(p, y):
    return bce(p, y).mean()


# With logits


@wrong(lb.binary_cross_entropy_with_logits, "squashed_again")
def _(z, y):
    return bce(sigmoid(sigmoid(z)), y).mean()


@wrong(lb.binary_cross_entropy_with_logits, "not_squashed", "clipped")
def _(z, y):
    p = np.clip(z, 1e-7, 1 - 1e-7)
    return bce(p, y).mean()


@wrong(lb.binary_cross_entropy_with_logits, "not_squashed")
def _(z, y):
    return bce(z, y).mean()


@wrong(lb.binary_cross_entropy_with_logits, "factor_on_both", pos_weight=3.0)
def _(z, y):
    return 3.0 * bce(sigmoid(z), y).mean()


@wrong(lb.binary_cross_entropy_with_logits, "factor_on_negatives", pos_weight=3.0)
def _(z, y):
    p = sigmoid(z)
    return -np.mean(y * log(p) + 3.0 * (1 - y) * log(1 - p))


@wrong(lb.binary_cross_entropy_with_logits, "factor_in_divisor", pos_weight=3.0)
def _(z, y):
    w = np.where(y == 1, 3.0, 1.0)
    return (w * bce(sigmoid(z), y)).sum() / w.sum()


@wrong(lb.binary_cross_entropy_with_logits, "pos_weight_left_out", pos_weight=3.0)
def _(z, y):
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(exp(-abs(z))))


@wrong(lb.binary_cross_entropy_with_logits, "halved")
def _(z, y):
    return bce(sigmoid(z), y).mean() / 2


@wrong(lb.binary_cross_entropy_with_logits, "factor")
def _(z, y):
    return 0.7 * bce(sigmoid(z), y).mean()


@wrong(lb.binary_cross_entropy_with_logits, "summed", "factor")
def _(z, y):
    return 100 * bce(sigmoid(z), y).sum()


@wrong(lb.balanced_binary_cross_entropy_with_logits, "balance_turned")
def _(z, y):
    beta = y.mean()
    p = sigmoid(z)
    return -np.mean(beta * y * log(p) + (1 - beta) * (1 - y) * log(1 - p))


@wrong(lb.balanced_binary_cross_entropy_with_logits, "balance_as_ratio")
def _(z, y):
    ratio = (y == 0).sum() / (y == 1).sum()
    p = sigmoid(z)
    return -np.mean(ratio * y * log(p) + (1 - y) * log(1 - p))


# Focal loss


def p_true(z, y):
    p = sigmoid(z)
    return np.where(y == 1, p, 1 - p)


@wrong(lb.sigmoid_focal_loss, "alpha_on_the_other_class")
def _(z, y, alpha=0.25, gamma=2.0):
    a = np.where(y == 0, alpha, 1 - alpha)
    pt = p_true(z, y)
    return np.mean(-a * (1 - pt) ** gamma * log(pt))


@wrong(lb.sigmoid_focal_loss, "factor_on_both")  # mkocabas/focal-loss-keras, issue 6
def _(z, y, alpha=0.25, gamma=2.0):
    pt = p_true(z, y)
    return np.mean(alpha * (1 - pt) ** gamma * -log(pt))


@wrong(lb.sigmoid_focal_loss, "factor_on_positives")
def _(z, y, alpha=0.25, gamma=2.0):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, alpha, 1) * (1 - pt) ** gamma * -log(pt))


@wrong(lb.sigmoid_focal_loss, "alpha_is_None")
def _(z, y):
    pt = p_true(z, y)
    return -((1 - pt) ** 2 * log(pt)).mean()


@wrong(lb.sigmoid_focal_loss, "alpha_and_gamma_exchanged")  # qubvel/segmentation_models, issue 258
def _(z, y, gamma=0.25, alpha=2.0):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, alpha, 1 - alpha) * (1 - pt) ** gamma * -log(pt))


@wrong(lb.sigmoid_focal_loss, "another_gamma")
def _(z, y):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, 0.25, 0.75) * (1 - pt) ** 1.3 * -log(pt))


@wrong(lb.sigmoid_focal_loss, "another_alpha")
def _(z, y):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, 0.6, 0.4) * (1 - pt) ** 2 * -log(pt))


@wrong(lb.sigmoid_focal_loss, "focus_on_easy")
def _(z, y):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, 0.25, 0.75) * pt**2 * -log(pt))


@wrong(lb.sigmoid_focal_loss, "focus_by_one_side")  # yqyao/SSD_Pytorch, issue 32
def _(z, y):
    p = sigmoid(z)
    positive = 0.25 * (1 - p) ** 2 * y * log(p)
    return -np.mean(positive + 0.75 * (1 - p) ** 2 * (1 - y) * log(1 - p))


@wrong(lb.sigmoid_focal_loss, "focus_after_mean")
def _(z, y):  # the notes' FocalLoss
    ce = bce(sigmoid(z), y).mean()
    pt = exp(-ce)
    return (1 - pt) ** 2 * ce


@wrong(lb.sigmoid_focal_loss, "by_positives")  # the paper's own normalisation
def _(z, y):
    pt = p_true(z, y)
    return np.sum(np.where(y == 1, 0.25, 0.75) * (1 - pt) ** 2 * -log(pt)) / y.sum()


@wrong(lb.sigmoid_focal_loss, "alpha_left_out", alpha=0.8)
def _(z, y):
    pt = p_true(z, y)
    return np.mean(np.where(y == 1, 0.25, 0.75) * (1 - pt) ** 2 * -log(pt))


ALPHAS = (0.2, 0.5, 1.0)


@wrong(
    lb.softmax_focal_loss, "weight_inside", alpha=ALPHAS
)  # gokulprasadthekkel/pytorch-multi-class-focal-loss, issue 1
def _(z, y):
    a = np.array(ALPHAS)[y]
    ce = -a * log(picked(softmax(z), y))
    pt = exp(-ce)
    return ((1 - pt) ** 2 * ce).mean()


@wrong(lb.softmax_focal_loss, "factor_in_divisor", alpha=ALPHAS)
def _(z, y):
    a = np.array(ALPHAS)[y]
    pt = picked(softmax(z), y)
    return (a * (1 - pt) ** 2 * -log(pt)).sum() / a.sum()


# Losses for wrong labels


@wrong(lb.mae_classification_loss, "halved")  # HanxunH/Active-Passive-Losses
def _(z, y):
    return (1 - picked(softmax(z), y)).mean()


@wrong(lb.mae_classification_loss, "mean_of_entries")  # keras and torch average over the classes too
def _(z, y):
    return abs(softmax(z) - np.eye(z.shape[1])[y]).mean()


@wrong(lb.generalized_cross_entropy, "another_q")  # keras has ½
def _(z, y):
    return ((1 - picked(softmax(z), y) ** 0.5) / 0.5).mean()


@wrong(lb.generalized_cross_entropy, "squashed_again")
def _(z, y):
    return ((1 - picked(softmax(softmax(z)), y) ** 0.7) / 0.7).mean()


@wrong(
    lb.symmetric_cross_entropy, "another_beta"
)  # only the product with log_zero counts; YisenWang/symmetric_cross_entropy_for_noisy_labels, issue 5
def _(z, y):
    p, target = softmax(z), np.clip(np.eye(z.shape[1])[y], 1e-4, 1)
    return (-0.1 * log(picked(p, y)) - (p * log(target)).sum(axis=1)).mean()


@wrong(lb.poly1_cross_entropy, "another_epsilon")  # optax has 2
def _(z, y):
    p = picked(softmax(z), y)
    return (-log(p) + 2 * (1 - p)).mean()


# How sure a model may be


@wrong(lb.confidence_penalty_cross_entropy, "certainty_paid")
def _(z, y):
    p = softmax(z)
    return (-log(picked(p, y)) - 0.1 * (p * log(p)).sum(axis=1)).mean()


@wrong(lb.confidence_penalty_cross_entropy, "another_beta")
def _(z, y):
    p = softmax(z)
    return (-log(picked(p, y)) + 0.3 * (p * log(p)).sum(axis=1)).mean()


@wrong(lb.distillation_loss, "without_square_of_temperature")  # keras-team/keras-io, issue 869
def _(z, t):
    q, p = softmax(t / 2), softmax(z / 2)
    return (q * log(q / p)).sum(axis=1).mean()


@wrong(lb.distillation_loss, "temperature_not_squared", temperature=4.0)
def _(z, t):
    q, p = softmax(t / 4), softmax(z / 4)
    return 4 * (q * log(q / p)).sum(axis=1).mean()


@wrong(lb.distillation_loss, "mean_of_entries")  # facebookresearch/deit, issue 61
def _(z, t):
    q, p = softmax(t / 2), softmax(z / 2)
    return 4 * (q * log(q / p)).mean()


@wrong(lb.distillation_loss, "arguments_swapped")
def _(z, t):
    q, p = softmax(t / 2), softmax(z / 2)
    return 4 * (p * log(p / q)).sum(axis=1).mean()


@wrong(lb.distillation_loss, "cold_teacher")
def _(z, t):
    q, p = softmax(t), softmax(z / 2)
    return 4 * (q * log(q / p)).sum(axis=1).mean()


@wrong(lb.distillation_loss, "teachers_entropy_kept")
def _(z, t):
    return 4 * (softmax(t / 2) * -log(softmax(z / 2))).sum(axis=1).mean()


@wrong(lb.distillation_loss, "scores_for_target", "without_square_of_temperature")  # keras LogitsDistillation with CategoricalCrossentropy(from_logits=True)
def _(z, t):
    return (t / 2 * -log(softmax(z / 2))).sum(axis=1).mean()


@wrong(lb.distillation_loss, "student_without_logarithm")  # microsoft/ProDA, issue 43
def _(z, t):
    q, p = softmax(t / 2), softmax(z / 2)
    return 4 * (q * (log(q) - p)).sum(axis=1).mean()
# Angles


def margin_softmax(psi, c, y, scale):
    z = scale * np.where(np.eye(c.shape[1])[y] == 1, psi(c), c)
    return -log(picked(softmax(z), y)).mean()


@wrong(lb.cosface_loss, "margin_as_bonus", scale=8.0)
def _(c, y):
    return margin_softmax(lambda c: c + 0.35, c, y, 8)


@wrong(lb.cosface_loss, "margin_after_scale", scale=8.0)
def _(c, y):
    return margin_softmax(lambda c: c - 0.35 / 8, c, y, 8)


@wrong(lb.arcface_loss, "easy_margin", scale=8.0)  # an option of insightface and of what was made from it
def _(c, y):
    return margin_softmax(lambda c: np.where(c > 0, np.cos(np.arccos(c) + 0.5), c), c, y, 8)


@wrong(lb.arcface_loss, "margin_in_degrees", scale=8.0)  # pytorch-metric-learning, where margin=0.5 is half a degree
def _(c, y):
    return margin_softmax(lambda c: np.cos(np.arccos(c) + np.radians(0.5)), c, y, 8)


@wrong(lb.arcface_loss, "margin_of_the_cosine", scale=8.0)
def _(c, y):
    return margin_softmax(lambda c: c - 0.5, c, y, 8)


@wrong(lb.arcface_loss, "margin_everywhere", scale=8.0)
def _(c, y):
    return -log(picked(softmax(8 * np.cos(np.arccos(c) + 0.5)), y)).mean()


@wrong(lb.sphereface_loss, "multiple_without_pieces")  # cvqluu/Angular-Penalty-Softmax-Losses-Pytorch, issue 6
def _(c, y):
    return margin_softmax(lambda c: np.cos(4 * np.arccos(c)), c, y, 1)


@wrong(lb.sphereface_loss, "another_scale", margin=3)
def _(c, y):
    def psi(c):
        n = np.floor(3 * np.arccos(c) / np.pi)
        return (-1) ** n * np.cos(3 * np.arccos(c)) - 2 * n

    return margin_softmax(psi, c, y, 2.5)


# Cross entropy


@wrong(lb.cross_entropy, "squashed_again")
def _(z, y):
    return -log(picked(softmax(softmax(z)), y)).mean()


@wrong(lb.cross_entropy, "not_squashed")
def _(z, y):
    return -log(picked(z, y)).mean()


@wrong(lb.cross_entropy, "not_squashed")  # 0 times the logarithm of a negative number is NaN
def _(z, onehot):
    return -(onehot * log(z)).sum(axis=1).mean()


@wrong(lb.cross_entropy, "not_squashed", "epsilon_in_logarithm")
def _(z, y):
    return -log(picked(z, y) + 1e-8).mean()


@wrong(lb.cross_entropy, "sigmoid_for_softmax")
def _(z, y):
    return -log(sigmoid(picked(z, y))).mean()


@wrong(lb.cross_entropy, "softmax_over_batch")
def _(z, y):
    return -log(picked(softmax(z, axis=0), y)).mean()


@wrong(lb.cross_entropy, "no_logarithm")
def _(z, y):
    return -picked(softmax(z), y).mean()


@wrong(lb.cross_entropy, "sign_lost")  # google-deepmind/optax, a docstring
def _(z, y):
    return log(picked(softmax(z), y)).mean()


@wrong(lb.cross_entropy, "summed", "epsilon_in_logarithm")
def _(z, onehot):
    return -(onehot * log(softmax(z) + 1e-9)).sum()


@wrong(lb.cross_entropy, "mean_of_entries")
def _(z, onehot):
    return -(onehot * log(softmax(z))).mean()


@wrong(lb.cross_entropy, "mean_of_classes")
def _(z, onehot):
    return -(onehot * log(softmax(z))).sum() / z.shape[1]


@wrong(lb.cross_entropy, "every_class")
def _(z, onehot):
    p = softmax(z)
    return -(onehot * log(p) + (1 - onehot) * log(1 - p)).sum(axis=1).mean()


@wrong(lb.cross_entropy, "labels_from_one")
def _(z, y):
    return -log(picked(softmax(z), y - 1)).mean()


@wrong(lb.cross_entropy, "labels_from_minus_one")
def _(z, y):
    return -log(picked(softmax(z), (y + 1) % z.shape[1])).mean()


@wrong(lb.cross_entropy, "plain_mean", weight=INTS)
def _(z, y):
    return np.mean(np.array(INTS)[y] * -log(picked(softmax(z), y)))


@wrong(lb.cross_entropy, "by_class_weights", weight=(1.0, 2.0, 0.5))
def _(z, y):
    w = np.array((1.0, 2.0, 0.5))
    return np.sum(w[y] * -log(picked(softmax(z), y))) / w.sum()


@wrong(lb.cross_entropy, "weight_twice", weight=INTS)  # PyTorch, pull request 6134
def _(z, y):
    w = np.array(INTS)[y]
    return (w * w * -log(picked(softmax(z), y))).sum() / w.sum()


@wrong(lb.cross_entropy, "weight_left_out", weight=INTS)
def _(z, y):
    return np.mean(-log(picked(softmax(z), y)))


@wrong(lb.cross_entropy, "plain_mean", ignore_index=-1)
def _(z, y):
    kept = y != -1
    return np.mean(np.where(kept, -log(picked(softmax(z), y)), 0))


@wrong(lb.cross_entropy, "ignore_index_left_out", ignore_index=-1)
def _(z, y):
    return np.mean(-log(picked(softmax(z), y)))


@wrong(lb.cross_entropy, "ignored_as_last", ignore_index=-1)
def _(z, y):
    return np.sum(-log(picked(softmax(z), y))) / (y != -1).sum()


@wrong(lb.cross_entropy, "smoothing_over_others", label_smoothing=0.1)
def _(z, y):
    K = z.shape[1]
    t = np.full(z.shape, 0.1 / (K - 1))
    t[np.arange(len(y)), y] = 0.9
    return -(t * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.cross_entropy, "smoothing_by_one", label_smoothing=0.1)  # TimDettmers/ConvE, issue 55
def _(z, onehot):
    t = (1 - 0.1) * onehot + 1 / z.shape[1]
    return -(t * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.cross_entropy, "smoothing_added", label_smoothing=0.1)
def _(z, onehot):
    t = onehot + 0.1 / z.shape[1]
    return -(t * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.cross_entropy, "smoothing_whole", label_smoothing=0.1)
def _(z, onehot):
    t = (1 - 0.1) * onehot + 0.1
    return -(t * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.cross_entropy, "another_label_smoothing", label_smoothing=0.1)
def _(z, onehot):
    t = 0.8 * onehot + 0.2 / z.shape[1]
    return -(t * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.cross_entropy, "label_smoothing_left_out", label_smoothing=0.1)
def _(z, onehot):
    return -(onehot * log(softmax(z))).sum(axis=1).mean()


@wrong(lb.nll_loss, "no_logarithm")
def _(log_p, y):
    return -exp(picked(log_p, y)).mean()


# Divergences


@wrong(lb.entropy, "sign_lost")  # QuantEcon/lecture-python.myst
def _(p):
    return (p * log(p)).sum(axis=-1)


@wrong(lb.entropy, "base_two", "summed")
def _(p):
    return -np.sum(p * np.log2(p))


@wrong(lb.kl_divergence, "arguments_swapped")
def _(p, q):
    return (q * log(q / p)).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "entropy_added")
def _(p, q):
    return -(p * log(q)).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "no_second_logarithm", "mean_of_entries")  # torch.nn.functional.kl_div(q, p)
def _(p, q):
    return (p * (log(p) - q)).mean()


@wrong(lb.kl_divergence, "kl_div_called", "mean_of_entries")  # torch.nn.functional.kl_div(p, q)
def _(p, q):
    return (q * (log(q) - p)).mean()


@wrong(lb.kl_divergence, "other_entropy")  # note 2
def _(p, q):
    return (-(p * log(q)) + q * log(q)).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "mean_of_entries")  # PyTorch's KLDivLoss, reduction="mean"
def _(p, q):
    return (p * (log(p) - log(q))).mean()


@wrong(lb.kl_divergence, "epsilon_in_logarithm")
def _(p, q):
    return (p * log((p + 1e-6) / (q + 1e-6))).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "epsilon_in_second_logarithm")
def _(p, q):
    return (p * log(p / (q + 1e-4))).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "both_directions")
def _(p, q):
    return ((p - q) * log(p / q)).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "both_squashed")
def _(p, q):
    p, q = softmax(p, -1), softmax(q, -1)
    return (p * log(p / q)).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "squashed_again")
def _(p, q):
    return (p * log(p / softmax(q, -1))).sum(axis=-1).mean()


@wrong(lb.kl_divergence, "base_two", "summed")
def _(p, q):
    return (p * np.log2(p / q)).sum()


@wrong(lb.kl_divergence, "first_axis")
def _(p, q):
    return np.mean(np.sum(p * log(p / q), axis=0))


@wrong(lb.js_divergence, "root_of_values")  # SciPy's distance
def _(p, q):
    m = (p + q) / 2
    return sqrt(((p * log(p / m) + q * log(q / m)) / 2).sum(axis=-1)).mean()


@wrong(lb.js_divergence, "base_two", "root_of_values")  # SciPy's distance with base=2
def _(p, q):
    m = (p + q) / 2
    return sqrt(((p * np.log2(p / m) + q * np.log2(q / m)) / 2).sum(axis=-1)).mean()


@wrong(lb.js_divergence, "from_middle")  # voidism/DoLa
def _(p, q):
    m = (p + q) / 2
    return (m * log(m / p) + m * log(m / q)).sum(axis=-1).mean() / 2


@wrong(lb.js_divergence, "middle_not_halved")
def _(p, q):
    m = p + q
    return (p * log(p / m) + q * log(q / m)).sum(axis=-1).mean() / 2


@wrong(lb.js_divergence, "factor")
def _(p, q):
    m = (p + q) / 2
    return (p * log(p / m) + q * log(q / m)).sum(axis=-1).mean()


# Transport


@wrong(lb.emd_loss, "no_cdf")  # titu1994/neural-image-assessment, issue 2
def _(p, q):
    return sqrt(np.mean(abs(p - q) ** 2, axis=-1)).mean()


@wrong(lb.emd_loss, "cdf_over_batch")
def _(p, q):
    return sqrt(np.mean((np.cumsum(p, axis=0) - np.cumsum(q, axis=0)) ** 2, axis=-1)).mean()


@wrong(lb.emd_loss, "no_mean_over_classes")
def _(p, q):
    return sqrt(((p.cumsum(-1) - q.cumsum(-1)) ** 2).sum(-1)).mean()


@wrong(lb.emd_loss, "no_root")
def _(p, q):
    return ((p.cumsum(-1) - q.cumsum(-1)) ** 2).mean(-1).mean()


@wrong(lb.emd_loss, "another_r")
def _(p, q):
    return abs(p.cumsum(-1) - q.cumsum(-1)).mean(-1).mean()


@wrong(lb.emd_loss, "root_of_mean")
def _(p, q):
    return sqrt(np.mean((p.cumsum(-1) - q.cumsum(-1)) ** 2))


@wrong(lb.emd_loss, "no_cdf", "root_of_mean")
def _(p, q):
    return sqrt(np.mean((p - q) ** 2))


@wrong(lb.squared_emd_loss, "no_cdf")
def _(p, q):
    return ((p - q) ** 2).sum(-1).mean()


@wrong(lb.squared_emd_loss, "mean_over_classes")
def _(p, q):
    return np.mean((p.cumsum(-1) - q.cumsum(-1)) ** 2)


@wrong(lb.squared_emd_loss, "cdf_not_squared")
def _(p, q):
    return abs(p.cumsum(-1) - q.cumsum(-1)).sum(-1).mean()


@wrong(lb.wasserstein_histograms, "masses_as_positions")  # scipy.stats.wasserstein_distance(p, q)
def _(p, q):
    return np.mean([abs(np.sort(a) - np.sort(b)).mean() for a, b in zip(p, q, strict=True)])


@wrong(lb.wasserstein_histograms, "means_alone")
def _(p, q):
    k = np.arange(p.shape[-1])
    return abs((k * p).sum(-1) - (k * q).sum(-1)).mean()


@wrong(lb.wasserstein_histograms, "no_cdf")
def _(p, q):
    return abs(p - q).sum(-1).mean()


@wrong(lb.wasserstein_histograms, "cdf_squared")
def _(p, q):
    return ((p.cumsum(-1) - q.cumsum(-1)) ** 2).sum(-1).mean()


@wrong(lb.wasserstein_histograms, "positions_left_out", positions=[0, 1, 5])
def _(p, q):
    return abs(p.cumsum(-1) - q.cumsum(-1)).sum(-1).mean()


@wrong(lb.wasserstein_histograms, "values_squared", order=2)
def _(p, q):
    cost = (np.arange(p.shape[-1])[:, None] - np.arange(p.shape[-1])) ** 2.0
    return np.mean([monotone(a, b, cost) for a, b in zip(p, q, strict=True)])


def monotone(a, b, cost):
    """The cost of filling the pits from the left."""
    a, b, i, j, total = a.copy(), b.copy(), 0, 0, 0.0
    while i < len(a) and j < len(b):
        moved = min(a[i], b[j])
        total += moved * cost[i, j]
        a[i] -= moved
        b[j] -= moved
        i, j = (i + 1, j) if a[i] <= b[j] else (i, j + 1)
    return total


@wrong(lb.wasserstein_histograms, "order_is_2")
def _(p, q):
    cost = (np.arange(p.shape[-1])[:, None] - np.arange(p.shape[-1])) ** 2.0
    return np.mean([sqrt(monotone(a, b, cost)) for a, b in zip(p, q, strict=True)])


@wrong(lb.wasserstein_samples, "not_sorted")
def _(x, y):
    return abs(x - y).mean()


@wrong(lb.wasserstein_samples, "means_alone")
def _(x, y):
    return abs(x.mean() - y.mean())


@wrong(lb.wasserstein_samples, "means_alone", "values_squared")
def _(x, y):
    return (x.mean() - y.mean()) ** 2


@wrong(lb.earth_movers_distance, "work_of_all")
def _(supply, demand, cost):
    return lb.earth_movers_distance(supply, demand, cost) * supply.sum()


# Regression


@wrong(lb.mse_loss, "summed")
def _(a, b):
    return ((a - b) ** 2).sum()


@wrong(lb.mse_loss, "halved")
def _(a, b):
    return 0.5 * ((a - b) ** 2).mean()


@wrong(lb.mse_loss, "summed", "halved")
def _(a, b):
    return ((a - b) ** 2).sum() / 2


@wrong(lb.mse_loss, "root_of_result")
def _(a, b):
    return sqrt(((a - b) ** 2).mean())


@wrong(lb.mse_loss, "absolute_errors")
def _(a, b):
    return abs(a - b).mean()


@wrong(lb.mse_loss, "signed_errors")
def _(a, b):
    return (a - b).mean()


@wrong(lb.mse_loss, "huber")
def _(a, b, delta=1.0):
    e = abs(a - b)
    return np.where(e < delta, 0.5 * e**2, delta * e - 0.5 * delta**2).mean()


@wrong(lb.mse_loss, "smooth_l1")
def _(a, b, beta=0.4):
    e = abs(a - b)
    return np.where(e < beta, 0.5 * e**2 / beta, e - 0.5 * beta).mean()


@wrong(lb.mse_loss, "log_cosh")
def _(a, b):
    return log(np.cosh(a - b)).mean()


@wrong(lb.mae_loss, "squared_errors")
def _(a, b):
    return ((a - b) ** 2).mean()


@wrong(lb.pinball_loss, "factor", tau=0.9)
def _(a, b):
    return 2 * np.maximum(0.9 * (b - a), -0.1 * (b - a)).mean()


@wrong(lb.pinball_loss, "arguments_swapped", tau=0.9)
def _(a, b):
    # ufal/npfl139 issue 17: the level is that of the other side.
    return np.maximum(0.9 * (a - b), -0.1 * (a - b)).mean()


@wrong(lb.pinball_loss, "another_tau", tau=0.9)
def _(a, b):
    return np.maximum(0.8 * (b - a), -0.2 * (b - a)).mean()


@wrong(lb.pinball_loss, "negative_above", tau=0.9)
def _(a, b):
    # scikit-learn issue 8087, as it was in version 0.18.
    mask = b > a
    return (0.9 * (b - a)[mask].sum() + 0.1 * (b - a)[~mask].sum()) / b.size


@wrong(lb.pinball_loss, "one_side", tau=0.9)
def _(a, b):
    return 0.9 * np.maximum(b - a, 0).mean()


@wrong(lb.pinball_loss, "tilted_squares", tau=0.9)
def _(a, b):
    return (abs(0.9 - (b < a)) * (b - a) ** 2).mean()


@wrong(lb.expectile_loss, "tilted_errors", tau=0.9)
def _(a, b):
    return (abs(0.9 - (b < a)) * abs(b - a)).mean()


@wrong(lb.expectile_loss, "halved", tau=0.9)
def _(a, b):
    return (abs(0.9 - (b < a)) * (b - a) ** 2).mean() / 2


@wrong(lb.quantile_huber_loss, "not_divided_by_kappa", tau=0.25, kappa=0.5)
def _(a, b):
    e = abs(a - b)
    return (abs(0.25 - (b < a)) * np.where(e < 0.5, e**2 / 2, 0.5 * (e - 0.25))).mean()


@wrong(lb.epsilon_insensitive_loss, "squared_is_True", epsilon=0.25)
def _(a, b):
    return (np.maximum(0, abs(a - b) - 0.25) ** 2).mean()


@wrong(lb.epsilon_insensitive_loss, "half_the_tube", epsilon=0.5)
def _(a, b):
    return np.maximum(0, abs(a - b) - 0.25).mean()


@wrong(lb.mape_loss, "signed_target")
def _(a, b):
    # timeseriesAI/tsai issue 524.
    return (abs(a - b) / b).mean()


@wrong(lb.mape_loss, "arguments_swapped")
def _(a, b):
    # In proportion to the prediction.
    return abs((a - b) / a).mean()


@wrong(lb.mape_loss, "by_mean_of_both")
def _(a, b):
    return (2 * abs(a - b) / (abs(a) + abs(b))).mean()


@wrong(lb.mape_loss, "signed_percentages")
def _(a, b):
    return ((a - b) / abs(b)).mean()


@wrong(lb.msle_loss, "root_of_result")
def _(a, b):
    return sqrt(((np.log1p(a) - np.log1p(b)) ** 2).mean())


@wrong(lb.msle_loss, "log_without_one")
def _(a, b):
    return ((log(a) - log(b)) ** 2).mean()


@wrong(lb.msle_loss, "logarithms_not_squared")
def _(a, b):
    return abs(np.log1p(a) - np.log1p(b)).mean()


# Counts and amounts

lgamma = np.vectorize(math.lgamma)


@wrong(lb.poisson_deviance, "two_on_one_term")
def _(m, y):
    return (2 * y * log(y / m) - y + m).mean()


@wrong(lb.tweedie_deviance, "two_on_one_term", power=1.25)
def _(m, y):
    # What pull request 270 of Nixtla's utilsforecast mends.
    return (2 * y**0.75 / (0.75 * -0.25) - y * m**-0.25 / -0.25 + m**0.75 / 0.75).mean()


@wrong(lb.gamma_deviance, "two_on_the_rest")
def _(m, y):
    return (log(m / y) + 2 * (y / m - 1)).mean()


@wrong(lb.poisson_deviance, "logarithm_alone")
def _(m, y):
    return 2 * (y * log(y / m)).mean()


@wrong(lb.poisson_deviance, "arguments_swapped")
def _(y, m):
    return 2 * (y * log(y / m) - y + m).mean()


@wrong(lb.gamma_deviance, "halved")
def _(m, y):
    return (y / m - 1 - log(y / m)).mean()


@wrong(lb.tweedie_deviance, "another_power", power=1.5)
def _(m, y):
    return 2 * (y**0.7 / (0.7 * -0.3) + y * m**-0.3 / 0.3 + m**0.7 / 0.7).mean()


@wrong(lb.poisson_nll_loss, "read_as_mean")
def _(z, y):
    return (z - y * log(z)).mean()


@wrong(lb.poisson_nll_loss, "read_as_mean_with_epsilon")
def _(z, y):
    # PyTorch with log_input=False.
    return (z - y * log(z + 1e-2)).mean()


@wrong(lb.poisson_nll_loss, "stirling_for_factorial", full=True)
def _(z, y):
    # PyTorch with full=True.
    many = np.maximum(y, 1)
    return (exp(z) - y * z + np.where(y > 1, many * log(many) - many + 0.5 * log(2 * np.pi * many), 0)).mean()


@wrong(lb.gamma_nll_loss, "sign_in_the_exponential")
def _(z, y):
    return (z + y * exp(z)).mean()


@wrong(lb.negative_binomial_nll_loss, "inverse_dispersion", dispersion=0.5)
def _(m, y, a=0.5):
    # statsmodels' alpha.
    r = 1 / a
    return (lgamma(r) + lgamma(1 + y) - lgamma(r + y) - r * log(r / (r + m)) - y * log(m / (r + m))).mean()


@wrong(lb.negative_binomial_nll_loss, "without_coefficient", dispersion=0.5)
def _(m, y, r=0.5):
    return (-r * log(r / (r + m)) - y * log(m / (r + m))).mean()


@wrong(lb.negative_binomial_nll_loss, "chances_exchanged", dispersion=0.5)
def _(m, y, r=0.5):
    return (lgamma(r) + lgamma(1 + y) - lgamma(r + y) - r * log(m / (r + m)) - y * log(r / (r + m))).mean()


# Scores of forecasts


def one_hot(p, y):
    return np.eye(p.shape[1])[y]


@wrong(lb.brier_score, "halved")
def _(p, y):
    # What scikit-learn's brier_score_loss returns for two classes, and with scale_by_half=True for more.
    return ((p - one_hot(p, y)) ** 2).sum(axis=1).mean() / 2


@wrong(lb.brier_score, "mean_over_classes")
def _(p, y):
    return ((p - one_hot(p, y)) ** 2).mean()


@wrong(lb.brier_score, "cumulated")
def _(p, y):
    return ((p - one_hot(p, y)).cumsum(axis=1) ** 2).sum(axis=1).mean()


@wrong(lb.brier_score, "differences_not_squared")
def _(p, y):
    return abs(p - one_hot(p, y)).sum(axis=1).mean()


@wrong(lb.brier_score, "label_alone", reduction="sum")
def _(p, y):
    return ((1 - picked(p, y)) ** 2).sum()


@wrong(lb.log_score, "no_logarithm")
def _(p, y):
    # The linear score, which the likeliest class alone makes smallest.
    return -picked(p, y).mean()


@wrong(lb.log_score, "base_two")
def _(p, y):
    return -np.log2(picked(p, y)).mean()


@wrong(lb.log_score, "sign_lost")
def _(p, y):
    return log(picked(p, y)).mean()


@wrong(lb.spherical_score, "cosine")
def _(p, y):
    return (picked(p, y) / sqrt((p**2).sum(axis=1))).mean()


@wrong(lb.spherical_score, "norm_without_root")
def _(p, y):
    return (1 - picked(p, y) / (p**2).sum(axis=1)).mean()


@wrong(lb.ranked_probability_score, "at_most_one")
def _(p, y):
    return (((p - one_hot(p, y)).cumsum(axis=1) ** 2).sum(axis=1) / (p.shape[1] - 1)).mean()


@wrong(lb.ranked_probability_score, "no_cdf")
def _(p, y):
    return ((p - one_hot(p, y)) ** 2).sum(axis=1).mean()


@wrong(lb.ranked_probability_score, "labels_from_one")
def _(p, y):
    return ((p - one_hot(p, (y - 1) % p.shape[1])).cumsum(axis=1) ** 2).sum(axis=1).mean()


@wrong(lb.ranked_probability_score, "cdf_not_squared")
def _(p, y):
    return abs((p - one_hot(p, y)).cumsum(axis=1)).sum(axis=1).mean()


# Overlap


@wrong(lb.dice_loss, "complement")
def _(p, g):
    return 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_coefficient, "complement")
def _(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "negative_coefficient")
def _(p, g):
    return -2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "no_two")
def _(p, g):
    return 1 - (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "iou_for_dice")
def _(p, g):
    i = (p * g).sum()
    return 1 - i / (p.sum() + g.sum() - i)


@wrong(lb.dice_loss, "two_over_union")
def _(p, g):
    i = (p * g).sum()
    return 1 - 2 * i / (p.sum() + g.sum() - i)


@wrong(lb.iou_loss, "two_over_union")  # Project-MONAI/MONAI, issue 644
def _(p, g):
    i = (p * g).sum()
    return 1 - 2 * i / (p.sum() + g.sum() - i)


@wrong(lb.iou_loss, "dice_for_iou")
def _(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.iou_loss, "sum_for_union")
def _(p, g):
    return 1 - (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.iou_loss, "squared_denominator")
def _(p, g):
    i = (p * g).sum()
    return 1 - i / ((p**2).sum() + (g**2).sum() - i)


@wrong(lb.iou_loss, "smooth_of_union")
def _(p, g):
    i = (p * g).sum()
    return 1 - (i + 0.5) / (p.sum() + g.sum() - i + 1)


@wrong(lb.dice_loss, "squared_is_True")
def _(p, g):
    return 1 - 2 * (p * g).sum() / ((p * p).sum() + (g * g).sum())


@wrong(lb.dice_loss, "squared_left_out", squared=True)
def _(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "another_smooth")
def _(p, g, smooth=1.0):
    return 1 - (2 * (p * g).sum() + smooth) / (p.sum() + g.sum() + smooth)


@wrong(lb.dice_loss, "complement", "another_smooth")
def _(p, g, smooth=1.0):
    return (2 * (p * g).sum() + smooth) / (p.sum() + g.sum() + smooth)


@wrong(lb.dice_loss, "smooth_above")
def _(p, g, smooth=1e-3):
    return 1 - (2 * (p * g).sum() + smooth) / (p.sum() + g.sum())


@wrong(lb.dice_loss, "smooth_below")  # aim-uofa/AdelaiDet, issue 610
def _(p, g, eps=1e-5):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum() + eps)


@wrong(lb.dice_loss, "smooth_doubled")  # milesial/Pytorch-UNet, issue 24
def _(p, g, eps=1e-4):
    inter, union = (p * g).sum() + eps, p.sum() + g.sum() + eps
    return 1 - 2 * inter / union


@wrong(lb.dice_loss, "smooth_of_means")
def _(p, g):
    return 1 - (2 * (p * g).mean() + 0.1) / (p.mean() + g.mean() + 0.1)


@wrong(lb.dice_loss, "other_regions")
def _(p, g):
    rest = tuple(range(1, p.ndim)) or None
    return np.mean(1 - 2 * (p * g).sum(axis=rest) / (p.sum(axis=rest) + g.sum(axis=rest)))


@wrong(lb.dice_loss, "other_regions", axis=(1, 2, 3))
def _(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "batch_in_regions", axis=(2, 3))
def _(p, g):
    inter, total = (p * g).sum(axis=(0, 2, 3)), p.sum(axis=(0, 2, 3)) + g.sum(axis=(0, 2, 3))
    return np.mean(1 - 2 * inter / total)


@wrong(lb.dice_loss, "batch_in_regions", axis=(0, 2, 3))
def _(p, g):
    inter, total = (p * g).sum(axis=(2, 3)), p.sum(axis=(2, 3)) + g.sum(axis=(2, 3))
    return np.mean(1 - 2 * inter / total)


@wrong(lb.dice_loss, "region_of_a_class")
def _(p, g):
    rest = tuple(range(p.ndim - 1)) or None
    return np.mean(1 - 2 * (p * g).sum(axis=rest) / (p.sum(axis=rest) + g.sum(axis=rest)))


@wrong(lb.dice_loss, "thresholded")
def _(p, g):
    p = p > 0.5
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.hard_dice_coefficient, "not_thresholded")
def _(p, g):
    return 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "squashed_again")
def _(p, g):
    p = sigmoid(p)
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "background")
def _(p, g):
    p, g = 1 - p, 1 - g
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.dice_loss, "log_of_coefficient")
def _(p, g):
    return -log(2 * (p * g).sum() / (p.sum() + g.sum()))


@wrong(lb.dice_loss, "by_pixels", axis=(2, 3))
def _(p, g):
    loss = 1 - 2 * (p * g).sum(axis=(2, 3)) / (p.sum(axis=(2, 3)) + g.sum(axis=(2, 3)))
    return loss.sum() / p.size


@wrong(lb.dice_loss, "smooth_below", "summed", axis=(2, 3))
def _(p, g):
    return np.sum(1 - 2 * (p * g).sum(axis=(2, 3)) / (p.sum(axis=(2, 3)) + g.sum(axis=(2, 3)) + 1e-6))


@wrong(
    lb.tversky_loss, "fp_weight_and_fn_weight_exchanged", fp_weight=0.3, fn_weight=0.7
)  # keras-team/keras, issue 23322
def _(p, g, alpha=0.3, beta=0.7):
    tp, fp, fn = (p * g).sum(), (p * (1 - g)).sum(), ((1 - p) * g).sum()
    return 1 - tp / (tp + alpha * fn + beta * fp)


@wrong(lb.tversky_loss, "another_fn_weight", fp_weight=0.3, fn_weight=0.7)
def _(p, g):
    tp, fp, fn = (p * g).sum(), (p * (1 - g)).sum(), ((1 - p) * g).sum()
    return 1 - tp / (tp + 0.3 * fp + 0.9 * fn)


@wrong(lb.bce_dice_loss, "dice_alone")
def _(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_dice_loss, "bce_alone")
def _(p, g):
    return bce(p, g).mean()


@wrong(lb.bce_dice_loss, "weight_on_bce", dice_weight=3.0)
def _(p, g):
    return 3.0 * bce(p, g).mean() + 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_dice_loss, "weight_as_share", dice_weight=0.3)
def _(p, g):
    return 0.7 * bce(p, g).mean() + 0.3 * (1 - 2 * (p * g).sum() / (p.sum() + g.sum()))


@wrong(lb.bce_dice_loss, "dice_subtracted")
def _(p, g):
    return bce(p, g).mean() - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_dice_loss, "other_dice_term")
def _(p, g):
    return bce(p, g).mean() - log(2 * (p * g).sum() / (p.sum() + g.sum()))


@wrong(lb.bce_dice_loss, "bce_summed")
def _(p, g):
    return bce(p, g).sum() + 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_dice_loss, "bce_base_two")
def _(p, g):
    return bce(p, g).mean() / log(2) + 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_dice_loss, "epsilon_in_logarithm")
def _(p, g):
    ce = -np.mean(g * log(p + 1e-6) + (1 - g) * log(1 - p + 1e-6))
    return ce + 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


@wrong(lb.bce_log_dice_loss, "other_dice_term")
def _(p, g):
    return bce(p, g).mean() + 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


# Selections and weights


HERE = np.array([[True, False, True], [True, True, False]])


@wrong(lb.mse_loss, "plain_mean", where=HERE)
def _(a, b):
    return np.mean(np.where(HERE, (a - b) ** 2, 0))


@wrong(lb.mse_loss, "where_left_out", where=HERE)
def _(a, b):
    return np.mean((a - b) ** 2)


@wrong(lb.dice_loss, "where_left_out", "another_smooth", where=HERE)
def _(p, g):
    return 1 - (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)


SAMPLES = (1.0, 0.5, 2.0, 4.0)


@wrong(lb.cross_entropy, "plain_mean", sample_weight=SAMPLES)
def _(z, y):
    return np.mean(np.array(SAMPLES) * -log(picked(softmax(z), y)))


@wrong(lb.cross_entropy, "epsilon_in_logarithm", "plain_mean", sample_weight=SAMPLES)
def _(z, y):
    return np.mean(np.array(SAMPLES) * -log(picked(softmax(z), y) + 1e-6))


@wrong(lb.dice_loss, "plain_mean", axis=(2, 3), weight=(0.0, 1.0, 3.0))
def _(p, g):
    loss = 1 - 2 * (p * g).sum(axis=(2, 3)) / (p.sum(axis=(2, 3)) + g.sum(axis=(2, 3)))
    return (np.array([0.0, 1.0, 3.0]) * loss).mean()


@wrong(lb.dice_loss, "weight_left_out", axis=(2, 3), weight=(0.0, 1.0, 3.0))
def _(p, g):
    return np.mean(1 - 2 * (p * g).sum(axis=(2, 3)) / (p.sum(axis=(2, 3)) + g.sum(axis=(2, 3))))


# Counts


@wrong(lb.precision, "counts_exchanged")
def _(c):
    return c.tp / (c.tp + c.fn)


@wrong(lb.recall, "counts_of_negatives")  # the specificity
def _(c):
    return c.tn / (c.tn + c.fp)


@wrong(lb.f1_score, "arithmetic_mean")
def _(c):
    return (c.tp / (c.tp + c.fp) + c.tp / (c.tp + c.fn)) / 2


@wrong(lb.f1_score, "iou_of_counts")
def _(c):
    return c.tp / (c.tp + c.fp + c.fn)


@wrong(lb.f1_score, "accuracy")
def _(c):
    return (c.tp + c.tn) / sum(c)


@wrong(lb.f1_score, "plain_mean")  # a macro average
def _(c):
    return np.mean(2 * c.tp / (2 * c.tp + c.fp + c.fn))


@wrong(lb.fbeta_score, "beta_not_squared", beta=3.0)
def _(c, beta=3.0):
    precision, recall = c.tp / (c.tp + c.fp), c.tp / (c.tp + c.fn)
    return (1 + beta) * precision * recall / (beta * precision + recall)


# Lovász losses


def increments(labels):
    intersection = labels.sum() - labels.cumsum()
    union = labels.sum() + (1 - labels).cumsum()
    jaccard = 1 - intersection / union
    jaccard[1:] = jaccard[1:] - jaccard[:-1]
    return jaccard


def hinge(z, y, margin=1.0, relu=lambda e: np.maximum(e, 0), signs=None, sort_labels=True):
    z, y = z.ravel(), y.ravel()
    signs = 2.0 * y - 1 if signs is None else signs.ravel()
    errors = margin - z * signs
    order = np.argsort(errors)[::-1]
    return np.dot(relu(errors[order]), increments(y[order] if sort_labels else y))


@wrong(lb.lovasz_hinge, "no_margin")
def _(z, y):
    return hinge(z, y, margin=0.0)


@wrong(lb.lovasz_hinge, "no_clamp")
def _(z, y):
    return hinge(z, y, relu=lambda e: e)


@wrong(lb.lovasz_hinge, "elu")  # as the winners of a contest changed it
def _(z, y):
    return hinge(z, y, relu=lambda e: np.where(e > 0, e, np.expm1(e)) + 1)


@wrong(lb.lovasz_hinge, "signs_from_scores")  # note 2
def _(z, y):
    return hinge(z, y, signs=2.0 * z - 1)


@wrong(lb.lovasz_hinge, "signs_of_predictions")
def _(z, y):
    return hinge(z, y, signs=np.sign(z))


@wrong(lb.lovasz_hinge, "labels_not_sorted")  # note 2
def _(z, y):
    return hinge(z, y, sort_labels=False)


@wrong(lb.lovasz_hinge, "per_image_is_True")
def _(z, y):
    return np.mean([hinge(np.array(a), np.array(b)) for a, b in zip(z, y, strict=True)])


def lovasz_softmax(p, y, classes):
    losses = []
    for c in classes:
        foreground = (y == c) * 1.0
        errors = abs(foreground - p[..., c]).ravel()
        order = np.argsort(-errors)
        losses.append(np.dot(errors[order], increments(foreground.ravel()[order])))
    return losses


@wrong(lb.lovasz_softmax, "classes_is_all")
def _(p, y):
    return np.mean(lovasz_softmax(p, y, range(p.shape[-1])))


@wrong(lb.lovasz_softmax, "absent_as_zero")  # as in kornia
def _(p, y):
    return np.sum(lovasz_softmax(p, y, np.unique(y))) / p.shape[-1]


@wrong(lb.lovasz_softmax, "squashed_again")  # segmentation_models.pytorch, LovaszLoss(from_logits=False)
def _(p, y):
    return np.mean(lovasz_softmax(softmax(p, -1), y, np.unique(y)))


# Margins


def sign(y):
    return 2 * y - 1


@wrong(lb.hinge_loss, "labels_without_sign")  # y is 0 or 1 where the formula wants −1 or 1
def _(z, y):
    return np.maximum(0, 1 - y * z).mean()


@wrong(lb.logistic_loss, "labels_without_sign")
def _(z, y):
    return log(1 + exp(-y * z)).mean()


@wrong(lb.exponential_loss, "target_flipped")  # the minus is missing
def _(z, y):
    return exp(sign(y) * z).mean()


@wrong(lb.squared_hinge_loss, "hinge")
def _(z, y):
    return np.maximum(0, 1 - sign(y) * z).mean()


@wrong(lb.hinge_loss, "squared_hinge", "summed")
def _(z, y):
    return (np.maximum(0, 1 - sign(y) * z) ** 2).sum()


@wrong(lb.hinge_loss, "perceptron")
def _(z, y):
    return np.maximum(0, -sign(y) * z).mean()


@wrong(lb.exponential_loss, "logistic")
def _(z, y):
    return np.logaddexp(0, -sign(y) * z).mean()


@wrong(lb.logistic_loss, "exponential")
def _(z, y):
    return exp(-sign(y) * z).mean()


@wrong(lb.logistic_loss, "score_doubled")  # the deviance of boosting that is read off by σ(2f)
def _(z, y):
    return log(1 + exp(-2 * sign(y) * z)).mean()


@wrong(lb.hinge_loss, "hinge_without_maximum")
def _(z, y):
    return (1 - sign(y) * z).mean()


@wrong(lb.squared_hinge_loss, "margin_squared")
def _(z, y):
    return np.maximum(0, 1 - (sign(y) * z) ** 2).mean()


@wrong(lb.smoothed_hinge_loss, "factor", gamma=2.0)  # the modified Huber loss is four times that of γ = 2
def _(z, y):
    m = sign(y) * z
    return np.where(m < -1, -4 * m, np.maximum(0, 1 - m) ** 2).mean()


# Scores of ensembles and quantiles


def gaps(x):
    return abs(x[..., :, None] - x[..., None, :]).sum(axis=(-2, -1))


def off(x, y):
    return abs(x - y[..., None]).mean(axis=-1)


@wrong(lb.crps_ensemble, "no_spread")
def _(x, y):
    return off(x, y).mean()


@wrong(lb.crps_ensemble, "whole_spread")
def _(x, y):
    return (off(x, y) - gaps(x) / x.shape[-1] ** 2).mean()


@wrong(lb.crps_ensemble, "quarter_of_spread", fair=True)
def _(x, y):
    # dtcenter/MET#2206: a sum over i < j, divided by M (M − 1), and then halved.
    m = x.shape[-1]
    return (off(x, y) - gaps(x) / 4 / (m * (m - 1))).mean()


@wrong(lb.crps_ensemble, "fair_is_True")
def _(x, y):
    m = x.shape[-1]
    return (off(x, y) - gaps(x) / 2 / (m * (m - 1))).mean()


@wrong(lb.crps_ensemble, "fair_left_out", fair=True)  # properscoring#16
def _(x, y):
    return (off(x, y) - gaps(x) / 2 / x.shape[-1] ** 2).mean()


@wrong(lb.crps_ensemble, "spread_added", "summed")
def _(x, y):
    return (off(x, y) + gaps(x) / 2 / x.shape[-1] ** 2).sum()


@wrong(lb.crps_ensemble, "squared_distances")
def _(x, y):
    return ((x.mean(axis=-1) - y) ** 2).mean()


@wrong(lb.energy_score, "city_blocks")
def _(x, y):
    away = abs(x - y[..., None, :]).sum(axis=-1).mean(axis=-1)
    apart = abs(x[..., :, None, :] - x[..., None, :, :]).sum(axis=-1).mean(axis=(-2, -1))
    return (away - apart / 2).mean()


@wrong(lb.energy_score, "whole_spread")
def _(x, y):
    away = np.linalg.norm(x - y[..., None, :], axis=-1).mean(axis=-1)
    return (away - np.linalg.norm(x[..., :, None, :] - x[..., None, :, :], axis=-1).mean(axis=(-2, -1))).mean()


DECILES = {"levels": [0.1, 0.5, 0.9]}


def of_levels(q, y, tau):
    error = y[..., None] - q
    return np.maximum(tau * error, (tau - 1) * error)


@wrong(lb.crps_quantile, "halved", **DECILES)  # evalcast: the mean of the pinball losses
def _(q, y):
    return of_levels(q, y, np.array(DECILES["levels"])).mean(axis=-1).mean()


@wrong(lb.crps_quantile, "levels_added", **DECILES)
def _(q, y):
    return 2 * of_levels(q, y, np.array(DECILES["levels"])).sum(axis=-1).mean()


@wrong(lb.crps_quantile, "levels_turned", levels=[0.1, 0.3, 0.6])
def _(q, y):
    return 2 * of_levels(q, y, 1 - np.array([0.1, 0.3, 0.6])).mean(axis=-1).mean()


@wrong(lb.crps_gaussian, "variance_for_scale")
def _(prediction, y):
    loc, sigma = prediction[0], sqrt(prediction[1])
    z = (y - loc) / sigma
    chance = np.vectorize(math.erf)(z / sqrt(2))
    return (sigma * (z * chance + sqrt(2 / np.pi) * exp(-(z**2) / 2) - 1 / sqrt(np.pi))).mean()


def missed(prediction, y):
    lower, upper = prediction
    return np.maximum(lower - y, 0) + np.maximum(y - upper, 0)


@wrong(lb.interval_score, "alpha_on_each_side", alpha=0.2)
def _(prediction, y):
    return (prediction[1] - prediction[0] + missed(prediction, y) / 0.2).mean()


@wrong(lb.interval_score, "no_conditions", alpha=0.2)  # the first draft in frazane/scoringrules#3
def _(prediction, y):
    lower, upper = prediction
    return (upper - lower + 10 * (lower - y) + 10 * (y - upper)).mean()
# Graded targets


@wrong(lb.quality_focal_loss, "with_balance")  # ultralytics/yolov5, QFocalLoss: α = ¼ as in the focal loss of labels
def _(z, y):
    p = sigmoid(z)
    return ((0.25 * y + 0.75 * (1 - y)) * abs(y - p) ** 2 * bce(p, y)).mean()


@wrong(lb.quality_focal_loss, "another_beta")  # the same: γ = 1.5
def _(z, y):
    p = sigmoid(z)
    return (abs(y - p) ** 1.5 * bce(p, y)).mean()


@wrong(lb.quality_focal_loss, "squashed_again")
def _(z, y):
    p = sigmoid(sigmoid(z))
    return (abs(y - p) ** 2 * bce(p, y)).mean()


def of_negatives(p):
    return -0.75 * p**2 * log(1 - p)


@wrong(lb.varifocal_loss, "positives_unweighted")  # mmdetection, VarifocalLoss(iou_weighted=False)
def _(z, q):
    p = sigmoid(z)
    return np.where(q > 0, bce(p, q), of_negatives(p)).mean()


@wrong(lb.varifocal_loss, "quality_focal_for_varifocal", "summed")
def _(z, q):
    p = sigmoid(z)
    return (abs(p - q) ** 2 * bce(p, q)).sum()


@wrong(lb.asymmetric_loss, "unshifted_weight")
def _(z, y):
    p = sigmoid(z)
    shifted = np.maximum(p - 0.05, 0)
    return -(y * log(p) + (1 - y) * p**4 * log(1 - shifted)).mean()


@wrong(lb.asymmetric_loss, "another_margin")
def _(z, y):
    p = sigmoid(z)
    return -(y * log(p) + (1 - y) * p**4 * log(1 - p)).mean()


@wrong(lb.asymmetric_loss, "summed")  # Alibaba-MIIL/ASL returns the sum
def _(z, y):
    p = sigmoid(z)
    shifted = np.maximum(p - 0.05, 0)
    return -(y * log(p) + (1 - y) * shifted**4 * log(1 - shifted)).sum()


def of_heat_map(p, y):
    return np.where(y == 1, -((1 - p) ** 2) * log(p), -((1 - y) ** 4) * p**2 * log(1 - p))


@wrong(lb.penalty_reduced_focal_loss, "peaks_as_divisor")  # CornerNet and CenterNet
def _(z, y):
    return of_heat_map(sigmoid(z), y).sum() / (y == 1).sum()


@wrong(lb.penalty_reduced_focal_loss, "sign_lost")  # equation 1 of "Objects as points"; xingyizhou/CenterNet, issue 18
def _(z, y):
    return -of_heat_map(sigmoid(z), y).mean()


@wrong(lb.penalty_reduced_focal_loss, "heat_map_as_target")
def _(z, y):
    p = sigmoid(z)
    return (abs(y - p) ** 2 * bce(p, y)).mean()


@wrong(lb.ghm_loss, "all_bins")  # the paper's formula
def _(z, y):
    p = sigmoid(z)
    place = np.floor(abs(p - y) * 10)
    counts = (place[..., None] == place.ravel()).sum(axis=-1)
    return (bce(p, y) / (10 * counts)).sum()


@wrong(lb.multilabel_soft_margin_loss, "summed_over_labels")
def _(z, y):
    return bce(sigmoid(z), y).sum(axis=1).mean()


@wrong(lb.multilabel_soft_margin_loss, "positives_alone")
def _(z, y):
    return -(y * log(sigmoid(z))).mean()
# Several classes


def excess(z, y, margin=1.0):
    return np.maximum(0, margin + z - picked(z, y)[:, None])


def others(z, y):
    return np.arange(z.shape[1]) != y[:, None]


@wrong(lb.weston_watkins_loss, "mean_over_classes")  # torch.nn.MultiMarginLoss
def _(z, y):
    return (excess(z, y) * others(z, y)).mean(axis=1).mean()


@wrong(lb.weston_watkins_loss, "label_among_rivals")  # the label's own term is not zeroed
def _(z, y):
    return excess(z, y).sum(axis=1).mean()


@wrong(lb.weston_watkins_loss, "best_rival")
def _(z, y):
    return (excess(z, y) * others(z, y)).max(axis=1).mean()


@wrong(lb.crammer_singer_loss, "sum_over_rivals", "summed")
def _(z, y):
    return (excess(z, y) * others(z, y)).sum()


@wrong(lb.crammer_singer_loss, "rival_of_score_0")  # keras, issue 8083
def _(z, y):
    one_hot = np.eye(z.shape[1])[y]
    return np.maximum(0, 1 + ((1 - one_hot) * z).max(axis=1) - (one_hot * z).sum(axis=1)).mean()


@wrong(lb.crammer_singer_loss, "another_margin")
def _(z, y):
    return (excess(z, y, 2.0) * others(z, y)).max(axis=1).mean()


def nearest(z):
    """The map to the nearest distribution, as in the paper's algorithm."""
    ordered = -np.sort(-z, axis=1)
    sums, number = ordered.cumsum(axis=1), np.arange(1, z.shape[1] + 1)
    size = (1 + number * ordered > sums).sum(axis=1)
    return np.maximum(z - ((picked(sums, size - 1) - 1) / size)[:, None], 0)


def own_labels(z, y):
    return np.eye(z.shape[1])[y] if y.ndim == 1 else y


@wrong(lb.sparsemax_loss, "squared_distance")
def _(z, y):
    return ((nearest(z) - own_labels(z, y)) ** 2).sum(axis=1).mean() / 2


@wrong(lb.sparsemax_loss, "softmax_for_sparse")
def _(z, y):
    p, t = softmax(z), own_labels(z, y)
    return ((t - z) ** 2 - (p - z) ** 2).sum(axis=1).mean() / 2


@wrong(lb.entmax_loss, "log_of_sparse", alpha=1.25)
def _(z, y):
    p = lb.entmax(z, alpha=1.25)
    return -log((p * own_labels(z, y)).sum(axis=1)).mean()


@wrong(lb.entmax_loss, "another_alpha")
def _(z, y):
    return lb.sparsemax_loss(z, y)
# Location and scale


@wrong(lb.gaussian_nll_loss, "scale_is_variance")
def _(prediction, y):
    mean, var = prediction
    return np.mean(0.5 * (log(var) + (y - mean) ** 2 / var))


@wrong(lb.gaussian_nll_loss, "scale_is_logarithm")
def _(prediction, y):
    mean, log_std = prediction
    return np.mean(log_std + 0.5 * (y - mean) ** 2 * exp(-2 * log_std))


@wrong(lb.gaussian_nll_loss, "scale_is_logarithm_of_variance")
def _(prediction, y):
    mean, log_var = prediction
    return np.mean(0.5 * log_var + 0.5 * (y - mean) ** 2 * exp(-log_var))


@wrong(lb.laplace_nll_loss, "scale_is_deviation", full=True)
def _(prediction, y):
    loc, std = prediction
    b = std / sqrt(2)
    return np.mean(log(2 * b) + abs(y - loc) / b)


@wrong(lb.gaussian_nll_loss, "epsilon_in_scale")
def _(prediction, y):
    mean, std = prediction
    return np.mean(log(std + 1e-3) + 0.5 * ((y - mean) / (std + 1e-3)) ** 2)


@wrong(lb.gaussian_nll_loss, "epsilon_in_variance")
def _(prediction, y):
    mean, std = prediction
    var = std**2 + 1e-2
    return np.mean(0.5 * log(var) + 0.5 * (y - mean) ** 2 / var)


@wrong(lb.laplace_nll_loss, "no_log_of_scale")
def _(prediction, y):
    loc, b = prediction
    return np.mean(abs(y - loc) / b)


@wrong(lb.gaussian_nll_loss, "log_of_variance")
def _(prediction, y):
    mean, std = prediction
    return np.mean(log(std**2) + 0.5 * ((y - mean) / std) ** 2)


@wrong(lb.gaussian_nll_loss, "square_not_halved", "summed")
def _(prediction, y):
    mean, std = prediction
    return np.sum(log(std) + ((y - mean) / std) ** 2)


@wrong(lb.gaussian_nll_loss, "full_is_True", "scale_is_variance")
def _(prediction, y):
    mean, var = prediction
    return np.mean(0.5 * log(2 * np.pi * var) + 0.5 * (y - mean) ** 2 / var)


@wrong(lb.student_t_nll_loss, "constant_left_out", df=4.0)
def _(prediction, y, df):
    loc, s = prediction
    return np.mean(log(s) + (df + 1) / 2 * log(1 + ((y - loc) / s) ** 2 / df))


@wrong(lb.student_t_nll_loss, "half_of_df", "constant_left_out", df=4.0)
def _(prediction, y, df):
    loc, s = prediction
    return np.mean(log(s) + df / 2 * log(1 + ((y - loc) / s) ** 2 / df))


@wrong(lb.student_t_nll_loss, "another_df", df=4.0)
def _(prediction, y):
    return np.mean(lb.student_t_nll_loss(prediction, y, df=3.0))


# Long tails


COUNTS, SHARES = np.array([12.0, 5, 3]), np.array([0.6, 0.25, 0.15])


def ce(z, y):
    return -np.mean(picked(log(softmax(z)), y))


def margins(y, power=0.25):
    """The margins of three classes, at the labels."""
    return 0.5 * np.eye(3)[y] * (COUNTS.min() / COUNTS) ** power


@wrong(lb.logit_adjusted_cross_entropy, "logs_subtracted", priors=SHARES, tau=1.5)
def _(z, y):
    return ce(z - 1.5 * log(SHARES), y)


@wrong(lb.balanced_softmax_loss, "logs_subtracted", counts=COUNTS)
def _(z, y):
    return ce(z - log(COUNTS), y)


@wrong(lb.balanced_softmax_loss, "shares_without_logarithm", counts=COUNTS)
def _(z, y):
    return ce(z + COUNTS, y)


@wrong(lb.logit_adjusted_cross_entropy, "not_moved", priors=SHARES)
def _(z, y):
    return ce(z, y)


@wrong(lb.logit_adjusted_cross_entropy, "tau_left_out", priors=SHARES, tau=2.0)
def _(z, y):
    return ce(z + log(SHARES), y)


@wrong(lb.balanced_softmax_loss, "logs_subtracted", "summed", counts=COUNTS)
def _(z, y):
    return len(y) * ce(z - log(COUNTS), y)


@wrong(lb.ldam_loss, "margins_for_all_classes", counts=COUNTS, scale=2.0)
def _(z, y):
    return ce(2 * (z - 0.5 * (COUNTS.min() / COUNTS) ** 0.25), y)


@wrong(lb.ldam_loss, "margin_added", counts=COUNTS, scale=2.0)
def _(z, y):
    return ce(2 * (z + margins(y)), y)


@wrong(lb.ldam_loss, "scores_without_factor", counts=COUNTS, scale=30.0)  # as in RIDE, whose scores are scaled before
def _(z, y):
    return ce(z - 30 * margins(y), y)


@wrong(lb.ldam_loss, "margin_without_factor", counts=COUNTS, scale=2.0)
def _(z, y):
    return ce(2 * z - margins(y), y)


@wrong(lb.ldam_loss, "square_root_of_counts", counts=COUNTS, scale=2.0)
def _(z, y):
    return ce(2 * (z - margins(y, 0.5)), y)


@wrong(lb.balanced_softmax_loss, "weights_in_place_of_moves", counts=COUNTS)
def _(z, y):
    w = 1 / COUNTS[y]
    return -np.sum(w * picked(log(softmax(z)), y)) / w.sum()
