"""The rooms of the program and of its tests: the number of modules in a folder, and docstrings."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MODULES = 15


def folders(top: str) -> list[Path]:
    return sorted({path.parent for path in (ROOT / top).rglob("*.py")})


def modules(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("folder", [*folders("tui"), *folders("tests")], ids=str)
def test_a_folder_holds_at_most_fifteen_modules(folder: Path) -> None:
    assert len(modules(folder)) <= MOST_MODULES, modules(folder)


@pytest.mark.parametrize("folder", folders("tui"), ids=str)
def test_every_room_has_a_docstring_and_imports_nothing(folder: Path) -> None:
    if folder.name in ("tui", "cli"):  # the version, and the command line itself
        return
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1
