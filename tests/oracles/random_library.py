"""Random libraries as plain Python values, beside the catalog under test."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from tests.support.libraries.catalog_rows import DIM, MODEL
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Vectors
    from tui.library.local.vectors.searching import IndexLimits

ROOT = Path("/pictures")
FOLDERS = ("spring", "spring/lake", "autumn", "autumn/hills", "winter")
WORDS = ("boat", "rose", "img", "cat")
CAMERAS = ("Canon EOS 5D", "NIKON D90", None)
ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC")
_FIRST, _LAST = 631_152_000, 1_735_689_600
_CHANGES = (1_396_141_200, 1_414_285_200, 1_396_710_000, 1_412_436_600)
"""Moments near which clocks in Berlin and on Lord Howe Island are changed."""


@dataclass(slots=True, eq=False)
class Item:
    """A file as the oracle knows it; ``shot`` is the picture that represents a raw file."""

    path: Path
    content: int
    info: PictureInfo
    size: int
    mtime_ns: int
    file_id: int = 0
    away: bool = False
    new: bool = False
    shot: Item | None = None

    @property
    def suffix(self) -> str:
        return self.path.suffix[1:].lower()

    def date_ns(self, zone: ZoneInfo) -> int:
        """Return the date taken, else the file's, as wall-clock time."""
        if self.info.taken_ns is not None:
            return self.info.taken_ns
        moment = datetime.fromtimestamp(self.mtime_ns // 10**9, UTC).astimezone(zone)
        offset = moment.utcoffset()
        assert offset is not None
        return self.mtime_ns + int(offset.total_seconds()) * 10**9


def vector_of(text: str) -> Vectors:
    """Return a text's unit vector, drawn from its letters."""
    row = np.random.default_rng(list(text.encode())).standard_normal(DIM).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


class WordEmbedder:
    """A text tower that knows every text."""

    model_id = MODEL
    dim = DIM

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        return np.stack([vector_of(text) for text in texts])


class RandomLibrary:
    """A catalog with saved files, newer vectors, removed and missing files, and its contents."""

    def __init__(self, data_dir: Path, dice: random.Random, limits: IndexLimits) -> None:
        self._dice = dice
        self._clock = 0
        self._vectors: list[Vectors] = []
        self.items: list[Item] = []
        with Catalog.open(data_dir) as catalog:
            writer = CatalogWriter(catalog)
            writer.add_root(ROOT)
            writer.register_model(MODEL, DIM)
            self._put(writer, dice.randint(30, 70))
            if dice.random() < 0.8:
                write_generation(catalog, MODEL, finished=True, limits=limits)
            writer = CatalogWriter(catalog)
            self._put(writer, dice.randint(1, 40), new=True)
            self._number(catalog)
            self._lose(writer)
            if dice.random() < 0.3:
                write_generation(catalog, MODEL, finished=True, limits=limits)
            keys = catalog.content_records([_digest(n) for n in range(len(self._vectors))], MODEL)
            ids = [keys[_digest(n)].content_id for n in range(len(self._vectors))]
            self.vectors = catalog.vectors(MODEL, ids)

    def _put(self, writer: CatalogWriter, count: int, *, new: bool = False) -> None:
        batch: list[Item] = []
        for _ in range(count):
            batch.extend(self._items(new=new))
        self.items.extend(batch)
        next_content = len(self._vectors)
        entries = [
            IndexedFile(
                ImageFile(item.path, item.size, item.mtime_ns, 1),
                _digest(item.content),
                item.info,
                self._vectors[item.content],
                decoder="1",
            )
            for item in batch
        ]
        assert next_content
        writer.commit(MODEL, entries)
        error = ImageFile(ROOT / "autumn" / f"broken {next_content}.jpg", 5, 5, 5)
        writer.commit(MODEL, [IndexedFile(error, b"broken".ljust(16), error="No.", decoder="1")])

    def _items(self, *, new: bool) -> Iterator[Item]:
        """Yield a file, and sometimes a raw file, of the same shot or of another."""
        dice = self._dice
        copied = [item for item in self.items if item.suffix != "dng"]
        if copied and dice.random() < 0.15:
            first = dice.choice(copied)
            yield self._item(first.content, first.info, "jpg", new=False)
            return
        info = self._info()
        item = self._item(self._content(), info, dice.choice(["jpg", "jpg", "png"]), new=new)
        yield item
        if item.suffix == "jpg" and dice.random() < 0.3:
            if info.taken_ns is None or info.camera is None:
                return
            shift = dice.choice([0, 10**9, 60 * 10**9])
            camera = info.camera.upper()
            told = PictureInfo(4000, 3000, "DNG", info.taken_ns + shift, camera, None, None)
            raw = self._item(self._content(), told, "dng", new=new)
            raw.path = item.path.with_suffix(dice.choice([".dng", ".DNG"]))
            raw.shot = item if shift <= 2 * 10**9 else None
            yield raw

    def _item(self, content: int, info: PictureInfo, suffix: str, *, new: bool) -> Item:
        dice = self._dice
        self._clock += 1
        name = f"{dice.choice(WORDS)} {self._clock}.{suffix}"
        when = dice.choice([dice.randint(_FIRST, _LAST), dice.choice(_CHANGES)])
        when += dice.choice([-1801, -1, 0, 1, 1800, 5400])
        size = dice.choice([1000, 2000, dice.randint(1, 10**7)])
        path = ROOT / dice.choice(FOLDERS) / name
        return Item(path, content, info, size, when * 10**9, new=new)

    def _info(self) -> PictureInfo:
        dice = self._dice
        date = None
        if dice.random() < 0.7:
            date = dice.randint(_FIRST // 86_400, _LAST // 86_400) * 86_400 * 10**9
            date += dice.choice([0, -1, 10**9, 43_200 * 10**9])
        position: tuple[float | None, float | None] = (None, None)
        if dice.random() < 0.6:
            position = (dice.uniform(-90, 90), dice.uniform(-180, 180))
        sides = dice.choice([(400, 300), (300, 400), (300, 300), (2000, 1950), (4000, 1000)])
        return PictureInfo(*sides, "JPEG", date, dice.choice(CAMERAS), *position)

    def _content(self) -> int:
        """Draw a vector: a new one, one near an existing one, or an existing one."""
        dice = self._dice
        number = len(self._vectors)
        row = vector_of(f"{dice.random()}")
        if number and dice.random() < 0.3:
            row = dice.choice(self._vectors) + row * dice.choice([0.0, 0.01, 0.2])
        self._vectors.append(np.asarray(row / np.linalg.norm(row), dtype=np.float32))
        return number

    def _number(self, catalog: Catalog) -> None:
        files = catalog.file_records(ROOT, MODEL)
        for item in self.items:
            item.file_id = files[str(item.path).encode()].file_id

    def _lose(self, writer: CatalogWriter) -> None:
        lost = [item for item in self.items if self._dice.random() < 0.15]
        writer.remove_files(item.file_id for item in lost)
        self.items = [item for item in self.items if item not in lost]
        if self._dice.random() < 0.3:
            writer.set_available(ROOT, [ROOT / "winter"])
            for item in self.items:
                item.away = item.path.is_relative_to(ROOT / "winter")


def _digest(content: int) -> bytes:
    return f"content {content}".encode().ljust(16)


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance on a sphere of 6371 km, by the angle between two unit vectors."""
    first, second = map(_on_sphere, (one, other))
    return 6371.0 * math.atan2(float(np.linalg.norm(np.cross(first, second))), first @ second)


def _on_sphere(position: tuple[float, float]) -> NDArray[np.float64]:
    up, along = map(math.radians, position)
    row = (math.cos(up) * math.cos(along), math.cos(up) * math.sin(along), math.sin(up))
    return np.array(row)
