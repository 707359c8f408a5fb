"""The trash takes only the given file, and restores exactly that file or none."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tests.support.mounts import set_writable, small_disk
from tui.core.errors import FolderError
from tui.storage import exclusive
from tui.storage.exclusive import move_file, new_file
from tui.storage.file_operations import move_to_trash, put_back
from tui.storage.trash import put_into_trash

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share" / "Trash"


def picture(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or str(path))
    return path


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_record_has_the_original_path(tmp_path: Path, trash: Path) -> None:
    path = picture(tmp_path / os.fsdecode(b"odd %\xff\n.jpg"), "odd")
    [moved] = move_to_trash([path]).done
    assert moved.new_path is not None
    [record] = (trash / "info").iterdir()
    assert record.name == f"{moved.new_path.name}.trashinfo"
    lines = record.read_bytes().splitlines()
    assert lines[0] == b"[Trash Info]"
    assert unquote_to_bytes(lines[1].removeprefix(b"Path=")) == os.fsencode(path)
    assert (trash.stat().st_mode & 0o777, (trash / "files").stat().st_mode & 0o777) == (0o700,) * 2


def test_trashing_a_link_keeps_its_target(tmp_path: Path) -> None:
    target = picture(tmp_path / "target.jpg")
    for number, leads in enumerate(("target.jpg", str(target), "nowhere")):
        link = tmp_path / f"link {number}.jpg"
        link.symlink_to(leads)
        [moved] = move_to_trash([link]).done
        assert not os.path.lexists(link)
        assert moved.new_path is not None
        assert str(moved.new_path.readlink()) == leads
        assert put_back([moved]).failed == ()
        assert str(link.readlink()) == leads
    assert target.read_text() == str(target)


def test_a_file_below_a_linked_folder_is_recorded_where_it_is(tmp_path: Path, trash: Path) -> None:
    path = picture(tmp_path / "real" / "a.jpg")
    (tmp_path / "alias").symlink_to("real")
    [moved] = move_to_trash([tmp_path / "alias" / "a.jpg"]).done
    [record] = (trash / "info").iterdir()
    assert f"Path={path}\n" in record.read_text()
    assert put_back([moved]).failed == ()
    assert path.exists()


def test_trashing_a_hard_link_keeps_the_other(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg")
    other = tmp_path / "b.jpg"
    os.link(path, other)
    assert move_to_trash([other]).failed == ()
    assert path.read_text() == str(path)


def test_the_longest_name_fits(tmp_path: Path) -> None:
    path = picture(tmp_path / f"{'n' * 251}.jpg", "long")
    handled = move_to_trash([path])
    assert handled.failed == ()
    assert put_back(handled.done).failed == ()
    assert path.read_text() == "long"


def test_names_that_exist_in_the_trash_are_not_reused(tmp_path: Path, trash: Path) -> None:
    picture(trash / "files" / "a.jpg", "orphan")
    picture(trash / "info" / "a 2.jpg.trashinfo", "a record alone")
    (trash / "files" / "a 3.jpg").symlink_to("nowhere")
    [moved] = move_to_trash([picture(tmp_path / "a.jpg")]).done
    assert moved.new_path == trash / "files" / "a 4.jpg"
    assert (trash / "files" / "a.jpg").read_text() == "orphan"
    assert (trash / "info" / "a 2.jpg.trashinfo").read_text() == "a record alone"


def test_many_simultaneous_files_with_one_name_are_all_kept(tmp_path: Path, trash: Path) -> None:
    paths = [picture(tmp_path / f"{n}" / name) for n in range(40) for name in ("a.jpg", "ab.jpg")]
    handled = []
    threads = [
        threading.Thread(target=lambda part=part: handled.append(move_to_trash(paths[part::4])))
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [failure for part in handled for failure in part.failed] == []
    assert len(listing(trash / "files")) == len(listing(trash / "info")) == len(paths)
    for part in handled:
        assert put_back(part.done).failed == ()
    assert [path.read_text() for path in paths] == [str(path) for path in paths]


def test_another_file_with_that_name_in_the_trash_is_not_restored(
    tmp_path: Path, trash: Path
) -> None:
    path = picture(tmp_path / "A" / "a.jpg")
    [moved] = move_to_trash([path]).done
    for folder in ("files", "info"):
        for entry in (trash / folder).iterdir():
            entry.unlink()
    other = picture(tmp_path / "B" / "a.jpg")
    [second] = move_to_trash([other]).done
    assert second.new_path == moved.new_path
    [failure] = put_back([moved]).failed
    assert "no longer in the trash" in failure.reason
    assert not path.exists()
    assert put_back([second]).failed == ()
    assert other.read_text() == str(other)


def test_the_same_file_with_another_record_is_not_restored(tmp_path: Path, trash: Path) -> None:
    path = picture(tmp_path / "a.jpg")
    [moved] = move_to_trash([path]).done
    [record] = (trash / "info").iterdir()
    record.write_bytes(record.read_bytes().replace(b"a.jpg", b"b.jpg"))
    assert len(put_back([moved]).failed) == 1
    assert record.exists()
    assert moved.new_path is not None
    assert moved.new_path.exists()


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "a.jpg", "trashed")
    [moved] = move_to_trash([path]).done

    def late(source: Path, target: Path) -> None:
        picture(path, "new")
        move_file(source, target)

    monkeypatch.setattr("tui.storage.trash.move_file", late)
    [failure] = put_back([moved]).failed
    assert failure.reason == "another file has its name now"
    assert path.read_text() == "new"
    assert moved.new_path is not None
    assert moved.new_path.read_text() == "trashed"
    path.unlink()
    monkeypatch.undo()
    assert put_back([moved]).failed == ()


@pytest.mark.parametrize("code", ["ENOSYS", "EINVAL", "EXDEV", "EPERM"])
def test_a_move_without_support_of_the_disk_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(getattr(errno, code), "not here")

    monkeypatch.setattr(exclusive, "_rename", refuse)
    source, target = picture(tmp_path / "a.jpg", "source"), picture(tmp_path / "b.jpg", "taken")
    os.utime(source, (5, 6))
    with pytest.raises(FileExistsError):
        move_file(source, target)
    assert (source.read_text(), target.read_text()) == ("source", "taken")
    move_file(source, tmp_path / "c.jpg")
    assert not source.exists()
    assert (tmp_path / "c.jpg").read_text() == "source"
    assert (tmp_path / "c.jpg").stat().st_mtime == 6
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        move_file(tmp_path / "link", target)
    move_file(tmp_path / "link", tmp_path / "moved")
    assert str((tmp_path / "moved").readlink()) == "nowhere"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "1m") as mount:
        yield mount


def test_another_disk_has_its_own_trash(disk: Path, trash: Path) -> None:
    path = picture(disk / "sub" / "a.jpg")
    [moved] = move_to_trash([path]).done
    own = disk / f".Trash-{os.getuid()}"
    assert moved.new_path == own / "files" / "a.jpg"
    assert "Path=sub/a.jpg\n" in (own / "info" / "a.jpg.trashinfo").read_text()
    assert not trash.exists()
    assert put_back([moved]).failed == ()
    assert path.read_text() == str(path)


def test_the_trash_of_a_disk_that_another_user_made_is_not_used(disk: Path, trash: Path) -> None:
    own = disk / f".Trash-{os.getuid()}"
    own.symlink_to(trash.parent.parent)
    [moved] = move_to_trash([picture(disk / "a.jpg", "a")]).done
    assert moved.new_path == trash / "files" / "a.jpg"
    assert moved.new_path.read_text() == "a"
    assert listing(disk) == [own.name]


def test_a_read_only_disk_keeps_its_file(disk: Path, trash: Path) -> None:
    path = picture(disk / "a.jpg")
    set_writable(disk, False)
    [failure] = move_to_trash([path]).failed
    set_writable(disk, True)
    assert failure.reason == "the disk is read-only"
    assert path.read_text() == str(path)
    assert listing(trash / "info") == []


def test_a_full_trash_keeps_the_file_and_no_record(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(disk))
    monkeypatch.setattr("tui.storage.trash._device_of", lambda _: 0)
    path = picture(tmp_path / "a.jpg", "x" * (2 << 20))
    # only the home trash is left to try, so the file has to be copied there
    monkeypatch.setattr("tui.storage.trash._is_ours", lambda trash: trash.top is None)
    [failure] = move_to_trash([path]).failed
    assert failure.reason == "the disk is full"
    assert path.stat().st_size == 2 << 20
    assert listing(disk / "Trash" / "files") == listing(disk / "Trash" / "info") == []


def test_trashing_a_missing_file_fails(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put_into_trash(tmp_path / "gone.jpg")


def test_a_new_file_is_complete_or_missing(tmp_path: Path, disk: Path) -> None:
    (disk / "filler").write_bytes(b"x" * ((1 << 20) - 4096))
    with pytest.raises(OSError, match="No space"), new_file(disk / "list") as out:
        out.write(b"y" * 5000)  # less than a buffer: the disk is written when the file is closed
    assert listing(disk) == ["filler"]
    with pytest.raises(FolderError), new_file(tmp_path / "a"):
        raise FolderError("x")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_file_that_replaced_the_picture_is_not_moved(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.jpg"
    if kind == "folder":
        picture(path / "only copy.jpg")
    else:
        os.mkfifo(path)
    handled = move_to_trash([path])
    assert not handled.done
    assert [failure.reason for failure in handled.failed] == ["it is no longer a file"]
    assert os.path.lexists(path)
