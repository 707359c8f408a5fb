"""Whether the app can start in this terminal, and which protocol draws its pictures.

The environment usually decides. Only a terminal that may draw better than half cells and that is
known to answer is queried (``probe``), since a query costs a round trip before the first frame.
Inside tmux, tmux is queried (``tmux``). ``textual_image_adapter`` draws by the chosen protocol.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app.terminal.images import TRUECOLOR, VT340_CELL, CellSize, ImageSupport
from tui.app.terminal.terminal_names import has_truecolor, places_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from typing import TextIO

    from tui.app.terminal.bandwidth import BandwidthMeter
    from tui.app.terminal.probe import TerminalReplies
    from tui.app.terminal.tmux import TmuxFacts
    from tui.core.settings import ImageMode


_FIRST_SIXEL_KONSOLE = 220400

_TRUECOLOR_TERMS = re.compile(
    r"(xterm-)?(kitty|ghostty)|foot(-extra)?|alacritty|wezterm|contour|.+-direct"
)
_SIXEL_TERMS = re.compile(r"foot(-.+)?|mlterm(-.+)?|contour(-.+)?|yaft(-.+)?")


def why_not_fullscreen(
    stdin: TextIO | None,
    stdout: TextIO | None,
    stderr: TextIO | None,
    environ: Mapping[str, str],
) -> str | None:
    """Return the sentence on why the full screen can't run, or None if it can."""
    instead = "use `photoseek search QUERY` instead"
    if not _is_terminal(stdin):
        return f"The full screen needs a keyboard, and standard input is not a terminal; {instead}."
    if not _is_terminal(stdout):
        return f"The full screen needs a terminal, and standard output is not one; {instead}."
    if not _is_terminal(stderr):  # Textual draws on standard error
        return (
            "The full screen is drawn on standard error, and that is not a terminal; "
            f"remove the redirection, or {instead}."
        )
    if environ.get("TERM") == "dumb":
        return f"This terminal can't show a full screen (TERM=dumb); {instead}."
    return None


def settle_colours(environ: MutableMapping[str, str], images: ImageSupport | None = None) -> None:
    """Set COLORTERM for terminals that are known to have 24-bit colours; SSH does not pass it.

    Args:
        environ: the environment, which Textual reads.
        images: the result of ``choose_images``, if it is known.
    """
    if not environ.get("COLORTERM") and _TRUECOLOR_TERMS.fullmatch(environ.get("TERM", "")):
        environ["COLORTERM"] = "truecolor"
    if images is not None and images.colours == TRUECOLOR:
        environ["COLORTERM"] = "truecolor"


def colours(environ: Mapping[str, str]) -> int:
    """Return how many colours Textual will use: 16, 256 or ``TRUECOLOR``."""
    forced = {"standard": 16, "256": 256, "truecolor": TRUECOLOR}
    if (system := environ.get("TEXTUAL_COLOR_SYSTEM", "")) in forced:
        return forced[system]
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return TRUECOLOR
    return 256 if environ.get("TERM", "").endswith(("-256color", "kitty")) else 16


def choose_images(
    mode: ImageMode,
    *,
    environ: Mapping[str, str] | None = None,
    ask: Callable[[], TerminalReplies] | None = None,
    ask_tmux: Callable[[], TmuxFacts] | None = None,
    measure: Callable[[], CellSize | None] | None = None,
) -> ImageSupport:
    """Choose how pictures are drawn. Call it before the app runs, after ``settle_colours``.

    Args:
        mode: the setting; only ``auto`` leaves a choice.
        environ: the environment, by default that of this process.
        ask: queries the terminal; called at most once.
        ask_tmux: queries tmux, if this process runs in it.
        measure: returns the size of a cell; by default it asks the terminal's driver.
    """
    environment = os.environ if environ is None else environ
    palette = colours(environment)
    in_tmux = bool(environment.get("TMUX"))
    images = _by_environment(environment) if mode == "auto" else ImageSupport(mode, "as set")
    must_ask = mode == "auto" and _must_ask(environment)
    if mode == "auto" and in_tmux and not environment.get("NO_COLOR"):
        tmux = (ask_tmux or _ask_tmux)()
        palette = _raised(palette, environment, sure="RGB" in tmux.features)
        images = _by_tmux(tmux, palette)
        must_ask = images.protocol == "sixel"  # only its answer shows whether tmux draws Sixel
    cell = (measure or cell_from_driver)()
    typed = ""
    if must_ask or (cell is None and images.protocol in ("kitty", "sixel")):
        replies = (ask or _ask_terminal)()
        typed = replies.typed
        cell = cell or (CellSize(*replies.cell) if replies.cell else None)
        palette = _raised(palette, environment, sure=has_truecolor(replies.version))
        images = _by_replies(replies, palette) if must_ask else images
    return replace(
        images,
        cell=cell or VT340_CELL,
        colours=palette,
        typed=typed,
        behind_tmux=in_tmux and images.protocol == "kitty",
        meter=_meter(environment),
    )


