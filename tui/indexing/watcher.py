"""Following what happens below folders: index them, then whatever changes, as it changes.

watchfiles says what changed; only the folders that it names are looked at again, by the same rules
as in a whole run, so that a change in a library of a million shows as soon as in one of ten. A
file that is still being written is left alone until its writer is quiet, since every further write
is a change too. A root that goes or comes back is looked at as a whole. The model is loaded ahead
of the first change, since it may take longer than all the rest, and let go when nothing has changed
for long.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, watch

from tui.core.domain import FolderError
from tui.indexing.changes import ScanTarget
from tui.indexing.indexer import index_folders, outermost
from tui.indexing.mounts import is_mounted, mount_points
from tui.indexing.watch_limits import WatchLimitError, has_unwatched, notice, reason
from tui.storage.formats import SUFFIXES
from tui.storage.objects.path import RemotePath
from tui.storage.scanning.rules import IGNORE_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tui.core.domain import Cancelled, ImageEmbedder, Progress
    from tui.core.settings import Settings
    from tui.indexing.indexer import IndexReport
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store

NOT_TOLD = "{folder} does not tell what changes in it; index it again to find out."
"""Of object storage."""

_QUIET_MS = 50
_GATHER_MS = 400
"""A round begins when nothing has changed for the first, or after the second at the latest."""

_LOOK_MS = 200
"""How often cancellation and the roots are looked at."""

_POLL_MS = 1000
"""How often all files are looked at where the system can't watch them."""

_IDLE_SECONDS = 300.0
"""After so long without a change the model's memory is given back."""

_MOST_PLACES = 200
"""When more folders than this change at once, the roots are looked at as a whole."""

Changes = set[tuple[Change, str]]


def watch_folders(
    store: Store,
    folders: Sequence[Path],
    *,
    model_id: str,
    load: Callable[[], ImageEmbedder],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancelled: Cancelled,
    options: OptionChanges | None = None,
    on_notice: Callable[[str], None] = lambda _: None,
    idle: float = _IDLE_SECONDS,
) -> Iterator[IndexReport]:
    """Index folders, then follow them until ``cancelled``; yield a report a round.

    The first report is that of a whole run, later ones that of what changed. The arguments and
    errors are those of ``index_folders``; ``load`` is called in a thread of its own where the first
    run did not need it, and again only after ``idle`` seconds without a change. ``on_notice`` is
    told, in a sentence, when the system can't watch that much, at the start or later, and all files
    are compared instead.
    Object storage tells nothing of changes: it is looked at in the first round alone, and where
    nothing else is to be followed, that is the only round.
    """
    model = _Model(load, idle)
    index = partial(
        index_folders,
        store,
        model_id=model_id,
        load=model.load,
        settings=settings,
        on_progress=on_progress,
        cancelled=cancelled,
        options=options,
    )
    roots = outermost(folders)
    followed = [root for root in roots if not isinstance(root, RemotePath)]
    if not followed:
        yield index(roots)
        return
    mounts = partial(mount_points, store, followed)
    watcher = _Watcher(followed, cancelled, on_notice, model.rest, mounts)
    is_first = True
    try:
        for changes in watcher.rounds():
            todo: Sequence[Path | ScanTarget] = followed
            if is_first:
                todo = roots
            elif changes is not None:
                todo = scan_targets_of(changes, followed)
            try:
                yield index(todo, finished=is_first)
            except FolderError:
                if is_first:
                    raise
                yield index(watcher.there(), finished=False)
            if is_first:
                model.load_ahead()
            is_first = False
    finally:
        model.wait()
    index([])


class _Model:
    """Loads the model once, whoever wants it first, and lets go of it when nobody does."""

    def __init__(self, load: Callable[[], ImageEmbedder], idle: float) -> None:
        self._load = load
        self._idle = idle
        self._wanted = 0.0
        self._lock = threading.Lock()
        self._embedder: ImageEmbedder | None = None
        self._ahead: threading.Thread | None = None

    def load(self) -> ImageEmbedder:
        """Return it, loaded now or before."""
        with self._lock:
            if self._embedder is None:
                self._embedder = self._load()
            self._wanted = time.monotonic()
            return self._embedder

    def rest(self) -> None:
        """Let go of a model that nobody has wanted for long; asked while nothing changes."""
        if self._lock.acquire(blocking=False):  # else it is just being loaded
            if time.monotonic() - self._wanted > self._idle:
                self._embedder = None
            self._lock.release()

    def load_ahead(self) -> None:
        """Begin to load it; what goes wrong is told when it is needed."""
        self._ahead = threading.Thread(target=self._try, name="model", daemon=True)
        self._ahead.start()

    def wait(self) -> None:
        """Wait until no thread loads it: the interpreter must not end meanwhile."""
        if self._ahead is not None:
            self._ahead.join()

    def _try(self) -> None:
        with suppress(Exception):
            self.load()


