"""What a type checker says of a script that uses the package."""

import re

import pytest
from mypy import api

import lossbook

ROOT = lossbook.__path__[0].rpartition("/")[0]


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Return what ``mypy --strict`` complains of in a script, line by line."""
    monkeypatch.setenv("MYPYPATH", ROOT)

    def judge(*lines):
        script = tmp_path / "script.py"
        script.write_text("\n".join(("import functools", "import numpy as np", "import lossbook", *lines)) + "\n")
        options = ["--strict", "--follow-imports=silent", f"--cache-dir={ROOT}/.mypy_cache", "--hide-error-context"]
        out, problem, _ = api.run([*options, str(script)])
        assert problem == ""
        return re.findall(r"script\.py:(\d+): error: (.*)", out)

    return judge


def test_a_script_that_is_right_passes_in_strict_mode(judged):
    assert not judged(
        "logits = np.array([0.5, -1.0])",
        'value = lossbook.binary_cross_entropy_with_logits(logits, [1, 0], reduction="sum")',
        "print(float(value) + 1, lossbook.__version__.upper())",
        "value, gradient = lossbook.value_and_grad(lossbook.dice_loss)([0.5, 0.2], [1, 0], smooth=1.0, axis=(0,))",
        "print(gradient.shape, lossbook.hessian_diag(lossbook.mse_loss)([1.0], [2.0]).sum())",
        "run = lossbook.grad(functools.partial(lossbook.tversky_loss, fp_weight=0.3))",
        "print(run([0.5], [1]))",
        "print([record.name.upper() for record in lossbook.catalogue() if record.page])",
        "with lossbook.threads(2):",
        "    counts = lossbook.confusion_counts([0.2, 0.9], [0, 1], where=[True, False])",
        "print(counts.tp, lossbook.f1_score(counts))",
        "found = lossbook.diagnose(lambda p, g: float((p * g).sum()), lossbook.dice_loss, smooth=1.0)",
        "print(found.agrees, found.explanation, found.difference, [edge.page for edge in found.edges])",
        "print(lossbook.lovasz_extension(lambda mask: mask.any(), [0.25, 0.5]))",
        *(f"print(lossbook.{name})" for name in lossbook.__all__),
        "from lossbook.bridges.boosting import lightgbm_objective",
        "print(lightgbm_objective(lossbook.sigmoid_focal_loss, gamma=1.0, minimum=1e-3)(np.zeros(2), None)[0])",
        "for module in (lossbook.bridges.torch, lossbook.bridges.jax):",
        "    print(module.differentiable(run)([0.5], [1]) + 1)",
    )


def test_what_is_wrong_is_refused(judged):
    wrong = [
        ('lossbook.mse_loss([1.0], [2.0], reduction="men")', "reduction"),
        ('lossbook.value_and_grad(lossbook.dice_loss)([0.5], [1], reduction="men")', "reduction"),
        ("lossbook.dice_loss([0.5], [1], gamma=2)", "gamma"),
        ("lossbook.wasserstein_samples([1.0], [2.0], order=3)", "order"),
        ('lossbook.cross_entropy([[0.0, 1.0]], [0], axis="last")', "axis"),
        ("lossbook.grad(3)", "grad"),
        ('lossbook.diagnose(max, lossbook.dice_loss, library="tensorflow")', "library"),
        ("lossbook.dise_loss([0.5], [1])", "dise_loss"),
        ("lossbook.bridges.tensorflow", "tensorflow"),
        ('lossbook.bridges.boosting.xgboost_objective(lossbook.mse_loss, minimum="1")', "minimum"),
    ]
    found = judged(*(line for line, _ in wrong))
    assert [int(line) for line, _ in found] == list(range(4, 4 + len(wrong)))
    for (_, message), (_, name) in zip(found, wrong, strict=True):
        assert name in message
