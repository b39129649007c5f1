"""Boulders as meshes of radius about 1; slot 0."""

from __future__ import annotations

import numpy as np

from engine.data.landscapes.mesh import Mesh, MeshBuilder, icosphere, unit
from engine.data.landscapes.noise import Floats, fractal_noise


def build_rock(rng: np.random.Generator, *, facets: int = 14, roughness: float = 1.0) -> Mesh:
    """Return a boulder: a sphere cut by random planes, then weathered by noise."""
    sphere, faces = icosphere(4)
    normals = unit(rng.normal(0, 1, (facets, 3)))
    offsets = rng.uniform(0.55, 0.95, facets)
    cosines = sphere @ normals.T
    radius = np.min(np.where(cosines > 0.05, offsets / np.maximum(cosines, 0.05), 9), 1)
    cut = sphere * np.minimum(radius, 1.05)[:, None]
    seed = int(rng.integers(1 << 20))

    def noise(wavelength: float, octaves: int) -> Floats:
        u, v = cut[:, 0] + cut[:, 2] * 0.7, cut[:, 1] - cut[:, 2] * 0.6
        return fractal_noise(u, v, wavelength, octaves, 0.55, seed)

    weathered = cut * (1 + roughness * (0.10 * noise(0.7, 6) + 0.03 * np.abs(noise(0.18, 3))))[:, None]
    shape = np.array([1, rng.uniform(0.65, 1), rng.uniform(0.5, 0.85)])
    builder = MeshBuilder()
    builder.add(weathered * shape, faces, 0, np.clip(1 + 0.25 * noise(0.5, 5)[:, None], 0.5, 1.5))
    return builder.build()
