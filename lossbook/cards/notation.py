"""The symbols of the book: one letter, one meaning. Chapters and cards import them from here."""

import sympy as sp

z = sp.Symbol("z", real=True)
"""Logit: the score before the sigmoid; of counts and amounts, the logarithm of the mean (``log_mean``)."""

y = sp.Symbol("y", real=True)
"""Target of one element: a label 0 or 1, or a probability."""

p = sp.Symbol("p", positive=True)
"""Predicted probability."""

w = sp.Symbol("w_+", positive=True)
"""Weight of the positive class (``pos_weight``)."""

eta = sp.Symbol("eta", positive=True)
"""True probability of the positive class."""

N = sp.Symbol("N", integer=True, positive=True)
"""Number of elements."""

K = sp.Symbol("K", integer=True, positive=True)
"""Number of classes or bins."""

i, j, k = sp.symbols("i j k", integer=True, positive=True)
"""Indices: element, source or rank; sink; class or bin."""

m = sp.IndexedBase("m", real=True)
"""Errors of the pixels, one for each."""

pi = sp.IndexedBase("pi", integer=True)
"""The order of decreasing errors: π₁ is the pixel with the largest."""

S = sp.IndexedBase("S")
"""S_i = {π₁, …, π_i}: the pixels with the i largest errors."""

Delta = sp.Function("Delta", real=True)
"""A set function, a number for each set of pixels; 0 for the empty set."""

G = sp.Symbol("G", integer=True, nonnegative=True)
"""Number of foreground pixels in the target."""

a, b = sp.symbols("a b", integer=True, nonnegative=True)
"""Number of wrong pixels: foreground pixels missed; background pixels marked by mistake."""

probs = sp.IndexedBase("p", real=True)
"""Predicted distribution: p_k is the probability of class k."""

target = sp.IndexedBase("q", real=True)
"""Target distribution, over the same classes."""

positions = sp.IndexedBase("x", real=True)
"""Positions of the bins on a line, from left to right."""

r = sp.Symbol("r", positive=True)
"""Exponent of a norm; order of a Wasserstein distance; exponent of the masks in the denominator of Dice (2 for ``squared``)."""

supply, demand = sp.IndexedBase("s", nonnegative=True), sp.IndexedBase("d", nonnegative=True)
"""Mass of pile i; room in pit j."""

cost, flow = sp.IndexedBase("c", nonnegative=True), sp.IndexedBase("f", nonnegative=True)
"""Cost of moving one unit of mass from pile i to pit j; how much is moved."""

rent, fee = sp.IndexedBase("u", real=True), sp.IndexedBase("v", real=True)
"""Dual prices: what a carrier asks for taking one unit off pile i, and for putting it into pit j."""

scores = sp.IndexedBase("z", real=True)
"""Logits of several classes: z_k is the score of class k."""

weights = sp.IndexedBase("w", nonnegative=True)
"""Weights of the classes."""

alpha = sp.Symbol("alpha", nonnegative=True)
"""Balance: the weight of the positives; the negatives have 1 − α."""

gamma = sp.Symbol("gamma", nonnegative=True)
"""Focusing: how strongly what is classified well is turned down."""

epsilon = sp.Symbol("varepsilon", nonnegative=True)
"""Label smoothing: the share of the target that is spread over all classes."""

n_pos, n_neg = sp.symbols("n_+ n_-", integer=True, positive=True)
"""Number of positives; number of negatives."""

mask = sp.IndexedBase("g", real=True)
"""Target mask: g_i is 1 on the foreground and 0 on the background, or between them where the label is soft."""

TP, FP, FN, TN = sp.symbols("TP FP FN TN", nonnegative=True)
"""Counts: foreground found, background marked by mistake, foreground missed, background left; soft: Σpg, Σp(1 − g), Σ(1 − p)g, Σ(1 − p)(1 − g)."""

smooth = sp.Symbol("kappa", nonnegative=True)
"""Smoothing of a coefficient: what is added to numerator and denominator (``smooth``)."""

w_fp, w_fn = sp.symbols("w_FP w_FN", nonnegative=True)
"""Price of a false positive and of a false negative (``fp_weight``, ``fn_weight``)."""

dice_weight = sp.Symbol("w", nonnegative=True)
"""Weight of the Dice loss beside the cross entropy (``dice_weight``)."""

beta = sp.Symbol("beta", nonnegative=True)
"""What recall weighs against precision, squared, in F_β."""

y_hat = sp.Symbol(r"\hat{y}", real=True)
"""Predicted number."""

sigma = sp.Symbol("sigma", positive=True)
"""Scale of the noise, for Gaussian noise its standard deviation; the logistic function is σ(z), with its argument."""

sigmoid = 1 / (1 + sp.exp(-z))
"""σ(z), the logistic function."""

turn = sp.Symbol("delta", positive=True)
"""Error at which a robust loss turns from the square to something milder (``delta``, ``beta``, ``c``, ``scale``, ``width``)."""

shape = sp.Symbol("alpha", real=True)
"""Shape of Barron's loss, and only of it (``alpha``)."""

bend = sp.Symbol("chi", positive=True)
"""Error around which the logarithm of the wing loss bends (``curvature``)."""

band = sp.Symbol("Gamma", positive=True)
"""Width of the band below the margin 1 in which the smoothed hinge loss is a square (``gamma``)."""

focus = sp.Symbol("beta", real=True)
"""How strongly a quality focal loss turns down what is near its target, a penalty-reduced one what is near a peak; only there (``beta``)."""

gamma_pos, gamma_neg = sp.symbols("gamma_+ gamma_-", nonnegative=True)
"""Focusing of the positives, and of the negatives (``gamma_pos``, ``gamma_neg``)."""

shift = sp.Symbol("m", real=True)
"""What the asymmetric loss takes off the probability of a negative (``margin``)."""

in_bin = sp.Symbol("N_b", integer=True, positive=True)
"""Number of elements whose gradients lie in one bin."""
cosines = sp.IndexedBase("c", real=True)
"""Cosines of the angles between an embedding and the prototypes: c_k is that of class k."""

margin = sp.Symbol("m", nonnegative=True)
"""Margin: what the label's angle, or its cosine, is made worse by (``margin``)."""

scale = sp.Symbol("s", positive=True)
"""Scale: by what cosines become scores (``scale``)."""
