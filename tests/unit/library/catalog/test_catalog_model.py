"""The catalog against a plain dictionary, over random histories."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.libraries.catalog_rows import DIM, MODEL, indexed_file, unit_vectors
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check
from tui.search.local.filters import select_rows, sort_rows
from tui.search.local.picture_table import PictureTable
from tui.search.query.terms import Sort

VECTORS = unit_vectors(6)
FOLDERS = ["/p", "/p/a", "/p/a/b", "/p/ab", "/q"]
folders = st.sampled_from(FOLDERS)
names = st.sampled_from(["x.jpg", "Y.png"])
contents = st.integers(0, 5)
dates = st.integers(1, 3)


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


class CatalogHistory(RuleBasedStateMachine):
    """Contents 4 and 5 are not pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.data_dir = Path(tempfile.mkdtemp(prefix="photoseek-"))
        self.catalog = Catalog.open(self.data_dir)
        self.reader = Catalog.open(self.data_dir, read_only=True)
        self.columns = PictureTable(self.reader)
        self.writer = CatalogWriter(self.catalog)
        self.writer.register_model(MODEL, DIM)
        self.files: dict[str, int | None] = {}
        self.embedded: set[int] = set()
        self.unavailable: set[str] = set()

    @rule(batch=st.lists(st.tuples(folders, names, contents, dates), min_size=1, max_size=4))
    def commit(self, batch: list[tuple[str, str, int, int]]) -> None:
        items = []
        for folder, name, content, date in batch:
            path, digest = f"{folder}/{name}", bytes([content])
            if content >= 4:
                items.append(indexed_file(path, digest, error="No."))
            else:
                items.append(indexed_file(path, digest, VECTORS[content], mtime_ns=date))
                self.embedded.add(content)
            self.files[f"{folder}/{name}"] = content
            self.unavailable.discard(folder)
        self.writer.commit(MODEL, items)

    @rule(folder=folders, name=names)
    def fail_to_read(self, folder: str, name: str) -> None:
        self.writer.commit(MODEL, [indexed_file(f"{folder}/{name}", None, error="Denied.")])
        self.files[f"{folder}/{name}"] = None
        self.unavailable.discard(folder)

    @rule(folder=folders, name=names, content=st.integers(0, 3))
    def reuse(self, folder: str, name: str, content: int) -> None:
        if content in self.embedded:
            self.writer.commit(MODEL, [indexed_file(f"{folder}/{name}", bytes([content]))])
            self.files[f"{folder}/{name}"] = content
            self.unavailable.discard(folder)

    @rule(folder=folders)
    def remove(self, folder: str) -> None:
        files = self.catalog.file_records(Path(folder), MODEL)
        self.writer.remove_files(file.file_id for file in files.values())
        self.files = {path: row for path, row in self.files.items() if not is_below(path, folder)}

    @rule(root=folders, missing=st.lists(folders, max_size=2))
    def look(self, root: str, missing: list[str]) -> None:
        self.writer.set_available(Path(root), [Path(folder) for folder in missing])
        for folder in FOLDERS:
            if is_below(folder, root):
                self.unavailable.discard(folder)
                if any(is_below(folder, lost) for lost in missing):
                    self.unavailable.add(folder)

    @rule(folder=folders)
    def forget(self, folder: str) -> None:
        would = self.writer.forget(Path(folder), dry_run=True)
        assert self.writer.forget(Path(folder)) == would
        self.files = {path: row for path, row in self.files.items() if not is_below(path, folder)}
        self.unavailable = {lost for lost in self.unavailable if not is_below(lost, folder)}
        self.embedded &= {content for content in self.files.values() if content is not None}

    @rule()
    def prune(self) -> None:
        self.writer.prune()
        self.embedded &= {content for content in self.files.values() if content is not None}
        self.unavailable = {
            lost for lost in self.unavailable if any(self._folder(f) == lost for f in self.files)
        }

    @staticmethod
    def _folder(path: str) -> str:
        return path.rpartition("/")[0]

    def _pictures(self, scope: str) -> list[str]:
        return sorted(
            path
            for path, content in self.files.items()
            if content is not None
            and content < 4
            and is_below(path, scope)
            and self._folder(path) not in self.unavailable
        )

    @invariant()
    def everything_agrees(self) -> None:
        self.columns.refresh()
        for scope in [None, *FOLDERS]:
            folder = None if scope is None else Path(scope)
            expected = self._pictures(scope or "/")
            for catalog in (self.catalog, self.reader):
                table = catalog.files(MODEL, folder)
                paths = [str(item.path) for item in catalog.details(table.file_ids.tolist())]
                assert sorted(paths) == expected
                assert table.file_ids.tolist() == sorted(table.file_ids.tolist())
            assert self.reader.count(folder) == len(expected)
            selected = select_rows((), self.columns, folder)
            rows = sort_rows(Sort("date"), self.columns, np.flatnonzero(selected))
            newest = self.columns.file_ids[rows].tolist()
            assert sorted(newest) == table.file_ids.tolist()
            keys = [(-item.mtime_ns, item.file_id) for item in catalog.details(newest)]
            assert keys == sorted(keys)
            matching = self.columns.names.filter_rows(["y"], selected)
            assert matching.sum() == len([path for path in expected if path.endswith("Y.png")])

    @invariant()
    def the_tree_counts(self) -> None:
        for parent in ["/", "/p", "/p/a"]:
            below = [path for path in self._pictures(parent) if self._folder(path) != parent]
            expected: dict[str, int] = {}
            for path in below:
                child = path.removeprefix(parent.rstrip("/") + "/").split("/")[0]
                expected[child] = expected.get(child, 0) + 1
            assert self.reader.folder_counts(Path(parent)) == expected

    @invariant()
    def no_embedding_is_lost(self) -> None:
        contents = self.catalog.content_records([bytes([content]) for content in range(6)], MODEL)
        assert {digest[0] for digest, row in contents.items() if row.embedded} == self.embedded

    def teardown(self) -> None:
        findings = check(self.data_dir)
        self.catalog.close()
        self.reader.close()
        shutil.rmtree(self.data_dir)
        assert [
            finding for finding in findings if not finding.ok and finding.subject != "index"
        ] == []


TestCatalogHistory = CatalogHistory.TestCase
TestCatalogHistory.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
