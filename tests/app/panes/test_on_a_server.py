"""The app over a library on a real server, which stops and restarts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.app.conftest import run_in
from tests.support.app_harness import MODEL_NAME, AppHarness, AppView
from tests.support.servers.toggle_proxy import ToggleProxy
from tui.indexing.indexer import index_folders
from tui.library.milvus.address import parse_address
from tui.library.milvus.store import open_milvus
from tui.search.engine import SearchEngine
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.library_reader import MilvusReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.core.settings import Settings
    from tui.search.library_reader import LibraryReader


@dataclass
class RemoteHarness(AppHarness):
    """A harness whose library is on a server, behind a proxy."""

    address: str = ""

    @property
    def settings(self) -> Settings:
        return replace(super().settings, library=self.address)

    def index(self) -> None:
        with open_milvus(self.address, write=True) as store:
            index_folders(
                store,
                [self.pictures],
                model_id=self.embedder.model_id,
                load=lambda: self.embedder,
                settings=self.settings,
                on_progress=lambda _: None,
                cancelled=lambda: False,
            )

    def _open_engine(self, settings: Settings) -> SearchEngine:
        backend = MilvusBackend(open_milvus(settings.library), self.embedder.model_id)
        return SearchEngine(backend, fold_threshold=2.0)

    def _open_reader(self, settings: Settings) -> LibraryReader:  # type: ignore[override]
        return MilvusReader(open_milvus(settings.library), self.embedder.model_id)


@pytest.fixture
def gate(milvus_address: str) -> Iterator[ToggleProxy]:
    with ToggleProxy(parse_address(milvus_address).port) as gate:
        yield gate


@pytest.fixture
def harness(
    milvus_address: str, gate: ToggleProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RemoteHarness]:
    address = replace(parse_address(milvus_address), port=gate.port)
    harness = RemoteHarness(tmp_path / "home", address=str(address))
    yield from run_in(harness, monkeypatch)


async def test_the_app_follows_a_server_that_stops_and_restarts(
    harness: RemoteHarness, gate: ToggleProxy
) -> None:
    harness.save("red ball.png", "blue ball.png", "garden/red flower.png")
    harness.index()
    gate.close()
    async with harness.app().run_test(size=(110, 30), notifications=True) as pilot:
        view = AppView(pilot)
        away = f"The server 127.0.0.1:{gate.port} does not answer"
        await view.until(lambda: view.model.startswith(away), "a message")
        await pilot.press(*"red")
        gate.open()
        await view.ready()
        await view.settled()
        assert [name[:3] for name in view.names] == ["red", "red", "blu"]
        await view.until(lambda: "3" in str(view.tree.render_line(0).text), "a count")

        await pilot.press(*" in:garden")
        await view.settled()
        assert view.names == ["red flower.png"]
        gate.close()
        await pilot.press(*["backspace"] * len(" in:garden"))
        await view.until(lambda: view.model.startswith(away), "a message")
        await pilot.press("down", "space", "y")
        await view.until(lambda: view.app.clipboard.endswith("red flower.png"), "a copied path")
        await pilot.press("enter")
        await view.until(lambda: view.app.screen is not view.main, "the preview")
        await pilot.press("escape")
        gate.open()
        harness.save("red ball.png", "blue ball.png", "green ball.png")
        harness.index()
        await view.until(lambda: view.model == MODEL_NAME, "the usual line")
        await view.until(lambda: len(view.names) == 4, "what was indexed meanwhile")
        assert len(view.main.results_pane.marks) == 1
