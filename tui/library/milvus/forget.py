"""Removes a folder from a library on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.base.folder_notes import MOUNT, OPTIONS, SCANNED
from tui.library.base.records import ForgetResult
from tui.library.milvus.metadata import ROOT
from tui.library.milvus.rows.collection import parts
from tui.library.milvus.rows.expressions import FOUND, below, with_content
from tui.storage.path_encoding import encode, span

if TYPE_CHECKING:
    from pathlib import Path

    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.store import MilvusStore

_AT_ONCE = 200


def forget(store: MilvusStore, folder: Path, *, dry_run: bool = False) -> ForgetResult:
    """Remove a folder and its subfolders from the library; nothing on disk is touched.

    With ``dry_run`` the rows are only counted. ``contents`` and ``embeddings`` count those that no
    other file of the library has.

    Raises:
        ServerError: the server is unavailable or rejects the user; a second call removes the
            remaining rows.
    """
    folders: set[bytes] = set()
    files = embeddings = 0
    contents: set[bytes] = set()
    for model_id in store.models():
        rows = store.rows(model_id)
        if rows is None:
            continue
        noted = store.model_metadata(model_id).folders(folder)
        ids, unshared = _below(rows, folder)
        folders |= noted.keys()
        files = max(files, len(ids))
        embeddings += len(unshared)
        contents |= unshared
        if not dry_run:
            rows.delete(ids)
            store.model_metadata(model_id).remove_folders(noted)
    if not dry_run:
        store.connection.write_cache.clear()
        limits = span(folder)
        for kind in (ROOT, OPTIONS, MOUNT, SCANNED):
            noted_below = store.metadata.all(kind, limits.low, limits.high)
            store.metadata.remove(kind, [encode(folder), *noted_below])
        store.metadata.renew_version()
    return ForgetResult(len(folders), files, len(contents), embeddings)


def _below(rows: RowCollection, folder: Path) -> tuple[list[int], set[bytes]]:
    """Return the ids of a folder's rows, and the hashes that no other row has."""
    ids: list[int] = []
    digests: set[bytes] = set()
    for page in rows.pages(below(folder), ("id", "content", "error")):
        ids += [row["id"] for row in page]
        digests.update(bytes.fromhex(row["content"]) for row in page if not row["error"])
    for part in parts(sorted(digests), _AT_ONCE):
        text = f"{with_content(part)} and {FOUND} and not {below(folder)}"
        digests -= {bytes.fromhex(row["content"]) for row in rows.query(text, ("content",))}
    return ids, digests
