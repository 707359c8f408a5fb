"""The command line before any command runs: words, options, failures and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

from tui import __version__
from tui.cli import main
from tui.cli.base import CommandLine, current_settings, images_option, settings_options
from tui.core.errors import PhotoseekError
from tui.storage.folders import absolute

if TYPE_CHECKING:
    from collections.abc import Callable


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def group_with(work: Callable[[], object]) -> CommandLine:
    """Return a command line whose command ``do`` calls ``work``; any other word opens a folder."""

    @click.command("open")
    @click.argument("folder", required=False)
    @images_option
    @settings_options
    def fallback(folder: str | None) -> None:
        settings = current_settings()
        click.echo(json.dumps([folder, settings.model, settings.images, str(settings.data_dir)]))

    @click.group(cls=CommandLine, fallback=fallback)
    @images_option
    @settings_options
    def group() -> None:
        pass

    @group.command("do")
    @settings_options
    def do() -> object:
        return work()

    return group


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for word in ("search", "index", "status", "models", "forget", "FOLDER", "Exit codes"):
        assert word in result.stdout


def test_the_version_is_printed() -> None:
    assert __version__ in run("--version").stdout


@pytest.mark.parametrize(
    "args",
    [
        ("--nonsense",),
        ("search",),
        ("search", "--nonsense", "x"),
        ("search", "x", "-n", "0"),
        ("search", "x", "-n", "many"),
        ("index",),
        ("--images", "crayon"),
        ("--device", "abacus", "status"),
        ("models", "surplus"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("photoseek: ")
    assert result.stderr.count("\n") == 1


def test_a_folder_may_replace_a_command(tmp_path: Path) -> None:
    args = ["--model", "a", str(tmp_path), "--images", "off", "--model", "b"]
    result = CliRunner().invoke(group_with(lambda: None), args)
    folder, model, images, _ = json.loads(result.stdout)
    assert (folder, model, images) == (str(tmp_path), "b", "off")


def test_options_of_the_group_reach_the_command(tmp_path: Path) -> None:
    settings_seen = []
    group = group_with(lambda: settings_seen.append(current_settings()))
    CliRunner().invoke(group, ["--model", "a", "--data-dir", str(tmp_path), "do", "--model", "b"])
    assert [(settings.model, settings.data_dir) for settings in settings_seen] == [("b", tmp_path)]


def test_a_word_that_is_neither_folder_nor_command_is_rejected() -> None:
    result = run("serch")
    assert result.exit_code == 2
    assert "serch" in result.stderr


@pytest.mark.parametrize(
    ("failure", "code", "stderr"),
    [
        (PhotoseekError("Do\nthis."), 2, "photoseek: Do\\nthis.\n"),
        (OSError(28, "No space left on device"), 2, "photoseek: The disk is full; free some"),
        (
            PermissionError(13, "Permission denied", "x.jpg"),
            2,
            "photoseek: x.jpg can't be opened",
        ),
        (OSError(5, "Input/output error", "x.jpg"), 2, "for x.jpg; check the disk."),
        (OSError(99, "Odd"), 2, "photoseek: Odd.\n"),
        (OSError("no number"), 2, "photoseek: no number.\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_each_failure_has_its_exit_code(failure: BaseException, code: int, stderr: str) -> None:
    def fail() -> None:
        raise failure

    result = CliRunner().invoke(group_with(fail), ["do"])
    assert result.exit_code == code
    assert stderr in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("code", [0, 1])
def test_the_return_value_of_a_command_is_the_exit_code(code: int) -> None:
    assert CliRunner().invoke(group_with(lambda: code), ["do"]).exit_code == code


def test_completion_offers_commands_and_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "photoseek s")
    monkeypatch.setenv("COMP_CWORD", "1")
    result = CliRunner().invoke(
        main, [], prog_name="photoseek", env={"_PHOTOSEEK_COMPLETE": "bash_complete"}
    )
    assert {"plain,search", "plain,status", "dir,s"} <= set(result.stdout.split())


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["index", "--help"], ["library", "copy", "--help"]]
)
def test_help_without_a_reader_ends_like_any_other_command(args: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tui", *args],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [["--help"], ["models"], ["index", "--help"]])
def test_output_to_a_full_disk_is_one_sentence(args: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tui", *args],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PHOTOSEEK_DATA_DIR": str(tmp_path)},
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        b"photoseek: The disk is full; free some space, then run the command again.\n"
    )


@pytest.mark.parametrize(
    "args",
    [
        ("index", ""),
        ("index", "--exclude", "x", ".", ""),
        ("forget", "--yes", ""),
        ("search", "--in", "", "red"),
        ("duplicates", "--in", ""),
        ("library", "copy", "", "x"),
        ("--data-dir", "", "status"),
        ("status", "--data-dir", ""),
        ("status", "--library", ""),
        ("",),
    ],
)
def test_an_empty_name_is_not_a_folder(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHOTOSEEK_DATA_DIR", str(tmp_path / "data"))
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("photoseek: ")
    assert "a folder" in result.stderr or "folder: ''" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_may_have_a_blank_as_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / " ").mkdir()
    monkeypatch.chdir(tmp_path)
    assert absolute(" ") == tmp_path / " "


def test_an_unexpected_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("odd \x1b[31m\nsecond line")

    monkeypatch.setattr("tui.cli.status.gather", fail)
    result = CliRunner().invoke(main, ["status"])
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith("photoseek: Unexpected error (ValueError: odd \\x1b[31m). ")
    monkeypatch.setenv("PHOTOSEEK_DEBUG", "1")
    assert isinstance(CliRunner().invoke(main, ["status"]).exception, ValueError)
