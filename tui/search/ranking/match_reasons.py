"""Finds why a hit matches where its content is not the reason: its name, or that of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.domain import MatchReason, match_grade
from tui.core.formatting import printable
from tui.core.name_folding import search_key
from tui.models.starter.lexicon import IGNORED
from tui.search.matching.words import split_words, word_forms
from tui.search.ranking.name_fusion import query_words

if TYPE_CHECKING:
    from pathlib import Path

    from tui.search.query.terms import Query
    from tui.search.ranking.relevance import ScoreScale


class ReasonFinder:
    """Compares the names of hits with the words of a query.

    Args:
        query: provides the words.
        scale: the scale of the strengths; None if no model decides the order.
    """

    def __init__(self, query: Query, scale: ScoreScale | None) -> None:
        self._words = [word for word in query_words(query)[0] if word not in IGNORED]
        self._scale = scale

    def find(self, path: Path, score: float | None, strength: float | None) -> MatchReason | None:
        """Return what makes a hit stronger than its content does; None for nothing.

        Args:
            path: of the file.
            score: its cosine; None if only names were compared.
            strength: of the hit.
        """
        if not self._words or (score is not None and not self._is_raised(score, strength)):
            return None
        names = [path.name, *(folder.name for folder in path.parents)]
        matches = [self._words_in(name, parts_count=score is None) for name in names]
        best = max(range(len(names)), key=lambda index: len(matches[index]))
        if not matches[best]:
            return MatchReason("name", "") if score is None else None
        if best > 0:
            return MatchReason("folder", printable(names[best]))
        return MatchReason("name", " ".join(matches[0]))

    def _is_raised(self, score: float, strength: float | None) -> bool:
        """Whether a hit has a higher grade than its content alone would have."""
        scale = self._scale
        if scale is None or strength is None:
            return False
        content_strength = min(1.0, (score - scale.background_mean) / scale.span)
        return match_grade(strength) > match_grade(content_strength)

    def _words_in(self, name: str, *, parts_count: bool) -> list[str]:
        """Return the words of the query that a name has.

        Args:
            name: of a file or a folder.
            parts_count: a part of a word in the name is enough.
        """
        if parts_count:
            key = search_key(name)
            return [word for word in self._words if word in key]
        words = set(split_words(name))
        return [word for word in self._words if not words.isdisjoint(word_forms(word))]
