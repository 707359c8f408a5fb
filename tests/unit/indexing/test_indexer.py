from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.as_user import public_folder, unprivileged
from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, browse_files, nonzero_counts
from tui.core.domain import ImageFile
from tui.core.errors import FolderError, ModelError
from tui.core.formatting import date_of
from tui.core.wall_clock import wall_clock
from tui.images.decoder import decoder_version
from tui.indexing.commit_stage import CommitStage
from tui.library.base.folder_options import OptionChanges
from tui.library.base.records import IndexedFile
from tui.library.milvus.rows.schema import error_facts, whole_row
from tui.storage.scanning import scan


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return six different pictures in two folders."""
    folder = tmp_path / "photos"
    for number, colour in enumerate(COLOURS):
        save_picture(folder / ("a" if number % 2 else "b") / f"{colour}.png", colour, note=number)
    return folder


def test_pictures_are_found_after_a_run(library: IndexedLibrary, photos: Path) -> None:
    report = library.index(photos)
    assert nonzero_counts(report) == {"indexed": 6}
    assert not report.cancelled
    assert library.names() == sorted(f"{colour}.png" for colour in COLOURS)
    assert library.catalog.roots() == [photos]
    (details,) = [file for file in browse_files(library.catalog) if file.path.stem == "red"]
    assert details.info is not None
    assert (details.info.width, details.info.height, details.info.format) == (64, 48, "PNG")


def test_vectors_belong_to_their_pictures(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, batch_size=2)
    table = library.catalog.files(library.embedder.model_id)
    details = library.catalog.details(table.file_ids.tolist())
    vectors = library.catalog.vectors(library.embedder.model_id, table.content_ids.tolist())
    words = library.embedder.embed_text([item.path.stem for item in details])
    assert (np.argmax(words @ vectors.T, axis=1) == np.arange(6)).all()


def test_an_unchanged_library_is_not_opened_and_needs_no_model(
    library: IndexedLibrary, photos: Path
) -> None:
    library.index(photos)
    red = photos / "b" / "red.png"
    before = red.stat()
    red.write_bytes(b"x" * before.st_size)  # opening it would show that it is broken
    os.utime(red, ns=(before.st_atime_ns, before.st_mtime_ns))
    library.loads = 0
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6}
    assert library.loads == 0


def test_changed_bytes_are_embedded_again(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos)
    save_picture(photos / "b" / "red.png", "blue", note=99)
    assert nonzero_counts(library.index(photos)) == {"indexed": 1, "unchanged": 5}
    (red,) = [file for file in browse_files(library.catalog) if file.path.stem == "red"]
    table = library.catalog.files(library.embedder.model_id)
    content = table.content_ids[table.file_ids == red.file_id].tolist()
    vector = library.catalog.vectors(library.embedder.model_id, content)
    assert (vector @ library.embedder.embed_text(["blue"]).T).item() > 0.99


def test_moved_renamed_copied_touched_and_restored_files_are_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    (photos / "b" / "red.png").rename(photos / "red again.png")
    shutil.copy(photos / "b" / "blue.png", photos / "copy.png")
    os.utime(photos / "a" / "green.png", ns=(1, 1))
    (photos / "a" / "yellow.png").rename(tmp_path / "kept.png")
    assert nonzero_counts(library.index(photos)) == {"unchanged": 3, "reused": 3, "removed": 2}
    (tmp_path / "kept.png").rename(photos / "yellow.png")
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6, "reused": 1}
    assert library.embedder.pictures_embedded == library.embeddings() == 6


def test_a_moved_root_is_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    photos.rename(tmp_path / "elsewhere")
    assert nonzero_counts(library.index(tmp_path / "elsewhere")) == {"reused": 6}
    assert library.embedder.pictures_embedded == 6


def test_files_that_move_between_roots_in_two_runs_are_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    other = tmp_path / "other"
    other.mkdir()
    for path in sorted((photos / "a").iterdir()):
        path.rename(other / f"renamed {path.name}")
    assert nonzero_counts(library.index(photos)) == {"unchanged": 3, "removed": 3}
    assert library.names() == sorted(path.name for path in (photos / "b").iterdir())
    assert nonzero_counts(library.index(other)) == {"reused": 3}
    assert library.embedder.pictures_embedded == library.embeddings() == 6


def test_a_restored_copy_is_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    """For example from a backup, or from a disk whose inodes have changed."""
    library.index(photos)
    shutil.copytree(photos, tmp_path / "backup")
    shutil.rmtree(photos)
    (tmp_path / "backup").rename(photos)
    assert nonzero_counts(library.index(photos)) == {"reused": 6}
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6}
    assert library.embedder.pictures_embedded == 6


def test_a_changed_mount_point_is_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    """A folder above the root is renamed and gets its old name again."""
    (tmp_path / "disk").mkdir()
    inside = tmp_path / "disk" / "photos"
    photos.rename(inside)
    library.index(inside)
    (tmp_path / "disk").rename(tmp_path / "disk 1")
    moved = tmp_path / "disk 1" / "photos"
    assert library.index(inside).missing == (inside,)
    assert library.names() == []
    assert nonzero_counts(library.index(moved)) == {"reused": 6}
    assert len(library.names()) == 6
    (tmp_path / "disk 1").rename(tmp_path / "disk")
    assert library.index(moved).missing == (moved,)
    assert nonzero_counts(library.index(inside)) == {"unchanged": 6}
    assert len(library.names()) == 6
    assert library.embedder.pictures_embedded == 6


def test_a_disk_that_is_mounted_elsewhere_is_not_embedded_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    elsewhere = tmp_path / "mounted"
    elsewhere.mkdir()
    with bound(photos, elsewhere):
        assert nonzero_counts(library.index(elsewhere)) == {"reused": 6}
    assert library.index(elsewhere).missing == (elsewhere,)
    assert sorted(library.names()) == sorted(f"{colour}.png" for colour in COLOURS)
    with bound(photos, elsewhere):
        assert nonzero_counts(library.index(elsewhere)) == {"unchanged": 6}
    assert library.embedder.pictures_embedded == 6


@contextmanager
def bound(folder: Path, at: Path) -> Iterator[None]:
    """Mount a folder in a second place; skip if that is not allowed."""
    mount = shutil.which("mount")
    if mount is None or sys.platform != "linux":
        pytest.skip("there is no mount --bind here")
    done = subprocess.run([mount, "--bind", folder, at], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"can't mount: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


def test_hard_links_are_two_pictures_and_one_content(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    first = save_picture(tmp_path / "photos" / "a.png", "red")
    (tmp_path / "photos" / "b.png").hardlink_to(first)
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"indexed": 1, "reused": 1}
    assert library.names() == ["a.png", "b.png"]
    assert library.embeddings() == 1
    first.unlink()
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"unchanged": 1, "removed": 1}
    assert library.names() == ["b.png"]


def test_the_same_bytes_in_one_run_are_embedded_once(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    first = save_picture(folder / "0.png", "red")
    for number in range(1, 100):
        if number % 2:
            shutil.copy(first, folder / f"{number}.png")
        else:
            (folder / f"{number}.png").hardlink_to(first)
    save_picture(folder / "other.png", "blue")
    assert nonzero_counts(library.index(folder)) == {"indexed": 2, "reused": 99}
    assert library.embedder.pictures_embedded == 2
    assert len(library.names()) == 101
    assert nonzero_counts(library.index(folder)) == {"unchanged": 101}


def test_another_model_embeds_known_contents_again(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    contents = library.catalog.status().contents
    other = IndexedLibrary(tmp_path / "data", ColourEmbedder("colours-2"))
    assert nonzero_counts(other.index(photos)) == {"indexed": 6}
    assert other.catalog.status().contents == contents
    assert nonzero_counts(other.index(photos)) == {"unchanged": 6}
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6}
    other.catalog.close()


def test_removed_files_disappear_from_the_results(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos)
    (photos / "b" / "red.png").unlink()
    shutil.rmtree(photos / "a")
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2, "removed": 4}
    assert library.names() == ["blue.png", "white.png"]


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_missing_root_keeps_its_rows(
    library: IndexedLibrary, photos: Path, tmp_path: Path, how: str
) -> None:
    library.index(photos)
    photos.rename(tmp_path / "unmounted")
    if how == "empty":
        photos.mkdir()
    report = library.index(photos)
    assert nonzero_counts(report) == {}
    assert report.missing == (photos,)
    assert library.names() == []
    assert library.catalog.status().files == 6
    shutil.rmtree(photos, ignore_errors=True)
    (tmp_path / "unmounted").rename(photos)
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6}
    assert len(library.names()) == 6


def test_one_missing_root_does_not_stop_the_others(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos)
    photos.rename(tmp_path / "unmounted")
    save_picture(tmp_path / "more" / "red.png", "red", note=50)
    assert nonzero_counts(library.index(photos, tmp_path / "more")) == {"indexed": 1}
    assert library.names() == ["red.png"]


def test_an_unreadable_subfolder_keeps_its_rows_and_does_not_stop_the_run(tmp_path: Path) -> None:
    with public_folder() as folder:
        photos = folder / "photos"
        save_picture(photos / "closed" / "red.png", "red")
        save_picture(photos / "closed" / "deep" / "blue.png", "blue")
        save_picture(photos / "open" / "green.png", "green")
        (folder / "data").mkdir()
        (folder / "data").chmod(0o777)
        with unprivileged():
            library = IndexedLibrary(folder / "data")
            library.index(photos)
        (photos / "closed").chmod(0)
        save_picture(photos / "open" / "white.png", "white")
        with unprivileged():
            report = library.index(photos)
            assert nonzero_counts(report) == {"indexed": 1, "unchanged": 1}
            assert report.missing == (photos / "closed",)
            assert library.names() == ["green.png", "white.png"]
        (photos / "closed").chmod(0o755)
        with unprivileged():
            assert nonzero_counts(library.index(photos)) == {"unchanged": 4}
            assert len(library.names()) == 4
            library.catalog.close()


def test_an_unreadable_file_fails_until_it_can_be_read() -> None:
    with public_folder() as folder:
        path = save_picture(folder / "photos" / "red.png", "red")
        path.chmod(0)
        (folder / "data").mkdir()
        (folder / "data").chmod(0o777)
        with unprivileged():
            library = IndexedLibrary(folder / "data")
            report = library.index(folder / "photos")
            assert nonzero_counts(report) == {"failed": 1}
            assert "Permission denied" in report.failures[0].reason
        path.chmod(0o644)
        with unprivileged():
            assert nonzero_counts(library.index(folder / "photos")) == {"indexed": 1}
            library.catalog.close()


def test_broken_files_are_listed_by_every_run_and_read_by_the_first(
    library: IndexedLibrary, photos: Path
) -> None:
    (photos / "text.jpg").write_text("no picture")
    (photos / "copy.jpg").write_text("no picture")
    (photos / "empty.png").write_bytes(b"")
    report = library.index(photos)
    assert nonzero_counts(report) == {"indexed": 6, "failed": 3}
    assert {failure.path.name for failure in report.failures} == {
        "text.jpg",
        "copy.jpg",
        "empty.png",
    }
    library.loads = 0
    again = library.index(photos)
    assert nonzero_counts(again) == {"unchanged": 6, "failed": 3}
    assert sorted(again.failures, key=str) == sorted(report.failures, key=str)
    assert library.loads == 0
    save_picture(photos / "empty.png", "red", note=77)
    assert nonzero_counts(library.index(photos)) == {"indexed": 1, "unchanged": 6, "failed": 2}


def test_a_tiff_with_invalid_offsets_fails_once(library: IndexedLibrary, tmp_path: Path) -> None:
    """The system's error for an invalid offset does not make each run retry the file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    data = b"II+\0\x08\0\0\0" + (2**62).to_bytes(8, "little") + bytes(400)
    (folder / "a.tif").write_bytes(data)
    assert nonzero_counts(library.index(folder)) == {"failed": 1}
    [file] = library.catalog.file_records(folder, library.embedder.model_id).values()
    assert file.content_id is not None
    assert file.decoder == decoder_version()


