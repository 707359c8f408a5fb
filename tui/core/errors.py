"""The errors of the program, with a sentence for the user."""

from __future__ import annotations

import errno
import os


class PhotoseekError(Exception):
    """A failure with one sentence for the user that says what to do; never shown as a traceback."""


class FolderError(PhotoseekError):
    """A folder is missing, is not a folder, or can't be read."""


class DecodeError(PhotoseekError):
    """A file can't be read as a picture; the message is the reason, without the path."""


class ModelError(PhotoseekError):
    """A model is unknown, or its weights are missing or don't fit."""


class CatalogError(PhotoseekError):
    """The catalog is damaged, is from a newer version, or can't be written."""


class LibraryBusyError(CatalogError):
    """Another process is writing to this library."""


class ServerError(PhotoseekError):
    """The library's server is unavailable, rejects the user, or has no such library."""


class ClusterError(PhotoseekError):
    """The cluster is unavailable, or its hosts are not set up."""


class ConfigError(PhotoseekError):
    """A setting is invalid; the message names the file, the key and the allowed values."""


def os_error_text(error: OSError) -> str:
    """Return a sentence on an error of the system, with a remedy if there is one."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    pattern = _SENTENCES.get(error.errno or 0)
    if pattern is not None:
        return pattern.format(name=name or "A file", where=f" for {name}" if name else "")
    reason = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    return f"{name}: {reason}." if name else f"{reason}."


_SENTENCES = {
    errno.ENOSPC: "The disk is full; free some space, then run the command again.",
    errno.EDQUOT: "Your disk quota is used up; free some space, then run the command again.",
    errno.EFBIG: "{name} exceeds the file size limit of the disk or the user.",
    errno.EACCES: "{name} can't be opened; check its permissions.",
    errno.EPERM: "{name} can't be changed; check its permissions.",
    errno.EROFS: "{name} is on a read-only disk; choose another folder.",
    errno.ENOENT: "{name} does not exist; check the name.",
    errno.ENOTDIR: "{name} is not a folder; check the name.",
    errno.EISDIR: "{name} is a folder; choose a file.",
    errno.ENAMETOOLONG: "{name}: the name is too long.",
    errno.EIO: "The disk reports an error{where}; check the disk.",
    errno.EMFILE: "Too many open files; raise the limit (`ulimit -n`).",
    errno.ENFILE: "The system has too many open files; close some programs.",
    errno.ENOMEM: "Out of memory; close some programs.",
}
