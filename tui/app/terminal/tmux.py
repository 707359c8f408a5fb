"""Which pictures tmux passes to the terminal around it.

tmux draws the sequences that it understands and drops others. It passes pictures in Kitty's
protocol if its option ``allow-passthrough`` is on and they are wrapped (tmux's wiki, FAQ,
"passthrough escape sequence"); their placeholders are text that tmux keeps in place. tmux 3.4 and
newer draws Sixel itself if it was built with Sixel. Its formats give the name of the terminal
(``client_termtype``, since 3.2) and the features that tmux uses (``client_termfeatures``).
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
    """The version of tmux and the terminal around it.

    Attributes:
        version: of tmux, as numbers.
        terminal: name and version of the terminal, for example ``kitty(0.36.4)``; may be empty.
        term: ``TERM`` outside tmux.
        features: the features of the terminal that tmux uses.
        passes: tmux passes wrapped sequences unchanged.
    """

    version: tuple[int, int] = (0, 0)
    terminal: str = ""
    term: str = ""
    features: frozenset[str] = frozenset()
    passes: bool = False

    @property
    def draws(self) -> Literal["kitty", "sixel", "halfcell"]:
        """The best protocol for pictures; Sixel only if tmux reports it as a feature."""
        if places_pictures(self.terminal) and self.passes and "RGB" in self.features:
            return "kitty"
        if self.version >= _FIRST_SIXEL and "sixel" in self.features:
            return "sixel"
        return "halfcell"

    @property
    def advice(self) -> str:
        """One sentence about what would improve pictures; empty if nothing would."""
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
    """Parse tmux's reply to ``FORMAT``; malformed fields get their defaults."""
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
    """Query the tmux around this process; return the defaults if it does not answer."""
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
    """Wrap every graphics sequence for tmux; leave other text unchanged."""
    return _APC.sub(lambda match: f"\x1bPtmux;{match[0].replace(chr(27), chr(27) * 2)}\x1b\\", text)
