"""The sky at night: stars, the Milky Way, the moon and northern lights over dark land."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from tests.support.pictures.album import terrain
from tests.support.pictures.album.film import develop, linear, mix, rendered_size, smoothstep
from tests.support.pictures.album.noise import Array, fractal, noise, ridged
from tests.support.pictures.album.terrain import Camera

_WARM, _COLD = np.array([1.0, 0.78, 0.58]), np.array([0.68, 0.82, 1.0])


def milky_way(size: tuple[int, int], seed: int) -> Image.Image:
    """Return the Milky Way over a ridge with trees."""
    rows, columns = rendered_size(size)
    y, x = _grid(rows, columns)
    along, across = 0.55 * x + 0.85 * y, 0.85 * x - 0.55 * y
    across = across + 0.1 * fractal(along * 2, across * 2, 3, seed)
    band = np.exp(-((across / 0.26) ** 2)) * (0.75 + 0.5 * fractal(along * 3, across * 6, 6, seed))
    dust = smoothstep(0.0, 0.5, fractal(along * 3.2, across * 8, 7, seed + 5, 0.6) + 0.12)
    core = np.exp(-((across / 0.11) ** 2)) * np.exp(-(((along + 0.15) / 0.7) ** 2))
    cloud = band * (1 - 0.8 * dust * np.exp(-((across / 0.16) ** 2)))
    light = mix(linear(24, 38, 58), linear(7, 11, 24), smoothstep(0.55, -0.9, y))
    light = light + (0.085 * cloud)[..., None] * np.array([0.86, 0.84, 1.0])
    light += (0.17 * core * (1 - 0.75 * dust))[..., None] * np.array([1.0, 0.82, 0.66])
    light += (0.1 * np.exp(-((y - 0.62) ** 2) / 0.03))[..., None] * np.array([0.55, 0.5, 0.28])
    light += _stars(rows, columns, seed, 5200, 0.35 + 1.6 * cloud)
    light = _over_ridge(light, seed, linear(3, 4, 6), trees=True)
    return develop(light, size, seed=seed, exposure=1.7, grain=0.016)


def northern_lights(size: tuple[int, int], seed: int) -> Image.Image:
    """Return northern lights over a fjord."""
    rows, columns = rendered_size(size)
    y, x = _grid(rows, columns)
    light = mix(linear(20, 44, 58), linear(6, 12, 30), smoothstep(0.4, -0.9, y))
    light += _stars(rows, columns, seed, 1500, np.ones_like(x))
    for curtain in range(3):
        shift = seed + 40 * curtain
        foot = 0.16 - 0.36 * curtain + 0.6 * fractal(x * 0.6 + curtain, 0 * x + shift, 3, shift)
        height = 0.5 + 0.35 * noise(x * 1.3, 0 * x + shift, shift + 1)
        above = foot - y
        rays = 0.6 + 0.9 * fractal(x * 9 + 0.8 * foot, 0.4 * y + shift, 4, shift + 2)
        glow = np.exp(-np.clip(above, 0, None) / np.maximum(0.34 * height, 0.05))
        glow = glow * smoothstep(-0.04, 0.02, above) * np.clip(rays, 0.1, 2)
        green, violet = np.array([0.16, 1.0, 0.42]), np.array([0.55, 0.25, 0.8])
        tint = mix(green, violet, smoothstep(0.2, 0.7, above))
        light = light + (0.42 / (1 + 0.6 * curtain) * glow)[..., None] * tint
    light = _over_ridge(light, seed, linear(6, 12, 16), trees=False)
    horizon = round(0.8 * rows)
    light[horizon:] = _mirrored(light, horizon, seed)
    return develop(light, size, seed=seed, exposure=1.25, grain=0.014)


def full_moon(size: tuple[int, int], seed: int) -> Image.Image:
    """Return the full moon behind thin clouds, over the sea."""
    rows, columns = rendered_size(size)
    y, x = _grid(rows, columns)
    ratio = columns / rows
    away = np.hypot((x - 0.25) * ratio, y + 0.35)
    face = 0.75 + 0.35 * fractal(x * 9, y * 7, 5, seed + 3)
    disc = smoothstep(0.132, 0.126, away)
    thin = smoothstep(-0.1, 0.55, fractal(x * 1.6, y * 4.5, 7, seed))
    thin *= smoothstep(0.42, 0.1, y)
    light = mix(linear(18, 26, 46), linear(4, 7, 18), smoothstep(0.4, -0.9, y))
    light += _stars(rows, columns, seed, 420, np.ones_like(x)) * (1 - thin)[..., None]
    halo = 0.5 * np.exp(-away / 0.14) + 0.12 * np.exp(-away / 0.5)
    light = light + (halo * (0.3 + 0.9 * thin))[..., None] * np.array([0.8, 0.86, 1.0])
    shown = (disc * (1 - 0.55 * thin) * face)[..., None]
    light = light * (1 - disc[..., None]) + 1.7 * shown * np.array([1.0, 0.96, 0.86])
    light = light + (disc * thin * 0.25)[..., None]
    horizon = round(0.72 * rows)
    below = (np.arange(horizon, rows) - horizon + 1)[:, None] / (rows - horizon)
    waves = fractal(x[horizon:] * 14 / (0.15 + below), 9 / (0.06 + below) + 0 * below, 4, seed + 7)
    path = np.exp(-(((x[horizon:] - 0.25) / (0.05 + 0.2 * below)) ** 2))
    sparkle = smoothstep(0.02, 0.4, waves) * path
    water = mix(linear(16, 24, 42), linear(3, 6, 14), below)
    light[horizon:] = water + (0.9 * sparkle)[..., None] * np.array([0.9, 0.93, 1.0])
    return develop(light, size, seed=seed, exposure=1.3, grain=0.014)


def _grid(rows: int, columns: int) -> tuple[Array, Array]:
    """Return y and x of each pixel, from -1 to 1."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    return y, x


