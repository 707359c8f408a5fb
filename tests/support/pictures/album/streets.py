"""Streets between houses: each pixel is where its ray meets a facade, the ground or the sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.support.pictures.album import skies
from tests.support.pictures.album.film import develop, linear, mix, rendered_size, smoothstep, unit
from tests.support.pictures.album.noise import Array, fractal, hashed
from tests.support.pictures.album.skies import Sky

_EYE = 1.7
_HALF_WIDTH = 4.6
_FLOOR = 3.2
"""The height of a storey in metres."""
_HOUSE = 7.5
"""The width of a house in metres."""
_BAY = 2.5
"""The width that a window and the wall around it take, in metres."""

_PAINTS = np.stack(
    [
        linear(236, 206, 140),
        linear(226, 158, 130),
        linear(238, 232, 218),
        linear(150, 182, 196),
        linear(214, 178, 100),
        linear(196, 120, 104),
        linear(176, 196, 160),
        linear(240, 220, 196),
    ]
)
_LAMP = np.array([1.0, 0.66, 0.3], np.float32)


@dataclass(frozen=True)
class _Rays:
    """The rays of the pixels: slopes to the right and upwards at distance 1."""

    across: Array
    up: Array


def _rays(rows: int, columns: int, horizon: float) -> _Rays:
    across = (np.arange(columns) + 0.5) / columns - 0.5
    up = (horizon * rows - np.arange(rows) - 0.5) / columns
    grid = np.broadcast_arrays(across[None] * 1.25, up[:, None] * 1.25)
    return _Rays(*(np.array(each, np.float32) for each in grid))


def by_day(size: tuple[int, int], seed: int) -> Image.Image:
    """Return an old street in the sun."""
    sky = skies.day(seed, 0.2, height=0.9, side=-0.75)
    rows, columns = rendered_size(size)
    rays = _rays(rows, columns, 0.6)
    light = sky.light(_directions(rays))
    light = _with_facades(light, rays, seed, sky)
    light = _with_ground(light, rays, seed, sky)
    return develop(light, size, seed=seed, exposure=1.15)


def by_night(size: tuple[int, int], seed: int) -> Image.Image:
    """Return a street after rain, with lamps, windows and their reflections."""
    rows, columns = rendered_size(size)
    rays = _rays(rows, columns, 0.52)
    light = np.broadcast_to(linear(14, 18, 34), (rows, columns, 3)).copy()
    upper = _night_side(light, rays.across, rays.up, seed)
    down = np.minimum(rays.up, -1e-4)
    distance = -_EYE / down
    x = rays.across * distance
    rough = fractal(x * 2.4, distance * 1.1, 5, seed + 3)
    puddle = smoothstep(-0.1, 0.22, fractal(x * 0.5, distance * 0.22, 4, seed + 4))
    sway = (0.012 + 0.03 * (1 - puddle)) * rough
    mirrored = _night_side(light, rays.across + sway, np.abs(rays.up) * 0.96 + 2 * sway, seed)
    stones = 0.5 + 0.5 * _setts(x, distance, seed)
    lamps = 0.05 + 0.5 * np.exp(-((np.abs(distance % 11 - 5.5) / 3.0) ** 2))
    ground = (0.1 * stones * lamps)[..., None] * _LAMP + 0.005
    ground = ground + (0.2 + 0.7 * puddle)[..., None] * mirrored
    is_ground = (rays.up < 0) & (np.abs(x) < _HALF_WIDTH)
    light = np.where(is_ground[..., None], ground, upper)
    light = _with_bokeh(light, seed)
    return develop(light, size, seed=seed, exposure=1.5, grain=0.012)


def _directions(rays: _Rays) -> Array:
    vectors = np.stack([rays.across, rays.up, np.ones_like(rays.up)], axis=-1)
    return unit(vectors)


def _wall(across: Array, up: Array) -> tuple[Array, Array, Array]:
    """Return the distance, height and side of the facade that a ray meets."""
    distance = _HALF_WIDTH / np.maximum(np.abs(across), 1e-4)
    return distance, _EYE + up * distance, np.sign(across)


def _roof(house: Array, seed: int) -> Array:
    """Return the height of a house's facade."""
    return _FLOOR * (3 + np.floor(2.99 * hashed(house, 0 * house, seed + 11))) + 0.9


