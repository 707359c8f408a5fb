"""Every argument and attribute that a docstring describes exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.documents import title_of
from tests.support.prose import modules

_SECTION = re.compile(r"^(?:Args|Attributes):\n((?:    .*\n?|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+(?:, \w+)*):", re.MULTILINE)
_NAME = re.compile(r"\w+")

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def missing_names(source: str) -> list[str]:
    """Return ``symbol: name`` of each described name that the code of the symbol lacks."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Documented)]
    return [
        f"{node.name}: {name}"
        for node in nodes
        for section in _SECTION.findall(ast.get_docstring(node) or "")
        for entry in _ENTRY.findall(section)
        for name in entry.split(", ")
        if name not in _names_in(node)
    ]


def _names_in(node: Documented) -> set[str]:
    parts: list[ast.AST] = [*node.body] if isinstance(node, ast.ClassDef) else [node.args]
    code = [part for part in parts if not _is_text(part)]
    return {name for part in code for name in _NAME.findall(ast.unparse(part))}


def _is_text(part: ast.AST) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


@pytest.mark.parametrize("file", modules(), ids=title_of)
def test_described_arguments_and_attributes_exist(file: Path) -> None:
    assert missing_names(file.read_text(encoding="utf-8")) == []


def test_a_renamed_argument_and_attribute_are_detected() -> None:
    source = '''
class A:
    """A.

    Attributes:
        old: is now ``new``.
        x, y: a point.
    """

    new: int
    x: int
    y: int

    def run(self, now: int) -> None:
        """Run.

        Args:
            then: is now ``now``.
        """
'''
    assert missing_names(source) == ["A: old", "run: then"]
