"""What ``photoseek status`` tells: gathered as plain data, then put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.display import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.config import Settings
    from tui.library.records import Generation


def gather(settings: Settings) -> dict[str, Any]:
    """Read the library's figures into what JSON can hold."""
    from tui.library.catalog import Catalog
    from tui.models.precision import precision_report

    with Catalog.open(settings.data_dir, read_only=True) as catalog:
        found = catalog.status()
    newest = {item.model_id: item for item in reversed(found.generations)}
    return {
        "data_dir": str(settings.data_dir),
        "catalog_bytes": found.bytes,
        "folders": [{"path": str(root), "available": root.is_dir()} for root in found.roots],
        "files": found.files,
        "pictures": found.pictures,
        "contents": found.contents,
        "failed": found.failures,
        "unavailable": found.unavailable,
        "models": [
            {"model_id": model_id, "embeddings": count, **_index(newest.get(model_id))}
            for model_id, count in found.embeddings.items()
        ],
        "precision": [
            {
                "model_id": choice.model_id,
                "tower": choice.tower,
                "device": choice.device,
                "form": choice.form,
            }
            for choice in precision_report(settings.data_dir)
        ],
    }


def _index(generation: Generation | None) -> dict[str, Any]:
    if generation is None:
        return {"generation": None, "indexed": 0, "index_bytes": 0}
    return {
        "generation": generation.generation_id,
        "indexed": generation.n,
        "index_bytes": generation.size,
    }


def describe(found: dict[str, Any]) -> Iterator[str]:
    """Put the figures into lines."""
    data_dir = printable(found["data_dir"])
    yield f"Data      {data_dir}, catalog of {_megabytes(found['catalog_bytes'])}"
    if not found["folders"]:
        yield "Folders   none yet; run `photoseek index FOLDER`"
    for place, folder in enumerate(found["folders"]):
        absent = "" if folder["available"] else " (not there now)"
        yield f"{'' if place else 'Folders':10}{printable(folder['path'])}{absent}"
    yield (
        f"Files     {found['files']:,}: {found['pictures']:,} pictures with {found['contents']:,} "
        f"different contents, {found['failed']:,} that can't be read, "
        f"{found['unavailable']:,} in folders that are not there now"
    )
    for model in found["models"]:
        yield from _describe_model(model)
    for choice in found["precision"]:
        tower = f"{choice['tower']} tower on {choice['device']}"
        yield f"{choice['model_id']:10}{tower}: {choice['form']}"


def _describe_model(model: dict[str, Any]) -> Iterator[str]:
    saved = "no index saved yet"
    if model["generation"] is not None:
        size = _megabytes(model["index_bytes"])
        saved = f"index generation {model['generation']} of {model['indexed']:,} ({size})"
    yield f"{model['model_id']:10}{model['embeddings']:,} embeddings, {saved}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
