"""Where a copied text goes: to a program that keeps the clipboard, or to the terminal (OSC 52).

A program's exit code says that it took the text. A terminal answers nothing, and tmux passes
nothing on unless it is set up to, so inside tmux the text goes into tmux's own buffer, with ``-w``
(tmux 3.2) to the terminal as well. Over SSH the clipboard of the other machine is of no use.
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
"""Characters that terminals take by OSC 52; xterm's limit is 75,000 bytes."""


class ClipboardTool(NamedTuple):
    """One way to the clipboard.

    Attributes:
        name: what takes the text.
        commands: the programs to try in turn, each given the text, and what comes after "1 path
            copied" where it took it; none for the terminal.
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
    """Return the way to the clipboard from here.

    Args:
        environ: this process's.
        find: finds a program by its name.
        platform: as ``sys.platform`` names it.
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
    """Give a text to a program; waits two seconds at most for each.

    Returns:
        What comes after "1 path copied"; None where no program took it.
    """
    return next((suffix for command, suffix in way.commands if _run(command, text)), None)


def fits_terminal(text: str) -> bool:
    """Whether terminals take that much."""
    return len(text) <= _TERMINAL_TAKES


def _run(command: Sequence[str], text: bytes) -> bool:
    # Some of these stay in the background and keep what they inherit, so they get no pipe of ours.
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