def _meter(environ: Mapping[str, str]) -> BandwidthMeter | None:
    if not _is_remote(environ):
        return None
    from tui.app.terminal.bandwidth import BandwidthMeter

    return BandwidthMeter()


def _is_remote(environ: Mapping[str, str]) -> bool:
    """Return whether the environment shows that the terminal is remote."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def _by_environment(environ: Mapping[str, str]) -> ImageSupport:
    if environ.get("NO_COLOR"):
        return ImageSupport("unicode", "NO_COLOR is set")
    if _in_multiplexer(environ):
        return ImageSupport("halfcell", "a multiplexer does not pass pictures on")
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if program == "ghostty" or term.endswith("ghostty"):
        return ImageSupport("kitty", "Ghostty")
    sixel = {
        program: program in ("WezTerm", "iTerm.app"),
        "iTerm2": environ.get("LC_TERMINAL") == "iTerm2",
        "Konsole": _number(environ.get("KONSOLE_VERSION")) >= _FIRST_SIXEL_KONSOLE,
        term: _SIXEL_TERMS.fullmatch(term) is not None,
    }
    name = next((name for name, draws in sixel.items() if draws), "")
    return ImageSupport("sixel", name) if name else ImageSupport("halfcell", "works everywhere")


def _must_ask(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal may draw pictures and is known to answer queries."""
    if environ.get("NO_COLOR") or _in_multiplexer(environ):
        return False
    return (
        any(name in environ for name in ("KITTY_WINDOW_ID", "XTERM_VERSION", "WT_SESSION"))
        or environ.get("TERM") == "xterm-kitty"
        or environ.get("TERM_PROGRAM") == "vscode"
    )


def _by_replies(replies: TerminalReplies, palette: int) -> ImageSupport:
    name = replies.version or "a terminal without a name"
    if replies.kitty and places_pictures(replies.version):
        # The number of a placed picture is sent as a 24-bit colour.
        if palette == TRUECOLOR:
            return ImageSupport("kitty", name)
        return ImageSupport("halfcell", f"{name}, but COLORTERM does not say truecolor")
    if replies.sixel:
        return ImageSupport("sixel", name)
    if replies.kitty:
        return ImageSupport("halfcell", f"{name} can't place pictures beside text; kitty 0.28 can")
    return ImageSupport("halfcell", name if replies.complete else "the terminal did not answer")


def _by_tmux(tmux: TmuxFacts, palette: int) -> ImageSupport:
    name = f"tmux in {tmux.terminal or tmux.term or 'a terminal without a name'}"
    if tmux.draws == "kitty" and palette != TRUECOLOR:
        return ImageSupport("halfcell", f"{name}, but COLORTERM does not say truecolor")
    return ImageSupport(tmux.draws, name)


def _raised(palette: int, environ: Mapping[str, str], *, sure: bool) -> int:
    """Return how many colours Textual may use, given whether the terminal has 24-bit colours."""
    return TRUECOLOR if sure and not environ.get("TEXTUAL_COLOR_SYSTEM") else palette


def _in_multiplexer(environ: Mapping[str, str]) -> bool:
    inside = any(environ.get(name) for name in ("TMUX", "STY", "ZELLIJ"))
    return inside or environ.get("TERM", "").startswith(("screen", "tmux"))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _ask_tmux() -> TmuxFacts:
    from tui.app.terminal.tmux import ask

    return ask()


def _ask_terminal() -> TerminalReplies:
    from tui.app.terminal import probe

    if sys.platform == "win32" or sys.__stdin__ is None or sys.__stdout__ is None:
        return probe.TerminalReplies()
    try:
        return probe.ask(
            sys.__stdin__.fileno(),
            sys.__stdout__.fileno(),
            graphics=not os.environ.get("TMUX"),
        )
    except (OSError, ValueError):
        return probe.TerminalReplies()


def cell_from_driver() -> CellSize | None:
    """Return the cell size that the driver reports (TIOCGWINSZ), or None if it reports none."""
    if sys.platform == "win32" or sys.__stdout__ is None:
        return None
    import fcntl
    import struct
    import termios

    try:
        reply = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", reply)
    if not (rows and columns and width and height):
        return None
    return CellSize(max(1, width // columns), max(1, height // rows))
