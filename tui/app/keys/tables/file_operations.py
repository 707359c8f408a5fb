"""The operations on files, which work wherever pictures are listed or shown."""

from __future__ import annotations

from typing import NamedTuple

from tui.app.keys.action import Action, ActionScope


class FileOperation(NamedTuple):
    """An operation on the selected files, with the fields of its actions."""

    name: str
    keys: tuple[str, ...]
    description: str
    synonyms: str
    footer: str = ""


FILE_OPERATIONS: tuple[FileOperation, ...] = (
    FileOperation("copy_paths", ("y",), "Copy path to clipboard", "yank clipboard name location"),
    FileOperation(
        "launch",
        ("e",),
        "Open in the system viewer",
        "open with viewer external program application",
    ),
    FileOperation("reveal", ("E",), "Show in file manager", "finder explorer location open folder"),
    FileOperation("copy_into", ("c",), "Copy to folder…", "duplicate export files"),
    FileOperation("hard_link", ("L",), "Hard-link to folder…", "hardlink ln"),
    FileOperation("symlink", ("S",), "Symlink to folder…", "symbolic soft link ln"),
    FileOperation("write_list", ("w",), "Save paths to file…", "export write list playlist text"),
    FileOperation(
        "trash", ("d", "delete"), "Move to trash", "delete remove erase bin recycle", "Trash"
    ),
    FileOperation("undo", ("u",), "Undo trash", "restore put back undelete revert"),
)


def on_pictures(where: ActionScope) -> tuple[Action, ...]:
    """Return the actions of the operations on files for one scope."""
    return tuple(
        Action(
            f"{where}.{operation.name}",
            operation.keys,
            f"act('{operation.name}')",
            operation.description,
            where,
            operation.footer,
            synonyms=operation.synonyms,
            palette="common",
        )
        for operation in FILE_OPERATIONS
    )
