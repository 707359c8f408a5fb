"""A disk that is mounted below an indexed folder, and is missing at times."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APART = ["unshare", "--user", "--map-root-user", "--mount"]
BEGIN = """
import faulthandler, os, shutil, subprocess, sys
faulthandler.dump_traceback_later(90, exit=True)
from pathlib import Path
from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, nonzero_counts
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.base.folder_notes import MOUNT
from tui.library.base.folder_options import OptionChanges
from tui.storage.scanning.target import ScanTarget

home = Path(sys.argv[1])
photos, disk, stick = home / "photos", home / "photos" / "disk", home / "stick"

def run(*command):
    subprocess.run(command, check=True)

def mount():
    run("mount", "--bind", stick, disk)

def unmount():
    run("umount", disk)

for folder in (disk, stick):
    folder.mkdir(parents=True)
run("mount", "-t", "tmpfs", "none", stick)
save_picture(photos / "a.png", "red")
for number, name in enumerate(["b.png", "deep/c.png"]):
    save_picture(stick / name, "blue", note=number)
mount()
library = IndexedLibrary(home / "data")

def index(*places, **more):
    report = library.index(*(places or (photos,)), **more)
    return nonzero_counts(report), report.missing

ALL = ["a.png", "b.png", "c.png"]
"""

STEPS = {
    "away and back": """
assert index() == ({"indexed": 3}, ())
unmount()
for _ in range(2):
    report = library.index(photos)
    assert (nonzero_counts(report), report.missing) == ({"unchanged": 1}, (disk,))
    assert report.reasons[disk].startswith(f"{disk} was on another disk and is empty now; mount")
    assert library.names() == ["a.png"]
    assert library.catalog.status().unavailable == 2
mount()
assert index() == ({"unchanged": 3}, ())
assert library.names() == ALL
""",
    "a library of an older version": """
index()
with library.catalog.writing() as connection:
    connection.execute("DROP TABLE folder_notes")
unmount()
for _ in range(2):
    report = library.index(photos)
    assert (nonzero_counts(report), report.missing) == ({"unchanged": 1}, (disk,))
    assert report.reasons[disk].startswith(f"{disk} had pictures and is empty now; mount its disk")
mount()
assert index() == ({"unchanged": 3}, ())
unmount()
assert library.index(photos).reasons[disk].startswith(f"{disk} was on another disk")
""",
    "merged into a library without the disk": """
from tui.library.transfer import copy_library
from tui.library.local.transfer import LocalEndpoint
index()
unmount()
other = IndexedLibrary(home / "other")
assert nonzero_counts(other.index(photos)) == {"indexed": 1}
copy_library(
    LocalEndpoint(library.catalog),
    LocalEndpoint(other.catalog),
    merge=True,
    on_progress=lambda _: None,
    cancelled=lambda: False,
)
report = other.index(photos)
assert (nonzero_counts(report), report.missing) == ({"unchanged": 1}, (disk,))
mount()
assert nonzero_counts(other.index(photos)) == {"unchanged": 3}
""",
    "an older version, without a disk": """
unmount()
index()
save_picture(disk / "x" / "y.png", "green")
index()
with library.catalog.writing() as connection:
    connection.execute("DROP TABLE folder_notes")
shutil.rmtree(disk / "x")
assert index() == ({"unchanged": 1}, (disk,))
disk.rmdir()
assert index() == ({"unchanged": 1}, (disk,))
CatalogWriter(library.catalog).forget(disk)
save_picture(disk / "y.png", "green")
index()
(disk / "y.png").unlink()
assert index() == ({"unchanged": 1, "removed": 1}, ())
""",
    "deleted files go": """
index()
(stick / "b.png").unlink()
assert index() == ({"unchanged": 2, "removed": 1}, ())
shutil.rmtree(stick / "deep")
assert index() == ({"unchanged": 1, "removed": 1}, ())
unmount()
assert index()[0] == {"unchanged": 1}
""",
    "a mark in the empty folder": """
