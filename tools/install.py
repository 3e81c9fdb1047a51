"""Create a virtual environment and install pinned requirements into it; run by make when they changed.

    python tools/install.py MARK REQUIREMENTS [CONSTRAINTS]

MARK is an empty file in the environment, written last: make installs again only if a requirement is newer.
"""

import subprocess
import sys
import time
from pathlib import Path


def run(*command):
    """Run a command, and show what it said only if it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")


def main(mark, requirements, *constraints):
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"lossbook needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    mark = Path(mark)
    venv = mark.parent
    print(f"Installing {requirements} into {venv} ...", flush=True)
    start = time.perf_counter()
    python = venv / "bin" / "python"
    run(sys.executable, "-m", "venv", venv)
    pins = [word for file in constraints for word in ("-c", file)]
    run(python, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements, *pins)
    # Matplotlib writes a line to stderr while it builds its font cache; no cell may be the first to do so.
    run(python, "-c", "import matplotlib.font_manager")
    mark.touch()
    print(f"Installed in {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main(*sys.argv[1:])
