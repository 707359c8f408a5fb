from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.support.libraries.indexed_library import IndexedLibrary
from tests.support.pictures.broken_files import many_scans, write_corpus
from tests.support.pictures.odd_images import difference, png, png_bomb, save_bytes, scene
from tui.core.errors import DecodeError
from tui.images.decode_file import decode_file
from tui.images.decode_types import DecodeCost, DecodeRequest
from tui.images.decoder import Decoder, MemoryBudget
from tui.images.errors import AccessError
from tui.images.sandbox.process import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = DecodeRequest(64, 64, cover=True)
WHOLE = DecodeRequest(10_000, 10_000, cover=True)


def no_limit(cost: DecodeCost) -> None:
    """Reserve nothing: there is enough memory."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


def plain_text_picture(path: Path, side: int) -> Path:
    """Return a picture that takes Pillow a second for four megapixels."""
    return save_bytes(path, b"P2 %d %d 255\n" % (side, side) + b"77 " * side * side)


def test_the_sandbox_returns_the_pixels_of_a_local_decode(sandbox: Sandbox, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Acme"
    for suffix in ("png", "jpg", "tif", "gif"):
        path = tmp_path / f"a.{suffix}"
        scene(300, 200).save(path, exif=exif)
        from_sandbox, expected = (
            sandbox.decode(path, SMALL, no_limit),
            decode_file(path, SMALL, no_limit),
        )
        assert from_sandbox.info == expected.info
        assert difference(from_sandbox.image, expected.image) == 0


def test_the_sandbox_reports_the_error_of_a_local_decode(sandbox: Sandbox, tmp_path: Path) -> None:
    path = save_bytes(tmp_path / "a.jpg", b"no picture")
    with pytest.raises(DecodeError, match="It is a text file") as caught:
        sandbox.decode(path, SMALL, no_limit)
    assert not isinstance(caught.value, AccessError)
    with pytest.raises(AccessError, match="No such file"):
        sandbox.decode(tmp_path / "gone.jpg", SMALL, no_limit)
    assert sandbox.usable


def test_names_that_are_not_utf8_are_passed_on(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"latin-\xe9\n.png")
    scene().save(path, "PNG")
    assert sandbox.decode(path, WHOLE, no_limit).image.size == (96, 72)


def test_a_slow_decode_is_stopped(tmp_path: Path) -> None:
    path = plain_text_picture(tmp_path / "slow.pgm", 3000)
    sandbox = Sandbox(seconds=0.4)
    start = time.monotonic()
    with pytest.raises(DecodeError, match=r"longer than 0\.4 s"):
        sandbox.decode(path, SMALL, no_limit)
    assert time.monotonic() - start < 10
    assert not sandbox.usable


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_decode_beyond_the_memory_limit_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    Image.new("RGB", (9000, 9000)).save(path, compression="tiff_adobe_deflate")
    sandbox = Sandbox(memory=400 << 20)
    with pytest.raises(DecodeError, match="memory"):
        sandbox.decode(path, SMALL, no_limit)
    sandbox.close()


def test_a_crash_is_reported_and_the_next_file_gets_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    scene().save(path)
    sandbox = Sandbox()

    def crash(cost: DecodeCost) -> None:
        os.kill(sandbox.pid, signal.SIGKILL)

    with pytest.raises(DecodeError, match="crashed"):
        sandbox.decode(path, SMALL, crash)
    assert not sandbox.usable


def test_a_decoder_replaces_processes_that_died(tmp_path: Path) -> None:
    slow, good = plain_text_picture(tmp_path / "slow.pgm", 3000), tmp_path / "a.tif"
    scene().save(good)
    decoder = Decoder(seconds=0.7)
    for _ in range(2):
        with pytest.raises(DecodeError, match="longer"):
            decoder.read(slow, SMALL)
        assert decoder.read(good, WHOLE).image.size == (96, 72)
    decoder.close()


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_a_process_that_forked_is_stopped_with_its_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import os, pathlib, time\n"
        "os.fork()\n"
        "while not pathlib.Path('end').exists(): time.sleep(0.1)\n"
    )
    start = subprocess.Popen
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda _, **how: start([sys.executable, "-c", script], cwd=tmp_path, **how),
    )
    sandbox, answers = Sandbox(seconds=1), []

    def decode() -> None:
        with pytest.raises(DecodeError, match="longer"):
            sandbox.decode(tmp_path / "a.tif", SMALL, no_limit)
        answers.append("stopped")

    thread = threading.Thread(target=decode)
    thread.start()
    thread.join(20)
    (tmp_path / "end").touch()
    assert answers == ["stopped"]
    thread.join()


def test_an_interrupted_decode_does_not_answer_the_next_request(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    scene().save(path)
    sandbox = Sandbox()

    def interrupt(cost: DecodeCost) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.decode(path, SMALL, interrupt)
    assert not sandbox.usable


def test_control_c_in_the_terminal_does_not_reach_it(sandbox: Sandbox, tmp_path: Path) -> None:
    assert os.getsid(sandbox.pid) != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_sandbox_ends_with_its_owner(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from tui.images.sandbox.process import Sandbox\n"
        "print(Sandbox().pid, flush=True)\n"
        "os._exit(1)\n"
    )
    owner = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)
    deadline = time.monotonic() + 10
    while is_alive(int(owner.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(owner.stdout))


def is_alive(pid: int) -> bool:
    """Whether a process that is not our child runs."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_process_is_replaced_before_it_has_leaked_much(sandbox: Sandbox, tmp_path: Path) -> None:
    path = save_bytes(tmp_path / "a.jpg", b"no picture")
    decoded = 0
    while sandbox.usable:
        with pytest.raises(DecodeError):
            sandbox.decode(path, SMALL, no_limit)
        decoded += 1
    assert decoded == 500


