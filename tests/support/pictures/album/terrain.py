"""A landscape that is a height above each point of the plane, seen from a point above it.

The camera is at the origin, ``eye`` high, and looks along z. A picture's column looks in one
direction on the plane, so the first point along it whose slope from the eye reaches that of a
pixel is what the pixel shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.support.pictures.album.film import unit
from tests.support.pictures.album.noise import Array

Height = Callable[[Array, Array], Array]
"""The height at points x, z of the plane."""


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from.

    Attributes:
        eye: the height of the camera.
        horizon: the row of the horizon, as a share of the picture's height from above.
        view: the width of the view at distance 1.
    """

    eye: float
    horizon: float = 0.45
    view: float = 1.1

    def rays(self, rows: int, columns: int) -> tuple[Array, Array]:
        """Return the slope of each column to the right, and of each row upwards."""
        across = (np.arange(columns) + 0.5) / columns - 0.5
        up = (self.horizon * rows - np.arange(rows) - 0.5) / columns
        return (across * self.view).astype(np.float32), (up * self.view).astype(np.float32)


@dataclass(frozen=True)
class Surface:
    """What each pixel shows of a landscape.

    Attributes:
        x, z: the point of the plane; meaningless in the sky.
        distance: from the camera along z; infinite in the sky.
    """

    x: Array
    z: Array
    distance: Array

    @property
    def is_sky(self) -> Array:
        """True for each pixel that shows no land."""
        return ~np.isfinite(self.distance)


def look(
    height: Height, camera: Camera, rows: int, columns: int, *, near: float, far: float, steps: int
) -> Surface:
    """Find what each pixel shows between two distances, in steps that grow with the distance."""
    across, up = camera.rays(rows, columns)
    distances = np.geomspace(near, far, steps).astype(np.float32)
    slopes = (
        height(distances[:, None] * across, np.broadcast_to(distances[:, None], (steps, columns)))
        - camera.eye
    ) / distances[:, None]
    highest = np.maximum.accumulate(slopes, axis=0)
    ascending = up[::-1]
    distance = np.full((rows, columns), np.inf, np.float32)
    for column in range(columns):
        profile = highest[:, column]
        step = np.searchsorted(profile, ascending)
        inside = np.clip(step, 1, steps - 1)
        before, after = profile[inside - 1], slopes[inside, column]
        share = np.clip((ascending - before) / np.maximum(after - before, 1e-9), 0, 1)
        reached = distances[inside - 1] + share * (distances[inside] - distances[inside - 1])
        distance[:, column] = np.where(step < steps, reached, np.inf)[::-1]
    ahead = np.where(np.isfinite(distance), distance, far)
    return Surface(ahead * across, ahead, distance)


def normals(height: Height, surface: Surface, detail: float) -> Array:
    """Return the unit normal of each pixel's point, shape (rows, columns, 3).

    Args:
        height: the landscape.
        surface: the points.
        detail: the width over which a slope is measured, at distance 1.
    """
    width = np.maximum(detail * surface.z, 1e-3)
    level = height(surface.x, surface.z)
    right = (height(surface.x + width, surface.z) - level) / width
    forward = (height(surface.x, surface.z + width) - level) / width
    normal = np.stack([-right, np.ones_like(right), -forward], axis=-1)
    return unit(normal)


def sunlight(height: Height, surface: Surface, sun: Array, reach: float, steps: int = 14) -> Array:
    """Return how much of the sun each point sees, from 0 to 1, with soft edges.

    Args:
        height: the landscape, which may be a coarse one.
        surface: the points.
        sun: the unit vector towards the sun.
        reach: how far away something may cast a shadow.
        steps: how many points of the ray are sampled.
    """
    start = height(surface.x, surface.z)
    lit = np.ones_like(start)
    for way in np.geomspace(reach / 200, reach, steps):
        ground = height(surface.x + way * sun[0], surface.z + way * sun[2])
        clearance = (start + way * sun[1] - ground) / way
        lit = np.minimum(lit, np.clip(0.5 + 9 * clearance, 0, 1))
    return lit
