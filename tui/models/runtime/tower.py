"""One tower of a model: a torch module in the best number format for it and the machine."""

from __future__ import annotations

import copy
import functools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from tui.core.errors import ModelError
from tui.models.runtime import precision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import torch
    from torch import nn

    from tui.core.domain import Vectors
    from tui.models.runtime.precision import NumberFormat

SAMPLE = 8
"""The number of rows on which formats are compared, once."""

_LOWER = ("bfloat16", "float16")
_PIECE = 8
"""The most rows that one core computes at a time; more are hardly faster."""


class Tower:
    """Runs a module on a batch and returns unit vectors.

    On a CPU a batch is split into pieces, and each core computes one at a time. That has two
    advantages over all cores on each operation: no core waits at the end of every matrix product,
    and while decoding keeps some cores busy, torch's threads don't spin until the slowest one is
    done.

    Args:
        module: returns features, shape ``(n, dim)``; its method ``pack``, if any, is called
            when its number format is final.
        device: ``cpu``, ``cuda`` or ``mps``.
        method: the method of the module to call.
        normal: mean and standard deviation by channel of pixels from 0 to 1, if the module
            expects normalised pixels; the batches are then of bytes.
    """

    def __init__(
        self,
        module: nn.Module,
        device: str,
        *,
        method: str = "forward",
        normal: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> None:
        import torch

        self.form: NumberFormat = "float32"
        self._undecided: precision.PrecisionSelector | None = None
        self._device = device
        self._method = method
        self._module = module.eval().to(device).to(memory_format=torch.channels_last)
        self._in_pieces = device == "cpu" and _cores() > 1
        self._normal: tuple[torch.Tensor, torch.Tensor] | None = None
        if normal is not None:
            # (x / 255 - mean) / std as one multiplication and one addition.
            mean, std = (torch.tensor(part, device=device).view(1, 3, 1, 1) for part in normal)
            self._normal = 1 / (255 * std), -mean / std

    def choose_format(self, model_id: str, tower: Literal["image", "text"], data_dir: Path) -> bool:
        """Use the fastest number format that gives equal vectors, if it is saved in ``data_dir``.

        Otherwise the tower compares the formats on the first batch of ``SAMPLE`` rows or more,
        which are the user's own. Return whether it was saved.
        """
        chooser = precision.PrecisionSelector(
            model_id, tower, self._device, data_dir, precision.number_formats(self._device)
        )
        form = chooser.load()
        if form is None:
            self._undecided = chooser
            return False
        self.convert_to(form)
        return True

    def convert_to(self, form: NumberFormat) -> None:
        """Convert a float32 tower to another number format, irreversibly."""
        import torch

        self.form = form
        if form in _LOWER:
            self._module = self._module.to(getattr(torch, form))
        pack = getattr(self._module, "pack", None)
        if pack is not None and form != "autocast":
            pack()

    def __call__(self, batch: torch.Tensor) -> Vectors:
        """Return one unit vector per row of the batch, float32, shape ``(n, dim)``.

        Raises:
            ModelError: not even one row fits into the GPU's memory, or the GPU disappeared.
        """
        import torch

        if self._undecided is not None and len(batch) >= SAMPLE:
            chooser, self._undecided = self._undecided, None
            self.convert_to(chooser.decide(lambda form: self._trial(form, batch[:SAMPLE])))
        if self._in_pieces:
            pieces = torch.split(batch, guided_chunks(len(batch), _cores()))
            return np.concatenate(list(_workers().map(self._fit, pieces)))
        return self._fit(batch)

    def _fit(self, batch: torch.Tensor) -> Vectors:
        """Run the batch, in halves if it does not fit into the memory."""
        import torch

        try:
            return self._run(batch)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(
                    "The GPU's memory is too small for this model; try --device cpu."
                ) from error
        except RuntimeError as error:
            if self._device == "cpu":
                raise
            reason = str(error).partition("\n")[0].rstrip(". ")
            raise ModelError(
                f"The device {self._device} failed ({reason}). Progress is saved; run again, or "
                "try --device cpu."
            ) from error
        return np.concatenate([self._fit(half) for half in batch.tensor_split(2)])

    def _run(self, batch: torch.Tensor) -> Vectors:
        import torch

        batch = batch.to(self._device)
        autocast = torch.autocast(self._device, torch.bfloat16, enabled=self.form == "autocast")
        with torch.inference_mode(), autocast:
            if self._normal is not None:
                scale, shift = self._normal
                batch = batch.float().mul_(scale).add_(shift)
            if self.form in _LOWER and batch.is_floating_point():
                batch = batch.to(getattr(torch, self.form))
            features = getattr(self._module, self._method)(batch)
            if isinstance(features, tuple):  # CoCa's image tower gives its tokens as well.
                features = features[0]
            unit = torch.nn.functional.normalize(features.float(), dim=-1)
        return cast("Vectors", unit.cpu().numpy())

    def _trial(self, form: NumberFormat, sample: torch.Tensor) -> Callable[[], Vectors]:
        other = copy.copy(self)
        if form in _LOWER:
            other._module = copy.deepcopy(self._module)
            other.convert_to(form)
        else:
            other.form = form
        return lambda: other(sample)


def guided_chunks(rows: int, cores: int) -> list[int]:
    """Return the sizes of pieces in descending order, so that all cores finish together.

    C. Polychronopoulos and D. Kuck, "Guided self-scheduling", IEEE Trans. Computers C-36 (1987),
    with half of a core's share at a time and at most ``_PIECE``.
    """
    sizes = []
    while rows:
        sizes.append(min(_PIECE, math.ceil(rows / (2 * cores))))
        rows -= sizes[-1]
    return sizes


@functools.cache
def _cores() -> int:
    """Return torch's number of threads, before the workers change it."""
    import torch

    return torch.get_num_threads()


@functools.cache
def _workers() -> ThreadPoolExecutor:
    """Return one worker thread per core, each of which computes alone.

    Torch also uses their number of threads as the default for later threads.
    """
    import torch

    return ThreadPoolExecutor(_cores(), "encode", initializer=torch.set_num_threads, initargs=(1,))
