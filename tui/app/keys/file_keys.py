"""What can be done with pictures wherever they are shown: name, keys, what it does, in the footer.

``actions`` makes an action of each for every place that shows pictures.
"""

from __future__ import annotations

ON_PICTURES: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("copy_paths", ("y",), "Copy the path to the clipboard", ""),
    ("launch", ("e",), "Open in the system's viewer", ""),
    ("reveal", ("E",), "Show in the file manager", ""),
    ("copy_into", ("c",), "Copy into a folder", ""),
    ("hard_link", ("L",), "Hard-link into a folder", ""),
    ("symlink", ("S",), "Link into a folder", ""),
    ("write_list", ("w",), "Write the paths to a file", ""),
    ("trash", ("d", "delete"), "Move to the trash", "Trash"),
    ("undo", ("u",), "Put back what was moved to the trash", ""),
)
