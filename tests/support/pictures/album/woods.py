"""Trees: firs in fog, and a single tree on a meadow."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from tests.support.pictures.album import skies
from tests.support.pictures.album.film import develop, linear, mix, rendered_size, smoothstep, unit
from tests.support.pictures.album.noise import Array, fractal

_LEAVES = {
    "summer": (linear(38, 70, 20), linear(124, 156, 52)),
    "autumn": (linear(126, 44, 12), linear(236, 150, 40)),
}


def foggy_firs(size: tuple[int, int], seed: int) -> Image.Image:
    """Return layers of firs that fade into the fog."""
    rows, columns = rendered_size(size)
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j].astype(np.float32)
    glow = np.exp(-(((x - 0.62) / 0.5) ** 2) - ((y - 0.2) / 0.45) ** 2)
    light = mix(linear(168, 182, 190), linear(250, 232, 200), glow)
    layers = 6
    for layer in range(layers):
        depth = layer / (layers - 1)
        mask = _row_of_firs(rows, columns, random, depth)
        near = linear(14, 26, 22) * (0.8 + 0.5 * fractal(x * 30, y * 30, 3, seed))[..., None]
        colour = mix(
            np.broadcast_to(light, near.shape), near, np.full_like(x, 0.1 + 0.88 * depth**1.3)
        )
        light = mix(light, colour, mask)
        drift = fractal(x * 3 + layer, y * 7, 5, seed + layer)
        fog = smoothstep(0.35, 1.05, y + 0.22 * drift) * (1 - depth)
        light = mix(light, linear(206, 214, 216), 0.6 * fog)
    return develop(light, size, seed=seed, exposure=0.8)


def _row_of_firs(rows: int, columns: int, random: np.random.Generator, depth: float) -> Array:
    """Draw the outlines of a row of firs; near ones are larger and fewer."""
    image = Image.new("L", (columns, rows))
    draw = ImageDraw.Draw(image)
    tall = rows * (0.2 + 0.62 * depth**1.5)
    count = int(7 + 46 * (1 - depth) ** 1.4)
    foot = rows * (0.56 + 0.5 * depth)
    for middle in random.uniform(-0.05, 1.05, count) * columns:
        _fir(
            draw,
            random,
            middle,
            foot + random.uniform(0, 0.08) * rows,
            tall * random.uniform(0.65, 1.1),
        )
    ground = foot + 0.015 * rows * np.sin(np.linspace(0, 9, columns) + 9 * depth)
    outline = [(float(column), float(row)) for column, row in enumerate(ground)]
    draw.polygon([(0, rows), *outline, (columns, rows)], fill=255)
    return np.asarray(image, np.float32) / 255


def _fir(
    draw: ImageDraw.ImageDraw, random: np.random.Generator, x: float, foot: float, tall: float
) -> None:
    draw.line([(x, foot), (x, foot - tall)], fill=255, width=max(1, round(tall / 60)))
    whorls = max(14, round(tall / 7))
    for whorl in range(whorls):
        share = (whorl + random.uniform(0, 0.6)) / whorls
        base = foot - tall * (1 - share)
        reach = tall * 0.2 * share**0.8 * random.uniform(0.7, 1.15)
        for side in (-1, 1):
            tip = (x + side * reach, base + reach * random.uniform(0.3, 0.5))
            thick = max(1.0, tall * 0.012)
            draw.polygon(
                [
                    (x, base - thick),
                    (x + side * reach * 0.5, base + 0.1 * reach),
                    tip,
                    (x, base + 1.8 * thick),
                ],
                fill=255,
            )


def tree(size: tuple[int, int], seed: int, season: str = "summer") -> Image.Image:
    """Return a tree on a meadow."""
    sky = skies.day(seed, 0.45, height=0.6, side=-0.7)
    rows, columns = rendered_size(size)
    across = np.linspace(-0.5, 0.5, columns, dtype=np.float32)
    up = ((0.72 * rows - np.arange(rows)) / columns).astype(np.float32)
    light = sky.light(skies.directions(across, up))
    light = _with_meadow(light, across, up, seed, season)
    random = np.random.default_rng(seed)
    branches, tips = _grown(random)
    scale, middle, foot = rows * 0.66, columns * 0.52, rows * 0.86
    light = _with_shadow(light, middle, foot, scale)
    light = _with_wood(light, branches, scale, middle, foot)
    leaves = _foliage(tips, random)
    light = _with_leaves(light, leaves, random, season, (scale, middle, foot))
    return develop(light, size, seed=seed, exposure=1.1)


def _with_meadow(light: Array, across: Array, up: Array, seed: int, season: str) -> Array:
    distance = 1.6 / np.maximum(-up[:, None], 1e-3)
    x = across[None] * distance
    distance = np.broadcast_to(distance, x.shape)
    blades = fractal(x * 5, distance * 1.4, 6, seed + 1, 0.75)
    patches = fractal(x * 0.12, distance * 0.08, 4, seed + 2)
    warm = 0.35 if season == "autumn" else 0.0
    grass = mix(
        linear(36, 62, 14), linear(122, 132, 52), 0.45 + 0.9 * blades + 0.8 * patches + warm
    )
    grass = mix(grass, linear(150, 172, 150), 0.75 * (1 - np.exp(-distance / 200)))
    hill = 0.035 + 0.05 * fractal(across * 5, 0 * across + seed, 4, seed + 9)
    wood = (
        linear(52, 78, 48)
        * (0.9 + 0.4 * fractal(across[None] * 60, up[:, None] * 60, 3, seed))[..., None]
    )
    light = np.where(
        (up[:, None] < hill[None])[..., None],
        mix(wood, linear(178, 196, 206), np.full(x.shape, 0.35)),
        light,
    )
    return np.where((up < 0)[:, None, None], grass, light)


def _grown(random: np.random.Generator) -> tuple[list[tuple[Array, Array, float]], Array]:
    """Grow a tree one high: its branches as start, end and thickness, and the twigs' ends."""
    branches: list[tuple[Array, Array, float]] = []
    tips: list[Array] = []
    stack = [(np.zeros(3), np.array([0.02, 1.0, 0.0]), 0.25, 0.045, 0)]
    while stack:
        start, direction, length, thick, order = stack.pop()
        end = start + direction * length
        branches.append((start, end, thick))
        if order >= 2:
            tips.append(end)
        if order == 6:
            continue
        for _ in range(3 if order < 5 else 2):
            bend = direction + random.normal(0, 0.62, 3) + np.array([0, 0.14, 0])
            bend = unit(bend)
            stack.append((end, bend, length * random.uniform(0.7, 0.86), thick * 0.62, order + 1))
    return branches, np.array(tips)


