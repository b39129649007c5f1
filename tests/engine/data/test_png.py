"""Tests of PNG files."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from engine.data.png import (
    GRAY,
    INDEXED,
    RGB,
    RGBA,
    SIGNATURE,
    PngError,
    read_png,
    write_gray16_png,
    write_gray_png,
    write_indexed_png,
    write_rgb_png,
)
from engine.geometry import Size

PALETTE = np.arange(256 * 3, dtype=np.uint32).astype(np.uint8).reshape(256, 3)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=12)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, depth: int, colour_type: int, raw: bytes, middle: bytes = b"") -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    return SIGNATURE + header + middle + _chunk(b"IDAT", zlib.compress(raw)) + _chunk(b"IEND", b"")


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, SHAPES))
def test_indices_come_back_with_their_palette(indices: np.ndarray) -> None:
    array, info = read_png(write_indexed_png(indices, PALETTE))
    np.testing.assert_array_equal(array, indices)
    assert array.dtype == np.uint8
    assert (info.colour_type, info.bit_depth, info.size) == (INDEXED, 8, Size.of(indices))
    np.testing.assert_array_equal(info.palette, PALETTE)


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint16, SHAPES))
def test_sixteen_bit_values_come_back(values: np.ndarray) -> None:
    array, info = read_png(write_gray16_png(values))
    np.testing.assert_array_equal(array, values)
    assert array.dtype == np.uint16
    assert (info.colour_type, info.bit_depth) == (GRAY, 16)


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, SHAPES.map(lambda shape: (*shape, 3))))
def test_photographs_come_back(rgb: np.ndarray) -> None:
    array, info = read_png(write_rgb_png(rgb))
    np.testing.assert_array_equal(array, rgb)
    assert info.colour_type == RGB


def test_other_programs_see_the_same_pixels() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    indices, values = rgb[..., 0], rgb[..., 1].astype(np.uint16) * 257
    for data, expected in (
        (write_rgb_png(rgb), rgb[..., ::-1]),
        (write_indexed_png(indices, PALETTE), PALETTE[indices][..., ::-1]),
        (write_gray16_png(values), values),
        (write_gray_png(indices), indices),
    ):
        np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_filtered_rows_of_other_programs_are_read(channels: int) -> None:
    ramp = np.add.outer(np.arange(40), np.arange(50))[..., None] * np.arange(1, channels + 1)
    picture = np.squeeze(ramp % 256).astype(np.uint8)
    stored = picture if channels == 1 else picture[..., [2, 1, 0, 3][:channels]]
    data = cv2.imencode(".png", np.ascontiguousarray(stored), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    array, info = read_png(data)
    np.testing.assert_array_equal(array, picture)
    assert info.colour_type == {1: GRAY, 3: RGB, 4: RGBA}[channels]


@pytest.mark.parametrize("filtering", [0, 1, 2])
def test_indices_of_one_two_and_four_bits_stay_indices(filtering: int) -> None:
    palette = _chunk(b"PLTE", bytes(range(12)))
    for depth, expected in ((1, [[1, 0, 1]]), (2, [[3, 0, 2]]), (4, [[3, 0, 2]])):
        packed = {1: [0b10100000], 2: [0b11001000], 4: [0x30, 0x20]}[depth]
        row = bytes([filtering, packed[0], *((v - packed[0] * (filtering == 1)) % 256 for v in packed[1:])])
        array, info = read_png(_png(3, 1, depth, INDEXED, row, palette))
        assert array.tolist() == expected
        assert info.bit_depth == depth


def test_text_comes_back_in_any_script() -> None:
    text = {"Settings": '{"seed": 3}', "Author": "Jörg 東京"}
    data = write_rgb_png(np.zeros((2, 2, 3), np.uint8), text)
    assert read_png(data)[1].text == text


def test_the_same_pixels_give_the_same_bytes() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    assert write_rgb_png(rgb, {"b": "1", "a": "2"}) == write_rgb_png(rgb.copy(), {"a": "2", "b": "1"})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a PNG"),
        (b"GIF89a", "not a PNG"),
        (SIGNATURE, "no header"),
        (SIGNATURE + b"\0" * 40, "no header"),
        (_png(0, 2, 8, GRAY, b""), "impossible header"),
        (_png(70_000, 1, 8, GRAY, b""), "too large"),
        (_png(30_000, 30_000, 8, GRAY, b"\0"), "too large"),
        (_png(2, 2, 16, RGB, b"\0" * 26), "colour type 2 with 16 bits"),
        (_png(2, 2, 4, GRAY, b"\0" * 4), "colour type 0 with 4 bits"),
        (_png(2, 2, 8, GRAY, b"\0" * 5), "more or fewer pixels"),
        (_png(2, 2, 8, GRAY, b"\0" * 1_000_000), "more or fewer pixels"),
        (_png(2, 2, 8, GRAY, b"\5\0\0" * 2), "unknown row filter"),
        (_png(2, 2, 8, INDEXED, b"\0\0\0" * 2), "without a palette"),
        (_png(2, 1, 8, INDEXED, b"\0\0\4", _chunk(b"PLTE", b"\0" * 6)), "outside its palette"),
        (_png(2, 1, 8, INDEXED, b"\0\0\0", _chunk(b"PLTE", b"\0" * 5)), "impossible palette"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PngError, match=reason):
        read_png(data)


def test_an_interlaced_png_is_refused_with_advice() -> None:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, GRAY, 0, 0, 1))
    with pytest.raises(PngError, match="without interlacing"):
        read_png(SIGNATURE + header + _chunk(b"IEND", b""))


def test_a_picture_above_the_callers_limit_is_refused() -> None:
    data = write_gray_png(np.zeros((10, 10), np.uint8))
    assert read_png(data, max_pixels=100)[0].shape == (10, 10)
    with pytest.raises(PngError, match="at most 99 pixels"):
        read_png(data, max_pixels=99)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
def test_a_damaged_png_is_refused_or_read_as_it_was(place: int, value: int, is_cut: bool) -> None:
    indices = np.random.default_rng(3).integers(0, 9, (12, 12)).astype(np.uint8)
    data = bytearray(write_indexed_png(indices, PALETTE))
    place %= len(data)
    if is_cut:
        del data[place:]
    else:
        data[place] = value
    try:
        array, _ = read_png(bytes(data))
    except PngError:
        return
    np.testing.assert_array_equal(array, indices)


def test_arrays_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="2-dimensional uint16"):
        write_gray16_png(np.zeros((2, 2), np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="outside a palette"):
        write_indexed_png(np.full((2, 2), 4, np.uint8), PALETTE[:4])
    with pytest.raises(ValueError, match="3-dimensional"):
        write_rgb_png(np.zeros((0, 2, 3), np.uint8))
    with pytest.raises(ValueError, match="keyword"):
        write_gray_png(np.zeros((2, 2), np.uint8), {"": "x"})
