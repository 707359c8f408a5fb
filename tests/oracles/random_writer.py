"""A process that changes a library at random while another process searches it."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from tests.oracles.actions import SMALL_LIMITS
from tests.support.libraries.catalog_rows import DIM, MODEL, indexed_file, unit_vectors
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation

FOLDERS = ("/p/a", "/p/a/b", "/p/c", "/p/d")


class RandomWriter:
    """Changes rows and saves the index; the number of a content seeds its vector."""

    def __init__(self, catalog: Catalog, dice: random.Random) -> None:
        self._catalog = catalog
        self._writer = CatalogWriter(catalog)
        self._dice = dice
        self._contents = 0
        self._paths: dict[str, int] = {}
        self._writer.add_root(Path("/p"))
        self._writer.register_model(MODEL, DIM)

    def change(self) -> None:
        """Make one random change."""
        do = self._dice.choices(
            [self.add, self.remove, self.hide, self.forget, self.save, self.touch, self.again],
            [8, 3, 2, 1, 4, 2, 1],
        )[0]
        do()

    def add(self) -> None:
        batch = {}
        for _ in range(self._dice.randint(1, 12)):
            self._contents += 1
            number = self._contents if self._dice.random() < 0.8 else self._dice.randint(1, 40)
            batch[f"{self._dice.choice(FOLDERS)}/{self._contents}.jpg"] = number
        self._put(batch)

    def _put(self, batch: dict[str, int], mtime_ns: int = 1) -> None:
        self._paths |= batch
        self._writer.commit(
            MODEL,
            [
                indexed_file(
                    path, b"%d" % number, unit_vectors(1, seed=number)[0], mtime_ns=mtime_ns
                )
                for path, number in batch.items()
            ],
        )

    def remove(self) -> None:
        files = self._catalog.file_records(Path("/p"), MODEL)
        lost = self._dice.sample(sorted(files), min(len(files), self._dice.randint(1, 8)))
        self._writer.remove_files(files[path].file_id for path in lost)
        for path in lost:
            self._paths.pop(path.decode())

    def hide(self) -> None:
        away = self._dice.sample(FOLDERS, self._dice.choice([0, 0, 1]))
        self._writer.set_available(Path("/p"), map(Path, away))

    def forget(self) -> None:
        if self._dice.random() < 0.7:
            self._writer.prune()
            return
        folder = self._dice.choice(FOLDERS)
        self._writer.forget(Path(folder))
        self._paths = {
            path: number
            for path, number in self._paths.items()
            if not path.startswith(f"{folder}/")
        }

    def touch(self) -> None:
        if self._paths:
            path = self._dice.choice(sorted(self._paths))
            self._put({path: self._paths[path]}, mtime_ns=self._dice.randint(2, 10**6))

    def again(self) -> None:
        """Drop some vectors and embed their contents again, as after a repair."""
        with self._catalog.reading() as connection:
            rows = connection.execute(
                "SELECT seq, hash FROM embeddings JOIN contents ON id = content_id"
            ).fetchall()
        some = self._dice.sample(rows, min(len(rows), 3))
        self._writer.drop_vectors(seq for seq, _ in some)
        paths = {number: path for path, number in self._paths.items()}
        for _, digest in some:
            if (number := int(digest)) in paths:
                self._put({paths[number]: number}, mtime_ns=3)

    def save(self) -> None:
        finished = self._dice.random() < 0.5
        write_generation(self._catalog, MODEL, finished=finished, limits=SMALL_LIMITS)


def main(data_dir: Path, seed: str, rounds: int) -> None:
    dice = random.Random(seed)
    with writer_lock(data_dir), Catalog.open(data_dir) as catalog:
        writing = RandomWriter(catalog, dice)
        for _ in range(rounds):
            writing.change()
            time.sleep(dice.choice([0, 0, 0.002, 0.02, 0.03]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
