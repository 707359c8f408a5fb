"""Vectors in the form that every library stores: of unit length, in float16."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from tui.core.domain import Half, Keys, Vectors

    FetchVectors = Callable[[Keys], tuple[Keys, Half]]
    """Takes keys and returns those that have a vector, and their vectors in the same order."""

UNIT_TOLERANCE = 1e-2
"""The largest deviation of a vector's length from 1; bfloat16 towers are off by up to 0.4 %."""


def are_unit_length(vectors: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return which vectors, shape ``(n, dim)``, are finite and of unit length; shape ``(n,)``."""
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
    sound: NDArray[np.bool_] = np.abs(lengths - 1.0) <= UNIT_TOLERANCE  # false for NaN
    return sound


def normalize(model_id: str, dim: int | None, vectors: Sequence[Vectors]) -> Half:
    """Return vectors of a model with this registered length, scaled to 1, shape ``(n, dim)``.

    Raises:
        ModelError: the model is not registered, or a vector is not finite, not of unit length,
            or not of the model's length.
    """
    if dim is None:
        raise ModelError(f"The model {model_id} is not registered in this library.")
    if any(vector.shape != (dim,) for vector in vectors):
        raise ModelError(f"The model {model_id} returned a vector whose length is not {dim}.")
    rows = np.stack(vectors).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    if not are_unit_length(rows).all():
        raise ModelError(f"The model {model_id} returned a vector that is not of unit length.")
    scaled: Half = (rows / lengths[:, np.newaxis]).astype("<f2")
    return scaled


def to_float32(vectors: NDArray[np.floating[Any]]) -> Vectors:
    """Return float32 vectors of unit length; the conversion to float16 shortened them a little."""
    rows = vectors.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def fetch_unit_vectors(keys: Keys, fetch: FetchVectors) -> Vectors:
    """Return the unit vectors of keys, float32, shape ``(m, dim)``; NaN for a key without one."""
    available, vectors = fetch(np.unique(keys))
    if not len(available):
        return np.full((len(keys), 1), np.nan, dtype=np.float32)
    order = np.argsort(available)
    rows = np.minimum(np.searchsorted(available, keys, sorter=order), len(available) - 1)
    rows = order[rows]
    aligned = to_float32(vectors)[rows]
    aligned[available[rows] != keys] = np.nan
    return aligned


def refuse_other_length(model_id: str, registered: int, dim: int) -> None:
    """Raise ModelError if a library has vectors of another length for a model."""
    if registered != dim:
        raise ModelError(
            f"The library has vectors of length {registered} for the model {model_id}, "
            f"not {dim}; rename the changed model."
        )
