"""Vectors of earlier queries, kept on disk, so that a query asked again needs no model.

One file a model. Layout: a line of JSON with the facts and the texts, then the vectors, float32,
little-endian, shape ``(n, dim)``; the line has a checksum of both. A file that is damaged or of
something else counts as empty; it is replaced in one step, so that a reader sees a whole one.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from tui.core.files import lock_for_change, replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Vectors

MOST = 1_000
"""Texts that are kept, 2 MB for 512 numbers each; the first ones go first."""

_FORMAT = "photoseek queries 2"


class QueryVectorCache:
    """The vectors of one model's texts, read when this is made.

    Args:
        data_dir: the library's data folder.
        model_id: the model.
        prompts: what the texts are put into; vectors made with others don't count.
    """

    def __init__(self, data_dir: Path, model_id: str, prompts: Sequence[str] = ()) -> None:
        self._facts = {"format": _FORMAT, "model": model_id, "prompts": list(prompts)}
        name = sha256(json.dumps(self._facts).encode()).hexdigest()[:16]
        self.path = data_dir / "cache" / f"queries-{name}.bin"
        self._known = self._read()

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def get(self, text: str) -> Vectors | None:
        """Return a text's vector, shape ``(dim,)``; None where it is not known."""
        return self._known.get(text)

    def add(self, vectors: Mapping[str, Vectors]) -> None:
        """Write more vectors, unless all are there; a disk that can't be written to is no harm."""
        with lock_for_change(self.path):
            known = self._read()  # another process may have written meanwhile
            if all(text in known for text in vectors):
                return
            self._known = dict(list({**known, **vectors}.items())[-MOST:])
            with suppress(OSError):
                self._write(self._known)

    def _read(self) -> dict[str, Vectors]:
        try:
            line, _, data = self.path.read_bytes().partition(b"\n")
            facts = json.loads(line)
            texts = facts.pop("texts")
            if facts != {**self._facts, "crc32": _checksum(texts, data)}:
                return {}
            rows = np.frombuffer(data, dtype="<f4").reshape(len(texts), -1)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        return dict(zip(texts, rows.astype(np.float32), strict=True))

    def _write(self, known: Mapping[str, Vectors]) -> None:
        data = np.stack(list(known.values())).astype("<f4").tobytes()
        texts = list(known)
        facts = {**self._facts, "crc32": _checksum(texts, data), "texts": texts}
        with replace_file(self.path) as draft:
            draft.file.write(json.dumps(facts).encode() + b"\n" + data)


def _checksum(texts: Sequence[str], data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(json.dumps(texts).encode()))
