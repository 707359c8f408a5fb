"""The shape of a source tree, read from its syntax: sizes, names, classes and import circles.

python -m tests.support.shape [--tree CHECKOUT] [--package tui]

prints the figures of a package as a table. The tests of the program's shape use the same functions.
"""

from __future__ import annotations

import argparse
import ast
import statistics
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.import_graph import ROOT, Module, circles, import_graph, name_of, read_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TRAINING = ("models/starter/training", "models/build")
"""Folders of the scripts that build the built-in model; their lines are counted separately."""

VAGUE = {
    *("found", "known", "there", "here", "wanted", "chosen", "kept", "made", "gone", "said"),
    *("seen", "place", "others", "rest", "asked", "taken", "given", "left"),
}
"""Names that only say that a value exists, or what happened to it, but not what it is."""

FIELD_CLASSES = {"dataclass", "NamedTuple", "TypedDict", "Protocol"}
"""The decorators and bases of classes whose annotations are their fields."""


# --- names ----------------------------------------------------------------------------------------


def assigned_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield each assigned variable, parameter and attribute of ``self``, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Attribute) and _is_set_on_self(node):
            yield node.attr, node.lineno


def _is_set_on_self(node: ast.Attribute) -> bool:
    owner = node.value
    return isinstance(node.ctx, ast.Store) and isinstance(owner, ast.Name) and owner.id == "self"


def vague_names(modules: Iterable[Module]) -> tuple[list[str], int]:
    """Return ``path:line name`` of each vague name, and how many names are assigned in all."""
    total, vague = 0, []
    for module in modules:
        for name, line in assigned_names(module.tree):
            if name in ("self", "cls"):
                continue
            total += 1
            if name.strip("_") in VAGUE:
                vague.append(f"{module.path}:{line} {name}")
    return vague, total


# --- classes --------------------------------------------------------------------------------------


def methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(node: ast.ClassDef) -> int:
    """Return the lines of a class with its decorators."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (node.end_lineno or node.lineno) - first + 1


def project_bases(module: Module, node: ast.ClassDef, modules: Mapping[str, Module]) -> list[str]:
    """Return the dotted names of a class's bases that the package itself defines."""
    own = {other.name for other in module.classes}
    bases = []
    for base in map(name_of, node.bases):
        target = f"{module.name}.{base}" if base in own else module.imports.get(base, "")
        if target.rpartition(".")[0] in modules:
            bases.append(target)
    return bases


def attributes_set(node: ast.ClassDef) -> set[str]:
    """Return the attributes that a class assigns, in its body or on ``self``."""
    stores = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and _is_set_on_self(n)]
    names = {store.attr for store in stores}
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names |= {name_of(target) for target in statement.targets}
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            names.add(name_of(statement.target))
    return names | {method.name for method in methods(node)}


def foreign_declarations(modules: Mapping[str, Module]) -> dict[str, list[str]]:
    """Return by class the attributes that it annotates and that only other code assigns.

    Other code is a subclass, or code that assigns the attribute of an object other than ``self``.
    An attribute that neither assigns belongs to a base class of a library.
    """
    classes, bases = _classes_and_bases(modules)
    outside = {
        node.attr
        for module in modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and not _is_set_on_self(node)
    }
    declared = {}
    for name, node in classes.items():
        below = [classes[other] for other in classes if name in _ancestors(other, bases)]
        if names := only_declared(node) & outside.union(*map(attributes_set, below)):
            declared[name] = sorted(names)
    return declared


def _classes_and_bases(
    modules: Mapping[str, Module],
) -> tuple[dict[str, ast.ClassDef], dict[str, list[str]]]:
    """Return the classes by their dotted names, and the bases of each in the package."""
    classes, bases = {}, {}
    for module in modules.values():
        for node in module.classes:
            classes[f"{module.name}.{node.name}"] = node
            bases[f"{module.name}.{node.name}"] = project_bases(module, node, modules)
    return classes, bases


