"""What ``photoseek status`` tells: gathered as plain data, then put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import DONE, NOTHING_FOUND, current_settings, settings_options
from tui.cli.terminal.output import say, say_json
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


@click.command(short_help="Show what is in the library.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--failures", is_flag=True, help="List the files that can't be read; 1 if none.")
@settings_options
def status(*, as_json: bool, failures: bool) -> int:
    """Show what is in the library, and with which models it can be searched."""
    if failures:
        return _show_failures(as_json=as_json)
    found = gather(current_settings())
    say_json(found) if as_json else say(*describe(found))
    return DONE


def _show_failures(*, as_json: bool) -> int:
    from tui.cli.failures import describe_failures, gather_failures

    found = gather_failures(current_settings())
    say_json(found) if as_json else say(*describe_failures(found))
    return DONE if found["failures"] else NOTHING_FOUND


def gather(settings: Settings) -> dict[str, Any]:
    """Read the library's figures into what JSON can hold."""
    from tui.library.open import open_library

    library = open_library(settings)
    found = library.status()
    return {
        "library": settings.library or str(settings.data_dir),
        "data_dir": str(settings.data_dir),
        "catalog_bytes": found.bytes,
        "folders": [
            {"path": str(root), "available": _is_available(root), "options": _options(found, root)}
            for root in found.roots
        ],
        "files": found.files,
        "pictures": found.pictures,
        "contents": found.contents,
        "failed": found.failures,
        "unavailable": found.unavailable,
        "models": [
            describe_model(library, model_id, count, found.generations)
            for model_id, count in found.embeddings.items()
        ],
        "chosen": chosen(settings),
        "precision": precision(settings),
        "skip_folders": [*SKIPPED_FOLDERS, *settings.skip_folders],
    }


def _options(found: CatalogStatus, root: Path) -> dict[str, Any]:
    """Return the options that hold for a folder: those of the outermost one around it."""
    from tui.library.base.folder_options import outermost_of, read_options, to_note
    from tui.storage.path_encoding import encode

    return to_note(read_options(found.options.get(encode(outermost_of(root, found.roots)))))


def _is_available(root: Path) -> bool:
    """Whether a folder is present, as a search judges it; object storage is asked here."""
    return root.is_dir() if isinstance(root, RemotePath) else not is_missing(root)


def chosen(settings: Settings) -> dict[str, str]:
    """Return which model a search takes, and why."""
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


def describe(found: dict[str, Any]) -> Iterator[str]:
    """Put the figures into lines."""
    from tui.library.base.folder_options import options_text

    own = printable(found["data_dir"])
    catalog = f", catalog of {size_text(found['catalog_bytes'])}"
    if found["library"] == found["data_dir"]:
        yield f"Data       {own}{catalog}"
    else:
        yield f"Library    {printable(found['library'])}{catalog if found['catalog_bytes'] else ''}"
        yield f"Data       {own}"
    if not found["folders"]:
        yield "Folders    none yet; run `photoseek index FOLDER`"
    for place, folder in enumerate(found["folders"]):
        options = options_text(folder["options"])
        remark = f"  {printable(options)}" if options else ""
        absent = "" if folder["available"] else " (not there now)"
        yield f"{'' if place else 'Folders':11}{printable(folder['path'])}{absent}{remark}"
    yield f"Skipped    {printable(', '.join(found['skip_folders']))} (setting skip_folders)"
    contents = found["contents"]
    different = "" if contents is None else f", with {contents:,} different contents"
    yield f"Pictures   {found['pictures']:,}{different}"
    if found["failed"]:
        listed = "`photoseek status --failures` lists them"
        yield f"Failed     {found['failed']:,} files that can't be read; {listed}"
    if found["unavailable"]:
        yield f"Away       {found['unavailable']:,} files in folders that are not there now"
    yield f"Searched   with {found['chosen']['why']}; --model NAME takes another"
    for model in found["models"]:
        yield from _model_lines(model)
    yield from describe_precision(found["precision"])


def precision(settings: Settings) -> list[dict[str, str]]:
    """Return in which number format each tower runs on this machine, as far as it was tried."""
    from tui.models.runtime.precision import precision_report

    fields = ("model_id", "tower", "device", "form")
    return [
        {field: getattr(choice, field) for field in fields}
        for choice in precision_report(settings.data_dir)
    ]


def describe_precision(choices: Sequence[dict[str, str]]) -> Iterator[str]:
    """Put `precision` into lines."""
    for choice in choices:
        yield f"Precision  {precision_text(choice)}"


def precision_text(choice: dict[str, str]) -> str:
    """Say in what one tower runs."""
    return "{form} for the {tower} tower of {model_id} on {device}".format(**choice)


def _model_lines(model: dict[str, Any]) -> Iterator[str]:
    yield f"Model      {model['model_id']}: {model['embeddings']:,} embeddings"
    yield f"           search is {model['search']}: {model['why']}"
    for made in model["index"]:
        size = size_text(made["bytes"])
        yield (
            f"           {made['kind']}, generation {made['generation']}: "
            f"{made['vectors']:,} vectors, {size}"
        )
