"""Texts about the indexing run in the status row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.keys.bindings import key_for
from tui.app.model.status_row import StateText
from tui.app.model.status_text import shown_folder, summary
from tui.core.formatting import duration_text, plural, printable, running_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.app.workers.index_process import IndexEnded
    from tui.core.domain import Progress

_BAR = 8
"""Columns of the progress bar."""


@dataclass(frozen=True, slots=True)
class IndexingStatus:
    """The state of the indexing run.

    Attributes:
        heading: the state in a word or two.
        text: the whole text, which begins with the heading.
        short: the text where the row lacks room; empty to omit it.
        is_problem: the user should notice it.
        successor: returns the state that follows after a while; None if this one stays.
    """

    heading: str
    text: str
    short: str = ""
    is_problem: bool = False
    successor: Callable[[], IndexingStatus | None] | None = None

    @property
    def state(self) -> StateText:
        """The texts for the status row."""
        return StateText(self.text, self.short, "$text-error" if self.is_problem else "")


def running_status(folder: Path, progress: Progress, *, is_stopping: bool) -> IndexingStatus:
    """Describe a run that is indexing."""
    heading = f"Indexing {shown_folder(folder)}"
    if is_stopping:
        return IndexingStatus("Indexing", f"{heading}: finishing current batch…", "Stopping…")
    bar = f"{_bar(progress)} " if progress.total else ""
    text = f"{heading} {bar}{running_text(progress)}"
    return IndexingStatus("Indexing", text, _short_progress(progress))


def watching_status(folder: Path, more: int = 0) -> IndexingStatus:
    """Describe a run that waits for changes; a narrow row omits it.

    Args:
        folder: the folder it watches.
        more: how many other folders it watches.
    """
    more_folders = f" and {plural(more, 'more folder')}" if more else ""
    return IndexingStatus("Watching", f"Watching {shown_folder(folder)}{more_folders}")


def indexed_status(
    folder: Path, progress: Progress, successor: Callable[[], IndexingStatus | None]
) -> IndexingStatus:
    """Describe a run that has indexed everything and begins to watch."""
    return _indexed(folder, progress, f"{summary(progress)} · watching", successor)


def ended_status(ended: IndexEnded) -> IndexingStatus:
    """Describe a run that has ended; only one that failed or was cancelled stays on screen."""
    progress, name = ended.progress, shown_folder(ended.folder)
    if ended.outcome == "done":
        return _indexed(ended.folder, progress, summary(progress), _nothing)
    if ended.outcome == "refused":
        return IndexingStatus("Refused", "read-only", "read-only")
    if ended.watching:
        text = f"{name}: no longer watching for changes"
        return IndexingStatus("Stopped watching", text, "not watching")
    if ended.outcome == "failed":
        text = f"Failed to index {name}: {printable(ended.sentence)}"
        return IndexingStatus("Failed", text, "Indexing failed", is_problem=True)
    text = f"Stopped indexing {name} at {progress.done:,}/{progress.total:,}"
    return IndexingStatus("Stopped", text, f"Stopped{_percent(progress)}")


def _indexed(
    folder: Path,
    progress: Progress,
    text: str,
    successor: Callable[[], IndexingStatus | None],
) -> IndexingStatus:
    heading, short = f"Indexed {shown_folder(folder)}", _short_summary(progress)
    if progress.failed:
        key = key_for("panes.failures")
        short = f"{progress.failed:,} unreadable ({key})"
        text = f"{text} · {key}: list"
        remaining = f"{heading}: {progress.failed:,} unreadable · {key}: list"

        def successor() -> IndexingStatus:
            return IndexingStatus("Indexed", remaining, short)

    return IndexingStatus("Indexed", f"{heading}: {text}", short, successor=successor)


def _short_summary(progress: Progress) -> str:
    added = progress.indexed + progress.reused
    if added:
        return f"{added:,} indexed"
    return f"{progress.removed:,} removed" if progress.removed else "up to date"


def _short_progress(progress: Progress) -> str:
    if progress.total and not progress.done and progress.phase == "embedding":
        return "loading model…"
    if progress.seconds_left is None:
        return f"Indexing…{_percent(progress)}"
    return f"Indexing{_percent(progress)} · {duration_text(progress.seconds_left)} left"


def _percent(progress: Progress) -> str:
    return f" {progress.done / progress.total:.0%}" if progress.total else ""


def _bar(progress: Progress) -> str:
    filled = min(round(_BAR * progress.done / progress.total), _BAR)
    return "━" * filled + "╌" * (_BAR - filled)


def _nothing() -> None:
    return None
