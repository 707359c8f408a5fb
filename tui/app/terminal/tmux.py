"""What tmux lets through: it stands between us and the terminal, and knows both.

tmux draws what it understands and drops the rest. Pictures by Kitty's protocol pass when its option
``allow-passthrough`` is on, wrapped (tmux's wiki, FAQ, "passthrough escape sequence"), and their
placeholders are text that it keeps in place. Sixel is drawn by tmux itself, from 3.4 on and where
it was built for it. Its formats tell: the terminal's own name (``client_termtype``, from 3.2 on)
and what it may use of it (``client_termfeatures``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tui.app.terminal.terminal_names import places_pictures

_FACTS = ("version", "client_termtype", "client_termname", "client_termfeatures")
FORMAT = "\t".join(f"#{{{name}}}" for name in (*_FACTS, "allow-passthrough"))
_SECONDS = 1.0
_APC = re.compile("\x1b_G[^\x1b]*\x1b\\\\")

_FIRST_PASSTHROUGH = (3, 3)
_FIRST_SIXEL = (3, 4)


@dataclass(frozen=True, slots=True)
class TmuxFacts:
    """What tmux says of itself and of the terminal that it is shown in.

    Attributes:
        version: of tmux, as numbers.
        terminal: name and version of the terminal, for example ``kitty(0.36.4)``; may be empty.
        term: what ``TERM`` is outside.
        features: what tmux may use of the terminal.
        passes: what is wrapped is passed on as it is.
    """

    version: tuple[int, int] = (0, 0)
    terminal: str = ""
    term: str = ""
    features: frozenset[str] = frozenset()
    passes: bool = False

    @property
    def draws(self) -> Literal["kitty", "sixel", "halfcell"]:
        """The best way to draw pictures; Sixel only if tmux says as well that it takes it."""
        if places_pictures(self.terminal) and self.passes and "RGB" in self.features:
            return "kitty"
        if self.version >= _FIRST_SIXEL and "sixel" in self.features:
            return "sixel"
        return "halfcell"

    @property
    def advice(self) -> str:
        """One sentence: what would make pictures better; empty where nothing would."""
        if self.draws != "halfcell":
            return ""
        term = self.term or "xterm*"
        if places_pictures(self.terminal):
            return self._kitty_advice(term)
        if re.match(r"(?i)xterm\(|foot|wezterm|mlterm|contour|iterm", self.terminal):
            if self.version < _FIRST_SIXEL:
                return (
                    "tmux 3.4 or newer, built with --enable-sixel, would draw real pictures here."
                )
            return (
                f"`set -as terminal-features ',{term}:sixel'` in tmux.conf would show real "
                "pictures, if tmux was built with --enable-sixel."
            )
        return ""

    def _kitty_advice(self, term: str) -> str:
        if self.version < _FIRST_PASSTHROUGH:
            return "tmux 3.3 or newer can pass real pictures on to this terminal."
        lines = []
        if not self.passes:
            lines.append("`set -g allow-passthrough on`")
        if "RGB" not in self.features:
            lines.append(f"`set -as terminal-features ',{term}:RGB'`")
        return f"{' and '.join(lines)} in tmux.conf would show real pictures here."


def parse_tmux_reply(line: str) -> TmuxFacts:
    """Read tmux's answer to ``FORMAT``, whatever it is."""
    version, terminal, term, features, passes, *_ = [*line.rstrip("\n").split("\t"), *[""] * 5]
    number = re.search(r"(\d+)\.(\d+)", version)
    return TmuxFacts(
        version=(int(number[1]), int(number[2])) if number else (0, 0),
        terminal=terminal,
        term=term,
        features=frozenset(features.split(",")) - {""},
        passes=passes in ("1", "2", "on", "all"),
    )


def ask() -> TmuxFacts:
    """Ask the tmux that we run in; 10 ms. Knows nothing where it does not answer."""
    import subprocess

    try:
        done = subprocess.run(
            ["tmux", "display-message", "-p", FORMAT],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return TmuxFacts()
    return parse_tmux_reply(done.stdout)


def wrap_for_tmux(text: str) -> str:
    """Wrap every graphics sequence for its way through tmux; what is text stays as it is."""
    return _APC.sub(lambda found: f"\x1bPtmux;{found[0].replace(chr(27), chr(27) * 2)}\x1b\\", text)
