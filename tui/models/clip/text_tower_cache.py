"""Caches a model's text tower in a file, so that a search starts without open_clip.

The file contains the weights in the number format that the tower runs in, as safetensors; they are
mapped into memory, so that only the pages that a text needs are read. The file is written when the
model is downloaded or first used, and can be deleted at any time.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tui.core.files import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch

    from tui.core.domain import Vectors
    from tui.core.settings import Settings
    from tui.models.clip.text_tower import TextTower
    from tui.models.runtime.precision import NumberFormat
    from tui.models.runtime.spec import ModelSpec
    from tui.models.runtime.tower import Tower

_FORMAT = "photoseek-text-1"


class TextEncoder:
    """A text tower with its tokenizer.

    Args:
        model_id: the model.
        dim: the length of a vector.
        tower: maps token ids to features.
        tokenize: turns texts into token ids.
    """

    def __init__(
        self,
        model_id: str,
        dim: int,
        tower: Tower,
        tokenize: Callable[[list[str]], torch.Tensor],
    ) -> None:
        self.model_id = model_id
        self.dim = dim
        self._tower = tower
        self._tokenize = tokenize

    @property
    def form(self) -> NumberFormat:
        """The number format that the tower runs in."""
        return self._tower.form

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, float32, shape ``(len(texts), dim)``."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return self._tower(self._tokenize(list(texts)))


def cache_file(model_id: str, data_dir: Path) -> Path:
    """Return the path of a model's cached text tower."""
    return data_dir / "text" / f"{re.sub(r'[^A-Za-z0-9.-]+', '_', model_id)}.safetensors"


def cache_text_tower(tower: TextTower, form: NumberFormat, model_id: str, data_dir: Path) -> None:
    """Write a tower's file; if that fails, the next start is slower."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    file = cache_file(model_id, data_dir)
    about = {"model_id": model_id, "form": form, "shape": asdict(tower.shape)}
    weights = {name: part.contiguous() for name, part in tower.state_dict().items()}
    with suppress(OSError, SafetensorError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_folder(file.parent, file.name) as folder:  # safetensors accepts only names
            save_file(weights, folder / file.name, {_FORMAT: json.dumps(about)})
            (folder / file.name).replace(file)


def open_cached(spec: ModelSpec, settings: Settings) -> TextEncoder | None:
    """Open a model's text tower from its file.

    Return None if the file is missing or damaged, or has another number format than the fastest one
    on this machine.
    """
    file = cache_file(spec.model_id, settings.data_dir)
    if not file.is_file():
        return None
    from safetensors import SafetensorError

    from tui.models.runtime import precision

    device = precision.pick_device(settings.device)
    forms = precision.number_formats(device)
    chooser = precision.PrecisionSelector(spec.model_id, "text", device, settings.data_dir, forms)
    form = chooser.load()
    try:
        return None if form is None else _open(file, spec.model_id, form, device)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def _open(file: Path, model_id: str, form: NumberFormat, device: str) -> TextEncoder | None:
    from safetensors import safe_open

    from tui.models.clip.text_tower import TextShape, TextTower
    from tui.models.clip.tokenizer import ClipTokens
    from tui.models.runtime.tower import Tower

    with safe_open(file, "pt") as stored:
        about: dict[str, Any] = json.loads(stored.metadata()[_FORMAT])
        if about["model_id"] != model_id or about["form"] != form:
            return None
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    module = TextTower(weights, TextShape(**about["shape"]))
    tower = Tower(module, device)
    tower.convert_to(form)
    length, dim = len(module.positional_embedding), module.text_projection.shape[1]
    return TextEncoder(model_id, dim, tower, ClipTokens(length))
