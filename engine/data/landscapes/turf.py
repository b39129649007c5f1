"""What covers the ground close by: turf with flowers, tussocks, pebbles, fallen leaves. Metres; slot 0 is grass."""

from __future__ import annotations

import numpy as np

from engine.data.landscapes.mesh import Mesh, MeshBuilder, icosphere, unit
from engine.data.landscapes.noise import Floats

BLADE, FLOWER = 0, 1


def build_turf(
    rng: np.random.Generator, *, blades: int = 230, height: float = 0.2, flowers: int = 0, width: float = 1.0
) -> Mesh:
    """Return about a square metre of turf, clumped; patches that overlap cover the ground."""
    radius = 0.75
    away, angle = radius * np.sqrt(rng.random(blades)), rng.random(blades) * 2 * np.pi
    clumps = rng.normal(0, radius * 0.55, (14, 2))
    in_clump = rng.random(blades) < 0.45
    place = np.stack([away * np.cos(angle), away * np.sin(angle)], 1)
    clumped = clumps[rng.integers(0, 14, blades)] + rng.normal(0, 0.07, (blades, 2))
    place = np.where(in_clump[:, None], clumped, place)
    tall = height * np.exp(rng.normal(0, 0.35, blades)) * np.where(in_clump, 1.35, 0.8)
    builder = MeshBuilder()
    dry = (rng.random(blades) < 0.16)[:, None] * np.array([0.9, 0.55, 0.3])
    tone = rng.normal(1, 0.16, (blades, 1)) * (1 + dry)
    _add_blades(
        builder, place, tall, rng.uniform(0.2, 1.0, blades), rng.uniform(0.004, 0.009, blades) * width, tone, rng
    )
    for number in range(flowers):
        _add_flower(builder, np.array([*place[number], tall[number] * 1.1]), rng)
    return builder.build()


def build_tussock(rng: np.random.Generator, *, blades: int = 60, height: float = 0.5, spread: float = 0.3) -> Mesh:
    """Return one tuft of tall grass."""
    builder = MeshBuilder()
    place = rng.normal(0, spread * 0.5, (blades, 2))
    tall = height * rng.uniform(0.45, 1.15, blades)
    tone = rng.normal(1, 0.15, (blades, 1)) * np.ones(3)
    _add_blades(builder, place, tall, rng.uniform(0.15, 0.8, blades), rng.uniform(0.004, 0.009, blades), tone, rng)
    return builder.build()


def build_pebbles(rng: np.random.Generator, *, count: int = 9) -> Mesh:
    """Return a handful of stones of 2 to 9 cm on about a square metre; slot 0."""
    builder = MeshBuilder()
    sphere, faces = icosphere(1)
    for _ in range(count):
        size = float(np.exp(rng.normal(np.log(0.035), 0.45)).clip(0.015, 0.09))
        shape = size * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.4, 0.7)])
        lumpy = sphere * (1 + rng.normal(0, 0.12, (len(sphere), 1)))
        place = np.array([*rng.normal(0, 0.4, 2), size * 0.1])
        builder.add(lumpy * shape + place, faces, 0, np.full(3, rng.uniform(0.6, 1.3)))
    return builder.build()


def build_fallen_leaves(rng: np.random.Generator, *, count: int = 40) -> Mesh:
    """Return leaves that lie on about a square metre of ground; slot 0."""
    builder = MeshBuilder()
    place = np.concatenate([rng.normal(0, 0.45, (count, 2)), rng.uniform(0.01, 0.05, (count, 1))], 1)
    along = unit(np.concatenate([rng.normal(0, 1, (count, 2)), rng.normal(0, 0.25, (count, 1))], 1))
    up = unit(rng.normal(0, 0.25, (count, 3)) + np.array([0, 0, 1]))
    length = rng.uniform(0.035, 0.07, count)
    tone = rng.uniform(0.5, 1.4, (count, 1))
    builder.leaves(place, along, np.cross(up, along), length, length * 0.7, 0, tone)
    return builder.build()


def _add_blades(
    builder: MeshBuilder,
    place: Floats,
    tall: Floats,
    lean: Floats,
    width: Floats,
    tone: Floats,
    rng: np.random.Generator,
) -> None:
    """Add curved blades of two segments, dark at the foot and light at the tip."""
    count = len(place)
    angle = rng.random(count) * 2 * np.pi
    out = np.stack([np.cos(angle), np.sin(angle)], 1)
    side = np.stack([-out[:, 1], out[:, 0], np.zeros(count)], 1)
    reach = tall * lean
    rows, shades = [], []
    for t, share, shade in ((0.0, 1.0, 0.5), (0.55, 0.8, 0.95), (1.0, 0.08, 1.2)):
        centre = np.concatenate([place + out * (reach * t**1.8)[:, None], (tall * (t - 0.2 * t**3))[:, None]], 1)
        rows += [centre - side * (width * share)[:, None], centre + side * (width * share)[:, None]]
        shades += [tone * shade, tone * shade]
    faces = np.array([[0, 1, 3, 2], [2, 3, 5, 4]])[None] + np.arange(count)[:, None, None] * 6
    builder.add(np.stack(rows, 1), faces.reshape(-1, 4), BLADE, np.stack(shades, 1).reshape(-1, 3))


def _add_flower(builder: MeshBuilder, centre: Floats, rng: np.random.Generator) -> None:
    radius, angle = rng.uniform(0.012, 0.026), np.arange(6) / 6 * 2 * np.pi
    tilt = rng.normal(0, 0.35, 2)
    ring = np.stack(
        [np.cos(angle) * radius, np.sin(angle) * radius, (np.cos(angle) * tilt[0] + np.sin(angle) * tilt[1]) * radius],
        1,
    )
    tip = centre + np.array([0, 0, 0.004])
    faces = [[i, (i + 1) % 6, 6] for i in range(6)]
    builder.add(np.concatenate([ring + centre, [tip]]), faces, FLOWER, np.full(3, rng.uniform(0.8, 1.15)))
