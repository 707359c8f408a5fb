"""Mountains, lakes, dunes and the sea."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.support.pictures.album import skies, terrain
from tests.support.pictures.album.film import develop, linear, mix, rendered_size, smoothstep, unit
from tests.support.pictures.album.noise import Array, fractal, noise, ridged
from tests.support.pictures.album.skies import Sky
from tests.support.pictures.album.terrain import Camera, Height, Surface


def mountains(
    size: tuple[int, int],
    seed: int,
    *,
    snow: float = 2.2,
    sky: Sky | None = None,
    lake: bool = True,
) -> Image.Image:
    """Return a range of mountains, with a lake before it.

    Args:
        size: width and height in pixels.
        seed: of the land.
        snow: the height above which there is snow.
        sky: the sky; by default a day with clouds.
        lake: there is water in front.
    """
    sky = sky or skies.day(seed, 0.45)

    def height(x: Array, z: Array, octaves: int = 9) -> Array:
        land = 3.0 * ridged(x * 0.1 + seed, z * 0.1, octaves, seed, 0.46) - 1.3
        rise = smoothstep(7, 24, z) * (1 - 0.45 * smoothstep(20, 50, z))
        shore = smoothstep(4.5, 9, z + 1.6 * noise(x * 0.4, z * 0.4, seed + 5))
        return land * rise + shore * (0.25 + 0.08 * fractal(x * 1.5, z * 1.5, 4, seed + 8)) - 0.12

    camera = Camera(eye=0.42, horizon=0.62, view=0.82)
    rows, columns = rendered_size(size)
    across, up = camera.rays(rows, columns)
    rays = skies.directions(across, up)
    surface = terrain.look(height, camera, rows, columns, near=0.8, far=60, steps=1000)
    normal = terrain.normals(height, surface, 0.0012)
    lit = terrain.sunlight(lambda x, z: height(x, z, 5), surface, sky.sun, 9)
    land = _land(surface, normal, height(surface.x, surface.z), seed, snow)
    light = _haze(_lighting(land, normal, lit, sky), surface.distance, sky, 75)
    light = np.where(surface.is_sky[..., None], sky.light(rays), light)
    if lake:
        light = _with_lake(light, rays, camera, sky, seed)
    return develop(light, size, seed=seed, exposure=1.05)


def dunes(size: tuple[int, int], seed: int, *, sky: Sky | None = None) -> Image.Image:
    """Return dunes of sand in low light."""
    sky = sky or skies.day(seed, 0.12, height=0.3, side=-0.9)

    def height(x: Array, z: Array, fine: bool = True) -> Array:
        bend = 1.5 * fractal(x * 0.07, z * 0.07, 2, seed)
        phase = (z * 0.16 + bend + 0.1 * x) % 1.0
        crest = np.where(phase < 0.72, phase / 0.72, (1 - phase) / 0.28)
        crest = smoothstep(0, 1.12, crest)
        swell = 2.2 + 1.6 * fractal(x * 0.05, z * 0.05, 2, seed + 3)
        land = crest * swell + 0.05 * z * smoothstep(4, 40, z)
        if fine:
            waves = np.sin(26 * (z + 0.4 * x + 0.35 * fractal(x * 0.8, z * 0.8, 3, seed + 9)))
            land = land + 0.006 * waves
        return land

    camera = Camera(eye=3.9, horizon=0.4, view=0.85)
    rows, columns = rendered_size(size)
    across, up = camera.rays(rows, columns)
    surface = terrain.look(height, camera, rows, columns, near=1.2, far=80, steps=2200)
    normal = terrain.normals(height, surface, 0.004)
    lit = terrain.sunlight(lambda x, z: height(x, z, False), surface, sky.sun, 6, 18)
    grains = 1 + 0.05 * fractal(surface.x * 9, surface.z * 9, 4, seed + 4)
    land = linear(216, 160, 98) * grains[..., None]
    light = _haze(_lighting(land, normal, lit, sky), surface.distance, sky, 70)
    rays = skies.directions(across, up)
    light = np.where(surface.is_sky[..., None], sky.light(rays), light)
    return develop(light, size, seed=seed, exposure=1.0)


def sea(
    size: tuple[int, int], seed: int, *, sky: Sky | None = None, swell: float = 1.0
) -> Image.Image:
    """Return waves up to the horizon."""
    sky = sky or skies.day(seed, 0.5)
    height = _waves(seed, swell)
    camera = Camera(eye=1.5, horizon=0.42, view=1.0)
    rows, columns = rendered_size(size)
    across, up = camera.rays(rows, columns)
    rays = skies.directions(across, up)
    surface = terrain.look(height, camera, rows, columns, near=1.0, far=900, steps=900)
    normal = terrain.normals(height, surface, 0.0022)
    # Waves that are smaller than a pixel only blur.
    flat = np.array([0, 1, 0], np.float32)
    normal = mix(normal, flat, smoothstep(20, 400, surface.z) * 0.85)
    normal = unit(normal)
    light = _water(normal, rays, sky, linear(6, 52, 74))
    crest = height(surface.x, surface.z) / (0.34 * swell)
    spray = fractal(surface.x * 3, surface.z * 3, 6, seed + 70, 0.65)
    foam = smoothstep(0.75, 1.25, crest + 0.9 * spray) * smoothstep(60, 6, surface.z)
    light = mix(light, np.float32(0.75) * sky.sunlight + 0.1 * sky.horizon, 0.75 * foam)
    light = _haze(light, surface.distance, sky, 700)
    light = np.where(surface.is_sky[..., None], sky.light(rays), light)
    return develop(light, size, seed=seed, exposure=1.1)


def _waves(seed: int, swell: float) -> Height:
    """Return a sum of waves whose directions scatter around the wind's."""
    random = np.random.default_rng(seed)
    lengths = np.geomspace(7, 0.16, 22)
    angles = 0.5 * np.pi + random.normal(0, 0.55, len(lengths))
    phases = random.uniform(0, 2 * np.pi, len(lengths))

    def height(x: Array, z: Array) -> Array:
        total = np.zeros(np.broadcast(x, z).shape, np.float32)
        for length, angle, phase in zip(lengths, angles, phases, strict=True):
            number = 2 * np.pi / length
            way = number * (np.cos(angle) * x + np.sin(angle) * z) + phase
            steepness = np.exp(np.sin(way) - 1)  # peaked crests, flat troughs
            total += (0.021 * length * swell * (steepness - 0.45)).astype(np.float32)
        return total

    return height


