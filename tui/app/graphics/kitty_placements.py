"""Pictures that lie in the terminal (Kitty) or are drawn where placeholders are (Sixel)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.graphics.kitty import delete_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.strip import Strip

    from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
    from tui.app.graphics.sixel_screen import SixelScreen

LIMIT = 200
"""Pictures that are kept while nothing shows them; kitty itself keeps 320 MiB."""


@dataclass(slots=True)
class _Picture:
    number: int
    strips: tuple[Strip, ...]
    users: int = 0


class KittyPlacements:
    """Belongs to the event loop's thread, as all that writes to the terminal.

    Args:
        send: writes to the terminal, in line with what Textual writes.
        limit: how many of Kitty's to keep that nothing shows.
        sixels: draws Sixel pictures.
    """

    def __init__(
        self,
        send: Callable[[str], object],
        limit: int = LIMIT,
        sixels: SixelScreen | None = None,
    ) -> None:
        self._send = send
        self._sixels = sixels
        self._limit = limit if sixels is None else 0
        self._users = 0
        self._pictures: OrderedDict[ThumbnailRequest, _Picture] = OrderedDict()

    def join(self) -> None:
        """A widget that shows pictures begins."""
        self._users += 1

    def part(self) -> None:
        """A widget ends; after the last one the terminal is left without pictures."""
        self._users -= 1
        if not self._users:
            self._free_down_to(0)

    def place(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> tuple[Strip, ...]:
        """Send a picture unless it is there; return the rows that show it."""
        picture = self._pictures.pop(request, None)
        if picture is None:
            if (number := self._number(thumbnail)) is None:
                return thumbnail.strips
            picture = _Picture(number, thumbnail.strips)
        self._pictures[request] = picture
        picture.users += 1
        return picture.strips

    def release(self, request: ThumbnailRequest) -> None:
        """A picture is no longer shown by one of its users."""
        if request in self._pictures:
            self._pictures[request].users -= 1
            self._free_down_to(self._limit)

    def _number(self, thumbnail: Thumbnail) -> int | None:
        """Make a picture known by a number; None where its strips show it by themselves."""
        if thumbnail.sent is not None:
            self._send(thumbnail.sent.text)
            return thumbnail.sent.number
        if thumbnail.sixel is not None and self._sixels is not None:
            self._sixels.add(thumbnail.sixel)
            return thumbnail.sixel.number
        return None

    def _free_down_to(self, limit: int) -> None:
        idle = [request for request, picture in self._pictures.items() if picture.users <= 0]
        for request in idle[: max(0, len(idle) - limit)]:
            number = self._pictures.pop(request).number
            if self._sixels is not None:
                self._sixels.remove(number)
            else:
                self._send(delete_command(number))