@pytest.mark.parametrize(
    ("name", "behind_the_wall"),
    [
        ("usual.jpg", False),
        ("progressive.jpg", False),
        ("usual.png", False),
        ("still.gif", False),
        ("scans.jpg", True),
        ("moving.gif", True),
        ("large.png", True),
        ("usual.tif", True),
        ("usual.ppm", True),
        ("lies.jpg", True),
    ],
)
def test_risky_formats_are_decoded_in_the_sandbox(
    tmp_path: Path, name: str, behind_the_wall: bool
) -> None:
    path = tmp_path / name
    frames = [Image.new("RGB", (20, 20), (n * 40, 0, 0)) for n in range(5)]
    match name:
        case "scans.jpg":
            save_bytes(path, many_scans(100))
        case "moving.gif":
            frames[0].save(path, save_all=True, append_images=frames[1:])
        case "progressive.jpg":
            scene().save(path, progressive=True)
        case "large.png":
            save_bytes(path, png(np.zeros((6000, 6000), np.uint8), colour_type=0))
        case "lies.jpg":
            scene().save(path, "TIFF")
        case _:
            scene().save(path)
    decoder = Decoder(seconds=1e-4)  # No process can answer in that time, but our threads can.
    if behind_the_wall:
        with pytest.raises(DecodeError, match="longer than"):
            decoder.read(path, SMALL)
    else:
        assert decoder.read(path, SMALL).image.size
    decoder.close()


def test_a_jpeg_of_many_scans_is_read_in_the_sandbox(tmp_path: Path) -> None:
    decoder = Decoder()
    image = decoder.read(save_bytes(tmp_path / "a.jpg", many_scans(100)), WHOLE).image
    decoder.close()
    assert difference(image, scene(400, 300)) < 12


def test_the_budget_is_kept_and_every_decode_gets_a_turn() -> None:
    budget = MemoryBudget(100)
    inside, most, lock = 0, 0, threading.Lock()

    def work(amount: int) -> None:
        nonlocal inside, most
        amount_granted = budget.acquire(amount)
        with lock:
            inside += amount_granted
            most = max(most, inside)
        time.sleep(0.002)
        with lock:
            inside -= amount_granted
        budget.release(amount_granted)

    threads = [threading.Thread(target=work, args=(5 + 37 * n % 200,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert 50 < most <= 100


def test_a_broken_file_releases_its_memory(tmp_path: Path) -> None:
    decoder = Decoder(memory=1 << 20)
    data = png(np.zeros((200, 200, 3), np.uint8), colour_type=2)
    path = save_bytes(tmp_path / "a.png", data[:-40])
    for _ in range(20):  # Each is estimated at a third of the budget.
        with pytest.raises(DecodeError):
            decoder.read(path, SMALL)
    bomb = save_bytes(tmp_path / "bomb.png", png_bomb(17_000, 17_000))
    with pytest.raises(DecodeError, match="megapixels"):
        decoder.read(bomb, SMALL)
    decoder.close()


def test_hostile_files_neither_stop_a_run_nor_hide_valid_ones(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "files")
    assert len(corpus.bad) >= 300
    library = IndexedLibrary(tmp_path / "data")
    report = library.index(tmp_path / "files")
    assert not report.cancelled
    assert report.indexed + report.reused + report.failed == len(corpus.good) + len(corpus.bad)
    assert report.failed >= 200
    assert all(failure.reason.endswith(".") for failure in report.failures)
    assert library.names(tmp_path / "files" / "good") == sorted(path.name for path in corpus.good)
    again = library.index(tmp_path / "files")
    assert (again.failed, again.unchanged) == (report.failed, report.indexed + report.reused)
    library.catalog.close()
