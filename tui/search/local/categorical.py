"""Columns of repeated texts, such as cameras, which store each text once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A column of repeated texts: a file's is ``values[codes[row]]``, empty if it has none."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]


def append_suffixes(
    column: Categorical | None, parts: Iterable[Sequence[str | None]]
) -> Categorical:
    """Append the suffixes of names in batches, without the dot, to a column; None for a new one."""
    return _append(column, map(_suffixes, parts))


def append_cameras(
    column: Categorical | None, parts: Iterable[Sequence[str | None]]
) -> Categorical:
    """Append cameras in batches to a column; None for a new one."""
    return _append(column, ([name or "" for name in part] for part in parts))


def _append(column: Categorical | None, parts: Iterable[Sequence[str]]) -> Categorical:
    code_of = {value: code for code, value in enumerate(column.values)} if column else {}
    codes = [column.codes] if column else [np.empty(0, dtype=np.int32)]
    for texts in parts:
        for text in dict.fromkeys(texts):
            code_of.setdefault(text, len(code_of))
        codes.append(np.fromiter(map(code_of.__getitem__, texts), np.int32, len(texts)))
    return Categorical(np.concatenate(codes), tuple(code_of))


def _suffixes(names: Sequence[str | None]) -> list[str]:
    return [name.rpartition(".")[2] if name and "." in name else "" for name in names]
