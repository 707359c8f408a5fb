"""Reads the hub library's cache without that library and without the network.

Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache, and its environment
variables: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
Importing that library is slow, and looking up a file's path must be cheap.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REVISION = "main"

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")
_offline_set_by_us: set[str] = set()


def stay_offline() -> None:
    """Prevent the hub's libraries from using the network; call it before they are imported."""
    for name in _OFFLINE:
        if os.environ.get(name) != "1":
            os.environ[name] = "1"
            _offline_set_by_us.add(name)


def online_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a child that may use the network, without `stay_offline`."""
    return {name: value for name, value in environment.items() if name not in _offline_set_by_us}


def is_offline() -> bool:
    """Whether the environment forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def hub_cache() -> Path:
    """Return the folder of the hub library's cache, which may be missing."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return _folder(os.environ[name])
    return hub_home() / "hub"


def hub_home() -> Path:
    """Return the hub library's own folder."""
    if os.environ.get("HF_HOME"):
        return _folder(os.environ["HF_HOME"])
    return _folder(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"


def _folder(name: str) -> Path:
    return Path(os.path.expandvars(name)).expanduser()


def repository_folder(repository: str) -> Path:
    """Return the cache's folder of a repository ``owner/name``."""
    return hub_cache() / f"models--{repository.replace('/', '--')}"


def snapshot(repository: str) -> Path | None:
    """Return the folder with a repository's files as last downloaded; None if there is none."""
    folder = repository_folder(repository)
    try:
        commit = (folder / "refs" / REVISION).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return folder / "snapshots" / commit if commit else None


def in_hub_cache(repository: str, file: str) -> Path | None:
    """Return the path of a hub file on this machine, None if it was never downloaded."""
    folder = snapshot(repository)
    return folder / file if folder is not None and (folder / file).is_file() else None


def hub_files(published: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the hub's repository of published weights and the files to look for, best first.

    Args:
        published: ``hf_hub`` is ``owner/repository/``, or has a file after it, as open_clip
            lists them.
        names: the usual files.
    """
    repository, _, file = published.get("hf_hub", "").rpartition("/")
    if not file:
        return repository, names
    return repository, (str(Path(file).with_suffix(".safetensors")), file)
