"""Opens a library in a folder or on a server; only this module distinguishes the two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.settings import is_server_address
from tui.library.local.library import LocalLibrary
from tui.library.milvus.address import parse_address
from tui.library.milvus.library import MilvusLibrary
from tui.storage.folders import absolute

if TYPE_CHECKING:
    from tui.core.settings import Settings
    from tui.library.base.library import Library


def open_library(settings: Settings) -> Library:
    """Return the library of the settings; each of its methods opens what it needs."""
    if is_server_address(settings.library):
        return MilvusLibrary(settings.library, settings.data_dir)
    return LocalLibrary(Path(settings.library or settings.data_dir), settings.data_dir)


def library_at(location: str) -> Library:
    """Return the library in a folder, or at an address, that a command names.

    Raises:
        ConfigError: the address is invalid.
    """
    if is_server_address(location):
        return MilvusLibrary(str(parse_address(location)))
    return LocalLibrary(absolute(location))