def _with_shadow(light: Array, middle: float, foot: float, scale: float) -> Array:
    rows, columns = light.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns]
    away = np.hypot((x - middle - 0.28 * scale) / (0.6 * scale), (y - foot) / (0.06 * scale))
    shade = 0.6 * smoothstep(1.1, 0.5, away) * (y > foot - 0.05 * scale)
    return np.asarray(light * (1 - shade[..., None]))


def _with_wood(
    light: Array,
    branches: list[tuple[Array, Array, float]],
    scale: float,
    middle: float,
    foot: float,
) -> Array:
    rows, columns = light.shape[:2]
    image = Image.new("L", (columns, rows))
    draw = ImageDraw.Draw(image)
    for start, end, thick in branches:
        if thick > 0.004:
            line = [(middle + p[0] * scale, foot - p[1] * scale) for p in (start, end)]
            draw.line(line, fill=255, width=max(1, round(1.6 * thick * scale)))
    mask = np.asarray(image, np.float32) / 255
    y, x = np.mgrid[0:rows, 0:columns]
    bark = linear(74, 60, 48) * (0.7 + 0.7 * fractal(x * 0.16, y * 0.05, 4, 3))[..., None]
    return mix(light, bark, mask)


def _foliage(tips: Array, random: np.random.Generator) -> Array:
    """Scatter leaves around the ends of the twigs, from back to front."""
    leaves = np.repeat(tips, 46, axis=0) + random.normal(0, 0.03, (len(tips) * 46, 3))
    return leaves[np.argsort(-leaves[:, 2])]


def _with_leaves(
    light: Array,
    leaves: Array,
    random: np.random.Generator,
    season: str,
    frame: tuple[float, float, float],
) -> Array:
    """Paint the leaves; those inside the crown and away from the sun are darker."""
    dark, bright = _LEAVES[season]
    rows, columns = light.shape[:2]
    scale, middle, foot = frame
    centre = leaves.mean(axis=0)
    spread = leaves.std(axis=0)
    out = (leaves - centre) / spread
    sun = np.array([-0.62, 0.7, -0.36])
    facing = out @ sun / 2.2
    lobes = fractal(leaves[:, 0] * 7, leaves[:, 1] * 7 + leaves[:, 2] * 5, 3, 5)
    glow = np.clip(0.42 + 0.42 * facing + 0.5 * lobes + random.normal(0, 0.16, len(leaves)), 0, 1)
    colour = mix(dark, bright, glow) * (0.45 + 0.9 * glow)[:, None]
    column = (middle + leaves[:, 0] * scale).astype(int)
    row = (foot - leaves[:, 1] * scale).astype(int)
    painted = light.copy()
    for down in range(2):
        for right in range(2):
            inside = (
                (row + down >= 0)
                & (row + down < rows)
                & (column + right >= 0)
                & (column + right < columns)
            )
            painted[row[inside] + down, column[inside] + right] = colour[inside]
    return painted
