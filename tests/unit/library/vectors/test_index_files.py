from __future__ import annotations

import os
import random
import shutil
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import DIM, MODEL, commit_pictures, unit_vectors
from tests.support.mounts import small_disk
from tests.unit.library.vectors.test_vector_index import agrees, brute_force
from tui.core.errors import CatalogError
from tui.core.files import Draft
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.generations import newest, open_flat, view_graph
from tui.library.local.vectors.index_files import index_folder, is_intact, publish
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.library.base.records import Generation

WITH_GRAPH = IndexLimits(exact=50, delta=40, depth=400, reach=500)
KINDS = ["vectors", "usearch"]
VECTOR = unit_vectors(1, seed=99)[0]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "data") as opened:
        commit_pictures(CatalogWriter(opened), unit_vectors(100))
        write_generation(opened, MODEL, finished=True, limits=WITH_GRAPH)
        yield opened


def saved(catalog: Catalog, kind: str) -> tuple[Generation, Path]:
    generation = newest(catalog, MODEL, kind)
    assert generation is not None
    return generation, index_folder(catalog.data_dir) / generation.file


def opens(catalog: Catalog, generation: Generation) -> bool:
    opener = open_flat if generation.kind == "vectors" else view_graph
    return opener(catalog.data_dir, generation) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_anywhere_is_detected_before_the_file_is_used(
    catalog: Catalog, kind: str
) -> None:
    generation, path = saved(catalog, kind)
    whole = path.read_bytes()
    assert opens(catalog, generation)
    dice = random.Random(1)
    for _ in range(1000):
        offset, bit = dice.randrange(len(whole)), dice.randrange(8)
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(bytes([whole[offset] ^ 1 << bit]))
        assert not opens(catalog, generation)
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(whole[offset : offset + 1])
    assert opens(catalog, generation)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", ["cut", "empty", "longer", "zeroed", "half zeroed", "gone"])
def test_searches_avoid_a_damaged_file_until_it_is_rebuilt(
    catalog: Catalog, kind: str, damage: str
) -> None:
    generation, path = saved(catalog, kind)
    whole = path.read_bytes()
    harmed = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "longer": whole + b"\0",
        "zeroed": bytes(len(whole)),
        "half zeroed": whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2),
    }
    path.unlink() if damage == "gone" else path.write_bytes(harmed[damage])
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    assert index.refused == {kind: generation.file}
    assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)
    assert damage == "gone" or path.read_bytes() == harmed[damage]
    assert write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    assert index.refresh()
    assert index.refused == {}
    assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)
    assert not path.exists()


def with_right_checksum(generation: Generation, path: Path, content: bytes) -> Generation:
    path.write_bytes(content)
    return replace(generation, size=len(content), crc32=zlib.crc32(content))


@pytest.mark.parametrize("change", ["dim", "n", "model_id", "dtype", "metric", "format", "junk"])
def test_a_flat_file_with_another_header_is_rejected(catalog: Catalog, change: str) -> None:
    generation, path = saved(catalog, "vectors")
    content = path.read_bytes()
    if change == "dim":  # the same size, another shape
        generation = replace(generation, dim=DIM * 2, n=generation.n // 2)
    elif change == "n":
        generation = replace(generation, n=generation.n - 1)
    elif change == "model_id":
        generation = replace(generation, model_id="another")
    else:
        words = {"dtype": b"float16", "metric": b'"ip"', "format": b"vectors 1", "junk": b"{"}
        assert words[change] in content
        content = content.replace(words[change], b"x" * len(words[change]), 1)
    assert not opens(catalog, with_right_checksum(generation, path, content))


@pytest.mark.parametrize(
    "options",
    [
        {"ndim": DIM + 1, "metric": "ip", "dtype": "i8"},
        {"ndim": DIM, "metric": "l2sq", "dtype": "i8"},
        {"ndim": DIM, "metric": "ip", "dtype": "f32"},
    ],
    ids=["dim", "metric", "dtype"],
)
def test_a_graph_of_another_kind_is_rejected(
    catalog: Catalog, tmp_path: Path, options: dict[str, object]
) -> None:
    from usearch.index import Index

    generation, path = saved(catalog, "usearch")
    other = Index(**options)  # type: ignore[arg-type]
    other.add(np.arange(10), np.ones((10, other.ndim), np.float32))
    other.save(tmp_path / "other")
    assert not opens(
        catalog, with_right_checksum(generation, path, (tmp_path / "other").read_bytes())
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [b"a format of the future", bytes(10_000)])
def test_a_file_of_an_unknown_format_is_rebuilt(
    catalog: Catalog, kind: str, content: bytes
) -> None:
    generation, path = saved(catalog, kind)
    fake = with_right_checksum(generation, path, content)
    with catalog.writing() as connection:
        connection.execute(
            "UPDATE generations SET bytes = ?, crc32 = ? WHERE kind = ?",
            (fake.size, fake.crc32, kind),
        )
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    assert index.refused == {kind: generation.file}
    assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)
    assert write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    assert index.refresh()
    assert index.refused == {}


