"""Every step that changes a library succeeds and says so, or fails and changes nothing.

The steps run on links, on two names of one library or file, on a read-only disk and on a full one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.mounts import bind_mount, set_writable, small_disk
from tui.app.model.app_state import AppState, load, save
from tui.cli import main
from tui.core.errors import PhotoseekError
from tui.library.local.catalog.reader import Catalog
from tui.library.local.check import check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and mounts of Unix")

MODEL = "m-1"
PICTURES = 300


@dataclass
class Scene:
    """A small disk with a library on it, and a second library to copy from."""

    disk: Path

    @property
    def library(self) -> Path:
        return self.disk / "library"

    @property
    def other(self) -> Path:
        return self.disk.parent / "other"


def fill_library(data_dir: Path, folder: str, number: int) -> None:
    names = [f"{folder}/{index}.jpg" for index in range(number)]
    vectors = random_directions(number, 64)
    make_library(data_dir, Path("/pictures"), MODEL, dict(zip(names, vectors, strict=True)))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with small_disk(tmp_path / "disk", "8m") as disk:
        scene = Scene(disk)
        fill_library(scene.library, "a", PICTURES)
        fill_library(scene.other, "b", 8 * PICTURES)
        yield scene
        set_writable(disk, True)


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, args)])


def pictures(data_dir: Path) -> dict[str, int]:
    """Return how many pictures each folder has; opening checks that the library can be read."""
    with Catalog.open(data_dir, read_only=True) as catalog:
        return {name: catalog.count(Path("/pictures") / name) for name in ("a", "b")}


# --- the steps, each with the library after it ----------------------------------------------------


def forget(scene: Scene, library: Path) -> Result:
    return run("forget", "/pictures/a", "--yes", "--data-dir", library)


def merge(scene: Scene, library: Path) -> Result:
    return run("library", "copy", "--merge", scene.other, library)


def repair(scene: Scene, library: Path) -> Result:
    return run("doctor", "--repair", "--data-dir", library)


Step = Callable[[Scene, Path], Result]
AFTER: dict[Step, dict[str, int]] = {
    forget: {"a": 0, "b": 0},
    merge: {"a": PICTURES, "b": 8 * PICTURES},
    repair: {"a": PICTURES - 1, "b": 0},
}
BEFORE = {"a": PICTURES, "b": 0}
STEPS: list[Step] = [forget, merge, repair]


def damage(scene: Scene, step: Step) -> None:
    """Damage a library for `doctor --repair`."""
    if step is repair:
        with Catalog.open(scene.library) as catalog, catalog.writing() as connection:
            connection.execute(
                "UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE seq = 3"
            )


def found(data_dir: Path) -> int:
    with Catalog.open(data_dir, read_only=True) as catalog:
        return len(catalog.files(MODEL))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ["plain", "a link", "a bind mount"])
def test_a_library_can_be_changed_under_any_of_its_names(
    scene: Scene, step: Step, name: str
) -> None:
    damage(scene, step)
    library = scene.library
    if name == "a link":
        library = scene.disk.parent / "alias"
        library.symlink_to(scene.library)
        result = step(scene, library)
        assert library.is_symlink()
    elif name == "a bind mount":
        with bind_mount(scene.library, scene.disk.parent / "mounted") as library:
            result = step(scene, library)
    else:
        result = step(scene, library)
    assert result.exit_code == 0, result.stderr
    assert found(scene.library) == sum(AFTER[step].values())
    assert all(finding.ok or finding.subject == "index" for finding in check(scene.library))


@pytest.mark.parametrize("step", STEPS)
def test_a_read_only_disk_changes_nothing_and_is_reported(scene: Scene, step: Step) -> None:
    damage(scene, step)
    set_writable(scene.disk, False)
    result = step(scene, scene.library)
    set_writable(scene.disk, True)
    assert (result.exit_code, result.exception.__class__) == (2, SystemExit)
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()[-1]) > 20
    assert pictures(scene.library) == BEFORE


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("free_bytes", [0, 40_000, 400_000])
def test_a_full_disk_loses_nothing_and_is_reported(
    scene: Scene, step: Step, free_bytes: int
) -> None:
    damage(scene, step)
    free = os.statvfs(scene.disk)
    filler = scene.disk / "filler"
    filler.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - free_bytes))
    result = step(scene, scene.library)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    filler.unlink()
    if result.exit_code == 0:
        assert found(scene.library) == sum(AFTER[step].values())
        return
    assert result.output.strip(), result
    had = pictures(scene.library)
    if step is merge:  # commits stay, and the same command resumes
        assert had["a"] == PICTURES
    else:
        assert had == BEFORE
    again = step(scene, scene.library)
    assert again.exit_code == 0, again.stderr
    assert found(scene.library) == sum(AFTER[step].values())


@pytest.mark.parametrize("name", ["the same", "a link", "a bind mount", "a hard link"])
def test_a_library_is_not_merged_into_itself(scene: Scene, name: str) -> None:
    target = scene.library
    if name == "a link":
        target = scene.disk.parent / "alias"
        target.symlink_to(scene.library)
    elif name == "a hard link":
        target = scene.disk / "again"
        target.mkdir()
        os.link(scene.library / "catalog.sqlite", target / "catalog.sqlite")
    if name == "a bind mount":
        with bind_mount(scene.library, scene.disk.parent / "mounted") as target:
            result = run("library", "copy", "--merge", scene.library, target)
    else:
        result = run("library", "copy", "--merge", scene.library, target)
    assert result.exit_code == 2
    assert "are the same library" in result.stderr
    assert pictures(scene.library) == BEFORE


def test_a_folder_is_removed_only_by_its_own_name(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to("/pictures/a")
    result = run("forget", tmp_path / "alias", "--yes", "--data-dir", scene.library)
    assert result.exit_code == 1
    assert pictures(scene.library) == BEFORE


# --- the state of the app -------------------------------------------------------------------------


def test_saved_searches_survive_a_full_and_a_read_only_disk(scene: Scene) -> None:
    memory = AppState(saved={"mine": "sea"}, first_run=False)
    save(memory, scene.library)
    free = os.statvfs(scene.disk)
    filler = scene.disk / "filler"
    filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize))
    with pytest.raises(PhotoseekError):
        save(memory.with_saved("long", "x" * 20_000), scene.library)
    filler.unlink()
    assert load(scene.library) == memory
    set_writable(scene.disk, False)
    with pytest.raises(PhotoseekError):
        save(memory.with_saved("other", "sky"), scene.library)
    set_writable(scene.disk, True)
    assert load(scene.library) == memory
    assert not list(scene.library.glob("*.tmp"))


@pytest.mark.parametrize("kind", ["a link", "a hard link"])
def test_saved_searches_are_not_written_through_another_name(scene: Scene, kind: str) -> None:
    outside = scene.disk / "outside.json"
    outside.write_text("precious")
    path = scene.library / "memory.json"
    path.unlink(missing_ok=True)
    if kind == "a link":
        path.symlink_to(outside)
    else:
        os.link(outside, path)
    save(AppState(saved={"mine": "sea"}), scene.library)
    assert outside.read_text() == "precious"
    assert load(scene.library).saved == {"mine": "sea"}
