"""Houses and fences as meshes in metres."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.data.landscapes.mesh import Mesh, MeshBuilder
from engine.data.landscapes.noise import Floats

WALL, ROOF, GLASS, TRIM = range(4)
_EAVES_M = 0.5
_ROOF_M = 0.18


def build_house(rng: np.random.Generator) -> Mesh:
    """Return a gabled house with windows, a door and a chimney; slots are wall, roof, glass and trim."""
    width, length, height = rng.uniform(5.5, 8), rng.uniform(8, 13), rng.uniform(2.8, 5.2)
    ridge = width * rng.uniform(0.32, 0.52)
    x, y = width / 2, length / 2
    builder = MeshBuilder()
    _add_walls(builder, x, y, height, ridge)
    slope = ridge / x
    out_x, out_y, out_z = x + _EAVES_M, y + _EAVES_M, height - _EAVES_M * slope
    top = height + ridge
    for side in (-1, 1):
        under = [[side * out_x, -out_y, out_z], [side * out_x, out_y, out_z], [0, out_y, top], [0, -out_y, top]]
        over = [[px, py, pz + _ROOF_M] for px, py, pz in under]
        builder.add(under + over, [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [3, 0, 4, 7]], ROOF)
    for floor in range(2 if height > 4.2 else 1):
        _add_openings(builder, x, y, length, width, floor)
    builder.box([x * 0.45, y * 0.4, height + ridge * 0.8], [0.7, 0.7, ridge * 1.1], WALL)
    return builder.build()


def build_fence(x: Floats, y: Floats, z: Floats, rng: np.random.Generator) -> Mesh:
    """Return a fence of posts and two rails along (n,) points about two metres apart; slot 0."""
    builder = MeshBuilder()
    lean = rng.normal(0, 0.03, (len(x), 2))
    tops = np.stack([x + lean[:, 0], y + lean[:, 1], z + 1.15 + rng.normal(0, 0.04, len(x))], 1)
    feet = np.stack([x, y, z - 0.3], 1)
    for foot, top in zip(feet, tops, strict=True):
        builder.tube([foot, top], [0.055, 0.05], 6, 0)
    for share in (0.55, 0.9):
        joints = feet + (tops - feet) * share
        for start, end in pairwise(joints):
            if rng.random() < 0.97:
                builder.tube([start, (start + end) / 2 + [0, 0, -0.02], end], [0.035, 0.032, 0.035], 5, 0)
    return builder.build()


def _add_walls(builder: MeshBuilder, x: float, y: float, height: float, ridge: float) -> None:
    foot = [[-x, -y, -2], [x, -y, -2], [x, y, -2], [-x, y, -2]]
    eaves = [[-x, -y, height], [x, -y, height], [x, y, height], [-x, y, height]]
    gables = [[0, -y, height + ridge], [0, y, height + ridge]]
    faces = [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 8, -1], [6, 7, 9, -1]]
    builder.add(foot + eaves + gables, faces, WALL)


def _add_openings(builder: MeshBuilder, x: float, y: float, length: float, width: float, floor: int) -> None:
    z = 1.45 + floor * 2.4
    count = int(length / 2.6)
    for side in (-1, 1):
        for number in range(count):
            along = -y + (number + 0.5) * length / count
            if floor == 0 and number == count // 2:
                builder.box([side * x, along, 1.0], [0.12, 1.0, 2.05], TRIM)
            else:
                builder.box([side * x, along, z], [0.10, 0.95, 1.2], TRIM)
                builder.box([side * x, along, z], [0.16, 0.78, 1.02], GLASS)
        for number in range(2):
            across = (number - 0.5) * width * 0.5
            builder.box([across, side * y, z], [0.95, 0.1, 1.2], TRIM)
            builder.box([across, side * y, z], [0.78, 0.16, 1.02], GLASS)
