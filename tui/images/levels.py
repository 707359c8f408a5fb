"""Determines which value of a sample of more than 8 bits is white.

Cameras of 10 and 12 bits write their values unscaled into 16-bit samples, so that white is 1,023 or
4,095, a sixteenth of the maximum: the picture would be black. TIFF has a tag for it
(``MaxSampleValue``, TIFF 6.0, section 8), which most programs omit. Without it, the greatest value
decides, but only if 8 bits would show 16 levels or fewer: such a picture shows nothing otherwise,
and one with more levels stays as dark as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

_BITS_PER_SAMPLE, _PHOTOMETRIC, _MAX_SAMPLE_VALUE = 258, 262, 281
_WHITE = 65_535
_USUAL_WHITES = (255, 1023, 4095)


class Levels(NamedTuple):
    """The levels of a file's samples, as its metadata states them.

    Attributes:
        white: the value of white, 0 if it is not stated.
        inverted: whether 0 is white.
        deep: whether the file has more than 8 bits a sample.
    """

    white: int = 0
    inverted: bool = False
    deep: bool = False


FULL = Levels()


def levels_of(image: Image.Image) -> Levels:
    """Return the levels that an opened picture states."""
    if image.format == "PPM":  # The largest value is in the header, and Pillow has applied it.
        return Levels(_WHITE)
    tags = getattr(image, "tag_v2", None)
    if image.format != "TIFF" or tags is None:
        return FULL
    bits = _greatest(tags.get(_BITS_PER_SAMPLE))
    white = _greatest(tags.get(_MAX_SAMPLE_VALUE))
    if not 0 < white < 1 << bits:
        white = (1 << bits) - 1 if 8 < bits < 16 else 0
    deep = 8 < bits <= 16
    # Pillow has already inverted samples of up to 8 bits.
    return Levels(white, inverted=bits > 8 and tags.get(_PHOTOMETRIC) == 0, deep=deep)


def true_white(highest: int, levels: Levels) -> int:
    """Return the value of white for 16-bit samples of which ``highest`` is the greatest."""
    if levels.white >= highest:
        return levels.white
    return next((white for white in _USUAL_WHITES if highest <= white), _WHITE)


def eight_bits(values: NDArray[Any], levels: Levels) -> NDArray[np.uint8]:
    """Convert 16-bit samples to 8 bits."""
    white = true_white(int(values.max()), levels)
    if white == _WHITE:
        return (values >> 8).astype(np.uint8)
    table = np.minimum(np.arange(_WHITE + 1) * 255 // white, 255).astype(np.uint8)
    scaled: NDArray[np.uint8] = table[values]
    return scaled


def _greatest(value: object) -> int:
    values = value if isinstance(value, tuple) else (value,)
    return max((number for number in values if isinstance(number, int)), default=0)