def with_bases(modules: Mapping[str, Module]) -> tuple[str, int, int]:
    """Return the class that is largest with its bases in the package, its lines and methods."""
    classes, bases = _classes_and_bases(modules)
    totals = []
    for name in classes:
        parts = [classes[part] for part in {name, *_ancestors(name, bases)} if part in classes]
        methods_of_all = sum(len(methods(part)) for part in parts)
        totals.append((sum(map(lines_of, parts)), methods_of_all, name.rpartition(".")[2]))
    lines, count, name = max(totals)
    return name, lines, count


def _ancestors(name: str, bases: Mapping[str, list[str]]) -> set[str]:
    """Return all bases of a class; one that is defined twice in a module may be its own base."""
    ancestors: set[str] = set()
    pending = [*bases.get(name, [])]
    while pending:
        base = pending.pop()
        if base not in ancestors:
            ancestors.add(base)
            pending += bases.get(base, [])
    return ancestors


def only_declared(node: ast.ClassDef) -> set[str]:
    """Return the attributes that a class annotates and never assigns.

    Dataclasses, named tuples and protocols declare their fields in this way, and have none.
    """
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    if {name_of(n) for n in [*decorators, *node.bases]} & FIELD_CLASSES:
        return set()
    declared = {
        name_of(statement.target)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and statement.value is None
    }
    return declared - attributes_set(node)


def raises_not_implemented(method: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Raise)
        and node.exc is not None
        and name_of(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        == "NotImplementedError"
        for node in ast.walk(method)
    )


def modules_that_ask(name: str, modules: Mapping[str, Module]) -> list[str]:
    """Return the modules that read an attribute or call a function of this name.

    The module that defines it may also use it.
    """
    return [
        module.name
        for module in modules.values()
        if any(_reads(node, name) for node in ast.walk(module.tree))
        and not any(
            isinstance(n, ast.FunctionDef) and n.name == name for n in ast.walk(module.tree)
        )
    ]


def _reads(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == name and isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Name) and node.id == name


# --- the table ------------------------------------------------------------------------------------


def figures(package: str, tree: Path = ROOT) -> list[tuple[str, str]]:
    """Return the rows of the table, each a label and a value."""
    modules = read_package(package, tree)
    files = list(modules.values())
    sizes = sorted(module.lines for module in files)
    training = sum(m.lines for m in files if any(part in m.path.as_posix() for part in TRAINING))
    folders = Counter(m.path.parent.relative_to(tree) for m in files if not m.is_package)
    classes = [(module, node) for module in files for node in module.classes]
    largest = max(classes, key=lambda pair: lines_of(pair[1]))
    busiest = max(classes, key=lambda pair: len(methods(pair[1])))
    (folder, most), *_ = folders.most_common(1)
    vague, names = vague_names(files)
    whole = with_bases(modules)
    knots = circles(import_graph(modules))
    return [
        ("modules", str(len(files))),
        ("lines", f"{sum(sizes):,}"),
        ("lines without the training of the built-in model", f"{sum(sizes) - training:,}"),
        (
            "lines a module: median / p90 / max",
            f"{statistics.median(sizes):.0f} / {sizes[len(sizes) * 9 // 10]} / {sizes[-1]}",
        ),
        ("modules of more than 300 lines", str(sum(size > 300 for size in sizes))),
        ("largest class, lines", f"{lines_of(largest[1])} ({largest[1].name})"),
        ("most methods", f"{len(methods(busiest[1]))} ({busiest[1].name})"),
        ("largest class with its bases, lines / methods", "{1} / {2} ({0})".format(*whole)),
        ("largest folder, modules", f"{most} ({folder})"),
        ("vague names of 1,000", f"{1000 * len(vague) / names:.1f} ({len(vague)} of {names:,})"),
        ("import circles", str(len(knots))),
        *(("circle", " -> ".join([*knot, knot[0]])) for knot in knots),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the shape of a package.")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout to read")
    parser.add_argument("--package", default="tui", help="the package in it")
    options = parser.parse_args()
    for label, value in figures(options.package, options.tree.resolve()):
        print(f"{label:50} {value}")


if __name__ == "__main__":
    main()
