"""The search for duplicates, for their screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.core.settings import Settings
    from tui.search.duplicates.groups import DuplicateGroup, DuplicateProgress
    from tui.search.duplicates.pixel_similarity import FingerprintCache


class DuplicateFinder:
    """Finds groups for each threshold; caches what it read from the files.

    Args:
        settings: of this run.
        model_id: the model whose embeddings are compared.
        scope: the folder to search; None is the whole library.
    """

    def __init__(self, settings: Settings, model_id: str, scope: Path | None) -> None:
        self._settings = settings
        self._model_id = model_id
        self._scope = scope
        self._fingerprints: FingerprintCache | None = None
        self._contents: dict[str, int] = {}

    def find(
        self,
        threshold: float | None,
        cancelled: Cancelled,
        on_progress: Callable[[DuplicateProgress], None],
    ) -> list[DuplicateGroup]:
        """Find the groups; call it in a worker.

        Args:
            threshold: the least cosine; None finds only identical files.
            cancelled: returns whether to stop; called repeatedly.
            on_progress: receives the progress.
        """
        from tui.search.duplicates.find import find_duplicates
        from tui.search.duplicates.pixel_similarity import FingerprintCache
        from tui.search.open import open_duplicate_source

        self._fingerprints = self._fingerprints or FingerprintCache()
        with open_duplicate_source(self._settings, self._model_id, self._contents) as (
            files,
            index,
        ):
            return find_duplicates(
                files,
                index,
                scope=self._scope,
                threshold=threshold,
                cancelled=cancelled,
                on_progress=on_progress,
                fingerprints=self._fingerprints,
                pair_raw=self._settings.pair_raw,
            )
