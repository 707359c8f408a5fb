"""The options of ``index`` are saved with the folder, and later runs use them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, nonzero_counts
from tui.cli import main
from tui.core.errors import FolderError
from tui.library.base.folder_notes import OPTIONS
from tui.library.base.folder_options import OptionChanges, options_text, read_options, to_json
from tui.library.local.catalog import schema
from tui.library.local.catalog.identity import refuse_strange_schema
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.recovery import recover_catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check
from tui.library.local.transfer import LocalEndpoint
from tui.library.transfer import copy_library
from tui.storage.path_encoding import encode
from tui.storage.scanning.scan import ScanOptions

HIDDEN = OptionChanges(hidden=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for number, name in enumerate(["a.png", "sub/b.png", "sub/.hidden/c.png", "sub/raw/d.png"]):
        save_picture(folder / name, "red", note=number)
    save_picture(tmp_path / "elsewhere" / "e.png", "blue")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    return folder


def test_options_apply_to_later_runs(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, options=HIDDEN)
    assert library.names() == ["a.png", "b.png", "c.png", "d.png"]
    assert nonzero_counts(library.index(photos)) == {"unchanged": 4}
    library.index(photos, options=OptionChanges(excludes=("raw/",), follow_symlinks=True))
    assert library.names() == ["a.png", "b.png", "c.png", "e.png"]
    assert nonzero_counts(library.index(photos)) == {"unchanged": 4}


def test_each_option_is_cleared_separately(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, options=OptionChanges(True, True, ("raw/",)))
    library.index(photos, options=OptionChanges(hidden=False))
    assert library.names() == ["a.png", "b.png", "e.png"]
    library.index(photos, options=OptionChanges(follow_symlinks=False))
    assert library.names() == ["a.png", "b.png"]
    library.index(photos, options=OptionChanges(excludes=()))
    assert library.names() == ["a.png", "b.png", "d.png"]
    assert library.catalog.folder_notes(OPTIONS) == {}


def test_new_patterns_replace_the_older_ones(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, options=OptionChanges(excludes=("raw/",)))
    library.index(photos, options=OptionChanges(excludes=("a.png",)))
    assert library.names() == ["b.png", "d.png"]


def test_a_folder_inside_another_uses_the_options_of_the_outer_one(
    library: IndexedLibrary, photos: Path
) -> None:
    changes = OptionChanges(hidden=True, excludes=("/sub/raw",))
    library.index(photos, options=changes)
    assert nonzero_counts(library.index(photos / "sub")) == {"unchanged": 2}
    assert library.names() == ["a.png", "b.png", "c.png"]
    library.index(photos / "sub" / "raw")
    assert library.names(photos / "sub" / "raw") == ["d.png"]


def test_options_for_a_folder_inside_another_are_rejected(
    library: IndexedLibrary, photos: Path
) -> None:
    library.index(photos)
    with pytest.raises(FolderError, match=f"set them for {photos}"):
        library.index(photos / "sub", options=HIDDEN)
    assert library.names() == ["a.png", "b.png", "d.png"]


def test_removing_a_folder_removes_its_options(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, options=HIDDEN)
    CatalogWriter(library.catalog).forget(photos, dry_run=True)
    assert library.catalog.folder_notes(OPTIONS)
    CatalogWriter(library.catalog).forget(photos)
    assert not library.catalog.folder_notes(OPTIONS)
    library.index(photos)
    assert library.names() == ["a.png", "b.png", "d.png"]


def test_the_command_saves_shows_uses_and_clears_them(photos: Path) -> None:
    def run(*args: str) -> str:
        result = CliRunner().invoke(main, [*args, "--model", "starter"])
        assert result.exit_code == 0, result.output
        return result.stdout

    def indexed() -> int:
        return int(json.loads(run("status", "--json"))["files"])

    run("index", str(photos), "--hidden", "--exclude", "raw/", "--exclude", "x y")
    (folder,) = json.loads(run("status", "--json"))["folders"]
    assert folder["options"] == {"hidden": True, "exclude": ["raw/", "x y"]}
    assert f"{photos}  --hidden --exclude raw/ --exclude 'x y'\n" in run("status")
    run("index", str(photos))
    assert indexed() == 3
    run("index", str(photos), "--no-exclude")
    assert indexed() == 4
    run("index", str(photos), "--no-hidden")
    (folder,) = json.loads(run("status", "--json"))["folders"]
    assert (folder["options"], indexed()) == ({}, 3)


def test_a_copy_includes_them_and_keeps_those_of_the_target(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos, options=HIDDEN)
    library.index(tmp_path / "elsewhere", options=HIDDEN)
    with closing(Catalog.open(tmp_path / "copy")) as target:
        mine = {encode(photos): {"exclude": ["x"]}}
        CatalogWriter(target).put_folder_notes(OPTIONS, mine)
        copy_library(
            LocalEndpoint(library.catalog),
            LocalEndpoint(target),
            merge=True,
            on_progress=lambda _: None,
            cancelled=lambda: False,
        )
        assert target.folder_notes(OPTIONS) == {
            **mine,
            encode(tmp_path / "elsewhere"): {"hidden": True},
        }


def test_a_repair_keeps_the_folder_options(
    library: IndexedLibrary, photos: Path, tmp_path: Path
) -> None:
    library.index(photos, options=HIDDEN)
    library.catalog.close()
    with writer_lock(library.data_dir):
        recover_catalog(library.catalog.path)
    with closing(Catalog.open(library.data_dir)) as catalog:
        assert catalog.folder_notes(OPTIONS) == {encode(photos): {"hidden": True}}


def test_a_library_of_an_older_version_opens_unchanged(
    library: IndexedLibrary, photos: Path
) -> None:
    library.index(photos)
    with library.catalog.writing() as connection:
        connection.execute("DROP TABLE folder_notes")
    with closing(Catalog.open(library.data_dir, read_only=True)) as catalog:
        assert catalog.folder_notes(OPTIONS) == {}
    with writer_lock(library.data_dir):
        recover_catalog(library.catalog.path)
    library.catalog.data_version()
    library.index(photos, options=HIDDEN)
    assert tables(library.catalog.path) >= {"folder_notes"}
    with closing(sqlite3.connect(library.catalog.path)) as connection:
        assert schema.version_of(connection) == 1
        refuse_strange_schema(connection, library.catalog.path)


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {str(name) for (name,) in rows}


def test_a_catalog_with_notes_is_sound(library: IndexedLibrary, photos: Path) -> None:
    library.index(photos, options=HIDDEN)
    assert "folder_notes" in tables(library.catalog.path)
    assert all(finding.ok for finding in check(library.data_dir))


@pytest.mark.parametrize(
    "note", [None, 3, [], {"hidden": "yes"}, {"exclude": "raw"}, {"exclude": [1]}, {"odd": True}]
)
def test_an_invalid_note_means_the_default_options(note: object) -> None:
    assert read_options(note) == ScanOptions()


def test_options_are_restored_from_their_note() -> None:
    options = ScanOptions(hidden=True, follow_symlinks=True, excludes=("a b", "!c"))
    assert read_options(json.loads(json.dumps(to_json(options)))) == options
    assert options_text(to_json(options)) == (
        "--hidden --follow-symlinks --exclude 'a b' --exclude '!c'"
    )