def _with_facades(light: Array, rays: _Rays, seed: int, sky: Sky) -> Array:
    distance, height, side = _wall(rays.across, rays.up)
    house = np.floor(distance / _HOUSE) + 1000 * (side > 0)
    roof = _roof(house, seed)
    index = (hashed(house, 0 * house, seed) * 7.99).astype(int)
    paint = (
        _PAINTS[index]
        * (0.86 + 0.16 * fractal(distance * 0.9, height * 0.9, 5, seed + 2) - 0.1 * (height < 0.7))[
            ..., None
        ]
    )
    along, up, storey = _bay(distance, height)
    frame, glass, shutter = _window(along, up)
    sunny = side > 0
    shade = np.where(sunny, 1.0, 0.34)
    # The houses on the other side shade the lower storeys.
    lit = np.where(sunny, smoothstep(3.6, 4.6, height + 0.5 * np.sin(distance * 0.9)), 0)
    sun = 1.1 * lit[..., None] * sky.sunlight
    ambient = 0.5 * (0.6 * sky.zenith + 0.9 * sky.horizon) * (0.6 + 0.4 * shade)[..., None]
    colour = paint
    green = np.stack([linear(52, 96, 78), linear(92, 58, 40), linear(56, 76, 110)])
    blind = green[(hashed(house, 0 * house, seed + 6) * 2.99).astype(int)]
    slats = 0.8 + 0.2 * np.sin(up * 120)
    colour = np.where(shutter[..., None], blind * slats[..., None], colour)
    colour = np.where(frame[..., None], linear(236, 232, 224), colour)
    pane = linear(16, 20, 26) + 0.2 * sky.horizon * hashed(storey, house, seed + 8)[..., None]
    colour = np.where(glass[..., None], pane, colour)
    colour = np.where(((height < 3.0) & _door(along))[..., None], linear(62, 44, 34), colour)
    eaves = smoothstep(roof - 0.35, roof - 0.3, height)
    colour = mix(colour, linear(150, 86, 62), eaves)
    ledge = np.abs(height % _FLOOR - 0.04) < 0.07
    colour = np.where(ledge[..., None], colour * 0.8 + 0.1, colour)
    facade = colour * (sun + ambient)
    facade = mix(facade, sky.horizon, 1 - np.exp(-((distance / 110) ** 1.3)))
    is_wall = (height < roof) & (height > 0) & (distance < 160)
    return np.where(is_wall[..., None], facade, light)


def _bay(distance: Array, height: Array) -> tuple[Array, Array, Array]:
    """Return where in a bay of its storey each point is, and the storey."""
    return distance % _BAY, height % _FLOOR, np.floor(height / _FLOOR)


def _window(along: Array, up: Array) -> tuple[Array, Array, Array]:
    """Return which points are frame, glass and shutter."""
    middle = np.abs(along - _BAY / 2)
    inside = (middle < 0.52) & (up > 0.75) & (up < 2.6)
    bars = (middle < 0.04) | (np.abs(up - 1.95) < 0.04)
    glass = (middle < 0.46) & (up > 0.82) & (up < 2.53) & ~bars
    shutter = (middle >= 0.52) & (middle < 1.0) & (up > 0.75) & (up < 2.6)
    return inside, glass, shutter


def _door(along: Array) -> Array:
    return np.abs(along - _BAY / 2) < 0.6


def _with_ground(light: Array, rays: _Rays, seed: int, sky: Sky) -> Array:
    down = np.minimum(rays.up, -1e-4)
    distance = -_EYE / down
    x = rays.across * distance
    pavement = np.abs(x) > _HALF_WIDTH - 1.3
    stones = _setts(x, distance, seed) * np.where(pavement, 1.25, 1.0)
    colour = linear(132, 124, 114) * (0.5 + 0.5 * stones)[..., None]
    rails = (np.abs(np.abs(x) - 0.72) < 0.045).astype(np.float32)
    colour = mix(colour, linear(96, 98, 104), rails)
    # The left houses' roofs draw the edge of the shade.
    house = np.floor(distance / _HOUSE)
    edge = _HALF_WIDTH * 0.35 - 0.25 * (_roof(house, seed) - 10) / _FLOOR
    lit = smoothstep(edge - 0.1, edge + 0.1, x)
    light_on = (1.1 * lit)[..., None] * sky.sunlight + 0.4 * (sky.zenith + 0.5 * sky.horizon)
    ground = mix(colour * light_on, sky.horizon, 1 - np.exp(-((distance / 120) ** 1.3)))
    return np.where(((rays.up < 0) & (np.abs(x) < _HALF_WIDTH))[..., None], ground, light)


