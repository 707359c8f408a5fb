from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.as_user import public_folder, unprivileged
from tui.core.errors import DecodeError, FolderError
from tui.storage.formats import HEADER_BYTES, sniff
from tui.storage.scanning.scan import Scan, ScanOptions

HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"mif2", b"msf1", b"miaf", b"1pic", b"hevm", b"avci")


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode("utf-8", "surrogateescape"))
    return root


def names(root: Path, options: ScanOptions | None = None) -> list[str]:
    return sorted(str(file.path.relative_to(root)) for file in Scan(root, options))


def test_finds_pictures_by_suffix_at_any_depth(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.JPEG", "c.txt", "noext", "x/d.png", "x/y/z/e.HEIC", "x/jpg", "f.mp4")
    assert names(tmp_path) == ["a.jpg", "b.JPEG", "x/d.png", "x/y/z/e.HEIC"]


def test_a_scanned_file_has_the_facts_of_the_disk(tmp_path: Path) -> None:
    path = make(tmp_path, "a.jpg") / "a.jpg"
    os.utime(path, ns=(1, 1_234_567_890_123_456_789))
    (file,) = Scan(tmp_path)
    status = path.stat()
    assert file.path == path
    assert (file.size, file.mtime_ns, file.inode) == (5, status.st_mtime_ns, status.st_ino)


def test_a_folder_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "album.jpg/a.png")
    assert names(tmp_path) == ["album.jpg/a.png"]


def test_hidden_names_are_skipped_by_default(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", ".b.jpg", ".trash/c.jpg", "._a.jpg", "d/._e.jpg")
    assert names(tmp_path) == ["a.jpg"]
    assert names(tmp_path, ScanOptions(hidden=True)) == [".b.jpg", ".trash/c.jpg", "a.jpg"]


def test_a_root_whose_own_name_is_hidden_is_scanned(tmp_path: Path) -> None:
    make(tmp_path, ".photos/a.jpg")
    assert names(tmp_path / ".photos") == ["a.jpg"]


def test_strange_names_survive(tmp_path: Path) -> None:
    strange = ["new\nline.jpg", " spaces .png", "x" * 200 + ".jpg", "ünï/☃.webp"]
    if sys.platform == "linux":
        strange.append(os.fsdecode(b"latin-\xe9\xff.jpg"))
    make(tmp_path, *strange)
    assert names(tmp_path) == sorted(strange)


def test_a_very_deep_tree_needs_no_recursion(tmp_path: Path) -> None:
    depth = sys.getrecursionlimit() + 200
    parent = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=parent)
        child = os.open("d", os.O_RDONLY, dir_fd=parent)
        os.close(parent)
        parent = child
    os.close(parent)
    make(tmp_path, "d/d/d/a.jpg")
    scan = Scan(tmp_path)
    assert [file.path.name for file in scan] == ["a.jpg"]
    assert len(scan.unreadable) <= 1  # A path beyond the system's limit is reported.
    while (tmp_path / "d" / "d").exists():  # pytest's own removal would recurse
        (tmp_path / "d" / "d").rename(tmp_path / "up")
        shutil.rmtree(tmp_path / "d")
        (tmp_path / "up").rename(tmp_path / "d")


def test_symbolic_links_are_skipped_by_default(tmp_path: Path) -> None:
    root = make(tmp_path, "root/a.jpg", "else/b.jpg", "else/sub/c.jpg") / "root"
    (root / "linked").symlink_to(tmp_path / "else")
    (root / "d.jpg").symlink_to(tmp_path / "else" / "b.jpg")
    (root / "nowhere.jpg").symlink_to(tmp_path / "gone")
    (root / "self.jpg").symlink_to(root / "self.jpg")
    assert names(root) == ["a.jpg"]
    assert names(root, ScanOptions(follow_symlinks=True)) == [
        "a.jpg",
        "d.jpg",
        "linked/b.jpg",
        "linked/sub/c.jpg",
    ]


