"""The renderables of ``textual_image``, imported late and without its terminal queries.

On import, ``textual_image`` queries the terminal; Textual, which already reads the terminal, would
take the replies for keys. So only this module imports it, while standard output appears to be no
terminal, and sets the cell size itself.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from PIL import Image
    from textual.strip import Strip

    from tui.app.terminal.images import CellSize, ImageSupport

_stdout_lock = threading.RLock()

STANDARD_COLOURS = [
    (red, 85 if (red, green, blue) == (170, 170, 0) else green, blue)
    for low, high in ((0, 170), (85, 255))
    for blue, green, red in itertools.product((low, high), repeat=3)
]
"""The 16 standard colours that Rich assumes: red, green, blue, and so on."""

_SEGMENT_BYTES = 1100
"""The bytes of a strip with one segment, without the text."""


def drawing(images: ImageSupport) -> type[Any] | None:
    """Return the renderable that draws pictures with characters; None if images are off.

    It imports ``textual_image``, PIL and NumPy: call it in a worker, after the first frame. For
    Sixel it returns half cells, the fallback at low bandwidth.
    """
    names = {"kitty": "TGPImage", "unicode": "UnicodeImage", "off": ""}
    name = names.get(images.protocol, "HalfcellImage")
    return _from_textual_image(name, images.cell) if name else None


def dithered(image: Image.Image, colours: int) -> Image.Image:
    """Dither an RGB picture for a terminal with 16 colours (Floyd, Steinberg, 1976).

    With 256 colours the nearest one looks better: the dark steps of the cube are too far apart.
    """
    if colours > 16:
        return image
    from PIL import Image

    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in STANDARD_COLOURS for level in colour])
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")


def _from_textual_image(name: str, cell: CellSize) -> type[Any] | None:
    try:
        with _hidden_terminal():
            _set_cell_size(cell)
            renderable = getattr(importlib.import_module("textual_image.renderable"), name)
    except Exception:  # a picture that can't be drawn is not a reason to stop
        return None
    return renderable if isinstance(renderable, type) else None


def _set_cell_size(cell: CellSize) -> None:
    """Set the cell size in textual_image, of which 0.12 and 0.14 store it differently."""
    with contextlib.suppress(ImportError, AttributeError, TypeError):
        module: Any = importlib.import_module("textual_image._terminal")
        size = module.CellSize(*cell)
        module.get_cell_size._result = size
        capabilities = module.TerminalCapabilities(size, sixel=False, tgp=False)
        module.probe_terminal._result = capabilities


class _NoTerminal:
    """Standard output that claims not to be a terminal."""

    def __init__(self, real: TextIO) -> None:
        self._real = real

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextlib.contextmanager
def _hidden_terminal() -> Iterator[None]:
    """Replace standard output meanwhile."""
    real = sys.__stdout__
    if real is None:
        yield
        return
    with _stdout_lock:
        setattr(sys, "__stdout__", _NoTerminal(real))  # noqa: B010 - mypy holds it for constant
        try:
            yield
        finally:
            setattr(sys, "__stdout__", real)  # noqa: B010


def scaled_pixels(renderable: Any, image: Image.Image, columns: int, rows: int) -> Image.Image:
    """Return the RGB pixels that a renderable draws of an image in ``columns`` x ``rows`` cells.

    Later versions of ``textual_image`` may store them elsewhere; they only scale the image.
    """
    data = getattr(renderable, "_image_data", None)
    if data is None:
        return image.resize((columns, rows * 2))
    pixels: Image.Image = data.scaled(columns, rows * 2).pil_image
    return pixels


def strips(renderable: Any, columns: int) -> tuple[Strip, ...]:
    """Render a renderable of ``textual_image`` into rows of ``columns`` cells."""
    from io import StringIO

    from rich.console import Console
    from rich.segment import Segment
    from rich.style import Style
    from textual.strip import Strip

    console = Console(
        file=StringIO(), width=columns, color_system="truecolor", legacy_windows=False
    )
    # Shades are light on dark in every theme; coloured segments keep their colours.
    shades = Style.parse("#ffffff on #000000")
    rows = console.render_lines(renderable, pad=False)
    return tuple(
        Strip(
            [segment if segment.style else Segment(segment.text, shades) for segment in row],
            columns,
        )
        for row in rows
    )


def bytes_of_text(strips: Iterable[Strip]) -> int:
    """Return the memory of strips of text, by estimate."""
    segments = [segment for strip in strips for segment in strip]
    return sum(_SEGMENT_BYTES + sys.getsizeof(segment.text) for segment in segments)
