"""Checks a library, and repairs it as far as possible."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import CatalogError
from tui.library.base.permissions import CATALOG_NAME, is_foreign, network_remark, refuse_read_only
from tui.library.base.records import Finding
from tui.library.base.unit_vectors import are_unit_length
from tui.library.local.catalog import schema
from tui.library.local.catalog.connect import open_for_reading
from tui.library.local.catalog.identity import identify
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.recovery import recover_catalog
from tui.library.local.catalog.sentences import RAISED, describe_error, is_damage
from tui.library.local.catalog.vector_rows import (
    highest_seq,
    last_seq,
    read_embedded,
    read_misshapen,
)
from tui.library.local.catalog.writer import PICTURES, CatalogWriter
from tui.library.local.row_checks import count_unsound, has_own_schema
from tui.library.local.vectors.generations import GRAPH, VECTORS, is_usable, open_flat
from tui.library.local.vectors.index_files import index_folder, orphans
from tui.library.local.vectors.saving import compare_flat, sweep_orphans, write_generation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tui.library.base.records import Generation


_BLOCK = 8192


def check(data_dir: Path, mounts: Iterable[str] | None = None) -> list[Finding]:
    """Check the catalog and its indexes without changing anything.

    The whole catalog and every index file are read, which takes some seconds for each GB.

    Args:
        data_dir: the library.
        mounts: this machine's disks, as `tui.library.base.permissions.network_remark` takes
            them.
    """
    path = data_dir / CATALOG_NAME
    if not path.exists():
        return [Finding("catalog", True, f"There is no library in {data_dir} yet.")]
    catalog_state = _check_catalog(path)
    if not catalog_state.ok:
        return [catalog_state]
    with Catalog.open(data_dir, read_only=True) as catalog:
        return [
            catalog_state,
            _check_counts(catalog),
            *_check_vectors(catalog),
            *_check_indexes(catalog),
            _check_orphans(catalog),
            *_check_disk(data_dir, mounts),
        ]


def repair(data_dir: Path) -> list[Finding]:
    """Repair the problems that ``check`` finds; return the repairs and the remaining problems.

    A damaged catalog is never changed: its readable rows are copied into a new one, and the old one
    stays beside it. A sound library is unchanged.

    Raises:
        LibraryBusyError: another process is writing to this library.
        CatalogError: this user can't change the library.
    """
    refuse_read_only(data_dir)
    findings = check(data_dir)
    if not any(finding.repairable for finding in findings):
        return findings
    done = []
    with writer_lock(data_dir):
        if findings[0].repairable:
            done.append(_recover(data_dir / CATALOG_NAME))
        with Catalog.open(data_dir) as catalog:
            _repair_rows(catalog)
            for model_id in catalog.status().embeddings:
                write_generation(catalog, model_id, finished=True)
            sweep_orphans(catalog)
    return done + check(data_dir)


# --- checking -------------------------------------------------------------------------------------


def _check_catalog(path: Path) -> Finding:
    try:
        with closing(open_for_reading(path)) as connection:
            version = identify(connection, path).version
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
            if version == schema.VERSION and problems == ["ok"] and not has_own_schema(connection):
                problems = ["its tables are not those of this version"]
            garbage = count_unsound(connection) if problems == ["ok"] else 0
    except RAISED as error:
        return Finding("catalog", False, describe_error(error, path), is_damage(error))
    except CatalogError as error:
        return Finding("catalog", False, str(error))
    if problems != ["ok"]:
        return Finding(
            "catalog", False, f"The catalog {path} is damaged: {'; '.join(problems)}.", True
        )
    if garbage:
        return Finding("catalog", False, f"The catalog {path} has {garbage} damaged rows.", True)
    if strays:
        return Finding(
            "catalog", False, f"The catalog {path} has {len(strays)} orphaned rows.", True
        )
    return Finding("catalog", True, f"The catalog {path} is sound.")


def _check_counts(catalog: Catalog) -> Finding:
    with catalog.reading() as connection:
        row = connection.execute(
            f"SELECT count(*) FROM folders WHERE pictures <> {PICTURES}"
        ).fetchone()
    if row[0]:
        return Finding("counts", False, f"{row[0]} folders have a wrong picture count.", True)
    return Finding("counts", True, "Folder counts are correct.")


def _check_vectors(catalog: Catalog) -> Iterator[Finding]:
    for model_id, count in catalog.status().embeddings.items():
        bad = len(_bad_vectors(catalog, model_id))
        if bad:
            message = f"{bad} of {count} embeddings of {model_id} are damaged."
            yield Finding("vectors", False, message, True)
        else:
            yield Finding("vectors", True, f"All {count} embeddings of {model_id} are sound.")


def _bad_vectors(catalog: Catalog, model_id: str) -> list[int]:
    """Return the seqs of vectors that are not of the model's length, or not of unit length."""
    with catalog.reading() as connection:
        bad = read_misshapen(connection, model_id, 0)
    seq = 0
    while len(delta := catalog.vectors_since(model_id, seq, _BLOCK)):
        bad.extend(delta.seqs[~are_unit_length(delta.vectors)].tolist())
        seq = int(delta.seqs[-1])
    return bad


