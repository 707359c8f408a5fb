"""Every step that writes or moves files loses and overwrites nothing and reports failures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.mounts import set_writable, small_disk
from tui.core.errors import FolderError
from tui.storage.file_operations import (
    MovedFile,
    OperationResult,
    move_to_trash,
    put_back,
    transfer_files,
    write_list,
)

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)

SIZE = 100_000


@dataclass
class Scene:
    """A small disk with pictures, a target folder, and files that must not change.

    Attributes:
        disk: contains everything, including the trash.
        sources: the pictures, by their paths, with their expected bytes at the end.
        precious: files that no step may touch, with their bytes.
        before: the result that the undo reverts.
    """

    disk: Path
    sources: dict[Path, bytes] = field(default_factory=dict)
    precious: dict[Path, bytes] = field(default_factory=dict)
    before: tuple[MovedFile, ...] = ()

    @property
    def target(self) -> Path:
        return self.disk / "to"

    def keep(self, path: Path, data: bytes = b"precious") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.precious[path] = data


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with small_disk(tmp_path / "disk", "2m") as disk:
        monkeypatch.setenv("XDG_DATA_HOME", str(disk / "share"))
        scene = Scene(disk)
        (disk / "from").mkdir()
        scene.target.mkdir()
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            path = disk / "from" / name
            path.write_bytes(name.encode() * (SIZE // len(name)))
            scene.sources[path] = path.read_bytes()
        yield scene
        set_writable(disk, True)


# --- the steps ------------------------------------------------------------------------------------


def copy(scene: Scene) -> OperationResult:
    return transfer_files(scene.sources, scene.target, "copy")


def hard_link(scene: Scene) -> OperationResult:
    return transfer_files(scene.sources, scene.target, "hard link")


def link(scene: Scene) -> OperationResult:
    return transfer_files(scene.sources, scene.target, "symbolic link")


def write(scene: Scene) -> OperationResult:
    written = write_list(scene.sources, scene.target / "a.jpg", b"\0")
    assert written.read_bytes() == b"".join(os.fsencode(path) + b"\0" for path in scene.sources)
    return OperationResult((MovedFile(written, written),))


def trash(scene: Scene) -> OperationResult:
    return move_to_trash(scene.sources)


def undo(scene: Scene) -> OperationResult:
    return put_back(scene.before)


Step = Callable[[Scene], OperationResult]
STEPS: list[Step] = [copy, hard_link, link, write, trash, undo]


# --- the conditions: each changes the scene -------------------------------------------------------


def plainly(_: Scene) -> None:
    """Change nothing."""


def on_links(scene: Scene) -> None:
    """Make the sources links: to a picture, to a link, and through a linked folder."""
    folder = scene.disk / "from"
    (scene.disk / "alias").symlink_to("from")
    (folder / "link.jpg").symlink_to("a.jpg")
    (folder / "chain.jpg").symlink_to(folder / "link.jpg")
    for path, data in scene.sources.items():
        scene.precious[path] = data
    first, second, third = scene.sources.values()
    paths = (folder / "link.jpg", folder / "chain.jpg", scene.disk / "alias" / "c.jpg")
    scene.sources = dict(zip(paths, (first, first, third), strict=True))
    del scene.precious[folder / "c.jpg"]
    assert second


def on_two_names(scene: Scene) -> None:
    """Give one picture a second name."""
    first, data = next(iter(scene.sources.items()))
    os.link(first, first.with_name("again.jpg"))
    scene.sources[first.with_name("again.jpg")] = data


def on_taken_names(scene: Scene) -> None:
    """Occupy the names with a file, a link to one, and a broken link."""
    places = (scene.target, scene.disk / "share/Trash/files")
    outside = scene.disk / "outside"
    scene.keep(outside)
    for path in places:
        path.mkdir(parents=True, exist_ok=True)
        scene.keep(path / "a.jpg")
        (path / "b.jpg").symlink_to(outside)
        (path / "c.jpg").symlink_to("nowhere")


def on_a_read_only_disk(scene: Scene) -> None:
    """Make the disk read-only."""
    set_writable(scene.disk, False)


def on_a_full_disk(scene: Scene) -> None:
    """Leave space for one more picture, but not for two."""
    free = os.statvfs(scene.disk)
    scene.keep(scene.disk / "filler", b"x" * (free.f_bavail * free.f_frsize - SIZE - 20_000))


CONDITIONS = [
    plainly,
    on_links,
    on_two_names,
    on_taken_names,
    on_a_read_only_disk,
    on_a_full_disk,
]


def run(step: Step, scene: Scene) -> OperationResult:
    try:
        return step(scene)
    except FolderError:  # the whole step is rejected
        return OperationResult()


def entries(scene: Scene) -> set[Path]:
    return {
        Path(folder, name)
        for folder, _, files in os.walk(scene.disk)
        for name in files
        if not name.endswith(".trashinfo")
    }


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("step", STEPS)
def test_no_file_is_lost_at_any_step(
    scene: Scene, step: Step, condition: Callable[[Scene], None]
) -> None:
    late = condition in (on_a_read_only_disk, on_a_full_disk)  # after the step that is undone
    if not late:
        condition(scene)
    if step is undo:
        scene.before = move_to_trash(scene.sources).done
        assert len(scene.before) == len(scene.sources)
    if late:
        condition(scene)
    before = entries(scene)
    handled = run(step, scene)
    set_writable(scene.disk, True)
    for path, data in scene.precious.items():
        assert path.read_bytes() == data, path
    done = {moved.path: moved.new_path for moved in handled.done}
    if step in (copy, hard_link, link, trash, undo):
        assert len(handled.done) + len(handled.failed) in (0, len(scene.sources))
    new = entries(scene) - before
    assert new <= {Path(os.path.realpath(now.parent), now.name) for now in done.values() if now}
    CHECKS[step](scene, step, done)
    if condition is on_a_read_only_disk:
        assert not handled.done
    elif condition is not on_a_full_disk:
        assert not handled.failed
        assert handled.done


def check_copies(scene: Scene, step: Step, done: dict[Path, Path | None]) -> None:
    for path, data in scene.sources.items():
        assert path.read_bytes() == data
    for path, now in done.items():
        assert now is not None
        assert now.read_bytes() == scene.sources[path]
        assert now.is_symlink() == (step is link)
        assert now.samefile(path) == (step is not copy)


def check_moved(scene: Scene, _: Step, done: dict[Path, Path | None]) -> None:
    for path, data in scene.sources.items():
        now = done.get(path, path)
        assert now is not None
        assert os.path.lexists(path) == (path not in done)
        if now.is_symlink():
            assert not os.path.lexists(path)
        else:
            assert now.read_bytes() == data


def check_back(scene: Scene, _: Step, done: dict[Path, Path | None]) -> None:
    lying = {moved.path: moved.new_path for moved in scene.before}
    for path, data in scene.sources.items():
        now = done.get(path, lying[path])
        assert now is not None
        assert os.path.lexists(now)
        if path in done:
            assert path.read_bytes() == data


def check_list(scene: Scene, _: Step, done: dict[Path, Path | None]) -> None:
    for path in done:
        assert path.read_bytes().count(b"\0") == len(scene.sources)


CHECKS: dict[Step, Callable[[Scene, Step, dict[Path, Path | None]], None]] = {
    copy: check_copies,
    hard_link: check_copies,
    link: check_copies,
    write: check_list,
    trash: check_moved,
    undo: check_back,
}


def test_an_undo_does_not_overwrite_names_that_are_now_taken(scene: Scene) -> None:
    scene.before = move_to_trash(scene.sources).done
    first, second, third = scene.sources
    scene.keep(scene.disk / "outside")
    first.write_bytes(b"new")
    second.symlink_to(scene.disk / "outside")
    third.symlink_to("nowhere")
    handled = undo(scene)
    assert [failure.reason for failure in handled.failed] == ["another file has its name now"] * 3
    assert first.read_bytes() == b"new"
    assert (scene.disk / "outside").read_bytes() == b"precious"
    for moved in scene.before:
        assert moved.new_path is not None
        assert moved.new_path.read_bytes() == scene.sources[moved.path]


def test_a_full_disk_reports_the_files_that_fit(scene: Scene) -> None:
    on_a_full_disk(scene)
    handled = copy(scene)
    assert (len(handled.done), len(handled.failed)) == (1, 2)
    assert {failure.reason for failure in handled.failed} == {"the disk is full"}
