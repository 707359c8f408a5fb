"""The writer of an indexing run to a library on a server.

The id of a row follows from the file's path, and its values from the file's bytes and date. So a
batch may be written twice, by two processes at once or after a kill, without a lock.

Missing files are removed only at the end of the run, so that a moved file finds its vector in its
old row.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.base.records import CommitResult
from tui.library.base.unit_vectors import normalize, refuse_other_length
from tui.library.milvus.client import RefusedCallError, ServerUnavailableError
from tui.library.milvus.folder_counts import FolderCounts
from tui.library.milvus.metadata import MODEL, ROOT
from tui.library.milvus.rows.collections import make_rows
from tui.library.milvus.rows.expressions import FOUND, with_content
from tui.library.milvus.rows.schema import FACTS, error_facts, info_facts, unquote, whole_row
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.library.base.records import FileRecord, IndexedFile
    from tui.library.milvus.connection import MilvusConnection
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.rows.schema import Row

_LARGE_RUN = 10_000
"""Rows of a run from which they are indexed at once; fewer are searched fast enough without."""


class MilvusWriter:
    """Writes to a library during one run; methods may be called from any thread."""

    def __init__(self, connection: MilvusConnection) -> None:
        self._connection = connection
        self._metadata = connection.metadata
        self._write_cache = connection.write_cache
        self._run_start: int | None = None
        self._unregistered: list[IndexedFile] = []
        self._removed_ids: set[int] = set()
        self._written = 0
        self._folders = FolderCounts(connection)
        self._cameras: dict[str, set[bytes]] = {}
        self._models_with_new: set[str] = set()

    def add_root(self, folder: Path) -> None:
        """Add an indexed folder."""
        self._metadata.put(ROOT, {encode(folder): 1})
        if self._run_start is None:
            self._run_start = time.time_ns()
            self._metadata.save_run_start(self._run_start)
        self._metadata.renew_version()

    def register_model(self, model_id: str, dim: int) -> None:
        """Add a model if it is new.

        Raises:
            ModelError: the library has it with vectors of another length.
        """
        registered = self._connection.dim(model_id)
        if registered is None:
            try:
                make_rows(self._connection.client, model_id, dim)
            except RefusedCallError:
                if self._connection.dim(model_id) is None:  # otherwise another process was first
                    raise
            registered = self._connection.dim(model_id)
        refuse_other_length(model_id, registered or dim, dim)
        self._metadata.put(MODEL, {model_id: {"dim": dim}})

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> CommitResult:
        """Write a batch of files.

        Files whose content another run has removed meanwhile are left to the next run. Unreadable
        files wait until the model is registered, in this run or a later one. An empty vector marks
        a file that another process has written.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's length.
        """
        rows = self._connection.rows(model_id)
        external = [item for item in batch if item.vector is not None and not item.vector.size]
        if external:
            self._note_external(model_id, external)
            batch = [item for item in batch if item.vector is None or item.vector.size]
        new = [item for item in batch if item.vector is not None]
        contents = self._new_contents(model_id, rows, new) if new else {}
        failed = sum(item.error is not None for item in batch)
        if rows is None:
            self._unregistered += batch
            return CommitResult(len(batch), failed=failed)
        waiting, self._unregistered = self._unregistered, []
        reused_digests = {
            item.digest
            for item in batch
            if item.vector is None and item.error is None and item.digest is not None
        }
        missing = reused_digests - contents.keys()
        contents |= self._stored_contents(model_id, rows, sorted(missing))
        written = {}
        for item in (*waiting, *batch):
            facts = error_facts(item, rows.dim) if item.error is not None else None
            if facts is None and item.digest is not None:
                facts = contents.get(item.digest)
            if facts is not None:
                row = whole_row(item, facts)
                written[row["id"]] = row
                if item.digest is not None:
                    self._write_cache.put(model_id, item.digest, facts)
        self.put(model_id, rows, list(written.values()), has_new=bool(new))
        embedded = len(contents.keys() & {item.digest for item in new})
        reused = len(batch) - embedded - failed
        total = len(batch) + len(external)
        return CommitResult(total, embedded + len(external), reused, failed)

    def put(
        self, model_id: str, rows: RowCollection, written: Sequence[Row], *, has_new: bool = False
    ) -> None:
        """Write rows; with ``has_new`` this run becomes the one whose pictures are new."""
        self._note(model_id, written, has_new=has_new)
        rows.upsert(written)
        self._written += len(written)
        self._folders.recount_if_due()
        self._metadata.renew_version()

    def recount(self, model_id: str, folders: Iterable[bytes]) -> None:
        """Mark folders whose pictures have to be counted."""
        self._folders.mark_changed(model_id, folders)

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Remove files at the end of the run; return how many."""
        ids = set(file_ids)
        self._removed_ids |= ids
        return len(ids)

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:  # noqa: ARG002
        """Do nothing, since each machine may have other folders; return 0."""
        return 0

    def put_folder_notes(self, kind: str, notes: Mapping[bytes, Any]) -> None:
        """Write a JSON value for each folder, by its encoded path."""
        self._metadata.put(kind, notes)

    def remove_folder_notes(self, kind: str, paths: Iterable[bytes]) -> None:
        """Remove notes."""
        self._metadata.remove(kind, paths)

    def recount_differing(
        self, scope: Path, model_id: str, records: Mapping[bytes, FileRecord]
    ) -> None:
        """Mark folders whose count differs from the number of their files, as after a kill."""
        self._folders.compare(scope, model_id, records)

    def save(self, model_id: str) -> None:
        """Index the rows of a large run now; the server would do so later."""
        rows = self._connection.rows(model_id)
        if rows is not None and self._written >= _LARGE_RUN:
            with suppress(ServerUnavailableError):  # it may take longer than the timeout
                rows.flush()

    def finish(self, *, stopped: bool) -> None:
        """Remove missing files, unless the run stopped before it wrote all moved ones."""
        removed_ids = sorted(self._removed_ids)
        for model_id in self._connection.models() if removed_ids and not stopped else ():
            if (rows := self._connection.rows(model_id)) is not None:
                for row in rows.with_ids(removed_ids, ("folder",)):
                    self._folders.mark_changed(model_id, [unquote(row["folder"])])
                rows.delete(removed_ids)
        if self._folders.recount() or removed_ids:
            self._metadata.renew_version()

    def _new_contents(
        self, model_id: str, rows: RowCollection | None, items: Sequence[IndexedFile]
    ) -> dict[bytes, Row]:
        dim = None if rows is None else rows.dim
        vectors = normalize(
            model_id, dim, [item.vector for item in items if item.vector is not None]
        )
        run = self._run()
        return {
            item.digest: {**info_facts(item.info, run), "vector": vector.astype(np.float32)}
            for item, vector in zip(items, vectors, strict=True)
            if item.digest is not None and item.info is not None
        }

    def _run(self) -> int:
        """Return when the run began; a worker without a folder belongs to the last run."""
        if self._run_start is None:
            self._run_start = self._metadata.run_start() or time.time_ns()
        return self._run_start

    def _stored_contents(
        self, model_id: str, rows: RowCollection, digests: Sequence[bytes]
    ) -> dict[bytes, Row]:
        cached = {
            digest: facts
            for digest in digests
            if (facts := self._write_cache.facts(model_id, digest))
        }
        contents = cached | _facts_of(rows, [key for key in digests if key not in cached])
        for digest in digests:
            if digest not in contents:
                self._write_cache.forget(model_id, digest)
        return contents

    def _note_external(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        """Record the contents and folders of files that another process has written."""
        for item in items:
            if item.digest is not None:
                self._write_cache.put_record(model_id, item.digest)
        self._folders.mark_changed(model_id, {encode(item.file.path.parent) for item in items})
        self._note_new(model_id)

    def _note_new(self, model_id: str) -> None:
        if model_id not in self._models_with_new:
            self._connection.model_metadata(model_id).put_last_run(self._run())
            self._models_with_new.add(model_id)

    def _note(self, model_id: str, rows: Sequence[Row], *, has_new: bool) -> None:
        """Save folders, cameras and the run before the rows, so that no row precedes its folder."""
        metadata = self._connection.model_metadata(model_id)
        self._folders.mark_changed(model_id, {unquote(row["folder"]) for row in rows})
        if model_id not in self._cameras:
            self._cameras[model_id] = set(map(os.fsencode, metadata.cameras()))
        cameras = {unquote(row["camera"]) for row in rows if row["camera"]}
        if more := cameras - self._cameras[model_id]:
            metadata.put_cameras(more)
            self._cameras[model_id] |= more
        if has_new:
            self._note_new(model_id)


def _facts_of(rows: RowCollection, digests: Sequence[bytes]) -> dict[bytes, Row]:
    """Query the server for the facts of contents, with strong consistency only if needed.

    A content may have thousands of copies with equal rows. So the first query asks for few rows,
    and later ones for one row of each content that was not among them.
    """
    facts = _facts_in(rows, digests, 2 * len(digests), strong=False) if digests else {}
    for digest in digests:
        for strong in (False, True):
            if digest not in facts:
                facts |= _facts_in(rows, [digest], 1, strong=strong)
    return facts


def _facts_in(
    rows: RowCollection, digests: Sequence[bytes], limit: int, *, strong: bool
) -> dict[bytes, Row]:
    text = f"{FOUND} and {with_content(digests)}"
    answer = rows.query(text, ("content", *FACTS), limit, strong=strong)
    return {bytes.fromhex(row["content"]): {name: row[name] for name in FACTS} for row in answer}