def _check_indexes(catalog: Catalog) -> Iterator[Finding]:
    generations = catalog.generations()
    for model_id, count in catalog.status().embeddings.items():
        saved = [generation for generation in generations if generation.model_id == model_id]
        walks = catalog.count(model_id=model_id) and not is_foreign(catalog.data_dir)
        needed = {VECTORS, GRAPH} if walks else {VECTORS}
        missing = needed - {generation.kind for generation in saved}
        if count and missing:
            names = " and ".join(sorted(missing))
            message = f"{model_id} has no {names} file, so searches are slower."
            yield Finding("index", False, message, True)
        for generation in saved:
            yield _check_index(catalog, generation)


def _check_index(catalog: Catalog, generation: Generation) -> Finding:
    path = index_folder(catalog.data_dir) / generation.file
    if not is_usable(catalog.data_dir, generation):
        state = "damaged" if path.exists() else "missing"
        message = f"The index {path} is {state}, so searches are slower."
        return Finding("index", False, message, True)
    if generation.kind == VECTORS and (count := _count_differing(catalog, generation)):
        message = f"The index {path} differs from the catalog in {count} vectors."
        return Finding("index", False, message, True)
    return Finding("index", True, f"The index {path} is intact: {generation.n} vectors.")


def _count_differing(catalog: Catalog, generation: Generation) -> int:
    """Count the vectors that a flat file lacks, and those that were computed again since."""
    flat = open_flat(catalog.data_dir, generation)
    if flat is None:
        return 0
    current, lacking = compare_flat(catalog, generation, flat)
    held = np.delete(flat.keys, current)
    with catalog.reading() as connection:
        last = last_seq(connection)
        _, newest = read_embedded(connection, generation.model_id, last)
        beyond = generation.seq_covered > highest_seq(connection)
    return lacking + int(np.isin(held, newest).sum()) + beyond


def _check_orphans(catalog: Catalog) -> Finding:
    leftovers = orphans(
        index_folder(catalog.data_dir), (generation.file for generation in catalog.generations())
    )
    if leftovers:
        names = ", ".join(path.name for path in leftovers)
        return Finding("orphans", False, f"Unused index files: {names}.", True)
    return Finding("orphans", True, "No unused index files.")


def _check_disk(data_dir: Path, mounts: Iterable[str] | None) -> Iterator[Finding]:
    if (remark := network_remark(data_dir, mounts)) is not None:
        yield Finding("disk", True, remark)


# --- repairing ------------------------------------------------------------------------------------


def _recover(path: Path) -> Finding:
    backup, saved = recover_catalog(path)
    return Finding(
        "catalog",
        True,
        f"{saved['files']} files and {saved['embeddings']} embeddings were recovered into a new "
        f"catalog; the damaged one is {backup}. Index your folders again to restore the rest.",
    )


def _repair_rows(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    for model_id in catalog.status().embeddings:
        bad = _bad_vectors(catalog, model_id)
        writer.drop_vectors(bad)
        for generation in catalog.generations(model_id):
            if not is_usable(catalog.data_dir, generation) or (
                generation.kind == VECTORS and (bad or _count_differing(catalog, generation))
            ):
                writer.drop_generation(generation)
    writer.drop_empty_models()
    writer.recount()
