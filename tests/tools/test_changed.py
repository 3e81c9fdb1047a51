"""Which pages a change sends to the browser, and what happens where git cannot say what changed."""

import subprocess

import changed
import pytest

EXEMPLARS = [f"{page}.html" for page in changed.EXEMPLARS]


def git(root, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root, *paths, text="new"):
    """Write the files, commit everything, and return the commit."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "step")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path):
    """A repository with two commits on main."""
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "book/one.md", "book/part/two.ipynb", "lossbook/loss.py", text="old")
    commit(tmp_path, "book/one.md")
    return tmp_path


def more(root, asked=""):
    """What is opened beside the exemplars."""
    found = changed.pages(changed.changed(changed.base(asked, root), root), root)
    assert found[: len(EXEMPLARS)] == EXEMPLARS
    return found[len(EXEMPLARS) :]


def test_every_exemplar_has_a_source():
    for page in changed.EXEMPLARS:
        assert any((changed.ROOT / page).with_suffix(suffix).exists() for suffix in changed.SUFFIXES), page


def test_on_main_the_last_commit_is_the_change(clone):
    assert more(clone) == ["book/one.html"]


def test_on_a_branch_everything_since_it_left_main_is_the_change(clone):
    git(clone, "switch", "-q", "-c", "branch")
    commit(clone, "book/part/two.ipynb")
    commit(clone, "lossbook/loss.py")
    assert more(clone) == ["book/part/two.html"]


def test_what_main_did_meanwhile_is_not_the_change(clone):
    git(clone, "switch", "-q", "-c", "branch")
    commit(clone, "book/part/two.ipynb")
    git(clone, "switch", "-q", "main")
    commit(clone, "book/one.md", text="meanwhile")
    git(clone, "switch", "-q", "branch")
    assert more(clone) == ["book/part/two.html"]


def test_the_commit_that_is_asked_for_goes_first(clone):
    before = git(clone, "rev-parse", "HEAD")
    commit(clone, "book/part/two.ipynb")
    commit(clone, "lossbook/loss.py")
    assert more(clone) == []
    assert more(clone, asked=before) == ["book/part/two.html"]


@pytest.mark.parametrize("asked", ["0" * 40, "gone"])
def test_a_commit_that_is_not_there_is_passed_over(clone, asked):
    assert more(clone, asked) == ["book/one.html"]


def test_files_that_are_not_committed_count(clone):
    (clone / "book/part/three.md").write_text("new", encoding="utf-8")
    (clone / "book/part/two.ipynb").write_text("new", encoding="utf-8")
    assert sorted(more(clone)) == ["book/one.html", "book/part/three.html", "book/part/two.html"]


def test_a_page_that_is_gone_is_not_opened(clone):
    git(clone, "rm", "-q", "book/part/two.ipynb")
    commit(clone)
    assert more(clone) == []


def test_an_exemplar_that_changed_is_opened_once(clone):
    commit(clone, "book/intro.md")
    assert more(clone) == []


def test_in_a_shallow_clone_the_exemplars_stand_for_all(clone, tmp_path_factory):
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(clone, "clone", "-q", "--depth", "1", clone.as_uri(), str(shallow))
    assert changed.base(root=shallow) is None
    assert more(shallow) == []


def test_outside_a_repository_the_exemplars_stand_for_all(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert more(tmp_path) == []


def test_without_git_the_exemplars_stand_for_all(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert more(clone) == []
