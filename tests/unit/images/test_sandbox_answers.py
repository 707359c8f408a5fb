from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pictures.odd_images import save_bytes, scene
from tui.core.domain import PictureInfo
from tui.core.errors import DecodeError
from tui.images.decode_types import DecodeCost, DecodeRequest
from tui.images.decoder import Decoder
from tui.images.errors import AccessError
from tui.images.sandbox.answers import cost_of, error_of, info_of, sizes_of
from tui.images.sandbox.process import Sandbox, receive, send

if TYPE_CHECKING:
    from pathlib import Path

SMALL = DecodeRequest(64, 64, cover=True, frames=4)
INFO: dict[str, Any] = {
    "width": 40,
    "height": 30,
    "format": "TIFF",
    "taken_ns": None,
    "camera": None,
    "latitude": None,
    "longitude": None,
}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def test_valid_sandbox_answers_are_accepted() -> None:
    assert cost_of({"memory": 12}) == DecodeCost(12)
    assert sizes_of({"sizes": [[4, 3], [4, 3]]}, 2) == [(4, 3), (4, 3)]
    failure = error_of({"error": "It is broken.", "kind": "AccessError"})
    assert (type(failure), str(failure)) == (AccessError, "It is broken.")
    facts = {"taken_ns": -5, "camera": "Acme", "latitude": -38.5, "longitude": 145}
    expected = PictureInfo(40, 30, "TIFF", -5, "Acme", -38.5, 145.0)
    assert info_of({"info": INFO | facts}) == expected


@pytest.mark.parametrize("memory", [-1, -(10**12), 1 << 41, 1.5, "7", True, None])
def test_impossible_memory_is_rejected(memory: Any) -> None:
    with pytest.raises(ValueError, match="number"):
        cost_of({"memory": memory})


@pytest.mark.parametrize(
    "sizes",
    [
        [],
        [[4, 3]] * 5,
        [[4]],
        [[4, -3]],
        [[0, 3]],
        [[4, 3.0]],
        [[1 << 15, 1 << 15]],
        [[9000, 9000]] * 2,
        {"4": 3},
        7,
    ],
)
def test_impossible_sizes_are_rejected(sizes: Any) -> None:
    with pytest.raises(ValueError, match=r"size|frames|number"):
        sizes_of({"sizes": sizes}, 4)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("width", 0),
        ("height", "30"),
        ("format", None),
        ("format", "x" * 81),
        ("taken_ns", 1 << 63),
        ("taken_ns", 1.0),
        ("camera", ["Acme"]),
        ("latitude", 91),
        ("longitude", float("nan")),
        ("longitude", "7"),
    ],
)
def test_impossible_facts_are_rejected(fact: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"text|number|size|coordinate"):
        info_of({"info": INFO | {fact: value}})


def test_texts_cannot_move_the_cursor() -> None:
    assert "\x1b" not in (info_of({"info": INFO | {"camera": "a\x1b]0;b\x07"}}).camera or "")
    assert "\x1b" not in str(error_of({"error": "\x1b[2J", "kind": "DecodeError"}))


@given(st.dictionaries(st.sampled_from(["memory", "sizes", "info", "error", "kind"]), ANYTHING))
def test_any_answer_is_accepted_or_rejected(answer: dict[str, Any]) -> None:
    for check in (cost_of, error_of, info_of, lambda answer: sizes_of(answer, 4)):
        try:
            check(answer)
        except (ValueError, KeyError):
            continue


class _Hostile(Sandbox):
    """A decode process whose answers a hostile file controls."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self._stdout.close()
        self._stdout = io.BytesIO(b"".join(answers))


def framed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


@pytest.mark.parametrize(
    "answers",
    [
        (framed(b"[" * 60_000),),
        (framed(b'{"memory": -1000000000000}'),),
        (framed(b'{"memory": 1e400}'),),
        (framed(b"[1]"),),
        (framed(b"\xff\xfe"),),
        (b"\xff\xff\xff\xff",),
        (framed(b'{"error": 7, "kind": "DecodeError"}'),),
        (framed(b'{"error": "x"}'),),
        (framed(b'{"error": "x", "kind": "SystemExit"}'),),
        (
            framed(b'{"memory": 5}'),
            framed(json.dumps({"sizes": [[4, 3]] * 9, "info": INFO}).encode()),
            bytes(36 * 9),
        ),
        (
            framed(b'{"memory": 5}'),
            framed(
                json.dumps({"sizes": [[4, 3]], "info": INFO | {"more": 1, "width": "4"}}).encode()
            ),
            bytes(36),
        ),
    ],
)
def test_hostile_answers_are_a_broken_file(answers: tuple[bytes, ...], tmp_path: Path) -> None:
    requests: list[int] = []
    sandbox = _Hostile(*answers)
    with pytest.raises(DecodeError, match="crashed"):
        sandbox.decode(tmp_path / "a.tif", SMALL, lambda cost: requests.append(cost.memory))
    assert all(memory >= 0 for memory in requests)
    assert not sandbox.usable


def test_messages_are_bounded() -> None:
    stream = io.BytesIO()
    send(stream, {"error": "x" * (1 << 16), "kind": "DecodeError"})
    stream.seek(0)
    with pytest.raises(ValueError, match="length"):
        receive(stream)


def test_a_picture_with_the_longest_sentence_fits_a_message(tmp_path: Path) -> None:
    path = save_bytes(tmp_path / ("a" * 200 + ".tif"), b"II*\0" + bytes(20))
    decoder = Decoder()
    with pytest.raises(DecodeError) as caught:
        decoder.read(path, SMALL)
    assert "crashed" not in str(caught.value)
    scene().save(path, "TIFF")
    assert decoder.read(path, SMALL).info.format == "TIFF"
    decoder.close()
