"""How an indexing run changes a library on a server.

A file's row has the same id whoever writes it, and what a row says follows from the file's bytes
and date: a batch may be written twice, by two processes at once or after a kill, and it is the same
library. Nothing is locked.

Files that are gone are dropped at the end of the run, not before: what moved then finds its vector
in the row that it leaves.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.milvus.client import RefusedCallError
from tui.library.milvus.collections import make_rows
from tui.library.milvus.expressions import FOUND, in_folder, with_content
from tui.library.milvus.fields import FACTS, error_facts, info_facts, unquoted, whole_row
from tui.library.milvus.notes import MODEL, ROOT
from tui.library.paths import encode
from tui.library.records import Committed, KnownContent
from tui.library.units import refuse_other_length, unit_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.domain import Cancelled
    from tui.library.milvus.fields import Row
    from tui.library.milvus.rows import Rows
    from tui.library.milvus.store import MilvusStore
    from tui.library.records import IndexedFile, KnownFile

_KNOWN_KEPT = 100_000
_FACTS_KEPT = 2_000
_RECOUNT_SECONDS = 5.0
_RECOUNT_SHARE = 10
"""Counting folders may take a tenth of the time."""

_LARGE_RUN = 10_000
"""Rows; fewer are searched fast enough without an index, and the server makes one in time."""


class Recent:
    """Contents that were written a moment ago, which the server may not answer with yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, bytes], KnownContent] = OrderedDict()
        self._facts: OrderedDict[tuple[str, bytes], Row] = OrderedDict()

    def put(self, model_id: str, digest: bytes, facts: Row) -> None:
        """Remember what was written of a content."""
        error, decoder = facts["error"] or None, facts["decoder"] or None
        known = KnownContent(int.from_bytes(digest, "big"), error is None, error, decoder)
        with self._lock:
            _keep(self._known, (model_id, digest), known, _KNOWN_KEPT)
            _keep(self._facts, (model_id, digest), facts, _FACTS_KEPT)

    def known(self, model_id: str, digest: bytes) -> KnownContent | None:
        """Return what is known of a content that was written lately."""
        return self._known.get((model_id, digest))

    def facts(self, model_id: str, digest: bytes) -> Row | None:
        """Return the facts of a content that was written just now, its vector among them."""
        return self._facts.get((model_id, digest))


class MilvusWriter:
    """Changes a library; one serves one run, methods may be called from any thread."""

    def __init__(self, store: MilvusStore, recent: Recent) -> None:
        self._store = store
        self._notes = store.notes
        self._recent = recent
        self._run = time.time_ns()
        self._early: list[IndexedFile] = []
        self._gone: set[int] = set()
        self._written: set[int] = set()
        self._folders = FolderTally(store)
        self._cameras: dict[str, set[bytes]] = {}
        self._found_new: set[str] = set()

    def add_root(self, folder: Path) -> None:
        """Remember a folder that was given to index."""
        self._notes.put(ROOT, {encode(folder): 1})
        self._notes.renew()

    def register_model(self, model_id: str, dim: int) -> None:
        """Make room for a model's vectors; does nothing when it is known.

        Raises:
            ModelError: it is known with another length.
        """
        known = self._store.dim(model_id)
        if known is None:
            try:
                make_rows(self._store.client, model_id, dim)
            except RefusedCallError:
                if self._store.dim(model_id) is None:  # else another process was first
                    raise
            known = self._store.dim(model_id)
        refuse_other_length(model_id, known or dim, dim)
        self._notes.put(MODEL, {model_id: {"dim": dim}})

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> Committed:
        """Write a batch of files; what was acknowledged stays, whatever happens then.

        Files whose bytes should be known, but are not any more, are left to the next run. Files
        that can't be read wait until the model is registered, in this run or a later one.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's length.
        """
        rows = self._store.rows(model_id)
        new = [item for item in batch if item.vector is not None]
        contents = self._new_contents(model_id, rows, new) if new else {}
        failed = sum(item.error is not None for item in batch)
        if rows is None:
            self._early += batch
            return Committed(len(batch), failed=failed)
        early, self._early = self._early, []
        known = [item.digest for item in batch if item.vector is None and item.error is None]
        contents |= self._known_contents(model_id, rows, set(filter(None, known)) - set(contents))
        written = {}
        for item in (*early, *batch):
            facts = error_facts(item, rows.dim) if item.error is not None else None
            if facts is None and item.digest is not None:
                facts = contents.get(item.digest)
            if facts is not None:
                row = whole_row(item, facts)
                written[row["id"]] = row
                if item.digest is not None:
                    self._recent.put(model_id, item.digest, facts)
        self._note(model_id, list(written.values()), found_new=bool(new))
        rows.upsert(list(written.values()))
        self._written.update(written)
        self._notes.renew()
        embedded = len(contents.keys() & {item.digest for item in new})
        return Committed(len(batch), embedded, len(batch) - embedded - failed, failed)

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Drop files that are gone from disk, at the end of the run; return how many."""
        wanted = set(file_ids)
        self._gone |= wanted
        return len(wanted)

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:  # noqa: ARG002
        """Do nothing: whether a folder is there now is a matter of each machine's."""
        return 0

    def recount_differing(
        self, scope: Path, model_id: str, known: Mapping[bytes, KnownFile]
    ) -> None:
        """Have folders counted anew whose notes are not what their files say, as after a kill."""
        self._folders.compare(scope, model_id, known)

    def save(self, model_id: str, *, finished: bool, cancelled: Cancelled) -> None:
        """Count the pictures of changed folders now and then; have a large run indexed."""
        if self._folders.recount_if_due(cancelled):
            self._notes.renew()
        rows = self._store.rows(model_id)
        if finished and rows is not None and len(self._written) >= _LARGE_RUN:
            rows.flush()

    def finish(self, *, stopped: bool) -> None:
        """Drop what is gone, unless the run was stopped before all that moved was written."""
        gone = sorted(self._gone - self._written)
        for model_id in self._store.models() if gone and not stopped else ():
            if (rows := self._store.rows(model_id)) is not None:
                for row in rows.with_ids(gone, ("folder",)):
                    self._folders.changed(model_id, [unquoted(row["folder"])])
                rows.delete(gone)
        if self._folders.recount() or gone:
            self._notes.renew()

    def _new_contents(
        self, model_id: str, rows: Rows | None, items: Sequence[IndexedFile]
    ) -> dict[bytes, Row]:
        dim = None if rows is None else rows.dim
        vectors = unit_vectors(
            model_id, dim, [item.vector for item in items if item.vector is not None]
        )
        return {
            item.digest: {**info_facts(item.info, self._run), "vector": vector.astype(np.float32)}
            for item, vector in zip(items, vectors, strict=True)
            if item.digest is not None and item.info is not None
        }

    def _known_contents(
        self, model_id: str, rows: Rows, digests: Iterable[bytes]
    ) -> dict[bytes, Row]:
        found = {}
        for digest in digests:
            facts = self._recent.facts(model_id, digest) or _facts_of(rows, digest)
            if facts is not None:
                found[digest] = facts
        return found

    def _note(self, model_id: str, rows: Sequence[Row], *, found_new: bool) -> None:
        """Remember folders, cameras and the run; before the rows, so that none is unheard of."""
        about = self._store.about(model_id)
        self._folders.changed(model_id, {unquoted(row["folder"]) for row in rows})
        if model_id not in self._cameras:
            self._cameras[model_id] = set(map(str.encode, about.cameras()))
        cameras = {unquoted(row["camera"]) for row in rows if row["camera"]}
        if more := cameras - self._cameras[model_id]:
            about.put_cameras(more)
            self._cameras[model_id] |= more
        if found_new and model_id not in self._found_new:
            about.put_last_run(self._run)
            self._found_new.add(model_id)


