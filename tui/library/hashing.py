"""The hash that says which files have the same bytes.

XXH3 with 128 bits (https://github.com/Cyan4973/xxHash): as fast as memory, so that the disk is the
limit, and long enough that no two pictures of a library share one by chance. It is not meant
against someone who makes two files of one hash on purpose: all they get is a picture of theirs
shown in the place of another picture of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20


def digest(path: Path) -> bytes:
    """Return the hash of a file's bytes, 16 bytes long; memory does not grow with the file.

    Raises:
        OSError: it can't be read.
    """
    state = xxhash.xxh3_128()
    buffer = memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as file:
        while length := file.readinto(buffer):
            state.update(buffer[:length])
    return state.digest()
