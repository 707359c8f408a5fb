"""One tower of a model: a torch module in the number format that suits it and the machine."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from tui.domain import ModelError
from tui.models import precision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch
    from torch import nn

    from tui.domain import Vectors
    from tui.models.precision import Form

_LOWER = ("bfloat16", "float16")


class Tower:
    """Runs a module on a batch and gives unit vectors.

    Args:
        module: takes a batch, shape ``(n, ...)``, and gives features, shape ``(n, dim)``.
        device: ``cpu``, ``cuda`` or ``mps``.
        method: the method of the module to call.
    """

    def __init__(self, module: nn.Module, device: str, method: str = "forward") -> None:
        import torch

        self.form: Form = "float32"
        self._device = device
        self._method = method
        self._module = module.eval().to(device).to(memory_format=torch.channels_last)

    def settle(
        self,
        sample: torch.Tensor,
        model_id: str,
        tower: Literal["image", "text"],
        data_dir: Path,
    ) -> None:
        """Take the fastest form that gives equal vectors; ``sample`` is the batch to try it on."""
        form = precision.choose(
            model_id,
            tower,
            self._device,
            data_dir=data_dir,
            candidates=precision.forms(self._device),
            trial=lambda form: self._trial(form, sample),
        )
        self.become(form)

    def become(self, form: Form) -> None:
        """Turn a float32 tower into one of another form."""
        import torch

        self.form = form
        if form in _LOWER:
            self._module = self._module.to(getattr(torch, form))

    def __call__(self, batch: torch.Tensor) -> Vectors:
        """Return one unit vector a row of the batch, float32, shape ``(n, dim)``.

        Where a GPU's memory is too small for the batch, its halves go one after the other.

        Raises:
            ModelError: not even one row fits into the memory.
        """
        import torch

        try:
            return self._run(batch)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(
                    "The GPU's memory is too small for this model; try --device cpu."
                ) from error
        return np.concatenate([self(half) for half in batch.tensor_split(2)])

    def _run(self, batch: torch.Tensor) -> Vectors:
        import torch

        batch = batch.to(self._device)
        if self.form in _LOWER and batch.is_floating_point():
            batch = batch.to(getattr(torch, self.form))
        autocast = torch.autocast(self._device, torch.bfloat16, enabled=self.form == "autocast")
        with torch.inference_mode(), autocast:
            features = getattr(self._module, self._method)(batch)
            if isinstance(features, tuple):  # CoCa's image tower gives its tokens as well.
                features = features[0]
            unit = torch.nn.functional.normalize(features.float(), dim=-1)
        return cast("Vectors", unit.cpu().numpy())

    def _trial(self, form: Form, sample: torch.Tensor) -> Callable[[], Vectors]:
        other = copy.copy(self)
        if form in _LOWER:
            other._module = copy.deepcopy(self._module)
            other.become(form)
        other.form = form
        return lambda: other(sample)
