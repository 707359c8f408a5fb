"""A list of choices with the keys of all lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import OptionList

from tui.app.keys.bindings import bindings
from tui.app.model.list_moves import moved
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.app.model.list_moves import ListMove


class ChoiceList(Guarded, OptionList, inherit_bindings=False):
    """Lists choices; its screen binds the key that chooses one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    def action_move(self, move: ListMove, count: int | None = None) -> None:
        """Move the highlight among the choices that are enabled; wrap around on one step."""
        enabled = [index for index, option in enumerate(self.options) if not option.disabled]
        if not enabled:
            return
        if self.highlighted is None:
            self.highlighted = enabled[-1 if move == "last" else 0]
            return
        index = sum(choice < self.highlighted for choice in enabled)
        page = max(1, self.scrollable_content_region.height)
        if move in ("up", "down") and count is None:
            index = (index + (1 if move == "down" else -1)) % len(enabled)
        else:
            index = moved(index, len(enabled), page, move, count)
        self.highlighted = enabled[index]
