"""The pictures that the terminal stores (Kitty) or that Sixel draws over placeholder cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.graphics.kitty import delete_command
from tui.core.lru_cache import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.strip import Strip

    from tui.app.graphics.requests import Key, Thumbnail, ThumbnailRequest
    from tui.app.graphics.sixel_screen import SixelScreen

MAX_HIDDEN = 200
"""The most hidden pictures that a Kitty terminal stores; kitty limits all to 320 MiB."""


@dataclass(slots=True)
class _Picture:
    number: int
    strips: tuple[Strip, ...]
    users: int = 0


class KittyPlacements:
    """The pictures by the keys of their requests.

    Only the event loop's thread, which writes to the terminal, uses it.

    Args:
        send: writes to the terminal, in order with Textual's output.
        limit: how many pictures without a user a Kitty terminal holds. Sixel needs none.
        sixels: draws Sixel pictures.
    """

    def __init__(
        self,
        send: Callable[[str], object],
        limit: int = MAX_HIDDEN,
        sixels: SixelScreen | None = None,
    ) -> None:
        self._send = send
        self._sixels = sixels
        self._shown: dict[Key, _Picture] = {}
        self._hidden: LruCache[Key, _Picture] = LruCache(
            limit, on_discard=lambda picture: send(delete_command(picture.number))
        )

    def clear_hidden(self) -> None:
        """Delete the pictures that no widget shows from the terminal."""
        self._hidden.clear()

    def place(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> tuple[Strip, ...]:
        """Send a picture unless the terminal has it; return the rows that show it."""
        key = request.key_of(thumbnail)
        picture = self._shown.get(key) or self._hidden.pop(key)
        if picture is None:
            if (number := self._number(thumbnail)) is None:
                return thumbnail.strips
            picture = _Picture(number, thumbnail.strips)
        self._shown[key] = picture
        picture.users += 1
        return picture.strips

    def release(self, request: ThumbnailRequest) -> None:
        """Record that one user of a picture no longer shows it."""
        key = request.file_key if request.file_key in self._shown else request.key
        if (picture := self._shown.get(key)) is None:
            return
        picture.users -= 1
        if picture.users:
            return
        del self._shown[key]
        if self._sixels is not None:
            self._sixels.remove(picture.number)
        else:
            self._hidden.put(key, picture)

    def _number(self, thumbnail: Thumbnail) -> int | None:
        """Send or draw a picture and return its number; None if its strips show it themselves."""
        if thumbnail.sent is not None:
            self._send(thumbnail.sent.text)
            return thumbnail.sent.number
        if thumbnail.sixel is not None and self._sixels is not None:
            self._sixels.add(thumbnail.sixel)
            return thumbnail.sixel.number
        return None