class _Watcher:
    """Tells of changes, whatever happens to the roots and to the system's patience."""

    def __init__(
        self,
        roots: Sequence[Path],
        cancelled: Cancelled,
        on_notice: Callable[[str], None],
        on_quiet: Callable[[], None],
        mounts: Callable[[], Sequence[Path]],
    ) -> None:
        self._roots = roots
        self._cancelled = cancelled
        self._on_notice = on_notice
        self._on_quiet = on_quiet
        self._find_mounts = mounts
        self._mounts: Sequence[Path] = ()
        self._polling = False
        self._lenient = False

    def rounds(self) -> Iterator[Changes | None]:
        """Yield what changed; None where anything may have: at first, and when a root came."""
        while not self._cancelled():
            there = self.there()
            try:
                yield from self._follow(there)
            except FileNotFoundError:
                continue  # A root went between the look and the watch.
            except PermissionError:
                if self._lenient:
                    raise
                self._lenient = True  # Not from the start: it drops other errors too.
            except (OSError, RuntimeError) as error:  # the latter from watchfiles
                if self._polling:
                    raise FolderError(f"Changes can't be followed: {reason(error)}.") from error
                self._polling = True
                self._on_notice(notice(error, _POLL_MS / 1000))

    def _follow(self, there: Sequence[Path]) -> Iterator[Changes | None]:
        """Watch these roots until others are there."""
        changes = watch(
            *there,
            watch_filter=is_of_interest,
            debounce=_GATHER_MS,
            step=_QUIET_MS,
            stop_event=self,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            force_polling=self._polling,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=self._lenient,
        )
        first = True
        away = {folder for folder in self._find_mounts() if not is_mounted(folder)}
        mounted: list[bool] = []
        for some in changes:
            if first or some:
                yield None if first else some
                if first:
                    self._mounts = self._find_mounts()
                    mounted = [folder not in away for folder in self._mounts]
                self._check(map(str, there) if first and self._lenient else _new_folders(some))
            else:
                self._on_quiet()
            first = False
            if self.there() != there or self._mounted() != mounted:
                return  # No event tells of a disk that is mounted or unmounted.

    def _check(self, folders: Iterable[str]) -> None:
        """Raise where one of these folders is not watched: the limit was reached on the way."""
        if not self._polling and has_unwatched(list(folders), self._roots):
            raise WatchLimitError("the limit is reached")

    def there(self) -> list[Path]:
        """Return the roots that are there now."""
        return [root for root in self._roots if root.is_dir()]

    def _mounted(self) -> list[bool]:
        return [is_mounted(folder) for folder in self._mounts]

    def is_set(self) -> bool:
        """Whether to stop: what watchfiles asks of an event."""
        return self._cancelled()


def _new_folders(changes: Changes) -> Iterator[str]:
    return (path for change, path in changes if change == Change.added and Path(path).is_dir())


def is_of_interest(change: Change, path: str) -> bool:
    """Whether a change may concern pictures: a name with a picture's suffix, or a folder's."""
    name = Path(path).name
    if name == IGNORE_FILE or name.rpartition(".")[2].lower() in SUFFIXES:
        return True
    return change == Change.deleted or (change == Change.added and Path(path).is_dir())


def scan_targets_of(
    changes: Iterable[tuple[Change, str]], roots: Sequence[Path]
) -> Sequence[Path | ScanTarget]:
    """Return where to look after some changes, no place within another.

    Where it can't be told from the names, that is the roots as a whole: too many folders changed,
    or a name is not as we know it (not UTF-8, or with a link of the path resolved).
    """
    deep: set[Path] = set()
    shallow: set[Path] = set()
    for change, name in changes:
        path = Path(name)
        if "\ufffd" in name or not any(_is_within(path, root) for root in roots):
            return roots
        if path in roots or path.is_dir():
            deep.add(path)
        elif path.name == IGNORE_FILE:
            deep.add(path.parent)
        else:
            shallow.add(path.parent)
            if change == Change.deleted:  # It may have been a folder.
                deep.add(path)
    if len(deep) + len(shallow) > _MOST_PLACES:
        return roots
    whole = outermost(deep)
    parts = [path for path in shallow if not any(_is_within(path, other) for other in whole)]
    return [
        ScanTarget(next(root for root in roots if _is_within(path, root)), path, deep=path in deep)
        for path in (*whole, *parts)
    ]


def _is_within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
