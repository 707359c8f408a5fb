"""Indexes in a child process, which ends after a time without changes.

Torch and the decoders stay in memory until their process ends, so the watching process loads none
of them. The child answers requests (``round_messages``), keeps the model loaded between rounds, and
locks the library only during a round, as any other indexing process does.

If a signal or a crash of a C++ library ends the child in the middle of a round, it is restarted
once in that round: its commits are saved, and the round continues with the remaining files.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tui.core.child_process import JsonLinesProcess, NotStartedError
from tui.core.errors import FolderError, PhotoseekError
from tui.indexing.watch.round_messages import (
    index_request,
    mounts_request,
    read_progress,
    read_report,
)
from tui.storage.objects.path import to_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from tui.core.domain import Cancelled, Progress
    from tui.indexing.report import IndexReport
    from tui.storage.scanning.target import ScanTarget

_ATTEMPTS = 2


class IndexingEndedError(PhotoseekError):
    """The indexing process has ended before it had finished a round."""


class ChildIndexer:
    """Sends each round to a child process, which it starts when one is due.

    Args:
        command: starts the child.
        environment: of the child.
        idle_seconds: after this time without a round, ``release_if_idle`` ends the child.
        on_progress: called during ``index``.
        cancelled: called during ``index``, several times a second; True ends the round after
            its batch.
        clock: returns the time in seconds.

    Attributes:
        restarts: how many children have ended in the middle of a request. A repeated round
            reports only the files that it indexed itself.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        idle_seconds: float,
        on_progress: Callable[[Progress], None],
        cancelled: Cancelled,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = command
        self._environment = environment
        self._idle_seconds = idle_seconds
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._clock = clock
        self.restarts = 0
        self._last_use = clock()
        self._process: JsonLinesProcess | None = None
        self._answers: Iterator[dict[str, Any]] = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not issubclass(kind, Exception):
            self._kill()  # such as the second Ctrl-C
        else:
            self.close()

    def index(self, targets: Sequence[Path | ScanTarget], *, finished: bool) -> IndexReport:
        """Index folders or parts of them; see ``RoundIndexer``.

        Raises:
            FolderError: as for ``index_folders``.
            PhotoseekError: the child failed, with its sentence, or it ended twice.
        """
        request = index_request(targets, finished=finished)
        return read_report(self._ask(request, "report", self._on_progress))

    def mount_points(self, roots: Sequence[Path]) -> Sequence[Path]:
        """Return the recorded mount points within some roots."""
        return [to_path(folder) for folder in self._ask(mounts_request(roots), "mounts")]

    def load_ahead(self) -> None:
        """Let a running child load its model."""
        if self._process is not None:
            self._process.send({"load": True})

    def release_if_idle(self) -> None:
        """End a child without recent work; call this while nothing changes."""
        if self._process is not None and self._clock() - self._last_use >= self._idle_seconds:
            with suppress(IndexingEndedError):  # the next round retries, and reports the error
                self._ask(index_request([], finished=True), "report")
            self.close()

    def close(self) -> None:
        """End the child after its batch, and wait for its end; an interrupt ends it at once."""
        if self._process is not None:
            self._process.close()
            try:
                for _ in self._answers:
                    pass
            except BaseException:
                self._kill()
                raise
            self._process = None

    def _ask(
        self,
        request: dict[str, Any],
        key: str,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Any:
        """Send a request and return its answer; repeat it if the child crashes or is stopped.

        Raises:
            FolderError: the answer.
            IndexingEndedError: the child can't be started, fails, or ends again.
        """
        for _ in range(_ATTEMPTS):
            process = self._started()
            process.send(request)
            try:
                answer = self._answer(process, key, on_progress)
            except NotStartedError as error:
                self._process = None
                raise IndexingEndedError(f"Indexing could not start: {error}.") from error
            self._last_use = self._clock()
            if answer is not None:
                return answer
            self.close()
            self.restarts += 1
            if process.exit_status > 0 and process.error_line:
                raise IndexingEndedError(process.error_line)
            if self._cancelled():
                break
        status = process.exit_status
        raise IndexingEndedError(f"Indexing ended unexpectedly (exit status {status}).")

    def _answer(
        self,
        process: JsonLinesProcess,
        key: str,
        on_progress: Callable[[Progress], None] | None,
    ) -> Any:
        """Return the answer; None if the child has ended without one, or before it was done."""
        is_cancelled = False
        for message in self._answers:
            if key in message:
                return None if self._was_stopped(message) else message[key]
            if "folder_error" in message:
                self._last_use = self._clock()
                raise FolderError(message["folder_error"])
            if "progress" in message and on_progress is not None:
                on_progress(read_progress(message))
            if not is_cancelled and self._cancelled():
                is_cancelled = True
                process.cancel()
        return None

    def _was_stopped(self, message: dict[str, Any]) -> bool:
        """Whether a signal to the child alone ended its round, so that files remain."""
        return "report" in message and message["report"]["cancelled"] and not self._cancelled()

    def _started(self) -> JsonLinesProcess:
        if self._process is not None and self._process.has_ended:
            self.close()
        if self._process is None:
            self._process = JsonLinesProcess(self._command, self._environment)
            self._answers = self._process.objects()
        return self._process

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.close()
            self._process = None
