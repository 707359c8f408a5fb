"""A library with every kind of row, and the expected contents of a copy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.support.libraries.catalog_rows import MODEL, indexed_file, unit_vectors
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.transfer import CopyReport, copy_library
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from tui.library.base.transfer import TransferEndpoint
    from tui.library.local.catalog.reader import Catalog

OTHER = "another model"
HOSTILE = [b"/p/new\nline.jpg", b"/p/\xff\xfe.jpg", b"/p/\"quoted\" \\ '%'.jpg", b"/top.jpg"]


def fill_catalog(catalog: Catalog, n: int = 20) -> None:
    """Write pictures with hostile names, copies, two models, and both kinds of failures."""
    writer = CatalogWriter(catalog)
    writer.register_model(MODEL, 8)
    writer.register_model(OTHER, 4)
    writer.add_root(decode(b"/p"))
    writer.add_root(decode(b"/q/\xff"))
    paths = [*HOSTILE, *(f"/p/{number % 3}/{number}.jpg".encode() for number in range(n))]
    vectors = unit_vectors(len(paths), seed=3)
    info = PictureInfo(640, 480, "JPEG", 10**18, "A camera", 48.5, -2.25)
    for start in range(0, len(paths), 7):
        batch = [
            IndexedFile(
                ImageFile(decode(path), 100 + number, 10**18 + number, number),
                (b"content of %d" % (number // 2)).ljust(16),  # each exists twice
                info,
                vectors[number // 2],
                decoder="decoder 1",
            )
            for number, path in enumerate(paths)
        ][start : start + 7]
        writer.commit(MODEL, batch)
    other = unit_vectors(5, dim=4, seed=4)
    more = [
        indexed_file(f"/p/more/{n}.jpg", (b"more %d" % n).ljust(16), vector)
        for n, vector in enumerate(other)
    ]
    writer.commit(OTHER, more)
    writer.commit(MODEL, [replace(item, vector=vectors[n]) for n, item in enumerate(more[:2])])
    writer.commit(
        MODEL,
        [
            indexed_file("/p/broken.jpg", b"broken".ljust(16), error="It is not a picture."),
            indexed_file("/p/closed.jpg", None, error="Permission denied."),
        ],
    )


def dump(catalog: Catalog) -> dict[str, Any]:
    """Return everything that a copy must contain, without the ids that each library assigns."""
    queries = {
        "roots": "SELECT path FROM roots",
        "models": "SELECT name, dim FROM models",
        "files": "SELECT d.path, f.name, f.folded, f.size, f.mtime_ns, f.inode, c.hash, f.error"
        " FROM files f JOIN folders d ON d.id = f.folder_id"
        " LEFT JOIN contents c ON c.id = f.content_id",
        "contents": "SELECT hash, width, height, format, taken_ns, camera, latitude, longitude,"
        " error, decoder FROM contents",
        "vectors": "SELECT m.name, c.hash, e.vector FROM embeddings e"
        " JOIN models m ON m.id = e.model_id JOIN contents c ON c.id = e.content_id",
        "folders": "SELECT path, pictures FROM folders",
    }
    with catalog.reading() as connection:
        return {
            name: sorted(connection.execute(query).fetchall(), key=repr)
            for name, query in queries.items()
        }


def run_transfer(source: TransferEndpoint, target: TransferEndpoint, **options: Any) -> CopyReport:
    """Copy in small batches."""
    arguments = {"on_progress": lambda _: None, "cancelled": lambda: False, "batch": 4}
    return copy_library(source, target, **{**arguments, **options})
