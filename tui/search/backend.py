"""What the search engine needs from a library, wherever the library is stored."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tui.core.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import FileDetails, Half, Keys, Scores, Vectors
    from tui.search.query.terms import Query, Sort
    from tui.search.ranking.candidates import Candidates
    from tui.search.ranking.content_groups import ContentGroups
    from tui.search.ranking.example_images import ExampleImages
    from tui.search.ranking.name_order import ValuesOf
    from tui.search.ranking.sorted_walk import LibraryOrder

Selection = TypeVar("Selection")
"""The files that a query may return, in the backend's own form."""


class StaleQueryError(Exception):
    """A newer query is waiting, so the caller cancelled this search."""


def has_no_raw_file(_: int) -> bool:
    """A `SearchBackend.raw_file_test` for libraries in which no hit represents a raw file."""
    return False


def _continue() -> None:
    pass


@dataclass(frozen=True, slots=True, eq=False)
class RetrievalRequest:
    """One search or extension of a ranking.

    Attributes:
        query: the query.
        fold: combine copies, and a raw file with its picture, into one hit.
        everything: retrieve all that the backend can list, not only the first part.
        needed: the least number of hits to list for a query with an order, if the backend can
            list a part of them; None for all.
        check: called between steps; raises StaleQueryError to stop the search.
    """

    query: Query
    fold: bool
    everything: bool = False
    needed: int | None = None
    check: Callable[[], None] = _continue


class NamedContents(NamedTuple):
    """Contents whose file names match the query (`tui.search.ranking.name_fusion`).

    Attributes:
        contents: each once, int64, shape ``(n,)``.
        values: how well the best-named file of each matches, float32, shape ``(n,)``.
        values_of: returns how well files match, 0 for no match.
    """

    contents: Keys
    values: Scores
    values_of: ValuesOf


@dataclass(frozen=True, slots=True, eq=False)
class CandidateSet:
    """The contents that a backend retrieves for a query vector.

    Content numbers are small and not negative; they may be valid in this set only.

    Attributes:
        nearest: the contents nearest to the vector, in the order of their cosines.
        scores: all retrieved cosines, descending, including those of contents that are not
            shown.
        groups: the files that may be shown, by content.
        names: what the file names contribute; None if no name matches.
        is_complete: no content that may be shown is missing.
        is_limited: the backend can't list everything that may be shown.
        includes_lowest: all contents with the lowest of ``scores`` are included.
        content_count: how many contents may be shown; None if only files are counted.
        background: returns the vector's cosines with the library or a sample of it.
        vectors: takes contents and returns those that have a vector, with their vectors,
            float16, shape ``(n, dim)``, in any order.
        cosines: takes contents and returns those that have a vector, with the query's cosines,
            in any order. If the backend has a `LibraryOrder`, it may be called later and
            without the lock, and so may the function in ``names``.
    """

    nearest: Candidates
    scores: Scores
    groups: ContentGroups
    names: NamedContents | None
    background: Callable[[], Scores]
    vectors: Callable[[Keys], tuple[Keys, Half]]
    cosines: Callable[[Keys], tuple[Keys, Scores]]
    is_complete: bool
    is_limited: bool = False
    includes_lowest: bool = False
    content_count: int | None = None

    @property
    def values_of(self) -> ValuesOf | None:
        """The function that returns how well file names match; None if no name matches."""
        return None if self.names is None else self.names.values_of


class FileListing(NamedTuple):
    """Files in an order that no model decides.

    Attributes:
        file_ids: int64, shape ``(n,)``.
        total: how many files the query has.
        unlisted_count: how many could be listed below these.
        is_limited: the backend can't list all of them, or not in this order.
    """

    file_ids: Keys
    total: int
    unlisted_count: int = 0
    is_limited: bool = False


class SearchBackend(Closing, Generic[Selection]):
    """Reads one library with one model.

    The engine holds ``lock`` while it calls a method, except `warm_up`, `preload`, `details` and
    `raw_file_test`: these acquire it themselves where they need it. Every method raises a
    PhotoseekError while the library is unavailable; a later call may succeed.

    Args:
        example_images: finds the vectors of pictures that a query names.
    """

    result_limit: int | None = None
    """The most results that the backend lists; None for all."""

    def __init__(self, example_images: ExampleImages) -> None:
        self.lock = Lock()
        self.example_images = example_images

    @property
    @abstractmethod
    def model_id(self) -> str:
        """The model whose vectors are searched."""

    @abstractmethod
    def __len__(self) -> int:
        """Return how many contents or files the library has."""

    # --- changes ------------------------------------------------------------------------------

    @abstractmethod
    def warm_up(self) -> None:
        """Prepare the first search of file names; may take seconds."""

    def preload(self) -> None:
        """Read the columns of the first filters and orders in advance, while searches run."""

    @abstractmethod
    def refresh(self) -> bool:
        """Read new commits; return True if a search may now give another answer."""

    @abstractmethod
    def begin_search(self, query: Query) -> Query:
        """Notice changes that affect a search, and return the query with hints about them."""

    # --- searching ----------------------------------------------------------------------------

    @abstractmethod
    def select(self, query: Query) -> Selection:
        """Return the files that a query may return by meaning."""

    @abstractmethod
    def count(self, selection: Selection) -> int:
        """Return how many files are selected; an estimate where the server can't say."""

    @abstractmethod
    def prewarm_scope(self, selection: Selection) -> None:
        """Cache the data that the first query vector in these files will need."""

    @abstractmethod
    def retrieve(
        self, vector: Vectors, selection: Selection, request: RetrievalRequest
    ) -> CandidateSet:
        """Return the candidates nearest to a unit vector, float32, shape ``(dim,)``."""

    @abstractmethod
    def list_files(self, request: RetrievalRequest) -> FileListing:
        """List files without a vector: by name where the query has words, else by date.

        An order in the query takes precedence.
        """

    @abstractmethod
    def sort(self, file_ids: Keys, sort: Sort) -> Keys:
        """Return files in an order, without deleted ones."""

    @abstractmethod
    def library_order(self, selection: Selection, sort: Sort) -> LibraryOrder | None:
        """Return the library in an order; None if the backend can't walk through it.

        Without it, hits are sorted after all of them were ranked.
        """

    # --- single files -------------------------------------------------------------------------

    @abstractmethod
    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return the details of files in any order, without deleted ones."""

    @abstractmethod
    def raw_file_test(self) -> Callable[[int], bool]:
        """Return a function that tells whether a picture represents a raw file too."""

    @abstractmethod
    def vector_of(self, file_id: int) -> Vectors | None:
        """Return a file's unit vector, float32, shape ``(dim,)``; None for a deleted file."""
