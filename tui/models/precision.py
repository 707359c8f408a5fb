"""In which number format a tower runs on this machine: the fastest one that gives equal vectors.

bfloat16 pays only where the processor multiplies it (AVX512-BF16, AMX, Arm BF16), float16 only on
a GPU, and whether weights in bfloat16 or autocast is faster differs from tower to tower: of
ViT-B/32 autocast is the slower one, of EfficientNet-Lite0 it is the faster. So each tower is tried
once on each machine against float32, and the outcome is kept.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from tui.domain import ModelError
from tui.models.notes import note, read_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tui.domain import Pixels, Vectors

Form = Literal["float32", "bfloat16", "autocast", "float16"]
"""``bfloat16``, ``float16``: weights and all; ``autocast``: float32 weights, bfloat16 products."""

MIN_COSINE = 0.999
"""What vectors of the calibration batch must reach against their float32 selves, by default."""

_ROUNDS = 3
_FILE = "precision.json"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one tower on one machine.

    Attributes:
        model_id: the model.
        tower: ``image`` or ``text``.
        device: ``cpu``, ``cuda`` or ``mps``.
        machine: the processor's or the GPU's name.
        torch: the version that was measured.
        form: what the tower runs in.
        cosine: the lowest of the calibration batch against float32, for each form tried.
        seconds: the best time of the calibration batch, for each form tried.
    """

    model_id: str
    tower: str
    device: str
    machine: str
    torch: str
    form: Form
    cosine: dict[str, float]
    seconds: dict[str, float]


def precision_report(data_dir: Path) -> list[Choice]:
    """Return the choices made so far; needs neither torch nor a model."""
    return [choice for entry in read_notes(data_dir / _FILE).values() if (choice := _read(entry))]


def choose(
    model_id: str,
    tower: Literal["image", "text"],
    device: str,
    *,
    data_dir: Path,
    candidates: Sequence[Form],
    trial: Callable[[Form], Callable[[], Vectors]],
    min_cosine: float = MIN_COSINE,
) -> Form:
    """Return the form that a tower shall run in: the one kept for this machine, else measure.

    Args:
        model_id: whose tower it is.
        tower: which one.
        device: where it runs.
        data_dir: where the outcome is kept.
        candidates: the forms worth trying; float32 is one of them.
        trial: makes, for a form, the function that embeds one calibration batch in it.
        min_cosine: what every vector of the batch must reach against its float32 self.
    """
    import torch

    if len(candidates) == 1:
        return candidates[0]
    machine = _machine(device)
    key = f"{model_id} {tower} {device} {machine} {torch.__version__}"
    known = _read(read_notes(data_dir / _FILE).get(key))
    if known and known.form in candidates:
        return known.form
    form, cosine, seconds = compare({form: trial(form) for form in candidates}, min_cosine)
    choice = Choice(model_id, tower, device, machine, str(torch.__version__), form, cosine, seconds)
    note(data_dir / _FILE, key, asdict(choice))
    return form


def compare(
    trials: Mapping[Form, Callable[[], Vectors]],
    min_cosine: float = MIN_COSINE,
) -> tuple[Form, dict[str, float], dict[str, float]]:
    """Return the fastest form that equals float32, with cosines and seconds of all.

    The rounds take turns, so that a busy moment of the machine hits all forms alike.
    """
    reference = trials["float32"]()
    cosine: dict[str, float] = {}
    seconds: dict[str, float] = dict.fromkeys(trials, float("inf"))
    for form, run in trials.items():
        cosine[form] = float((run() * reference).sum(axis=1).min())
    for _ in range(_ROUNDS):
        for form, run in trials.items():
            start = time.perf_counter()
            run()
            seconds[form] = min(seconds[form], time.perf_counter() - start)
    equal = [form for form in trials if form == "float32" or cosine[form] >= min_cosine]
    fastest = min(equal, key=lambda form: seconds[form])
    return fastest, cosine, seconds


def forms(device: str) -> tuple[Form, ...]:
    """Return the forms worth trying on a device; float32 is always among them."""
    if device != "cpu":
        return ("float32", "float16")
    if any(_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "bf16")):
        return ("float32", "bfloat16", "autocast")
    return ("float32",)


def pick_device(wanted: str) -> str:
    """Return ``cpu``, ``cuda`` or ``mps``; ``auto`` takes a GPU where there is one.

    Raises:
        ModelError: the device asked for is not here.
    """
    import torch

    here = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(device for device, there in here.items() if there)
    if not here[wanted]:
        raise ModelError(f"This machine has no {wanted} that torch can use; try --device auto.")
    return wanted


def calibration_pictures(side: int, count: int = 8) -> Pixels:
    """Return made-up pictures with the spectrum of photographs: coarse shapes, fine detail.

    Shape ``(count, side, side, 3)``, the same ones each time.
    """
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        total = np.zeros((side, side, 3))
        for cells in (2, 4, 8, 16, 32, 64):
            noise = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
            layer = Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)
            total += np.asarray(layer, dtype=np.float64) / cells
        total -= total.min()
        pictures.append((total * (255 / total.max())).astype(np.uint8))
    return np.stack(pictures)


def _machine(device: str) -> str:
    import torch

    if device == "cuda":
        return torch.cuda.get_device_name()
    import platform

    return str(_capabilities().get("cpu_name") or platform.processor() or platform.machine())


def _capabilities() -> Mapping[str, Any]:
    """Return what torch knows of the processor; an older torch says nothing, so: float32."""
    import torch

    return cast("Mapping[str, Any]", getattr(torch.cpu, "get_capabilities", dict)())


def _read(entry: Any) -> Choice | None:
    try:
        return Choice(**entry)
    except TypeError:
        return None
