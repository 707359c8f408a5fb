"""Texts about a model for the command line and the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.formatting import duration_text, size_text

if TYPE_CHECKING:
    from tui.models.pull import PullProgress
    from tui.models.runtime.spec import Benchmark, ModelSpec


def size_of(spec: ModelSpec, *, here: bool) -> str:
    """Return the size of the download, or that the model is downloaded or built in."""
    if spec.download_bytes == 0:
        return "built in" if spec.source is None else "downloaded"
    size = "unknown size" if spec.download_bytes is None else f"{spec.download_bytes / 1e6:,.0f} MB"
    return f"{size}, downloaded" if here else f"{size} to download"


def memory_text(spec: ModelSpec) -> str:
    """Return the memory that the weights take; empty if it is unknown."""
    if spec.image_bytes is None or spec.text_bytes is None:
        return ""
    index, search = (f"{size / 1e6:,.0f}" for size in (spec.image_bytes, spec.text_bytes))
    return f"Weights in memory: {index} MB to index, {search} MB to search; half in 16 bits."


def figure_text(figure: Benchmark) -> str:
    """Return a benchmark and its source."""
    return f"{figure.text} ({figure.source or 'measured here'})"


def why_text(spec: ModelSpec) -> str:
    """Return the model in use and the reason for it."""
    return f"{spec.title}: {spec.why}" if spec.why else f"{spec.title} (selected)"


def short_pull_text(progress: PullProgress) -> str:
    """Return the progress of a download in a few words, for example ``34% · 2 min left``."""
    if progress.phase == "asking":
        return "connecting…"
    if progress.phase == "preparing":
        return "preparing…"
    parts = [f"{progress.done / progress.total:.0%}" if progress.total else "connecting…"]
    if progress.seconds_left is not None:
        parts.append(f"{duration_text(progress.seconds_left)} left")
    return " · ".join(parts)


def pull_text(progress: PullProgress) -> str:
    """Return the progress of a download."""
    if progress.phase == "asking":
        return "contacting the hub"
    if progress.phase == "preparing":
        return "preparing the model for a fast start"
    parts = [f"{size_text(progress.done)} of {size_text(progress.total)}"]
    if progress.rate:
        parts.append(f"{size_text(int(progress.rate))}/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration_text(progress.seconds_left)} left")
    return ", ".join(parts)
