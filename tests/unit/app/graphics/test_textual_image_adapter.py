from __future__ import annotations

import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")

QUIETLY = """
import sys
from tui.app.graphics.textual_image_adapter import drawing
from tui.app.terminal.images import CellSize, ImageSupport
assert sys.__stdout__.isatty()
assert drawing(ImageSupport("off")) is None
for protocol, module in (("kitty", "tgp"), ("halfcell", "halfcell"), ("sixel", "halfcell"),
                         ("unicode", "unicode")):
    assert drawing(ImageSupport(protocol, cell=CellSize(7, 15))).__module__.endswith(module)
from textual_image._terminal import get_cell_size
assert get_cell_size() == (7, 15)
assert sys.__stdout__.isatty()
"""


def test_importing_textual_image_does_not_query_the_terminal() -> None:
    ours, its = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", QUIETLY], stdin=its, stdout=its, stderr=subprocess.PIPE, check=False
    )
    os.close(its)
    try:
        output = os.read(ours, 1000)
    except OSError:  # Linux reports the closed other side this way
        output = b""
    os.close(ours)
    assert done.stderr == b""
    assert output == b""


def test_without_textual_image_no_picture_is_drawn() -> None:
    code = (
        "import sys; sys.modules['textual_image'] = None\n"
        "from tui.app.graphics.textual_image_adapter import drawing\n"
        "from tui.app.terminal.images import ImageSupport\n"
        "print(drawing(ImageSupport('halfcell')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None"]
