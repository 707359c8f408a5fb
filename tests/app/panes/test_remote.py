"""The application over a bucket."""

from __future__ import annotations

from pathlib import Path

from tests.app.panes.test_folders import lines
from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import COLOURS, save_picture
from tests.support.servers.s3_server import S3
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.widgets.picture import Picture
from tui.storage.objects.path import RemotePath, from_address


def fill(s3: S3, folder: Path) -> RemotePath:
    """Write a picture of each colour to two folders of a bucket."""
    objects = {}
    for number, colour in enumerate(COLOURS):
        local = save_picture(folder / f"{colour}.png", colour, note=number)
        objects[f"album/{'one' if number % 2 else 'two'}/{local.name}"] = local.read_bytes()
    s3.put("app", objects)
    return from_address("s3://app/album")


async def test_a_bucket_is_indexed_searched_and_shown(
    harness: AppHarness, s3: S3, tmp_path: Path
) -> None:
    root = fill(s3, tmp_path)
    async with harness.app(root).run_test(size=(120, 40), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: len(view.names) == 6, "all pictures")
        assert s3.requests["GET"] >= 6
        await view.until(lambda: lines(view)[-1].endswith("two  3"))
        shown = ("All pictures  6", "..", "s3://app/album  6", "one  3", "two  3")
        assert all(map(str.endswith, lines(view), shown))
        assert len(lines(view)) == len(shown)
        await pilot.press("shift+tab", "down", "enter")
        await view.until(lambda: sorted(view.names) == ["green.png", "grey.png", "yellow.png"])
        await pilot.press("slash", *"green")
        await view.until(lambda: view.top_name == "green.png")
        await pilot.press("enter", "enter")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        picture = view.app.screen.query_one(Picture)
        await view.until(lambda: picture.state == "shown", "the picture")
        await pilot.press("E")
        await view.until(lambda: "can't show object storage" in said(view))
        await pilot.press("e")
        await view.until(lambda: "Opened green.png" in said(view))
        await pilot.press("escape", "f", "u")
        await view.until(lambda: view.tree.base == root.parent)
        await view.until(lambda: lines(view)[-1].endswith("album  6"))
        assert not any(".." in line for line in lines(view))  # a bucket is the top
        await pilot.press("u")
        assert view.tree.base == root.parent


def said(view: AppView) -> str:
    return " ".join(notice.message for notice in view.app._notifications)


async def test_a_forbidden_folder_is_marked(harness: AppHarness, s3: S3, tmp_path: Path) -> None:
    root = fill(s3, tmp_path)
    harness.indexer_mode = "noise"
    with s3.refusing(lambda _, target: "AccessDenied" if "album/one/" in target else None):
        async with harness.app(root).run_test(size=(120, 30)) as pilot:
            view = AppView(pilot)
            await view.until(lambda: len(lines(view)) == 5)
            await pilot.press("shift+tab", "down", "right")
            await view.until(lambda: "no access" in lines(view)[3])
            assert "no access" not in lines(view)[4]