def _setts(x: Array, z: Array, seed: int) -> Array:
    """Return the brightness of a pavement of small stones."""
    size = 0.22
    row = np.floor(z / size)
    column = np.floor(x / size + 0.5 * (row % 2))
    inside_x, inside_z = (x / size + 0.5 * (row % 2)) % 1, (z / size) % 1
    edge = np.minimum(np.minimum(inside_x, 1 - inside_x), np.minimum(inside_z, 1 - inside_z))
    near = smoothstep(26, 6, z)
    joints = 1 - 0.45 * near * smoothstep(0.12, 0.02, edge)
    return joints * (0.75 + 0.3 * hashed(column, row, seed) * near + 0.15 * (1 - near))


def _night_side(sky: Array, across: Array, up: Array, seed: int) -> Array:
    """Return the light of facades, windows and lamps in the direction of each ray."""
    distance, height, side = _wall(across, up)
    house = np.floor(distance / _HOUSE) + 1000 * (side > 0)
    roof = _roof(house, seed)
    along, rise, storey = _bay(distance, height)
    bay = np.floor(distance / _BAY)
    _, glass, _ = _window(along, rise)
    index = (hashed(house, 0 * house, seed) * 7.99).astype(int)
    pools = np.exp(-((distance % 11 - 5.5) ** 2) / 7 - (height - 3.4) ** 2 / 9)
    wall = _PAINTS[index] * (0.012 + 0.3 * pools)[..., None] * _LAMP
    wall = wall * (0.8 + 0.3 * fractal(distance, height, 4, seed + 2))[..., None]
    is_on = hashed(bay + 77 * (side > 0), storey, seed + 5)
    tint = mix(_LAMP, np.array([0.75, 0.85, 1.0], np.float32), smoothstep(0.85, 0.95, is_on))
    curtain = 0.55 + 0.6 * rise / _FLOOR
    glow = np.where(is_on > 0.62, 0.85 * curtain, 0.015)
    wall = np.where(glass[..., None], glow[..., None] * tint, wall)
    shop = (height < 2.7) & (height > 0.5) & (np.abs(along - _BAY / 2) < 1.05)
    open_late = hashed(house, 0 * house, seed + 9) > 0.45
    signs = np.stack([_LAMP, np.array([1.0, 0.5, 0.3]), np.array([0.6, 0.85, 1.0])])
    sign = signs[(hashed(house, 0 * house, seed + 10) * 2.99).astype(int)]
    wall = np.where(
        (shop & open_late)[..., None],
        (0.75 * fractal(distance * 2, height * 2, 4, seed + 21) + 0.8)[..., None] * sign,
        wall,
    )
    wall = mix(wall, linear(52, 44, 48), 1 - np.exp(-((distance / 70) ** 1.3)))
    is_wall = (height < roof) & (height > 0) & (distance < 140)
    light = np.where(is_wall[..., None], wall, sky)
    for lamp in range(1, 9):
        away = 11 * lamp - 5.5
        for at in (-_HALF_WIDTH + 0.9, _HALF_WIDTH - 0.9):
            gap = np.hypot(across - at / away, up - (4.1 - _EYE) / away) * away
            light = (
                light + (1.6 * np.exp(-gap / 0.16) + 0.1 * np.exp(-gap / 1.1))[..., None] * _LAMP
            )
    return light


def _with_bokeh(light: Array, seed: int) -> Array:
    """Add the lights of cars far away, out of focus."""
    rows, columns = light.shape[:2]
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    for _ in range(9):
        middle = columns * (0.5 + random.normal(0, 0.035)), rows * (0.535 + random.uniform(0, 0.03))
        radius = columns * random.uniform(0.006, 0.013)
        disc = smoothstep(radius + 1, radius - 1, np.hypot(x - middle[0], y - middle[1]))
        tint = random.choice([[1.0, 0.12, 0.08], [1.0, 0.92, 0.75]])
        light = light + (0.8 * disc)[..., None] * np.array(tint)
    return light
