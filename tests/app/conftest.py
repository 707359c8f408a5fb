"""A harness for each test of the app."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.app_harness import AppHarness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AnyHarness = TypeVar("AnyHarness", bound=AppHarness)
COLOURS = ("red", "green", "blue", "yellow", "white", "grey")


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHarness]:
    """An empty library in a fresh HOME."""
    yield from run_in(AppHarness(tmp_path / "home"), monkeypatch)


@pytest.fixture(scope="session")
def _indexed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    harness = AppHarness(tmp_path_factory.mktemp("indexed") / "home")
    harness.save(*(f"{colour} ball {n}.png" for n in range(3) for colour in COLOURS))
    harness.save(*(f"garden/{colour} flower.png" for colour in COLOURS))
    (harness.pictures / "garden" / "shed").mkdir()
    harness.index()
    return harness.home


@pytest.fixture
def indexed_harness(_indexed_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHarness]:
    """A harness with 24 indexed pictures of six colours in two folders; tests share the files."""
    yield from run_in(AppHarness(_indexed_home), monkeypatch)


@pytest.fixture(autouse=True)
def _default_garbage_collection() -> Iterator[None]:
    """Undo the garbage collector settings of an app."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def run_in(harness: AnyHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnyHarness]:
    """Set HOME and the working folder for a harness, and close it after the test."""
    harness.pictures.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HOME", str(harness.home))
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):  # only the terminal's clipboard
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(harness.pictures)
    yield harness
    harness.close()
    assert harness.errors == [], "a handler failed"
