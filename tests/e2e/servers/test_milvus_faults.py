"""Faults that must not break a library on a server: kills of the indexer and the server."""

from __future__ import annotations

import random
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults.test_indexing_faults import BATCH, embedded, start
from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.servers.milvus_server import MilvusServer
from tui.core.errors import ServerError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.milvus.address import parse_address
from tui.library.milvus.client import TOKEN_VARIABLE, ServerClient, ServerUnavailableError
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.store import MilvusStore, open_milvus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Pixels, Progress, Vectors

MODEL = ColourEmbedder().model_id
PICTURES = 200
KILLS = 2


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(PICTURES):
        path = folder / f"{number % 7}" / f"{number}.png"
        save_picture(path, list(COLOURS)[number % len(COLOURS)], (24, 16), note=number)
    return folder


def paths_in(store: MilvusStore) -> list[Path]:
    """Return the path of every row, so that duplicate rows show."""
    rows = store.rows(MODEL)
    assert rows is not None
    ids = [row["id"] for row in rows.query("id >= 0", ("id",), strong=True)]
    return sorted(file.path for file in store.details(ids, MODEL))


def assert_complete(store: MilvusStore, photos: Path) -> None:
    assert paths_in(store) == sorted(photos.rglob("*.png"))
    assert sum(store.folder_counts(photos).values()) == PICTURES


def test_an_indexer_that_is_killed_repeatedly_finishes(
    milvus_address: str, photos: Path, tmp_path: Path
) -> None:
    chance, log = random.Random(5), tmp_path / "log"
    for _ in range(KILLS):
        process = start(milvus_address, photos, log, 0.01)
        before, patience = embedded(log), time.monotonic() + 20
        while embedded(log) == before and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        process.communicate(timeout=30)
    last = ColourEmbedder()
    with open_milvus(milvus_address, write=True) as store:
        index(store, photos, last)
        assert_complete(store, photos)
        assert index(store, photos, last).unchanged == PICTURES
    assert embedded(log) + last.pictures_embedded <= PICTURES + KILLS * BATCH


class Slow(ColourEmbedder):
    """Takes long enough to be interrupted."""

    def embed_images(self, pixels: Pixels) -> Vectors:
        time.sleep(0.1)
        return super().embed_images(pixels)


def test_a_server_that_is_killed_loses_nothing_and_may_ask_for_credentials_then(
    milvus_programs: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MilvusServer(tmp_path, lease=3, programs=milvus_programs)
    address = f"milvus://127.0.0.1:{server.port}/family"
    acknowledged = 0

    def on_progress(progress: Progress) -> None:
        nonlocal acknowledged
        if acknowledged <= PICTURES // 3 < progress.indexed:
            server.kill()
        acknowledged = progress.indexed

    store = MilvusStore(
        MilvusConnection(ServerClient(parse_address(address), patience=0.5), make=True)
    )
    with (
        closing(store),
        pytest.raises(ServerUnavailableError, match="Progress is saved"),
    ):
        index(store, photos, Slow(), on_progress)
    assert PICTURES > acknowledged > PICTURES // 3

    server = MilvusServer(tmp_path, authorization=True, lease=3)
    try:
        assert f":{server.port}/" in address
        for token, told in (("", "needs a login; set"), ("root:nonsense", "rejects the cred")):
            monkeypatch.setenv(TOKEN_VARIABLE, token)
            with pytest.raises(ServerError, match=told) as caught:
                open_milvus(address)
            assert "nonsense" not in str(caught.value)
        monkeypatch.setenv(TOKEN_VARIABLE, "root:Milvus")
        with open_milvus(address, write=True) as store:
            assert len(paths_in(store)) >= acknowledged
            again = ColourEmbedder()
            index(store, photos, again)
            assert again.pictures_embedded <= PICTURES - acknowledged
            assert_complete(store, photos)
    finally:
        server.stop()


def index(
    store: MilvusStore,
    photos: Path,
    embedder: ColourEmbedder,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> IndexReport:
    return index_folders(
        store,
        [photos],
        model_id=MODEL,
        load=lambda: embedder,
        settings=Settings(data_dir=photos, batch_size=4, threads=2),
        on_progress=on_progress,
        cancelled=lambda: False,
    )
