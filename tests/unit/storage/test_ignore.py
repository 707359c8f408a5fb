"""Patterns of ignore files: pathspec's semantics, bounded time, and paths that are not files."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from tests.support.as_user import public_folder, unprivileged
from tui.storage.scanning.ignore import LARGEST_BYTES, MOST_PATTERNS, IgnoreRules, read_lines
from tui.storage.scanning.scan import Scan, ScanOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNS = ["a", "b", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "\\*", "\\a", ".", "é", " "]
_NAMES = st.lists(st.sampled_from(_SIGNS), min_size=1, max_size=5).map("".join)
_PARTS = st.one_of(_NAMES, st.sampled_from(["**", "*", "a", "b", "a*b"]))
_LINES = st.builds(
    lambda sign, start, parts, end: sign + start + "/".join(parts) + end,
    st.sampled_from(["", "", "", "!", "#", "\\!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(_PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "", "/", " ", "\\ ", "\\", "["]),
)
_PATH_NAMES = st.text("aabbc.é *", min_size=1, max_size=5).filter(lambda name: name[0] != ".")
_PATHS = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(_PATH_NAMES, min_size=1, max_size=5),
    st.sampled_from(["", "/"]),
)


class _Pattern(GitIgnoreSpecPattern):
    """A pattern of pathspec whose negated brackets don't match a slash, as git's don't."""

    @classmethod
    def pattern_to_regex(cls, pattern: str) -> tuple[str | None, bool | None]:  # type: ignore[override]
        regex, include = super().pattern_to_regex(pattern)
        return (None if regex is None else regex.replace("[^", "[^/")), include


def of_pathspec(lines: Sequence[str], path: str) -> bool | None:
    """Return pathspec's verdict, without the lines that it rejects."""
    good = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line], _Pattern, backend="simple")
        except ValueError:
            continue
        good.append(line)
    return GitIgnoreSpec.from_lines(good, _Pattern, backend="simple").check_file(path).include


def is_odd(line: str) -> bool:
    """Whether pathspec differs from git: ``!/``, and names of three stars, which may be empty."""
    names = line.strip("!/ ").split("/")
    return line.strip() == "!/" or any(len(n) > 2 and not n.strip("*") for n in names)


@settings(max_examples=int(os.environ.get("PHOTOSEEK_EXAMPLES", "600")), deadline=None)
@given(st.lists(_LINES, max_size=4), _PATHS)
def test_patterns_match_as_in_pathspec(lines: list[str], path: str) -> None:
    lines = [line for line in lines if not is_odd(line)]
    assert IgnoreRules(lines).verdict(path) == of_pathspec(lines, path), (lines, path)


@pytest.mark.parametrize(
    ("line", "path", "verdict"),
    [
        ("[z-a]", "z", None),
        ("[", "[", None),
        ("a[!b]c", "a/c", None),
        ("a\nb", "a\nb", True),
        ("***", "a", True),
        ("/", "a/b", None),
        ("!/", "a/b", None),
        ("[[:alpha:]]", "a]", True),
        ("a" * 5000, "a" * 5000, None),
    ],
)
def test_edges_of_patterns(line: str, path: str, verdict: bool | None) -> None:
    assert IgnoreRules([line]).verdict(path) is verdict


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("a*" * 120 + "b", "a" * 255),
        ("*a" * 120 + "b", "a" * 255),
        ("[ab]*" * 120 + "c", "a" * 255),
        ("?*" * 120 + "b", "a" * 255),
        ("a*/**/" * 60 + "b", "a/" * 500 + "c"),
        ("**/*a*/" * 60 + "b", "aa/" * 400 + "c"),
        ("**/" + "a*" * 100 + "/**/b", ("a" * 100 + "/") * 40 + "c"),
    ],
)
def test_no_pattern_backtracks_endlessly(pattern: str, path: str) -> None:
    answers: list[bool | None] = []
    thread = threading.Thread(
        target=lambda: answers.append(IgnoreRules([pattern]).verdict(path)), daemon=True
    )
    thread.start()
    thread.join(20)
    assert answers == [None]


def names(root: Path, options: ScanOptions | None = None) -> list[str]:
    return sorted(str(file.path.relative_to(root)) for file in Scan(root, options))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").touch()
    (folder / "sub" / "b.jpg").touch()
    return folder


@pytest.fixture(params=["pipe", "folder", "socket", "device", "dangling", "loop", "to a pipe"])
def special_path(request: pytest.FixtureRequest, photos: Path) -> Iterator[Path]:
    """Yield something that is named like an ignore file but is not a file."""
    path = photos / ".photoseekignore"
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        match request.param:
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
                (path / "x").touch()
            case "socket":
                folder = Path.cwd()
                os.chdir(photos)
                listener.bind(path.name)
                os.chdir(folder)
            case "device":
                path.symlink_to("/dev/zero")
            case "dangling":
                path.symlink_to("nowhere")
            case "loop":
                path.symlink_to(path.name)
            case _:
                os.mkfifo(photos / "pipe")
                path.symlink_to("pipe")
        yield path


def test_an_ignore_path_that_is_not_a_file_has_no_patterns(special_path: Path) -> None:
    results: list[list[str]] = []
    thread = threading.Thread(
        target=lambda: results.append(names(special_path.parent)), daemon=True
    )
    thread.start()
    thread.join(20)
    assert results == [["a.jpg", "sub/b.jpg"]]


def test_a_link_to_an_ignore_file_is_followed(photos: Path) -> None:
    (photos.parent / "rules").write_text("sub/\n")
    (photos / ".photoseekignore").symlink_to("../rules")
    assert names(photos) == ["a.jpg"]


@pytest.mark.parametrize("kind", ["huge", "many"])
def test_a_folder_with_a_too_large_ignore_file_is_unreadable(photos: Path, kind: str) -> None:
    path = photos / "sub" / ".photoseekignore"
    if kind == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    else:
        path.write_text("x\n" * (MOST_PATTERNS + 1))
    scan = Scan(photos)
    assert [file.path.name for file in scan] == ["a.jpg"]
    (reason,) = scan.unreadable.values()
    assert "its .photoseekignore " in reason
    assert list(scan.unreadable) == [photos / "sub"]


def test_a_folder_with_an_unreadable_ignore_file_is_unreadable() -> None:
    with public_folder() as root:
        (root / "a.jpg").touch()
        (root / ".photoseekignore").touch(0o000)
        with unprivileged():
            scan = Scan(root)
            assert not list(scan)
        assert "can't be read: Permission denied" in scan.unreadable[root]


def test_the_largest_ignore_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".photoseekignore"
    path.write_bytes(b"# " + b"x" * (LARGEST_BYTES - 3) + b"\n")
    assert len(read_lines(path)) == 1


def test_the_exclude_option_uses_the_same_patterns(photos: Path) -> None:
    (photos / ("a" * 200 + ".jpg")).touch()
    options = ScanOptions(excludes=("a*" * 100 + "b", "sub/"))
    assert names(photos, options) == ["a.jpg", "a" * 200 + ".jpg"]
