"""Selects a tower's number format: the fastest one that gives equal vectors on this machine.

bfloat16 is only faster if the processor multiplies it (AVX512-BF16, AMX, Arm BF16), float16 only on
a GPU, and whether weights in bfloat16 or autocast is faster differs from tower to tower. So each
tower is compared with float32 once on each machine, and the result is saved. int8 is not a
candidate, since it changes the vectors by far more than bfloat16.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from tui.core.errors import ModelError
from tui.core.files import read_json_object, save_json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Vectors

NumberFormat = Literal["float32", "bfloat16", "autocast", "float16"]
"""``bfloat16``, ``float16``: all numbers; ``autocast``: float32 weights, bfloat16 products."""

MIN_COSINE = 0.999
"""The least cosine of vectors of the calibration batch with their float32 versions."""

_ROUNDS = 3
_FILE = "precision.json"


@dataclass(frozen=True, slots=True)
class PrecisionChoice:
    """The number format selected for one tower on one machine.

    Attributes:
        model_id: the model.
        tower: ``image`` or ``text``.
        device: ``cpu``, ``cuda`` or ``mps``.
        machine: the processor's or the GPU's name.
        torch: the version that was measured.
        form: the number format.
        cosine: the mean over the calibration batch against float32, by format.
        seconds: the best time of the calibration batch, by format.
    """

    model_id: str
    tower: str
    device: str
    machine: str
    torch: str
    form: NumberFormat
    cosine: dict[str, float]
    seconds: dict[str, float]


def precision_report(data_dir: Path) -> list[PrecisionChoice]:
    """Return the saved choices, without torch and without a model."""
    return [
        choice for entry in read_json_object(data_dir / _FILE).values() if (choice := _read(entry))
    ]


@dataclass(frozen=True, slots=True)
class PrecisionSelector:
    """Selects the number format of one tower.

    Attributes:
        model_id: the model.
        tower: ``image`` or ``text``.
        device: where it runs.
        data_dir: the folder of the saved choices.
        candidates: the number formats to compare; float32 is one of them.
    """

    model_id: str
    tower: Literal["image", "text"]
    device: str
    data_dir: Path
    candidates: Sequence[NumberFormat]

    def load(self) -> NumberFormat | None:
        """Return the saved format, or the only candidate; None if it must be measured."""
        measurement = _read(read_json_object(self.data_dir / _FILE).get(" ".join(self._identity())))
        if measurement and measurement.form in self.candidates:
            return measurement.form
        if len(self.candidates) > 1:
            return None
        return self._save(self.candidates[0], {}, {})

    def decide(self, trial: Callable[[NumberFormat], Callable[[], Vectors]]) -> NumberFormat:
        """Compare all candidates, save the result and return the best.

        Args:
            trial: returns, for a format, the function that embeds the calibration batch in it.
        """
        return self._save(*compare({form: trial(form) for form in self.candidates}))

    def _save(
        self, form: NumberFormat, cosine: dict[str, float], seconds: dict[str, float]
    ) -> NumberFormat:
        choice = PrecisionChoice(*self._identity(), form, cosine, seconds)
        save_json_value(self.data_dir / _FILE, " ".join(self._identity()), asdict(choice))
        return form

    def _identity(self) -> tuple[str, str, str, str, str]:
        """Return the first fields of a choice, which identify it."""
        return self.model_id, self.tower, self.device, _machine(self.device), _torch_version()


def compare(
    trials: Mapping[NumberFormat, Callable[[], Vectors]],
) -> tuple[NumberFormat, dict[str, float], dict[str, float]]:
    """Return the fastest format that equals float32, with cosines and seconds of all.

    The rounds alternate, so that a busy moment of the machine affects all formats.
    """
    reference = trials["float32"]()
    cosine: dict[str, float] = {}
    seconds: dict[str, float] = dict.fromkeys(trials, float("inf"))
    for form, run in trials.items():
        cosine[form] = float((run() * reference).sum(axis=1).mean())
    for _ in range(_ROUNDS):
        for form, run in trials.items():
            start = time.perf_counter()
            run()
            seconds[form] = min(seconds[form], time.perf_counter() - start)
    equal = [form for form in trials if form == "float32" or cosine[form] >= MIN_COSINE]
    return min(equal, key=lambda form: seconds[form]), cosine, seconds


def number_formats(device: str) -> tuple[NumberFormat, ...]:
    """Return the number formats to compare on a device, float32 included."""
    if device != "cpu":
        return ("float32", "float16")
    if any(_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "bf16")):
        return ("float32", "bfloat16", "autocast")
    return ("float32",)


def pick_device(name: str) -> str:
    """Return ``cpu``, ``cuda`` or ``mps``; ``auto`` prefers a GPU.

    Raises:
        ModelError: this machine has no such device.
    """
    import torch

    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(candidate for candidate, is_available in available.items() if is_available)
    if not available[name]:
        raise ModelError(f"torch can't use {name} on this machine; try --device auto.")
    return name


def _machine(device: str) -> str:
    import torch

    if device == "cuda":
        return torch.cuda.get_device_name()
    import platform

    return str(_capabilities().get("cpu_name") or platform.processor() or platform.machine())


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def _capabilities() -> Mapping[str, Any]:
    """Return torch's list of the processor's instructions, empty for an older torch."""
    import torch

    return cast("Mapping[str, Any]", getattr(torch.cpu, "get_capabilities", dict)())


def _read(entry: Any) -> PrecisionChoice | None:
    try:
        return PrecisionChoice(**entry)
    except TypeError:
        return None
