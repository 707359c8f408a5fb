"""Small facts kept between runs in a JSON file: losing them costs time, never data."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

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
    notes = read_notes(file) | {key: value}
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps(notes, indent=1), encoding="utf-8")
        draft.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