def test_the_name_of_a_data_folder_need_not_be_utf8(tmp_path: Path) -> None:
    data_dir = tmp_path / os.fsdecode(b"data \xff\n?#%20")
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(100))
        assert write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    with Catalog.open(data_dir, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL, WITH_GRAPH)
        assert index.refused == {}
        assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)


def test_a_failed_save_keeps_the_old_files(tmp_path: Path) -> None:
    path = tmp_path / "index" / "gen-1.vectors"

    def whole(draft: Draft) -> int:
        draft.file.write(b"good")
        return 4

    def short(draft: Draft) -> int:
        draft.file.write(b"no")
        return 4

    def broken(draft: Draft) -> int:
        draft.file.write(b"no")
        raise RuntimeError("Failed to write")

    assert publish(path, whole) == (4, zlib.crc32(b"good"))
    for write in (short, broken):
        with pytest.raises(CatalogError, match="can't be saved"):
            publish(path, write)
        assert is_intact(path, 4, zlib.crc32(b"good"))
        assert list(path.parent.iterdir()) == [path]


def test_only_left_over_files_are_removed(catalog: Catalog) -> None:
    folder = index_folder(catalog.data_dir)
    used = {path.name for path in folder.iterdir()}
    for name in ("gen-99.vectors", "gen-98.usearch.tmp", "notes.txt"):
        (folder / name).write_bytes(b"")
    write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    assert {path.name for path in folder.iterdir()} == used | {"notes.txt"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_the_old_files_valid(tmp_path: Path, kind: str) -> None:
    limits = WITH_GRAPH if kind == "usearch" else IndexLimits()
    with small_disk(tmp_path / "disk", "8m") as disk, Catalog.open(disk / "data") as catalog:
        writer = CatalogWriter(catalog)
        commit_pictures(writer, unit_vectors(500, dim=64))
        write_generation(catalog, MODEL, finished=True, limits=limits)
        before = catalog.generations(MODEL)
        commit_pictures(writer, unit_vectors(500, dim=64, seed=1), folder="/q")
        free = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(bytes(free - (200_000 if kind == "usearch" else 20_000)))
        with pytest.raises(CatalogError, match="can't be saved"):
            write_generation(catalog, MODEL, finished=True, limits=limits)
        after = catalog.generations(MODEL)
        assert [generation for generation in after if generation.kind == kind] == [
            generation for generation in before if generation.kind == kind
        ]
        assert all(opens(catalog, generation) for generation in after)
        vector = unit_vectors(1, dim=64)[0]
        index = VectorIndex(catalog, MODEL)
        assert len(index) == 1000
        assert agrees(index.search(vector, 20), brute_force(catalog, vector), 20)
        (disk / "ballast").unlink()
        assert write_generation(catalog, MODEL, finished=True, limits=limits)
