"""The look of the screens, some of which the README shows.

``pytest tests/app/test_snapshots.py --snapshot-update`` accepts a new look. Look at it first.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.support.app_harness import AppHarness, AppView
from tests.support.pictures.painted_scenes import SceneEmbedder, paint_all
from tui.app.model.app_state import AppState, View
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.duplicates.compare import CompareScreen
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.screens.folders.path_dialog import PathDialog
from tui.app.screens.models.screen import ModelsScreen
from tui.app.screens.preview.details import PictureDetails
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.screens.saved_queries import QueryNameScreen, SavedQueriesScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.completion_list import CompletionList
from tui.app.widgets.picture import Picture
from tui.app.workers.services import ModelRow
from tui.core.settings import Settings
from tui.models.presets import MODELS

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]

SMALL = (80, 24)
LARGE = (140, 45)
WIDE = (170, 45)
DARK, LIGHT = "15;0", "0;15"
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
COLOURS = pytest.mark.parametrize("background", [DARK, LIGHT], ids=["dark", "light"], indirect=True)
LOOKS = pytest.mark.parametrize(
    ("background", "size"),
    [(DARK, SMALL), (LIGHT, LARGE)],
    ids=["dark-80x24", "light-140x45"],
    indirect=["background"],
)
"""Each size and each of the two colours once: a screen is laid out alike in both colours."""

KNOWN = AppState(
    first_run=False,
    history=("night", "sunset + sea", "sunset wide"),
    saved={"Evenings": "sunset + night", "Snow": "mountain in:2022"},
)


@pytest.fixture(scope="session")
def _gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    harness = AppHarness(tmp_path_factory.mktemp("gallery") / "home", embedder=SceneEmbedder())
    paint_all(harness.pictures)
    harness.index()
    return harness.home


@pytest.fixture
def gallery(_gallery: Path, monkeypatch: pytest.MonkeyPatch) -> AppHarness:
    """Painted landscapes, in a home and a time zone that are the same everywhere."""
    return _at_home(AppHarness(_gallery, embedder=SceneEmbedder()), monkeypatch)


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppHarness:
    """The same, with copies of three of them."""
    harness = AppHarness(tmp_path / "home", embedder=SceneEmbedder())
    paint_all(harness.pictures)
    copies = harness.pictures / "Copies"
    copies.mkdir()
    for picture in sorted(harness.pictures.rglob("*.png"))[:3]:
        shutil.copy2(picture, copies / f"{picture.stem} (1).png")
    harness.index()
    return _at_home(harness, monkeypatch)


def _at_home(harness: AppHarness, monkeypatch: pytest.MonkeyPatch) -> AppHarness:
    monkeypatch.setenv("HOME", str(harness.home))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.chdir(harness.pictures)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)
    return harness


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Set the terminal's background, as rxvt does."""
    monkeypatch.setenv("COLORFGBG", request.param)


async def still(view: AppView) -> None:
    """Wait until every picture is drawn and nothing blinks."""
    view.query.cursor_blink = False
    screen = view.app.screen
    pictures = [*screen.query(Picture), *view.results.cells]
    await view.until(lambda: all(picture.state in ("shown", "empty") for picture in pictures))
    await view.pilot.pause()


def searching(text: str, *keys: str) -> Before:
    async def before(pilot: Pilot[Any]) -> None:
        view = AppView(pilot)
        await view.ready()
        await view.type(text)
        await pilot.press(*keys)
        await view.until(lambda: view.tree.last_line >= 4)
        await still(view)

    return before


def then(before: Before, holds: Callable[[AppView], object], *keys: str) -> Before:
    """Return steps that press keys after ``before`` and wait until ``holds`` is true."""

    async def both(pilot: Pilot[Any]) -> None:
        view = AppView(pilot)
        await before(pilot)
        await pilot.press(*keys)
        await view.until(lambda: holds(view))
        await still(view)

    return both


def on(screen: type) -> Callable[[AppView], bool]:
    return lambda view: isinstance(view.app.screen, screen)


# --- the main screen --------------------------------------------------------------------------


