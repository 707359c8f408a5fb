"""The number format of a tower: the fastest of those that give equal vectors, tried once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tui.domain import ModelError
from tui.models.precision import (
    calibration_pictures,
    choose,
    compare,
    forms,
    pick_device,
    precision_report,
)
from tui.models.tower import Tower

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.domain import Vectors
    from tui.models.precision import Form

BOTH: tuple[Form, ...] = ("float32", "bfloat16")


def embeds(angle: float, seconds: float = 0.0) -> Callable[[], Vectors]:
    """Return a trial whose vectors are turned by ``angle`` and that takes its time."""

    def run() -> Vectors:
        time.sleep(seconds)
        return np.array([[np.cos(angle), np.sin(angle)], [0, 1]], dtype=np.float32)

    return run


def test_the_fastest_equal_form_wins() -> None:
    form, cosine, seconds = compare(
        {"float32": embeds(0, 0.03), "bfloat16": embeds(0.001), "autocast": embeds(0, 0.06)}
    )
    assert form == "bfloat16"
    assert cosine["bfloat16"] == pytest.approx(1, abs=1e-5)
    assert seconds["bfloat16"] < seconds["float32"]


def test_a_form_that_differs_is_not_taken_however_fast() -> None:
    form, cosine, _ = compare({"float32": embeds(0, 0.02), "bfloat16": embeds(0.06)})
    assert form == "float32"
    assert cosine["bfloat16"] < 0.999


def test_not_a_number_is_not_equal() -> None:
    form, _, _ = compare({"float32": embeds(0, 0.02), "bfloat16": embeds(float("nan"))})
    assert form == "float32"


def test_a_choice_is_made_once_and_can_be_read(tmp_path: Path) -> None:
    tried: list[Form] = []

    def trial(form: Form) -> Callable[[], Vectors]:
        tried.append(form)
        return embeds(0, 0.02 if form == "float32" else 0)

    for _ in range(2):
        form = choose("m", "image", "cpu", data_dir=tmp_path, candidates=BOTH, trial=trial)
        assert form == "bfloat16"
    assert tried == ["float32", "bfloat16"]
    (report,) = precision_report(tmp_path)
    assert (report.model_id, report.tower, report.form) == ("m", "image", "bfloat16")
    assert set(report.seconds) == {"float32", "bfloat16"}


def test_another_tower_is_another_choice(tmp_path: Path) -> None:
    for model_id, tower in (("m", "image"), ("m", "text"), ("n", "image")):
        choose(
            model_id,
            tower,  # type: ignore[arg-type]
            "cpu",
            data_dir=tmp_path,
            candidates=BOTH,
            trial=lambda form: embeds(0),
        )
    assert len(precision_report(tmp_path)) == 3


def test_nothing_is_measured_where_there_is_no_choice(tmp_path: Path) -> None:
    def trial(form: Form) -> Callable[[], Vectors]:
        raise AssertionError(form)

    assert (
        choose("m", "image", "cpu", data_dir=tmp_path, candidates=("float32",), trial=trial)
        == "float32"
    )
    assert precision_report(tmp_path) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"key": {"model_id": "m"}}', '{"key": 3}'])
def test_a_damaged_report_is_an_empty_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "precision.json").write_text(text)
    assert precision_report(tmp_path) == []


def test_a_choice_of_another_time_is_not_blindly_believed(tmp_path: Path) -> None:
    choose("m", "image", "cpu", data_dir=tmp_path, candidates=BOTH, trial=lambda _: embeds(0))
    file = tmp_path / "precision.json"
    file.write_text(file.read_text().replace('"form": "', '"form": "un'))
    form = choose(
        "m", "image", "cpu", data_dir=tmp_path, candidates=BOTH, trial=lambda _: embeds(0)
    )
    assert form in ("float32", "bfloat16")
    assert [choice.form for choice in precision_report(tmp_path)] == [form]


def test_gpus_try_float16_and_float32_is_always_a_candidate() -> None:
    assert forms("cuda") == ("float32", "float16")
    assert "float32" in forms("cpu")


def test_devices() -> None:
    assert pick_device("cpu") == "cpu"
    assert pick_device("auto") in ("cpu", "cuda", "mps")


def test_a_device_that_is_not_here() -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has mps")
    with pytest.raises(ModelError, match="no mps"):
        pick_device("mps")


def test_calibration_pictures_are_always_the_same_and_not_flat() -> None:
    pictures = calibration_pictures(32)
    assert pictures.shape == (8, 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert np.array_equal(pictures, calibration_pictures(32))
    assert pictures.reshape(8, -1).std(axis=1).min() > 20


@pytest.mark.parametrize("form", ["float32", "bfloat16", "autocast"])
def test_a_tower_gives_unit_vectors_in_every_form(form: Form) -> None:
    import torch

    torch.manual_seed(0)
    module = torch.nn.Linear(8, 4)
    batch = torch.randn(3, 8)
    expected = torch.nn.functional.normalize(module(batch), dim=1).detach().numpy()
    tower = Tower(module, "cpu")
    tower.become(form)
    vectors = tower(batch)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * expected).sum(axis=1).min() > 0.999


def small_memory(rows: int) -> Any:
    """Return a module that stands for one on a GPU with room for a few rows only."""
    import torch

    class Module(torch.nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            if len(batch) > rows:
                raise torch.OutOfMemoryError
            return batch

    return Module()


def test_a_batch_that_is_too_large_is_halved() -> None:
    import torch

    tower = Tower(small_memory(2), "cpu")
    vectors = tower(torch.eye(7))
    assert np.array_equal(vectors, np.eye(7, dtype=np.float32))


def test_a_memory_too_small_for_one_picture() -> None:
    import torch

    with pytest.raises(ModelError, match="--device cpu"):
        Tower(small_memory(0), "cpu")(torch.eye(3))
