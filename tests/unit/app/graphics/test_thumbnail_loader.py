"""Thumbnails by content and size: made once, shared by names, never those of other bytes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import tracemalloc
from pathlib import Path
from queue import Queue

import numpy as np
import pytest
from PIL import Image

from tui.app.graphics.renderer import ThumbnailRenderer
from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.terminal.images import VT340_CELL, ImageSupport, Protocol
from tui.core.domain import FileDetails
from tui.core.errors import DecodeError
from tui.images.thumbnail_cache import ThumbnailCache

BLUE, RED = (0, 0, 255), (255, 0, 0)


class Reader:
    """Reads a picture whose file contains the name of its colour; ``gate`` delays it."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self.read.append(path.name)
        self.started.set()
        assert self.gate.wait(10)
        if not path.exists():
            raise DecodeError("There is no such file.")
        return Image.new("RGB", (width, height), path.read_text("ascii"))


def picture(folder: Path, name: str, colour: str = "red") -> FileDetails:
    """Return a file of the library, whose content is its text."""
    path = folder / name
    path.write_text(colour, "ascii")
    os.utime(path, ns=(1_000, 1_000))
    return FileDetails(1, path, len(colour), 1_000, None, colour.encode())


def loader(reader: Reader, cache: ThumbnailCache | None = None) -> ThumbnailLoader:
    return ThumbnailLoader(ImageSupport("halfcell"), make=reader, cache=cache)


def request(file: FileDetails) -> ThumbnailRequest:
    return ThumbnailRequest.of(file, 4, 2)


def ask(thumbnails: ThumbnailLoader, *requests: ThumbnailRequest) -> list[Thumbnail]:
    """Request thumbnails at once and return them in the order of the requests."""
    answers: Queue[tuple[ThumbnailRequest, Thumbnail]] = Queue()
    for each in requests:
        thumbnails.ask(each, lambda request, thumbnail: answers.put((request, thumbnail)))
    by_path = {}
    for _ in requests:
        request, thumbnail = answers.get(timeout=10)
        by_path[request.path] = thumbnail
    return [by_path[each.path] for each in requests]


def colour_of(thumbnail: Thumbnail) -> tuple[int, ...]:
    style = next(iter(thumbnail.strips[0])).style
    assert style is not None
    assert style.color is not None
    return tuple(style.color.get_truecolor())


def test_two_names_of_one_content_are_made_once(tmp_path: Path) -> None:
    reader = Reader()
    thumbnails = loader(reader)
    one, two = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    assert one.key == two.key
    [first] = ask(thumbnails, one)
    assert thumbnails.find(two) is first
    assert ask(thumbnails, two) == [first]
    assert reader.read == ["one.jpg"]


def test_a_name_that_is_requested_while_another_is_read_waits_for_it(tmp_path: Path) -> None:
    reader = Reader()
    thumbnails = loader(reader)
    one, two = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    answers: Queue[tuple[Path, Thumbnail]] = Queue()
    reader.gate.clear()
    thumbnails.ask(one, lambda request, thumbnail: answers.put((request.path, thumbnail)))
    assert reader.started.wait(10)
    thumbnails.ask(two, lambda request, thumbnail: answers.put((request.path, thumbnail)))
    reader.gate.set()
    (first_path, first), (second_path, second) = (answers.get(timeout=10) for _ in range(2))
    assert {first_path, second_path} == {one.path, two.path}
    assert first is second
    assert reader.read == ["one.jpg"]


def test_another_size_of_a_content_is_another_thumbnail(tmp_path: Path) -> None:
    file = picture(tmp_path, "one.jpg")
    small, large = ThumbnailRequest.of(file, 4, 2), ThumbnailRequest.of(file, 8, 4)
    thumbnails = loader(Reader())
    assert [thumbnail.columns for thumbnail in ask(thumbnails, small)] == [4]
    assert thumbnails.find(large) is None


def test_an_indexed_change_of_a_file_shows_its_new_content(tmp_path: Path) -> None:
    thumbnails = loader(Reader())
    ask(thumbnails, request(picture(tmp_path, "one.jpg")))
    changed = request(picture(tmp_path, "one.jpg", "blue"))
    assert thumbnails.find(changed) is None
    [thumbnail] = ask(thumbnails, changed)
    assert colour_of(thumbnail) == BLUE


@pytest.mark.parametrize("with_disk_cache", [False, True])
def test_a_file_that_changed_since_it_was_indexed_does_not_represent_its_copies(
    tmp_path: Path, with_disk_cache: bool
) -> None:
    cache = ThumbnailCache(tmp_path / "cache", 1_000_000) if with_disk_cache else None
    thumbnails = loader(Reader(), cache)
    changed, copy = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    changed.path.write_text("blue", "ascii")
    [first] = ask(thumbnails, changed)
    assert colour_of(first)[2] > 250
    assert thumbnails.find(changed) is first
    assert thumbnails.find(copy) is None
    [second] = ask(thumbnails, copy)
    assert colour_of(second)[0] > 250
    later = loader(Reader(), cache)
    ask(later, changed)
    assert later.find(copy) is None


def test_a_copy_that_waited_for_a_missing_file_is_read_instead(tmp_path: Path) -> None:
    reader = Reader()
    thumbnails = loader(reader)
    missing, copy = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    missing.path.unlink()
    failed, shown = ask(thumbnails, missing, copy)
    assert (failed.rows, failed.reason) == (0, "There is no such file.")
    assert colour_of(shown) == RED
    assert sorted(reader.read) == ["one.jpg", "two.jpg"]


