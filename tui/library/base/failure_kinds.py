"""The kinds of failure in the catalog, with a remedy for each.

A failure is stored as the sentence of its decoder (see `tui.images.errors`), so its kind is
recognized by the words of that sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.core.domain import Failure


@dataclass(frozen=True, slots=True)
class FailureKind:
    """A kind of failure.

    Attributes:
        name: one word, for programs.
        title: a heading, for the user.
        advice: the remedy, in one sentence.
    """

    name: str
    title: str
    advice: str


BROKEN = FailureKind(
    "broken",
    "Broken or unknown files",
    "Restore them from a backup, or open and save them in an image editor.",
)

_KINDS: tuple[tuple[re.Pattern[str], FailureKind], ...] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (
            r"can't be read: |permission denied|no access",
            FailureKind(
                "access",
                "Files without access",
                "Check their permissions and the disk, then index the folder again.",
            ),
        ),
        (
            r"truncated file|cut off: ",  # the latter in older catalogs
            FailureKind("incomplete", "Incomplete files", "Copy or download them again."),
        ),
        (
            r"needs the package",
            FailureKind(
                "package",
                "Files that need another package",
                "Install the package that is named, then index the folder again.",
            ),
        ),
        (
            r"more memory|megapixels",
            FailureKind("too_large", "Files that are too large", "Save a smaller copy of them."),
        ),
        (
            r"took longer|crashed",
            FailureKind(
                "decoder",
                "Files that the decoder can't finish",
                "Open and save them in an image editor.",
            ),
        ),
        (
            r"\bvideo\b",
            FailureKind("video", "Videos", "Save single frames as pictures, with ffmpeg."),
        ),
        (
            r"is empty|text file|is not a picture|\bpage\b",
            FailureKind(
                "no_picture",
                "Files that are not pictures",
                "Rename or remove them, or exclude them with `index --exclude`.",
            ),
        ),
    )
)

KINDS: tuple[FailureKind, ...] = (*(kind for _, kind in _KINDS), BROKEN)
"""All kinds, in the order in which they are listed."""


def kind_of(reason: str) -> FailureKind:
    """Return the kind of a failure from its sentence."""
    return next((kind for words, kind in _KINDS if words.search(reason)), BROKEN)


def by_kind(failures: Iterable[Failure]) -> list[tuple[FailureKind, list[Failure]]]:
    """Group failures by their kind, in the order of `KINDS`; each group keeps its order."""
    groups: dict[FailureKind, list[Failure]] = {kind: [] for kind in KINDS}
    for failure in failures:
        groups[kind_of(failure.reason)].append(failure)
    return [(kind, group) for kind, group in groups.items() if group]