def test_a_folder_of_jpeg_2000_is_indexed(library: IndexedLibrary, tmp_path: Path) -> None:
    """Pictures are probed at one pixel before the model is loaded."""
    for width, height in ((32, 32), (1793, 900), (2717, 61)):
        picture = Image.new("RGB", (width, height), (width % 256, 90, 30))
        (tmp_path / "photos").mkdir(exist_ok=True)
        picture.save(tmp_path / "photos" / f"{width}.jp2", num_resolutions=2)
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"indexed": 3}


def test_a_newer_decoder_retries_failed_files_once(library: IndexedLibrary, tmp_path: Path) -> None:
    """The library is as an older version left it: both files are failures of its decoder."""
    folder = tmp_path / "photos"
    save_picture(folder / "good.png", "red")
    (folder / "text.jpg").write_text("no picture")
    library.index(folder)
    with sqlite3.connect(library.data_dir / "catalog.sqlite") as connection:
        connection.execute("DELETE FROM embeddings")
        connection.execute("UPDATE contents SET error = 'It failed.', decoder = '1 pillow=11.3.0'")
    connection.close()
    report = library.index(folder)
    assert nonzero_counts(report) == {"indexed": 1, "failed": 1}
    [failure] = report.failures
    assert failure.reason != "It failed."
    with sqlite3.connect(library.data_dir / "catalog.sqlite") as connection:
        versions = set(connection.execute("SELECT decoder FROM contents"))
    connection.close()
    assert versions == {(decoder_version(),)}
    again = library.index(folder)
    assert nonzero_counts(again) == {"unchanged": 1, "failed": 1}
    assert list(again.failures) == [failure]


