"""Texts about the state of the app, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app.keys.bindings import key_for
from tui.core.formatting import date_of, duration_text, pixels_text, plural, printable

if TYPE_CHECKING:
    from tui.core.domain import FileDetails, Hit, Progress


def shown_path(path: Path) -> str:
    """Return a path on one line, with ``~`` for the home folder."""
    try:
        home = Path.home()
    except RuntimeError:
        return printable(path)
    if path == home:
        return "~"
    return printable(Path("~") / path.relative_to(home) if home in path.parents else path)


def shown_folder(folder: Path | None) -> str:
    """Return a short name of a folder, or of the whole library."""
    return "all pictures" if folder is None else printable(folder.name or str(folder))


def detail_line(hit: Hit) -> str:
    """Return the path, pixels, date and format of a picture."""
    file = hit.file
    parts = [shown_path(file.path)]
    if file.info is not None:
        parts.append(pixels_text(file.info))
    parts.append(date_text(file))
    if file.info is not None:
        parts.append(printable(file.info.format) + " + RAW" * hit.has_raw)
    copies = hit.copies - hit.has_raw
    if copies > 1:
        parts.append(f"{copies:,} copies")
    return "  ·  ".join(part for part in parts if part)


def date_text(file: FileDetails) -> str:
    """Return the date taken, else that of the file; empty if it is out of range."""
    date = date_of(file)
    return "" if date is None else f"{date:%Y-%m-%d %H:%M}"


def summary(progress: Progress) -> str:
    """Return the results of an indexing run."""
    added = progress.indexed + progress.reused
    removed = f"{progress.removed:,} removed" if progress.removed else ""
    failed = f"{progress.failed:,} unreadable" if progress.failed else ""
    if not added and not removed:
        up_to_date = f"up to date, {plural(progress.unchanged, 'picture')}"
        return ", ".join(filter(None, (up_to_date, failed)))
    indexed = f"{plural(added, 'picture')} indexed" if added else ""
    unchanged = f"{progress.unchanged:,} unchanged" if progress.unchanged else ""
    parts = filter(None, (indexed, unchanged, removed, failed))
    return f"{', '.join(parts)} in {duration_text(progress.seconds)}"


@dataclass(frozen=True, slots=True)
class EmptyState:
    """The state of the app without results.

    Attributes:
        text: the query.
        scope: the searched folder; None is the whole library.
        opened: the library is open.
        semantic: the model is loaded.
        loading: the model is loading.
        indexing: the folder that is being indexed.
        in_scope: the number of pictures in the scope.
        filters: the filters of the query, as typed.
        away: the library is unavailable.
        was_read: a run has indexed the whole scope.
        unknown: the sentence that the model does not know a word of the query; empty if it does.
    """

    text: str
    scope: Path | None
    opened: bool
    semantic: bool
    loading: bool
    indexing: Path | None
    in_scope: int
    filters: str = ""
    away: bool = False
    was_read: bool = False
    unknown: str = ""


def empty_state_text(now: EmptyState) -> str:
    """Return why there are no results, and what to do next."""
    if now.away:
        return "Library unavailable. Retrying…\nYour search runs as soon as it is back."
    if not now.opened:
        return "Opening the library…"
    if now.in_scope:
        return _not_found(now)
    if now.indexing is not None:
        return (
            f"Scanning {shown_folder(now.indexing)}.\n"
            "Pictures appear as they are indexed; you can already search."
        )
    return _none_indexed(now)


def _none_indexed(now: EmptyState) -> str:
    if now.scope is None:
        return f"No pictures yet.\nPress {key_for('panes.add')} to add a folder."
    if now.was_read:
        return f"No pictures found in {shown_path(now.scope)}."
    return (
        f"{shown_folder(now.scope)} isn't indexed yet.\n"
        f"Press {key_for('panes.index')} (outside the search box) to index it,\n"
        f"or {key_for('panes.everything')} to search the whole library."
    )


def _not_found(now: EmptyState) -> str:
    where = "" if now.scope is None else f" in {shown_folder(now.scope)}"
    if now.filters:
        return (
            f"No pictures{where} match {printable(now.filters)}.\n"
            f"Remove a filter, or press {key_for('search.clear')} while typing to clear the search."
        )
    if now.semantic:
        return (
            f"This model hasn't indexed anything{where} yet.\n"
            f"Press {key_for('panes.index')} (outside the search box) to index with it."
        )
    text = printable(now.text.strip())
    if now.unknown:
        return f"{now.unknown}\nNo file name{where} contains it either."
    hint = "Model loading…" if now.loading else "Try another word."
    return f"No file name{where} contains “{text}”.\n{hint}"
