"""Copying text: with a clipboard program, or through the terminal (OSC 52).

The exit code of a program confirms the copy; a terminal confirms nothing. tmux forwards OSC 52 only
if it is configured to, so inside tmux the text goes to tmux's own buffer, and with ``-w`` (tmux
3.2) to the terminal too. Over SSH, the clipboard of the remote machine is useless.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SECONDS = 2.0
_TERMINAL_TAKES = 64 << 10
"""The most characters that terminals accept by OSC 52; xterm's limit is 75,000 bytes."""


class ClipboardTool(NamedTuple):
    """A program that copies text, or the terminal.

    Attributes:
        name: of the program.
        commands: the command lines to try in turn, each with the suffix of "1 path copied" that
            reports its success; none for the terminal.
    """

    name: str
    commands: Sequence[tuple[Sequence[str], str]] = ()


TERMINAL = ClipboardTool("the terminal (OSC 52)")

_TMUX = ClipboardTool(
    "tmux",
    (
        (("tmux", "load-buffer", "-w", "-"), " to tmux's buffer, and offered to the terminal"),
        (("tmux", "load-buffer", "-"), " to tmux's buffer"),
    ),
)
_WAYLAND = ClipboardTool("wl-copy", ((("wl-copy",), " with wl-copy"),))
_X11 = (
    ClipboardTool("xclip", ((("xclip", "-selection", "clipboard"), " with xclip"),)),
    ClipboardTool("xsel", ((("xsel", "--clipboard", "--input"), " with xsel"),)),
)
_MACOS = ClipboardTool("pbcopy", ((("pbcopy",), " with pbcopy"),))


def clipboard_tool(
    environ: Mapping[str, str],
    *,
    find: Callable[[str], str | None] = shutil.which,
    platform: str = sys.platform,
) -> ClipboardTool:
    """Return the tool that copies text on this machine.

    Args:
        environ: the environment of this process.
        find: finds a program by its name.
        platform: as in ``sys.platform``.
    """
    ways = []
    if environ.get("TMUX"):
        ways.append(_TMUX)
    elif environ.get("WAYLAND_DISPLAY"):
        ways.append(_WAYLAND)
    if environ.get("DISPLAY") and not environ.get("TMUX"):
        ways += _X11
    if platform == "darwin" and not (environ.get("SSH_CONNECTION") or environ.get("TMUX")):
        ways.append(_MACOS)
    return next((way for way in ways if find(way.commands[0][0][0])), TERMINAL)


def copy_text(text: bytes, way: ClipboardTool) -> str | None:
    """Copy a text with a program; wait at most two seconds for each command.

    Returns:
        The suffix of "1 path copied"; None if every command failed.
    """
    return next((suffix for command, suffix in way.commands if _run(command, text)), None)


def fits_terminal(text: str) -> bool:
    """Return whether terminals accept a text of this length."""
    return len(text) <= _TERMINAL_TAKES


def _run(command: Sequence[str], text: bytes) -> bool:
    # Some of these stay in the background and would hold inherited pipes open.
    try:
        done = subprocess.run(
            command,
            input=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
