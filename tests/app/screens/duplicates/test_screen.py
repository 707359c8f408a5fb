"""The pictures beside the list of duplicates."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from textual.app import App

from tests.support.pilots import until
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.duplicate_list import DuplicateList
from tui.app.widgets.picture import Picture
from tui.core.domain import FileDetails
from tui.search.duplicates.groups import DuplicateGroup, GroupKind
from tui.search.duplicates.on_disk import DiskFile

if TYPE_CHECKING:
    pass


class Reader:
    """Makes a picture of any file; a closed gate delays it."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self.read.append(path.stem)
        assert self.gate.wait(10)
        return Image.new("RGB", (width, height), "red")


def group(folder: Path, number: int, kind: GroupKind) -> DuplicateGroup:
    """A group of three files, ``a``, ``b`` and ``c`` with the number of the group."""
    files = []
    for index, letter in enumerate("abc"):
        path = folder / f"{letter}{number}.jpg"
        path.touch()
        os.utime(path, ns=(1_000, 1_000))
        content = f"{'' if kind == 'identical' else letter}{number}".encode()
        files.append(FileDetails(number * 3 + index, path, 9, 1_000, None, content))
    disk = tuple(DiskFile(file.file_id, file.file_id) for file in files)
    return DuplicateGroup(tuple(files), kind, (1.0,) * 3, (kind == "identical",) * 3, disk)


class Compares(App[None]):
    def __init__(self, reader: Reader, groups: list[DuplicateGroup]) -> None:
        super().__init__()
        thumbnails = ThumbnailLoader(ImageSupport("halfcell"), make=reader)
        actions: Any = None
        self.compared = DuplicatesScreen(thumbnails, lambda *_: groups, actions, None)

    def on_mount(self) -> None:
        self.push_screen(self.compared)

    @property
    def rows(self) -> DuplicateList:
        return self.compared.query_one(DuplicateList)

    def states(self) -> list[str]:
        return [picture.state for picture in self.compared.query(Picture)]


async def test_equal_bytes_under_three_names_are_read_once_for_both_pictures(
    tmp_path: Path,
) -> None:
    reader = Reader()
    app = Compares(reader, [group(tmp_path, 0, "identical")])
    async with app.run_test(size=(140, 46)) as pilot:
        await until(pilot, lambda: app.states() == ["shown", "shown"])
        await pilot.press("down", "down")
        assert app.rows.cursor.current is not None
        assert app.rows.cursor.current[1].path.stem == "c0"
        assert app.states() == ["shown", "shown"]
        sizes = {picture.size for picture in app.compared.query(Picture)}
        assert len(reader.read) == len(sizes)


async def test_pictures_one_move_away_are_made_and_drawn_at_once(tmp_path: Path) -> None:
    reader = Reader()
    groups = [group(tmp_path, number, "near") for number in range(3)]
    app = Compares(reader, groups)
    async with app.run_test(size=(140, 46)) as pilot:
        await until(pilot, lambda: app.states() == ["shown", "shown"])
        await pilot.press("down", "down")
        assert app.rows.cursor.current is not None
        assert app.rows.cursor.current[1].path.stem == "c0"
        # The next group is one move away, and so is the second file of this one.
        await until(pilot, lambda: {"a1", "b1", "b0"} <= set(reader.read))
        await pilot.pause(0.1)
        assert not {"c1", "a2", "b2"} & set(reader.read)
        reader.gate.clear()
        await pilot.press("down")
        assert app.rows.cursor.current[1].path.stem == "a1"
        assert app.states() == ["shown", "shown"]
        reader.gate.set()
