"""Reading folders for the tree."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.app.workers.folder_listing import natural, subfolders


def test_only_visible_folders_are_listed(tmp_path: Path) -> None:
    for name in ("b10", "B9", "a", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "picture.jpg").touch()
    (tmp_path / "broken link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert subfolders(tmp_path) == ["a", "B9", "b10", "link"]


def test_an_unreadable_folder_is_distinguished_from_an_empty_one(tmp_path: Path) -> None:
    assert subfolders(tmp_path) == []
    assert subfolders(tmp_path / "gone") is None
    (tmp_path / "file").touch()
    assert subfolders(tmp_path / "file") is None


@given(st.lists(st.text()))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural)) == sorted(names)
