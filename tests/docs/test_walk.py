"""The recorded walk can be played, and shows what it should."""

from __future__ import annotations

import json

import pyte

from tests.docs.walk import CAST, COLUMNS, EXPECTED, ROWS, Style, changes, frames

AGAIN = "record it again: python -m tests.docs.walk"
MOST = 400_000


def lines() -> list[str]:
    return CAST.read_text(encoding="utf-8").splitlines()


def test_the_recording_is_an_asciicast_of_version_2() -> None:
    header, *events = map(json.loads, lines())
    assert header["version"] == 2
    assert all(isinstance(header[side], int) for side in ("width", "height"))
    assert len(events) > 50
    assert all(kind == "o" and isinstance(text, str) for _, kind, text in events)
    times = [moment for moment, _, _ in events]
    assert times == sorted(times)
    assert 20 < times[-1] < 60


def test_the_recording_shows_every_step() -> None:
    header, *events = map(json.loads, lines())
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    expected = ["$ photoseek ~/Pictures", *EXPECTED]
    for _, _, text in events:
        stream.feed(text)
        while expected and expected[0] in "\n".join(screen.display):
            expected.pop(0)
    assert not expected, AGAIN


def test_the_recording_is_small_and_names_no_machine() -> None:
    text = CAST.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST, AGAIN
    for folder in ("/tmp", "/home", "/Users"):
        assert folder not in text


def test_a_frame_changes_one_screen_into_the_next() -> None:
    shown = [(0.0, "\x1b[31;44mhere\x1b[0m"), (1.0, "\x1b[1;2H\x1b[1;38;2;8;16;24m日本\x1b[0m")]
    expected, played = pyte.Screen(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    source, stream = pyte.Stream(expected), pyte.Stream(played)
    written = list(frames(shown))
    assert [moment for moment, _ in written] == [0.0, 1.0]
    for (_, text), (_, change) in zip(shown, written, strict=True):
        source.feed(text)
        stream.feed(change)
        assert played.display == expected.display
    assert played.buffer[0][1] == expected.buffer[0][1]
    assert changes([[]], [[]]) == ""
    assert Style("", "38;2;1;1;1", "48;2;1;1;1").after(None) == "\x1b[0;38;2;1;1;1;48;2;1;1;1m"
