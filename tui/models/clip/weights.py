"""Finds the published weights of a model on this machine, without the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import ModelError
from tui.models.hub.cache import hub_files, in_hub_cache
from tui.models.runtime.spec import WEIGHT_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.models.runtime.spec import ModelSpec


def find_weights(spec: ModelSpec, published: Mapping[str, str]) -> Path:
    """Return the file with a model's weights, from the hub library's cache or open_clip's own.

    Args:
        spec: the model.
        published: ``hf_hub`` (``owner/repository/``, perhaps with a file name) and ``url``, as
            open_clip lists them; either may be empty.

    Raises:
        ModelError: they are missing; the sentence names the choices.
    """
    repository, files = hub_files(published, WEIGHT_FILES)
    for file in files if repository else ():
        if path := in_hub_cache(repository, file):
            return path
    url = published.get("url", "")
    by_url = Path("~/.cache/clip").expanduser() / url.rpartition("/")[2]
    if url and by_url.is_file():
        return by_url
    raise missing_weights(spec, "" if repository else f", download them from {url}")


def missing_weights(spec: ModelSpec, elsewhere: str = "") -> ModelError:
    """Return the error for weights that are not downloaded."""
    size = f" ({spec.download_bytes / 1e6:,.0f} MB)" if spec.download_bytes else ""
    return ModelError(
        f"The weights of {spec.name} are not downloaded; run "
        f"`photoseek models pull {spec.name}`{size}{elsewhere}, pass their file with "
        "--weights FILE, or use --model starter."
    )
