"""Gradient noise over the plane, from which the rendered pictures get their detail.

The noise is that of K. Perlin, "Improving Noise", SIGGRAPH 2002, with hashed lattice gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""A number or a truth value for each pixel, or a colour or direction along the last axis."""

_TURNS = np.arange(256) * (2 * np.pi / 256)
_GRADIENTS = np.stack([np.cos(_TURNS), np.sin(_TURNS)]).astype(np.float32)


def noise(x: Array, y: Array, seed: int = 0) -> Array:
    """Return smooth noise between about -0.7 and 0.7 at each point, float32."""
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    across = (x - column).astype(np.float32)
    down = (y - row).astype(np.float32)
    u, v = _fade(across), _fade(down)
    upper = _lerp(
        _corner(column, row, across, down, seed),
        _corner(column + 1, row, across - 1, down, seed),
        u,
    )
    lower = _lerp(
        _corner(column, row + 1, across, down - 1, seed),
        _corner(column + 1, row + 1, across - 1, down - 1, seed),
        u,
    )
    return _lerp(upper, lower, v)


def fractal(x: Array, y: Array, octaves: int, seed: int = 0, gain: float = 0.5) -> Array:
    """Add octaves of noise, each of twice the frequency and ``gain`` times the height."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        total += amplitude * noise(x, y, seed + 31 * octave)
        # A turn between octaves hides the lattice.
        x, y = 1.6 * x + 1.2 * y + 3.1, 1.6 * y - 1.2 * x + 7.7
        amplitude *= gain
    return total


def ridged(x: Array, y: Array, octaves: int, seed: int = 0, gain: float = 0.5) -> Array:
    """Add octaves of noise with sharp crests, as mountains have; between about 0 and 2."""
    total = np.zeros(np.broadcast(x, y).shape, np.float32)
    amplitude, weight = 1.0, np.float32(1.0)
    for octave in range(octaves):
        crest = (1 - np.abs(2 * noise(x, y, seed + 57 * octave))) ** 2
        total += amplitude * weight * crest
        weight = np.clip(crest * 1.6, 0, 1)  # valleys stay smooth
        x, y = 1.6 * x + 1.2 * y + 5.3, 1.6 * y - 1.2 * x + 1.9
        amplitude *= gain
    return total


def hashed(column: Array, row: Array, seed: int = 0) -> Array:
    """Return a random number from 0 to 1 for each pair of whole numbers, float32."""
    bits = _hash(np.asarray(column).astype(np.int64), np.asarray(row).astype(np.int64), seed)
    return (bits & 0xFFFF).astype(np.float32) / np.float32(0xFFFF)


def _hash(column: NDArray[np.int64], row: NDArray[np.int64], seed: int) -> NDArray[np.uint32]:
    """Mix two whole numbers, with the finalizer of MurmurHash3."""
    bits = (column * 374_761_393 + row * 668_265_263 + seed * 1_274_126_177).astype(np.uint32)
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x85EBCA6B)
    bits ^= bits >> np.uint32(13)
    bits *= np.uint32(0xC2B2AE35)
    return bits ^ (bits >> np.uint32(16))


def _corner(
    column: NDArray[np.int64], row: NDArray[np.int64], across: Array, down: Array, seed: int
) -> Array:
    turn = _hash(column, row, seed) & np.uint32(255)
    return np.asarray(_GRADIENTS[0][turn] * across + _GRADIENTS[1][turn] * down)


def _fade(share: Array) -> Array:
    return np.asarray(share * share * share * (share * (share * 6 - 15) + 10))


def _lerp(first: Array, second: Array, share: Array) -> Array:
    return np.asarray(first + (second - first) * share)
