"""Deviations in the formulas of a confidence penalty and of distillation."""

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


@deviation("formula", "the entropy is added, not taken off: certainty is paid for, not doubt")
def _certainty_paid(recipe):
    return recipe.turned(sign=-1) if isinstance(recipe, recipes.Penalized) else None


def _turned(recipe, **knobs):
    return recipe.turned(**knobs) if isinstance(recipe, recipes.Distilled) else None


@deviation("formula", "the factor T² is missing, so that the gradient shrinks as 1/T")
def _without_square_of_temperature(recipe):
    return _turned(recipe, factor=lambda T: 1.0)


@deviation("formula", "the factor is T, not T²")
def _temperature_not_squared(recipe):
    return _turned(recipe, factor=lambda T: T)


@deviation("formula", "the teacher's scores are not divided by the temperature")
def _cold_teacher(recipe):
    return _turned(recipe, teacher=lambda t, T: recipes.softmax(t))


@deviation(
    "formula", "the entropy of the teacher is not taken off: this is the cross entropy, which has the same gradient"
)
def _teachers_entropy_kept(recipe):
    return _turned(recipe, entropy=0.0)


@deviation(
    "formula", "the teacher's scores over T are the target of a cross entropy: they lack a softmax", leaves_domain=True
)
def _scores_for_target(recipe):
    return _turned(recipe, teacher=lambda t, T: t / T, entropy=0.0)


@deviation(
    "formula",
    "the student's softmax stands in place of its logarithm, as where PyTorch's kl_div is given probabilities",
)
def _student_without_logarithm(recipe):
    return _turned(recipe, log=lambda p: p)