class FolderTally:
    """Keeps the notes of how many pictures each folder has; always counted, never added up."""

    def __init__(self, store: MilvusStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._changed: dict[str, set[bytes]] = defaultdict(set)
        self._noted: dict[str, set[bytes]] = {}
        self._due = time.monotonic() + _RECOUNT_SECONDS

    def changed(self, model_id: str, folders: Iterable[bytes]) -> None:
        """Note that files of these folders are written or dropped; new folders are told at once."""
        about = self._store.about(model_id)
        with self._lock:
            if model_id not in self._noted:
                self._noted[model_id] = set(about.folders())
            wanted = set(folders)
            new = wanted - self._noted[model_id]
            self._noted[model_id] |= new
            self._changed[model_id] |= wanted
        if new:
            about.put_folders(dict.fromkeys(new, 0))

    def compare(self, scope: Path, model_id: str, known: Mapping[bytes, KnownFile]) -> None:
        """Have folders below a scope counted whose notes are not what their files say."""
        found = Counter(
            path.rpartition(b"/")[0] or b"/" for path, file in known.items() if file.embedded
        )
        noted = self._store.about(model_id).folders(scope)
        differing = {
            folder for folder in found.keys() | noted.keys() if found[folder] != noted.get(folder)
        }
        with self._lock:
            self._changed[model_id] |= differing

    def recount_if_due(self, cancelled: Cancelled) -> bool:
        """Count what has changed if that was not done for some seconds; True if it was."""
        began = time.monotonic()
        if began < self._due:
            return False
        counted = self.recount(cancelled)
        took = time.monotonic() - began
        self._due = time.monotonic() + max(_RECOUNT_SECONDS, took * _RECOUNT_SHARE)
        return counted

    def recount(self, cancelled: Cancelled = lambda: False) -> bool:
        """Count all that has changed; True if anything had."""
        with self._lock:
            changed, self._changed = self._changed, defaultdict(set)
        for model_id, folders in changed.items():
            rows = self._store.rows(model_id)
            if rows is not None and folders:
                left = self._count(rows, model_id, sorted(folders), cancelled)
                with self._lock:
                    self._changed[model_id] |= left
        return any(changed.values())

    def _count(
        self, rows: Rows, model_id: str, folders: Sequence[bytes], cancelled: Cancelled
    ) -> set[bytes]:
        """Count folders; return those that were left when told to stop."""
        pictures: dict[bytes, int] = {}
        for folder in folders:
            if pictures and cancelled():
                break
            text = f"{FOUND} and {in_folder(folder)}"
            pictures[folder] = rows.count(text, strong=not pictures)  # later ones see no less
        about = self._store.about(model_id)
        about.put_folders(pictures)
        return set(folders) - pictures.keys()


def _facts_of(rows: Rows, digest: bytes) -> Row | None:
    """Ask the server for the facts of a content, waiting for it to know them only if it must."""
    text = f"{FOUND} and {with_content([digest])}"
    for strong in (False, True):
        if found := rows.query(text, FACTS, 1, strong=strong):
            return {name: found[0][name] for name in FACTS}
    return None


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
