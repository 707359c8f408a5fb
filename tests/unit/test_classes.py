"""The structure of classes and modules: their sizes, their bases, their attributes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.import_graph import Module, read_package
from tests.support.shape import (
    foreign_declarations,
    lines_of,
    modules_that_ask,
    project_bases,
    raises_not_implemented,
)

MODULES = read_package("tui")
CLASSES = [(module, node) for module in MODULES.values() for node in module.classes]
MOST_MODULE_LINES = 300
MOST_CLASS_LINES = 250


def test_no_module_is_long() -> None:
    sizes = {name: module.lines for name, module in MODULES.items()}
    long = [f"{name}: {lines}" for name, lines in sizes.items() if lines > MOST_MODULE_LINES]
    assert not long, "\n".join(long)


def test_no_class_is_long() -> None:
    sizes = {f"{module.name}.{node.name}": lines_of(node) for module, node in CLASSES}
    long = [f"{name}: {lines}" for name, lines in sizes.items() if lines > MOST_CLASS_LINES]
    assert not long, "\n".join(long)


def test_no_class_inherits_from_several_classes_of_the_program() -> None:
    bases = {f"{m.name}.{node.name}": project_bases(m, node, MODULES) for m, node in CLASSES}
    assert any(bases.values())
    mixed = [f"{name}: {', '.join(several)}" for name, several in bases.items() if several[1:]]
    assert not mixed, "\n".join(mixed)


def test_every_class_assigns_the_attributes_that_it_declares() -> None:
    declared = foreign_declarations(MODULES)
    assert not declared, "\n".join(f"{name}: {names}" for name, names in declared.items())


def test_no_method_waits_for_a_subclass_to_be_implemented() -> None:
    hooks = [f"{m.name}.{node.name}" for m, node in CLASSES if raises_not_implemented(node)]
    assert not hooks, "\n".join(hooks)


def test_one_module_distinguishes_a_server_from_a_folder() -> None:
    """Settings check the syntax of an address; above them only one module examines it."""
    asking = modules_that_ask("is_server_address", MODULES)
    assert [name for name in asking if not name.startswith("tui.core.")] == ["tui.library.open"]


# --- faults would be detected ---------------------------------------------------------------------


def module(name: str, source: str) -> Module:
    return Module(name, Path(f"{name}.py"), source)


def test_bases_of_the_program_are_distinguished_from_others() -> None:
    files = {
        "p.a": module("p.a", "class A: ..."),
        "p.b": module(
            "p.b",
            "from abc import ABC\nfrom p.a import A as First\n"
            "class B: ...\nclass C(First, B, ABC, list[int]): ...",
        ),
    }
    assert project_bases(files["p.b"], files["p.b"].classes[1], files) == ["p.a.A", "p.b.B"]


@pytest.mark.parametrize(
    ("source", "declared"),
    [
        ("class A:\n    x: int\nclass B(A):\n    def f(self): self.x = 1", {"A": ["x"]}),
        ("class A:\n    x: int\ndef f(a): a.x = 1", {"A": ["x"]}),
        ("class A:\n    x: int\n    def f(self): self.x = 1", {}),
        ("class A:\n    x: int = 1", {}),
        ("@dataclass(frozen=True)\nclass A:\n    x: int\ndef f(a): a.x = 1", {}),
        ("class A(Protocol):\n    x: int\ndef f(a): a.x = 1", {}),
        ("class A:\n    x: int", {}),  # a library's base class assigns it
    ],
)
def test_an_attribute_that_others_assign_is_detected(
    source: str, declared: dict[str, object]
) -> None:
    expected = {f"m.{name}": names for name, names in declared.items()}
    assert foreign_declarations({"m": module("m", source)}) == expected


@pytest.mark.parametrize("error", ["NotImplementedError", "NotImplementedError('later')"])
def test_an_abstract_hook_is_detected(error: str) -> None:
    assert raises_not_implemented(ast.parse(f"class A:\n    def f(self): raise {error}"))
    assert not raises_not_implemented(ast.parse("def f():\n    raise ValueError"))


def test_the_lines_of_a_class_count_its_decorators() -> None:
    tree = ast.parse("@one\n@two(\n    3\n)\nclass A:\n    x = 1\n")
    node = tree.body[0]
    assert isinstance(node, ast.ClassDef)
    assert lines_of(node) == 6


def test_uses_of_a_name_are_detected_outside_its_own_module() -> None:
    sources = {"a": "def f(): ...\nf()", "b": "from a import f\nf()", "c": "x.f", "d": "x.f = 1"}
    files = {name: module(name, source) for name, source in sources.items()}
    assert modules_that_ask("f", files) == ["b", "c"]
