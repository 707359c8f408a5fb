"""``photoseek config``: the settings and their sources, edited and checked."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tui.app.keys.actions import ACTIONS
from tui.cli import main
from tui.core.settings_file import load_settings


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["config", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit), result.output
    return result


def editor(tmp_path: Path, text: str) -> str:
    """Return the command of an editor that writes this text."""
    script = tmp_path / "editor.py"
    script.write_text(f"import sys\nopen(sys.argv[-1], 'w').write({text!r})\n")
    return f"{shlex.join([sys.executable, str(script)])} --wait"


@pytest.fixture
def file() -> Path:
    return Path(os.environ["PHOTOSEEK_CONFIG"])


def test_config_shows_every_setting_with_its_source(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('threads = 3\n[keys]\npanes.index = "f12"\n')
    monkeypatch.setenv("PHOTOSEEK_DEVICE", "cpu")
    shown = run("--model", "clip").stdout
    lines = {line.split(" = ")[0]: " ".join(line.split()) for line in shown.splitlines()}
    assert lines["threads"] == f"threads = 3 # {file}, line 1"
    assert lines["device"] == 'device = "cpu" # the environment'
    assert lines["model"] == 'model = "clip" # the command line'
    assert lines["images"] == 'images = "auto" # default'
    assert lines["panes.index"].startswith('panes.index = ["f12"] #')
    assert {action.id for action in ACTIONS} <= {line.removeprefix("# ") for line in lines}


def test_config_prints_an_equivalent_settings_file(file: Path) -> None:
    shown = run().stdout
    file.write_text(shown.replace("\n# ", "\n"))
    again = load_settings()
    assert replace(again, keys=()) == load_settings(config_file=Path("/nowhere/config.toml"))
    assert dict(again.keys)["panes.index"] == ("i",)
    assert run("--check").exit_code == 0


def test_check_names_the_mistake_and_its_line(file: Path) -> None:
    assert "defaults hold" in run("--check").stderr
    file.write_text("threads = 2\n")
    assert run("--check").stderr == f"{file} is right.\n"
    file.write_text('threads = 2\nimages = "ascii"\n')
    result = run("--check")
    assert result.exit_code == 2
    assert f"{file}, line 2: images must be one of" in result.stderr
    file.write_text('[keys]\n\npanes.nothing = "x"\n')
    assert f"{file}, line 3: there is no action" in run("--check").stderr
    file.write_text("threads = 2\nimages = \n")
    assert "line 2" in run("--check").stderr


def test_edit_creates_the_file_and_checks_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor(tmp_path, "threads = 4\n"))
    result = run("--edit")
    assert (result.exit_code, result.stderr) == (0, f"{file} is right.\n")
    monkeypatch.setenv("EDITOR", editor(tmp_path, "threads = 'x'\n"))
    result = run("--edit")
    assert result.exit_code == 2
    assert "line 1: threads must be a whole number" in result.stderr
    assert file.read_text() == "threads = 'x'\n"


def test_a_missing_editor_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor-at-all")
    result = run("--edit")
    assert result.exit_code == 2
    assert "no-such-editor-at-all" in result.stderr


def test_an_editor_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "false")
    result = run("--edit")
    assert result.exit_code == 2
    assert "The editor 'false' failed (exit code 1)" in result.stderr
