"""Opens a picture in another program: the system's viewer, the file manager or the opener."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tui.core.errors import PhotoseekError
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PATIENCE = 2.0
"""Seconds in which a program that can't open the file fails; a viewer runs longer."""

SET_OPENER = "set `opener` in the settings file"
_FILES = "{}"


def open_command(opener: str, paths: Sequence[Path], platform: str = sys.platform) -> list[str]:
    """Return the command that shows pictures.

    Args:
        opener: the user's command, as in a shell, with ``{}`` for the paths, which otherwise
            come last. Empty for the system's viewer, which opens one picture.
        paths: the pictures.
        platform: a value of ``sys.platform``.

    Raises:
        PhotoseekError: the opener is not a command.
    """
    names = [str(path) for path in paths]
    if opener.strip():
        try:
            words = shlex.split(opener)
        except ValueError as error:
            raise PhotoseekError(f"Invalid setting `opener`: {error}.") from error
        if _FILES not in words:
            return [*words, *names]
        index = words.index(_FILES)
        return [*words[:index], *names, *words[index + 1 :]]
    if platform == "win32":
        return ["explorer", names[0]]
    return ["open" if platform == "darwin" else "xdg-open", names[0]]


def files_to_open(paths: Sequence[Path]) -> list[Path]:
    """Return files for another program; for an object a copy, which stays until this process ends.

    Raises:
        PhotoseekError: an object can't be downloaded.
    """
    return [_local_path(path) if isinstance(path, RemotePath) else path for path in paths]


def _local_path(path: RemotePath) -> Path:
    from tui.storage.objects.download_cache import shared_download_cache

    try:
        return shared_download_cache().fetch_as(path)
    except OSError as error:
        raise PhotoseekError(f"{path} can't be downloaded: {error.strerror}.") from error


def reveal_command(
    path: Path,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str]:
    """Return the command that shows a file in the file manager.

    On free desktops that is a call to org.freedesktop.FileManager1, or opening the folder if
    ``gdbus`` is missing.

    Raises:
        PhotoseekError: the file is in object storage.
    """
    if isinstance(path, RemotePath):
        raise PhotoseekError("File managers can't show object storage; copy the path instead.")
    if platform == "darwin":
        return ["open", "-R", str(path)]
    if platform == "win32":
        return ["explorer", f"/select,{path}"]
    if which("gdbus") is None:
        return ["xdg-open", str(path.parent)]
    service = "org.freedesktop.FileManager1"
    return [
        "gdbus", "call", "--session", "--dest", service, "--object-path",
        "/org/freedesktop/FileManager1", "--method", f"{service}.ShowItems",
        f"['{path.as_uri()}']", "",
    ]  # fmt: skip


def launch(command: Sequence[str], hint: str = SET_OPENER) -> None:
    """Start a program in the background, without this terminal.

    Args:
        command: the program and its arguments.
        hint: the end of the error's sentence, with a remedy.

    Raises:
        PhotoseekError: it is missing, or fails at once.
    """
    name = command[0]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise PhotoseekError(f"{name} was not found; {hint}.") from None
    except OSError as error:
        raise PhotoseekError(f"{name} can't be started: {error.strerror}.") from error
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return
    if code:
        raise PhotoseekError(f"{name} failed (exit code {code}); {hint}.")
