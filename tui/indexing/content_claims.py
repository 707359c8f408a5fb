"""Embeds equal bytes once: chooses the file of a content to embed, and lets the others wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from tui.library.base.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import ImageFile
    from tui.library.base.records import ContentRecord
    from tui.library.base.store import Store


class Claim(NamedTuple):
    """What to do with a file: embed it, commit it as ``reused``, or neither: it waits."""

    embed: bool = False
    reused: IndexedFile | None = None


class ContentClaims:
    """Decides for each file whether its content needs an embedding; thread-safe."""

    def __init__(self, store: Store, model_id: str, decoder: str) -> None:
        self._store = store
        self._model_id = model_id
        self._decoder = decoder
        self._in_flight: dict[bytes, list[ImageFile]] = {}
        self._lock = threading.Lock()

    def claim(self, hashed: Sequence[tuple[bytes, ImageFile]]) -> list[Claim]:
        """Decide what to do with hashed files; ask the library once for all of them.

        The first file of a content without an embedding gets embedded, and must be followed by a
        call of ``mark_committed`` or ``pass_to_next_file``. Later files of the content wait for it.
        """
        with self._lock:
            # Inside the lock: a content that was just committed is either in flight or in the
            # library.
            new = {digest for digest, _ in hashed if digest not in self._in_flight}
            contents = self._store.content_records(new, self._model_id) if new else {}
            return [self._decide(digest, file, contents.get(digest)) for digest, file in hashed]

    def _decide(self, digest: bytes, file: ImageFile, content: ContentRecord | None) -> Claim:
        waiting = self._in_flight.get(digest)
        if waiting is not None:
            waiting.append(file)
            return Claim()
        if content is not None and content.error is None and content.embedded:
            return Claim(reused=IndexedFile(file, digest))
        if content is not None and content.error is not None and content.decoder == self._decoder:
            return Claim(
                reused=IndexedFile(file, digest, error=content.error, decoder=content.decoder)
            )
        self._in_flight[digest] = []
        return Claim(embed=True)

    def mark_committed(self, digest: bytes) -> list[ImageFile]:
        """Record that a content is in the library; return the files that waited for it."""
        with self._lock:
            return self._in_flight.pop(digest, [])

    def pass_to_next_file(self, digest: bytes) -> ImageFile | None:
        """Return the next file to try after an unusable one; None after the last."""
        with self._lock:
            waiting = self._in_flight[digest]
            if waiting:
                return waiting.pop(0)
            del self._in_flight[digest]
            return None
