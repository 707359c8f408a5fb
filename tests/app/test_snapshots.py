"""What the screens look like; the README shows some of these.

``pytest tests/app/test_snapshots.py --snapshot-update`` accepts a new look. Look at it first.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.house import Eyes, House
from tests.app.scenes import SceneEmbedder, paint_all
from tui.app.screens.preview import PreviewScreen
from tui.app.terminal import Images
from tui.app.widgets.picture import Picture

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]

SMALL = (80, 24)
LARGE = (140, 45)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
COLOURS = pytest.mark.parametrize("background", ["15;0", "0;15"], ids=["dark", "light"])


@pytest.fixture(scope="session")
def _gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = House(tmp_path_factory.mktemp("gallery") / "home", embedder=SceneEmbedder())
    paint_all(house.pictures)
    house.index()
    return house.home


@pytest.fixture
def gallery(_gallery: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Painted landscapes, in a home and a time zone that are the same everywhere."""
    monkeypatch.setenv("HOME", str(_gallery))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.chdir(_gallery / "Pictures")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)
    return House(_gallery, embedder=SceneEmbedder())


async def still(eyes: Eyes) -> None:
    """Wait until every picture is there and nothing blinks."""
    eyes.query.cursor_blink = False
    pictures = list(eyes.app.screen.query(Picture))
    await eyes.until(lambda: all(picture.state in ("shown", "empty") for picture in pictures))
    await eyes.pilot.pause()


def searching(text: str, *keys: str) -> Before:
    async def before(pilot: Pilot[Any]) -> None:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type(text)
        await pilot.press(*keys)
        await eyes.until(lambda: eyes.tree.last_line >= 5)
        await still(eyes)

    return before


@SIZES
@COLOURS
def test_results(
    gallery: House,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Compare,
    size: tuple[int, int],
    background: str,
) -> None:
    monkeypatch.setenv("COLORFGBG", background)
    app = gallery.app()
    assert snap_compare(app, terminal_size=size, run_before=searching("sunset", "down", "right"))


@SIZES
def test_typing(gallery: House, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(gallery.app(), terminal_size=size, run_before=searching("mountain"))


@SIZES
def test_indexing(gallery: House, snap_compare: Compare, size: tuple[int, int]) -> None:
    gallery.child = "midway"
    app = gallery.app(gallery.pictures)

    async def before(pilot: Pilot[Any]) -> None:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "1,182/2,914" in eyes.text("#indexing"))
        await searching("sea", "shift+tab")(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
    app.main.leave()


@SIZES
def test_preview(gallery: House, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        eyes = Eyes(pilot)
        await searching("night", "down", "enter")(pilot)
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await still(eyes)

    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@SIZES
def test_help(gallery: House, snap_compare: Compare, size: tuple[int, int]) -> None:
    before = searching("forest", "f1")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@SIZES
def test_an_empty_library(
    gallery: House, tmp_path: Path, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: eyes.tree.last_line >= 5)
        await still(eyes)

    empty = House(tmp_path, embedder=SceneEmbedder())
    assert snap_compare(empty.app(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(40, 12), (20, 5)], ids=["40x12", "20x5"])
def test_small_terminals(gallery: House, snap_compare: Compare, size: tuple[int, int]) -> None:
    before = searching("desert", "down")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


def test_without_colour(
    gallery: House, monkeypatch: pytest.MonkeyPatch, snap_compare: Compare
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    before = searching("sea", "down", "right")
    app = gallery.app(images=Images("unicode"))
    assert snap_compare(app, terminal_size=SMALL, run_before=before)
