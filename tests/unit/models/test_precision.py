"""The number format of a tower: the fastest of those that give equal vectors, measured once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ModelError
from tui.models.runtime.precision import (
    PrecisionSelector,
    compare,
    number_formats,
    pick_device,
    precision_report,
)
from tui.models.runtime.tower import SAMPLE, Tower, guided_chunks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.domain import Vectors
    from tui.models.runtime.precision import NumberFormat

BOTH: tuple[NumberFormat, ...] = ("float32", "bfloat16")


def embeds(angle: float, seconds: float = 0.0) -> Callable[[], Vectors]:
    """Return a trial whose vectors are rotated by ``angle`` and that takes ``seconds``."""

    def run() -> Vectors:
        time.sleep(seconds)
        return np.array([[np.cos(angle), np.sin(angle)], [0, 1]], dtype=np.float32)

    return run


def test_the_fastest_equal_format_wins() -> None:
    form, cosine, seconds = compare(
        {"float32": embeds(0, 0.03), "bfloat16": embeds(0.001), "autocast": embeds(0, 0.06)}
    )
    assert form == "bfloat16"
    assert cosine["bfloat16"] == pytest.approx(1, abs=1e-5)
    assert seconds["bfloat16"] < seconds["float32"]


def test_a_fast_format_with_other_vectors_is_not_selected() -> None:
    form, cosine, _ = compare({"float32": embeds(0, 0.02), "bfloat16": embeds(0.1)})
    assert form == "float32"
    assert cosine["bfloat16"] < 0.999


def test_nan_is_not_equal() -> None:
    form, _, _ = compare({"float32": embeds(0, 0.02), "bfloat16": embeds(float("nan"))})
    assert form == "float32"


def a_chooser(
    data_dir: Path, model_id: str = "m", forms: tuple[NumberFormat, ...] = BOTH
) -> PrecisionSelector:
    return PrecisionSelector(model_id, "image", "cpu", data_dir, forms)


def test_a_choice_is_saved_and_can_be_read(tmp_path: Path) -> None:
    assert a_chooser(tmp_path).load() is None
    form = a_chooser(tmp_path).decide(lambda form: embeds(0, 0.02 if form == "float32" else 0))
    assert form == "bfloat16"
    assert a_chooser(tmp_path).load() == "bfloat16"
    (report,) = precision_report(tmp_path)
    assert (report.model_id, report.tower, report.form) == ("m", "image", "bfloat16")
    assert set(report.seconds) == {"float32", "bfloat16"}


def test_each_model_has_its_own_precision(tmp_path: Path) -> None:
    a_chooser(tmp_path, "m").decide(lambda form: embeds(0))
    assert a_chooser(tmp_path, "n").load() is None
    a_chooser(tmp_path, "n").decide(lambda form: embeds(0))
    assert {choice.model_id for choice in precision_report(tmp_path)} == {"m", "n"}


def test_a_device_with_one_precision_reports_it(tmp_path: Path) -> None:
    assert a_chooser(tmp_path, forms=("float32",)).load() == "float32"
    assert [choice.form for choice in precision_report(tmp_path)] == ["float32"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"key": {"model_id": "m"}}', '{"key": 3}'])
def test_a_damaged_report_is_an_empty_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "precision.json").write_text(text)
    assert precision_report(tmp_path) == []
    assert a_chooser(tmp_path).load() is None


def test_a_saved_format_that_is_not_a_candidate_is_not_used(tmp_path: Path) -> None:
    a_chooser(tmp_path).decide(lambda form: embeds(0, 0.02 if form == "float32" else 0))
    assert a_chooser(tmp_path, forms=("float32", "autocast")).load() is None


def test_gpus_try_float16_and_float32_is_always_a_candidate() -> None:
    assert number_formats("cuda") == ("float32", "float16")
    assert "float32" in number_formats("cpu")


def test_each_device_has_its_precisions() -> None:
    assert pick_device("cpu") == "cpu"
    assert pick_device("auto") in ("cpu", "cuda", "mps")


def test_a_missing_device_is_one_sentence() -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has mps")
    with pytest.raises(ModelError, match="can't use mps"):
        pick_device("mps")


@pytest.mark.parametrize("form", ["float32", "bfloat16", "autocast"])
def test_a_tower_gives_unit_vectors_in_every_format(form: NumberFormat) -> None:
    import torch

    torch.manual_seed(0)
    module = torch.nn.Linear(8, 4)
    batch = torch.randn(3, 8)
    expected = torch.nn.functional.normalize(module(batch), dim=1).detach().numpy()
    tower = Tower(module, "cpu")
    tower.convert_to(form)
    vectors = tower(batch)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * expected).sum(axis=1).min() > 0.999


def test_a_tower_decides_on_the_first_batch_of_some_size(tmp_path: Path) -> None:
    import torch

    def a_tower() -> Tower:
        return Tower(torch.nn.Linear(8, 4), "cpu")

    first = a_tower()
    precision = first.choose_format("m", "image", tmp_path)
    first(torch.randn(SAMPLE - 1, 8))
    assert precision == bool(precision_report(tmp_path))  # known at once if there is no choice
    first(torch.randn(SAMPLE, 8))
    (choice,) = precision_report(tmp_path)
    assert choice.form == first.form
    assert a_tower().choose_format("m", "image", tmp_path)


def test_pictures_are_normalised_and_split_into_pieces() -> None:
    import torch

    class Mean(torch.nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return torch.cat([batch.mean(dim=(2, 3)), torch.ones(len(batch), 1)], dim=1)

    pictures = torch.randint(0, 256, (19, 3, 5, 5), dtype=torch.uint8)
    vectors = Tower(Mean(), "cpu", normal=([0.5] * 3, [0.25, 0.5, 1.0]))(pictures)
    normalised = (pictures / 255 - 0.5) / torch.tensor([0.25, 0.5, 1.0]).view(1, 3, 1, 1)
    expected = torch.nn.functional.normalize(Mean()(normalised), dim=1).numpy()
    assert vectors == pytest.approx(expected, abs=1e-5)


@given(rows=st.integers(0, 300), cores=st.integers(1, 128))
def test_pieces_make_up_the_batch_and_never_grow(rows: int, cores: int) -> None:
    sizes = guided_chunks(rows, cores)
    assert sum(sizes) == rows
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1:] in ([], [1])
    assert len(sizes) >= min(rows, cores)


def small_memory(rows: int) -> Any:
    """Return a module that acts like one on a GPU with memory for a few rows only."""
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


def test_too_little_memory_for_one_picture_is_one_sentence() -> None:
    import torch

    with pytest.raises(ModelError, match="--device cpu"):
        Tower(small_memory(0), "cpu")(torch.eye(3))
