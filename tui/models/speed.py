"""How fast this machine indexes with each model, and how long a library takes at that speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.files import read_json_object, save_json_value
from tui.core.formatting import duration_text
from tui.models.presets import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from tui.models.runtime.spec import ModelSpec

_FILE = "speed.json"
_LEAST_PICTURES = 50
"""Pictures that a run must embed to be a measurement; the start of the model takes most of less."""


def record_speed(data_dir: Path, model_id: str, pictures: int, seconds: float) -> None:
    """Save the speed of an indexing run, if it is long enough to tell.

    Args:
        data_dir: the data folder.
        model_id: the model of the run.
        pictures: the number of pictures that it embedded.
        seconds: its duration.
    """
    if pictures >= _LEAST_PICTURES and seconds > 0:
        save_json_value(data_dir / _FILE, model_id, pictures / seconds)


def indexing_seconds(spec: ModelSpec, pictures: int, data_dir: Path) -> tuple[float, float] | None:
    """Estimate how long pictures take to index with a model.

    A model that has run on this machine takes as long as before. For another one there is a range:
    reading the pictures takes the same time with every model, while the work of the model itself
    grows by the ratio of the two models' work.

    Returns:
        The least and the most seconds; None if no model with known work was measured here.
    """
    speeds = _speeds(data_dir)
    if speed := speeds.get(spec.model_id):
        return pictures / speed, pictures / speed
    if spec.work is None:
        return None
    ratios = [
        (spec.work / other.work, speeds[other.model_id])
        for other in MODELS
        if other.work is not None and other.model_id in speeds
    ]
    if not ratios:
        return None
    ratio, speed = min(ratios, key=lambda entry: max(entry[0], 1 / entry[0]))
    least, most = sorted((pictures / speed, ratio * pictures / speed))
    return least, most


def estimate_text(spec: ModelSpec, pictures: int, data_dir: Path) -> str:
    """Return ``about 1 min``, ``1 min to 5 min``; empty if there is nothing to go by."""
    seconds = indexing_seconds(spec, pictures, data_dir) if pictures else None
    if seconds is None:
        return ""
    least, most = (duration_text(max(1, value)) for value in seconds)
    return f"about {least}" if least == most else f"{least} to {most}"


def _speeds(data_dir: Path) -> dict[str, float]:
    """Return the pictures a second by model id; skip anything but positive numbers."""
    return {
        model_id: speed
        for model_id, speed in read_json_object(data_dir / _FILE).items()
        if isinstance(speed, int | float) and not isinstance(speed, bool) and 0 < speed < 1e9
    }
