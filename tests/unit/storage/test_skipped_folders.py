"""Folders that other programs create among pictures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, nonzero_counts
from tui.cli import main
from tui.core.child_process import child_environment
from tui.core.errors import ConfigError
from tui.core.settings import Settings
from tui.core.settings_file import load_settings
from tui.storage.objects.path import from_address
from tui.storage.scanning import scan as scan_module
from tui.storage.scanning.scan import Scan, ScannedFile, ScanOptions
from tui.storage.scanning.skipped_folders import SKIPPED_FOLDERS
from tui.storage.scanning.target import ScanTarget

MADE = [
    "@eaDir",
    "#recycle",
    "@Recycle",
    ".@__thumb",
    "Catalog Previews.lrdata",
    "$RECYCLE.BIN",
    ".Trash-1000",
    ".thumbnails",
    "lost+found",
    "System Volume Information",
]


def names(root: Path, options: ScanOptions | None = None, start: Path | None = None) -> list[str]:
    scan = Scan(root, options, start=start)
    return sorted(str(file.path.relative_to(root)) for file in scan)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for number, name in enumerate(["", "trip", *(f"trip/{folder_name}" for folder_name in MADE)]):
        save_picture(folder / name / f"{number}.png", "red", note=number)
    return folder


def test_skipped_folders_are_not_scanned_even_with_hidden_files(photos: Path) -> None:
    assert names(photos, ScanOptions(hidden=True)) == ["0.png", "trip/1.png"]


def test_the_trash_of_a_home_folder_is_skipped(tmp_path: Path) -> None:
    save_picture(tmp_path / ".local/share/Trash/files/a.png", "red")
    save_picture(tmp_path / ".local/share/b.png", "red")
    assert names(tmp_path, ScanOptions(hidden=True)) == [".local/share/b.png"]


def test_a_file_or_a_part_of_a_name_is_not_skipped(photos: Path) -> None:
    for name in ("lost+found.png", "my @eaDir/a.png", "x.lrdata.png", "Trash/b.png"):
        save_picture(photos / "more" / name, "red")
    listed = names(photos, start=photos / "more")
    assert listed == [
        f"more/{name}"
        for name in ("Trash/b.png", "lost+found.png", "my @eaDir/a.png", "x.lrdata.png")
    ]


def test_a_skipped_folder_that_the_user_names_is_indexed(photos: Path) -> None:
    assert names(photos / "trip" / "@eaDir") == ["2.png"]
    (photos / "trip" / "@eaDir" / "sub" / "@eaDir").mkdir(parents=True)
    save_picture(photos / "trip" / "@eaDir" / "sub" / "x.png", "red")
    save_picture(photos / "trip" / "@eaDir" / "sub" / "@eaDir" / "y.png", "red")
    assert names(photos / "trip" / "@eaDir") == ["2.png", "sub/x.png"]


def test_a_skipped_folder_that_the_user_names_stays_in_the_library(
    library: IndexedLibrary, photos: Path
) -> None:
    named = photos / "trip" / "@eaDir"
    assert nonzero_counts(library.index(photos)) == {"indexed": 2}
    assert nonzero_counts(library.index(named)) == {"indexed": 1}
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2}
    assert library.names() == ["0.png", "1.png", "2.png"]
    assert nonzero_counts(library.index(ScanTarget(photos, named))) == {}
    assert nonzero_counts(library.index(photos / "trip" / ".thumbnails")) == {"indexed": 1}
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2}
    (photos / ".photoseekignore").write_text("@eaDir/\n")
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2, "removed": 1}
    (photos / ".photoseekignore").unlink()
    library.index(named)
    shutil.rmtree(named)
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2, "removed": 1}


@pytest.mark.parametrize("where", ["ignore file", "inner ignore file", "setting", "option"])
def test_each_rule_can_include_a_skipped_folder(photos: Path, where: str) -> None:
    save_picture(photos / "trip" / "@eaDir" / "sub" / "x.png", "red")
    options = ScanOptions()
    match where:
        case "ignore file":
            (photos / ".photoseekignore").write_text("!@eaDir/\n!#recycle\n")
        case "inner ignore file":
            (photos / "trip" / ".photoseekignore").write_text("!@eaDir\n!#recycle/\n")
        case "setting":
            options = ScanOptions(skip_folders=("!@eaDir", "!#recycle/"))
        case _:
            options = ScanOptions(excludes=("!@eaDir", "!#recycle"))
    expected = ["0.png", "trip/#recycle/3.png", "trip/1.png"]
    assert names(photos, options) == [*expected, "trip/@eaDir/2.png", "trip/@eaDir/sub/x.png"]


def test_the_setting_adds_folders_and_can_include_all(photos: Path) -> None:
    assert names(photos, ScanOptions(skip_folders=("trip",))) == ["0.png"]
    assert len(names(photos, ScanOptions(hidden=True, skip_folders=("!*",)))) == 2 + len(MADE)
    assert names(photos, ScanOptions(skip_folders=("0.png", "#trip"))) == ["0.png", "trip/1.png"]


def test_rows_of_skipped_folders_are_removed_and_nothing_else(
    library: IndexedLibrary, photos: Path
) -> None:
    every = Settings(data_dir=library.data_dir, skip_folders=("!*",), threads=1)
    report = library.index(photos, settings=every)
    assert nonzero_counts(report)["indexed"] == 2 + len(MADE) - 3  # three are hidden
    assert nonzero_counts(library.index(photos)) == {"unchanged": 2, "removed": len(MADE) - 3}
    assert library.names() == ["0.png", "1.png"]
    assert len(list(photos.rglob("*.png"))) == 2 + len(MADE)


def test_a_change_in_a_skipped_folder_is_not_indexed(photos: Path) -> None:
    assert names(photos, start=photos / "trip" / "@eaDir") == []


def test_skipped_folders_of_object_storage_are_not_scanned() -> None:
    import fsspec

    storage = fsspec.filesystem("memory")
    for name in ("a.png", "@eaDir/b.png", "x/#recycle/c.png"):
        storage.pipe(f"/skipped/{name}", b"x")
    root = from_address("memory://skipped")
    assert names(root) == ["a.png"]
    assert names(root, ScanOptions(skip_folders=("!@eaDir",))) == ["@eaDir/b.png", "a.png"]


def test_status_shows_the_table_and_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOSEEK_SKIP_FOLDERS", "proofs, !@eaDir")
    runner = CliRunner()
    shown = json.loads(runner.invoke(main, ["status", "--json"]).stdout)["skip_folders"]
    assert shown == [*SKIPPED_FOLDERS, "proofs", "!@eaDir"]
    text = runner.invoke(main, ["status"]).stdout
    assert "Skipped    @eaDir, #recycle, " in text
    assert "proofs, !@eaDir (setting skip_folders)" in text


def test_the_setting_is_a_list_in_the_file_and_reaches_the_child(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('skip_folders = ["[ab], c", "!*"]\n')
    settings = load_settings(environ={}, config_file=file)
    assert settings.skip_folders == ("[ab], c", "!*")
    environment = child_environment(settings)
    again = load_settings(environ=environment, config_file=tmp_path / "none")
    assert again.skip_folders == settings.skip_folders
    file.write_text("skip_folders = 3\n")
    with pytest.raises(ConfigError, match="line 1: skip_folders must be a list of patterns"):
        load_settings(environ={}, config_file=file)


def test_config_shows_the_setting_as_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PHOTOSEEK_SKIP_FOLDERS", "a,b")
    assert 'skip_folders = ["a", "b"]' in CliRunner().invoke(main, ["config"]).stdout


def test_a_root_removed_during_the_scan_is_missing(
    library: IndexedLibrary, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index(photos)
    library.index(photos / "trip" / "@eaDir")
    original = scan_module._stat

    def vanish(entry: os.DirEntry[str]) -> Iterator[ScannedFile]:
        if photos.exists():
            photos.rename(photos.with_name("unmounted"))
        return original(entry)

    monkeypatch.setattr(scan_module, "_stat", vanish)
    report = library.index(photos)
    assert report.missing == (photos,)
    assert library.catalog.status().files == 3
