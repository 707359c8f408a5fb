"""``photoseek search``: one query, its answer on stdout."""

from __future__ import annotations

import gc
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click

from tui.cli.base import (
    DONE,
    NOTHING_FOUND,
    Folder,
    complain,
    current_settings,
    settings_options,
)
from tui.display import printable
from tui.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.domain import Hit
    from tui.models.registry import ModelSpec

Form = Literal["text", "json", "paths", "null"]


@click.command(short_help="Print the pictures that show what is described.")
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--in", "scope", type=Folder(), metavar="FOLDER", help="Search below FOLDER.")
@click.option(
    "-n", "--number", type=click.IntRange(min=1), default=20, show_default=True, help="How many."
)
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--paths", "form", flag_value="paths", help="Paths alone, one a line.")
@click.option("-0", "--null", "form", flag_value="null", help="Paths, each ended by a zero byte.")
@settings_options
def search(words: tuple[str, ...], scope: Path | None, number: int, form: Form | None) -> int:
    """Print the pictures that show what QUERY describes, best first.

    An empty QUERY lists the newest pictures. A query that starts with a dash goes after --.
    """
    with _starting_fast():
        hits, reason = _find(" ".join(words), scope, number)
    _print(hits, form or "text")
    if not hits:
        complain(reason)
    return DONE if hits else NOTHING_FOUND


@contextmanager
def _starting_fast() -> Iterator[None]:
    """Save a fifth of a short life: no garbage is looked for, no pool of BLAS threads started."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _find(text: str, scope: Path | None, number: int) -> tuple[list[Hit], str]:
    """Return the hits, and why there are none if there are none."""
    from tui.library.catalog import Catalog
    from tui.library.index import open_index
    from tui.models.registry import find_model, open_text
    from tui.search.engine import Engine
    from tui.search.query import MAX_CHARACTERS, parse

    settings = current_settings()
    spec = find_model(settings.model, settings)
    query = parse(text, scope)
    if query.shortened:
        complain(f"only the first {MAX_CHARACTERS:,} characters of the query are searched.")
    with Catalog.open(settings.data_dir, read_only=True) as catalog:
        roots = catalog.roots()
        if not roots:
            return [], "nothing is indexed yet; run `photoseek index FOLDER` first."
        if scope is not None:
            _check_scope(scope, roots)
        if not query.is_empty and not catalog.count(scope, spec.model_id):
            return [], _nothing_of(spec, scope)
        engine = Engine(catalog, open_index(catalog, spec.model_id))
        if not query.is_empty:
            engine.attach(open_text(spec, settings))
        return engine.hits(engine.search(query), 0, number), "nothing found."


def _check_scope(scope: Path, roots: Sequence[Path]) -> None:
    if not any(scope.is_relative_to(root) or root.is_relative_to(scope) for root in roots):
        raise FolderError(f"{scope} is not in the library; run `photoseek index` on it first.")


def _nothing_of(spec: ModelSpec, scope: Path | None) -> str:
    where = "in the library" if scope is None else f"in {scope}"
    return (
        f"no picture {where} is indexed with the model {spec.name}; "
        f"run `photoseek index FOLDER --model {spec.name}`, or search with another --model."
    )


def _print(hits: Sequence[Hit], form: Form) -> None:
    """Write hit by hit: a long unbuffered write may end early without a word."""
    for hit in hits:
        if form in ("paths", "null"):
            end = b"\0" if form == "null" else b"\n"
            click.echo(os.fsencode(hit.file.path) + end, nl=False)
        else:
            click.echo(_as_json(hit) if form == "json" else _as_text(hit))


def _as_json(hit: Hit) -> str:
    r"""A name that is not UTF-8 keeps its bytes as surrogate escapes, ``\udcff``."""
    score = None if hit.score is None else round(hit.score, 6)
    return json.dumps({"rank": hit.rank, "path": str(hit.file.path), "score": score})


def _as_text(hit: Hit) -> str:
    score = "     " if hit.score is None else f"{hit.score:5.3f}"
    return f"{hit.rank:4d}  {score}  {printable(hit.file.path)}"
