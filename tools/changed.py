"""Say which pages a change may have broken in the browser: those whose source changed, and the exemplars.

    python tools/changed.py [--base COMMIT]

Prints their paths in the site. Code that all pages share (styles, scripts, the theme's extensions, the package) is judged
by the exemplars, one for each kind of page. Needs git and nothing else, so that CI can ask before anything is installed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = (".md", ".ipynb")
#: One page of each kind, without suffix.
EXEMPLARS = {
    "book/intro": "the front page",
    "book/unequal/focal_loss": "a chapter with sliders and tabs",
    "book/regions/tversky": "a chapter with photographs",
    "book/errata": "many short cells",
    "book/ledger_classes": "wide tables of claims",
    "book/api/classes": "pages made from docstrings",
    "book/rosetta": "tables of calls",
    "book/compare_losses": "a playground of curves",
    "book/paint_a_mask": "a playground of pixels",
    "book/speed_and_accuracy": "drawn measurements",
}
#: Where the work of others is found: what is not in there yet is the change.
TRUNKS = ("origin/HEAD", "origin/main", "main")


def git(*arguments, root=ROOT):
    """Return what git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def base(asked="", root=ROOT):
    """Return the commit to compare with: the one asked for, where HEAD left the trunk, the one before, or None.

    A push that rewrote the history asks for a commit that a clone does not have, a new branch for forty zeros, and a
    shallow clone has no commit before: what is not there is passed over.
    """
    head = git("rev-parse", "HEAD", root=root)
    for trunk in filter(None, (asked, *TRUNKS)):
        found = git("merge-base", "HEAD", trunk, root=root)
        if found and found != head:
            return found
    return git("rev-parse", "--verify", "HEAD^", root=root)


def changed(commit, root=ROOT):
    """Return the files that differ from a commit, those not committed included; nothing for None."""
    if commit is None:
        return []
    tracked = git("diff", "--name-only", "--no-renames", commit, root=root)
    untracked = git("ls-files", "--others", "--exclude-standard", root=root)
    return [*tracked.splitlines(), *untracked.splitlines()]


def pages(files, root=ROOT):
    """Return the site's pages to be opened: the exemplars, then those whose source is among the files."""
    sources = (Path(file) for file in files)
    found = [p.with_suffix("").as_posix() for p in sources if p.suffix in SUFFIXES and p.parts[0] == "book"]
    there = [page for page in found if any((root / page).with_suffix(suffix).exists() for suffix in SUFFIXES)]
    return [f"{page}.html" for page in dict.fromkeys([*EXEMPLARS, *there])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--base", default=os.environ.get("BASE", ""), help="a commit; without it BASE, or where HEAD left main"
    )
    commit = base(parser.parse_args().base)
    print(f"Compared with {commit or 'nothing: the exemplars stand for all pages'}.", file=sys.stderr)
    print(*pages(changed(commit)))


if __name__ == "__main__":
    main()
