"""Skies by day, at dusk and at night, as light from each direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.support.pictures.album.film import linear, mix, smoothstep, unit
from tests.support.pictures.album.noise import Array, fractal


@dataclass(frozen=True)
class Sky:
    """A sky with a sun and clouds.

    Attributes:
        zenith, horizon: its colours, linear.
        sun: the unit vector towards the sun.
        sunlight: the sun's colour and strength, linear.
        cover: how much of the sky clouds cover, from 0 to 1.
        seed: of the clouds.
        glow: the strength of the light around the sun.
    """

    zenith: Array
    horizon: Array
    sun: Array
    sunlight: Array
    cover: float = 0.4
    seed: int = 0
    glow: float = 0.5

    def light(self, directions: Array, clouds: bool = True) -> Array:
        """Return the light from unit directions, shape (..., 3)."""
        up = np.maximum(directions[..., 1], 0)
        light = mix(self.horizon, self.zenith, 1 - np.exp(-4.5 * up))
        toward = np.clip(directions @ self.sun, 0, 1)
        halo = 0.25 * toward**6 + 0.5 * toward**40 + 1.2 * toward**400
        light = light + self.glow * halo[..., None] * self.sunlight
        disc = smoothstep(0.99965, 0.99985, toward)
        light = light + (disc * 12)[..., None] * self.sunlight
        return self._with_clouds(light, directions, toward) if clouds else light

    def _with_clouds(self, light: Array, directions: Array, toward: Array) -> Array:
        """Add a layer of clouds, which is a plane above the camera."""
        up = np.maximum(directions[..., 1], 0.02)
        x, z = directions[..., 0] / up * 0.9, directions[..., 2] / up * 0.9
        warp = 0.6 * fractal(x * 0.5, z * 0.5, 3, self.seed + 900)
        density = fractal(x + warp, z * 1.4 + warp, 7, self.seed)
        lit = fractal(
            x + warp + 0.12 * self.sun[0], z * 1.4 + warp + 0.12 * self.sun[2], 5, self.seed
        )
        threshold = 0.55 - 0.8 * self.cover
        amount = smoothstep(threshold, threshold + 0.45, density)
        amount *= smoothstep(0.02, 0.16, directions[..., 1])
        relief = np.clip(0.75 + 0.9 * (density - lit), 0.25, 1.4)
        bright = (relief + 1.2 * toward**8)[..., None] * self.sunlight * 0.75
        return mix(light, bright + 0.35 * self.zenith + 0.1 * self.horizon, 0.92 * amount)


def day(seed: int, cover: float = 0.4, height: float = 0.55, side: float = -0.5) -> Sky:
    """Return a blue sky with white clouds."""
    return Sky(
        linear(52, 104, 176),
        linear(176, 204, 228),
        _toward(side, height, 0.8),
        np.array([1.15, 1.08, 0.96], np.float32),
        cover,
        seed,
        0.35,
    )


def dusk(seed: int, cover: float = 0.5, height: float = 0.05, side: float = 0.12) -> Sky:
    """Return a sky with the sun near the horizon."""
    return Sky(
        linear(62, 78, 132),
        linear(244, 160, 96),
        _toward(side, height, 1),
        np.array([1.5, 0.72, 0.32], np.float32),
        cover,
        seed,
        0.9,
    )


def overcast(seed: int) -> Sky:
    """Return a grey sky."""
    return Sky(
        linear(150, 162, 176),
        linear(206, 212, 216),
        _toward(-0.4, 0.6, 0.7),
        np.array([0.7, 0.7, 0.7], np.float32),
        0.75,
        seed,
        0.15,
    )


def directions(across: Array, up: Array) -> Array:
    """Return the unit direction of each pixel from the slopes of columns and rows."""
    rows, columns = len(up), len(across)
    rays = np.stack(
        [
            np.broadcast_to(across, (rows, columns)),
            np.broadcast_to(up[:, None], (rows, columns)),
            np.ones((rows, columns), np.float32),
        ],
        axis=-1,
    )
    return unit(rays)


def _toward(x: float, y: float, z: float) -> Array:
    return unit(np.array([x, y, z]))
