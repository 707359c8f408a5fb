"""``photoseek config``: show the settings with their sources; edit or check the file."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from tui.cli.base import DONE, print_error, settings_options
from tui.cli.terminal.output import confirm, say
from tui.core.errors import ConfigError
from tui.core.files import open_draft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.core.settings import Settings

_NEW_FILE = """\
# Settings of photoseek; `photoseek config` shows all of them with their values.
"""


@click.command(short_help="Show, edit or check the settings.")
@click.option("--edit", is_flag=True, help="Open the file in $VISUAL or $EDITOR, then check it.")
@click.option("--check", is_flag=True, help="Only check the file.")
@settings_options
def config(*, edit: bool, check: bool) -> int:
    """Show all settings with their values and sources, in the form of the settings file."""
    from tui.core.settings_file import active_config_file

    file = active_config_file()
    if edit:
        _edit(file)
    settings, sources = _load_checked()
    if edit or check:
        state = "is right" if file.exists() else "is not there, so the defaults hold"
        say(f"{file} {state}.", err=True)
        return DONE
    say(*_setting_lines(file, settings, sources))
    return DONE


def _load_checked() -> tuple[Settings, dict[str, str]]:
    """Return the settings with their sources.

    Raises:
        ConfigError: a setting or a key is invalid.
    """
    from tui.app.keys.user_keymap import checked_keymap
    from tui.core.settings_file import load_with_sources, location_of

    settings, sources = load_with_sources(click.get_current_context().find_root().obj)
    checked_keymap(settings.keys, location_of)
    return settings, sources


def _edit(file: Path) -> None:
    """Open the editor until the file is valid or the user gives up.

    Raises:
        ConfigError: the file can't be edited, or is still invalid.
    """
    import shlex
    import subprocess

    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(file):
            with open_draft(file, mode=0o666) as draft:
                draft.file.write(_NEW_FILE.encode())
    except OSError as error:
        raise ConfigError(f"Can't write {file}: {error.strerror}.") from error
    while True:
        try:
            subprocess.run([*shlex.split(command), str(file)], check=True)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            if isinstance(error, subprocess.CalledProcessError):
                reason = f"exit code {error.returncode}"
            raise ConfigError(
                f"The editor {command!r} failed ({reason}); set EDITOR to another one."
            ) from error
        try:
            _load_checked()
        except ConfigError as error:
            if not sys.stdin.isatty():
                raise
            print_error(str(error))
            if not confirm("Edit it again?", default=True):
                raise
        else:
            return


def _setting_lines(file: Path, settings: Settings, sources: dict[str, str]) -> Iterator[str]:
    yield f"# {file}{'' if file.exists() else ' (not there yet; `--edit` makes it)'}"
    lines = [
        (f"{field.name} = {_toml(getattr(settings, field.name))}", sources.get(field.name))
        for field in fields(settings)
        if field.name != "keys"
    ]
    width = max(len(line) for line, _ in lines)
    for line, source in lines:
        yield f"{line.ljust(width)}  # {source or 'default'}"
    yield ""
    yield "[keys]"
    yield from _key_lines(dict(settings.keys))


def _key_lines(user_keys: dict[str, tuple[str, ...]]) -> Iterator[str]:
    import json

    from tui.app.keys.actions import ACTIONS

    for action in ACTIONS:
        keys = user_keys.get(action.id, action.keys)
        line = f"{action.id} = {json.dumps(list(keys), ensure_ascii=False)}"
        mark = "" if action.id in user_keys else "# "
        yield f"{f'{mark}{line}'.ljust(58)}  # {action.description}"


def _toml(value: object) -> str:
    """Return a value as TOML, whose basic strings are escaped as in JSON."""
    import json

    plain = isinstance(value, bool | int | tuple)
    text = json.dumps(value if plain else str(value), ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    """Escape a control character for the terminal, as TOML does (v1.0.0, section String)."""
    number = ord(letter)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
