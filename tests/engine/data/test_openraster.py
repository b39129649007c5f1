from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from engine.data.openraster import RasterLayer, build_openraster
from engine.data.png import read_png
from engine.geometry import Size
from tests.support.openraster import read_openraster


def picture(width: int, height: int, value: int = 90) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def two_layers() -> list[RasterLayer]:
    cut = np.zeros((4, 6, 4), np.uint8)
    cut[1:3, 2:5] = (200, 10, 30, 255)
    return [RasterLayer("Image", picture(40, 24)), RasterLayer('Tree <&> "Ärger"\x00', cut, 7, 9, is_visible=False)]


def test_a_file_keeps_every_rule_of_the_specification():
    read = read_openraster(build_openraster(Size(40, 24), two_layers(), picture(40, 24)))
    assert (read.width, read.height) == (40, 24)
    top, below = read.layers
    assert top.is_visible and not below.is_visible
    assert below.name == 'Tree <&> "Ärger"'
    assert (below.left, below.top) == (7, 9)
    assert np.array_equal(below.rgba, two_layers()[1].pixels)
    assert (read.merged[..., :3] == 90).all()


@pytest.mark.parametrize(("width", "height"), [(8, 8), (256, 128), (1024, 96), (90, 700)])
def test_thumbnails_keep_proportions_and_are_never_enlarged(width: int, height: int):
    merged = picture(width, height)
    read_openraster(build_openraster(Size(width, height), [RasterLayer("Image", merged)], merged))


def test_the_same_layers_give_the_same_bytes():
    first, second = (build_openraster(Size(40, 24), two_layers(), picture(40, 24)) for _ in range(2))
    assert first == second


def test_the_merged_picture_carries_its_settings():
    data = build_openraster(Size(40, 24), two_layers(), picture(40, 24), {"Software": "Tessera"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _, info = read_png(archive.read("mergedimage.png"))
    assert info.text == {"Software": "Tessera"}


@pytest.mark.parametrize("layers", [[], two_layers()])
def test_what_cannot_be_a_file_is_refused(layers: list[RasterLayer]):
    with pytest.raises(ValueError, match="merged picture of its own size"):
        build_openraster(Size(40, 25), layers, picture(40, 24))


def test_the_validator_finds_a_compressed_mimetype():
    data = build_openraster(Size(40, 24), two_layers(), picture(40, 24))
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(AssertionError, match="mimetype is stored"):
        read_openraster(packed.getvalue())
