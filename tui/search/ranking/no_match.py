"""Decides whether any hit of a query is a good match, and says so if none is.

The decision compares the library's pictures with each other (`tui.search.ranking.relevance`), so it
holds for any model and says nothing for small libraries. What a model knows is another question:
`tui.search.query.model_limits`. An absolute measure of a model's cosines would belong here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.formatting import shorten
from tui.search.query.terms import format_query

if TYPE_CHECKING:
    from tui.search.ranking.ranking import Ranking


def with_no_match(ranking: Ranking) -> Ranking:
    """Return a ranking by meaning with the sentence that no hit is a good match, if none is."""
    if ranking.noise_start != 0:
        return ranking
    text = format_query(ranking.query.terms, (), None)
    message = f"No good match for “{shorten(text)}”."
    return replace(ranking, query=ranking.query.with_hint(message), no_match=message)
