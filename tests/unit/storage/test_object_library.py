"""Indexing object storage: each object is read once, and none is lost."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.embedders import COLOURS
from tests.support.libraries.indexed_library import IndexedLibrary, browse_files, nonzero_counts
from tests.support.servers.s3_server import S3
from tui.core.errors import FolderError
from tui.images.metadata.exposure import read_exposure
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.local.backend import LocalBackend
from tui.search.ranking.example_images import ExampleImageError
from tui.storage.file_operations import move_to_trash, transfer_files, write_list
from tui.storage.objects.download_cache import shared_download_cache
from tui.storage.objects.path import RemotePath, from_address
from tui.storage.open_external import files_to_open, reveal_command

_buckets = count()


def picture(colour: str, note: int = 0, kind: str = "PNG") -> bytes:
    image = Image.new("RGB", (32, 24), COLOURS[colour])
    image.putpixel((0, 0), (note, 0, 0))
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return twelve pictures of six colours in three folders, listed three at a time."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    name = f"pictures{next(_buckets)}"
    fill(s3, name, range(12))
    s3.requests.clear()
    return name


def fill(s3: S3, bucket: str, numbers: Iterable[int]) -> None:
    colours = list(COLOURS)
    names = {n: f"in/{'abc'[n % 3]}/{colours[n % 6]} {n}.png" for n in numbers}
    s3.put(bucket, {name: picture(colours[n % 6], n) for n, name in names.items()})


@pytest.fixture
def root(bucket: str) -> RemotePath:
    return from_address(f"s3://{bucket}/in")


def test_each_object_is_read_once_and_an_unchanged_one_not_at_all(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    fill(s3, bucket, range(12, 30))
    assert nonzero_counts(library.index(root)) == {"indexed": 30}
    assert s3.requests["GET"] == 30
    assert s3.requests["HEAD"] == 0
    assert len(library.names(root / "a")) == 10
    assert library.catalog.roots() == [root]
    assert library.catalog.folder_counts(root) == {"a": 10, "b": 10, "c": 10}
    assert [path.name for path in shared_download_cache().folder.iterdir() if path.is_file()] == [
        "lock"
    ]
    s3.requests.clear()
    assert nonzero_counts(library.index(root)) == {"unchanged": 30}
    assert s3.requests.keys() == {"LIST"}
    # One request for its existence, one for its folders, which have ten files each.
    assert s3.requests["LIST"] == 1 + 1 + 3 * 4


def test_vectors_belong_to_their_pictures(library: IndexedLibrary, root: RemotePath) -> None:
    library.index(root)
    table = library.catalog.files(library.embedder.model_id)
    details = library.catalog.details(table.file_ids.tolist())
    vectors = library.catalog.vectors(library.embedder.model_id, table.content_ids.tolist())
    words = library.embedder.embed_text([item.path.stem for item in details])
    assert np.allclose((words * vectors).sum(axis=1), 1, atol=0.02)


def test_changed_objects_are_read_again_and_removed_ones_disappear(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    library.index(root)
    s3.put(bucket, {"in/a/red 0.png": picture("blue", 99)})  # as long as before, in the same second
    s3.remove(bucket, "in/b/green 1.png")
    s3.requests.clear()
    assert nonzero_counts(library.index(root)) == {"indexed": 1, "unchanged": 10, "removed": 1}
    assert s3.requests["GET"] == 1
    assert "green 1.png" not in library.names()


def test_copies_are_not_embedded_again(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath, tmp_path: Path
) -> None:
    library.index(root)
    s3.put(bucket, {f"in/more/copy {n}.png": picture("red") for n in range(3)})
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "copy.png").write_bytes(picture("green", 1))
    assert nonzero_counts(library.index(root)) == {"reused": 3, "unchanged": 12}
    assert nonzero_counts(library.index(tmp_path / "disk")) == {"reused": 1}
    assert library.embeddings() == 12


def test_every_format_is_read_from_its_copy(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    s3.put(bucket, {"other/a.bmp": picture("red", 1, "BMP"), "other/b.jpg": b"\xff\xd8\xff no"})
    s3.requests.clear()
    report = library.index(root.parent / "other")  # the first is decoded in another process
    assert nonzero_counts(report) == {"indexed": 1, "failed": 1}
    assert s3.requests["GET"] == 2
    (failure,) = report.failures
    assert failure.path == root.parent / "other" / "b.jpg"


def test_another_model_reads_each_object_once(
    library: IndexedLibrary, root: RemotePath, s3: S3
) -> None:
    library.index(root)
    library.embedder.model_id = "colours-2"
    s3.requests.clear()
    assert nonzero_counts(library.index(root)) == {"indexed": 12}
    assert s3.requests["GET"] == 12


def test_an_object_removed_before_it_is_read_is_not_a_failure(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    def remove(method: str, target: str) -> None:
        if method == "GET" and "/a/red 0.png" in target:
            s3.remove(bucket, "in/a/red 0.png")

    with s3.refusing(remove):
        assert nonzero_counts(library.index(root)) == {"indexed": 11}


def test_a_forbidden_object_is_reported_and_retried(
    s3: S3, library: IndexedLibrary, root: RemotePath
) -> None:
    def forbid(method: str, target: str) -> str | None:
        return "AccessDenied" if method == "GET" and "/in/b/" in target else None

    with s3.refusing(forbid):
        report = library.index(root)
    assert nonzero_counts(report) == {"indexed": 8, "failed": 4}
    assert {failure.reason for failure in report.failures} == {
        "The file can't be read: access denied; check the permissions of your credentials."
    }
    assert nonzero_counts(library.index(root)) == {"indexed": 4, "unchanged": 8}


def test_credentials_that_expire_end_the_run_and_lose_nothing(
    s3: S3, library: IndexedLibrary, root: RemotePath
) -> None:
    def expire(method: str, target: str) -> str | None:
        return "ExpiredToken" if method == "GET" and "/in/c/" in target else None

    with (
        s3.refusing(expire),
        pytest.raises(FolderError, match="rejects your credentials; renew them"),
    ):
        library.index(root)
    done = len(library.names())
    report = library.index(root)
    assert (report.unchanged, report.indexed) == (done, 12 - done)


def test_the_pictures_of_an_unlistable_folder_stay(
    s3: S3, library: IndexedLibrary, root: RemotePath
) -> None:
    library.index(root)
    with s3.refusing(lambda _method, _target: "AccessDenied"):
        report = library.index(root)
    assert report.missing == (root,)
    assert "access denied" in report.reasons[root]
    assert library.names() == []
    with s3.refusing(lambda _, target: "AccessDenied" if "prefix=in/b/" in target else None):
        report = library.index(root)
    assert report.missing == (root / "b",)
    assert len(library.names()) == 8
    s3.requests.clear()
    assert nonzero_counts(library.index(root)) == {"unchanged": 12}
    assert len(library.names()) == 12
    assert s3.requests["GET"] == 0


def test_the_pictures_of_an_emptied_bucket_stay_until_they_are_removed(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    library.index(root / "a")
    for file in browse_files(library.catalog):
        s3.remove(bucket, str(file.path).removeprefix(f"s3://{bucket}/"))
    assert library.index(root / "a").missing == (root / "a",)
    assert library.catalog.status().unavailable == 4
    with pytest.raises(FolderError, match="is empty"):
        library.index(root / "never")


def test_a_picture_is_an_example_by_its_address(
    s3: S3, library: IndexedLibrary, bucket: str, root: RemotePath
) -> None:
    library.index(root / "a")
    index = VectorIndex(library.catalog, library.embedder.model_id)
    backend = LocalBackend(library.catalog, index, open_images=lambda: library.embedder)
    pictures = backend.example_images
    s3.requests.clear()
    for typed in (f"s3://{bucket}/in/a/red 0.png", "red 0.png", "a/red 0.png"):
        assert pictures.vector(typed) @ library.embedder.embed_text(["red"])[0] > 0.99
    assert s3.requests["GET"] == 0
    assert pictures.vector(f"s3://{bucket}/in/b/green 1.png").argmax() == 1  # not indexed
    with pytest.raises(ExampleImageError):
        pictures.vector(f"s3://{bucket}/in/b/gone.png")


# --- actions on pictures --------------------------------------------------------------------------


def test_objects_are_copied_to_disk_with_their_time(root: RemotePath, tmp_path: Path) -> None:
    path = root / "a" / "red 0.png"
    handled = transfer_files([path, root / "gone.png"], tmp_path / "here", "copy")
    assert [moved.new_path for moved in handled.done] == [tmp_path / "here" / "red 0.png"]
    assert (tmp_path / "here" / "red 0.png").read_bytes() == picture("red")
    assert (tmp_path / "here" / "red 0.png").stat().st_mtime_ns == path.stat().st_mtime_ns
    assert [failure.reason for failure in handled.failed] == ["it no longer exists"]
    assert write_list([path], tmp_path / "list").read_text() == f"{path}\n"


def test_an_unsupported_action_is_one_sentence(root: RemotePath, tmp_path: Path) -> None:
    path = root / "a" / "red 0.png"
    for way in ("hard link", "symbolic link"):
        (failure,) = transfer_files([path], tmp_path, way).failed
        assert failure.reason == "links to object storage are impossible; copy it"
    (failure,) = move_to_trash([path]).failed
    assert failure.reason == "object storage has no trash; use its own tools"
    with pytest.raises(FolderError, match="Object storage is read-only; choose a local folder"):
        transfer_files([tmp_path / "x.jpg"], root, "copy")
    with pytest.raises(FolderError, match="Object storage is read-only"):
        write_list([path], root / "list.txt")
    with pytest.raises(Exception, match="File managers can't show object storage"):
        reveal_command(path)


def test_another_program_gets_a_copy_with_the_same_name(root: RemotePath, tmp_path: Path) -> None:
    local = tmp_path / "x.jpg"
    path = root / "a" / "red 0.png"
    first, second = files_to_open([path, local])
    assert second == local
    assert first.name == path.name
    assert first.read_bytes() == picture("red")
    with pytest.raises(Exception, match=r"gone.png can't be downloaded: it does not exist\.$"):
        files_to_open([root / "gone.png"])


def test_the_exposure_of_an_object_is_read_from_its_head(
    s3: S3, bucket: str, root: RemotePath
) -> None:
    exif = Image.Exif()
    exif[0x0131] = "darktable"
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG", exif=exif)
    s3.put(bucket, {"in/shot.jpg": data.getvalue()})
    assert read_exposure(root / "shot.jpg") == [("Software", "darktable")]
    assert read_exposure(root / "gone.jpg") == []
