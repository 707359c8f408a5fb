"""Who may do what with a library's folder, and on what kind of disk it lies.

A folder that photoseek makes is for its owner alone (0700). One that its owner opened to others
keeps its modes, and what is made in it follows them: 0750 lets a group search the library, 2770
lets it index too (the 2 keeps new files in the group), 0755 lets everybody search. SQLite gives
the catalog's log (``-wal``, ``-shm``) the catalog's own modes.
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
    """Return the modes of a file in a library's folder: who may read the one, may the other."""
    return 0o600 | (folder.stat().st_mode & 0o066)


def set_file_mode(descriptor: int, folder: Path) -> None:
    """Give an open file the modes of a folder's files, whatever the umask says."""
    if os.name != "nt":
        os.fchmod(descriptor, file_mode(folder))


def make_file(path: Path) -> None:
    """Make an empty file with the modes of its folder, unless it is there.

    Raises:
        OSError: it can't be made.
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
    """Make a folder with the modes of the one it is in, unless it is there.

    Raises:
        OSError: it can't be made, or another user made a link of that name.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        refuse_foreign_link(folder)
        return
    set_mode(folder, stat.S_IMODE(folder.parent.stat().st_mode))


def refuse_foreign_link(path: Path) -> None:
    """Raise OSError for a link that another user than this one or root made.

    In a folder that others may write, such a link decides where this user's files go.
    """
    if os.name == "nt":
        return
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in (0, os.geteuid()):
        raise OSError(errno.ELOOP, f"{path} is a link that another user made")


def is_foreign(folder: Path) -> bool:
    """Whether a library is another user's, so that what is in it may have been made to harm.

    It is one's own where its folder and its catalog belong to this user or to root, and where not
    everybody may write the folder. A group that its owner lets write (2770) is trusted by the
    owner alone. On Windows, which tells no owners, every library is one's own.
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
    """Say in one sentence why this user can't change the library in a folder; None if they can."""
    parts = [part for part in (folder, folder / CATALOG_NAME) if os.access(part, os.F_OK)]
    if all(is_writable(part) for part in parts):
        return None
    if len(parts) == 1:
        return (
            f"No library can be made in {folder}: allow writing there, or name another folder "
            "with --library FOLDER."
        )
    owner = _another_owner(folder)
    if owner is None:
        return (
            f"The library in {folder} can't be written: allow writing there, or name another "
            "with --library FOLDER."
        )
    return (
        f"You can search the library in {folder} but not change it: ask its owner ({owner}), or "
        "name one of your own with --library FOLDER."
    )


def refuse_read_only(folder: Path) -> None:
    """Raise CatalogError where this user can't change the library in a folder."""
    if (sentence := why_read_only(folder)) is not None:
        raise CatalogError(sentence)


def is_writable(path: Path) -> bool:
    """Whether this user may write a file, or make files in a folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _another_owner(path: Path) -> str | None:
    """Name who a file belongs to, unless that is this user or there are no owners here."""
    if not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid():
        return None
    try:
        return path.owner()
    except KeyError:  # no user of this machine
        return f"user {path.stat().st_uid}"


def network_remark(folder: Path, mounts: Iterable[str] | None = None) -> str | None:
    """Say what to do with a library on a network drive; None where it is on no such drive.

    SQLite's log needs memory that all its processes share and locks that hold: over a network, and
    in the folders that a virtual machine shares with its host, both may fail.

    Only Linux says what a disk is without asking another program (proc(5), mountinfo): elsewhere
    there is never a remark.

    Args:
        folder: the library.
        mounts: the lines of ``/proc/self/mountinfo``.
    """
    kind = _disk_kind(folder, mounts)
    if kind not in _NETWORK:
        return None
    return (
        f"The library in {folder} is on a network drive or a shared folder ({kind}), which is not "
        "safe for it: put the library on a disk of this machine (--data-dir)."
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
