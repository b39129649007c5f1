"""A painter's own photograph: upright, of bounded size, and without what the camera noted."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from engine.data.image_file import ImageError, decode_photograph
from engine.data.photograph import is_photograph, load_photograph, prepare_photograph
from engine.data.png import write_gray_png
from engine.geometry import Size


def jpeg(rgb: np.ndarray, *, orientation: int | None = None) -> bytes:
    """A JPEG, with EXIF that names an orientation and a place."""
    done, encoded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    assert done
    data = encoded.tobytes()
    if orientation is None:
        return data
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff + b"GPS 48.2082 16.3738"
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def halves(height: int = 60, width: int = 100) -> np.ndarray:
    rgb = np.full((height, width, 3), (220, 40, 40), np.uint8)
    rgb[:, width // 2 :] = (40, 40, 220)
    return rgb


def test_a_photograph_keeps_its_pixels_and_its_file_name(tmp_path):
    path = tmp_path / "beach.jpg"
    path.write_bytes(jpeg(halves()))
    photograph = load_photograph(path)
    assert photograph.file == "beach.jpg"
    assert photograph.size == photograph.original_size == Size(100, 60)
    assert not photograph.is_scaled
    assert np.array_equal(decode_photograph(photograph.data), photograph.rgb)
    assert np.abs(photograph.rgb[:, :40].astype(int) - (220, 40, 40)).max() < 16
    assert not photograph.rgb.flags.writeable


def test_it_is_turned_upright_and_what_the_camera_noted_is_gone():
    data = jpeg(halves(), orientation=6)
    photograph = prepare_photograph(data, "turned.jpg")
    assert photograph.size == Size(60, 100)
    assert photograph.rgb[10, 30, 0] > 150 > photograph.rgb[90, 30, 0]
    assert b"GPS" in data
    assert b"GPS" not in photograph.data and b"EXIF" not in photograph.data.upper()


def test_a_large_one_is_scaled_and_says_so():
    photograph = prepare_photograph(jpeg(halves(500, 4000)), "wide.jpg")
    assert photograph.size == Size(2048, 256)
    assert photograph.original_size == Size(4000, 500)
    assert photograph.is_scaled


def test_the_same_file_gives_the_same_bytes():
    data = jpeg(halves())
    assert prepare_photograph(data, "a.jpg").data == prepare_photograph(data, "b.jpg").data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JPEG"),
        (b"GIF89a", "not a JPEG"),
        (jpeg(halves())[:-40], "truncated"),
        (jpeg(halves(6, 30)), "too few"),
        (jpeg(halves(60, 7)), "too few"),
    ],
)
def test_what_is_no_photograph_is_refused_in_one_line(data, reason, tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=reason) as caught:
        load_photograph(path)
    assert str(caught.value).startswith("x.jpg: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        load_photograph(tmp_path / "none.jpg")


def test_a_photograph_is_told_from_a_layout_by_its_colours(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    pictures = {
        "photograph.png": cv2.imencode(".png", noise)[1].tobytes(),
        "photograph.jpg": jpeg(halves()),
        "coloured.png": cv2.imencode(".png", halves())[1].tobytes(),
        "index.png": write_gray_png(np.zeros((64, 64), np.uint8)),
        "broken.png": b"nothing",
    }
    for name, data in pictures.items():
        (tmp_path / name).write_bytes(data)
    assert [name for name in pictures if is_photograph(tmp_path / name)] == ["photograph.png", "photograph.jpg"]
    assert not is_photograph(tmp_path / "none.png")
