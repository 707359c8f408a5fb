"""Local copies of objects: available while they are needed, removed afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tui.storage.hashing import digest
from tui.storage.objects.download_cache import (
    DownloadCache,
    fetch_ahead,
    local_copy,
    release,
    shared_download_cache,
)
from tui.storage.objects.path import RemotePath, from_address

fsspec = pytest.importorskip("fsspec")


def put(data: bytes, name: str = "a.nef") -> RemotePath:
    """Write an object to the in-memory storage of this process."""
    path = from_address(f"memory://{uuid.uuid4()}/{name}")
    fsspec.filesystem("memory").pipe(str(path).removeprefix("memory:/"), data)
    return path


def remove(path: RemotePath) -> None:
    fsspec.filesystem("memory").rm(str(path).removeprefix("memory:/"))


def files(spool: DownloadCache) -> list[Path]:
    """Return the copies for decoders; those for other programs have their own folders, and stay."""
    return [path for path in spool.folder.iterdir() if path.is_file() and path.name != "lock"]


@pytest.fixture
def spool(tmp_path: Path) -> DownloadCache:
    return DownloadCache(tmp_path, limit=10)


def test_a_copy_exists_as_long_as_it_is_lent(spool: DownloadCache) -> None:
    with spool.open(put(b"bytes")) as local:
        assert local.read_bytes() == b"bytes"
        assert local.suffix == ".nef"
    assert files(spool) == []


def test_a_cached_object_is_fetched_once(spool: DownloadCache) -> None:
    path = put(b"bytes")
    with spool.download(path) as local:
        assert local.read_bytes() == b"bytes"
    remove(path)
    for _ in range(2):
        with spool.open(path) as local:
            assert local.read_bytes() == b"bytes"
    spool.release(path)
    assert files(spool) == []
    with pytest.raises(FileNotFoundError), spool.open(path):
        pass


def test_a_file_too_large_for_the_cache_is_lent_and_not_stored(spool: DownloadCache) -> None:
    small, large = put(b"123456"), put(b"7890123")
    with spool.download(small), spool.download(large) as local:
        assert local.read_bytes() == b"7890123"
    assert len(files(spool)) == 1
    spool.release(small)
    with spool.download(large):
        pass
    assert len(files(spool)) == 1


def test_downloading_a_changed_object_fetches_it_again(spool: DownloadCache) -> None:
    path = put(b"old")
    with spool.download(path):
        pass
    fsspec.filesystem("memory").pipe(str(path).removeprefix("memory:/"), b"new")
    with spool.download(path) as local:
        assert local.read_bytes() == b"new"
    assert len(files(spool)) == 1


def test_a_failed_download_leaves_nothing(spool: DownloadCache) -> None:
    path = put(b"")
    remove(path)
    for lend in (spool.download, spool.open):
        with pytest.raises(FileNotFoundError), lend(path):
            pass
    assert files(spool) == []


def test_a_copy_for_another_program_keeps_its_name(spool: DownloadCache) -> None:
    local = spool.fetch_as(put(b"bytes", "my cat.jpg"))
    assert local.name == "my cat.jpg"
    assert local.read_bytes() == b"bytes"
    spool.close()
    assert not spool.folder.exists()


def test_files_of_killed_processes_are_removed_and_files_in_use_stay(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from tui.storage.objects.download_cache import DownloadCache\n"
        "spool = DownloadCache(Path(sys.argv[1])); (spool.folder / '0.jpg').touch()\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (remaining,) = tmp_path.iterdir()
    young = tmp_path / "photoseek-objects-youngone"  # just created; its lock follows
    old = tmp_path / "photoseek-objects-old_one_"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, time.time() - 3600))
    first = DownloadCache(tmp_path)
    second = DownloadCache(tmp_path)
    assert not remaining.exists()
    assert not old.exists()
    assert young.exists()
    assert first.folder.exists()
    assert second.folder.exists()


def test_a_local_picture_is_not_copied(tmp_path: Path) -> None:
    with local_copy(tmp_path / "a.jpg") as local:
        assert local == tmp_path / "a.jpg"


def test_hashing_keeps_the_copy_for_the_decoder(tmp_path: Path) -> None:
    path = put(b"bytes")
    (tmp_path / "same").write_bytes(b"bytes")
    assert digest(path) == digest(tmp_path / "same")
    remove(path)
    with local_copy(path) as local:
        assert local.read_bytes() == b"bytes"
    release(path)
    assert files(shared_download_cache()) == []
    fetch_ahead(path)  # it was removed, so decoding it will fail
    assert files(shared_download_cache()) == []
