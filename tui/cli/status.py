"""``photoseek status``: print the figures or the failures of the library."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import DONE, NOTHING_FOUND, current_settings, settings_options
from tui.cli.terminal.output import say, say_json, say_wrapped
from tui.core.formatting import printable, size_text
from tui.search.matching.missing_folders import is_missing
from tui.storage.objects.path import RemotePath
from tui.storage.scanning.skipped_folders import SKIPPED_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.settings import Settings
    from tui.library.base.library import Library
    from tui.library.base.records import CatalogStatus, Generation


@click.command(short_help="Show folders, models and sizes of the library.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--failures", is_flag=True, help="List unreadable files; exit 1 if none.")
@settings_options
def status(*, as_json: bool, failures: bool) -> int:
    """Show the folders of the library, and the models that it is indexed with."""
    if failures:
        return _show_failures(as_json=as_json)
    data = gather(current_settings())
    say_json(data) if as_json else say_wrapped(*describe(data))
    return DONE


def _show_failures(*, as_json: bool) -> int:
    data = gather_failures(current_settings())
    say_json(data) if as_json else say(*describe_failures(data))
    return DONE if data["failures"] else NOTHING_FOUND


def gather(settings: Settings) -> dict[str, Any]:
    """Return the figures of the library as JSON values."""
    from tui.library.open import open_library

    library = open_library(settings)
    status = library.status()
    return {
        "library": settings.library or str(settings.data_dir),
        "data_dir": str(settings.data_dir),
        "catalog_bytes": status.bytes,
        "folders": [
            {"path": str(root), "available": _is_available(root), "options": _options(status, root)}
            for root in status.roots
        ],
        "files": status.files,
        "pictures": status.pictures,
        "contents": status.contents,
        "failed": status.failures,
        "unavailable": status.unavailable,
        "models": [
            describe_model(library, model_id, count, status.generations)
            for model_id, count in status.embeddings.items()
        ],
        "chosen": search_model(settings),
        "precision": precision(settings),
        "skip_folders": [*SKIPPED_FOLDERS, *settings.skip_folders],
    }


def _options(status: CatalogStatus, root: Path) -> dict[str, Any]:
    """Return the scan options of a folder: those of the outermost folder that contains it."""
    from tui.library.base.folder_options import outermost_of, read_options, to_json
    from tui.storage.path_encoding import encode

    return to_json(read_options(status.options.get(encode(outermost_of(root, status.roots)))))


def _is_available(root: Path) -> bool:
    """Return whether a folder exists, by the rule of a search; this checks object storage too."""
    return root.is_dir() if isinstance(root, RemotePath) else not is_missing(root)


def search_model(settings: Settings) -> dict[str, str]:
    """Return the model that a search uses, and why."""
    from tui.models.describe import why_text
    from tui.models.registry import find_model

    spec = find_model(settings.model, settings)
    return {"name": spec.name, "model_id": spec.model_id, "why": why_text(spec)}


def describe_model(
    library: Library, model_id: str, embeddings: int, generations: Sequence[Generation]
) -> dict[str, Any]:
    """Describe one model's vectors; ``generations`` are all saved index files, newest first."""
    newest = {index.kind: index for index in reversed(generations) if index.model_id == model_id}
    search, why = library.search_strategy(embeddings, newest)
    return {
        "model_id": model_id,
        "embeddings": embeddings,
        "search": search,
        "why": why,
        "index": [
            {
                "kind": kind,
                "generation": index.generation_id,
                "vectors": index.n,
                "bytes": index.size,
            }
            for kind, index in newest.items()
        ],
    }


def describe(data: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that describe the figures."""
    from tui.library.base.folder_options import options_text

    own = printable(data["data_dir"])
    catalog = f", catalog of {size_text(data['catalog_bytes'])}"
    if data["library"] == data["data_dir"]:
        yield f"Data       {own}{catalog}"
    else:
        yield f"Library    {printable(data['library'])}{catalog if data['catalog_bytes'] else ''}"
        yield f"Data       {own}"
    if not data["folders"]:
        yield "Folders    none yet; run `photoseek index FOLDER`"
    for number, folder in enumerate(data["folders"]):
        options = options_text(folder["options"])
        remark = f"  {printable(options)}" if options else ""
        absent = "" if folder["available"] else " (unavailable)"
        yield f"{'' if number else 'Folders':11}{printable(folder['path'])}{absent}{remark}"
    yield f"Skipped    {printable(', '.join(data['skip_folders']))} (setting skip_folders)"
    contents = data["contents"]
    different = "" if contents is None else f" ({contents:,} unique)"
    yield f"Pictures   {data['pictures']:,}{different}"
    if data["failed"]:
        listed = "`photoseek status --failures` lists them"
        yield f"Failed     {data['failed']:,} unreadable files; {listed}"
    if data["unavailable"]:
        yield f"Offline    {data['unavailable']:,} files in unavailable folders"
    yield f"In use     {data['chosen']['why']}; --model NAME uses another"
    for model in data["models"]:
        yield from _model_lines(model)
    yield from describe_precision(data["precision"])


def precision(settings: Settings) -> list[dict[str, str]]:
    """Return the number format of each tower that has run on this machine."""
    from tui.models.runtime.precision import precision_report

    fields = ("model_id", "tower", "device", "form")
    return [
        {field: getattr(choice, field) for field in fields}
        for choice in precision_report(settings.data_dir)
    ]


def describe_precision(choices: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield the lines that describe `precision`."""
    for choice in choices:
        yield f"Precision  {precision_text(choice)}"


def precision_text(choice: dict[str, str]) -> str:
    """Return a sentence part with the number format of one tower."""
    return "{form} for the {tower} tower of {model_id} on {device}".format(**choice)


def _model_lines(model: dict[str, Any]) -> Iterator[str]:
    yield f"Model      {model['model_id']}: {model['embeddings']:,} embeddings"
    yield f"           search is {model['search']}: {model['why']}"
    for index in model["index"]:
        size = size_text(index["bytes"])
        yield (
            f"           {index['kind']}, generation {index['generation']}: "
            f"{index['vectors']:,} vectors, {size}"
        )


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