def test_links_never_loop_and_a_real_path_wins(tmp_path: Path) -> None:
    make(tmp_path, "a/b/x.jpg", "z/y.jpg")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "b" / "here").symlink_to(".")
    (tmp_path / "a" / "zz").symlink_to(tmp_path / "z")
    assert names(tmp_path, ScanOptions(follow_symlinks=True)) == ["a/b/x.jpg", "z/y.jpg"]


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    make(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to("real")
    assert [file.path for file in Scan(tmp_path / "link")] == [tmp_path / "link" / "a.jpg"]


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "b.jpg").hardlink_to(tmp_path / "a.jpg")
    files = list(Scan(tmp_path))
    assert sorted(file.path.name for file in files) == ["a.jpg", "b.jpg"]
    assert files[0].inode == files[1].inode


@pytest.mark.parametrize(
    ("pattern", "remaining"),
    [
        ("*.png", ["a.jpg", "raw/c.jpg", "x/raw/d.jpg"]),
        ("raw/", ["a.jpg", "b.png"]),
        ("/raw", ["a.jpg", "b.png", "x/raw/d.jpg"]),
        ("x/**", ["a.jpg", "b.png", "raw/c.jpg"]),
        ("# a.jpg", ["a.jpg", "b.png", "raw/c.jpg", "x/raw/d.jpg"]),
        ("!", ["a.jpg", "b.png", "raw/c.jpg", "x/raw/d.jpg"]),
    ],
)
def test_excludes_follow_the_rules_of_gitignore(
    tmp_path: Path, pattern: str, remaining: list[str]
) -> None:
    make(tmp_path, "a.jpg", "b.png", "raw/c.jpg", "x/raw/d.jpg")
    assert names(tmp_path, ScanOptions(excludes=(pattern,))) == remaining
    (tmp_path / ".photoseekignore").write_text(f"\n{pattern}\n")
    assert names(tmp_path) == remaining


def test_the_deeper_ignore_file_wins_and_excludes_win_over_both(tmp_path: Path) -> None:
    make(tmp_path, "a.png", "keep/b.png", "keep/deep/c.png", "keep/deep/d.png", "gone/e.jpg")
    (tmp_path / ".photoseekignore").write_text("*.png\ngone/\n")
    (tmp_path / "keep" / ".photoseekignore").write_text("!*.png\n")
    (tmp_path / "keep" / "deep" / ".photoseekignore").write_text("d.png\n")
    (tmp_path / "gone" / ".photoseekignore").write_text("!e.jpg\n")
    assert names(tmp_path) == ["keep/b.png", "keep/deep/c.png"]
    assert names(tmp_path, ScanOptions(excludes=("deep",))) == ["keep/b.png"]


def test_an_ignore_file_applies_only_to_its_own_folder(tmp_path: Path) -> None:
    make(tmp_path, "one/a.jpg", "two/a.jpg")
    (tmp_path / "one" / ".photoseekignore").write_bytes(b"a.jpg\n\xff\xfe\n")
    assert names(tmp_path) == ["two/a.jpg"]


def test_an_unreadable_subfolder_is_reported_and_the_scan_continues() -> None:
    with public_folder() as root:
        make(root, "a.jpg", "closed/b.jpg", "open/c.jpg")
        (root / "closed").chmod(0)
        with unprivileged():
            scan = Scan(root)
            names = sorted(str(file.path.relative_to(root)) for file in scan)
        assert names == ["a.jpg", "open/c.jpg"]
        assert scan.unreadable == {root / "closed": "Permission denied"}


def test_files_that_cannot_be_examined_make_their_folder_unreadable() -> None:
    with public_folder() as root:
        make(root, "listed/b.jpg", "open/c.jpg")
        (root / "listed").chmod(0o444)  # its names can be read, but nothing else
        with unprivileged():
            scan = Scan(root)
            names = [file.path.name for file in scan]
        assert names == ["c.jpg"]
        assert list(scan.unreadable) == [root / "listed"]


