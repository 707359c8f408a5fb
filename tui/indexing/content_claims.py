"""Same bytes, one embedding: who embeds a content in this run, and which files wait for it."""

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
    """What is to be done with a file: embed it, commit it as ``known``, or (neither) wait."""

    embed: bool = False
    known: IndexedFile | None = None


class ContentClaims:
    """Decides for each file whether its bytes need embedding; every method is thread-safe."""

    def __init__(self, store: Store, model_id: str, decoder: str) -> None:
        self._store = store
        self._model_id = model_id
        self._decoder = decoder
        self._waiting: dict[bytes, list[ImageFile]] = {}
        self._lock = threading.Lock()

    def claim_all(self, found: Sequence[tuple[bytes, ImageFile]]) -> list[Claim]:
        """Say what is to be done with files of these bytes, asking the library once.

        The first file of bytes that need an embedding is to be embedded, and ``settle`` or
        ``hand_on`` must follow; later ones wait for that.
        """
        with self._lock:
            # Within the lock: what was committed a moment ago is either still in flight or known.
            new = {digest for digest, _ in found if digest not in self._waiting}
            known = self._store.known_contents(new, self._model_id) if new else {}
            return [self._claim(digest, file, known.get(digest)) for digest, file in found]

    def _claim(self, digest: bytes, file: ImageFile, known: ContentRecord | None) -> Claim:
        waiting = self._waiting.get(digest)
        if waiting is not None:
            waiting.append(file)
            return Claim()
        if known is not None and known.error is None and known.embedded:
            return Claim(known=IndexedFile(file, digest))
        if known is not None and known.error is not None and known.decoder == self._decoder:
            return Claim(known=IndexedFile(file, digest, error=known.error, decoder=known.decoder))
        self._waiting[digest] = []
        return Claim(embed=True)

    def settle(self, digest: bytes) -> list[ImageFile]:
        """Note that the bytes were committed; return the files that waited for that."""
        with self._lock:
            return self._waiting.pop(digest, [])

    def hand_on(self, digest: bytes) -> ImageFile | None:
        """Return the next file of these bytes to try, after one that could not be used."""
        with self._lock:
            waiting = self._waiting[digest]
            if waiting:
                return waiting.pop(0)
            del self._waiting[digest]
            return None
