"""A request for a thumbnail, and the thumbnail that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from textual.strip import Strip

    from tui.app.graphics.kitty import TransmittedImage
    from tui.app.graphics.sixel import Sixel
    from tui.app.graphics.zoom import Viewport
    from tui.core.domain import FileDetails

    Deliver = Callable[["ThumbnailRequest", "Thumbnail"], object]
    Key = tuple[Hashable, ...]

_BYTES = 600
"""The bytes of a thumbnail and its request without their strips and texts."""


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """A request for a picture in a box of ``columns`` x ``rows`` cells.

    Attributes:
        path: the file.
        version: the file's time of change, in nanoseconds.
        columns: of the box.
        rows: of the box.
        alone: the picture has the screen to itself, so a small one is enlarged.
        viewport: the part to show; None is the whole.
        content: the hash of the file's bytes; None if it is unknown.
    """

    path: Path
    version: int
    columns: int
    rows: int
    alone: bool = False
    viewport: Viewport | None = None
    content: bytes | None = None

    @classmethod
    def of(
        cls,
        file: FileDetails,
        columns: int,
        rows: int,
        *,
        alone: bool = False,
        viewport: Viewport | None = None,
    ) -> ThumbnailRequest:
        """Return the request for a picture of the library."""
        return cls(file.path, file.mtime_ns, columns, rows, alone, viewport, content=file.content)

    @property
    def key(self) -> Key:
        """Identifies the thumbnail; files with the same content share it."""
        if self.content is None:
            return self.file_key
        return (self.content, self.columns, self.rows, self.alone, self.viewport)

    @property
    def file_key(self) -> Key:
        """Identifies the thumbnail of exactly this file, whatever its content."""
        file = (self.path, self.version)
        return (file, self.columns, self.rows, self.alone, self.viewport)

    def key_of(self, thumbnail: Thumbnail) -> Key:
        """Return which of the two keys applies to an answer."""
        return self.key if thumbnail.of_content else self.file_key


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """The answer to a request; without rows, the picture can't be shown.

    Attributes:
        columns: the width of the picture, at most the requested one.
        rows: the height of the picture.
        sixel: the picture that replaces the placeholders in the strips, for Sixel.
        sent: the picture to send before the strips, for Kitty's protocol.
        strips: one for each row.
        reason: one sentence that says why the picture can't be shown.
        strip_bytes: the memory that the strips take, by estimate.
        of_content: it shows the requested content, which other files may share. False if the file
            has changed or can't be read.
    """

    columns: int = 0
    rows: int = 0
    sixel: Sixel | None = None
    sent: TransmittedImage | None = None
    strips: tuple[Strip, ...] = ()
    reason: str = ""
    strip_bytes: int = 0
    of_content: bool = False

    @property
    def cost(self) -> int:
        """The estimated bytes."""
        sixel = self.sixel.cost if self.sixel else 0
        text = len(self.sent.text) if self.sent else 0
        return _BYTES + sixel + text + self.strip_bytes
