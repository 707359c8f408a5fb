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
"""The files that a query may show, as the backend describes them."""


class StaleQueryError(Exception):
    """The caller cancelled the search, since a newer query waits."""


def has_no_raw_file(_: int) -> bool:
    """Answer `SearchBackend.raw_file_test` where no hit represents a raw file."""
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
        needed: how many hits of a query with an order are listed at least, if the backend can list
            a part of them; None for all.
        check: called between steps; raises StaleQueryError to stop the search.
    """

    query: Query
    fold: bool
    everything: bool = False
    needed: int | None = None
    check: Callable[[], None] = _continue


class NamedContents(NamedTuple):
    """Contents whose files are named as the query says (`tui.search.ranking.name_fusion`).

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
        nearest: those nearest to the vector, in the order of their cosines.
        scores: the cosines of all that was retrieved, also of what is not shown, falling.
        groups: the files that may be shown, by content.
        names: what the file names contribute; None where no name matches.
        is_complete: nothing that may be shown is missing.
        is_limited: the backend can't list everything that may be shown.
        includes_lowest: all contents with the lowest of ``scores`` are included.
        content_count: how many contents may be shown; None where only files are counted.
        background: returns the vector's cosines with the library or a sample of it.
        vectors: returns those of some contents that have a vector, and their vectors, float16,
            shape ``(n, dim)``, in any order.
        cosines: returns those of some contents that have a vector, and the query's cosines with
            them, in any order. Where the backend has a `LibraryOrder`, it may be called later and
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
        """The function that returns how well file names match; None where no name matches."""
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
    PhotoseekError where the library can't be read now; a later call may succeed.

    Args:
        example_images: finds the vectors of pictures that a query names.
    """

    result_limit: int | None = None
    """How many results the backend lists at most; None for all."""

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
        """Do what is needed once before file names are searched; may take seconds."""

    def preload(self) -> None:
        """Read what the first filters and orders would wait for, while searches run."""

    @abstractmethod
    def refresh(self) -> bool:
        """Read what was committed; True if a search may now answer differently."""

    @abstractmethod
    def begin_search(self, query: Query) -> Query:
        """Notice changes that a search has to know, and return the query with hints at them."""

    # --- searching ----------------------------------------------------------------------------

    @abstractmethod
    def select(self, query: Query) -> Selection:
        """Return the files that a query may show by meaning."""

    @abstractmethod
    def count(self, selection: Selection) -> int:
        """Return how many files are selected; an estimate where the server can't say."""

    @abstractmethod
    def prewarm_scope(self, selection: Selection) -> None:
        """Cache what the first query vector in these files would wait for."""

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
        """Return files in an order; deleted ones are left out."""

    @abstractmethod
    def library_order(self, selection: Selection, sort: Sort) -> LibraryOrder | None:
        """Return the library in an order; None where the backend can't walk through it.

        Its hits are then sorted after all of them were ranked.
        """

    # --- single files -------------------------------------------------------------------------

    @abstractmethod
    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return the details of files in any order; deleted ones are left out."""

    @abstractmethod
    def raw_file_test(self) -> Callable[[int], bool]:
        """Return a function that tells whether a picture represents a raw file too."""

    @abstractmethod
    def vector_of(self, file_id: int) -> Vectors | None:
        """Return a file's unit vector, float32, shape ``(dim,)``; None for a deleted file."""
