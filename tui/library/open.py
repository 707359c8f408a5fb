"""What an indexing run works against: a library, wherever it is kept.

`EmbeddedStore` is a catalog and its index in a folder of this machine; `tui.library.milvus` keeps
the same on a server. Load this module late, as the catalog.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.library.base.storage_access import limit_storage
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.settings import Settings
    from tui.library.base.store import Store


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Open the library of the settings for writing; it is made where it is missing.

    Raises:
        CatalogError: it is damaged, from a newer version, or can't be opened.
        ServerError: its server is away, refuses, or has something else under that name.
    """
    store = _opened(settings)
    try:
        yield store
    finally:
        store.close()


def _opened(settings: Settings) -> Store:
    limit_storage(settings)
    if not settings.is_remote:
        return EmbeddedStore(Catalog.open(settings.library_dir))
    from tui.library.milvus.opening import open_milvus

    return open_milvus(settings.library, write=True)
