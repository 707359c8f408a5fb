"""Duplicates of files that are missing, have changed, or are one file under two names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tests.support.mounts import bind_mount, overlay, small_disk
from tui.core.domain import FileDetails
from tui.library.base.folder_options import OptionChanges
from tui.library.base.records import stored_state
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.duplicates.find import find_duplicates
from tui.search.duplicates.groups import DuplicateGroup
from tui.search.duplicates.on_disk import DiskInspector
from tui.search.duplicates.removal_check import RemovalCheck


def found(library: IndexedLibrary, threshold: float | None = 0.95) -> list[DuplicateGroup]:
    index = VectorIndex(library.catalog, library.embedder.model_id)
    return find_duplicates(library.catalog, index, threshold=threshold)


def paths(groups: list[DuplicateGroup], base: Path) -> list[list[str]]:
    return [[str(file.path.relative_to(base)) for file in group.files] for group in groups]


def copies(folder: Path, *names: str) -> list[Path]:
    """Create the same picture under several names."""
    first = save_picture(folder / names[0], "red")
    for name in names[1:]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(first, folder / name)
    return [folder / name for name in names]


def test_a_renamed_root_is_not_a_copy_of_itself(tmp_path: Path, library: IndexedLibrary) -> None:
    save_picture(tmp_path / "A" / "a.jpg", "red")
    library.index(tmp_path / "A")
    (tmp_path / "A").rename(tmp_path / "B")
    library.index(tmp_path / "B")
    assert len(library.names()) == 2  # the catalog can't know
    assert found(library) == []


@pytest.mark.parametrize("kind", ["same bytes", "near"])
def test_a_file_deleted_by_another_program_is_not_the_one_to_keep(
    tmp_path: Path, library: IndexedLibrary, kind: str
) -> None:
    photos = tmp_path / "photos"
    save_picture(photos / "a.png", "red", (80, 60))
    save_picture(photos / "b.png", "red", (40, 30))
    if kind == "same bytes":
        shutil.copy2(photos / "a.png", photos / "b.png")
    save_picture(photos / "c.png", "red", (20, 15))
    library.index(photos)
    assert paths(found(library), photos) == [["a.png", "b.png", "c.png"]]
    (photos / "a.png").unlink()
    assert paths(found(library), photos) == [["b.png", "c.png"]]
    (photos / "b.png").unlink()
    assert found(library) == []


def test_a_changed_file_is_not_a_copy(tmp_path: Path, library: IndexedLibrary) -> None:
    first, second = copies(tmp_path / "photos", "a.png", "b.png")
    library.index(tmp_path / "photos")
    assert len(found(library)) == 1
    save_picture(first, "blue", (200, 200))
    assert found(library) == []
    shutil.copy2(second, first)
    assert len(found(library)) == 1
    first.write_bytes(b"")
    assert found(library) == []


def test_a_folder_under_two_names_has_no_copies(tmp_path: Path, library: IndexedLibrary) -> None:
    save_picture(tmp_path / "real" / "a.jpg", "red")
    (tmp_path / "alias").symlink_to("real")
    library.index(tmp_path / "alias")
    library.index(tmp_path / "real")
    assert len(library.names()) == 2
    assert found(library) == []


def test_a_real_copy_is_found_beside_two_names_of_one_folder(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    copies(tmp_path, "real/a.jpg", "copy/a.jpg")
    (tmp_path / "alias").symlink_to("real")
    for folder in ("alias", "real", "copy"):
        library.index(tmp_path / folder)
    (group,) = found(library)
    assert sorted(map(str, (file.path for file in group.files))) == [
        str(tmp_path / "copy/a.jpg"),
        str(tmp_path / "real/a.jpg"),
    ]


def test_a_library_reached_only_by_a_link_is_searched(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    copies(tmp_path / "real", "a.jpg", "b.jpg")
    (tmp_path / "alias").symlink_to("real")
    library.index(tmp_path / "alias")
    assert paths(found(library), tmp_path / "alias") == [["a.jpg", "b.jpg"]]


def test_a_folder_mounted_twice_has_no_copies(tmp_path: Path, library: IndexedLibrary) -> None:
    first, _ = copies(tmp_path / "real", "a.jpg", "sub/a.jpg")
    os.link(first, tmp_path / "real" / "hard.jpg")
    with bind_mount(tmp_path / "real", tmp_path / "mounted") as mounted:
        library.index(tmp_path / "real")
        library.index(mounted)
        assert len(library.names()) == 6
        (group,) = found(library)
        assert len(group.files) == 3
        assert sum(group.is_hard_link(index) for index in range(3)) == 1
        assert len({file.path.name for file in group.files}) == 2


def test_files_in_an_overlay_are_not_copies(tmp_path: Path, library: IndexedLibrary) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        first, _ = copies(disk / "z", "a.jpg", "copy.jpg")
        os.link(first, first.with_name("hard.jpg"))
        with overlay(disk / "z", disk) as shown:
            assert (shown / "a.jpg").stat().st_dev != first.stat().st_dev
            library.index(shown)
            library.index(disk / "z")
            assert len(library.names()) == 6
            (group,) = found(library)
            assert len(group.files) == 3
            assert len({file.path.parent for file in group.files}) == 1


@pytest.mark.parametrize("trash", ["share/Trash/files", ".Trash-1000/files", "#recycle"])
def test_a_file_in_the_trash_is_not_a_copy(
    tmp_path: Path, library: IndexedLibrary, trash: str
) -> None:
    _, deleted = copies(tmp_path, "photos/a.jpg", f"{trash}/a.jpg")
    (tmp_path / "share/Trash/info").mkdir(parents=True, exist_ok=True)
    for folder in (tmp_path / "photos", deleted.parent):
        library.index(folder)
    assert len(library.names()) == 2
    disk = DiskInspector()
    index = VectorIndex(library.catalog, library.embedder.model_id)
    assert find_duplicates(library.catalog, index, disk=disk) == []
    assert disk.missing == 0


@pytest.mark.parametrize("names", [1, 2])
def test_a_file_mounted_under_another_name_frees_nothing(
    tmp_path: Path, library: IndexedLibrary, names: int
) -> None:
    photos = tmp_path / "photos"
    first, _ = copies(photos, "a.jpg", "copy.jpg")
    if names == 2:
        os.link(first, tmp_path / "elsewhere.jpg")
    with bind_mount(first, photos / "mounted.jpg"):
        library.index(photos)
        (group,) = found(library)
        assert [file.path.name for file in group.removable] == ["copy.jpg"]
        assert group.spare_bytes == first.stat().st_size


@pytest.mark.parametrize("leads", ["inside", "outside"])
def test_a_link_is_not_a_copy(tmp_path: Path, library: IndexedLibrary, leads: str) -> None:
    target = save_picture(tmp_path / ("photos" if leads == "inside" else "other") / "a.jpg", "red")
    (tmp_path / "photos").mkdir(exist_ok=True)
    (tmp_path / "photos" / "0 link.jpg").symlink_to(target)
    library.index(tmp_path / "photos", options=OptionChanges(follow_symlinks=True))
    assert "0 link.jpg" in library.names()
    assert found(library) == []
    shutil.copy2(target, tmp_path / "photos" / "copy.jpg")
    library.index(tmp_path / "photos", options=OptionChanges(follow_symlinks=True))
    listed = [file.path.name for group in found(library) for file in group.files]
    assert listed == (["a.jpg", "copy.jpg"] if leads == "inside" else [])


def test_hard_links_free_no_space(tmp_path: Path, library: IndexedLibrary) -> None:
    first, _ = copies(tmp_path / "photos", "a.jpg", "copy.jpg")
    os.link(first, first.with_name("hard.jpg"))
    library.index(tmp_path / "photos")
    (group,) = found(library)
    assert [group.label(index) for index in range(3)] == ["keep", "same", "link"]
    assert [file.path.name for file in group.removable] == ["copy.jpg"]
    assert group.spare_bytes == first.stat().st_size
    (first.with_name("copy.jpg")).unlink()
    (group,) = found(library)
    assert (group.spare_bytes, group.removable) == (0, ())


def test_removing_all_names_frees_their_space_once(tmp_path: Path, library: IndexedLibrary) -> None:
    best = save_picture(tmp_path / "photos" / "a.png", "red", (90, 90))
    small = save_picture(tmp_path / "photos" / "b.png", "red", (40, 40))
    os.link(small, small.with_name("c.png"))
    library.index(tmp_path / "photos")
    (group,) = found(library)
    assert group.best.path == best
    assert len(group.removable) == 2
    assert group.spare_bytes == small.stat().st_size
    os.link(small, tmp_path / "elsewhere.png")
    (group,) = found(library)
    assert group.spare_bytes == 0


def test_missing_files_are_counted(tmp_path: Path, library: IndexedLibrary) -> None:
    first, *_ = copies(tmp_path / "photos", "a.jpg", "b.jpg", "c.jpg")
    library.index(tmp_path / "photos")
    first.unlink()
    disk = DiskInspector()
    index = VectorIndex(library.catalog, library.embedder.model_id)
    (group,) = find_duplicates(library.catalog, index, threshold=None, disk=disk)
    assert (len(group.files), disk.missing) == (2, 1)


def test_checking_the_disk_can_be_cancelled(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg", "red")
    status = path.stat()
    file = FileDetails(1, path, status.st_size, status.st_mtime_ns, None)
    assert list(DiskInspector().inspect_all([file])) == [1]
    assert DiskInspector().inspect_all([file], cancelled=lambda: True) == {}


def test_a_date_beyond_64_bits_is_not_a_change(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg", "red")
    os.utime(path, ns=(10**19, 10**19))
    status = path.stat()
    if status.st_mtime_ns != 10**19:
        pytest.skip("this disk holds no such date")
    size, mtime_ns = stored_state(status.st_size, status.st_mtime_ns)
    assert DiskInspector().inspect(FileDetails(1, path, size, mtime_ns, None)) is not None


# --- the check before a removal -------------------------------------------------------------------


def refusal(groups: list[DuplicateGroup], *going: FileDetails) -> str:
    return RemovalCheck(groups, [file.file_id for file in going]).find_problem()


def test_copies_can_be_removed_while_the_best_exists(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    copies(tmp_path / "photos", "a.jpg", "b.jpg")
    library.index(tmp_path / "photos")
    groups = found(library)
    (group,) = groups
    assert refusal(groups, *group.files[1:]) == ""
    assert refusal(groups, group.best) == ""  # the user prefers the other one
    assert refusal(groups) == ""
    assert "Every copy of a.jpg is marked" in refusal(groups, *group.files)


@pytest.mark.parametrize(
    "loss", ["removed", "renamed", "changed", "emptied", "linked", "linked away", "a folder"]
)
def test_no_copy_can_be_removed_once_the_best_is_missing(
    tmp_path: Path, library: IndexedLibrary, loss: str
) -> None:
    first, second = copies(tmp_path / "photos", "a.jpg", "b.jpg")
    library.index(tmp_path / "photos")
    groups = found(library)
    removal_check = RemovalCheck(groups, [groups[0].files[1].file_id])
    assert removal_check.find_problem() == ""
    removal_check.check(second)
    first.rename(tmp_path / "elsewhere.jpg")
    if loss == "renamed":
        (tmp_path / "photos").rename(tmp_path / "other")
    elif loss == "changed":
        save_picture(first, "blue")
    elif loss == "emptied":
        first.touch()
    elif loss == "linked":
        first.symlink_to(second)
    elif loss == "linked away":
        first.symlink_to(tmp_path / "elsewhere.jpg")
    elif loss == "a folder":
        first.mkdir()
    assert "a.jpg, is missing or has changed; nothing was moved." in removal_check.find_problem()
    with pytest.raises(OSError, match="the copy to keep"):
        removal_check.check(second)


def test_no_copy_can_be_removed_once_both_are_one_file(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    first, second = copies(tmp_path, "A/a.jpg", "B/a.jpg")
    library.index(tmp_path)
    groups = found(library)
    shutil.rmtree(first.parent)
    first.parent.symlink_to("B")
    assert "are one file; nothing was moved." in refusal(groups, groups[0].files[1])
    first.parent.unlink()
    first.parent.mkdir()
    os.link(second, first)
    assert refusal(groups, groups[0].files[1]) == ""  # another name of the file stays


def test_a_copy_that_was_edited_meanwhile_is_not_removed(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    _, second = copies(tmp_path / "photos", "a.jpg", "b.jpg")
    library.index(tmp_path / "photos")
    groups = found(library)
    save_picture(second, "blue")
    assert "b.jpg has changed since it was compared" in refusal(groups, groups[0].files[1])
    second.unlink()
    assert refusal(groups, groups[0].files[1]) == ""  # the trash reports that it is missing
