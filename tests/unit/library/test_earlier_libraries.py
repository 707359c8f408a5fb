"""Libraries that an earlier version wrote open unchanged, in a folder and on a server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.earlier_library import (
    write_local_library,
    write_milvus_library,
    write_pictures,
)
from tui.cli.status import gather
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.open import library_at, open_library
from tui.library.transfer import copy_library
from tui.models.registry import find_model
from tui.search.open import open_both, open_duplicate_source
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMES = ["grün.png", "lake.jpg", "red copy.png", "red.png"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    write_pictures(folder)
    return folder


@pytest.fixture(params=["local", "milvus"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, root: Path) -> Settings:
    data_dir = tmp_path / "data"
    if request.param == "local":
        write_local_library(data_dir, root)
        return Settings(data_dir)
    port: int = request.getfixturevalue("milvus_port")
    address: str = request.getfixturevalue("milvus_address")
    write_milvus_library(port, address.rpartition("/")[2], root)
    return Settings(data_dir, library=address)


def search(settings: Settings, text: str) -> list[str]:
    """Return the names of the results, best first."""
    embedder = ColourEmbedder()
    spec = replace(find_model("starter", settings), model_id=embedder.model_id)
    reader, engine = open_both(settings, spec)
    with reader:
        engine.attach(embedder)
        engine.warm_up()
        ranking = engine.search(parse(text), fold=False)
        return [hit.file.path.name for hit in engine.hits(ranking, 0, len(ranking))]


def reindex(settings: Settings, folders: Sequence[Path]) -> IndexReport:
    """Index the folders again with a model that can't embed."""

    def load() -> ColourEmbedder:
        pytest.fail("a picture is embedded again")

    with open_library(settings).open_store() as store:
        return index_folders(
            store,
            folders,
            model_id="colours-1",
            load=load,
            settings=settings,
            on_progress=lambda _: None,
            cancelled=lambda: False,
        )


def test_it_can_be_searched_by_meaning_filters_and_names(settings: Settings) -> None:
    assert sorted(search(settings, "red")[:2]) == ["red copy.png", "red.png"]
    assert search(settings, "blue")[0] == "lake.jpg"
    assert search(settings, "camera:canon") == ["lake.jpg"]
    assert search(settings, "near:48.5,9.25") == ["lake.jpg"]
    assert search(settings, "on:2019-07") == ["lake.jpg"]
    assert search(settings, "name:copy") == ["red copy.png"]
    assert sorted(search(settings, "is:new")) == NAMES
    assert sorted(search(settings, "in:album")) == ["lake.jpg", "red copy.png"]


def test_its_files_folders_and_failures_are_listed(settings: Settings, root: Path) -> None:
    assert sorted(search(settings, "")) == NAMES
    reader, _ = open_both(settings, find_model("starter", settings))
    with reader:
        assert reader.roots() == [root]
        assert reader.count() == 4
        assert reader.folder_counts(root) == {"album": 2}
        [failure] = reader.failures(9)
    assert failure.path == root / "album" / "broken.jpg"
    assert failure.reason == "The file is cut off: a part of the picture is missing."
    status = gather(settings)
    assert [folder["path"] for folder in status["folders"]] == [str(root)]
    assert (status["files"], status["pictures"], status["failed"]) == (5, 4, 1)
    assert [model["embeddings"] for model in status["models"]] in ([3], [4])  # contents, or files


def test_doctor_finds_it_healthy(settings: Settings) -> None:
    findings = open_library(settings).check()
    assert len(findings) > 3
    assert [finding.message for finding in findings if not finding.ok] == []


def test_nothing_is_embedded_again(settings: Settings, root: Path) -> None:
    report = reindex(settings, [root])
    assert (report.indexed, report.removed, report.failed) == (0, 0, 1)
    assert report.unchanged + report.reused == 4
    assert sorted(search(settings, "")) == NAMES
    again = reindex(settings, [root])
    assert (again.indexed, again.reused, again.unchanged) == (0, 0, 4)
    assert all(finding.ok for finding in open_library(settings).check())


def test_its_equal_files_are_one_content(settings: Settings, root: Path) -> None:
    with open_duplicate_source(settings, "colours-1", {}) as (files, _):
        table = files.files("colours-1", root)
        contents = dict(zip(table.file_ids.tolist(), table.content_ids.tolist(), strict=True))
        paths = [details.path for details in files.details(list(contents))]
    by_name = dict(zip((path.name for path in paths), contents.values(), strict=True))
    assert sorted(by_name) == NAMES
    assert by_name["red.png"] == by_name["red copy.png"]
    assert len(set(by_name.values())) == 3


def test_it_is_copied_into_a_new_library(settings: Settings, tmp_path: Path) -> None:
    location = settings.library or str(settings.data_dir)
    with (
        library_at(location).open_endpoint(write=False) as source,
        library_at(str(tmp_path / "copy")).open_endpoint(write=True) as target,
    ):
        report = copy_library(source, target, on_progress=lambda _: None, cancelled=lambda: False)
    assert report.is_whole
    assert [(model.written, model.vectors, model.differing) for model in report.models] == [
        (5, 4, 0)
    ]
    assert sorted(search(Settings(tmp_path / "copy"), "")) == NAMES


def test_reading_does_not_change_the_catalog(tmp_path: Path, root: Path) -> None:
    data_dir = tmp_path / "data"
    write_local_library(data_dir, root)

    def dump() -> list[object]:
        with closing(sqlite3.connect(data_dir / "catalog.sqlite")) as connection:
            marks = [
                connection.execute(f"PRAGMA {name}").fetchone()
                for name in ("user_version", "application_id")
            ]
            return [*marks, *connection.iterdump()]

    before = dump()
    assert search(Settings(data_dir), "red")
    assert all(finding.ok for finding in open_library(Settings(data_dir)).check())
    assert dump() == before
    assert list(data_dir.glob("*.backup")) == []
