"""The application over a bucket."""

from __future__ import annotations

from pathlib import Path

from tests.app.panes.test_folders import lines
from tests.support.app_harness import Eyes, House
from tests.support.embedders import COLOURS, save_picture
from tests.support.servers.s3_server import S3
from tui.app.screens.preview import PreviewScreen
from tui.app.widgets.picture import Picture
from tui.storage.objects.path import RemotePath, from_address


def fill(s3: S3, folder: Path) -> RemotePath:
    """Put a picture of each colour into two folders of a bucket."""
    objects = {}
    for number, colour in enumerate(COLOURS):
        local = save_picture(folder / f"{colour}.png", colour, note=number)
        objects[f"album/{'one' if number % 2 else 'two'}/{local.name}"] = local.read_bytes()
    s3.put("app", objects)
    return from_address("s3://app/album")


async def test_it_is_indexed_searched_shown_and_its_folders_opened(
    house: House, s3: S3, tmp_path: Path
) -> None:
    root = fill(s3, tmp_path)
    async with house.app(root).run_test(size=(120, 40), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: len(eyes.names) == 6, "all pictures")
        assert s3.asked["GET"] >= 6
        await eyes.until(lambda: lines(eyes)[-1].endswith("two  3"))
        shown = ("All pictures  6", "..", "s3://app/album  6", "one  3", "two  3")
        assert all(map(str.endswith, lines(eyes), shown))
        assert len(lines(eyes)) == len(shown)
        await pilot.press("shift+tab", "down", "enter")
        await eyes.until(lambda: sorted(eyes.names) == ["green.png", "grey.png", "yellow.png"])
        await pilot.press("slash", *"green")
        await eyes.until(lambda: eyes.top == "green.png")
        await pilot.press("enter", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        picture = eyes.app.screen.query_one(Picture)
        await eyes.until(lambda: picture.state == "shown", "the picture")
        await pilot.press("E")
        await eyes.until(lambda: "can't show object storage" in said(eyes))
        await pilot.press("e")
        await eyes.until(lambda: "Opened green.png" in said(eyes))
        await pilot.press("escape", "f", "u")
        await eyes.until(lambda: eyes.tree.base == root.parent)
        await eyes.until(lambda: lines(eyes)[-1].endswith("album  6"))
        assert not any(".." in line for line in lines(eyes))  # a bucket is the top
        await pilot.press("u")
        assert eyes.tree.base == root.parent


def said(eyes: Eyes) -> str:
    return " ".join(notice.message for notice in eyes.app._notifications)


async def test_a_folder_that_is_forbidden_is_marked(house: House, s3: S3, tmp_path: Path) -> None:
    root = fill(s3, tmp_path)
    house.child = "noise"
    with s3.refusing(lambda _, target: "AccessDenied" if "album/one/" in target else None):
        async with house.app(root).run_test(size=(120, 30)) as pilot:
            eyes = Eyes(pilot)
            await eyes.until(lambda: len(lines(eyes)) == 5)
            await pilot.press("shift+tab", "down", "right")
            await eyes.until(lambda: "no access" in lines(eyes)[3])
            assert "no access" not in lines(eyes)[4]
