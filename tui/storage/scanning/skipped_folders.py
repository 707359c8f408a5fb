"""Folders that other programs create among pictures, which a scan skips by default.

They contain previews, caches, snapshots and deleted files: copies that would appear beside every
picture. Each pattern matches a folder (gitignore's rules). The list only has names that one program
or one file system reserves, so that it matches no folder of the user. It does not include the
libraries of Apple Photos, which also contain the originals.

The setting ``skip_folders`` adds patterns, and ``!PATTERN`` in it or in a ``.photoseekignore``
includes folders again. A folder inside such a folder is indexed if the user names it, and stays in
the library: a run over its parents does not change it. Imports only the standard library.
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
"""The origin of each folder, by its pattern."""


def skip_lines(added: tuple[str, ...]) -> list[str]:
    """Return the patterns of the table, then those of the setting; the last match wins."""
    return [_line(pattern) for pattern in (*SKIPPED_FOLDERS, *added)]


def _line(pattern: str) -> str:
    """Return a pattern for folders; escape a leading ``#``, which starts a comment."""
    escaped = f"\\{pattern}" if pattern.startswith("#") else pattern
    return escaped if escaped.endswith("/") else f"{escaped}/"
