"""Fruit on a table, by tracing a ray of each pixel to spheres and a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.support.pictures.album.film import develop, linear, mix, rendered_size, smoothstep, unit
from tests.support.pictures.album.noise import Array, fractal

_LAMP = np.array([-3.2, 5.2, -1.2], np.float32)
"""The middle of the window that lights the table."""
_LAMP_SIZE = 1.3
_FAR = 1e6


@dataclass(frozen=True)
class _Surface:
    """What each pixel shows: the point, its normal, its colour and how much it shines."""

    point: Array
    normal: Array
    colour: Array
    gloss: Array


@dataclass(frozen=True)
class Fruit:
    """One fruit.

    Attributes:
        kind: ``orange``, ``apple``, ``lemon`` or ``plum``.
        middle: its centre.
        radius: its radius.
        turn: turns its skin.
    """

    kind: str
    middle: Array
    radius: float
    turn: int


def still_life(size: tuple[int, int], seed: int, kinds: tuple[str, ...]) -> Image.Image:
    """Return fruit of these kinds on a wooden table."""
    random = np.random.default_rng(seed)
    fruits = _arranged(kinds, random)
    rows, columns = rendered_size(size)
    origin = np.array([0, 2.3, -5.2], np.float32)
    rays = _rays(rows, columns, origin, np.array([0, 0.42, 0.3], np.float32))
    distance, index = _nearest(origin, rays, fruits)
    point = origin + distance[..., None] * rays
    normal = np.zeros_like(point)
    normal[..., 1] = 1
    colour = _table(point, seed)
    gloss = np.full(index.shape, 0.1, np.float32)
    for number, fruit in enumerate(fruits):
        hit = index == number
        own = (point[hit] - fruit.middle) / fruit.radius
        colour[hit], bump, gloss[hit] = _skin(fruit, own, seed)
        bent = own + bump
        normal[hit] = unit(bent)
    light = _shaded(_Surface(point, normal, colour, gloss), rays, fruits, random)
    back = mix(linear(70, 62, 56), linear(26, 24, 26), smoothstep(-0.2, 0.5, rays[..., 1]))
    wall = back * (1 + 0.2 * fractal(rays[..., 0] * 3, rays[..., 1] * 3, 4, seed))[..., None]
    light = mix(light, wall, smoothstep(4.5, 9, point[..., 2]))
    light = np.where((index == -2)[..., None], wall, light)
    return develop(light, size, seed=seed, exposure=1.35)


def _arranged(kinds: tuple[str, ...], random: np.random.Generator) -> list[Fruit]:
    """Lay fruit side by side so that none touches another."""
    radii = {"orange": 0.56, "apple": 0.6, "lemon": 0.46, "plum": 0.38}
    fruits: list[Fruit] = []
    for turn, kind in enumerate(kinds):
        radius = radii[kind] * random.uniform(0.92, 1.08)
        for _ in range(400):
            middle = np.array([random.normal(0, 1.25), radius, random.normal(0.5, 0.8)], np.float32)
            gaps = [np.linalg.norm(middle - f.middle) - radius - f.radius for f in fruits]
            if all(gap > 0.01 for gap in gaps):
                fruits.append(Fruit(kind, middle, radius, turn))
                break
    return fruits


def _rays(rows: int, columns: int, origin: Array, target: Array) -> Array:
    forward = unit(target - origin)
    right = unit(np.cross([0, 1, 0], forward))
    above = np.cross(forward, right)
    x = ((np.arange(columns) + 0.5) / columns - 0.5)[None, :, None] * 0.92
    y = ((rows / 2 - np.arange(rows) - 0.5) / columns)[:, None, None] * 0.92
    rays = forward + x * right + y * above
    return unit(rays)


def _nearest(origin: Array, rays: Array, fruits: list[Fruit]) -> tuple[Array, Array]:
    """Return the distance to what a ray meets, and its number: -1 is the table, -2 nothing."""
    down = rays[..., 1]
    table = np.where(down < -1e-4, -origin[..., 1] / np.minimum(down, -1e-4), _FAR)
    index = np.where(table < 40, -1, -2)
    distance = np.minimum(table, 40)
    for number, fruit in enumerate(fruits):
        reach = _sphere(origin, rays, fruit)
        closer = reach < distance
        distance = np.where(closer, reach, distance)
        index = np.where(closer, number, index)
    return distance, index


def _sphere(origin: Array, rays: Array, fruit: Fruit) -> Array:
    between = origin - fruit.middle
    half = (between * rays).sum(axis=-1)
    root = half**2 - (between * between).sum(axis=-1) + fruit.radius**2
    reach = -half - np.sqrt(np.maximum(root, 0))
    return np.where((root > 0) & (reach > 1e-3), reach, _FAR)


def _skin(fruit: Fruit, own: Array, seed: int) -> tuple[Array, Array, float]:
    """Return the colour, the bumps of the normal and the gloss at points of a unit sphere."""
    x, y, z = own[..., 0], own[..., 1], own[..., 2]
    turn = np.arctan2(x, -z) + fruit.turn  # the seam is behind
    shift = seed + 13 * fruit.turn
    soft = fractal(turn * 1.2, y * 1.6, 4, shift)
    if fruit.kind == "apple":
        streaks = fractal(turn * 7, y * 0.9, 4, shift + 1)
        ripe = smoothstep(-0.75, 0.3, soft + 0.22 * streaks + 0.3 * np.sin(fruit.turn * 2.2))
        colour = mix(linear(196, 188, 66), linear(172, 22, 28), ripe)
        dots = smoothstep(0.42, 0.5, fractal(turn * 14, y * 14, 2, shift + 2))
        colour = mix(colour, linear(232, 206, 130), 0.5 * dots)
        hollow = smoothstep(0.86, 0.98, y)
        return mix(colour, linear(64, 56, 22), hollow), -0.5 * hollow[..., None] * own, 0.75
    if fruit.kind == "plum":
        bloom = smoothstep(-0.3, 0.6, soft)
        return mix(linear(58, 22, 52), linear(112, 92, 136), 0.6 * bloom), 0 * own, 0.35
    pores = fractal(turn * 16, y * 16 + 0.5, 2, shift + 3)
    bump = 0.22 * np.stack([pores, np.roll(pores, 1), fractal(turn * 16, y * 16, 2, shift + 4)], -1)
    if fruit.kind == "lemon":
        colour = mix(linear(244, 202, 30), linear(232, 198, 54), 0.5 + soft)
        return colour, 0.8 * bump, 0.5
    colour = mix(linear(232, 118, 20), linear(244, 150, 34), 0.5 + soft)
    navel = smoothstep(0.93, 0.99, y)
    return mix(colour, linear(88, 96, 40), navel), bump, 0.5


def _table(point: Array, seed: int) -> Array:
    """Return the colour of boards with grain."""
    x, z = point[..., 0], point[..., 2]
    board = np.floor(z / 0.95)
    grain = fractal(x * 0.5 + 9 * board, z * 7 + 0.8 * fractal(x, z, 3, seed), 5, seed + 5, 0.6)
    rings = 0.5 + 0.5 * np.sin(16 * (z + 0.35 * grain) + 0.8 * x)
    wood = mix(linear(112, 74, 44), linear(158, 110, 68), 0.45 + 0.5 * grain + 0.12 * rings)
    gap = np.abs(z % 0.95 - 0.475) > 0.462
    return np.where(gap[..., None], wood * 0.3, wood).astype(np.float32)


def _shaded(
    surface: _Surface, rays: Array, fruits: list[Fruit], random: np.random.Generator
) -> Array:
    """Light a surface by the window and the room."""
    point, normal = surface.point, surface.normal
    lamp = _LAMP - point
    away = np.linalg.norm(lamp, axis=-1, keepdims=True)
    toward = lamp / away
    visible = np.zeros(point.shape[:2], np.float32)
    samples = 10
    for _ in range(samples):
        target = _LAMP + random.uniform(-_LAMP_SIZE, _LAMP_SIZE, 3).astype(np.float32)
        path = unit(target - point)
        start = point + 0.01 * normal
        blocked = np.zeros(visible.shape, bool)
        for fruit in fruits:
            blocked |= _sphere(start, path, fruit) < _FAR
        visible += ~blocked
    visible /= samples
    occlusion = np.ones_like(visible)
    for fruit in fruits:
        gap = fruit.middle - point
        far = np.linalg.norm(gap, axis=-1)
        facing = np.clip((gap / far[..., None] * normal).sum(axis=-1), 0, 1)
        occlusion *= 1 - 0.75 * facing * np.clip(fruit.radius / far, 0, 1) ** 2
    direct = np.clip((normal * toward).sum(axis=-1), 0, 1) * visible
    sun = np.array([1.9, 1.75, 1.5], np.float32)
    room = np.array([0.2, 0.22, 0.27], np.float32)
    light = surface.colour * (
        direct[..., None] * sun + (occlusion * (0.6 + 0.4 * normal[..., 1]))[..., None] * room
    )
    half = unit(toward - rays)
    shine = np.clip((normal * half).sum(axis=-1), 0, 1)
    glint = surface.gloss * visible * (0.55 * shine**90 + 0.12 * shine**14)
    return np.asarray(light + glint[..., None] * sun)
