"""Copies a library into another; each may be in a folder or on a server.

A copy contains the indexed folders and, for each model, every file with a vector or an error, with
the facts of its content. Between libraries in folders it also contains files without a vector. It
does not contain contents without a file, or which pictures are new or missing: the next indexing
run finds that out.

No progress is saved. Each batch is compared with the target, so a copy that is started again
resumes and writes nothing twice. If both libraries have a file:

- the file with the later date on disk wins; with equal dates the target's stays;
- a vector that the target lacks, or a picture that it could not read, is filled in if the bytes,
  or else date and size, are equal.
"""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from tui.core.errors import CatalogError, ModelError
from tui.core.formatting import printable
from tui.library.base.folder_notes import OPTIONS, SCANNED
from tui.library.base.transfer import resolve_conflict
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tui.core.domain import Cancelled
    from tui.library.base.store import StoreWriter
    from tui.library.base.transfer import Record, TransferEndpoint

    CopyPhase = Literal["comparing", "copying", "saving", "verifying"]

BATCH = 1_000
SAMPLED = 300
"""Vectors of each model that are compared bit for bit."""


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """The progress of a copy: ``done`` of ``total`` records of one model."""

    phase: CopyPhase
    model_id: str
    done: int
    total: int


@dataclass(slots=True)
class ModelReport:
    """The result for one model's files.

    ``written`` are new or changed in the target, ``present`` were equal before, ``conflicts`` are
    newer in the target. ``files`` and ``contents`` are in both libraries at the end, ``missing`` in
    the source only; ``vectors`` were compared bit for bit, and ``differing`` of them are not equal.
    """

    model_id: str
    written: int = 0
    present: int = 0
    conflicts: int = 0
    files: int = 0
    contents: int = 0
    missing: int = 0
    vectors: int = 0
    differing: int = 0

    @property
    def is_whole(self) -> bool:
        """No file is missing, and no vector differs."""
        return not (self.missing or self.differing)


@dataclass(slots=True)
class CopyReport:
    """The result of a copy."""

    models: list[ModelReport] = field(default_factory=list)
    cancelled: bool = False

    @property
    def is_whole(self) -> bool:
        """The copy was completed and verified."""
        return not self.cancelled and all(model.is_whole for model in self.models)


def copy_library(
    source: TransferEndpoint,
    target: TransferEndpoint,
    *,
    merge: bool = False,
    on_progress: Callable[[CopyProgress], object],
    cancelled: Cancelled,
    batch: int = BATCH,
) -> CopyReport:
    """Copy one library into another, and compare the two.

    Args:
        source: only read.
        target: its other files stay.
        merge: the target may have files that the source lacks.
        on_progress: called after each batch.
        cancelled: called after each batch; True ends the copy.
        batch: records that are read, compared and written at once.

    Raises:
        CatalogError: the target has other files and ``merge`` is not set, or is being written.
        ModelError: a model's vectors have another length in the target.
    """
    copy = _Copy(source, target, on_progress, cancelled, batch)
    ours, theirs = source.models(), target.models()
    _refuse_other_lengths(ours, theirs)
    with target.writing() as writer:
        try:
            if not merge:
                copy.refuse_extra_files(ours, theirs)
            _copy_folders(source, target, writer)
            for model_id, dim in ours.items():
                writer.register_model(model_id, dim)
            for number, model_id in enumerate(ours):
                copy.model(model_id, is_first=not number)
        except _CancelledError:
            copy.report.cancelled = True
    return copy.report


def _copy_folders(source: TransferEndpoint, target: TransferEndpoint, writer: StoreWriter) -> None:
    """Add the indexed folders, and the options of those that have none in the target."""
    for root in source.roots():
        writer.add_root(root)
    options, existing = source.folder_notes(OPTIONS), target.folder_notes(OPTIONS)
    if new := {path: options[path] for path in options.keys() - existing.keys()}:
        writer.put_folder_notes(OPTIONS, new)
    # The source has no notes on the mount points of these files.
    writer.remove_folder_notes(SCANNED, target.folder_notes(SCANNED))


class _CancelledError(Exception):
    """The caller cancelled the copy."""


