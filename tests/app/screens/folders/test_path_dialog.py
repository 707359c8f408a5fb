"""The dialog that asks for a path: its list, its keys and its folders."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from tests.support.pilots import until
from tui.app.screens.folders import path_dialog
from tui.app.screens.folders.folder_choices import ROWS
from tui.app.screens.folders.path_dialog import PathDialog
from tui.app.workers.folder_listing import FoldersMatched, TypedPath, match_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.pilot import Pilot

FOLDERS = ("Pictures/2023 Lisbon", "Pictures/2024 Oslo", "Pictures/2024 Rome", "Music", ".cache")


class Opened:
    """An app that shows the dialog, and its result."""

    def __init__(self, pilot: Pilot[None], dialog: PathDialog) -> None:
        self.pilot = pilot
        self.dialog = dialog
        self.results: list[str | None] = []

    @property
    def text(self) -> str:
        return self.dialog._input.value

    @property
    def listed(self) -> list[str]:
        return str(self.dialog._choices.render()).split("\n")

    async def until(self, holds: Callable[[], bool]) -> None:
        await until(self.pilot, holds)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(
    text: str, problem_with: Callable[[str], str | None] = lambda _: None, **size: Any
) -> Any:
    """Return a context manager for the dialog in an app of its own."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def run() -> Any:
        app: App[None] = App()
        async with app.run_test(**size) as pilot:
            view = Opened(pilot, PathDialog("Add which folder?", text, problem_with))
            app.push_screen(view.dialog, view.results.append)
            await pilot.pause()
            yield view

    return run()


@pytest.mark.usefixtures("home")
async def test_tab_cycles_through_the_folders() -> None:
    async with opened("~/Pictures/") as view:
        await view.until(lambda: view.listed == ["2023 Lisbon/", "2024 Oslo/", "2024 Rome/"])
        await view.pilot.press("tab")
        assert view.text == "~/Pictures/202"  # their common beginning
        inserted = []
        for key in ("tab", "tab", "tab", "tab", "shift+tab"):
            await view.pilot.press(key)
            inserted.append(view.text.removeprefix("~/Pictures/"))
            assert len(view.listed) == 3
        lisbon, oslo, rome = "2023 Lisbon/", "2024 Oslo/", "2024 Rome/"
        assert inserted == [lisbon, oslo, rome, lisbon, rome]
        await view.pilot.press("enter")
        await view.until(lambda: view.results == ["~/Pictures/2024 Rome/"])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("key", ["right", "slash"])
async def test_a_key_enters_the_inserted_folder(key: str) -> None:
    async with opened("~/") as view:
        await view.until(lambda: view.listed == ["Music/", "Pictures/"])
        await view.pilot.press("up")
        assert view.text == "~/Pictures/"
        await view.pilot.press(key)
        await view.until(lambda: len(view.listed) == 3)
        assert view.text == "~/Pictures/"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        ("~", ["~/"]),
        ("~/pic", ["Pictures/"]),
        ("~/.", [".cache/"]),
        ("Pict", ["Pictures/"]),
        ("Pictures/2024", ["2024 Oslo/", "2024 Rome/"]),
        ("./Pictures/../Mu", ["Music/"]),
        ("~/nowhere/", ["~/nowhere/ can't be read."]),
        ("~nobody-of-this-name/", ["~nobody-of-this-name/ can't be read."]),
        ("s3://buck", [""]),
    ],
)
async def test_the_list_has_the_folders_that_match_a_text(typed: str, listed: list[str]) -> None:
    async with opened(typed) as view:
        await view.until(lambda: view.listed == listed)


@pytest.mark.usefixtures("home")
async def test_keys_in_one_burst_keep_their_order() -> None:
    async with opened("") as view:
        await view.pilot.press(*"~/P", "tab", *"2023", "tab", "enter")
        await view.until(lambda: len(view.results) == 1)
        assert view.results == ["~/Pictures/2023 Lisbon/"]


@pytest.mark.usefixtures("home")
async def test_a_problem_stays_on_screen_until_the_text_changes() -> None:
    def problem_with(text: str) -> str | None:
        return None if text == "~/Music" else f"{text} was not found."

    async with opened("~/Musik", problem_with) as view:
        await view.pilot.press("enter")
        problem = view.dialog._problem
        await view.until(lambda: problem.display)
        assert str(problem.render()) == "~/Musik was not found."
        assert view.results == []
        await view.pilot.press("backspace", "c")
        await view.until(lambda: not problem.display)
        await view.pilot.press("enter")
        await view.until(lambda: view.results == ["~/Music"])


@pytest.mark.usefixtures("home")
async def test_a_slow_disk_delays_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    is_mounted = threading.Event()

    def slow(typed: TypedPath) -> Iterator[FoldersMatched]:
        if typed.parent == "/mnt/":
            is_mounted.wait(20)
        yield from match_folders(typed)

    monkeypatch.setattr(path_dialog, "match_folders", slow)
    async with opened("/mnt/") as view:
        await view.pilot.press("tab")
        await view.until(lambda: view.listed == ["Reading /mnt/…"])
        await view.pilot.press("ctrl+u", *"~/Mu")
        await view.until(lambda: view.listed == ["Music/"])
        is_mounted.set()
        await view.pilot.press("tab", "enter")
        await view.until(lambda: view.results == ["~/Music/"])


async def test_many_folders_scroll_and_a_click_enters_one(home: Path) -> None:
    for number in range(30):
        (home / "Music" / f"album {number}").mkdir()
    (home / "Music" / "album 3" / "live").mkdir()
    async with opened("~/Music/", size=(60, 30)) as view:
        await view.until(lambda: len(view.listed) == ROWS)
        assert view.listed[0] == "album 0/"
        await view.pilot.press("tab", "up")
        assert view.text == "~/Music/album 29/"
        assert view.listed[-1] == "album 29/"
        await view.pilot.press("tab")
        assert view.listed[0] == "album 0/"
        await view.pilot.click("#folders-below", offset=(2, 3))
        await view.until(lambda: view.listed == ["live/"])
        assert view.text == "~/Music/album 3/"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("size", [(40, 12), (20, 5), (200, 50)])
async def test_the_input_is_on_screen_in_every_size(size: tuple[int, int]) -> None:
    async with opened("~/", size=size) as view:
        await view.until(lambda: "Music/" in view.listed)
        await view.pilot.press("up")
        assert view.text == "~/Pictures/"
        assert view.dialog._input.region.intersection(view.dialog.region).height == 1 + 2
        assert view.listed[-1] == "Pictures/"


def test_only_the_matching_ones_of_very_many_folders_are_read(home: Path) -> None:
    for number in range(20):
        (home / "Music" / f"{number:02} album").mkdir()
    typed = TypedPath.split("~/Music/1")
    [matched] = match_folders(typed, most=12)
    assert not matched.whole
    assert matched.names == [f"{number} album" for number in range(10, 20)]
    assert matched.answers(typed)
    assert not matched.answers(TypedPath.split("~/Music/10"))
    [whole] = match_folders(typed, most=20)
    assert whole.answers(TypedPath.split("~/Music/0"))


def test_links_to_folders_are_listed(home: Path) -> None:
    (home / "link").symlink_to(home / "Music")
    (home / "broken").symlink_to(home / "nowhere")
    typed = TypedPath.split("~/")
    [matched] = match_folders(typed)
    assert typed.completed(matched.names) == ["~/link/", "~/Music/", "~/Pictures/"]
