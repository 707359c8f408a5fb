"""A house for each test of the app."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.app_harness import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AnyHouse = TypeVar("AnyHouse", bound=House)
COLOURS = ("red", "green", "blue", "yellow", "white", "grey")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An empty one of one's own, which is the user's home too."""
    yield from live_in(House(tmp_path / "home"), monkeypatch)


@pytest.fixture(scope="session")
def _furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = House(tmp_path_factory.mktemp("furnished") / "home")
    house.save(*(f"{colour} ball {n}.png" for n in range(3) for colour in COLOURS))
    house.save(*(f"garden/{colour} flower.png" for colour in COLOURS))
    (house.pictures / "garden" / "shed").mkdir()
    house.index()
    return house.home


@pytest.fixture
def full_house(_furnished: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """One with 24 pictures of six colours in two folders, indexed; its files are shared."""
    yield from live_in(House(_furnished), monkeypatch)


@pytest.fixture(autouse=True)
def _as_python_collects() -> Iterator[None]:
    """Take back what an app has asked of the garbage collector for its own life."""
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


def live_in(house: AnyHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnyHouse]:
    """Be at home in a house, and close it in the end."""
    house.pictures.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HOME", str(house.home))
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):  # no clipboard but the terminal's
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(house.pictures)
    yield house
    house.close()
    assert house.errors == [], "a handler failed"