index()
unmount()
(disk / "not mounted.txt").touch()
assert index() == ({"unchanged": 1}, (disk,))
""",
    "an ordinary folder now": """
index()
unmount()
save_picture(disk / "b.png", "green")
assert index() == ({"indexed": 1, "unchanged": 1, "removed": 1}, ())
assert not library.catalog.folder_notes(MOUNT)
(disk / "b.png").unlink()
assert index() == ({"unchanged": 1, "removed": 1}, ())
""",
    "the mount point is removed": """
index()
unmount()
disk.rmdir()
assert index() == ({"unchanged": 1}, (disk,))
disk.mkdir()
mount()
assert index() == ({"unchanged": 3}, ())
""",
    "left out now": """
index()
unmount()
assert index(options=OptionChanges(excludes=("disk/",))) == ({"unchanged": 1, "removed": 2}, ())
""",
    "forgotten": """
index()
unmount()
index()
CatalogWriter(library.catalog).forget(disk)
assert index() == ({"unchanged": 1}, ())
assert not library.catalog.folder_notes(MOUNT)
""",
    "a part is scanned": """
index()
unmount()
deep = ScanTarget(photos, disk / "deep")
for place in (ScanTarget(photos, disk), deep, ScanTarget(photos, disk, deep=False)):
    assert index(place) == ({}, (disk,))
assert library.catalog.status().files == 3
assert index(ScanTarget(photos, photos, deep=False)) == ({"unchanged": 1}, ())
""",
    "the root itself": """
assert index(disk) == ({"indexed": 2}, ())
unmount()
(disk / "not mounted.txt").touch()
assert index(disk) == ({}, (disk,))
assert library.catalog.status().files == 2
""",
    "a link": """
unmount()
disk.rmdir()
disk.symlink_to(stick)
assert index(options=OptionChanges(follow_symlinks=True)) == ({"indexed": 3}, ())
run("umount", stick)
assert index() == ({"unchanged": 1}, (disk,))
stick.rmdir()
assert index() == ({"unchanged": 1}, (disk,))
disk.unlink()
assert index() == ({"unchanged": 1, "removed": 2}, ())
""",
    "links not followed any more": """
unmount()
disk.rmdir()
disk.symlink_to(stick)
index(options=OptionChanges(follow_symlinks=True))
run("umount", stick)
changes = OptionChanges(follow_symlinks=False)
assert index(options=changes) == ({"unchanged": 1, "removed": 2}, ())
""",
    "the root goes during the scan": """
index()
from tui.storage.scanning import scan
original = scan._stat

def vanish(entry):
    if photos.exists():
        unmount()
        photos.rename(home / "unmounted")
    return original(entry)

scan._stat = vanish
assert library.index(photos).missing == (photos,)
assert library.catalog.status().files == 3
""",
    "the disk goes during the scan": """
index()
from tui.storage.scanning import scan
original = scan.Scan._entries

def vanish(self, folder):
    if folder.path == str(disk):
        unmount()
        scan.Scan._entries = original
    return original(self, folder)

scan.Scan._entries = vanish
assert index() == ({"unchanged": 1}, (disk,))
assert library.catalog.status().files == 3
""",
    "watched": """
from tests.unit.indexing.watch.test_watcher import Watch
watch = Watch(library, photos)
watch.until_named(*ALL)
unmount()
watch.until_named("a.png")
assert library.catalog.status().files == 3
mount()
watch.until_named(*ALL)
save_picture(stick / "d.png", "green")
watch.until_named(*ALL, "d.png")
watch.stop()
""",
}


def can_mount() -> bool:
    """Whether this system lets a process have its own mounts."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    command = [*APART, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="can't mount a disk for one process")
@pytest.mark.parametrize("steps", STEPS)
def test_the_files_of_a_missing_disk_are_kept(tmp_path: Path, steps: str) -> None:
    script = f"{BEGIN}{STEPS[steps]}library.catalog.close()"
    done = subprocess.run(
        [*APART, sys.executable, "-c", script, str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
