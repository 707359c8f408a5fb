"""Caches the vectors of queries on disk, so that a repeated query needs no model.

There is one file a model. Layout: a line of JSON with a header and the texts, then the vectors,
float32, little-endian, shape ``(n, dim)``; the line has a checksum of both. A damaged or foreign
file counts as empty. The file is replaced atomically, so that a reader sees a complete one.
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

MAX_TEXTS = 1_000
"""The most texts in the cache, 2 MB for 512 numbers each; the oldest are removed first."""

_FORMAT = "photoseek queries 2"


class QueryVectorCache:
    """The cached vectors of one model's texts, read by the constructor.

    Args:
        data_dir: the library's data folder.
        model_id: the model.
        prompts: the prompt templates; vectors made with others are ignored.
    """

    def __init__(self, data_dir: Path, model_id: str, prompts: Sequence[str] = ()) -> None:
        self._header = {"format": _FORMAT, "model": model_id, "prompts": list(prompts)}
        name = sha256(json.dumps(self._header).encode()).hexdigest()[:16]
        self.path = data_dir / "cache" / f"queries-{name}.bin"
        self._vectors = self._read()

    def __contains__(self, text: str) -> bool:
        return text in self._vectors

    def get(self, text: str) -> Vectors | None:
        """Return a text's vector, shape ``(dim,)``; None if it is not cached."""
        return self._vectors.get(text)

    def add(self, vectors: Mapping[str, Vectors]) -> None:
        """Save more vectors unless all are cached; failures to write are ignored."""
        with lock_for_change(self.path):
            cached = self._read()  # another process may have written meanwhile
            if all(text in cached for text in vectors):
                return
            self._vectors = dict(list({**cached, **vectors}.items())[-MAX_TEXTS:])
            with suppress(OSError):
                self._write(self._vectors)

    def _read(self) -> dict[str, Vectors]:
        try:
            line, _, data = self.path.read_bytes().partition(b"\n")
            header = json.loads(line)
            texts = header.pop("texts")
            if header != {**self._header, "crc32": _checksum(texts, data)}:
                return {}
            rows = np.frombuffer(data, dtype="<f4").reshape(len(texts), -1)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        return dict(zip(texts, rows.astype(np.float32), strict=True))

    def _write(self, vectors: Mapping[str, Vectors]) -> None:
        data = np.stack(list(vectors.values())).astype("<f4").tobytes()
        texts = list(vectors)
        header = {**self._header, "crc32": _checksum(texts, data), "texts": texts}
        with replace_file(self.path) as draft:
            draft.file.write(json.dumps(header).encode() + b"\n" + data)


def _checksum(texts: Sequence[str], data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(json.dumps(texts).encode()))
