"""What lasts from one run to the next."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.message import Message

from tests.support.as_user import public_folder, unprivileged
from tests.support.mounts import small_disk
from tui.app.model.app_state import MAX_HISTORY, AppState, load, load_to_change, save
from tui.app.workers.state_writer import StateWriter
from tui.app.workers.tasks import BackgroundTasks, WorkerFailed
from tui.core.errors import PhotoseekError
from tui.core.settings import MEMORY

FULL = AppState(
    view="list",
    history=("sea", "sunset"),
    saved={"holidays": "in:holidays sea"},
    first_run=False,
    theme="nord",
    model="clip",
)


def writer_of(folder: Path, messages: list[Message] | None = None) -> StateWriter:
    return StateWriter(
        folder, load(folder), BackgroundTasks((messages if messages is not None else []).append)
    )


def test_a_saved_state_is_read_back(tmp_path: Path) -> None:
    save(FULL, tmp_path / "new")
    assert load(tmp_path / "new") == FULL
    assert [file.name for file in (tmp_path / "new").iterdir()] == [MEMORY]


def test_without_a_file_all_is_as_new(tmp_path: Path) -> None:
    assert load(tmp_path) == AppState()
    assert load(tmp_path).first_run


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff\x00", b"[" * 100_000, b'"x"'])
def test_a_damaged_file_is_as_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / MEMORY).write_bytes(damage)
    assert load(tmp_path) == AppState()


def test_a_wrong_field_has_its_default_and_the_others_stay(tmp_path: Path) -> None:
    wrong = {"view": "cube", "history": ["sea", 3, "sea"], "saved": {"a": 1, "b": "x"}, "model": 1}
    (tmp_path / MEMORY).write_text(json.dumps({**wrong, "theme": "nord", "else": 0}))
    assert load(tmp_path) == AppState(history=("sea",), saved={"b": "x"}, theme="nord")


@given(
    st.dictionaries(
        st.sampled_from(
            ["view", "history", "saved", "first_run", "theme", "model", "folders_width"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_whatever_the_file_says_there_is_a_memory(data: dict[str, Any]) -> None:
    with public_folder() as folder:
        (folder / MEMORY).write_text(json.dumps(data))
        memory = load(folder)
        save(memory, folder)
        assert load(folder) == memory


def test_a_query_is_in_the_history_once_and_the_latest_is_last() -> None:
    memory = AppState().with_query(" sea ").with_query("red").with_query("sea").with_query("  ")
    assert memory.history == ("red", "sea")
    for number in range(MAX_HISTORY + 5):
        memory = memory.with_query(str(number))
    assert len(memory.history) == MAX_HISTORY
    assert memory.with_query("x" * 10_000) == memory


def test_a_saved_query_is_replaced_and_forgotten_by_its_name() -> None:
    memory = AppState().with_saved("a", "sea").with_saved("a", "red", "sea").with_saved("b", "sky")
    assert memory.saved == {"a": "red", "b": "sky"}
    assert memory.without_saved("a", "red").without_saved("none", "").saved == {"b": "sky"}


def test_a_query_that_the_user_did_not_see_is_not_lost() -> None:
    memory = AppState(saved={"a": "another window's", "a (2)": "older"})
    assert memory.with_saved("a", "mine", "what I saw").saved == {
        "a": "mine",
        "a (2)": "older",
        "a (3)": "another window's",
    }
    assert memory.with_saved("a", "another window's") == memory
    assert memory.without_saved("a", "what I saw") == memory


def test_changes_of_two_processes_are_both_kept(tmp_path: Path) -> None:
    one, other = writer_of(tmp_path), writer_of(tmp_path)
    one.keep(view="list")
    one.close()
    other.change(lambda memory: memory.with_query("sea"))
    other.close()
    assert load(tmp_path) == AppState(view="list", history=("sea",))
    assert other.now == AppState(history=("sea",))


def test_changes_are_written_in_their_order(tmp_path: Path) -> None:
    writer = writer_of(tmp_path)
    for number in range(50):
        writer.keep(theme=str(number))
    writer.close()
    assert load(tmp_path).theme == "49"


def test_two_megabytes_of_saved_searches_survive_a_change(tmp_path: Path) -> None:
    saved = {f"search {number}": "é" * 990 for number in range(1_000)} | {"long": "x" * 1_100_000}
    save(AppState(saved=saved), tmp_path)
    assert (tmp_path / MEMORY).stat().st_size > 2_000_000
    changed = writer_of(tmp_path)
    changed.keep(theme="nord")
    changed.close()
    assert load(tmp_path) == AppState(saved=saved, theme="nord")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / MEMORY)
    assert load(tmp_path) == AppState()
    with pytest.raises(PhotoseekError, match="not a regular file"):
        load_to_change(tmp_path)


def test_a_history_of_any_length_is_read_from_its_end(tmp_path: Path) -> None:
    history = [f"query {number}" for number in range(300_000)]
    (tmp_path / MEMORY).write_text(json.dumps({"history": history, "saved": {"a": "sea"}}))
    memory = load(tmp_path)
    assert memory.history == tuple(history[-MAX_HISTORY:])
    assert memory.saved == {"a": "sea"}


def test_saved_searches_are_on_the_disk_before_they_replace_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(FULL, tmp_path)
    monkeypatch.setattr(os, "fsync", _no_disk)
    with pytest.raises(PhotoseekError, match="not writable"):
        save(AppState(), tmp_path)
    assert load(tmp_path) == FULL


def _no_disk(_descriptor: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_state_too_large_to_read_back_is_not_written(tmp_path: Path) -> None:
    save(FULL, tmp_path)
    with pytest.raises(PhotoseekError, match="delete some"):
        save(FULL.with_saved("huge", "x" * (16 << 20)), tmp_path)
    assert load(tmp_path) == FULL


@pytest.mark.parametrize(
    "damage",
    [
        b'{"saved": {"mine": "sea"},}',
        b'{"saved": {"mine": "sea"',
        b'{"saved": {"mine": ["sea"], "other": "sky"}}',
        b"[" * 100_000,
        b'{"saved": {"mine": "' + b"x" * (16 << 20) + b'"}}',
    ],
)
def test_a_damaged_file_is_copied_before_it_is_replaced(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / f"{MEMORY}.damaged-1").write_bytes(b"an earlier copy")
    (tmp_path / MEMORY).write_bytes(damage)
    messages: list[Message] = []
    changed = writer_of(tmp_path, messages)
    changed.keep(theme="nord")
    changed.close()
    assert load(tmp_path).theme == "nord"
    assert (tmp_path / f"{MEMORY}.damaged-1").read_bytes() == b"an earlier copy"
    assert (tmp_path / f"{MEMORY}.damaged-2").read_bytes() == damage
    assert [str(tmp_path) in message.sentence for message in messages] == [True]  # type: ignore[attr-defined]
    changed.keep(theme="gruvbox")
    changed.close()
    assert not (tmp_path / f"{MEMORY}.damaged-3").exists()


def test_a_file_that_cannot_be_read_is_not_replaced() -> None:
    messages: list[Message] = []
    with public_folder() as folder:
        save(FULL, folder)
        (folder / MEMORY).chmod(0)
        with unprivileged():
            changed = writer_of(folder, messages)
            assert changed.now == AppState()
            changed.keep(theme="gruvbox")
            changed.close()
        (folder / MEMORY).chmod(0o600)
        assert load(folder) == FULL
    assert ["can't be read" in message.sentence for message in messages] == [True]  # type: ignore[attr-defined]


def test_a_file_that_became_readable_gets_the_changes_that_waited(tmp_path: Path) -> None:
    (tmp_path / MEMORY).mkdir()
    changed = writer_of(tmp_path)
    changed.keep(theme="nord")
    changed.close()
    (tmp_path / MEMORY).rmdir()
    save(FULL, tmp_path)
    changed.keep(model="starter")
    changed.close()
    assert load(tmp_path) == replace(FULL, theme="nord", model="starter")


def test_a_full_disk_leaves_the_file_whole(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "256k") as folder:
        save(FULL, folder)
        messages: list[Message] = []
        changed = writer_of(folder, messages)
        changed.change(lambda memory: memory.with_saved("long", "x" * 400_000))
        changed.close()
        assert load(folder) == FULL
        assert {file.name for file in folder.iterdir()} <= {MEMORY, f"{MEMORY}.lock"}
    assert ["not writable" in message.sentence for message in messages] == [True]  # type: ignore[attr-defined]


def test_no_change_is_lost_between_two_that_write_at_once(tmp_path: Path) -> None:
    writers = [writer_of(tmp_path) for _ in range(2)]

    def save_many(changed: StateWriter, name: str) -> None:
        for number in range(25):
            changed.change(lambda memory, n=number: memory.with_saved(f"{name}{n}", "sea"))  # type: ignore[misc]
            changed.close()

    threads = [Thread(target=save_many, args=(writers[n], "ab"[n])) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for changed in writers:
        changed.close()
    assert len(load(tmp_path).saved) == 50


def test_a_read_only_folder_is_one_sentence() -> None:
    messages: list[Message] = []
    with public_folder() as folder:
        folder.chmod(0o555)
        with unprivileged():
            writer = writer_of(folder / "data", messages)
            writer.keep(theme="nord")
            writer.close()
    assert writer.now.theme == "nord"
    failures = [message.sentence for message in messages if isinstance(message, WorkerFailed)]
    assert len(failures) == 1
    assert str(folder) in failures[0]
