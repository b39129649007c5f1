"""Tests of what is read from a render: the file's form, class coverage, instances, the developed photograph."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from engine.data.landscapes.camera import Camera
from engine.data.landscapes.clear_sky import ClearSky
from engine.data.landscapes.development import develop
from engine.data.landscapes.exr import ExrError, ExrImage, read_cryptomatte, read_exr
from engine.data.landscapes.families import draw_parameters
from engine.data.landscapes.labels import ID
from engine.data.landscapes.passes import SKY_DEPTH_M, read_labels
from engine.data.landscapes.sky import HEIGHT, WIDTH, Sky
from engine.geometry import Size

MATERIALS = {"grass__ground": 0x3F000001, "tree__bark": 0x3F000002}
OBJECTS = {"ground": 0x3F000011, "tree__0": 0x3F000012, "tree__1": 0x3F000013}


def exr_bytes(channels, attributes=(), compression=0):
    """A single-part scan-line file; channels are float32 arrays of one shape."""
    height, width = next(iter(channels.values())).shape
    kinds = b"".join(name.encode() + b"\0" + struct.pack("<iiii", 2, 0, 1, 1) for name in sorted(channels)) + b"\0"
    header = {"channels": kinds, "compression": bytes([compression]), **dict(attributes)}
    header["dataWindow"] = struct.pack("<4i", 0, 0, width - 1, height - 1)
    data = struct.pack("<ii", 20000630, 2)
    for name, value in header.items():
        data += name.encode() + b"\0kind\0" + struct.pack("<i", len(value)) + value
    data += b"\0" + bytes(8 * height)
    for row in range(height):
        line = b"".join(channels[name][row].astype("<f4").tobytes() for name in sorted(channels))
        data += struct.pack("<ii", row, len(line)) + line
    return data


def as_float(codes):
    return np.asarray(codes, np.uint32).view(np.float32)


def matte(layer, names, key):
    manifest = json.dumps({name: f"{code:08x}" for name, code in names.items()}).encode()
    return {f"cryptomatte/{key}/name": f"View.{layer}".encode(), f"cryptomatte/{key}/manifest": manifest}


def render():
    """Two rows: sky; below it grass, a pixel mostly tree 0, one of tree 1 alone, one half grass half nothing."""
    shape = (2, 4)
    first, cover, second, cover2 = (np.zeros(shape, np.uint32) for _ in range(4))
    coverage, coverage2 = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    first[1] = [
        MATERIALS["grass__ground"],
        MATERIALS["tree__bark"],
        MATERIALS["tree__bark"],
        MATERIALS["grass__ground"],
    ]
    coverage[1] = [1, 0.6, 1, 0.7]
    second[1, 1], coverage2[1, 1] = MATERIALS["grass__ground"], 0.4
    objects, objects2 = cover, cover2
    objects[1] = [OBJECTS["ground"], OBJECTS["tree__0"], OBJECTS["tree__1"], OBJECTS["ground"]]
    objects2[1, 1] = OBJECTS["ground"]
    channels = {}
    for layer, one, two in (("CryptoMaterial", first, second), ("CryptoObject", objects, objects2)):
        for part, values in zip("rgba", (as_float(one), coverage, as_float(two), coverage2), strict=True):
            channels[f"View.{layer}00.{part}"] = values
    channels["View.Depth.Z"] = np.array([[1e10] * 4, [5, 6, 7, 8]], np.float32)
    return ExrImage(channels, {**matte("CryptoMaterial", MATERIALS, "a"), **matte("CryptoObject", OBJECTS, "b")})


def clear_sky():
    panorama = np.full((64, 128, 3), 0.2, np.float32)
    clear = ClearSky(panorama, np.full(3, 2, np.float32), np.full(3, 0.4, np.float32))
    coverage = np.zeros((HEIGHT, WIDTH), np.float32)
    return Sky(np.zeros((HEIGHT, WIDTH, 3), np.float32), coverage, clear, np.array([0, 0, 1], np.float32), 0.0)


def test_a_file_comes_back_as_it_was_written(tmp_path):
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    (tmp_path / "a.exr").write_bytes(exr_bytes({"B": values, "A": -values}, {"note": b"hello"}))
    image = read_exr(tmp_path / "a.exr")
    assert np.array_equal(image.channel("B"), values)
    assert np.array_equal(image.channel("A"), -values)
    assert image.attributes["note"] == b"hello"


@pytest.mark.parametrize("data", [b"", b"no picture", exr_bytes({"A": np.zeros((2, 2), np.float32)})[:-3]])
def test_a_broken_file_is_refused(tmp_path, data):
    (tmp_path / "a.exr").write_bytes(data)
    with pytest.raises(ExrError):
        read_exr(tmp_path / "a.exr")


def test_a_compressed_file_is_refused(tmp_path):
    (tmp_path / "a.exr").write_bytes(exr_bytes({"A": np.zeros((2, 2), np.float32)}, compression=3))
    with pytest.raises(ExrError, match="compressed"):
        read_exr(tmp_path / "a.exr")


def test_a_pass_that_is_missing_is_named():
    with pytest.raises(ExrError, match=r"no pass Combined\.R"):
        render().channel("Combined.R")
    with pytest.raises(ExrError, match="no cryptomatte CryptoAsset"):
        read_cryptomatte(render(), "CryptoAsset")


def test_every_pixel_has_the_class_that_covers_most_of_it():
    size = Size(4, 2)
    labels = read_labels(render(), Camera(size, 1.0, 0.4), clear_sky())
    assert labels.class_ids[0].tolist() == [ID["sky"]] * 4
    assert labels.class_ids[1].tolist() == [ID["grass"], ID["tree"], ID["tree"], ID["grass"]]
    assert labels.instance_ids.tolist() == [[0, 0, 0, 0], [0, 1, 2, 0]]
    assert labels.depth_m[0].tolist() == [SKY_DEPTH_M] * 4
    assert labels.depth_m[1].tolist() == [5, 6, 7, 8]


def test_a_covered_sky_is_cloud():
    sky = clear_sky()
    sky.coverage[:] = 0.9
    labels = read_labels(render(), Camera(Size(4, 2), 1.0, 0.4), sky)
    assert labels.class_ids[0].tolist() == [ID["cloud"]] * 4


def test_a_developed_photograph_is_exposed_for_the_middle_whatever_the_light():
    rng = np.random.default_rng(0)
    light = np.exp(rng.normal(0, 0.6, (32, 64, 3))).astype(np.float32)
    scene = draw_parameters(1)
    dim, bright = (develop(light * gain, scene, clear_sky(), np.random.default_rng(1)) for gain in (0.01, 10.0))
    assert dim.dtype == np.uint8
    assert dim.shape == (32, 64, 3)
    assert abs(float(dim.mean()) - float(bright.mean())) < 2
    assert 70 < dim.mean() < 190
