"""The words of the line about the indexing run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.keys.bindings import key_for
from tui.app.model.status_text import summary
from tui.core.formatting import progress_text, running_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.app.workers.index_process import IndexEnded
    from tui.core.domain import Progress


@dataclass(frozen=True, slots=True)
class IndexingStatus:
    """One line about the indexing run.

    Attributes:
        heading: the state in a word or two.
        folder: the folder that is indexed or watched.
        text: the details.
        key: a key and what it does; empty if there is none.
        progress: draws a bar.
        is_minor: a low terminal has no room for this line.
        successor: returns the line that takes over after a while; None if this one stays.
    """

    heading: str
    folder: Path
    text: str
    key: str = ""
    progress: Progress | None = None
    is_minor: bool = False
    successor: Callable[[], IndexingStatus | None] | None = None


def running_status(folder: Path, progress: Progress, *, is_stopping: bool) -> IndexingStatus:
    """Describe a run that is indexing."""
    text = "finishing the last pictures" if is_stopping else running_text(progress)
    key = f"{key_for('panes.cancel')} {'stop now' if is_stopping else 'stop'}"
    return IndexingStatus("Indexing", folder, text, key, progress)


def watching_status(folder: Path, *, is_polling: bool) -> IndexingStatus:
    """Describe a run that waits for changes.

    Args:
        folder: the folder it watches.
        is_polling: it looks at the folder again and again, since the system reports no changes.
    """
    text = "looking for changes every second" if is_polling else "for changes"
    key = f"{key_for('panes.cancel')} stop"
    return IndexingStatus("Watching", folder, text, key, is_minor=True)


def indexed_status(
    folder: Path, progress: Progress, successor: Callable[[], IndexingStatus | None]
) -> IndexingStatus:
    """Describe a run that has indexed everything and begins to watch."""
    why = f" ({key_for('panes.failures')}: why)" if progress.failed else ""
    text = f"{summary(progress)}{why} · watching"
    key = f"{key_for('panes.cancel')} stop"
    return IndexingStatus("Indexed", folder, text, key, successor=successor)


def ended_status(ended: IndexEnded) -> IndexingStatus:
    """Describe a run that has ended; only one that failed or was cancelled stays on screen."""
    folder, progress, sentence = ended.folder, ended.progress, ended.sentence
    if ended.outcome == "done":
        key = f"{key_for('panes.failures')} why" if progress.failed else ""
        successor = None if progress.failed else _nothing
        return IndexingStatus("Indexed", folder, summary(progress), key, successor=successor)
    if ended.outcome == "refused":
        return IndexingStatus("Not indexed:", folder, sentence, successor=_nothing)
    key = f"{key_for('panes.resume')} resume"
    if ended.watching:
        return IndexingStatus("Stopped watching", folder, "changes are not followed any more", key)
    text = sentence or f"at {progress_text(progress)}"
    return IndexingStatus("Stopped indexing", folder, text, key)


def _nothing() -> None:
    return None
