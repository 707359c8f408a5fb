"""The help: all keys, and the syntax of queries."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import bindings, shown_keys
from tui.app.model.list_moves import moved
from tui.app.model.marks import MARKS_RULE
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import DIMMED, FRAME
from tui.search.query.syntax import SYNTAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.model.list_moves import ListMove

Page = Literal["keys", "syntax"]

_TITLES: dict[Page, str] = {"keys": "Keys", "syntax": "Search syntax"}
_LEFT = 20
"""The width of keys and syntax; longer ones take more."""


class HelpScreen(Dialog[None]):
    """Shows the keys, those of the screen below first, or the syntax.

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
        _Sections {{ color: $text-muted; }}
        #syntax _Sections {{ margin: 1 0; }}
    }}
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("help")

    def __init__(self, page: Page = "keys") -> None:
        super().__init__()
        self._page: Page = page

    def compose(self) -> ComposeResult:
        """Yield the keys by scope, and the syntax."""
        with _Page(id="keys", classes="page"):
            yield _Sections(_key_sections(type(self.app.screen_stack[-2]).BINDINGS))
        with _Page(id="syntax", classes="page"):
            yield _Sections([_Section("", "", SYNTAX)])

    def on_mount(self) -> None:
        """Show the first page."""
        for page, title in _TITLES.items():
            other = next(_TITLES[name] for name in _TITLES if name != page)
            scroll = self.query_one(f"#{page}")
            scroll.border_title = title
            scroll.border_subtitle = f"Tab: {other.lower()} · Esc: back"
        self._show(self._page)

    def action_move(self, move: ListMove, count: int | None = None) -> None:
        """Scroll the page, ``count`` times."""
        page = self.query_one(f"#{self._page}", _Page)
        height = page.scrollable_content_region.height
        lines = int(page.max_scroll_y) + 1
        page.scroll_to(y=moved(round(page.scroll_y), lines, height, move, count), animate=False)

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


class _Page(VerticalScroll, inherit_bindings=False):
    """A page that the keys of the screen scroll."""


class _Section(NamedTuple):
    """A title, a rule and two columns; title and rule may be empty."""

    title: str
    rule: str
    pairs: Sequence[tuple[str, str]]


def _key_sections(below: Sequence[BindingType]) -> list[_Section]:
    """Return the sections in the order of the scopes, but those of a view's bindings first."""
    ids = [binding.id for binding in below if isinstance(binding, Binding) and binding.id]
    first = {action_id.partition(".")[0] for action_id in ids} - {"panes"}
    sections = []
    for where, title in sorted(TITLES.items(), key=lambda item: item[0] not in first):
        pairs = [(shown_keys(a), a.description) for a in ACTIONS if a.where == where]
        if pairs:
            sections.append(_Section(title, MARKS_RULE if where == "pictures" else "", pairs))
    return sections


class _Sections(Static):
    """Sections of two columns, of which the right one is wrapped within itself.

    All are one widget, since each further one delays the first paint of the help.
    """

    def __init__(self, sections: Sequence[_Section]) -> None:
        super().__init__(markup=False)
        self._sections = sections

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines."""
        lines: list[Content] = []
        for section in self._sections:
            lines += _section_lines(section, max(1, event.size.width))
        self.update(Content("\n").join(lines))


def _section_lines(section: _Section, width: int) -> Iterator[Content]:
    if section.title:
        yield Content("")
        for line in wrap(section.title, width):
            yield Content.assemble((line, "bold $foreground"))
    for line in wrap(section.rule, width):
        yield Content.assemble((line, "$foreground"))
    left, gap = min(_LEFT, width // 2), " " * 2
    room = max(10, width - left - len(gap))
    for key, text in section.pairs:
        first, *continuation = wrap(text, room)
        yield Content.assemble((key.ljust(left), "$primary"), gap, first)
        for line in continuation:
            yield Content(" " * left + gap + line)
