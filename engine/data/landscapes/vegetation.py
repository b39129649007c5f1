"""Trees and bushes as meshes of height 1: slot 0 is bark, slot 1 leaves or needles."""

from __future__ import annotations

import numpy as np

from engine.data.landscapes.mesh import Mesh, MeshBuilder, icosphere, unit
from engine.data.landscapes.noise import Floats, fractal_noise

BARK, LEAF = 0, 1


def build_conifer(
    rng: np.random.Generator,
    *,
    radius: float = 0.19,
    whorls: int = 60,
    droop: float = 0.35,
    density: float = 1.0,
    bare: float = 0.06,
    gap: float = 0.1,
    needle_width: float = 1.0,
) -> Mesh:
    """Return a spruce: whorls of drooping branches, each a row of needled twigs.

    Args:
        rng: decides its shape.
        radius: of the lowest branches.
        whorls: rings of branches.
        droop: how far branches hang.
        density: of twigs along a branch.
        bare: height where branches begin.
        gap: share of branches that are missing.
        needle_width: of twigs; a distant tree has few wide ones.
    """
    builder = MeshBuilder()
    height = np.linspace(0, 1, 7)
    lean = rng.normal(0, 0.012, 2)
    trunk = np.stack([lean[0] * height**2, lean[1] * height**2, height], 1)
    builder.tube(trunk, 0.016 * (1 - height) + 0.0012, 7, BARK)
    bases, directions, sides, lengths, widths, tones = ([] for _ in range(6))
    for whorl in range(whorls):
        z = bare + (1 - bare) * (whorl + rng.random() * 0.8) / whorls
        below_top = 1 - z
        if rng.random() < gap * 0.5:
            continue
        reach = radius * (below_top**0.82 * 0.97 + 0.03) * rng.uniform(0.8, 1.1)
        reach *= 1 - 0.45 * max(0, (bare + 0.1 - z) / 0.1)
        count, turn = int(rng.integers(7, 10)), rng.random() * 2 * np.pi
        for branch in range(count):
            if rng.random() < gap:
                continue
            angle = turn + branch / count * 2 * np.pi + rng.normal(0, 0.22)
            length = reach * rng.uniform(0.65, 1.18)
            out = np.array([np.cos(angle), np.sin(angle), 0])
            twigs = max(3, int(length * 120 * density))
            t = (np.arange(twigs) + rng.random(twigs)) / twigs
            hang = droop * rng.uniform(0.6, 1.3) * (0.35 + below_top)
            base = out * (length * t)[:, None]
            base[:, 2] += z + length * (-hang * t + 0.45 * hang * t**3)
            base[:, :2] += lean * z**2
            for side in (-1, 1, 0):
                spread = side * rng.uniform(0.6, 1.15, twigs)
                cosine, sine = np.cos(spread), np.sin(spread)
                along = [
                    out[0] * cosine - out[1] * sine,
                    out[0] * sine + out[1] * cosine,
                    rng.normal(-0.28, 0.22, twigs),
                ]
                direction = np.stack(along, 1)
                roll = rng.normal(0, 0.7, (twigs, 1))
                size = (0.30 * length * (1 - 0.55 * t) + 0.012) * rng.uniform(0.7, 1.2, twigs)
                bases.append(base)
                directions.append(direction)
                sides.append(np.cross(direction, [0, 0, 1]) * np.cos(roll) + np.array([[0, 0, 1]]) * np.sin(roll))
                lengths.append(size)
                widths.append(size * rng.uniform(0.15, 0.24, twigs) * needle_width)
                tones.append(np.clip((0.55 + 0.6 * t) * rng.normal(1, 0.14, twigs), 0.3, 1.5))
    base, direction, side, length, width = map(np.concatenate, (bases, directions, sides, lengths, widths))
    builder.leaves(base, direction, side, length, width, LEAF, np.concatenate(tones)[:, None])
    return builder.build()


