"""Meshes as arrays, and the parts plants, rocks and houses are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.noise import Floats


@dataclass(frozen=True, eq=False)
class Mesh:
    """A mesh.

    Attributes:
        vertices: (n, 3) float32.
        faces: (m, 4) int32 vertex indices; -1 in the last column is a triangle.
        slots: (m,) int32 material slots.
        colours: (n, 3) float32 that multiply the material's colour.
    """

    vertices: Floats
    faces: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]
    colours: Floats


class MeshBuilder:
    """Collects parts of one mesh."""

    def __init__(self) -> None:
        """Begin without a part."""
        self._vertices: list[Floats] = []
        self._faces: list[npt.NDArray[np.int32]] = []
        self._slots: list[npt.NDArray[np.int32]] = []
        self._colours: list[Floats] = []
        self._count = 0

    def add(self, vertices: Any, faces: Any, slot: int, colours: Any = (1, 1, 1)) -> None:
        """Add a part: (n, 3) vertices, (m, 3) or (m, 4) faces into them, one colour or (n, 3)."""
        vertices = np.asarray(vertices, np.float32).reshape(-1, 3)
        faces = np.asarray(faces, np.int32)
        if faces.shape[1] == 3:
            faces = np.concatenate([faces, np.full((len(faces), 1), -1, np.int32)], 1)
        colours = np.asarray(colours, np.float32)
        self._vertices.append(vertices)
        self._faces.append(np.where(faces >= 0, faces + self._count, -1).astype(np.int32))
        self._slots.append(np.full(len(faces), slot, np.int32))
        self._colours.append(np.broadcast_to(colours, (len(vertices), 3)).astype(np.float32))
        self._count += len(vertices)

    def box(self, centre: Any, size: Any, slot: int) -> None:
        """Add a box parallel to the axes."""
        corners = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)])
        faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
        self.add(corners * (np.array(size) / 2) + np.array(centre), faces, slot)

    def tube(self, path: Any, radii: Any, sides: int, slot: int) -> None:
        """Add a tube along (n, 3) points."""
        path = np.asarray(path, np.float32)
        radii = np.broadcast_to(radii, len(path))
        along = unit(np.gradient(path, axis=0))
        reference = np.where(np.abs(along[:, 2:3]) > 0.9, [[1, 0, 0]], [[0, 0, 1]])
        across = unit(np.cross(along, reference))
        other = np.cross(along, across)
        angle = np.arange(sides) / sides * 2 * np.pi
        ring = np.cos(angle)[None, :, None] * across[:, None] + np.sin(angle)[None, :, None] * other[:, None]
        i, j = np.meshgrid(np.arange(len(path) - 1), np.arange(sides), indexing="ij")
        k = (j + 1) % sides
        faces = np.stack([i * sides + j, i * sides + k, (i + 1) * sides + k, (i + 1) * sides + j], -1)
        self.add(path[:, None] + radii[:, None, None] * ring, faces.reshape(-1, 4), slot)

    def leaves(
        self, base: Floats, along: Floats, side: Floats, length: Any, width: Any, slot: int, colour: Any
    ) -> None:
        """Add diamond leaves: base, two flanks, tip, slightly folded.

        Args:
            base: (n, 3) where they begin.
            along: (n, 3) where they point.
            side: (n, 3) where their flanks lie.
            length: one, or (n,).
            width: one, or (n,).
            slot: material slot.
            colour: (n, 1) or (n, 3).
        """
        count = len(base)
        along, side = unit(along), unit(side)
        length = np.broadcast_to(length, count)[:, None]
        width = np.broadcast_to(width, count)[:, None]
        middle, lift = base + along * length * 0.45, np.cross(along, side) * width * 0.13
        flank = side * width * 0.5
        vertices = np.stack([base, middle - flank + lift, base + along * length, middle + flank + lift], 1)
        colours = np.repeat(np.broadcast_to(colour, (count, 3)), 4, 0)
        self.add(vertices, np.arange(count * 4).reshape(count, 4), slot, colours)

    def build(self) -> Mesh:
        """Return the mesh of all parts."""
        return Mesh(
            np.concatenate(self._vertices),
            np.concatenate(self._faces),
            np.concatenate(self._slots),
            np.concatenate(self._colours),
        )


def unit(vectors: Any) -> Floats:
    """Return vectors (..., 3) scaled to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def grid_mesh(x: Floats, y: Floats, z: Floats, slots: npt.NDArray[np.int32], colours: Floats) -> Mesh:
    """Return the mesh of (R, A) grids; slots (R, A) are read at the first corner of every face."""
    rows, columns = x.shape
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    corner = i * columns + j
    faces = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], -1).reshape(-1, 4).astype(np.int32)
    vertices = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    return Mesh(vertices, faces, slots.reshape(-1)[faces[:, 0]].astype(np.int32), colours.reshape(-1, 3))


def icosphere(subdivisions: int) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Return vertices (n, 3) on the unit sphere and faces (m, 3) of a subdivided icosahedron."""
    t = (1 + 5**0.5) / 2
    corners = [(-1, t, 0), (1, t, 0), (-1, -t, 0), (1, -t, 0)]
    around = corners + [(z, x, y) for x, y, z in corners] + [(y, z, x) for x, y, z in corners]
    vertices = unit(np.array(around, np.float64))
    faces = np.array(
        [
            [0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2], [10, 7, 6],
            [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5], [2, 4, 11], [6, 2, 10],
            [8, 6, 7], [9, 8, 1],
        ],
        np.int32,
    )  # fmt: skip
    for _ in range(subdivisions):
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
        unique, inverse = np.unique(edges, axis=0, return_inverse=True)
        middle = len(vertices) + inverse.reshape(3, -1).T
        vertices = np.concatenate([vertices, unit(vertices[unique[:, 0]] + vertices[unique[:, 1]])])
        a, b, c = faces.T
        ab, bc, ca = middle.T
        faces = np.concatenate([np.stack(f, 1) for f in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return vertices.astype(np.float32), faces.astype(np.int32)
