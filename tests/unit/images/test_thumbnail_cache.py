"""Small pictures on disk: cached between runs, limited in size, and never required."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from tests.support.as_user import public_folder, unprivileged
from tui.core.errors import DecodeError
from tui.images.thumbnail_cache import SIDES, ThumbnailCache

SIZE = (4000, 3000)


class Maker:
    """Makes pictures as `thumbnail` does, and counts them."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self.rendered: list[tuple[str, int]] = []
        self.size = size

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self.rendered.append((path.name, width))
        if path.name == "broken":
            raise DecodeError("no")
        image = Image.effect_noise((64, 48), 60).convert("RGB")
        scale = min(1.0, width / self.size[0], height / self.size[1])
        return image.resize((round(self.size[0] * scale), round(self.size[1] * scale)))


def pictures(folder: Path) -> list[Path]:
    return list(folder.glob("*.jpg"))


def test_a_picture_is_made_once_and_fits_every_box(tmp_path: Path) -> None:
    make = Maker()
    for _ in range(2):  # for the cache, the second one is another process
        cache = ThumbnailCache(tmp_path / "thumbnails", 1_000_000)
        assert cache.read(make, Path("/a"), 1, 40, 40).size == (40, 30)
        assert cache.read(make, Path("/a"), 1, 100, 30).size == (40, 30)
    assert make.rendered == [("a", 128)]
    assert (tmp_path / "thumbnails").stat().st_mode & 0o077 == 0


def test_a_changed_file_and_a_larger_size_are_made_again(tmp_path: Path) -> None:
    make, cache = Maker(), ThumbnailCache(tmp_path, 1_000_000)
    for version, side in ((1, 100), (2, 100), (2, 300)):
        cache.read(make, Path("/a"), version, side, side)
    assert make.rendered == [("a", 128), ("a", 128), ("a", 512)]


def test_a_rotated_file_with_its_former_time_is_made_again(tmp_path: Path) -> None:
    make, cache = Maker(), ThumbnailCache(tmp_path, 1_000_000)
    for content in (b"1", b"2", b"2", None):
        cache.read(make, Path("/a"), 1, 100, 100, content=content)
    assert make.rendered == [("a", 128)] * 3


def test_a_size_above_the_cached_one_is_read_from_the_file(tmp_path: Path) -> None:
    make, cache = Maker(), ThumbnailCache(tmp_path, 1_000_000)
    assert cache.read(make, Path("/a"), 1, SIDES[-1] + 1, 10).size == (13, 10)
    assert list(tmp_path.iterdir()) == []


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    make, cache = Maker((20, 10)), ThumbnailCache(tmp_path, 1_000_000)
    for _ in range(2):
        assert cache.read(make, Path("/a"), 1, 100, 100).size == (20, 10)


def test_the_least_recently_used_thumbnail_is_evicted_first(tmp_path: Path) -> None:
    make, roomy = Maker(), ThumbnailCache(tmp_path, 1_000_000)
    for number in range(4):
        before = set(pictures(tmp_path))
        roomy.read(make, Path(f"/{number}"), 1, 100, 100)
        [path] = set(pictures(tmp_path)) - before
        os.utime(path, (number, number))
    roomy.read(make, Path("/0"), 1, 100, 100)  # read just now
    whole = sum(path.stat().st_size for path in pictures(tmp_path))
    ThumbnailCache(tmp_path, round(whole * 1.1)).read(make, Path("/4"), 1, 100, 100)
    assert len(pictures(tmp_path)) == 3  # well below the limit, to avoid trimming every time
    for name, times in (("0", 1), ("3", 1), ("4", 1), ("1", 2)):
        roomy.read(make, Path(f"/{name}"), 1, 100, 100)
        assert [thumbnail for thumbnail, _ in make.rendered].count(name) == times


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    make, cache = Maker(), ThumbnailCache(tmp_path, 1_000_000)
    cache.read(make, Path("/a"), 1, 100, 100)
    [path] = pictures(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    assert cache.read(make, Path("/a"), 1, 100, 100).size == (100, 75)
    assert len(make.rendered) == 2


def test_an_unreadable_picture_leaves_no_file(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path, 1_000_000)
    with pytest.raises(DecodeError):
        cache.read(Maker(), Path("/broken"), 1, 100, 100)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder_is_not_an_error() -> None:
    with public_folder() as folder, unprivileged():
        folder.joinpath("closed").mkdir(mode=0o500)
        cache = ThumbnailCache(folder / "closed" / "thumbnails", 1_000_000)
        folder.joinpath("closed").chmod(0o500)
        assert cache.read(Maker(), Path("/a"), 1, 100, 100).size == (100, 75)


def test_many_threads_read_at_once(tmp_path: Path) -> None:
    make, cache = Maker(), ThumbnailCache(tmp_path, 60_000)
    sizes: list[tuple[int, int]] = []

    def read() -> None:
        sizes.extend(
            cache.read(make, Path(f"/{number % 5}"), 1, 100, 100).size for number in range(12)
        )

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [(100, 75)] * 48
    assert not list(tmp_path.glob("*.tmp"))
