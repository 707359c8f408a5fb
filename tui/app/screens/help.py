"""The help: all keys, and the syntax of queries."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import bindings, shown_keys
from tui.app.model.marks import MARKS_RULE
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import DIMMED, FRAME
from tui.search.query.syntax import SYNTAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

Page = Literal["keys", "syntax"]

_TITLES: dict[Page, str] = {"keys": "Keys", "syntax": "What can be typed"}
_LEFT = 20
"""The width of keys and syntax; longer ones take more."""


class HelpScreen(Dialog[None]):
    """Shows the keys or the syntax.

    Args:
        page: the first page.
    """

    DEFAULT_CSS = f"""
    HelpScreen {{
        {DIMMED}
        .page {{
            {FRAME}
            display: none;
            width: 78;
            padding: 0 2;
            scrollbar-size-vertical: 1;
        }}
        .page.-shown {{ display: block; }}
        .place {{ margin: 1 0 0 0; text-style: bold; }}
        _Columns {{ color: $text-muted; }}
        #syntax _Columns {{ margin: 1 0; }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("help")

    def __init__(self, page: Page = "keys") -> None:
        super().__init__()
        self._page: Page = page

    def compose(self) -> ComposeResult:
        """Yield the keys by scope, and the syntax."""
        with VerticalScroll(id="keys", classes="page"):
            for where, title in TITLES.items():
                actions = [action for action in ACTIONS if action.where == where]
                if actions:
                    yield Static(Content(title), classes="place")
                    if where == "pictures":
                        yield Static(Content(MARKS_RULE))
                    yield _Columns([(shown_keys(a), a.description) for a in actions])
        with VerticalScroll(id="syntax", classes="page"):
            yield _Columns(SYNTAX)

    def on_mount(self) -> None:
        """Show the first page."""
        for page, title in _TITLES.items():
            other = next(_TITLES[name] for name in _TITLES if name != page)
            scroll = self.query_one(f"#{page}")
            scroll.border_title = title
            scroll.border_subtitle = f"Tab: {other.lower()} · Esc: back"
        self._show(self._page)

    def action_turn(self) -> None:
        """Show the other page."""
        self._show("syntax" if self._page == "keys" else "keys")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    def _show(self, page: Page) -> None:
        self._page = page
        for name in _TITLES:
            self.query_one(f"#{name}").set_class(name == page, "-shown")
        self.query_one(f"#{page}").focus()


class _Columns(Static):
    """Two columns; the right one is wrapped within itself."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__(markup=False)
        self._pairs = pairs

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the right column."""
        left, gap = min(_LEFT, event.size.width // 2), " " * 2
        room = max(10, event.size.width - left - len(gap))
        lines: list[Content] = []
        for key, text in self._pairs:
            first, *continuation = wrap(text, room)
            lines.append(Content.assemble((key.ljust(left), "$primary"), gap, first))
            lines.extend(Content(" " * left + gap + line) for line in continuation)
        self.update(Content("\n").join(lines))
