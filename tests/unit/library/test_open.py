"""One module distinguishes the kinds of libraries; all other code calls the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tui
from tui.core.errors import ConfigError
from tui.core.settings import Settings
from tui.library.local.library import LocalLibrary
from tui.library.milvus.library import MilvusLibrary
from tui.library.open import library_at, open_library
from tui.storage.objects.access import access

PACKAGE = Path(tui.__file__).parent
LOOKS_AT_ADDRESS = re.compile(r"is_server_address\(|\.is_remote\b|startswith\(.*milvus")


def test_only_one_module_examines_the_address_of_a_library() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(LOOKS_AT_ADDRESS.findall(path.read_text("utf-8"))))
    }
    # The settings define the test and validate the user's text.
    assert lines == {"core/settings.py": 2, "core/settings_file.py": 1, "library/open.py": 2}


def test_the_settings_name_a_folder_or_a_server(tmp_path: Path) -> None:
    address = "milvus://nas:19530/family"
    assert open_library(Settings(tmp_path)) == LocalLibrary(tmp_path, tmp_path)
    assert open_library(Settings(tmp_path, library="/nas")) == LocalLibrary(Path("/nas"), tmp_path)
    assert open_library(Settings(tmp_path, library=address)) == MilvusLibrary(address, tmp_path)


def test_the_rule_of_object_storage_changes_when_a_library_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules: list[bool] = []
    monkeypatch.setattr(access, "restrict", lambda permitted: rules.append(permitted is not None))
    tmp_path.chmod(0o777)  # other users can write it
    library = open_library(Settings(tmp_path))
    library_at(str(tmp_path)).status()
    assert library.read_only_reason() is None
    assert rules == []
    library.status()
    with library.open_store():
        assert rules == [True, True]
    with open_library(Settings(tmp_path / "own")).open_store():
        assert rules == [True, True, False]


def test_nothing_is_created_before_a_library_is_opened_for_writing(tmp_path: Path) -> None:
    library = open_library(Settings(tmp_path / "data"))
    assert library.status().files == 0
    assert all(finding.ok for finding in library.check())
    assert not (tmp_path / "data" / "catalog.sqlite").exists()
    with library.open_store() as store:
        assert store.roots() == []
    assert (tmp_path / "data" / "catalog.sqlite").exists()


def test_a_location_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    folder = library_at(str(tmp_path))
    assert folder.is_same_as(library_at(f"{tmp_path}/x/.."))
    assert not folder.is_same_as(library_at(f"{tmp_path}/x"))
    server = library_at("milvus://nas/family")
    assert server.is_same_as(library_at("milvus://nas:19530/family"))
    assert not server.is_same_as(library_at("milvus://nas/other"))
    assert not folder.is_same_as(server)
    assert not server.is_same_as(folder)


def test_catalogs_that_are_one_file_are_the_same_library(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    second.mkdir()
    with LocalLibrary(first).open_store():
        assert not LocalLibrary(first).is_same_as(LocalLibrary(second))
    (second / "catalog.sqlite").hardlink_to(first / "catalog.sqlite")
    assert LocalLibrary(first).is_same_as(LocalLibrary(second))


@pytest.mark.parametrize("address", ["s3://bucket/library", "milvus:nas", "milvus://nas/1st"])
def test_an_invalid_address_is_rejected_at_once(address: str) -> None:
    with pytest.raises(ConfigError):
        library_at(address)
