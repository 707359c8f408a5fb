"""The requests to object storage, and the errors that its answers become."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.servers.s3_server import S3
from tui.app.workers.folder_listing import listed_folders
from tui.core.errors import DecodeError, FolderError
from tui.images.decoder import request_for, shared_decoder
from tui.images.errors import AccessError
from tui.storage.folders import absolute, check_folder
from tui.storage.objects import client as object_store
from tui.storage.objects.client import pages
from tui.storage.objects.errors import storage_error
from tui.storage.objects.path import RemotePath, from_address
from tui.storage.scanning.scan import Scan, ScanOptions

fsspec = pytest.importorskip("fsspec")

KEYS = (
    *("a.jpg", "B.JPEG", "c.txt", "x/d.png", "x/y/z/e.heic", "x/jpg", "2023/ä ?#%&+.jpg"),
    *(".hidden.jpg", ".h/f.jpg", "._a.jpg", "old/g.jpg", "old/keep/h.jpg", "a.jpg/inside.jpg"),
)
FOUND = [
    *("2023/ä ?#%&+.jpg", "B.JPEG", "a.jpg", "a.jpg/inside.jpg"),
    *("old/g.jpg", "old/keep/h.jpg", "x/d.png", "x/y/z/e.heic"),
]


def names(root: Path, options: ScanOptions | None = None) -> list[str]:
    return sorted(str(file.path.relative_to(root)) for file in Scan(root, options))


@pytest.fixture
def memory() -> Iterator[RemotePath]:
    """Yield a bucket in memory with `KEYS`."""
    root = from_address(f"memory://{uuid.uuid4()}")
    folder = str(root).removeprefix("memory:/")
    system = fsspec.filesystem("memory")
    # In memory, unlike in S3, a name can't be both an object and a folder.
    system.pipe({f"{folder}/{key}": key.encode() for key in KEYS if key != "a.jpg/inside.jpg"})
    yield root
    system.rm(folder, recursive=True)


# --- any protocol ---------------------------------------------------------------------------------


def test_any_protocol_is_scanned_by_the_rules_of_files(memory: RemotePath) -> None:
    scanned = [name for name in FOUND if name != "a.jpg/inside.jpg"]
    assert names(memory) == scanned
    assert names(memory / "x") == ["d.png", "y/z/e.heic"]
    hidden = names(memory, ScanOptions(hidden=True))
    assert set(hidden) - set(scanned) == {".hidden.jpg", ".h/f.jpg"}
    assert names(memory, ScanOptions(excludes=("old/*", "!old/keep"))) == [
        name for name in scanned if name != "old/g.jpg"
    ]


def test_a_path_describes_its_object(memory: RemotePath) -> None:
    (file,) = [file for file in Scan(memory) if file.path.name == "a.jpg"]
    status = file.path.stat()
    facts = (file.size, file.mtime_ns, file.inode)
    assert (status.st_size, status.st_mtime_ns, status.st_ino) == facts
    assert file.path.is_file()
    assert not file.path.is_dir()
    assert (memory / "x").is_dir()
    assert not (memory / "x").is_file()
    assert file.path.read_bytes() == b"a.jpg"
    with file.path.open("rb") as opened:
        assert opened.read(3) == b"a.j"
    assert {path.name for path in (memory / "x").iterdir()} == {"d.png", "jpg", "y"}
    assert not (memory / "gone").exists()
    with pytest.raises(FileNotFoundError):
        (memory / "gone").stat()


def test_a_text_object_is_distinguished_from_a_missing_one(memory: RemotePath) -> None:
    with pytest.raises(DecodeError, match="text file"):
        shared_decoder().read(memory / "c.txt", request_for(16))
    with pytest.raises(AccessError, match="can't be read: it does not exist"):
        shared_decoder().read(memory / "gone.jpg", request_for(16))


def test_an_empty_folder_equals_a_missing_one(memory: RemotePath) -> None:
    assert check_folder(memory) is False
    with pytest.raises(FolderError, match=r"gone is empty; check the names"):
        check_folder(memory / "gone")


# --- S3 -------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> RemotePath:
    """Return a bucket with `KEYS` and more, listed four at a time."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "4")
    more = ("x/", "a//b.jpg", "old/.photoseekignore")
    s3.put("listed", {key: b"g.jpg" if key.endswith("ignore") else b"x" for key in (*KEYS, *more)})
    s3.requests.clear()
    return from_address("s3://listed")


def test_s3_is_listed_in_pages_without_requesting_objects(s3: S3, bucket: RemotePath) -> None:
    assert [len(page) for page in pages(bucket.address)][:2] == [4, 4]
    s3.requests.clear()
    assert names(bucket) == [name for name in FOUND if name != "old/g.jpg"]
    assert (s3.requests["HEAD"], s3.requests["GET"]) == (1, 1)  # of the ignore file


