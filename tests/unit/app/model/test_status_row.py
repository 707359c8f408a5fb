"""The division of the columns of the status row."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tui.app.model.ellipsis import shorten_middle
from tui.app.model.status_row import divide_row, highlight_text
from tui.core.domain import FileDetails, Hit

KEYS = [15, 8, 12, 9, 8, 8]
HELP = 4


def hit(name: str, *, size: int = 2_100_000, copies: int = 1) -> Hit:
    file = FileDetails(1, Path("/photos") / name, size, 1_700_000_000 * 10**9, None)
    return Hit(1, None, file, copies=copies)


def test_everything_fits_into_a_wide_row() -> None:
    layout = divide_row(160, (40, 20), KEYS, last=HELP)
    assert layout.keys == [0, 1, 2, 3, 4, 5]
    assert not layout.is_short
    assert layout.highlight == 160 - 40 - sum(KEYS)


def test_the_state_is_short_before_a_key_is_dropped() -> None:
    layout = divide_row(130, (40, 20), KEYS, last=HELP)
    assert layout.is_short
    assert layout.keys == [0, 1, 2, 3, 4, 5]


def test_the_last_keys_go_first_and_help_goes_last() -> None:
    shown = [divide_row(width, (9, 9), KEYS, last=HELP).keys for width in range(100, 10, -1)]
    numbers = [len(keys) for keys in shown]
    assert numbers == sorted(numbers, reverse=True)
    assert [HELP] in shown
    for keys in filter(None, shown):
        assert HELP in keys
        assert [*keys] == [*range(len(keys) - 1), HELP] or len(keys) == len(KEYS)


@pytest.mark.parametrize("width", range(200))
@pytest.mark.parametrize("spare", [0, 60])
def test_a_row_is_never_wider_than_the_window(width: int, spare: int) -> None:
    layout = divide_row(width, (40, 20), KEYS, last=HELP, spare=spare)
    keys = sum(KEYS[index] for index in layout.keys)
    assert layout.highlight + layout.state + keys == width
    assert min(layout.highlight, layout.state) >= 0


def test_a_sentence_drops_keys_until_it_fits() -> None:
    assert divide_row(80, (9, 9), KEYS, last=HELP).keys != [HELP]
    layout = divide_row(80, (9, 9), KEYS, last=HELP, spare=60)
    assert layout.keys == [HELP]
    assert layout.highlight >= 60


def test_a_highlighted_picture_has_its_name_size_and_date() -> None:
    assert highlight_text(hit("a.jpg"), 60) == "a.jpg · 2.1 MB · 2023-11-14"
    assert highlight_text(hit("a.jpg", copies=3), 60).endswith("2023-11-14 · 3 copies")


@pytest.mark.parametrize("name", ["a.jpg", "n04612504_yawl_and_a_ketch.JPEG", "写真" * 12 + ".jpg"])
@pytest.mark.parametrize("width", range(60))
def test_it_fits_every_width(name: str, width: int) -> None:
    text = highlight_text(hit(name), width)
    assert cell_len(text) <= width
    if width > 34:
        assert " · " in text or text == name


def test_a_name_keeps_its_start_and_its_end() -> None:
    assert shorten_middle("n04612504_yawl.JPEG", 11) == "n0461….JPEG"
    assert shorten_middle("yawl.JPEG", 9) == "yawl.JPEG"
    assert shorten_middle("yawl.JPEG", 1) == "…"
    assert shorten_middle("yawl.JPEG", 0) == ""