def build_broadleaf(
    rng: np.random.Generator,
    *,
    radius: float = 0.36,
    base: float = 0.2,
    lobes: int = 24,
    leaf: float = 0.019,
    leaves_per_lobe: int = 1500,
    flatness: float = 1.0,
) -> Mesh:
    """Return a grown broadleaf tree: limbs that carry lobes of leaves, each dense outside and dark within.

    Args:
        rng: decides its shape.
        radius: of the crown.
        base: height where the crown begins.
        lobes: clouds of leaves.
        leaf: length of a leaf.
        leaves_per_lobe: how many on a lobe of mean size.
        flatness: less than 1 for an umbrella.
    """
    builder = MeshBuilder()
    centre = np.array([0.0, 0.0, base + (1 - base) * 0.52])
    half = np.array([radius, radius, (1 - base) * 0.48 * flatness])
    if flatness < 1:
        centre[2] = 1 - half[2]
    directions = _spread_directions(lobes, rng)
    depth = rng.uniform(0.5, 0.8, lobes)
    depth[: lobes // 6] *= 0.4  # some fill the inside
    centres = centre + directions * half * depth[:, None] + rng.normal(0, 0.02, (lobes, 3))
    sizes = radius * rng.uniform(0.34, 0.56, lobes)
    sizes *= np.where(directions[:, 2] < -0.3, 0.75, 1.0)
    _add_limbs(builder, centres, centre, rng)
    sphere, faces = icosphere(2)
    for middle, size in zip(centres, sizes, strict=True):
        squash = np.array([1, 1, 0.8 if flatness == 1 else 0.5])
        seed = int(rng.integers(1 << 20))
        bumps = fractal_noise(sphere[:, 0] + sphere[:, 2], sphere[:, 1] - sphere[:, 2], 0.8, 3, 0.5, seed)
        core = sphere * squash * size * 0.66 * (1 + 0.25 * bumps)[:, None]
        builder.add(middle + core, faces, LEAF, (0.30, 0.30, 0.30))  # no light falls through a full crown
        _add_lobe(
            builder, middle, size * squash, leaf, int(leaves_per_lobe * (size / (radius * 0.45)) ** 2), centre, rng
        )
    mesh = builder.build()
    return Mesh(mesh.vertices / np.percentile(mesh.vertices[:, 2], 99.9), mesh.faces, mesh.slots, mesh.colours)


def build_bush(rng: np.random.Generator, *, leaf: float = 0.036, leaves_per_lobe: int = 700) -> Mesh:
    """Return a bush: several lobes of loose leaves on thin stems, twigs that stick out."""
    builder = MeshBuilder()
    lobes = int(rng.integers(9, 15))
    directions = _spread_directions(lobes, rng)
    directions[:, 2] = np.abs(directions[:, 2])
    centres = directions * [0.42, 0.42, 0.36] * rng.uniform(0.5, 1.0, (lobes, 1)) + [0, 0, 0.26]
    middle = np.array([0, 0, 0.3])
    for centre in centres:
        builder.tube([np.array([0, 0, -0.05]), centre * [0.4, 0.4, 0.6], centre], [0.02, 0.014, 0.006], 4, BARK)
    for centre in centres:
        size = rng.uniform(0.18, 0.3)
        _add_lobe(builder, centre, np.array([size, size, size * 0.85]), leaf, leaves_per_lobe, middle, rng, loose=0.55)
    stems = 26
    angle, reach = rng.random(stems) * 2 * np.pi, rng.uniform(0.4, 0.72, stems)
    tips = np.stack([np.cos(angle) * reach, np.sin(angle) * reach, rng.uniform(0.35, 1.0, stems)], 1)
    for tip in tips:
        _add_twig(builder, tip * [0.5, 0.5, 0.55], tip, leaf, rng)
    return builder.build()


def _spread_directions(count: int, rng: np.random.Generator) -> Floats:
    """Return (n, 3) unit vectors spread evenly (a Fibonacci spiral), a little shaken."""
    number = np.arange(count) + 0.5
    z = 1 - 2 * number / count
    angle = number * np.pi * (3 - 5**0.5) + rng.random() * 6
    ring = np.sqrt(1 - z * z)
    return unit(np.stack([ring * np.cos(angle), ring * np.sin(angle), z], 1) + rng.normal(0, 0.2, (count, 3)))


def _add_limbs(builder: MeshBuilder, ends: Floats, centre: Floats, rng: np.random.Generator) -> None:
    wobble = np.concatenate([[[0, 0]], rng.normal(0, 0.012, (5, 2)).cumsum(0)])
    height = np.linspace(0, centre[2] + 0.1, 6)
    trunk = np.concatenate([wobble, height[:, None]], 1)
    builder.tube(trunk, np.linspace(0.028, 0.01, 6) * (1 + 0.6 * np.exp(-height * 30)), 8, BARK)
    for end in ends:
        start_z = np.clip(end[2] - np.hypot(end[0], end[1]) * rng.uniform(0.5, 1.0), centre[2] * 0.45, height[-1])
        start = np.array([np.interp(start_z, height, wobble[:, 0]), np.interp(start_z, height, wobble[:, 1]), start_z])
        bend = (start + end) / 2 + rng.normal(0, 0.02, 3) + [0, 0, 0.02]
        builder.tube([start, bend, end], [0.011, 0.008, 0.004], 5, BARK)


def _add_lobe(
    builder: MeshBuilder,
    middle: Floats,
    size: Floats,
    leaf: float,
    count: int,
    crown_centre: Floats,
    rng: np.random.Generator,
    *,
    loose: float = 0.3,
) -> None:
    """Add leaves in the shell of an ellipsoid, denser outside, lighter on top."""
    outward = unit(rng.normal(0, 1, (count, 3)))
    seed = int(rng.integers(1 << 20))
    lumps = fractal_noise(outward[:, 0] * 2 + outward[:, 2], outward[:, 1] * 2 - outward[:, 2], 0.7, 3, 0.5, seed)
    depth = (1 - loose * rng.random(count) ** 1.5) * (1 + 0.28 * lumps)
    place = middle + outward * size * depth[:, None]
    facing = unit(outward * 0.6 + unit(place - crown_centre) * 0.4 + rng.normal(0, 0.55, (count, 3)) + [0, 0, 0.3])
    along = unit(unit(np.cross(facing, rng.normal(0, 1, (count, 3)))) + np.array([0, 0, -0.25]))
    tone = rng.normal(1, 0.09) * rng.normal(1, 0.13, count) * (0.62 + 0.4 * depth) * (0.92 + 0.14 * outward[:, 2])
    length = leaf * rng.uniform(0.7, 1.35, count)
    builder.leaves(place, along, np.cross(facing, along), length, length * 0.68, LEAF, np.clip(tone, 0.3, 1.5)[:, None])


def _add_twig(builder: MeshBuilder, start: Floats, tip: Floats, leaf: float, rng: np.random.Generator) -> None:
    builder.tube([start, (start + tip) / 2 + rng.normal(0, 0.02, 3), tip], [0.006, 0.005, 0.002], 3, BARK)
    t = rng.random((14, 1)) ** 0.7
    along = unit(tip - start + rng.normal(0, 0.35, (14, 3)))
    length = leaf * rng.uniform(0.6, 1.2, 14)
    side = rng.normal(0, 1, (14, 3))
    tone = rng.normal(1.05, 0.12, (14, 1))
    builder.leaves(start + (tip - start) * t, along, np.cross(along, side), length, length * 0.5, LEAF, tone)
