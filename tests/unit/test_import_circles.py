"""No module imports itself through others, not even late or for its types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.import_graph import circles, import_graph, read_package

if TYPE_CHECKING:
    from pathlib import Path


def graph_of(folder: Path, files: dict[str, str]) -> dict[str, set[str]]:
    """Write a package ``p`` and return the imports between its modules."""
    for name, source in {"__init__": "", **files}.items():
        path = folder / "p" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return import_graph(read_package("p", folder))


@pytest.mark.parametrize("package", ["tui", "tests"])
def test_no_modules_import_each_other(package: str) -> None:
    graph = import_graph(read_package(package))
    assert any(graph.values())
    lines = [" -> ".join([*circle, circle[0]]) for circle in circles(graph)]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize(
    "source",
    [
        "from p.a import x",
        "from p import a",
        "import p.a",
        "from .a import x",
        "from . import a",
        "def later():\n    from p.a import x",
        "if TYPE_CHECKING:\n    from p.a import x",
        "import_module('p.a')",
        "importlib.import_module(f'p.{name}')",
    ],
)
def test_every_kind_of_import_can_close_a_circle(tmp_path: Path, source: str) -> None:
    graph = graph_of(tmp_path, {"a": "from p import b", "b": source})
    assert circles(graph) == [["p.a", "p.b"]]


def test_a_circle_over_several_modules_is_reported_in_order(tmp_path: Path) -> None:
    files = {"a": "import p.b", "b": "import p.c", "c": "import p.d", "d": "import p.b"}
    assert circles(graph_of(tmp_path, files)) == [["p.b", "p.c", "p.d"]]


def test_a_tree_of_imports_has_no_circle(tmp_path: Path) -> None:
    files = {"a": "import p.b, p.c", "b": "from p.sub.c import x", "c": "", "sub/c": "import p.c"}
    graph = graph_of(tmp_path, files)
    assert graph["p.a"] == {"p.b", "p.c"}
    assert graph["p.b"] == {"p.sub.c"}
    assert circles(graph) == []
