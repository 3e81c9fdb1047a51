"""Build the site from nothing, with every warning an error and the same bytes every time."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
#: Dates, hashes and time zones that would otherwise differ from one build to the next.
FIXED = {"SOURCE_DATE_EPOCH": "1767225600", "PYTHONHASHSEED": "0", "TZ": "UTC"}


def never_executed():
    """Name the notebooks that hold cells without outputs of their own: the site would show a chapter without results."""
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if any(cell["cell_type"] == "code" and cell["execution_count"] is None for cell in cells):
            yield path.relative_to(ROOT).as_posix()


def main():
    if names := list(never_executed()):
        sys.exit(f"{', '.join(names)}: not all cells were executed. Run make notebooks.")
    start = time.perf_counter()
    # An incremental build swallows the warnings of the pages that it does not rebuild.
    shutil.rmtree(BUILD, ignore_errors=True)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "--keep-going", "-n", "-q"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | FIXED, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    index = BUILD / "html" / "index.html"
    if done.returncode or not index.exists():
        sys.exit(f"{done.stdout}\nThe book was not built: see the warnings above.")
    # Holds a hash of the environment's place, and only serves incremental builds.
    (BUILD / "html" / ".buildinfo").unlink(missing_ok=True)
    pages = len(list((BUILD / "html" / "book").rglob("*.html")))
    print(f"{pages} pages in {time.perf_counter() - start:.0f} s. Open {index.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