@pytest.mark.parametrize("written", [60, None], ids=["half", "whole"])
def test_a_file_that_is_still_being_written_waits_for_the_next_run(
    library: IndexedLibrary, tmp_path: Path, written: int | None
) -> None:
    photos = tmp_path / "photos"
    for number in range(9):  # these come first, so that the model is loaded for one of them
        save_picture(photos / f"{number}.png", "red", note=number)
    path = save_picture(photos / "later" / "green.png", "green")
    whole = path.read_bytes()
    path.write_bytes(whole[:40])

    def write_on() -> None:
        path.write_bytes(whole[:written])

    first = library.index(photos, during_load=write_on, threads=1)
    assert nonzero_counts(first) == {"indexed": 9, "waiting": 1}
    path.write_bytes(whole)
    assert nonzero_counts(library.index(photos)) == {"indexed": 1, "unchanged": 9}


def test_a_folder_of_broken_pictures_needs_no_model(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    for number in range(9):
        path = save_picture(tmp_path / "photos" / f"{number}.png", "red", note=number)
        path.write_bytes(path.read_bytes()[:-30])
    assert nonzero_counts(library.index(path.parent)) == {"failed": 9}
    assert library.loads == 0
    save_picture(path.parent / "good.png", "red")
    assert nonzero_counts(library.index(path.parent)) == {"failed": 9, "indexed": 1}
    assert library.loads == 1


def test_a_file_removed_during_the_run_is_not_a_failure(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    path = save_picture(tmp_path / "photos" / "green.png", "green")
    assert nonzero_counts(library.index(path.parent, during_load=path.unlink)) == {}
    assert nonzero_counts(library.index(path.parent)) == {}


def test_a_copy_replaces_a_file_removed_during_the_run(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    paths = [save_picture(folder / f"{name}.png", "red") for name in "abcd"]

    def remove_all_but_one() -> None:
        for path in paths[:3]:
            path.unlink()

    assert nonzero_counts(library.index(folder, during_load=remove_all_but_one)) == {"indexed": 1}
    assert library.names() == ["d.png"]


def test_a_cancelled_run_keeps_its_commits_and_the_next_resumes(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    for number in range(200):
        save_picture(folder / f"{number}.png", "red", note=number)

    report = library.index(folder, cancelled=lambda: library.embedder.pictures_embedded >= 40)
    assert report.cancelled
    assert 40 <= report.indexed < 200
    assert library.embeddings() == report.indexed == library.embedder.pictures_embedded
    assert library.progress[-1].phase == "cancelled"
    assert nonzero_counts(library.index(folder)) == {
        "indexed": 200 - report.indexed,
        "unchanged": report.indexed,
    }
    assert library.embedder.pictures_embedded == 200


def test_a_run_that_is_stopped_immediately_does_nothing(
    library: IndexedLibrary, photos: Path
) -> None:
    assert nonzero_counts(library.index(photos, cancelled=lambda: True)) == {}
    assert nonzero_counts(library.index(photos)) == {"indexed": 6}


def test_progress_is_reported_before_the_model_is_loaded(
    library: IndexedLibrary, photos: Path
) -> None:
    told: list[str] = []

    def note() -> None:
        told.extend(progress.phase for progress in library.progress[-1:])

    library.index(photos, during_load=note)
    assert told == ["embedding"]


def test_the_progress_counts_add_up(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (photos / "b" / "red.png").unlink()
    save_picture(photos / "new.png", "red", note=5)
    shutil.copy(photos / "b" / "blue.png", photos / "copy.png")
    library.index(photos)
    last = library.progress[-1]
    assert last.phase == "done"
    assert (last.done, last.total) == (3, 3)
    assert (last.indexed, last.reused, last.failed) == (1, 1, 1)
    assert (last.unchanged, last.removed) == (5, 1)
    assert library.progress[0].phase == "scanning"


def test_excluded_files_disappear_from_the_results(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos)
    report = library.index(photos, options=OptionChanges(excludes=("a/",)))
    assert nonzero_counts(report) == {"unchanged": 3, "removed": 3}


def test_folders_within_folders_are_indexed_once(library: IndexedLibrary, photos: Path) -> None:
    assert nonzero_counts(library.index(photos / "a", photos, photos / "b" / ".." / "a")) == {
        "indexed": 6
    }


def test_a_missing_folder_is_one_sentence(library: IndexedLibrary, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="was not found"):
        library.index(tmp_path / "nowhere")
    assert library.catalog.roots() == []


def test_a_folder_without_pictures_is_not_an_error(library: IndexedLibrary, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert nonzero_counts(library.index(tmp_path / "empty")) == {}


def test_a_run_after_a_model_failure_resumes(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos / "a")

    def fail() -> None:
        raise ModelError("No weights here.")

    with pytest.raises(ModelError, match="No weights"):
        library.index(photos, during_load=fail)
    assert nonzero_counts(library.index(photos)) == {"indexed": 3, "unchanged": 3}


def test_a_model_that_fails_in_the_middle_ends_the_run_and_loses_nothing(
    library: IndexedLibrary, tmp_path: Path
) -> None:
    class Breaking(ColourEmbedder):
        def embed_images(self, pixels: np.ndarray) -> np.ndarray:
            if self.pictures_embedded >= 12:
                raise RuntimeError("out of memory")
            return super().embed_images(pixels)

    folder = tmp_path / "photos"
    for number in range(40):
        save_picture(folder / f"{number}.png", "red", note=number)
    breaking = IndexedLibrary(tmp_path / "data", Breaking())
    with pytest.raises(RuntimeError, match="out of memory"):
        breaking.index(folder)
    breaking.catalog.close()
    assert library.embeddings() == 12
    assert nonzero_counts(library.index(folder)) == {"indexed": 28, "unchanged": 12}


def test_an_animation_is_the_mean_of_its_frames(library: IndexedLibrary, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), COLOURS[name]) for name in ("red", "red", "blue", "blue")]
    (tmp_path / "photos").mkdir()
    frames[0].save(
        tmp_path / "photos" / "a.png", save_all=True, append_images=frames[1:], duration=50
    )
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"indexed": 1}
    table = library.catalog.files(library.embedder.model_id)
    vector = library.catalog.vectors(library.embedder.model_id, table.content_ids.tolist())[0]
    expected = library.embedder.embed_text(["red"])[0] + library.embedder.embed_text(["blue"])[0]
    assert vector @ (expected / np.linalg.norm(expected)) > 0.999


def test_strange_names_are_indexed(library: IndexedLibrary, tmp_path: Path) -> None:
    names = ["new\nline.png", "x" * 200 + ".png", os.fsdecode(b"latin-\xe9.png"), "ünï.png"]
    for number, name in enumerate(names):
        path = save_picture(tmp_path / "photos" / f"{number}.png", "red", note=number)
        path.rename(path.with_name(name))
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"indexed": 4}
    assert library.names() == sorted(names)
    assert nonzero_counts(library.index(tmp_path / "photos")) == {"unchanged": 4}


@pytest.mark.parametrize("seconds", [253_402_300_800, 10_000_000_000, -10_000_000_000])
def test_a_date_beyond_64_bits_is_stored_as_the_nearest_one(
    library: IndexedLibrary, photos: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    far = seconds * 10**9
    original = scan._stat

    def stat(entry: os.DirEntry[str]) -> Iterator[scan.ScannedFile]:
        return (status._replace(mtime_ns=far) for status in original(entry))

    monkeypatch.setattr(scan, "_stat", stat)
    monkeypatch.setattr(CommitStage, "is_unchanged", lambda *_: True)
    assert nonzero_counts(library.index(photos)) == {"indexed": 6}
    assert nonzero_counts(library.index(photos)) == {"unchanged": 6}
    dates = [date for file in browse_files(library.catalog) if (date := date_of(file)) is not None]
    assert {date.year for date in dates} == {2262 if seconds > 0 else 1677}
    assert wall_clock(browse_files(library.catalog)[0].mtime_ns).bit_length() < 64
    assert (stored_date(far) > 0) is (seconds > 0)


def stored_date(mtime_ns: int) -> int:
    """Return the date that a library on a server stores for such a file."""
    item = IndexedFile(ImageFile(Path("/a.png"), 1, mtime_ns, 1), bytes(16), error="broken")
    return int(whole_row(item, error_facts(item, 2))["date"])
