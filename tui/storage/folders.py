"""Checks folders that the user names. Imports only the standard library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable


def absolute(folder: str | Path) -> Path:
    """Return the full path without ``..``, the form of folders in the catalog.

    Raises:
        FolderError: the name is empty, which would be the current folder, or it is an invalid
            address in object storage.
    """
    if not os.fspath(folder):
        raise FolderError("The name of a folder is empty; use . for the current folder.")
    if "://" in os.fspath(folder):
        from tui.storage.objects.path import from_address, is_address

        if is_address(folder):
            return from_address(os.fspath(folder))
    return Path(os.path.abspath(folder))  # noqa: PTH100 (Path.absolute keeps "..")


def outermost(folders: Iterable[Path]) -> list[Path]:
    """Return absolute folders in their order, without those inside another of them."""
    paths = dict.fromkeys(absolute(folder) for folder in folders)
    return [path for path in paths if not any(parent in paths for parent in path.parents)]


def broad_folder(folder: Path) -> str:
    """Describe a folder that contains far more than pictures; empty for any other.

    Such a folder is indexed only after a confirmation.
    """
    if "://" in str(folder):
        return ""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home may raise)
    if folder == folder.parent:
        return f"{folder} is the whole disk."
    if folder == home:
        return f"{folder} is your whole home folder."
    return f"{folder} contains your home folder." if folder in home.parents else ""


def check_folder(folder: Path) -> bool:
    """Return whether the folder is empty.

    Raises:
        FolderError: it is missing, is not a folder, or can't be read; in object storage also if
            it is empty, which is the same as missing there.
    """
    if "://" in str(folder):
        from tui.storage.objects.path import RemotePath, check_prefix

        if isinstance(folder, RemotePath):
            check_prefix(folder)
            return False
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is None
    except FileNotFoundError:
        raise FolderError(f"{folder} was not found; check the path, or mount the disk.") from None
    except NotADirectoryError:
        raise FolderError(f"{folder} is not a folder; use the folder that contains it.") from None
    except PermissionError:
        raise FolderError(f"{folder} can't be read; check its permissions.") from None
    except OSError as error:
        raise FolderError(f"{folder} can't be read: {error.strerror}.") from error
    except ValueError as error:  # a zero byte in the name
        raise FolderError(f"{folder} can't be read: {error}.") from error
