from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.app import App
from textual.widgets import Static

from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.preview import PreviewScreen
from tui.app.screens.preview_details import details
from tui.app.terminal.images import ImageSupport, Protocol
from tui.app.widgets.picture import Picture
from tui.core.domain import FileDetails, Hit, PictureInfo

INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000, "Fuji\x1b[31m X100")


def hit(index: int, name: str, score: float | None = 0.25) -> Hit:
    return Hit(index + 1, score, FileDetails(index, Path("/pictures") / name, 9, 0, INFO))


HITS = [hit(0, "fox.jpg"), hit(1, "bad\udcff\n.jpg"), hit(2, "日本.jpg", None)]

KEYS = [("n", "p"), ("l", "h"), ("j", "k"), ("right", "left"), ("down", "up"), ("n", "backspace")]


def make(path: Path, width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height // 2), "red")


class Opens(App[None]):
    def __init__(self, index: int, protocol: Protocol = "halfcell") -> None:
        super().__init__()
        self.preview = PreviewScreen(
            ThumbnailLoader(ImageSupport(protocol), make=make), HITS.__getitem__, index, len(HITS)
        )
        self.ended: int | None = None

    def on_mount(self) -> None:
        self.push_screen(self.preview, self.end)

    def end(self, index: int | None) -> None:
        self.ended = index


def text(screen: PreviewScreen, part: str) -> str:
    return str(screen.query_one(f"#preview-{part}", Static).content)


async def test_name_place_and_details_are_shown() -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert text(app.preview, "name") == "fox.jpg  1/3"
        line = text(app.preview, "details")
        for part in ("/pictures/fox.jpg", "4000", "3000", "2020-09-13", "JPEG", "X100", "0.250"):
            assert part in line
        assert "\x1b" not in line


async def test_the_picture_takes_all_the_room_there_is() -> None:
    app = Opens(0)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        picture = app.preview.query_one(Picture)
        assert picture.size.width == 60
        assert picture.size.height >= 30 - 4


async def test_keys_go_forth_and_back_and_stay_at_the_ends() -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        for forth, back in KEYS:
            await pilot.press(back)
            assert text(app.preview, "name").endswith("1/3")
            await pilot.press(*[forth] * 5)
            assert text(app.preview, "name") == "日本.jpg  3/3"
            await pilot.press(back)
            assert text(app.preview, "name") == "bad\\xff\\n.jpg  2/3"
            await pilot.press(back)


@pytest.mark.parametrize("key", ["escape", "enter", "q"])
async def test_the_results_show_the_last_previewed_picture(key: str) -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        await pilot.press("n", key)
        await pilot.pause()
        assert app.ended == 1
        assert not app.preview.is_active


@pytest.mark.parametrize("protocol", ["halfcell", "unicode", "kitty", "sixel", "off"])
async def test_every_protocol_survives_stepping_resizing_and_a_tiny_terminal(
    protocol: Protocol,
) -> None:
    app = Opens(0, protocol)
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((20, 5), (1, 1), (120, 40)):
            await pilot.press("n", "p")
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
        assert text(app.preview, "name") == "fox.jpg  1/3"
        await pilot.press("q")
        await pilot.pause(0.05)
    assert app.ended == 0


def test_details_omit_unknown_facts() -> None:
    unread = Hit(1, None, FileDetails(1, Path("/a/b.jpg"), 9, 0, None))
    assert details(unread).startswith("/a/b.jpg")
    assert "score" not in details(unread)
    assert "None" not in details(unread)


async def test_a_small_picture_is_enlarged_but_not_beyond_recognition() -> None:
    app = Opens(0)
    app.preview = PreviewScreen(
        ThumbnailLoader(ImageSupport("halfcell"), make=lambda *_: Image.new("RGB", (6, 4), "red")),
        HITS.__getitem__, 0, 1,
    )  # fmt: skip
    async with app.run_test(size=(80, 24)) as pilot:
        picture = app.preview.query_one(Picture)
        for _ in range(200):
            await pilot.pause(0.01)
            if picture.state == "shown":
                break
        rows = [line.text.strip() for line in picture.render_lines(picture.size.region)]
        assert [row for row in rows if row] == ["▀" * 24] * 8
