"""The table of a source tree's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.import_graph import read_package
from tests.support.shape import figures, with_bases

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_of_a_small_package(tmp_path: Path) -> None:
    sources = {
        "__init__.py": '"""A package."""\n',
        "a.py": "import p.b\n\n\nclass A:\n    def f(self): ...\n    def g(self): ...\n",
        "b.py": "import p.a\n\nfound = 1\nrow = 2\n",
        "models/starter/training/c.py": "x = 1\n" * 301,
    }
    for name, source in sources.items():
        path = tmp_path / "p" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    table = dict(figures("p", tmp_path))
    assert table == {
        "modules": "4",
        "lines": "312",
        "lines without the training of the built-in model": "11",
        "lines a module: median / p90 / max": "5 / 301 / 301",
        "modules of more than 300 lines": "1",
        "largest class, lines": "3 (A)",
        "most methods": "2 (A)",
        "largest class with its bases, lines / methods": "3 / 2 (A)",
        "largest folder, modules": "2 (p)",
        "vague names of 1,000": "3.3 (1 of 303)",
        "import circles": "1",
        "circle": "p.a -> p.b -> p.a",
    }


def test_a_class_counts_with_its_bases_in_the_package(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("class A(int):\n    def f(self): ...\n    x = 1\n")
    source = "from p.a import A\n\nclass B(A):\n    def g(self): ...\n\nclass C(B): ...\n"
    (tmp_path / "p" / "b.py").write_text(source)
    assert with_bases(read_package("p", tmp_path)) == ("C", 6, 2)
