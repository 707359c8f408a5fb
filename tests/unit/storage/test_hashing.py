from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import xxhash

from tui.storage.hashing import digest


def test_the_hash_covers_all_bytes(tmp_path: Path) -> None:
    data = os.urandom((1 << 20) + 7)
    (tmp_path / "a").write_bytes(data)
    assert digest(tmp_path / "a") == xxhash.xxh3_128(data).digest()


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_hashing_rejects_a_path_that_is_not_a_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    raised: list[BaseException] = []

    def run() -> None:
        try:
            digest(path)
        except OSError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(20)
    assert [str(error.strerror) for error in raised if isinstance(error, OSError)] == [
        "not a regular file"
    ]