def _stars(rows: int, columns: int, seed: int, count: int, density: Array) -> Array:
    """Scatter stars, few of them bright, more of them where the density is higher."""
    random = np.random.default_rng(seed)
    field = np.zeros((rows, columns, 3), np.float32)
    row, column = random.integers(1, rows - 1, count), random.integers(1, columns - 1, count)
    strength = 0.022 * (1 - random.random(count)) ** -0.66
    strength *= random.random(count) < np.clip(density[row, column], 0, 1)
    tint = _WARM + (_COLD - _WARM) * random.random((count, 1))
    np.add.at(field, (row, column), np.minimum(strength, 6)[:, None] * tint)
    soft = np.zeros_like(field)
    for down, right, share in ((0, 1, 0.45), (1, 0, 0.45), (0, -1, 0.45), (-1, 0, 0.45)):
        soft += share * np.roll(field, (down, right), (0, 1))
    bright = np.where(field > 0.5, field, 0)
    halo = np.stack([_blurred(bright[..., channel], 2.5) for channel in range(3)], axis=-1)
    return np.asarray(1.6 * (field + 0.7 * soft) + 10 * halo)


def _blurred(channel: Array, radius: float) -> Array:
    image = Image.fromarray(np.clip(channel * 40, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 40


def _over_ridge(light: Array, seed: int, colour: Array, trees: bool) -> Array:
    """Put a dark ridge before the sky."""
    rows, columns = light.shape[:2]
    camera = Camera(eye=0.5, horizon=0.8, view=1.0)

    def height(x: Array, z: Array) -> Array:
        land = 1.5 * ridged(x * 0.13 + seed, z * 0.13, 7, seed + 60) - 0.2
        return land * smoothstep(5, 16, z)

    surface = terrain.look(height, camera, rows, columns, near=3, far=40, steps=500)
    across, _ = camera.rays(rows, columns)
    away = np.where(surface.is_sky, 0, surface.distance)
    shade = mix(colour, light[: rows // 2].mean(axis=(0, 1)) * 0.5, away / 60)
    dark = ~surface.is_sky
    if trees:
        dark |= _firs(rows, columns, np.argmax(dark, axis=0), seed)
        shade = np.where(_near_ground(rows, columns, across, seed)[..., None], colour * 0.5, shade)
        dark |= _near_ground(rows, columns, across, seed)
    return np.where(dark[..., None], shade, light)


def _near_ground(rows: int, columns: int, across: Array, seed: int) -> Array:
    line = 0.9 + 0.04 * fractal(across * 4, 0 * across + seed, 4, seed + 66)
    return np.arange(rows)[:, None] > line * rows


def _firs(rows: int, columns: int, ridge: Array, seed: int) -> Array:
    """Return where firs stand in front, from the ground up."""
    random = np.random.default_rng(seed)
    mask = np.zeros((rows, columns), bool)
    y = np.arange(rows)[:, None]
    x = np.arange(columns)[None]
    for _ in range(26):
        left = random.choice([random.uniform(0, 0.34), random.uniform(0.7, 1.0)])
        middle, foot = left * columns, rows * random.uniform(0.9, 0.96)
        tall = rows * random.uniform(0.12, 0.34)
        down = (y - (foot - tall)) / tall
        branches = 0.16 * tall * down * (0.7 + 0.3 * np.sin(34 * down + random.uniform(0, 6)))
        ragged = 1 + 0.5 * noise(x * 0.21, y * 0.21, seed)
        mask |= (np.abs(x - middle) < branches * ragged) & (down > 0) & (down < 1)
    return mask


def _mirrored(light: Array, horizon: int, seed: int) -> Array:
    """Return the picture above a row, mirrored in water that moves a little."""
    rows, columns = light.shape[:2]
    below = np.arange(rows - horizon)[:, None]
    x = np.arange(columns)[None] / columns * 2
    ripple = fractal(x * 14, 60 / (below + 9) + 0 * x, 4, seed + 12)
    row = np.clip(horizon - 1 - 1.6 * below + 7 * ripple * (below / 60 + 0.2), 0, horizon - 1)
    column = np.clip(np.arange(columns)[None] + 5 * ripple, 0, columns - 1)
    return np.asarray(0.62 * light[row.astype(int), column.astype(int)])