@SIZES
@COLOURS
def test_results(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    before = searching("sunset", "down", "right")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@LOOKS
def test_results_as_a_list(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    app = gallery.app(memory=AppState(first_run=False, view="list"))
    before = searching("sunset", "down", "space", "space")
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("view", ["grid", "list"])
def test_results_beside_the_preview(gallery: AppHarness, snap_compare: Compare, view: View) -> None:
    app = gallery.app(memory=AppState(first_run=False, view=view))

    async def described(pilot: Pilot[Any]) -> None:
        await searching("sunset", "down", "space")(pilot)
        details = pilot.app.query_one(PictureDetails)
        await AppView(pilot).until(lambda: "sunset" in details.text.rpartition("\n\n")[2])
        await still(AppView(pilot))

    assert snap_compare(app, terminal_size=WIDE, run_before=described)


@SIZES
def test_typing(gallery: AppHarness, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(gallery.app(), terminal_size=size, run_before=searching("mountain"))


@LOOKS
def test_completion_and_a_hint(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def typed(pilot: Pilot[Any]) -> None:
        view = AppView(pilot)
        await searching("night in:")(pilot)
        await view.until(lambda: view.query.vocabulary and view.query.vocabulary.folders)

    before = then(typed, lambda view: view.main.query_one(CompletionList).is_open, "tab", "tab")
    assert snap_compare(gallery.app(memory=KNOWN), terminal_size=size, run_before=before)


@SIZES
def test_indexing(gallery: AppHarness, snap_compare: Compare, size: tuple[int, int]) -> None:
    gallery.indexer_mode = "midway"
    app = gallery.app(gallery.pictures)

    async def before(pilot: Pilot[Any]) -> None:
        view = AppView(pilot)
        await view.until(lambda: "1,182/2,914" in view.indexing_text)
        await searching("sea", "shift+tab")(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
    app.main.leave()


async def empty_library(pilot: Pilot[Any]) -> None:
    view = AppView(pilot)
    await view.ready()
    await still(view)


@LOOKS
def test_an_empty_library(
    gallery: AppHarness,
    tmp_path: Path,
    background: None,
    snap_compare: Compare,
    size: tuple[int, int],
) -> None:
    empty = AppHarness(tmp_path, embedder=SceneEmbedder())
    assert snap_compare(empty.app(), terminal_size=size, run_before=empty_library)


# --- other screens ----------------------------------------------------------------------------


@LOOKS
def test_the_first_start(
    gallery: AppHarness,
    tmp_path: Path,
    background: None,
    snap_compare: Compare,
    size: tuple[int, int],
) -> None:
    empty = AppHarness(tmp_path, embedder=SceneEmbedder())
    before = then(empty_library, on(WelcomeScreen), *"fore")
    app = empty.app(memory=AppState())
    assert snap_compare(app, terminal_size=size, run_before=before)


@LOOKS
def test_preview(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    before = then(searching("night"), on(PreviewScreen), "down", "enter")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@LOOKS
@pytest.mark.parametrize("page", ["keys", "syntax"])
def test_help(
    gallery: AppHarness,
    background: None,
    snap_compare: Compare,
    size: tuple[int, int],
    page: str,
) -> None:
    before = searching("forest", "f1", *(["tab"] if page == "keys" else []))
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@LOOKS
@pytest.mark.parametrize("text", ["", "rem"])
def test_palette(
    gallery: AppHarness,
    background: None,
    snap_compare: Compare,
    size: tuple[int, int],
    text: str,
) -> None:
    before = searching("forest", "ctrl+p", *text)
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@LOOKS
def test_saved_queries(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    before = then(searching("sea"), on(SavedQueriesScreen), "f3")
    assert snap_compare(gallery.app(memory=KNOWN), terminal_size=size, run_before=before)


@LOOKS
def test_a_name_for_a_query(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await then(searching("sea"), on(QueryNameScreen), "f2", *"Snow")(pilot)
        pilot.app.screen.query_one(Input).cursor_blink = False
        await pilot.pause()

    assert snap_compare(gallery.app(memory=KNOWN), terminal_size=size, run_before=before)


@LOOKS
def test_models(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    def listed(_: Settings) -> list[ModelRow]:
        names = ("starter", "clip")
        return [
            ModelRow(spec, spec.name in names, spec.name == "starter", 18 * (spec.name in names))
            for spec in MODELS
        ]

    def filled(view: AppView) -> bool:
        rows = view.app.screen.query(OptionList)
        return on(ModelsScreen)(view) and rows.first().option_count == len(MODELS)

    app = gallery.app(services=replace(gallery.services(), list_models=listed))
    before = then(searching("sea"), filled, "down", "M")
    assert snap_compare(app, terminal_size=size, run_before=before)


@LOOKS
def test_duplicates(
    twins: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    before = then(searching("sea"), _duplicates_found, "down", "D")
    assert snap_compare(twins.app(), terminal_size=size, run_before=before)


@LOOKS
def test_duplicates_side_by_side(
    twins: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    listed = then(searching("sea"), _duplicates_found, "down", "D")
    before = then(listed, _copies_compared, "enter", "right")
    assert snap_compare(twins.app(), terminal_size=size, run_before=before)


def _copies_compared(view: AppView) -> bool:
    screen = view.app.screen
    return on(CompareScreen)(view) and all(
        picture.state == "shown" for picture in screen.query(Picture)
    )


def _duplicates_found(view: AppView) -> bool:
    screen = view.app.screen
    return (
        isinstance(screen, DuplicatesScreen)
        and "to free" in str(screen.query_one("#duplicates-status").render())
        and all(picture.state == "shown" for picture in screen.query(Picture))
    )


@LOOKS
def test_a_confirmation_dialog(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    before = then(searching("forest"), on(ConfirmScreen), "down", "space", "space", "d")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


@LOOKS
def test_asking_for_a_folder(
    gallery: AppHarness, background: None, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await then(searching("forest"), on(PathDialog), "down", "c", *"2021")(pilot)
        pilot.app.screen.query_one(Input).cursor_blink = False
        await pilot.pause()

    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


# --- other terminals --------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(40, 12), (20, 5)], ids=["40x12", "20x5"])
def test_small_terminals(gallery: AppHarness, snap_compare: Compare, size: tuple[int, int]) -> None:
    before = searching("desert", "down")
    assert snap_compare(gallery.app(), terminal_size=size, run_before=before)


def test_without_colour(
    gallery: AppHarness, monkeypatch: pytest.MonkeyPatch, snap_compare: Compare
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    before = searching("sea", "down", "right")
    app = gallery.app(images=ImageSupport("unicode"))
    assert snap_compare(app, terminal_size=SMALL, run_before=before)


def test_without_pictures(gallery: AppHarness, snap_compare: Compare) -> None:
    before = searching("sea", "down", "down")
    app = gallery.app(images=ImageSupport("off"))
    assert snap_compare(app, terminal_size=SMALL, run_before=before)
