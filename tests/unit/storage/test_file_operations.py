"""Files are copied, linked, trashed and listed, and none is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.as_user import public_folder, unprivileged
from tests.support.mounts import small_disk
from tui.core.errors import FolderError
from tui.storage.file_operations import (
    MovedFile,
    OperationResult,
    TransferMode,
    move_to_trash,
    number_name,
    put_back,
    transfer_files,
    write_list,
)

ODD = os.fsdecode(b"bad \xff\n.jpg")
WAYS: list[TransferMode] = ["copy", "hard link", "symbolic link"]

needs_freedesktop = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)


def files(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(os.fsencode(name))
    return [folder / name for name in names]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("way", WAYS)
def test_copies_and_links_have_the_bytes_of_the_file(tmp_path: Path, way: TransferMode) -> None:
    sources = files(tmp_path / "from", "a.jpg", ODD, "日本.png")
    os.utime(sources[0], (1, 2))
    handled = transfer_files(sources, tmp_path / "new" / "to", way)
    assert handled.failed == ()
    assert [moved.path for moved in handled.done] == sources
    for source, moved in zip(sources, handled.done, strict=True):
        assert moved.new_path == tmp_path / "new" / "to" / source.name
        assert moved.new_path.read_bytes() == source.read_bytes()
        assert moved.new_path.is_symlink() == (way == "symbolic link")
        assert moved.new_path.samefile(source) == (way != "copy")
    assert (tmp_path / "new/to/a.jpg").stat().st_mtime == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_is_taken_gets_a_number(tmp_path: Path, way: TransferMode) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    [existing] = files(tmp_path / "to", "a.jpg")
    existing.write_text("precious")
    for number in (2, 3):
        [moved] = transfer_files([source], tmp_path / "to", way).done
        assert moved.new_path == tmp_path / "to" / f"a ({number}).jpg"
    assert existing.read_text() == "precious"


def test_a_broken_link_is_not_written_through(tmp_path: Path) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "a.jpg").symlink_to(tmp_path / "elsewhere")
    [moved] = transfer_files([source], tmp_path / "to", "copy").done
    assert moved.new_path == tmp_path / "to" / "a (2).jpg"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("way", WAYS)
def test_only_a_missing_file_fails(tmp_path: Path, way: TransferMode) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    handled = transfer_files([tmp_path / "gone.jpg", source], tmp_path / "to", way)
    assert [failure.reason for failure in handled.failed] == ["it no longer exists"]
    assert [moved.path for moved in handled.done] == [source]
    assert names(tmp_path / "to") == ["a.jpg"]


def test_a_hard_link_to_another_disk_is_explained(tmp_path: Path) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    with small_disk(tmp_path / "disk", "1m") as disk:
        [failure] = transfer_files([source], disk / "to", "hard link").failed
        assert "copy it" in failure.reason
        assert transfer_files([source], disk / "to", "copy").failed == ()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("leads", ["a.jpg", "absolute"])
def test_a_link_works_from_any_folder(tmp_path: Path, way: TransferMode, leads: str) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    link = tmp_path / "from" / "link.jpg"
    link.symlink_to(source if leads == "absolute" else leads)
    [moved] = transfer_files([link], tmp_path / "to", way).done
    assert moved.new_path is not None
    assert moved.new_path.read_bytes() == b"a.jpg"
    assert moved.new_path.is_symlink() == (way == "symbolic link")


def test_a_full_disk_leaves_no_partial_file(tmp_path: Path) -> None:
    [source] = files(tmp_path / "from", "a.jpg")
    source.write_bytes(b"x" * (2 << 20))
    with small_disk(tmp_path / "disk", "1m") as disk:
        [failure] = transfer_files([source], disk, "copy").failed
        assert failure.reason == "the disk is full"
        assert names(disk) == []


def test_a_missing_permission_is_one_sentence() -> None:
    with public_folder() as folder:
        [source] = files(folder / "from", "a.jpg")
        closed = folder / "closed"
        closed.mkdir(mode=0o555)
        source.chmod(0o644)
        with unprivileged():
            [failure] = transfer_files([source], closed, "copy").failed
            assert failure.reason == "permission denied"
            with pytest.raises(FolderError, match="permission denied"):
                transfer_files([source], closed / "below", "copy")
            with pytest.raises(FolderError, match="permission denied"):
                write_list([source], closed / "list.txt")


def test_a_file_is_rejected_as_a_folder(tmp_path: Path) -> None:
    [source, other] = files(tmp_path, "a.jpg", "b.jpg")
    with pytest.raises(FolderError, match="choose a folder"):
        transfer_files([source], other, "copy")


def test_a_transfer_can_be_cancelled(tmp_path: Path) -> None:
    sources = files(tmp_path / "from", "a.jpg", "b.jpg")
    assert transfer_files(sources, tmp_path / "to", "copy", lambda: True) == OperationResult()


def test_the_list_is_bytes_and_overwrites_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jpg", tmp_path / ODD]
    target = tmp_path / "list.txt"
    target.write_text("precious")
    written = write_list(paths, target, b"\0")
    assert written == tmp_path / "list (2).txt"
    assert written.read_bytes() == b"".join(os.fsencode(path) + b"\0" for path in paths)
    assert target.read_text() == "precious"


@given(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=85))
def test_numbered_names_fit_and_keep_their_suffix(stem: str) -> None:
    name = number_name(f"{stem}.jpg", 12)
    assert len(os.fsencode(name)) <= 255
    assert name.endswith(" (12).jpg")
    assert number_name(f"{stem}.jpg", 1) == f"{stem}.jpg"


TRASH = """
import sys
from pathlib import Path
from tui.storage.file_operations import move_to_trash, put_back
paths = [Path(argument) for argument in sys.argv[1:]]
handled = move_to_trash(paths)
assert handled.failed == (), handled.failed
assert not any(path.exists() for path in paths)
assert all(moved.new_path and moved.new_path.exists() for moved in handled.done), handled
back = put_back(handled.done)
assert back.failed == (), back.failed
print(*(path.read_bytes() for path in paths), sep="\\n")
"""


@needs_freedesktop
def test_trashed_files_are_restored(tmp_path: Path) -> None:
    first = files(tmp_path / "one", "a.jpg", ODD)
    second = files(tmp_path / "two", "a.jpg")
    second[0].write_bytes(b"second")
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "share")}
    done = subprocess.run(
        [sys.executable, "-c", TRASH, *first, *second],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "b'a.jpg'"
    assert done.stdout.splitlines()[-1] == "b'second'"
    assert names(tmp_path / "share/Trash/files") == []
    assert names(tmp_path / "share/Trash/info") == []


def test_a_failing_trash_loses_nothing(tmp_path: Path) -> None:
    sources = files(tmp_path, "a.jpg", "b.jpg")

    def refuse(path: Path) -> None:
        if path.name == "a.jpg":
            raise PermissionError(13, "Permission denied")
        path.unlink()

    handled = move_to_trash([*sources, tmp_path / "gone"], refuse)
    assert [failure.reason for failure in handled.failed] == [
        "permission denied",
        "it no longer exists",
    ]
    assert handled.done == (MovedFile(sources[1], None),)
    assert sources[0].exists()


def test_a_trashed_file_of_unknown_location_is_not_restored(tmp_path: Path) -> None:
    [failure] = put_back([MovedFile(tmp_path / "a.jpg", None)]).failed
    assert "unknown" in failure.reason


@needs_freedesktop
def test_restoring_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    [path] = files(tmp_path, "a.jpg")
    [moved] = move_to_trash([path]).done
    path.write_text("taken")
    [failure] = put_back([moved]).failed
    assert "another file" in failure.reason
    assert path.read_text() == "taken"
    assert moved.new_path is not None
    assert moved.new_path.read_text() == "a.jpg"


@pytest.mark.parametrize("way", ["copy", "hard link", "symbolic link"])
def test_a_pipe_that_replaced_the_file_does_not_block(tmp_path: Path, way: TransferMode) -> None:
    pipe = tmp_path / "a.jpg"
    os.mkfifo(pipe)
    handled = transfer_files([pipe], tmp_path / "to", way)
    assert [failure.reason for failure in handled.failed] == ["it is no longer a file"]
    assert list((tmp_path / "to").iterdir()) == []


def test_a_list_is_not_written_beside_a_folder_of_that_name(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FolderError, match="folder is a folder; choose a file name in it"):
        write_list([tmp_path / "a.jpg"], folder)
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("..jpg", ". (2).jpg"),
        (".jpg", ".jpg (2)"),
        ("a.b.jpg", "a.b (2).jpg"),
        ("x." + "y" * 253, "x." + "y" * 249 + " (2)"),
    ],
)
def test_a_second_copy_of_an_odd_name_keeps_its_suffix(
    tmp_path: Path, name: str, second: str
) -> None:
    path = tmp_path / name
    path.write_text("a")
    handled = transfer_files([path], tmp_path, "copy")
    assert [moved.new_path for moved in handled.done] == [tmp_path / second]
