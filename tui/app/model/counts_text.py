"""Texts about the results of a query: how many pictures, and how many of them match well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.formatting import plural

if TYPE_CHECKING:
    from tui.app.model.result_window import Window
    from tui.search.ranking.ranking import Ranking

_ORDERS = {
    "date": ("newest first", "oldest first"),
    "name": ("by file name", "by file name, from Z to A"),
    "size": ("largest first", "smallest first"),
}


def counts_text(ranking: Ranking | None, window: Window) -> str:
    """Return the number of results, their order, and the position of the highlighted one."""
    if ranking is None or not window.total:
        return ""
    position = min(window.cursor + 1, ranking.count)
    parts = [_counts(ranking), _order(ranking), f"#{position:,}"]
    return "  ·  ".join(filter(None, parts))


def rule_text(ranking: Ranking) -> str:
    """Return the label of the rule above the weak matches."""
    return ranking.no_match or "weaker matches"


def _counts(ranking: Ranking) -> str:
    """Return how many results match well and how many do not, or only the total."""
    if not ranking.semantic and ranking.query.words and not ranking.query.only_browses:
        return f"{plural(ranking.count, 'matching name')}"
    at_least = "at least " if ranking.walk is not None else ""
    good = ranking.good_count
    if good is None:
        return f"{at_least}{plural(ranking.count, 'picture')}"
    weak = ranking.count - good
    if not good:
        return f"no good match · {at_least}{weak:,} weaker"
    noun = "good match" if good == 1 else "good matches"
    if ranking.has_more_good:
        return f"at least {good:,} {noun} · {weak:,} more" if weak else f"at least {good:,} {noun}"
    return f"{at_least}{good:,} {noun}" + (f" · {weak:,} weaker" if weak else "")


def _order(ranking: Ranking) -> str:
    """Return the order of the results; empty if it is best first and the counts imply that."""
    query = ranking.query
    is_reversed = query.sort is not None and query.sort.reverse
    if query.sort is not None and query.sort.key in _ORDERS:
        return _ORDERS[query.sort.key][is_reversed]
    if ranking.semantic:
        best_first = "" if ranking.good_count is not None else "best match first"
        return "least relevant first" if is_reversed else best_first
    if query.only_browses or not query.words:
        return _ORDERS["date"][is_reversed]
    return ""