@dataclass(slots=True)
class _Copy:
    """One copy, from its first batch to the comparison at its end."""

    source: TransferEndpoint
    target: TransferEndpoint
    on_progress: Callable[[CopyProgress], object]
    cancelled: Cancelled
    batch: int
    report: CopyReport = field(default_factory=CopyReport)

    @property
    def _bare(self) -> bool:
        return self.source.keeps_bare_files and self.target.keeps_bare_files

    def refuse_extra_files(self, ours: Iterable[str], theirs: Iterable[str]) -> None:
        """Raise CatalogError at the first file that the target has and the source lacks."""
        for model_id in theirs:
            for records in self._pages(self.target, model_id, "comparing", bare=self._bare):
                strangers = [record.path for record in records]
                for model in ours:
                    shared = self.source.find(model, strangers, vectors=False)
                    strangers = [path for path in strangers if path not in shared]
                if strangers:
                    raise CatalogError(
                        "The target contains files that the source lacks, such as "
                        f"{printable(decode(strangers[0]))}; pass --merge to keep both."
                    )

    def model(self, model_id: str, *, is_first: bool) -> None:
        """Copy the files of one model, with the first model also all bare files, and compare."""
        report = ModelReport(model_id)
        self.report.models.append(report)
        bare = is_first and self._bare
        for records in self._pages(self.source, model_id, "copying", bare=bare, vectors=True):
            self._write(report, records)
        saving = partial(self._show, "saving", model_id)
        saving(0, 0)
        self.target.finish(model_id, saving, self.cancelled)
        self._verify(report, bare=bare)

    def _write(self, report: ModelReport, records: Sequence[Record]) -> None:
        held = self.target.find(report.model_id, _paths(records), vectors=False)
        items = []
        for record in records:
            current = held.get(record.path)
            item = resolve_conflict(record, current)
            if item is not None:
                items.append(item)
            elif current is not None and current.item.digest != record.item.digest:
                report.conflicts += 1
            else:
                report.present += 1
        if items:
            self.target.put(report.model_id, items)
        report.written += len(items)

    def _verify(self, report: ModelReport, *, bare: bool) -> None:
        """Look up every file again, and compare some vectors."""
        contents = array("q")  # eight bytes each, since a library may have millions
        sample = _Sample()
        for records in self._pages(self.source, report.model_id, "verifying", bare=bare):
            held = self.target.find(report.model_id, _paths(records), vectors=False)
            for record in records:
                current = held.get(record.path)
                if current is None or resolve_conflict(record, current) is not None:
                    report.missing += 1
                    continue
                report.files += 1
                if current.item.digest is not None:
                    contents.append(hash(current.item.digest))
                if record.has_vector and current.item.digest == record.item.digest:
                    sample.add(record.path)
        report.contents = len(np.unique(np.asarray(contents, dtype=np.int64)))
        self._compare(report, sample.paths)

    def _compare(self, report: ModelReport, paths: Sequence[bytes]) -> None:
        ours = self.source.find(report.model_id, paths, vectors=True)
        theirs = self.target.find(report.model_id, paths, vectors=True)
        pairs = [(_bits(ours.get(path)), _bits(theirs.get(path))) for path in paths]
        report.vectors = len(paths)
        report.differing = sum(one is None or one != other for one, other in pairs)

    def _pages(
        self,
        endpoint: TransferEndpoint,
        model_id: str,
        phase: CopyPhase,
        *,
        bare: bool,
        vectors: bool = False,
    ) -> Iterator[Sequence[Record]]:
        """Yield a model's records in batches; with ``bare`` also those of bare files."""
        total, done, after = endpoint.count(model_id), 0, -1
        self._report_progress(phase, model_id, 0, total)
        while records := endpoint.page(model_id, after, self.batch, vectors=vectors):
            after = records[-1].position
            yield [record for record in records if bare or record.has_vector or record.item.error]
            done += len(records)
            self._report_progress(phase, model_id, done, max(done, total))

    def _report_progress(self, phase: CopyPhase, model_id: str, done: int, total: int) -> None:
        self._show(phase, model_id, done, total)
        if self.cancelled():
            raise _CancelledError

    def _show(self, phase: CopyPhase, model_id: str, done: int, total: int) -> None:
        self.on_progress(CopyProgress(phase, model_id, done, total))


class _Sample:
    """A random sample of paths, each with the same chance (reservoir sampling, algorithm R)."""

    def __init__(self) -> None:
        self.paths: list[bytes] = []
        self._count = 0
        self._random = random.Random(0)

    def add(self, path: bytes) -> None:
        """Add a path, perhaps replacing another."""
        self._count += 1
        if len(self.paths) < SAMPLED:
            self.paths.append(path)
        elif (index := self._random.randrange(self._count)) < SAMPLED:
            self.paths[index] = path


def _paths(records: Sequence[Record]) -> list[bytes]:
    return [record.path for record in records]


def _bits(record: Record | None) -> bytes | None:
    """Return the float16 numbers of a record's vector, None if it has none."""
    vector = None if record is None else record.item.vector
    return None if vector is None else vector.astype(np.float16).tobytes()


def _refuse_other_lengths(ours: Mapping[str, int], theirs: Mapping[str, int]) -> None:
    for model_id, dim in ours.items():
        if theirs.get(model_id, dim) != dim:
            raise ModelError(
                f"The vectors of {model_id} have length {dim} in the source and "
                f"{theirs[model_id]} in the target, so these are different models; copy into "
                "another library."
            )
