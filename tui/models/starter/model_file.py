"""The built-in model's file: one safetensors file inside the package, read part by part."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

STARTER_FILE = Path(__file__).parent / "data" / "starter.safetensors"
FORMAT = "photoseek-starter"


def read_part(
    path: Path, part: str, model_id: str
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the tensors whose names begin with ``part`` and a dot, and the file's settings.

    Args:
        path: the file.
        part: ``text`` or ``image``.
        model_id: the expected model.

    Raises:
        ModelError: the file is missing, damaged or of another version.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            settings = _settings(file.metadata(), model_id)
            names = [name for name in file.keys() if name.startswith(f"{part}.")]  # noqa: SIM118
            tensors = {name: file.get_tensor(name) for name in names}
            if _checksum(tensors, part) != settings["crc32"][part]:
                raise damaged_error(path)
            return tensors, settings
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise damaged_error(path) from error


def write_model_file(
    path: Path,
    tensors: Mapping[str, NDArray[Any]],
    settings: Mapping[str, Any],
    model_id: str,
) -> None:
    """Write a file that ``read_part`` reads, with a checksum for each part."""
    from safetensors.numpy import save_file

    parts = {name.partition(".")[0] for name in tensors}
    checked = {**settings, "crc32": {part: _checksum(tensors, part) for part in sorted(parts)}}
    # One entry, since safetensors writes several in any order: equal models must have equal bytes.
    about = json.dumps({"model_id": model_id, "settings": checked}, sort_keys=True)
    save_file(dict(tensors), path, {FORMAT: about})


def _checksum(tensors: Mapping[str, NDArray[Any]], part: str) -> int:
    """Return the CRC-32 of a part's tensors, in the order of their names."""
    crc = 0
    for name in sorted(tensors):
        if name.startswith(f"{part}."):
            crc = zlib.crc32(tensors[name].data, crc)
    return crc


def damaged_error(path: Path) -> ModelError:
    """Return the error for a file that can't be used."""
    return ModelError(f"The built-in model's file {path} is damaged; install photoseek again.")


def dequantise(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """Return ``name`` as float32; int8 rows are multiplied by their scales, ``NAME.scale``."""
    import numpy as np

    values = tensors[name]
    if values.dtype != np.int8:
        return values.astype(np.float32)
    scale = tensors[f"{name}.scale"].astype(np.float32)
    return values * scale.reshape(-1, *[1] * (values.ndim - 1))


def _settings(metadata: Mapping[str, str], model_id: str) -> dict[str, Any]:
    about = json.loads(metadata[FORMAT])
    if about["model_id"] != model_id:
        raise ValueError(metadata)
    settings: dict[str, Any] = about["settings"]
    return settings
