"""Estimates of how long a library takes to index."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tui.models.presets import MODELS
from tui.models.speed import estimate_text, indexing_seconds, record_speed

if TYPE_CHECKING:
    from pathlib import Path

SPECS = {spec.name: spec for spec in MODELS}


def test_without_a_measurement_there_is_no_estimate(tmp_path: Path) -> None:
    assert indexing_seconds(SPECS["clip"], 723, tmp_path) is None
    assert estimate_text(SPECS["clip"], 723, tmp_path) == ""


def test_a_measured_model_has_its_own_estimate(tmp_path: Path) -> None:
    record_speed(tmp_path, SPECS["clip"].model_id, 1_000, 83.0)
    assert estimate_text(SPECS["clip"], 723, tmp_path) == "about 60 s"
    record_speed(tmp_path, SPECS["clip"].model_id, 1_000, 250.0)
    assert estimate_text(SPECS["clip"], 723, tmp_path) == "about 3 min"
    assert estimate_text(SPECS["clip"], 0, tmp_path) == ""


def test_another_model_has_a_range(tmp_path: Path) -> None:
    record_speed(tmp_path, SPECS["starter"].model_id, 1_000, 10.0)
    least, most = indexing_seconds(SPECS["clip"], 1_000, tmp_path) or (0, 0)
    assert least == pytest.approx(10)
    assert most == pytest.approx(10 * 115 / 24)
    assert estimate_text(SPECS["clip"], 1_000, tmp_path) == "10 s to 48 s"
    assert indexing_seconds(replace(SPECS["clip"], model_id="own", work=None), 9, tmp_path) is None


def test_the_range_is_based_on_the_most_similar_model(tmp_path: Path) -> None:
    record_speed(tmp_path, SPECS["starter"].model_id, 1_000, 10.0)
    record_speed(tmp_path, SPECS["clip"].model_id, 1_000, 40.0)
    assert indexing_seconds(SPECS["clip-256"], 1_000, tmp_path) == pytest.approx((40, 52))
    assert indexing_seconds(SPECS["openai"], 1_000, tmp_path) == pytest.approx((40, 40))


@pytest.mark.parametrize(("pictures", "seconds"), [(49, 1.0), (1_000, 0.0)])
def test_a_short_run_is_not_a_measurement(tmp_path: Path, pictures: int, seconds: float) -> None:
    record_speed(tmp_path, SPECS["clip"].model_id, pictures, seconds)
    assert not (tmp_path / "speed.json").exists()


@pytest.mark.parametrize("text", ["[]", "{", '{"ID": true}', '{"ID": -1}', '{"ID": "x"}'])
def test_a_damaged_file_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "speed.json").write_text(text.replace("ID", SPECS["clip"].model_id))
    assert estimate_text(SPECS["clip"], 723, tmp_path) == ""
