"""The list of ``photoseek status --failures``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.settings import Settings


def gather_failures(settings: Settings) -> dict[str, Any]:
    """Return all failures as JSON values, grouped by kind."""
    from tui.library.base.failure_kinds import by_kind
    from tui.search.open import open_reader

    with open_reader(settings) as library:
        groups = by_kind(library.failures(sys.maxsize))
    kinds = [
        {"kind": kind.name, "title": kind.title, "advice": kind.advice, "files": len(group)}
        for kind, group in groups
    ]
    failures = [
        {"path": str(failure.path), "reason": failure.reason, "kind": kind.name}
        for kind, group in groups
        for failure in group
    ]
    return {"kinds": kinds, "failures": failures}


def describe_failures(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that describe the failures."""
    if not data["failures"]:
        yield "No failures."
    for kind in data["kinds"]:
        yield f"{kind['title']} ({kind['files']:,}): {kind['advice']}"
        for failure in data["failures"]:
            if failure["kind"] == kind["kind"]:
                yield f"  {failure['path']}: {failure['reason']}"
