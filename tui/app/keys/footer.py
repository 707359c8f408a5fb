"""The footer: the keys that work at the moment, and hints about keys, in one line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.content import Content
from textual.widget import Widget

from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events
    from textual.screen import Screen
    from textual.timer import Timer

HINT_SECONDS = 4.0
"""How long a hint about a key stays."""


class FooterKey(NamedTuple):
    """A key in the footer.

    Attributes:
        key: Textual's name of the key.
        shown: the key as displayed.
        description: what it does, in a word.
        tooltip: what it does, in a sentence.
        enabled: it does something at the moment.
        action: Textual's action string.
    """

    key: str
    shown: str
    description: str
    tooltip: str
    enabled: bool
    action: str

    @property
    def width(self) -> int:
        """The columns of the key with its description, and the blanks around both."""
        return Content(f" {self.shown} {self.description} ").cell_length


class KeyFooter(Guarded, Widget):
    """Shows the keys of the screen; a click presses one, the mouse wheel shows further ones.

    It is one widget. Textual's footer mounts a new widget for each key whenever the focus moves,
    which delays the effect of a key.

    Attributes:
        keys: the keys from left to right, also those that do not fit.
    """

    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
        text-wrap: nowrap;
        .footer--key {
            color: $footer-key-foreground;
            background: $footer-key-background;
            text-style: bold;
        }
        .footer--description {
            color: $footer-description-foreground;
            background: $footer-description-background;
        }
        .footer--hover {
            color: $footer-key-foreground;
            background: $block-hover-background;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "footer--key",
        "footer--description",
        "footer--hover",
    }
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in every widget
        super().__init__(id=id)
        self.keys: list[FooterKey] = []
        self._first = 0
        self._hovered: FooterKey | None = None
        self._shown: Sequence[FooterKey] = ()
        self._start = 0
        self._hint = ""
        self._hint_end: Timer | None = None

    def show_hint(self, text: str, *, lasts: bool = False) -> None:
        """Show a hint at the right.

        Args:
            text: the hint; empty to show none.
            lasts: it stays until the next hint, and does not expire.
        """
        if self._hint_end is not None:
            self._hint_end.stop()
            self._hint_end = None
        if text and not lasts:
            self._hint_end = self.set_timer(HINT_SECONDS, partial(self.show_hint, ""))
        if text != self._hint:
            self._hint = text
            self.refresh()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.follow_bindings()

    def follow_bindings(self) -> None:
        """Show the keys of the screen whenever they change."""
        self.screen.bindings_updated_signal.subscribe(self, self._update)

    def on_unmount(self) -> None:
        """Stop following them."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _update(self, screen: Screen[object]) -> None:
        if not self.app.app_focus or not self.is_attached or screen is not self.screen:
            return
        keys = list(self._active_keys())
        if keys != self.keys:
            self.keys, self._first, self._hovered = keys, 0, None
            self.refresh()

    def _active_keys(self) -> Iterator[FooterKey]:
        actions = set()
        words: Mapping[str, str] = getattr(self.screen, "footer_words", {})
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show and binding.action not in actions:
                actions.add(binding.action)
                shown = self.app.get_key_display(binding)
                word = words.get(binding.id or "", binding.description)
                yield FooterKey(binding.key, shown, word, tooltip, enabled, binding.action)

    def render(self) -> Content:
        """Draw the keys; those that do not fit are cut."""
        return self._with_hint(self._draw_keys(self.keys[self._first :], 0))

    def _draw_keys(self, keys: Sequence[FooterKey], start: int) -> Content:
        """Draw keys from a column on, where the mouse then finds them."""
        self._shown, self._start = keys, start
        key_style = self.get_visual_style("footer--key")
        description_style = self.get_visual_style("footer--description")
        hover_style = self.get_visual_style("footer--hover")
        parts: list[Content] = []
        for key in keys:
            part = Content.assemble(
                (f" {key.shown} ", key_style), (f"{key.description} ", description_style)
            )
            if key is self._hovered:
                part = part.stylize_before(hover_style)
            parts.append(part if key.enabled else part.stylize("dim"))
        return Content("").join(parts)

    def _with_hint(self, row: Content) -> Content:
        """Show the hint at the right end of the row."""
        if not self._hint:
            return row
        style = self.get_visual_style("footer--description")
        hint = Content.styled(f" {self._hint} ", style)
        room = max(0, self.size.width - hint.cell_length)
        return Content.assemble(row.truncate(room, ellipsis=True, pad=True), hint)

    # --- the mouse ----------------------------------------------------------------------------

    def key_at(self, x: int) -> FooterKey | None:
        """Return the key in a column."""
        x -= self._start
        if x < 0:
            return None
        for key in self._shown:
            if x < key.width:
                return key
            x -= key.width
        return None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key."""
        key = self.key_at(event.x)
        if key is None:
            return
        if key.enabled:
            self.app.simulate_key(key.key)
        else:
            self.app.bell()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Highlight and describe the key."""
        self._hover(self.key_at(event.x))

    def on_leave(self) -> None:
        """Highlight no key."""
        self._hover(None)

    def _hover(self, key: FooterKey | None) -> None:
        if key is not self._hovered:
            self._hovered = key
            self.tooltip = None if key is None else key.tooltip or None
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show further keys, if some do not fit."""
        event.stop()
        drawn = sum(key.width for key in self._shown)
        is_cut = len(self._shown) < len(self.keys) - self._first
        if is_cut or drawn > self.size.width - self._start:
            self._first += 1
            self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show the keys before."""
        event.stop()
        if self._first:
            self._first -= 1
            self.refresh()
