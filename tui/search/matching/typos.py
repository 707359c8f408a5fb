"""Finds words with one typo: a wrong, missing or extra letter, or two swapped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Mask

    Bytes = NDArray[np.uint8]
    Positions = NDArray[np.int64]
MIN_LETTERS = 5
"""Shorter words have too many neighbours."""

_NAME_END = ord("\n")


def tolerates_typo(word: str) -> bool:
    """Whether a word may be misspelt; digits and other scripts are matched literally."""
    return len(word) >= MIN_LETTERS and word.isascii() and word.isalpha()


def typo_positions(text: Bytes, word: str, find_bytes: Callable[[bytes], Positions]) -> Positions:
    """Return a position inside each misspelt occurrence of a word, in no order.

    One typo leaves one half of the word intact, so only the occurrences of each half are checked.
    Two letters swapped across the middle break both halves: that spelling is searched literally.

    Args:
        text: names in UTF-8, each ended by a newline.
        word: ASCII letters, at least two.
        find_bytes: returns where in ``text`` some bytes begin.
    """
    letters = np.frombuffer(word.encode(), dtype=np.uint8)
    middle = len(letters) // 2
    left, right = letters[:middle], letters[middle:]
    swapped = letters.copy()
    swapped[[middle - 1, middle]] = swapped[[middle, middle - 1]]
    left_starts = find_bytes(left.tobytes())
    right_starts = find_bytes(right.tobytes())
    after_left = _window(text, left_starts + middle, len(right) + 1, 1)
    before_right = _window(text, right_starts - 1, len(left) + 1, -1)
    return np.concatenate(
        [
            left_starts[_has_one_typo(after_left, right)],
            right_starts[_has_one_typo(before_right, left[::-1])],
            find_bytes(swapped.tobytes()),
        ]
    )


def _window(text: Bytes, starts: Positions, size: int, step: int) -> Bytes:
    """Return the bytes from each start, forwards or backwards, shape ``(k, size)``."""
    positions = starts[:, np.newaxis] + step * np.arange(size)
    outside = (positions < 0) | (positions >= len(text))
    positions[outside] = 0
    windows: Bytes = text[positions]
    windows[outside] = _NAME_END
    return windows


def _has_one_typo(windows: Bytes, word: Bytes) -> Mask:
    """Return a mask of the rows that begin with a word that has one typo, shape ``(k,)``.

    Args:
        windows: shape ``(k, len(word) + 1)``.
        word: at least two bytes.
    """
    size = len(word)
    same = windows[:, :size] == word
    lead, trail = _leading_true(same), _leading_true(same[:, ::-1])
    rows = np.arange(len(windows))
    within = windows[rows, lead] != _NAME_END  # the wrong or extra letter belongs to the name
    wrong = within & (lead + trail >= size - 1)
    shifted_left = (windows[:, 1:] == word)[:, ::-1]
    too_many = within & (lead + _leading_true(shifted_left) >= size)
    shifted_right = (windows[:, : size - 1] == word[1:])[:, ::-1]
    missing = np.minimum(lead, size - 1) + _leading_true(shifted_right) >= size - 1
    first = np.minimum(lead, size - 2)
    swapped = (
        (lead + trail >= size - 2)
        & (windows[rows, first] == word[first + 1])
        & (windows[rows, first + 1] == word[first])
    )
    mask: Mask = wrong | too_many | missing | swapped
    return mask


def _leading_true(truths: Mask) -> Positions:
    """Return how many values precede the first false one in each row."""
    lengths: Positions = np.where(truths.all(axis=1), truths.shape[1], truths.argmin(axis=1))
    return lengths
