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
    """A setting is wrong; the message names the file, the key and what is allowed."""


def os_error_text(error: OSError) -> str:
    """Return one sentence on an error of the system, with what to do if that is known."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    pattern = _SENTENCES.get(error.errno or 0)
    if pattern is not None:
        return pattern.format(name=name or "A file", where=f" for {name}" if name else "")
    reason = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    return f"{name}: {reason}." if name else f"{reason}."


_SENTENCES = {
    errno.ENOSPC: "The disk is full: free some space, then run the command again.",
    errno.EDQUOT: "Your quota on the disk is used up: free some space, then run the command again.",
    errno.EFBIG: "{name} is larger than this disk or this user's limit allows.",
    errno.EACCES: "{name} may not be opened: check its permissions.",
    errno.EPERM: "{name} may not be changed: check its permissions.",
    errno.EROFS: "{name} is on a read-only disk: choose another folder.",
    errno.ENOENT: "{name} does not exist: check the name.",
    errno.ENOTDIR: "{name} is not a folder: check the name.",
    errno.EISDIR: "{name} is a folder: name a file.",
    errno.ENAMETOOLONG: "{name} is too long a name.",
    errno.EIO: "The disk reports an error{where}: check the disk.",
    errno.EMFILE: "Too many files are open: raise the limit (`ulimit -n`).",
    errno.ENFILE: "The system has too many files open: close some programs.",
    errno.ENOMEM: "There is not enough memory: close some programs.",
}
