"""The motions of a cursor, which are alike in every list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.keys.action import Action

if TYPE_CHECKING:
    from tui.app.keys.action import ActionScope

_MOTIONS = (
    ("up", ("up", "k"), "Up"),
    ("down", ("down", "j"), "Down"),
    ("first", ("home", "g"), "First {}"),
    ("last", ("end", "G"), "Last {}"),
    ("page_up", ("pageup", "ctrl+b"), "Page up"),
    ("page_down", ("pagedown", "ctrl+f"), "Page down"),
    ("half_page_up", ("ctrl+u",), "Half a page up"),
    ("half_page_down", ("ctrl+d",), "Half a page down"),
)


def motions(where: ActionScope, item: str, *, up: str = "Up") -> tuple[Action, ...]:
    """Return the motions of a list; a count such as the 5 in ``5j`` applies to each.

    Args:
        where: the scope of the list.
        item: the name of what it lists.
        up: the description of the motion up, where it may also leave the list.
    """
    return tuple(
        Action(
            f"{where}.{name}",
            keys,
            f"move('{name}')",
            up if name == "up" else description.format(item),
            where,
            takes_count=True,
            palette="hidden",
        )
        for name, keys, description in _MOTIONS
    )