@pytest.mark.parametrize("name", ["missing", "a.jpg", "a.jpg/below", "nul\0"])
def test_a_root_that_is_not_a_folder_is_one_sentence(tmp_path: Path, name: str) -> None:
    make(tmp_path, "a.jpg")
    with pytest.raises(FolderError) as caught:
        Scan(tmp_path / name)
    assert str(caught.value).endswith(".")


def test_an_unreadable_root_is_one_sentence() -> None:
    with public_folder() as root:
        root.chmod(0)
        with unprivileged(), pytest.raises(FolderError, match="permission"):
            Scan(root)


def test_an_empty_root_is_distinguished_from_one_without_pictures(tmp_path: Path) -> None:
    assert Scan(tmp_path).empty
    make(tmp_path, "a.txt")
    assert not Scan(tmp_path).empty
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("header", "suffix", "name"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "png", "JPEG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "jpg", "PNG"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "jpg", "WEBP"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "webp", None),
        (b"II*\0\x08\0\0\0", "tif", "TIFF"),
        (b"II*\0\x08\0\0\0", "nef", "RAW"),
        (b"FUJIFILMCCD-RAW 0201", "jpg", "RAW"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "cr3", "RAW"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "jpg", "HEIF"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "heic", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "heic", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "jpg", None),
        (b"\0\0\0\x10ftypqt  \0\0\0\0", "heic", None),
        (b"\0\0\0\x10ftypmif3heic", "heic", "HEIF"),
        (b"\0\0\0\x10ftypmif3\0\0\0\0", "heic", "HEIF"),
        (b"\0\0\0\x10ftypmif3avif", "avif", "AVIF"),
        (b"\0\0\0\x10ftypavis\0\0\0\0", "avif", "AVIF"),
        *((b"\0\0\0\x10ftyp" + brand + b"\0\0\0\0", "heic", "HEIF") for brand in HEIF_BRANDS),
        (b"\0\0\0\x24ftypMiHB\0\0\0\0MiHBMiPrmiafabcdmif1", "heic", "HEIF"),
        (b"IIU\0\x18\0\0\0", "rw2", "RAW"),
        (b"IIU\0\x18\0\0\0", "jpg", "RAW"),
        (b"II\x1a\0\0\0HEAPCCDR\2\0\1\0", "crw", "RAW"),
        (b"\0MRM\0\1\0\0", "mrw", "RAW"),
        (b"FOVb\0\0\2\0", "x3f", "RAW"),
        (b"MM\0*\0\0\0\x08", "pef", "RAW"),
        (b"MMMMRaw\0\1\2\3", "iiq", "RAW"),
        (b"MMMMRaw\0\1\2\3", "jpg", None),
        (b"\0\0\0\0\0\0\0\0", "crw", None),
        (b"\x28\0\0\0\x20\0\0\0\x20\0\0\0\1\0\x18\0", "dib", "DIB"),
        (b"\x0c\0\0\0\x20\0\x20\0\1\0\x18\0", "dib", "DIB"),
        (b"\x28\0\0\0\x20\0\0\0\x20\0\0\0\7\0\x18\0", "dib", None),
        (b"\xff\x0a\xfa\x7f", "jxl", "JXL"),
        (b"P6\n3 3\n255\n", "ppm", "PPM"),
        (b"", "jpg", None),
        (b"Dear all,\nplease find", "jpg", None),
        (b"%PDF-1.7\n", "jpg", None),
        (b"\0\0\0\0\0\0\0\0", "jpg", None),
    ],
)
def test_the_format_is_recognised_by_its_bytes(
    header: bytes, suffix: str, name: str | None
) -> None:
    if name is None:
        with pytest.raises(DecodeError, match=r"\.$"):
            sniff(header[:HEADER_BYTES], suffix)
    else:
        assert sniff(header[:HEADER_BYTES], suffix) == name