def test_a_cancelled_request_is_not_made(tmp_path: Path) -> None:
    reader = Reader()
    thumbnails = loader(reader)
    answers: Queue[Path] = Queue()

    def deliver(request: ThumbnailRequest, _thumbnail: Thumbnail) -> None:
        answers.put(request.path)

    files = [picture(tmp_path, f"{number}.jpg", f"#0000{number:02x}") for number in range(6)]
    reader.gate.clear()
    for file in files:
        thumbnails.ask(request(file), deliver)
    assert reader.started.wait(10)
    for file in files[2:-1]:  # two threads read the first two
        thumbnails.withdraw(request(file), deliver)
    reader.gate.set()
    last = files[-1].path
    while answers.get(timeout=10) != last:
        pass
    assert set(reader.read) <= {"0.jpg", "1.jpg", "5.jpg"}


def test_withdrawing_one_name_leaves_the_request_for_the_other(tmp_path: Path) -> None:
    reader = Reader()
    thumbnails = loader(reader)
    one, two = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    answers: Queue[Path] = Queue()

    def deliver(request: ThumbnailRequest, _thumbnail: Thumbnail) -> None:
        answers.put(request.path)

    reader.gate.clear()
    thumbnails.ask(one, deliver)
    thumbnails.ask(two, deliver)
    thumbnails.withdraw(one, deliver)
    reader.gate.set()
    assert answers.get(timeout=10) == two.path
    ask(thumbnails, one)
    assert answers.empty()


def test_copies_with_an_orientation_share_their_upright_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 20), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    files = []
    for name in ("one.jpg", "two.jpg"):
        image.save(tmp_path / name, exif=exif)
        status = (tmp_path / name).stat()
        files.append(
            FileDetails(1, tmp_path / name, status.st_size, status.st_mtime_ns, None, b"turned")
        )
    image.save(tmp_path / "other.jpg")
    status = (tmp_path / "other.jpg").stat()
    other = FileDetails(3, tmp_path / "other.jpg", 1, status.st_mtime_ns, None, b"not turned")
    thumbnails = ThumbnailLoader(ImageSupport("halfcell"))
    one, two, three = ask(
        thumbnails, *(ThumbnailRequest.of(file, 20, 10) for file in (*files, other))
    )
    assert one is two
    assert (one.columns, one.rows) == (10, 10)
    assert (three.columns, three.rows) == (20, 5)


def test_a_terminal_receives_a_content_once_and_frees_it_after_its_last_name(
    tmp_path: Path,
) -> None:
    sent: list[str] = []
    thumbnails = ThumbnailLoader(ImageSupport("kitty"), make=Reader(), send=sent.append)
    one, two = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    [thumbnail] = ask(thumbnails, one)
    placements = thumbnails.placements
    assert placements.place(one, thumbnail) is placements.place(two, thumbnail)
    assert len(sent) == 1
    placements.release(one)
    placements.clear_hidden()
    assert len(sent) == 1
    placements.release(two)
    placements.clear_hidden()
    assert len(sent) == 2


def test_a_terminal_distinguishes_a_changed_file_from_its_copy(tmp_path: Path) -> None:
    sent: list[str] = []
    thumbnails = ThumbnailLoader(ImageSupport("kitty"), make=Reader(), send=sent.append)
    changed, copy = (request(picture(tmp_path, name)) for name in ("one.jpg", "two.jpg"))
    changed.path.write_text("blue", "ascii")
    placements = thumbnails.placements
    rows = {}
    for each in (changed, copy):
        [thumbnail] = ask(thumbnails, each)
        rows[each.path] = placements.place(each, thumbnail)
    assert len(sent) == 2
    assert rows[changed.path] != rows[copy.path]
    for each in (copy, changed):
        placements.release(each)
    placements.clear_hidden()
    assert len(sent) == 4


def measured(protocol: Protocol, box: tuple[int, int]) -> tuple[int, int, int]:
    """Return the bytes that a thumbnail holds, its cost, and the pixels of a Sixel picture."""
    random = np.random.default_rng(7)
    noise = Image.fromarray(random.integers(0, 256, (900, 1400, 3), dtype=np.uint8))

    def make(_path: Path, width: int, height: int) -> Image.Image:
        return noise.resize((width, height))

    def paint() -> Thumbnail:
        renderer = ThumbnailRenderer(ImageSupport(protocol), make=make)
        return renderer.paint(ThumbnailRequest(Path("noise.png"), 0, *box))

    paint()  # the caches of the libraries are full then
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    thumbnail = paint()
    gc.collect()
    memory = tracemalloc.get_traced_memory()[0] - before
    pixels = 0
    if thumbnail.sixel is not None:
        pixels = thumbnail.columns * VT340_CELL.width * thumbnail.rows * VT340_CELL.height
    return memory, thumbnail.cost, pixels


@pytest.mark.parametrize("protocol", ["halfcell", "unicode", "kitty", "sixel"])
@pytest.mark.parametrize("box", [(20, 9), (100, 40)])
def test_the_cost_of_a_thumbnail_is_near_its_memory(
    protocol: Protocol, box: tuple[int, int]
) -> None:
    # A new process, since caches and threads of earlier tests would be measured too.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        memory, cost, pixels = pool.apply(measured, (protocol, box))
    if protocol == "sixel":  # Pillow's pixels are not traced, and parts may follow
        assert memory + pixels <= cost <= 2 * memory + pixels
    else:
        assert 0.9 * memory <= cost <= 1.5 * memory
