"""What draws pictures with ``textual_image``, imported late and without its questions.

While it is imported, ``textual_image`` asks the terminal what it can do; with Textual already
reading, the answers would be typed into the search. So it is imported here alone, sees no
terminal while it is, and finds the answers laid out.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from PIL import Image
    from textual.strip import Strip

    from tui.app.terminal.images import CellSize, ImageSupport

_standing = threading.RLock()

_STANDARD = [
    level
    for low, high in ((0, 170), (85, 255))
    for blue, green, red in itertools.product((low, high), repeat=3)
    for level in (red, 85 if (red, green, blue) == (170, 170, 0) else green, blue)
]
"""The 16 colours that Rich takes a terminal to have, red, green and blue by turns."""

_FADED = 0.45
"""How much of a faded picture is the colour behind it."""


def drawing(images: ImageSupport) -> type[Any] | None:
    """Return the renderable that draws pictures with characters; None draws none.

    Imports ``textual_image``, PIL and NumPy: call it in a worker, after the first frame. For Sixel
    it is half cells, which are what a slow line gets; ``sixel`` draws the pictures themselves.
    """
    names = {"kitty": "TGPImage", "unicode": "UnicodeImage", "off": ""}
    name = names.get(images.protocol, "HalfcellImage")
    return _from_textual_image(name, images.cell) if name else None


def dithered(image: Image.Image, colours: int) -> Image.Image:
    """Spread an RGB picture over the colours of a terminal that has 16 (Floyd, Steinberg, 1976).

    With 256 the nearest colour looks better: the cube's dark steps are too far apart.
    """
    if colours > 16:
        return image
    from PIL import Image

    palette = Image.new("P", (1, 1))
    palette.putpalette(_STANDARD)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")


def faded(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Mix an RGB picture with the colour behind it, so that it steps back."""
    from PIL import Image

    return Image.blend(image, Image.new("RGB", image.size, colour), _FADED)


def _from_textual_image(name: str, cell: CellSize) -> type[Any] | None:
    try:
        with _standing_in():
            _lay_out_answers(cell)
            found = getattr(importlib.import_module("textual_image.renderable"), name)
    except Exception:  # a picture that can't be drawn is no reason to stop
        return None
    return found if isinstance(found, type) else None


def _lay_out_answers(cell: CellSize) -> None:
    """Give textual_image the cell's size: 0.12 keeps it in one place, 0.14 in another."""
    with contextlib.suppress(ImportError, AttributeError, TypeError):
        known: Any = importlib.import_module("textual_image._terminal")
        size = known.CellSize(*cell)
        known.get_cell_size._result = size
        capabilities = known.TerminalCapabilities(size, sixel=False, tgp=False)
        known.probe_terminal._result = capabilities


class _StandIn:
    """Standard output as it is, but no terminal, so that nobody asks it."""

    def __init__(self, real: TextIO) -> None:
        self._real = real

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextlib.contextmanager
def _standing_in() -> Iterator[None]:
    """Put another standard output in place."""
    real = sys.__stdout__
    if real is None:
        yield
        return
    with _standing:
        setattr(sys, "__stdout__", _StandIn(real))  # noqa: B010 - mypy holds it for constant
        try:
            yield
        finally:
            setattr(sys, "__stdout__", real)  # noqa: B010


def strips(renderable: Any, columns: int) -> tuple[Strip, ...]:
    """Render what ``textual_image`` draws with characters into rows of ``columns`` cells."""
    from io import StringIO

    from rich.console import Console
    from rich.segment import Segment
    from rich.style import Style
    from textual.strip import Strip

    console = Console(
        file=StringIO(), width=columns, color_system="truecolor", legacy_windows=False
    )
    # Shades are drawn light on dark, whatever the theme; what has colours keeps its own.
    shades = Style.parse("#ffffff on #000000")
    rows = console.render_lines(renderable, pad=False)
    return tuple(
        Strip([segment if segment.style else Segment(segment.text, shades) for segment in row])
        for row in rows
    )
