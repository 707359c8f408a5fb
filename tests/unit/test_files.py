"""A file is replaced in one step, or stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.files import replacing


def test_what_was_written_takes_the_place(tmp_path: Path) -> None:
    path = tmp_path / "new" / "note.json"
    for text in ("one", "two"):
        with replacing(path) as draft:
            draft.file.write(text.encode())
            assert not path.exists() or path.read_text() == "one"
    assert path.read_text() == "two"
    assert path.parent.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as draft:  # noqa: PT012
        draft.file.write(b"half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), replacing(tmp_path / "file" / "note.json"):
        pass
