"""The messages of the indexing child, and how it is started."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui
from tui.app.workers.index_process import (
    Ended,
    Notice,
    Watching,
    index_command,
    read_event,
)
from tui.core.child_process import child_environment
from tui.core.domain import Failure, Progress
from tui.core.settings import Settings
from tui.core.settings_file import load_settings
from tui.library.local.library import LocalLibrary
from tui.library.open import open_library

NUMBERS = st.integers(0, 10**9)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(["event", "phase", "done", "total", "rate", "seconds_left", "path"])
EVENTS = st.sampled_from(["progress", "failure", "done", "cancelled", "watching", "notice"])


@given(done=NUMBERS, total=NUMBERS, failed=NUMBERS, seconds_left=st.none() | st.floats(0, 1e6))
def test_progress_survives_the_json_round_trip(
    done: int, total: int, failed: int, seconds_left: float | None
) -> None:
    progress = Progress(
        "embedding", done, total, failed=failed, seconds_left=seconds_left, rate=2.5
    )
    assert read_event({"event": "progress", **asdict(progress)}) == progress


@given(st.dictionaries(FIELDS, JSON), EVENTS)
def test_any_fields_are_read(data: dict[str, object], event: str) -> None:
    message = read_event({**data, "event": event})
    types = {"failure": Failure, "watching": Watching, "notice": Notice}
    if event in types:
        assert isinstance(message, types[event])
        return
    progress = message.progress if isinstance(message, Ended) else message
    assert isinstance(progress, Progress)
    assert progress.done >= 0
    assert progress.total >= 0
    assert math.isfinite(progress.rate)
    assert progress.seconds_left is None or math.isfinite(progress.seconds_left)


@pytest.mark.parametrize("data", [{}, {"event": "else"}, {"event": ["progress"]}, {"done": 3}])
def test_an_unknown_event_is_skipped(data: dict[str, object]) -> None:
    assert read_event(data) is None


def test_a_name_that_is_not_utf8_survives() -> None:
    data = {"event": "failure", "path": "/a/\udcff.jpg", "reason": "cut off"}
    assert read_event(data) == Failure(Path("/a/\udcff.jpg"), "cut off")


def test_the_child_has_the_settings_and_the_code_of_the_app(tmp_path: Path) -> None:
    settings = Settings(
        tmp_path / "elsewhere",
        model="clip",
        device="cpu",
        threads=3,
        batch_size=8,
        library="milvus://127.0.0.1:19530/family",
    )
    environment = child_environment(settings)
    assert load_settings(environ=environment) == settings
    home = str(Path(tui.__file__).parent.parent)
    assert environment["PYTHONPATH"].split(os.pathsep)[0] == home
    assert environment["PYTHONSAFEPATH"] == "1"


def test_the_child_has_the_library_of_the_app_despite_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('library = "milvus://127.0.0.1:19530/family"')
    settings = load_settings({"library": "", "data_dir": tmp_path}, environ={}, config_file=file)
    child = load_settings(environ=child_environment(settings), config_file=file)
    assert open_library(child) == open_library(settings) == LocalLibrary(tmp_path, tmp_path)


def test_the_child_has_a_token_only_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_MILVUS_TOKEN", "me:secret")
    settings = Settings(tmp_path, library="milvus://127.0.0.1:19530/family")
    assert "secret" not in " ".join(index_command(settings, tmp_path))
    assert child_environment(settings)["PHOTOSEEK_MILVUS_TOKEN"] == "me:secret"


def test_the_child_watches_for_changes_by_default(tmp_path: Path) -> None:
    assert "--watch" in index_command(Settings(tmp_path), tmp_path)
    assert "--watch" not in index_command(Settings(tmp_path, watch=False), tmp_path)
    assert "-P" in index_command(Settings(tmp_path), tmp_path)


def test_a_folder_that_looks_like_an_option_is_a_folder(tmp_path: Path) -> None:
    command = index_command(Settings(tmp_path), Path("/pictures/--model"))
    assert command[-2:] == ["--", "/pictures/--model"]
    assert command[command.index("--model") + 1] == "auto"
