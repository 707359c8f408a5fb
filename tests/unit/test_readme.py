"""The README against the program: what it names must be there."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from tests.support import write_readme_tables as readme
from tui.cli import main
from tui.core.settings import Settings
from tui.core.settings_file import load_settings
from tui.models.presets import MODELS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^## ", README.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def test_keys_and_query_language_are_as_in_the_program() -> None:
    assert readme.update_tables(README) == README, (
        "run: python -m tests.support.write_readme_tables"
    )


def test_every_command_is_named_and_every_named_command_exists() -> None:
    named = set(re.findall(r"^    photoseek ([a-z]+)", section("Command line"), flags=re.M))
    assert named == set(main.commands)


def test_every_named_option_exists() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--run-tests", "--help"}
    commands = [main, *main.commands.values()]
    groups = [command for command in commands[1:] if isinstance(command, click.Group)]
    commands += [command for group in groups for command in group.commands.values()]
    options = [option for command in commands for option in command.params]
    existing = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    assert len(named) > 8
    assert named <= existing


def test_every_preset_is_in_the_table() -> None:
    named = re.findall(r"^\| `([\w-]+)`", section("Models"), flags=re.M)
    assert named == [spec.name for spec in MODELS]


def test_the_example_of_a_settings_file_is_one(tmp_path: Path) -> None:
    example = README.split("```toml\n")[1].split("```")[0]
    assert set(tomllib.loads(example)) == {field.name for field in fields(Settings)}
    file = tmp_path / "config.toml"
    file.write_text(example)
    assert load_settings(environ={}, config_file=file).model == "auto"


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\]\(([^):]+)\)", README) + re.findall(r"tui/[\w./]+", README)))
)
def test_every_path_in_the_readme_exists(path: str) -> None:
    assert (ROOT / unquote(path)).exists()
