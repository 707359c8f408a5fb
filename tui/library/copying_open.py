"""Opening the two sides of a copy: each is a folder or the address of a server."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tui.core.domain import ConfigError, FolderError
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog.reader import Catalog
from tui.library.local.transfer import CatalogEndpoint
from tui.storage.folders import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.library.base.transfer import TransferEndpoint


def refuse_same(source: str, target: str) -> None:
    """Raise ConfigError where both are one library, by whatever names it is reached."""
    if _canonical(source) == _canonical(target) or _is_one_file(source, target):
        raise ConfigError(f"{source} and {target} are one library: name another to copy into.")


def _is_one_file(source: str, target: str) -> bool:
    """Whether both catalogs are one file: a bind mount or a hard link has no other sign."""
    if _is_remote(source) or _is_remote(target):
        return False
    try:
        return (absolute(source) / CATALOG_NAME).samefile(absolute(target) / CATALOG_NAME)
    except OSError:
        return False


@contextmanager
def open_source(place: str) -> Iterator[TransferEndpoint]:
    """Open a library to copy from; nothing in it is changed.

    Raises:
        FolderError: there is no library in that folder.
        CatalogError: it is damaged, or can't be opened.
        ServerError: the server is away, refuses, or has no such library.
    """
    if _is_remote(place):
        with _open_milvus(place, write=False) as side:
            yield side
        return
    folder = absolute(place)
    if not (folder / CATALOG_NAME).exists():
        raise FolderError(f"There is no library in {folder}: name the folder of a {CATALOG_NAME}.")
    with Catalog.open(folder, read_only=True) as catalog:
        yield CatalogEndpoint(catalog)


@contextmanager
def open_target(place: str) -> Iterator[TransferEndpoint]:
    """Open a library to copy into; it is made where it is missing.

    Raises:
        CatalogError: it is damaged, or this user can't change it.
        ServerError: the server is away, or refuses.
    """
    if _is_remote(place):
        with _open_milvus(place, write=True) as side:
            yield side
        return
    with Catalog.open(absolute(place)) as catalog:
        yield CatalogEndpoint(catalog)


def _canonical(place: str) -> str:
    if _is_remote(place):
        from tui.library.milvus.address import parse_address

        return str(parse_address(place))
    return str(absolute(place).resolve())


def _is_remote(place: str) -> bool:
    return "://" in place or place.startswith(("milvus:", "milvus+tls:"))


@contextmanager
def _open_milvus(place: str, *, write: bool) -> Iterator[TransferEndpoint]:
    from tui.library.milvus.opening import open_milvus
    from tui.library.milvus.transfer import MilvusEndpoint

    with closing(open_milvus(place, write=write)) as store:
        yield MilvusEndpoint(store)
