"""File names that hold a word with one slip: a letter wrong, missing, too many, or two swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.search.matching.file_names import FileNames

    Bytes = NDArray[np.uint8]
    Truths = NDArray[np.bool_]

SHORTEST = 5
"""Letters; shorter words have too many neighbours."""

_END = ord("\n")


def tolerates_typo(part: str) -> bool:
    """Whether a word may be spelled wrong; digits and other scripts are meant as they are."""
    return len(part) >= SHORTEST and part.isascii() and part.isalpha()


def nearly_with(names: FileNames, part: str) -> Truths:
    """Tell which names hold a word with one slip in it, shape ``(n,)``.

    One slip leaves one half of the word as it is, so that only the places of each half are looked
    at; a swap in the middle is looked for as it would be.
    """
    word = np.frombuffer(part.encode(), dtype=np.uint8)
    middle = len(word) // 2
    left, right = word[:middle], word[middle:]
    swapped = word.copy()
    swapped[[middle - 1, middle]] = swapped[[middle, middle - 1]]
    after_left = names.find_bytes(left.tobytes())
    before_right = names.find_bytes(right.tobytes())
    forward = _window(names.text, after_left + middle, len(right) + 1, 1)
    backward = _window(names.text, before_right - 1, len(left) + 1, -1)
    places = [
        after_left[_one_slip(forward, right)],
        before_right[_one_slip(backward, left[::-1])],
        names.find_bytes(swapped.tobytes()),
    ]
    holding = np.zeros(len(names), dtype=np.bool_)
    holding[names.rows_of_bytes(np.concatenate(places))] = True
    return holding


def _window(text: Bytes, places: NDArray[np.int64], size: int, step: int) -> Bytes:
    """Return the bytes from each place on, forwards or backwards, shape ``(k, size)``."""
    wanted = places[:, np.newaxis] + step * np.arange(size)
    outside = (wanted < 0) | (wanted >= len(text))
    wanted[outside] = 0
    found: Bytes = text[wanted]
    found[outside] = _END
    return found


def _one_slip(seen: Bytes, word: Bytes) -> Truths:
    """Tell which rows of bytes begin with a word that has one slip, shape ``(k,)``.

    Args:
        seen: shape ``(k, len(word) + 1)``.
        word: at least two bytes.
    """
    size = len(word)
    same = seen[:, :size] == word
    lead, trail = _run(same), _run(same[:, ::-1])
    rows = np.arange(len(seen))
    within = seen[rows, lead] != _END  # the letter that is wrong or too many is one of the name's
    wrong = within & (lead + trail >= size - 1)
    too_many = within & (lead + _run((seen[:, 1:] == word)[:, ::-1]) >= size)
    shifted = (seen[:, : size - 1] == word[1:])[:, ::-1]
    missing = np.minimum(lead, size - 1) + _run(shifted) >= size - 1
    first = np.minimum(lead, size - 2)
    swapped = (
        (lead + trail >= size - 2)
        & (seen[rows, first] == word[first + 1])
        & (seen[rows, first + 1] == word[first])
    )
    slipped: Truths = wrong | too_many | missing | swapped
    return slipped


def _run(truths: Truths) -> NDArray[np.int64]:
    """Return how many are true before the first that is not, row by row."""
    lengths: NDArray[np.int64] = np.where(
        truths.all(axis=1), truths.shape[1], truths.argmin(axis=1)
    )
    return lengths
