"""What the app and the commands ask of a library, wherever it lies.

`tui.search.local.engine.Engine` and `tui.library.local.catalog.reader.Catalog` answer for one on
this machine; one on a server has its own. Every method may be called from any thread but the event
loop's, and raises a PhotoseekError where the library can't be read now; asking again later may
succeed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tui.core.domain import Cancelled, Failure, FileDetails, Hit, TextEmbedder
    from tui.search.query.parse import Query
    from tui.search.ranking.ranking import Ranking


class StaleQueryError(Exception):
    """The caller asked to stop: a newer query has come."""


class SearchEngine(Protocol):
    """Searches one library with one model."""

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        ...

    @property
    def model_id(self) -> str:
        """The model that the library is searched with."""
        ...

    @property
    def is_semantic(self) -> bool:
        """A text tower is attached; without one, new words are matched with file names."""
        ...

    def is_cached(self, query: Query) -> bool:
        """Tell whether the query's texts are at hand; called on the event loop, so it is quick."""
        ...

    def attach(self, embedder: TextEmbedder) -> None:
        """Search by meaning from now on.

        Raises:
            ModelError: the embedder is of another model than the index.
        """
        ...

    def warm_up(self) -> None:
        """Do what has to be done once, before words find file names as well as meanings."""
        ...

    def refresh(self) -> bool:
        """Take up what anybody committed since; True if a search may now answer differently."""
        ...

    def search(
        self,
        query: Query,
        generation: int = 0,
        cancelled: Cancelled = ...,
        *,
        fold: bool = True,
    ) -> Ranking:
        """Rank the library, or the query's scope.

        Args:
            query: what to look for; without ideas everything that passes its filters, newest
                first.
            generation: comes back in the ranking.
            cancelled: asked between steps.
            fold: make one hit of files that show the same, and of a raw file and its picture;
                without it every file is a hit.

        Raises:
            StaleQueryError: ``cancelled`` said so.
        """
        ...

    def extend(self, ranking: Ranking) -> Ranking:
        """Rank hits of a query that were not; those that were stay where they are."""
        ...

    def prewarm_scope(self, query: Query) -> None:
        """Work out where a query looks, before something is described there."""
        ...

    def hits(self, ranking: Ranking, start: int, stop: int) -> list[Hit]:
        """Look up the hits from ``start`` to before ``stop``; files gone meanwhile are left out."""
        ...

    def explain(self, ranking: Ranking, hit: Hit) -> Hit:
        """Return a hit with each idea of its query and the cosine of the two."""
        ...

    def remember(self, query: Query) -> None:
        """Keep the vectors of a query's texts on disk, so that asking again needs no model."""
        ...

    def close(self) -> None:
        """Let go of the library; no search after this."""
        ...


class LibraryReader(AbstractContextManager["LibraryReader"], Protocol):
    """Answers what is asked of a library beside searches."""

    def roots(self) -> Sequence[Path]:
        """The folders that were indexed as such."""
        ...

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """How many pictures lie below ``scope``, or how many of them a model has read."""
        ...

    def folder_counts(self, parent: Path) -> Mapping[str, int]:
        """Child folder names with how many available pictures lie anywhere below each."""
        ...

    def failures(self, limit: int, scope: Path | None = None) -> Sequence[Failure]:
        """At most ``limit`` files that could not be indexed, with the reason of each."""
        ...

    def details(self, file_ids: Iterable[int]) -> list[FileDetails]:
        """What is known of these files, in this order; those that have gone are left out."""
        ...

    def close(self) -> None:
        """Let go of the library."""
        ...
