from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tui.core.errors import LibraryBusyError
from tui.library.local.catalog.lock import writer_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from tui.library.local.catalog.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_writer(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(data_dir)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with another_writer(tmp_path):
        with pytest.raises(LibraryBusyError, match="wait until it has finished"):
            writer_lock(tmp_path).__enter__()
        with pytest.raises(LibraryBusyError):
            writer_lock(tmp_path, timeout=0.1).__enter__()


def test_the_lock_of_a_killed_writer_is_released(tmp_path: Path) -> None:
    with another_writer(tmp_path) as process:
        threading.Timer(0.2, process.kill).start()
        begin = time.monotonic()
        with writer_lock(tmp_path, timeout=30):
            assert time.monotonic() - begin < 30


def test_a_thread_can_acquire_its_own_lock_again(tmp_path: Path) -> None:
    with writer_lock(tmp_path), writer_lock(tmp_path):
        pass
    with writer_lock(tmp_path):
        assert (tmp_path / "writer.lock").exists()


def test_another_thread_is_another_writer(tmp_path: Path) -> None:
    refused: list[LibraryBusyError] = []

    def take() -> None:
        try:
            with writer_lock(tmp_path):
                pass
        except LibraryBusyError as error:
            refused.append(error)

    with writer_lock(tmp_path):
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_two_libraries_have_separate_locks(tmp_path: Path) -> None:
    with writer_lock(tmp_path / "a"), writer_lock(tmp_path / "b"):
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
