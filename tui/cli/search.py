"""``photoseek search``: print the results of one query."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from tui.cli.base import (
    DONE,
    NOTHING_FOUND,
    Folder,
    current_settings,
    print_error,
    settings_options,
)
from tui.cli.terminal.output import say, say_json, say_path
from tui.core.errors import FolderError, PhotoseekError
from tui.core.formatting import line_break_error, printable
from tui.core.gc_pause import gc_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import Hit
    from tui.models.runtime.spec import ModelSpec
    from tui.search.query.terms import Query

OutputFormat = Literal["text", "json", "paths", "null"]


class _WithSyntax(click.Command):
    """A command whose help lists the query syntax; it explains queries that start with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as usual.

        Raises:
            click.UsageError: an option is wrong.
        """
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name.startswith("--"):
                raise
            sentence = f"There is no option {error.option_name}; put -- before a query like that."
            raise click.UsageError(sentence, ctx) from error

    def format_epilog(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        from tui.search.query.syntax import SYNTAX

        with formatter.section("Query syntax"):
            formatter.write_dl(SYNTAX)


@click.command(cls=_WithSyntax, short_help="Print the pictures that match a query.")
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--in", "scope", type=Folder(), metavar="FOLDER", help="Search only below FOLDER.")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Number of hits.",
)
@click.option("--json", "form", flag_value="json", help="Print one JSON object per line.")
@click.option("--paths", "form", flag_value="paths", help="Only paths, one per line.")
@click.option("-0", "--null", "form", flag_value="null", help="Paths, each ended by a NUL byte.")
@click.option(
    "--fold",
    is_flag=True,
    help="Print one file of each group of duplicates, or of a raw file and its JPEG.",
)
@settings_options
def search(
    words: tuple[str, ...], scope: Path | None, number: int, form: OutputFormat | None, fold: bool
) -> int:
    """Print the pictures that match QUERY, best match first.

    QUERY has the syntax of the search box: descriptions, pictures, filters, an order. An empty
    query lists the newest pictures. Put -- before a query that starts with a dash.

    --fold prints one file for identical and near-identical pictures, and the JPEG or HEIC instead
    of the raw file of the same shot. An invalid or misspelt filter prints nothing, and the exit
    code is 2.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a short process needs no thread pool
    with gc_paused():
        answer = _find(" ".join(words), scope, number, fold=fold)
    for hint in answer.hints:
        print_error(hint)
    _print(answer.hits, form or "text")
    answer.finish()
    if not answer.hits:
        print_error(answer.reason)
    return DONE if answer.hits else NOTHING_FOUND


@dataclass(frozen=True)
class _Answer:
    """The results with the hints of the query, or the reason why there are none.

    ``finish`` is called after the results are printed.
    """

    hits: Sequence[Hit] = ()
    reason: str = ""
    hints: Sequence[str] = ()
    finish: Callable[[], object] = lambda: None


def _find(text: str, scope: Path | None, number: int, *, fold: bool) -> _Answer:
    from tui.models.registry import find_model, open_text
    from tui.search.open import open_both
    from tui.search.query.parse import parse

    query = parse(text, scope)
    _reject_unread(query)
    settings = current_settings()
    spec = find_model(settings.model, settings)
    library, engine = open_both(settings, spec)
    with library:
        roots = library.roots()
        if not roots:
            return _Answer((), "nothing is indexed yet; run `photoseek index FOLDER` first.")
        if scope is not None:
            _check_scope(scope, roots)
        if not query.only_browses and not library.count(scope, spec.model_id):
            return _Answer((), _nothing_of(spec, scope))
        if not engine.is_cached(query):
            engine.attach(open_text(spec, settings))
        if query.words:
            engine.warm_up()
        ranking = engine.search(query, fold=fold, needed=number)
        _reject_unread(ranking.query)
        if number > len(ranking):
            ranking = engine.extend(ranking)
        hits = engine.hits(ranking, 0, number)
        hints = [hint.message for hint in ranking.query.hints]
        return _Answer(hits, "nothing found.", hints, partial(engine.remember, query))


def _reject_unread(query: Query) -> None:
    """Reject a query with a condition that can't be parsed.

    Ignoring it would print pictures that the user excluded, and a pipe may delete them.
    """
    if query.unread:
        raise PhotoseekError(query.unread)


def _check_scope(scope: Path, roots: Sequence[Path]) -> None:
    if not any(scope.is_relative_to(root) or root.is_relative_to(scope) for root in roots):
        raise FolderError(f"{scope} is not in the library; run `photoseek index` on it first.")


def _nothing_of(spec: ModelSpec, scope: Path | None) -> str:
    where = "in the library" if scope is None else f"in {scope}"
    return (
        f"no picture {where} is indexed with the model {spec.name}; "
        f"run `photoseek index FOLDER --model {spec.name}`, or search with another --model."
    )


def _print(hits: Sequence[Hit], form: OutputFormat) -> None:
    """Write the hits one by one: a long unbuffered write may end early without an error.

    Write none if a path contains a line break: a reader would split it into two paths, which may
    be those of other files.
    """
    if form == "paths" and (sentence := line_break_error(hit.file.path for hit in hits)):
        raise click.UsageError(sentence)
    for hit in hits:
        if form in ("paths", "null"):
            end = b"\0" if form == "null" else b"\n"
            say_path(hit.file.path, end)
        else:
            say_json(_as_json(hit)) if form == "json" else say(_as_text(hit))


def _as_json(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "path": str(hit.file.path),
        "score": None if hit.score is None else round(hit.score, 6),
        "strength": None if hit.strength is None else round(hit.strength, 4),
        "match": _grade(hit) or None,
        "reason": None if hit.reason is None else str(hit.reason),
        "copies": hit.copies,
    }


def _as_text(hit: Hit) -> str:
    reason = "" if hit.reason is None or hit.is_weak else f"  ({printable(hit.reason)})"
    copies = f"  ({hit.copies:,} copies)" if hit.copies > 1 else ""
    return f"{hit.rank:4d}  {_grade(hit):4}  {printable(hit.file.path)}{reason}{copies}"


def _grade(hit: Hit) -> str:
    if hit.strength is None:
        return ""
    return "weak" if hit.is_weak else "good"
