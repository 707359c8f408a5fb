"""What the parts of the app tell each other; workers post these and touch no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.app.model.result_window import Window
    from tui.app.model.search_session import SearchRequest
    from tui.app.workers.search_worker import Searcher
    from tui.core.domain import Failure, FileDetails, Hit, Progress
    from tui.core.settings_file import Settings
    from tui.search.duplicates.keepers import Keepers
    from tui.search.query.completion import Vocabulary
    from tui.search.ranking.interface import SearchEngine
    from tui.search.ranking.ranking import Ranking
    from tui.storage.file_operations import Moved

Part = Literal["library", "model", "search", "folders", "indexing", "memory", "files", "screen"]

# --- from workers -------------------------------------------------------------------------------


@dataclass
class LibraryOpened(Message):
    """The catalog and the index are open; searches are possible, by file name at least.

    Attributes:
        engine: searches the library.
        searcher: asks it in the background.
        settings: those of this run, with the name of the model that ``auto`` means.
    """

    engine: SearchEngine
    searcher: Searcher
    settings: Settings


@dataclass
class FirstRun(Message):
    """The library is empty, and nobody has been welcomed yet; ``clip_bytes`` is CLIP's size."""

    clip_bytes: int


@dataclass
class SixelsReady(Message):
    """Parts of Sixel pictures were encoded that a screen shows."""


@dataclass
class WordsRead(Message):
    """The words of the library came that a query can go on with."""

    vocabulary: Vocabulary


@dataclass
class ModelReady(Message):
    """The text tower is attached; from now on searches are by meaning."""


@dataclass
class ModelOpened(Message):
    """Another model was opened, with its text tower.

    Attributes:
        settings: with its name.
        engine: searches with it.
        caught_up: it has read as many pictures as the one that answers until now.
        roots: the folders of the library.
        choice: the number of the user's choice; only the newest one counts.
    """

    settings: Settings
    engine: SearchEngine
    caught_up: bool
    roots: Sequence[Path]
    choice: int


@dataclass
class ModelFailed(Message):
    """The model of a choice can't be opened; ``sentence`` and ``away`` are as in `WorkerFailed`."""

    choice: int
    sentence: str
    away: bool = False


@dataclass
class ModelCaughtUp(Message):
    """The model that was chosen, and has waited since, has read all pictures."""

    choice: int


@dataclass
class PullAsked(Message):
    """The user wants a model downloaded; ``take`` to use it as soon as it is complete."""

    name: str
    take: bool = False


@dataclass
class PullMoved(Message):
    """A model is being fetched; ``text`` says how far it is."""

    name: str
    text: str


@dataclass
class PullEnded(Message):
    """Fetching has ended; ``sentence`` says why where it failed."""

    name: str
    outcome: Literal["done", "stopped", "failed"]
    sentence: str = ""


@dataclass
class WorkerFailed(Message):
    """Something went wrong in the background.

    Attributes:
        part: where.
        sentence: what, for the user.
        away: the library's server can't be used now, and it is tried again.
    """

    part: Part
    sentence: str
    away: bool = False


@dataclass
class LibraryBack(Message):
    """The library can be used again; what was asked meanwhile is asked anew."""


@dataclass
class SearchAnswered(Message):
    """A ranking came.

    Attributes:
        request: what was asked.
        ranking: the answer.
        position: where the picture is now that the request wanted to keep; None if gone.
        hits: the first ones that will be seen.
        in_scope: how many pictures the scope holds, at least.
    """

    request: SearchRequest
    ranking: Ranking
    position: int | None
    hits: Sequence[Hit]
    in_scope: int


@dataclass
class HitsFound(Message):
    """Details of some hits of a ranking came.

    Attributes:
        generation: the ranking's.
        hits: the details.
        ranking: the same ranking, deeper, where these hits were not ranked yet.
    """

    generation: int
    hits: Sequence[Hit]
    ranking: Ranking | None = None


@dataclass
class FoldersListed(Message):
    """The folders below one were read.

    Attributes:
        parent: that one.
        names: of the folders; None where it can't be read.
        whole: these are all of them; otherwise more may come.
        gone: ``parent`` does not exist any more.
    """

    parent: Path
    names: Sequence[str] | None
    whole: bool = True
    gone: bool = False


@dataclass
class PicturesCounted(Message):
    """How many pictures are indexed below each child of a folder; None is the whole library."""

    parent: Path | None
    counts: Mapping[str, int]
    total: int


@dataclass
class RootsListed(Message):
    """The folders that the library has been told to index."""

    roots: Sequence[Path]


@dataclass
class IndexProgressed(Message):
    """The indexing process said how far it is; ``run`` is the number of its run."""

    folder: Path
    progress: Progress
    run: int = 0


@dataclass
class IndexFailure(Message):
    """The indexing process could not use one file."""

    folder: Path
    failure: Failure
    run: int = 0


@dataclass
class IndexWatching(Message):
    """All is indexed and changes are followed; comes again after each change, with its figures."""

    folder: Path
    progress: Progress
    run: int = 0


@dataclass
class IndexNoticed(Message):
    """The indexing process has something to tell that ends nothing."""

    folder: Path
    sentence: str
    run: int = 0


@dataclass
class IndexEnded(Message):
    """The indexing process has gone.

    Attributes:
        folder: what it was indexing.
        outcome: how it ended; ``refused`` before it began.
        sentence: why, where it is ``failed`` or ``refused``.
        watching: it had indexed all and was following changes.
        run: the number of the run; a newer one may have begun since.
    """

    folder: Path
    outcome: Literal["done", "cancelled", "failed", "refused"]
    progress: Progress
    sentence: str = ""
    watching: bool = False
    run: int = 0


@dataclass
class FilesHandled(Message):
    """Something was done with files.

    Attributes:
        sentence: what, for the user.
        problem: some of it was not done.
        clipboard: what shall go to the clipboard.
        gone: files that went into the trash, by number.
        trashed: what can be put back.
        back: files that were put back, by the number that they had.
        changed: the catalog has other files now.
    """

    sentence: str
    problem: bool = False
    clipboard: str = ""
    gone: Sequence[int] = ()
    trashed: tuple[Moved, ...] = ()
    back: Sequence[int] = ()
    changed: bool = False


@dataclass
class TrashAsked(Message):
    """The user is to be asked whether files shall go into the trash.

    Attributes:
        question: which they are.
        files: what is moved if so; nothing else, whatever is marked by then.
        keepers: know which copies must stay.
    """

    question: str
    files: Sequence[FileDetails]
    keepers: Keepers


@dataclass
class PicturesPicked(Message):
    """The user has chosen these, to be printed as the application ends."""

    paths: Sequence[Path]


# --- from widgets -------------------------------------------------------------------------------


@dataclass
class WindowMoved(Message):
    """Other hits are on screen, some of them without details yet."""

    window: Window


@dataclass
class PictureHighlighted(Message):
    """Another picture, or none, is under the cursor."""

    hit: Hit | None


@dataclass
class PictureOpened(Message):
    """The highlighted picture shall be shown large."""


@dataclass
class PicturesChosen(Message):
    """The marked pictures, or the highlighted one, shall be printed."""


@dataclass
class SearchLeft(Message):
    """The cursor left the pictures upwards, to the search input."""


@dataclass
class FolderChosen(Message):
    """A folder shall be searched; None is the whole library."""

    folder: Path | None


@dataclass
class FolderOpened(Message):
    """A folder's children are shown; their pictures shall be counted."""

    folder: Path


@dataclass
class LibraryChanged(Message):
    """An indexing run began, added pictures or ended; or somebody else changed the library."""

    ended: bool = False
