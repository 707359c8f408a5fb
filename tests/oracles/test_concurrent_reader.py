"""A reader beside a writer in another process: each of its answers is of one moment."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.oracles import examples, random_writer
from tests.oracles.actions import SMALL_LIMITS
from tests.oracles.random_library import WordEmbedder, vector_of
from tests.support.libraries.catalog_rows import MODEL
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from tui.core.domain import Vectors

ROUNDS = 150
WORDS = ("meadow", "harbour", "violin")


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """The rows of the catalog: each available file's content, each content's vector."""

    files: dict[int, tuple[str, int]]
    vectors: dict[int, Vectors]

    def below(self, folder: str | None) -> dict[int, int]:
        """Return the files with a vector in a folder and below it, with their contents."""
        return {
            file_id: key
            for file_id, (path, key) in self.files.items()
            if key in self.vectors and (folder is None or path.startswith(f"{folder}/"))
        }


class Observer:
    """Reads rows directly, and detects a commit in between."""

    def __init__(self, data_dir: Path) -> None:
        self._connection = sqlite3.connect(data_dir / CATALOG_NAME, isolation_level=None)

    def version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def look(self) -> CatalogSnapshot:
        ask = self._connection.execute
        ask("BEGIN")
        files = ask(
            "SELECT f.id, d.path, f.name, f.content_id FROM files f"
            " JOIN folders d ON d.id = f.folder_id WHERE d.available"
        ).fetchall()
        vectors = ask("SELECT content_id, vector FROM embeddings").fetchall()
        ask("ROLLBACK")
        return CatalogSnapshot(
            {
                number: (f"{path.decode()}/{name.decode()}", key)
                for number, path, name, key in files
            },
            {key: np.frombuffer(blob, "<f2").astype(np.float32) for key, blob in vectors},
        )

    def close(self) -> None:
        self._connection.close()


class Reader:
    """Searches an engine, an index and a catalog; compares if no commit came in between.

    Attributes:
        compared: how many comparisons were made.
    """

    def __init__(self, data_dir: Path, dice: random.Random) -> None:
        self.compared = 0
        self._dice = dice
        self._observer = Observer(data_dir)
        self._catalog = Catalog.open(data_dir, read_only=True)
        self._exact = VectorIndex(self._catalog, MODEL)
        self._walked = VectorIndex(self._catalog, MODEL, SMALL_LIMITS)
        self._engine = SearchEngine(
            LocalBackend(
                Catalog.open(data_dir, read_only=True),
                VectorIndex(self._catalog, MODEL, SMALL_LIMITS),
                limits=SMALL_LIMITS,
            ),
            WordEmbedder(),
            fold_threshold=2.0,
        )

    def close(self) -> None:
        self._observer.close()
        self._engine.close()
        self._catalog.close()

    def ask(self) -> None:
        """Search all three; a commit meanwhile makes the answers incomparable, not wrong."""
        folder = self._dice.choice([None, *random_writer.FOLDERS])
        scope = None if folder is None else Path(folder)
        word, k = self._dice.choice(WORDS), self._dice.choice([1, 5, 500])
        before = self._observer.version()
        for index in (self._exact, self._walked):
            index.refresh()
        self._engine.refresh()
        counted = self._catalog.count(scope, MODEL), self._catalog.count(scope)
        table = self._catalog.files(MODEL, scope)
        answers = [
            index.search(vector_of(word), k, None if scope is None else table.content_ids)
            for index in (self._exact, self._walked)
        ]
        ranking = self._engine.extend(self._engine.search(parse(word, scope), fold=False))
        listed = self._engine.search(parse("", scope), fold=False)
        for keys, scores in answers:
            assert len(set(keys.tolist())) == len(keys)
            assert np.isfinite(scores).all()
        assert len(set(ranking.file_ids.tolist())) == len(ranking)
        moment = self._observer.look()
        if self._observer.version() != before:
            return
        self.compared += 1
        contents = moment.below(folder)
        assert table.file_ids.tolist() == sorted(contents)
        assert counted == (len(contents), len(listed))
        cosines = {key: float(moment.vectors[key] @ vector_of(word)) for key in contents.values()}
        best = sorted(cosines.values(), reverse=True)[:k]
        for keys, scores in answers:
            assert np.allclose(scores, [cosines[key] for key in keys.tolist()], atol=1e-4)
            assert np.allclose(scores, best, atol=1e-4)
        assert ranking.scores is not None
        assert sorted(ranking.file_ids.tolist()) == sorted(contents)
        assert ranking.total == len(contents)
        expected = [cosines[contents[file_id]] for file_id in ranking.file_ids.tolist()]
        assert np.allclose(ranking.scores, expected, atol=2e-3)


def test_answers_beside_a_writer_belong_to_one_moment(tmp_path: Path) -> None:
    compared = 0
    for seed in range(examples(1)):
        data_dir = tmp_path / str(seed)
        Catalog.open(data_dir).close()
        program = [
            sys.executable,
            "-m",
            random_writer.__name__,
            str(data_dir),
            str(seed),
            str(ROUNDS),
        ]
        with (
            closing(Reader(data_dir, random.Random(seed))) as reader,
            subprocess.Popen(program, cwd=Path(__file__).parents[2]) as writer,
        ):
            while writer.poll() is None:
                reader.ask()
            assert writer.returncode == 0
            reader.ask()  # The writer has ended.
            compared += reader.compared
    assert compared >= 5 * examples(1)
