"""The user's changes to files are in the catalog at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.as_user import public_folder, unprivileged
from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, browse_files
from tui.core.settings import Settings
from tui.library.local.catalog.lock import writer_lock
from tui.library.quick_updates import remove_files, restore_files


@pytest.fixture
def library(tmp_path: Path) -> IndexedLibrary:
    for number, name in enumerate(("red", "blue")):
        save_picture(tmp_path / "pictures" / f"{name}.png", name, note=number)
    library = IndexedLibrary(tmp_path / "data")
    library.index(tmp_path / "pictures")
    return library


def test_a_removed_file_is_restored_without_an_embedding(
    tmp_path: Path, library: IndexedLibrary
) -> None:
    model = library.embedder.model_id
    path = tmp_path / "pictures" / "red.png"
    [number] = [file.file_id for file in browse_files(library.catalog) if file.path == path]
    assert remove_files(Settings(library.data_dir), [number])
    assert library.names() == ["blue.png"]
    assert restore_files(Settings(library.data_dir), model, [path])
    assert library.names() == ["blue.png", "red.png"]
    assert library.embedder.pictures_embedded == 2
    assert library.index(tmp_path / "pictures").unchanged == 2
    library.catalog.close()


def test_a_missing_file_does_not_hide_the_others(tmp_path: Path, library: IndexedLibrary) -> None:
    folder = tmp_path / "pictures"
    numbers = [file.file_id for file in browse_files(library.catalog)]
    assert remove_files(Settings(library.data_dir), numbers)
    (folder / "red.png").unlink()
    model = library.embedder.model_id
    paths = [folder / "red.png", folder / "blue.png"]
    assert restore_files(Settings(library.data_dir), model, paths)
    assert library.names() == ["blue.png"]
    assert restore_files(Settings(library.data_dir), model, paths[:1])
    library.catalog.close()


def test_no_row_changes_while_another_process_writes(library: IndexedLibrary) -> None:
    import threading

    answers: list[bool] = []
    with writer_lock(library.data_dir):
        thread = threading.Thread(
            target=lambda: answers.append(remove_files(Settings(library.data_dir), [1]))
        )
        thread.start()
        thread.join()
    assert answers == [False]
    assert library.names() == ["blue.png", "red.png"]
    library.catalog.close()


def test_a_read_only_user_changes_no_row() -> None:
    with public_folder() as folder:
        save_picture(folder / "pictures" / "red.png", "red")
        library = IndexedLibrary(folder / "data")
        library.index(folder / "pictures")
        library.data_dir.chmod(0o555)
        with unprivileged():
            assert not remove_files(Settings(library.data_dir), [1])
        assert library.names() == ["red.png"]
        library.catalog.close()
