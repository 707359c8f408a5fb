"""The app over a library on a real server, which goes away and comes back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.app.conftest import live_in
from tests.support.app_harness import MODEL_LINE, Eyes, House
from tests.support.servers.toggle_proxy import Gate
from tui.indexing.indexer import index_folders
from tui.library.milvus.address import parse_address
from tui.library.milvus.opening import open_milvus
from tui.search.milvus.collection_reader import RemoteLibrary
from tui.search.milvus.engine import MilvusEngine
from tui.search.milvus.library_reader import MilvusReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.core.settings import Settings
    from tui.search.ranking.interface import LibraryReader, SearchEngine


@dataclass
class RemoteHouse(House):
    """Its library is on a server, behind a gate."""

    address: str = ""

    @property
    def settings(self) -> Settings:
        return replace(super().settings, library=self.address)

    def index(self) -> None:
        with closing(open_milvus(self.address, write=True)) as store:
            index_folders(
                store,
                [self.pictures],
                model_id=self.embedder.model_id,
                load=lambda: self.embedder,
                settings=self.settings,
                on_progress=lambda _: None,
                cancelled=lambda: False,
            )

    def _open_engine(self, settings: Settings) -> SearchEngine:  # type: ignore[override]
        library = RemoteLibrary(open_milvus(settings.library), self.embedder.model_id)
        return MilvusEngine(library, near=2.0)

    def _open_reader(self, settings: Settings) -> LibraryReader:  # type: ignore[override]
        return MilvusReader(open_milvus(settings.library), self.embedder.model_id)


@pytest.fixture
def gate(milvus_address: str) -> Iterator[Gate]:
    with Gate(parse_address(milvus_address).port) as gate:
        yield gate


@pytest.fixture
def house(
    milvus_address: str, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RemoteHouse]:
    address = replace(parse_address(milvus_address), port=gate.port)
    house = RemoteHouse(tmp_path / "home", address=str(address))
    yield from live_in(house, monkeypatch)


async def test_the_server_comes_goes_and_comes_back(house: RemoteHouse, gate: Gate) -> None:
    house.save("red ball.png", "blue ball.png", "garden/red flower.png")
    house.index()
    gate.close()
    async with house.app().run_test(size=(110, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        away = f"The server 127.0.0.1:{gate.port} does not answer"
        await eyes.until(lambda: eyes.text("#status").startswith(away), "a message")
        await pilot.press(*"red")
        gate.open()
        await eyes.ready()
        await eyes.settled()
        assert [name[:3] for name in eyes.names] == ["red", "red", "blu"]
        await eyes.until(lambda: "3" in str(eyes.tree.render_line(0).text), "a count")

        await pilot.press(*" in:garden")
        await eyes.settled()
        assert eyes.names == ["red flower.png"]
        gate.close()
        await pilot.press(*["backspace"] * len(" in:garden"))
        await eyes.until(lambda: eyes.text("#status").startswith(away), "a message")
        await pilot.press("down", "space", "y")
        await eyes.until(lambda: eyes.app.clipboard.endswith("red flower.png"), "a copied path")
        await pilot.press("enter")
        await eyes.until(lambda: eyes.app.screen is not eyes.main, "the preview")
        await pilot.press("escape")
        gate.open()
        house.save("red ball.png", "blue ball.png", "green ball.png")
        house.index()
        await eyes.until(lambda: eyes.text("#status") == MODEL_LINE, "the usual line")
        await eyes.until(lambda: len(eyes.names) == 4, "what was indexed meanwhile")
        assert len(eyes.main.marks) == 1
