"""Where the published weights of a model lie on this machine; never asks the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.domain import ModelError
from tui.models.registry import WEIGHT_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.models.registry import ModelSpec


def find_weights(spec: ModelSpec, published: Mapping[str, str]) -> Path:
    """Return the file with a model's weights, from the hub library's cache or open_clip's own.

    Args:
        spec: the model.
        published: ``hf_hub`` (``owner/repository/`` or with a file after it) and ``url``, either
            may be empty, as open_clip lists them.

    Raises:
        ModelError: they are not here; the sentence names the choices.
    """
    repository, files = hub_files(published)
    for file in files if repository else ():
        if found := in_hub_cache(repository, file):
            return found
    url = published.get("url", "")
    by_url = Path("~/.cache/clip").expanduser() / url.rpartition("/")[2]
    if url and by_url.is_file():
        return by_url
    fetch = f"`hf download {repository} {files[0]}` gets" if repository else f"{url} has"
    size = f" ({spec.download_bytes / 1e6:.0f} MB)" if spec.download_bytes else ""
    raise ModelError(
        f"The weights of {spec.name} are not on this machine: when online, {fetch} them{size}; "
        f"or give their file with --model {spec.name}@FILE, or use --model starter."
    )


def hub_files(published: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the hub's repository of published weights and the files to look for, best first."""
    repository, _, file = published.get("hf_hub", "").rpartition("/")
    if not file:
        return repository, WEIGHT_FILES
    return repository, (str(Path(file).with_suffix(".safetensors")), file)


def in_hub_cache(repository: str, file: str) -> Path | None:
    """Return a hub file's place on this machine, None where it was never fetched."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, file)
    return Path(found) if isinstance(found, str) else None
