"""``photoseek models pull``: downloads a model's files, and caches its text tower.

This is the only module that uses the network.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tui.core.errors import ModelError
from tui.core.files import open_draft
from tui.models.hub.cache import REVISION, hub_files, repository_folder
from tui.models.hub.download import download_file
from tui.models.hub.remote_file import RemoteFile, RemoteFileMissingError, fetch_metadata
from tui.models.names import architectures
from tui.models.registry import find_model, open_text
from tui.models.runtime.spec import CONFIG_FILE, TOKENIZER_FILES, WEIGHT_FILES, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.core.domain import Cancelled
    from tui.core.settings import Settings

TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as dead."""

_TELL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class PullProgress:
    """The progress of a download: bytes done and in all, bytes a second, seconds left if known."""

    phase: Literal["asking", "fetching", "preparing", "done"]
    done: int = 0
    total: int = 0
    rate: float = 0.0
    seconds_left: float | None = None


def pull(
    name: str,
    settings: Settings,
    *,
    on_progress: Callable[[PullProgress], None],
    cancelled: Cancelled,
    timeout: float = TIMEOUT,
) -> ModelSpec:
    """Download the missing files of a model; return the model under its new name.

    Raises:
        ModelError: the name has no download, or the download failed.
        PullCancelledError: ``cancelled`` returned True; the next call resumes.
    """
    spec = find_model(name, settings)
    if spec.source is None:
        raise ModelError(f"{spec.name} is built in and needs no download.")
    if spec.source.checkpoint is not None and spec.source.repository is None:
        raise ModelError(f"{spec.name} uses a local file of weights and needs no download.")
    on_progress(PullProgress("asking"))
    remotes = list(_files_of(spec, timeout, cancelled))
    reporter = _ProgressReporter(on_progress, sum(remote.size for remote in remotes))
    for remote in remotes:
        download_file(remote, timeout=timeout, on_bytes=reporter.report_bytes, cancelled=cancelled)
        reporter.file_ended(remote.size)
    for remote in remotes:  # only now is the model complete
        _point_to(remote)
    reporter.phase("preparing")
    spec = find_model(name, settings)
    open_text(spec, settings)
    reporter.phase("done")
    return spec


def _files_of(spec: ModelSpec, timeout: float, cancelled: Cancelled) -> Iterator[RemoteFile]:
    """Yield the files of a model, small ones first; reading the list may download one of them."""
    source = spec.source
    assert source is not None
    if source.repository is not None and source.tag is None:
        config = fetch_metadata(source.repository, CONFIG_FILE, timeout)
        yield config
        described = _read_now(config, timeout, cancelled)
        repository: str = source.repository
        files: tuple[str, ...] = WEIGHT_FILES
    else:
        described = json.loads(architectures()[source.architecture].read_text(encoding="utf-8"))
        repository, files = _weights_of(spec)
    yield from _tokenizer(described, timeout)
    yield _first_available(repository, files, timeout)


def _weights_of(spec: ModelSpec) -> tuple[str, tuple[str, ...]]:
    if spec.source is not None and spec.source.repository is not None:
        return spec.source.repository, WEIGHT_FILES
    from tui.models.clip.towers import pretrained_config

    config = pretrained_config(spec)
    repository, files = hub_files(config, WEIGHT_FILES)
    if not repository:
        raise ModelError(
            f"The weights of {spec.name} are not on a hub; download {config.get('url')} and pass "
            "the file with --weights FILE."
        )
    return repository, files


def _first_available(repository: str, files: tuple[str, ...], timeout: float) -> RemoteFile:
    *earlier, last = files
    for file in earlier:
        try:
            return fetch_metadata(repository, file, timeout)
        except RemoteFileMissingError:
            continue
    return fetch_metadata(repository, last, timeout)


def _read_now(remote: RemoteFile, timeout: float, cancelled: Cancelled) -> dict[str, Any]:
    download_file(remote, timeout=timeout, on_bytes=lambda _: None, cancelled=cancelled)
    try:
        config: dict[str, Any] = json.loads(remote.snapshot_path.read_bytes())["model_cfg"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{remote.repository} is not a model of open_clip.") from error
    return config


def _tokenizer(described: dict[str, Any], timeout: float) -> Iterator[RemoteFile]:
    repository = described.get("text_cfg", {}).get("hf_tokenizer_name")
    if not repository:
        return
    yield fetch_metadata(repository, TOKENIZER_FILES[0], timeout)
    for file in TOKENIZER_FILES[1:]:
        try:
            yield fetch_metadata(repository, file, timeout)
        except RemoteFileMissingError:
            continue


def _point_to(remote: RemoteFile) -> None:
    """Make this commit the repository's current one in the cache."""
    ref = repository_folder(remote.repository) / "refs" / REVISION
    try:
        ref.parent.mkdir(parents=True, exist_ok=True)
        with open_draft(ref, mode=0o666) as draft:
            draft.file.write(remote.commit.encode())
    except OSError as error:
        raise ModelError(f"{ref} can't be written ({error.strerror or error}).") from error


class _ProgressReporter:
    """Adds up the files and reports at intervals, with the rate of this run only."""

    def __init__(self, on_progress: Callable[[PullProgress], None], total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._before = 0
        self._start: tuple[float, int] | None = None
        self._next = 0.0

    def report_bytes(self, size: int) -> None:
        """Report the bytes of the current file."""
        now, done = time.monotonic(), self._before + size
        if self._start is None:
            self._start = now, done
        if now < self._next:
            return
        self._next = now + _TELL_SECONDS
        began, first = self._start
        rate = (done - first) / (now - began) if now > began else 0.0
        seconds_left = (self._total - done) / rate if rate else None
        self._on_progress(PullProgress("fetching", done, self._total, rate, seconds_left))

    def file_ended(self, size: int) -> None:
        """Count the current file as complete."""
        self._before += size

    def phase(self, phase: Literal["preparing", "done"]) -> None:
        """Report the next phase, after the last file."""
        self._on_progress(PullProgress(phase, self._total, self._total))
