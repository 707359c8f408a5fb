"""Small facts kept between runs in a JSON file: losing them costs time, never data."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from tui.core.files import changing, replacing

if TYPE_CHECKING:
    from pathlib import Path


def read_notes(file: Path) -> dict[str, Any]:
    """Return what ``file`` holds; nothing where it is missing or damaged."""
    try:
        notes = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def note(file: Path, key: str, value: Any) -> None:
    """Set one key in ``file``, whole or not at all; a folder that can't be written is no error."""
    with changing(file):
        notes = read_notes(file) | {key: value}
        with contextlib.suppress(OSError), replacing(file) as draft:
            draft.file.write(json.dumps(notes, indent=1).encode())
