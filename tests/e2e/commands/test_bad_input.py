"""Wrong input to the commands: a sentence, an exit code, and no loss."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.terminals.command_line import CommandResult, bound_by_permissions, photoseek
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.saving import write_generation
from tui.models.presets import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

STARTER = MODELS[0].model_id


@pytest.fixture
def data_dir() -> Path:
    return Path(os.environ["PHOTOSEEK_DATA_DIR"])


@pytest.fixture
def library(data_dir: Path, tmp_path: Path) -> Path:
    """A library of three pictures with a saved index."""
    names = ["1.jpg", "2.jpg", "3.jpg"]
    make_library(
        data_dir, tmp_path, STARTER, dict(zip(names, random_directions(3, 256), strict=True))
    )
    with Catalog.open(data_dir) as catalog:
        write_generation(catalog, STARTER, finished=True)
    return data_dir


def figures(outcome: CommandResult) -> dict[str, object]:
    """Return the closing event of an indexing run without its times."""
    assert outcome.code == 0, outcome.stderr
    event: dict[str, object] = json.loads(outcome.stdout.splitlines()[-1])
    return {name: value for name, value in event.items() if value and name != "seconds"}


# --- folders --------------------------------------------------------------------------------------


def test_index_of_a_folder_that_is_missing_or_a_file(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "file.jpg"
    file.touch()
    for folder, reason in ((tmp_path / "missing", "was not found"), (file, "is not a folder")):
        outcome = photoseek("index", str(folder))
        assert outcome.code == 2
        assert reason in outcome.error_line
    with Catalog.open(data_dir, read_only=True) as catalog:
        assert catalog.roots() == []


def test_index_of_an_unreadable_folder(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    outcome = photoseek("index", str(tmp_path / "locked"), before=bound_by_permissions())
    assert outcome.code == 2
    assert "can't be read" in outcome.error_line


def test_index_of_folders_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("a")
    outcome = photoseek("index", "--json", str(tmp_path / "empty"), str(tmp_path / "texts"))
    assert figures(outcome) == {"event": "done"}
    search = photoseek("search", "red")
    assert search.code == 1
    assert "no picture" in search.error_line


def test_broken_pictures_are_listed_and_do_not_fail_the_run(tmp_path: Path) -> None:
    names = [b"text.jpg", b"zero.png", b"two\nlines \x1b[2J\xff.jpg"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"" if name == b"zero.png" else b"not a picture")
    outcome = photoseek("index", str(tmp_path))
    assert outcome.code == 0
    assert outcome.stdout == b""
    lines = outcome.stderr.splitlines()
    assert len(lines) == len(names) + 1
    assert any(r"two\nlines \x1b[2J\xff.jpg" in line for line in lines)
    assert "3 failed" in lines[-1]

    again = photoseek("index", "--json", str(tmp_path))
    assert figures(again) == {"event": "done", "failed": 3}
    events = [json.loads(line) for line in again.stdout.splitlines()]
    failed = {os.fsencode(event["path"]) for event in events if event["event"] == "failure"}
    assert failed == {os.fsencode(tmp_path) + b"/" + name for name in names}
    assert again.stderr == ""


# --- the data folder ------------------------------------------------------------------------------


def test_a_read_only_data_folder_can_be_searched_but_not_written(
    library: Path, tmp_path: Path
) -> None:
    for path in (*library.rglob("*"), library):
        path.chmod(path.stat().st_mode & ~0o222)
    bound = bound_by_permissions()
    result = photoseek("search", "", "--paths", before=bound)
    assert (result.code, len(result.stdout.splitlines())) == (0, 3)
    refused = photoseek("index", str(tmp_path), before=bound)
    assert refused.code == 2
    assert str(library) in refused.error_line


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_indexing_on_a_full_disk_is_one_sentence(data_dir: Path, tmp_path: Path) -> None:
    """A limit on the size of files replaces the full disk: writing fails midway."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    outcome = photoseek("index", str(tmp_path), preexec_fn=limit)
    assert outcome.code == 2
    assert str(data_dir) in outcome.error_line
    assert photoseek("index", str(tmp_path)).code == 0


def test_a_data_folder_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for command in (["index", str(tmp_path)], ["search", "red"], ["status"]):
        outcome = photoseek("--data-dir", str(tmp_path / "file"), *command)
        assert outcome.code == 2
        assert str(tmp_path / "file") in outcome.error_line


# --- catalog and index ----------------------------------------------------------------------------


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [overwrite, halve])
def test_a_damaged_catalog_is_reported_and_not_changed(
    library: Path, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    catalog = library / "catalog.sqlite"
    damage(catalog)
    before = catalog.read_bytes()
    for command in (["search", ""], ["index", str(tmp_path)], ["status"]):
        outcome = photoseek(*command)
        assert outcome.code == 2
        assert "doctor" in outcome.error_line
    assert catalog.read_bytes() == before


def test_a_catalog_from_a_newer_version(library: Path, tmp_path: Path) -> None:
    with sqlite3.connect(library / "catalog.sqlite") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    for command in (["search", ""], ["index", str(tmp_path)], ["status"]):
        outcome = photoseek(*command)
        assert outcome.code == 2
        assert "newer photoseek" in outcome.error_line


@pytest.mark.parametrize("damage", [overwrite, halve, Path.unlink])
def test_results_are_the_same_without_a_complete_index(
    library: Path, damage: Callable[[Path], None]
) -> None:
    """The catalog contains the vectors; the index only makes searches fast."""
    whole = photoseek("search", "tree frog", "--json")
    assert whole.code == 0
    saved = [path for path in index_folder(library).iterdir() if path.is_file()]
    assert saved
    for path in saved:
        damage(path)
    assert photoseek("search", "tree frog", "--json") == whole


def test_vectors_of_another_dimension(data_dir: Path, tmp_path: Path) -> None:
    make_library(data_dir, tmp_path, STARTER, {"1.jpg": random_directions(1, 8)[0]})
    outcome = photoseek("search", "tree frog")
    assert outcome.code == 2
    assert "length 8" in outcome.error_line


# --- queries --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "query",
    ["frog " * 2_000, "\x01\x02\x1b[31m frog", "--", "-"],
    ids=["long", "control", "dashes", "dash"],
)
def test_any_query_is_answered(query: str) -> None:
    outcome = photoseek("search", "--paths", "--", query)
    assert outcome.code == 0
    assert len(outcome.stdout.splitlines()) == 3


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("query", ["🐸", "夏 קיץ", "qwertyzxcv"])
def test_a_query_without_a_known_word_finds_only_names(query: str) -> None:
    outcome = photoseek("search", "--paths", "--", query)
    assert (outcome.code, outcome.stdout) == (1, b"")
    sentence = "The model reads English" if "夏" in query else f"doesn't know “{query}”"
    assert sentence in outcome.stderr
    assert "nothing found" in outcome.stderr


@pytest.mark.usefixtures("library")
def test_a_query_that_is_not_utf_8() -> None:
    assert photoseek("search", "--paths", b"frog\xff\xfe").code == 0
