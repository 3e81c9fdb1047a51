"""The environment is marked as ready after everything was installed, and only then."""

import sys

import install
import pytest


@pytest.fixture
def mark(tmp_path):
    (tmp_path / "v").mkdir()
    return tmp_path / "v" / ".ready"


def test_a_finished_installation_leaves_its_mark(mark, monkeypatch, capsys):
    commands = []
    monkeypatch.setattr(install, "run", lambda *command: commands.append(" ".join(map(str, command))))
    install.main(str(mark), "needed.txt", "pins.txt")
    assert mark.exists()
    assert any("-m venv" in command for command in commands)
    assert any("-r needed.txt -c pins.txt" in command for command in commands)
    assert "Installed in" in capsys.readouterr().out


def test_a_failed_installation_leaves_no_mark(mark, monkeypatch):
    def run(*command):
        if "pip" in command:
            sys.exit("no")

    monkeypatch.setattr(install, "run", run)
    with pytest.raises(SystemExit):
        install.main(str(mark), "needed.txt")
    assert not mark.exists()


def test_a_command_that_fails_says_why():
    with pytest.raises(SystemExit, match=r"(?s)the reason.*failed: "):
        install.run(sys.executable, "-c", "print('the reason'); raise SystemExit(1)")
    install.run(sys.executable, "-c", "print('nothing to say')")
