"""The permissions of a library's folder, and the kind of its disk.

A folder that photoseek creates is for its owner alone (0700). If the owner opens it to others, it
keeps these modes, and new files in it follow them: 0750 lets a group search the library, 2770 lets
it index too (the 2 keeps new files in the group), 0755 lets all users search. SQLite gives the
catalog's log (``-wal``, ``-shm``) the modes of the catalog.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError
from tui.core.files import set_mode

if TYPE_CHECKING:
    from collections.abc import Iterable

CATALOG_NAME = "catalog.sqlite"

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs2", "fuse.ceph"),
        *("9p", "virtiofs", "vboxsf", "vmhgfs", "fuse.vmhgfs-fuse", "prl_fs"),  # a host's folders
        *("fuse.mergerfs", "mergerfs", "fuse.unionfs", "davfs", "ncpfs", "pvfs2", "ocfs2", "gfs2"),
    }
)


def file_mode(folder: Path) -> int:
    """Return the modes of a file in a library's folder, for the same readers as the folder."""
    return 0o600 | (folder.stat().st_mode & 0o066)


def set_file_mode(descriptor: int, folder: Path) -> None:
    """Give an open file the modes of a folder's files, regardless of the umask."""
    if os.name != "nt":
        os.fchmod(descriptor, file_mode(folder))


def make_file(path: Path) -> None:
    """Create an empty file with the modes of its folder, unless it exists.

    Raises:
        OSError: it can't be created.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        set_file_mode(descriptor, path.parent)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder with the modes of its parent, unless it exists.

    Raises:
        OSError: it can't be created, or another user created a link with that name.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        refuse_foreign_link(folder)
        return
    set_mode(folder, stat.S_IMODE(folder.parent.stat().st_mode))


def refuse_foreign_link(path: Path) -> None:
    """Raise OSError for a link that a user other than this one or root created.

    In a folder that others can write, such a link decides where this user's files go.
    """
    if os.name == "nt":
        return
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in (0, os.geteuid()):
        raise OSError(errno.ELOOP, f"{path} is a link that another user made")


def is_foreign(folder: Path) -> bool:
    """Whether a library is another user's, so that its contents may be malicious.

    It is the user's own if its folder and its catalog belong to this user or to root, and the
    folder is not writable for all. Only the owner trusts a group with write access (2770). On
    Windows, which reports no owners, every library is the user's own.
    """
    if os.name == "nt":
        return False
    trusted = (0, os.geteuid())
    for path in (folder, folder / CATALOG_NAME):
        try:
            status = path.stat()
        except OSError:
            continue
        if status.st_uid not in trusted or status.st_mode & stat.S_IWOTH:
            return True
    return False


def why_read_only(folder: Path) -> str | None:
    """Return one sentence on why this user can't change a library; None if they can."""
    parts = [part for part in (folder, folder / CATALOG_NAME) if os.access(part, os.F_OK)]
    if all(is_writable(part) for part in parts):
        return None
    if len(parts) == 1:
        return (
            f"Can't create a library in {folder}; allow writing there, or choose another folder "
            "with --library FOLDER."
        )
    owner = _another_owner(folder)
    if owner is None:
        return (
            f"The library in {folder} is read-only; allow writing there, or choose another with "
            "--library FOLDER."
        )
    return (
        f"You can search the library in {folder} but not change it; ask its owner ({owner}), or "
        "choose your own library with --library FOLDER."
    )


def refuse_read_only(folder: Path) -> None:
    """Raise CatalogError if this user can't change the library in a folder."""
    if (sentence := why_read_only(folder)) is not None:
        raise CatalogError(sentence)


def is_writable(path: Path) -> bool:
    """Whether this user can write a file, or create files in a folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _another_owner(path: Path) -> str | None:
    """Return the owner of a file; None if it is this user, or on a system without owners."""
    if not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid():
        return None
    try:
        return path.owner()
    except KeyError:  # not a user of this machine
        return f"user {path.stat().st_uid}"


def network_remark(folder: Path, mounts: Iterable[str] | None = None) -> str | None:
    """Return a warning for a library on a network drive; None for any other disk.

    SQLite's log needs reliable locks and memory that all its processes share: over a network, and
    in the folders that a virtual machine shares with its host, both may fail.

    Only Linux reports the kind of a disk without another program (proc(5), mountinfo); other
    systems get no warning.

    Args:
        folder: the library.
        mounts: the lines of ``/proc/self/mountinfo``.
    """
    kind = _disk_kind(folder, mounts)
    if kind not in _NETWORK:
        return None
    return (
        f"The library in {folder} is on a network drive or a shared folder ({kind}), which is not "
        "safe; move the library to a local disk (--data-dir)."
    )


def _disk_kind(folder: Path, mounts: Iterable[str] | None) -> str | None:
    try:
        device = folder.stat().st_dev
        lines = _MOUNTS.read_text(errors="replace").splitlines() if mounts is None else mounts
    except OSError:
        return None
    device_number = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        mount, _, disk = line.partition(" - ")
        if device_number in mount.split()[2:3] and disk:
            return disk.split()[0]
    return None
