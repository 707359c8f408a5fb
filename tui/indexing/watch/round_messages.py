"""The messages between a watcher and its indexing process: one JSON object a line.

The watcher requests:

* ``{"index": [TARGET, ...], "finished": true}``, answered by ``{"report": ...}``, or by
  ``{"folder_error": "..."}`` for a folder that can't be indexed, after any ``{"progress": ...}``;
* ``{"mounts": [ROOT, ...]}``, answered by ``{"mounts": [FOLDER, ...]}``;
* ``{"load": true}``, which has no answer.

A path that is not UTF-8 keeps its bytes as surrogate escapes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tui.core.domain import Failure, Progress
from tui.core.errors import FolderError
from tui.indexing.report import IndexReport
from tui.storage.objects.path import to_path
from tui.storage.scanning.target import ScanTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.indexing.watch.round_indexer import RoundIndexer

    Message = dict[str, Any]


def answer_requests(
    indexer: RoundIndexer, requests: Iterable[Message], send: Callable[[Message], object]
) -> None:
    """Answer a watcher's requests until they end.

    Args:
        indexer: does the work.
        requests: of the watcher.
        send: sends an answer.

    Raises:
        PhotoseekError: the library or the model can't be used, so no round can succeed.
    """
    for request in requests:
        if "index" in request:
            targets = [_read_target(target) for target in request["index"]]
            try:
                report = indexer.index(targets, finished=bool(request["finished"]))
            except FolderError as error:
                send({"folder_error": str(error)})
            else:
                send({"report": _report_fields(report)})
        elif "mounts" in request:
            folders = indexer.mount_points([to_path(root) for root in request["mounts"]])
            send({"mounts": [str(folder) for folder in folders]})
        elif "load" in request:
            indexer.load_ahead()


def index_request(targets: Sequence[Path | ScanTarget], *, finished: bool) -> Message:
    """Return the request for a round."""
    return {"index": [_target_fields(target) for target in targets], "finished": finished}


def mounts_request(roots: Sequence[Path]) -> Message:
    """Return the request for mount points."""
    return {"mounts": [str(root) for root in roots]}


def progress_message(progress: Progress) -> Message:
    """Return the message that reports progress."""
    return {"progress": asdict(progress)}


def read_progress(message: Message) -> Progress:
    """Return the progress that a message reports."""
    return Progress(**message["progress"])


def read_report(fields: Message) -> IndexReport:
    """Return a report that was sent."""
    return IndexReport(
        **{
            **fields,
            "failures": tuple(Failure(to_path(path), why) for path, why in fields["failures"]),
            "missing": tuple(map(to_path, fields["missing"])),
            "reasons": {to_path(path): why for path, why in fields["reasons"].items()},
        }
    )


def _report_fields(report: IndexReport) -> Message:
    return {
        **asdict(report),
        "failures": [(str(failure.path), failure.reason) for failure in report.failures],
        "missing": [str(folder) for folder in report.missing],
        "reasons": {str(folder): reason for folder, reason in report.reasons.items()},
    }


def _target_fields(target: Path | ScanTarget) -> list[Any]:
    if isinstance(target, ScanTarget):
        return [str(target.root), str(target.start), target.deep]
    return [str(target)]


def _read_target(fields: list[Any]) -> Path | ScanTarget:
    if len(fields) == 1:
        return to_path(fields[0])
    root, start, deep = fields
    return ScanTarget(to_path(root), to_path(start), deep=deep)
