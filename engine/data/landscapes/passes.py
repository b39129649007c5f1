"""From the passes of a render to class ids, instance ids and depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.landscapes.camera import Camera
from engine.data.landscapes.exr import Cryptomatte, ExrImage, read_cryptomatte
from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.materials import SEPARATOR
from engine.data.landscapes.noise import Floats
from engine.data.landscapes.sky import Sky, coverage_towards
from engine.layout import ClassIds, InstanceIds

CLOUD_COVERAGE = 0.38
SKY_DEPTH_M = 1e5
_SKY_BEGINS_M = 9e4


@dataclass(frozen=True, eq=False)
class ExactLabels:
    """What the renderer knows of every pixel, all (H, W).

    Attributes:
        class_ids: the class that covers most of the pixel.
        instance_ids: of trees, bushes, rocks and buildings; 0 elsewhere.
        depth_m: metres along the ray; the sky lies at `SKY_DEPTH_M`.
        coverage: of the pixel by clouds, where it shows the sky.
    """

    class_ids: ClassIds
    instance_ids: InstanceIds
    depth_m: Floats
    coverage: Floats


def read_radiance(image: ExrImage) -> Floats:
    """Return (H, W, 3) linear light."""
    return np.stack([image.channel(f"Combined.{part}") for part in "RGB"], -1)


def read_labels(image: ExrImage, camera: Camera, sky: Sky) -> ExactLabels:
    """Return the labels of a render: the classes of its materials, the instances of its objects."""
    cover, total = _class_coverage(read_cryptomatte(image, "CryptoMaterial"))
    azimuth, elevation = camera.directions()
    clouds = coverage_towards(sky, azimuth, elevation)
    background = np.clip(1 - total, 0, 1)
    cover[ID["sky"]] += background * (clouds < CLOUD_COVERAGE)
    cover[ID["cloud"]] += background * (clouds >= CLOUD_COVERAGE)
    class_ids = cover.argmax(0).astype(np.uint8)
    instance_ids = _instances(read_cryptomatte(image, "CryptoObject"), class_ids)
    depth_m = image.channel("Depth.Z")
    return ExactLabels(class_ids, instance_ids, np.where(depth_m < _SKY_BEGINS_M, depth_m, SKY_DEPTH_M), clouds)


def _class_coverage(matte: Cryptomatte) -> tuple[Floats, Floats]:
    """Return (C, H, W) coverage by classes and their (H, W) sum."""
    numbers = {name: ID.get(name.split(SEPARATOR)[0], -1) for name in matte.names.values()}
    shape = matte.ranks[0][1].shape
    cover, total = np.zeros((len(TABLE), *shape), np.float32), np.zeros(shape, np.float32)
    for hashes, coverage in matte.ranks:
        ids = matte.lookup(hashes, numbers, missing=-1)
        for class_id in np.unique(ids[ids >= 0]).tolist():
            cover[class_id] += coverage * (ids == class_id)
        total += coverage * (ids >= 0)
    return cover, total


def _instances(matte: Cryptomatte, class_ids: ClassIds) -> InstanceIds:
    things = {info.key for info in TABLE if info.kind == "thing"}
    names = sorted(n for n in matte.names.values() if SEPARATOR in n and n.split(SEPARATOR)[0] in things)
    numbers = {name: number + 1 for number, name in enumerate(names)}
    class_of = np.array([0] + [ID[name.split(SEPARATOR)[0]] for name in names])
    instance_ids = np.zeros(class_ids.shape, np.uint16)
    best = np.zeros(class_ids.shape, np.float32)
    for hashes, coverage in matte.ranks:
        ids = matte.lookup(hashes, numbers, missing=0)
        better = (ids > 0) & (class_of[ids] == class_ids) & (coverage > best)
        instance_ids[better] = ids[better]
        best[better] = coverage[better]
    return instance_ids
