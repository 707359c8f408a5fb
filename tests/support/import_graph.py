"""The modules of a package, read without importing them, and their imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def imports(self) -> dict[str, str]:
        """What each imported name stands for, as ``module.symbol``."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                source = self._absolute(node)
                names |= {a.asname or a.name: f"{source}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                names |= {a.asname: a.name for a in node.names if a.asname}
        return names

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def imported(self) -> Iterator[str]:
        """Yield the dotted name of each import in the module, including literal dynamic ones."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._absolute(node)
                yield from (f"{source}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Call) and name_of(node.func) == "import_module":
                yield from _literals(node.args[0])


def _literals(argument: ast.expr) -> Iterator[str]:
    """Yield the module, or as ``prefix.*`` the modules, that a dynamic import may load."""
    prefix = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
    if isinstance(prefix, ast.Constant) and isinstance(prefix.value, str):
        yield prefix.value + ("*" if prefix is not argument else "")


def name_of(node: ast.expr) -> str:
    """Return the last part of a dotted or subscripted name; empty for other expressions."""
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def read_package(package: str, tree: Path = ROOT) -> dict[str, Module]:
    """Return the modules of a package by their dotted names."""
    modules = {}
    for path in sorted((tree / package).rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = Module(name, path, path.read_text(encoding="utf-8"))
    return modules


def import_graph(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return for each module the modules of the package that it imports.

    Imports inside functions, for type checking and of a literal name count. Implicit imports of the
    packages that contain a module don't.
    """
    graph = {}
    for name, module in modules.items():
        targets = {target for text in module.imported() for target in _targets(text, modules)}
        graph[name] = targets - {name}
    return graph


def _targets(text: str, modules: Mapping[str, Module]) -> list[str]:
    if text.endswith(".*"):
        return [name for name in modules if name.rpartition(".")[0] == text[:-2]]
    for name in (text, text.rpartition(".")[0]):  # a module, or a symbol of one
        if name in modules:
            return [name]
    return []


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return one shortest circle of each group of modules that import each other."""
    reach = {name: _reachable(graph, name) for name in graph}
    knots = {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }
    return sorted(_shortest_circle(graph, knot) for knot in knots)


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += graph[name]
    return reached


def _shortest_circle(graph: Mapping[str, set[str]], knot: Iterable[str]) -> list[str]:
    return min((_circle_through(graph, name) for name in sorted(knot)), key=len)


def _circle_through(graph: Mapping[str, set[str]], start: str) -> list[str]:
    """Return the modules of a shortest path from one back to itself, by breadth-first search."""
    ways = [[start]]
    visited = set()
    for way in ways:
        for name in sorted(graph[way[-1]]):
            if name == start:
                return way
            if name not in visited:
                visited.add(name)
                ways.append([*way, name])
    raise ValueError(f"{start} is in no circle")