def test_an_endless_listing_is_aborted(bucket: RemotePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "MOST_ENTRIES", 5)
    with pytest.raises(OSError, match="one folder holds more than 5 entries"):
        list(pages(bucket.address))


def test_an_object_is_distinguished_from_a_folder_with_its_name(bucket: RemotePath) -> None:
    (file,) = [file for file in Scan(bucket) if file.path == bucket / "a.jpg"]
    status = file.path.stat()
    assert (status.st_size, status.st_mtime_ns, status.st_ino) == (
        *(file.size, file.mtime_ns),
        file.inode,
    )
    assert 0 < file.inode < 2**63
    assert file.path.is_dir()
    with pytest.raises(FileNotFoundError):
        (bucket / "a.jp").stat()


def test_the_version_changes_only_with_the_bytes(s3: S3, bucket: RemotePath) -> None:
    path = bucket / "B.JPEG"
    before = path.stat()
    s3.put("listed", {"B.JPEG": b"y"})
    changed = path.stat()
    s3.put("listed", {"B.JPEG": b"x"})
    assert changed.st_ino != before.st_ino
    assert path.stat().st_ino == before.st_ino


def test_the_tree_gets_folders_page_by_page(bucket: RemotePath) -> None:
    folders = list(listed_folders(bucket))
    assert [name for page in folders for name in page or ()] == ["2023", "a", "a.jpg", "old", "x"]
    assert len(folders) > 1
    assert list(listed_folders(bucket / "2023")) == [[]]
    assert list(listed_folders(from_address("s3://missing-bucket"))) == [None]


def complaint(address: str) -> str:
    with pytest.raises(FolderError) as caught:
        check_folder(absolute(address))
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDenied", "access denied"),
        ("ExpiredToken", "rejects your credentials; renew them"),
        ("InvalidAccessKeyId", "rejects your credentials"),
        ("NoSuchBucket", "the bucket does not exist; check its name"),
        ("PermanentRedirect", "in another region; set AWS_REGION"),
        ("MalformedXML", "the storage rejected the request (MalformedXML)"),
    ],
)
def test_each_rejection_is_one_sentence(s3: S3, code: str, sentence: str) -> None:
    s3.put("refused", {"a.jpg": b""})
    with s3.refusing(lambda _method, _path: code):
        message = complaint("s3://refused")
    assert message.startswith("s3://refused can't be read: ")
    assert sentence in message
    assert message.endswith(".")


def test_missing_credentials_name_their_variables(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "credentials are missing; set AWS_ACCESS_KEY_ID" in complaint("s3://no-keys/x")


def test_an_unknown_profile_is_named_as_such(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    assert "the profile does not exist; check AWS_PROFILE" in complaint("s3://no-profile")


def test_a_silent_endpoint_is_one_sentence(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    message = complaint("s3://away")
    assert "the endpoint does not respond; check the network and AWS_ENDPOINT_URL" in message


def test_an_unknown_protocol_and_a_missing_package_are_reported() -> None:
    assert complaint("nothing://b") == "nothing://b can't be read: unknown protocol nothing://."
    path = from_address("s3://b/x")
    error = storage_error(ImportError("Install s3fs to access S3"), path.address)
    assert str(error) == ("s3://b/x needs a missing package: pip install 'photoseek[s3]'.")
    error = storage_error(
        ImportError("Please install gcsfs.\nMore"), from_address("gs://b").address
    )
    assert str(error) == "gs://b needs a missing package: Please install gcsfs."


def test_a_full_disk_keeps_its_own_message() -> None:
    error = OSError(28, "No space left on device")
    assert storage_error(error, from_address("s3://b/x").address) is error


def refuse_reading(code: str, method: str, _path: str) -> str | None:
    return code if method == "GET" else None


def test_an_archived_object_is_distinguished_from_a_forbidden_one(
    s3: S3, bucket: RemotePath
) -> None:
    for code, words in (("InvalidObjectState", "archived"), ("AccessDenied", "access denied")):
        with (
            s3.refusing(partial(refuse_reading, code)),
            pytest.raises(AccessError, match=words),
        ):
            shared_decoder().read(bucket / "a.jpg", request_for(16))


def test_a_stop_ends_a_listing_of_many_pages(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = Scan(memory)
    requests: list[int] = []

    def endless(_: object) -> Iterator[list[object_store.Entry]]:
        while True:
            requests.append(1)
            assert len(requests) < 100
            yield []

    monkeypatch.setattr(object_store, "pages", endless)
    assert list(scan.files(lambda: len(requests) >= 3)) == []
    assert len(requests) == 3
