"""Measures the parts of a search by wrapping the steps of the engine, which needs no hooks."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import numpy as np

from tests.support.bench.big_library import timed
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search import ranker
from tui.search.local.backend import LocalBackend
from tui.search.local.name_index import NameIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SLOWEST = 10
STEPS = {
    "select": (LocalBackend, "select"),
    "index": (VectorIndex, "search"),
    "names": (NameIndex, "find"),
    "sample": (LocalBackend, "_background"),
    "scale": (ranker, "scale_of"),
    "fuse": (ranker, "_fuse"),
    "fold": (ranker, "fold_near_duplicates"),
    "sort": (ranker, "apply_sort"),
    "walk": (ranker, "continue_walk"),
}
"""The steps by the names of the parts: the noise sample is ``sample``, an order's walk ``walk``."""


class MeasuredSearch(NamedTuple):
    """One search: its query, its time, the processor's time and that of its parts, in ms."""

    query: str
    ms: float
    cpu_ms: float
    parts: dict[str, float]


@dataclass
class SearchFigures:
    """Collects the figures of one size and prints each as it arrives."""

    figures: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    searches: list[MeasuredSearch] = field(default_factory=list)

    def note(self, name: str, value: float) -> None:
        self.figures[name] = round(value, 4)
        print(f"{self.figures['n']:>9,.0f}  {name:20} {value:12.3f}", flush=True)

    def times(self, name: str, actions: Mapping[str, Callable[[], object]]) -> None:
        """Record the median and the 95th percentile of the searches by query."""
        done = []
        for query, action in actions.items():
            self.parts.clear()
            before = time.thread_time()
            [elapsed] = timed(action, 1)
            worked = (time.thread_time() - before) * 1000
            done.append(MeasuredSearch(query, elapsed, worked, dict(self.parts)))
        self.searches += done
        for kind, values in (
            ("", [search.ms for search in done]),
            ("cpu_", [search.cpu_ms for search in done]),
        ):
            median, high = map(float, np.percentile(values, [50, 95]))
            self.note(f"{name}p50_{kind}ms", median)
            self.note(f"{name}p95_{kind}ms", high)
            self.note(f"{name}{kind}tail", high / median)

    def slowest(self) -> None:
        """Print the slowest searches, and record them."""
        searches = sorted(self.searches, key=lambda search: -search.ms)[:SLOWEST]
        print(table_of(searches), flush=True)
        self.figures["slowest"] = [
            {"query": search.query, "ms": round(search.ms, 2), "cpu_ms": round(search.cpu_ms, 2)}
            | {"parts": {name: round(ms, 2) for name, ms in search.parts.items()}}
            for search in searches
        ]


@contextmanager
def measured_parts() -> Iterator[dict[str, float]]:
    """Wrap the steps; yield the milliseconds of each since the dict was cleared."""
    parts: dict[str, float] = {}

    def measured(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def call(*arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            try:
                return step(*arguments, **options)
            finally:
                elapsed = (time.perf_counter() - begin) * 1000
                parts[name] = parts.get(name, 0.0) + elapsed

        return call

    with ExitStack() as stack:
        for name, (owner, attribute) in STEPS.items():
            step = measured(name, getattr(owner, attribute))
            stack.enter_context(patch.object(owner, attribute, step))
        yield parts


def table_of(searches: Sequence[MeasuredSearch]) -> str:
    """Return a table of searches and their parts; ``other`` is the time outside all steps."""
    names = [*STEPS, "other"]
    lines = ["".join(f"{name:>8}" for name in ("ms", "cpu", *names)) + "  query"]
    for search in searches:
        parts = [search.parts.get(name, 0.0) for name in STEPS]
        values = [search.ms, search.cpu_ms, *parts, search.ms - sum(parts)]
        lines.append("".join(f"{value:8.2f}" for value in values) + f"  {search.query}")
    return "\n".join(lines)
