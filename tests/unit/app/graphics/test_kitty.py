"""The output for a terminal with Kitty's protocol."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from types import SimpleNamespace

import numpy as np
from PIL import Image

from tui.app.graphics.kitty import delete_command, encode_image


def test_a_picture_is_sent_in_pieces_and_placed() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    characters = SimpleNamespace(terminal_image_id=None)
    sent = encode_image(Image.fromarray(noise), characters, 8, 3)
    assert characters.terminal_image_id == sent.number
    *pieces, placed = re.findall(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\", sent.text)
    assert len(pieces) > 2
    assert all(len(data) <= 4096 for _, data in pieces)
    assert [keys.rpartition("m=")[2] for keys, _ in pieces] == ["1"] * (len(pieces) - 1) + ["0"]
    assert all(f"i={sent.number},f=100,q=2" in keys for keys, _ in pieces)
    with Image.open(BytesIO(b64decode("".join(data for _, data in pieces)))) as image:
        assert (np.asarray(image) == noise).all()
    assert placed[0] == f"a=p,i={sent.number},c=8,r=3,U=1,q=2"


def test_numbers_differ_and_fit_a_colour_and_a_diacritic() -> None:
    image = Image.new("RGB", (2, 2))
    numbers = [encode_image(image, SimpleNamespace(), 1, 1).number for _ in range(3)]
    assert len(set(numbers)) == 3
    assert all(0 < number < 1 << 32 for number in numbers)


def test_a_picture_is_freed_by_its_number() -> None:
    assert delete_command(7) == "\x1b_Ga=d,d=I,i=7,q=2\x1b\\"