def _land(surface: Surface, normal: Array, high: Array, seed: int, snow: float) -> Array:
    """Colour the land by its height and slope: grass, woods, rock, snow."""
    x, z = surface.x, surface.z
    patches = fractal(x * 0.8, z * 0.8, 5, seed + 20)
    rock = mix(linear(92, 88, 84), linear(140, 130, 118), 0.5 + patches)
    grass = mix(linear(58, 74, 34), linear(104, 104, 52), 0.5 + patches)
    woods = linear(26, 42, 26) * (1 + 0.5 * fractal(x * 9, z * 9, 3, seed + 21))[..., None]
    steep = normal[..., 1]
    colour = mix(grass, woods, smoothstep(-0.1, 0.25, patches + 0.25 - 0.25 * high))
    colour = mix(colour, rock, smoothstep(0.1, 0.5, 0.35 * high - steep + 0.55 + 0.3 * patches))
    white = smoothstep(-0.25, 0.3, high - snow + 0.9 * patches + 1.4 * (steep - 0.62))
    return mix(colour, linear(236, 240, 248), white)


def _lighting(colour: Array, normal: Array, lit: Array, sky: Sky) -> Array:
    """Light a matt surface by the sun and by the sky."""
    direct = np.clip(normal @ sky.sun, 0, 1) * lit
    ambient = 0.5 + 0.5 * normal[..., 1]
    received = 1.5 * direct[..., None] * sky.sunlight + 0.42 * ambient[..., None] * (
        0.7 * sky.zenith + 0.5 * sky.horizon
    )
    return np.asarray(colour * received)


def _haze(light: Array, distance: Array, sky: Sky, reach: float) -> Array:
    """Fade into the sky's colour with the distance."""
    away = np.where(np.isfinite(distance), distance, 0)
    return mix(light, 0.9 * sky.horizon + 0.05 * sky.zenith, 1 - np.exp(-((away / reach) ** 1.3)))


def _water(normal: Array, rays: Array, sky: Sky, deep: Array) -> Array:
    """Mix the reflected sky and the water's own colour, with Schlick's approximation."""
    facing = np.clip(-(rays * normal).sum(axis=-1), 0.02, 1)
    bounce = rays + 2 * facing[..., None] * normal
    bounce[..., 1] = np.abs(bounce[..., 1]) + 0.02
    bounce = unit(bounce)
    fresnel = 0.02 + 0.98 * (1 - facing) ** 5
    glitter = np.clip(bounce @ sky.sun, 0, 1) ** 180
    through = deep * (0.55 + 0.6 * normal[..., :1]) * (0.6 + 0.5 * sky.sunlight)
    light = mix(through, sky.light(bounce, clouds=False), fresnel)
    return np.asarray(light + (2.5 * glitter)[..., None] * sky.sunlight)


def _with_lake(light: Array, rays: Array, camera: Camera, sky: Sky, seed: int) -> Array:
    """Mirror the picture in the water below the shore."""
    rows, columns = light.shape[:2]
    slope = -rays[..., 1] / rays[..., 2]
    distance = camera.eye / np.maximum(slope, 1e-4)
    x = rays[..., 0] / rays[..., 2] * distance
    shore = 6.1 + 0.9 * fractal(x * 0.35, np.full_like(x, seed), 4, seed + 33)
    is_water = (distance < shore) & (slope > 0)
    ripple = fractal(x * 2.2, distance * 5, 4, seed + 34) * np.clip(distance, 0.3, 5)
    horizon = camera.horizon * rows
    row = np.arange(rows)[:, None]
    mirrored = np.clip(2 * horizon - row + 3.2 * ripple - 2, 0, rows - 1).astype(int)
    column = np.clip(np.arange(columns)[None] + 1.4 * ripple, 0, columns - 1).astype(int)
    reflected = light[mirrored, column]
    facing = np.clip(slope / np.sqrt(1 + slope**2), 0, 1)
    fresnel = 0.06 + 0.9 * (1 - facing) ** 4
    water = mix(linear(10, 36, 44) * (0.4 + 0.4 * sky.sunlight), reflected, fresnel)
    edge = smoothstep(0.0, 0.35, shore - distance)
    return np.where(is_water[..., None], mix(light, water, 0.35 + 0.65 * edge), light)
