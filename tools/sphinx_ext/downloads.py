"""What a reader takes away: each notebook with the data that it reads, and the source of book and package, as archives.

An archive is saved, whereas a browser that shows the site from the disk would open a bare notebook as text. The archives are the
same bytes at every build.
"""

import json
import re
import zipfile
from pathlib import Path

from release import facts

FOLDER = "_downloads"
SOURCE = "lossbook-source.zip"
#: What the archive of the source holds, and what in it is made by running things.
PARTS = ("book", "lossbook", "tests", "tools")
MADE = re.compile(r"__pycache__|\.egg-info|(^|/)\.(?!ci|gitignore)")
INSTALL = """How to run {name}

1. Install Python 3.11 or newer, and the package: unpack {source} (it is linked in the footer of every page), and in its
   folder
       python -m venv .venv
       .venv/bin/pip install -r requirements.txt -c constraints.txt jupyterlab
2. Here, in the folder of this notebook:
       <that folder>/.venv/bin/jupyter lab {name}

The whole installation takes one to three minutes; no chapter runs longer than a few minutes.
"""


def data(notebook):
    """Return the names of the files beside a notebook that its code reads."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return sorted(set(re.findall(r'Path\("([\w./-]+)"\)', code)) - {notebook.name})


def pack(archive, files, date):
    """Write an archive of ``(name, bytes)``, with one date and one mode for all."""
    archive.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in sorted(files):
            entry = zipfile.ZipInfo(name, (*map(int, date.split("-")), 0, 0, 0))
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def source_files(root):
    """Return the files of the source as a reader gets them."""
    inside = [path for part in PARTS for path in (root / part).rglob("*")]
    paths = [path for path in [*root.iterdir(), *inside] if path.is_file()]
    return [path for path in paths if not MADE.search(path.relative_to(root).as_posix())]


def write(app, exception):
    if exception or app.builder.format != "html":
        return
    root, folder, date = Path(app.srcdir), Path(app.outdir) / FOLDER, facts(app.srcdir)["date"]
    for docname in sorted(app.env.found_docs):
        notebook = root / f"{docname}.ipynb"
        if notebook.exists():
            names = [notebook.name, *data(notebook)]
            files = [(name, (notebook.parent / name).read_bytes()) for name in names]
            told = INSTALL.format(name=notebook.name, source=SOURCE)
            pack(folder / f"{notebook.stem}.zip", [*files, ("INSTALL.txt", told.encode())], date)
    files = [(f"lossbook/{path.relative_to(root).as_posix()}", path.read_bytes()) for path in source_files(root)]
    pack(folder / SOURCE, files, date)


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
