"""Folders that other programs make among pictures, which a scan leaves out unless told otherwise.

They hold previews, caches, snapshots and deleted files: copies that would come up beside every
picture. Each pattern matches a folder (gitignore's rules), and only names that one program
or one file system reserves are here, so that no folder of a user's own is among them. For this
reason the libraries of Apple Photos are not here: they hold the originals too.

The setting ``skip_folders`` adds patterns, and ``!PATTERN`` in it or in a ``.photoseekignore``
takes folders in again. A folder inside such a folder that is named to index is indexed, and stays
in the library: a run over the folders around it leaves it alone. Imports the standard library only.
"""

from __future__ import annotations

SKIPPED_FOLDERS = {
    "@eaDir": "thumbnails and metadata of Synology NAS",
    "#recycle": "deleted files on Synology NAS",
    "#snapshot": "snapshots on Synology NAS",
    "@Recycle": "deleted files on QNAP NAS",
    "@Recently-Snapshot": "snapshots on QNAP NAS",
    ".@__thumb": "thumbnails of QNAP NAS",
    "*.lrdata": "previews of Lightroom",
    "$RECYCLE.BIN": "deleted files of Windows",
    "$Recycle.Bin": "deleted files of Windows",
    "System Volume Information": "restore points of Windows",
    ".Trash": "deleted files on Linux and macOS",
    ".Trash-*": "deleted files on Linux",
    "**/.local/share/Trash": "deleted files on Linux",
    ".Trashes": "deleted files on macOS",
    ".thumbnails": "thumbnails on Android and Linux",
    "lost+found": "fragments that a file system check saved",
    ".snapshot": "snapshots on NetApp and other servers",
    ".snapshots": "snapshots of Btrfs",
    ".zfs": "snapshots of ZFS",
    ".Spotlight-V100": "search index of macOS",
    ".DocumentRevisions-V100": "document versions of macOS",
}
"""What makes each, by its pattern."""


def skip_lines(added: tuple[str, ...]) -> list[str]:
    """Return the patterns in force: the table's, then those of the setting, the last wins."""
    return [_line(pattern) for pattern in (*SKIPPED_FOLDERS, *added)]


def _line(pattern: str) -> str:
    """Write a pattern for folders alone; a ``#`` in front would make it a comment."""
    escaped = f"\\{pattern}" if pattern.startswith("#") else pattern
    return escaped if escaped.endswith("/") else f"{escaped}/"
