"""What can go wrong, in words for the user.

A part of `tui.domain`, which passes it on; whatever runs before the first frame imports it from
here, since the value types take 5 ms.
"""

from __future__ import annotations


class PhotoseekError(Exception):
    """A failure with one sentence for the user that says what to do; never shown as a traceback."""


class FolderError(PhotoseekError):
    """A folder is missing, is not a folder, or can't be read."""


class DecodeError(PhotoseekError):
    """A file can't be read as a picture; the message is the reason, without the path."""


class ModelError(PhotoseekError):
    """A model is unknown, its weights are not here, or they don't fit."""


class CatalogError(PhotoseekError):
    """The catalog is damaged, is from a newer version, or can't be written."""


class LibraryBusyError(CatalogError):
    """Another process is writing to this library."""


class ServerError(PhotoseekError):
    """The library's server is away, refuses, or has something else; it may be right again later."""


class ClusterError(PhotoseekError):
    """The cluster that was to do the work is away, or its hosts are not set up for it."""


class ConfigError(PhotoseekError):
    """A setting is wrong; the message names the file, the key and what is allowed."""
