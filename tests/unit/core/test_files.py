"""A file is replaced in one step, or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tui.core import files
from tui.core.files import lock_for_change, replace_file


def test_a_written_draft_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "note.json"
    for text in ("one", "two"):
        with replace_file(path) as draft:
            draft.file.write(text.encode())
            assert not path.exists() or path.read_text() == "one"
    assert path.read_text() == "two"
    assert path.parent.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replace_file(path) as draft:  # noqa: PT012
        draft.file.write(b"half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_is_not_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), replace_file(tmp_path / "file" / "note.json"):
        pass


def test_changes_are_made_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "new" / "number"

    def add_one() -> None:
        for _ in range(20):
            with lock_for_change(path):
                before = int(path.read_text()) if path.exists() else 0
                with replace_file(path) as draft:
                    draft.file.write(str(before + 1).encode())

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() == "80"


def test_a_change_is_made_even_if_no_lock_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "note"
    monkeypatch.setattr(files, "LOCK_SECONDS", 0.01)
    with lock_for_change(path), lock_for_change(path):
        path.write_text("changed")
    (tmp_path / "other.lock").mkdir()
    with lock_for_change(tmp_path / "other"):
        path.write_text("again")
    assert path.read_text() == "again"
