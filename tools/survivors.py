"""Judge what `make mutants` found by tests/mutants.toml: the share of changes noticed in each module, and the reasons.

The tool that breaks the package needs requirements of its own; this needs none, so that `make test` can tell which
reasons are stale.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lossbook"


@dataclass(frozen=True)
class Policy:
    """What is asked for: the least share of each module's changes that tests notice, and why some cannot be noticed."""

    least: float
    modules: dict
    reasons: dict  # by change, "old lines → new lines"

    @classmethod
    def read(cls, path=ROOT / "tests" / "mutants.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        reasons = {change: entry["why"] for entry in data["equivalent"] for change in entry["changes"]}
        return cls(data["least"], data["modules"], reasons)

    def asked(self, module):
        return self.modules.get(module, self.least)


def change_of(name):
    """The change in the name of a mutant, "module, function: old → new"."""
    return name.partition(": ")[2]


def modules(package=PACKAGE):
    """The text of each module, by its path in the package without suffix, a line's indentation being left out."""
    texts = {p.relative_to(package).with_suffix("").as_posix(): p for p in sorted(package.rglob("*.py"))}
    return {
        module: " ".join(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        for module, path in texts.items()
    }


def stale(policy, texts):
    """Name the shares of modules that are gone, and the reasons for changes of what stands nowhere any more."""
    gone = [f"Has a share, but is no module any more: {module}" for module in policy.modules if module not in texts]
    old = {change: change.partition(" → ")[0] for change in policy.reasons}
    return gone + [
        f"Has a reason, but stands in no module any more: {change}"
        for change in policy.reasons
        if not any(old[change] in text for text in texts.values())
    ]


def judge(policy, texts, found, *, whole):
    """Return the report's lines, and the faults.

    ``found`` maps each module that was broken to its changes' names, and each name to the test that noticed it, None
    where none did, or False where it was left out of a sample. Shares are judged if the run was ``whole``.
    """
    lines, faults = [], stale(policy, texts)
    for module, names in found.items():
        tried = {name: killer for name, killer in names.items() if killer is not False}
        survived = [name for name, killer in tried.items() if killer is None]
        share = 1 - len(survived) / max(1, len(tried))
        lines.append(f"{module}: {len(tried) - len(survived)} of {len(tried)} noticed, {share:.1%}")
        lines += [
            f"  not noticed: {name.partition(', ')[2]}" for name in survived if change_of(name) not in policy.reasons
        ]
        if whole and share < policy.asked(module):
            faults.append(f"{module}: {share:.1%} noticed, {policy.asked(module):.1%} are asked for")
        faults += [
            f"Has a reason, but was noticed by {killer}: {name}"
            for name, killer in tried.items()
            if killer and change_of(name) in policy.reasons
        ]
        changes = {change_of(name) for name in names}
        faults += [
            f"Has a reason, but is no change of {module} any more: {change}"
            for change in policy.reasons
            if change.partition(" → ")[0] in texts[module] and change not in changes
        ]
    return lines, faults
