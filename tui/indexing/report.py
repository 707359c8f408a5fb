"""The result of an indexing run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui.core.domain import Failure


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The result of a run, in numbers of files.

    Attributes:
        indexed: were embedded by this run.
        unchanged: were not opened.
        reused: have bytes whose embedding the library had.
        removed: no longer exist.
        failed: can't be read, now or, unchanged, in an earlier run.
        seconds: the duration of the run.
        cancelled: the run was stopped before its end.
        failures: the failed files with the reasons.
        waiting: were still being written; the next run indexes them.
        missing: folders that don't exist or can't be read. Their files keep their rows, hidden
            from results.
        reasons: a sentence for each missing folder whose reason is known.
    """

    indexed: int
    unchanged: int
    reused: int
    removed: int
    failed: int
    seconds: float
    cancelled: bool
    failures: tuple[Failure, ...] = ()
    waiting: int = 0
    missing: tuple[Path, ...] = ()
    reasons: Mapping[Path, str] = field(default_factory=dict)
