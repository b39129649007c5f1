"""Importers read what belongs together and name what does not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.classes import VOID
from engine.data.image_file import ImageError, decode_ids8, decode_photograph, encode_webp, read_file
from engine.data.importers import IMPORTERS
from engine.data.importers.camvid import CamVidImporter
from engine.data.importers.folder import FolderImporter
from engine.data.importers.reading import decode_depth, encode_depth
from engine.data.png import write_gray16_png, write_gray_png, write_indexed_png, write_rgb_png
from engine.data.sample import SampleError, iterate_samples
from tests.support.tiny_bank import draw_tiny_dataset

CAMVID = Path(__file__).resolve().parents[4] / "shared/data/camvid"
LANDSCAPES = Path(__file__).resolve().parents[4] / "shared/prototypes/landscapes/scenes"


@pytest.fixture
def tiny(tmp_path):
    return draw_tiny_dataset(tmp_path / "tiny", count=4)


@pytest.fixture
def camvid(tmp_path):
    """A CamVid of three frames of two drives, drawn."""
    rng = np.random.default_rng(0)
    for folder in ("train", "trainannot"):
        (tmp_path / folder).mkdir()
    for name in ("0001TP_000001", "0006R0_f00001", "0006R0_f00002"):
        rgb = rng.integers(0, 256, (24, 32, 3), np.uint8)
        ids = rng.integers(0, 12, (24, 32)).astype(np.uint8)
        (tmp_path / f"train/{name}.jpg").write_bytes(jpeg(rgb))
        (tmp_path / f"trainannot/{name}.png").write_bytes(write_gray_png(ids))
    return tmp_path


def jpeg(rgb: np.ndarray, *flags: int) -> bytes:
    return cv2.imencode(".jpg", rgb, list(flags))[1].tobytes()


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)


def reason_of(importer, name: str) -> str:
    with pytest.raises(SampleError) as caught:
        importer.load(name)
    return str(caught.value)


def test_the_folder_importer_reads_photograph_layout_depth_and_provenance(tiny):
    importer = IMPORTERS["folder"](tiny, None)
    assert importer.names() == ["000", "001", "002", "003"]
    sample = importer.load("001")
    assert sample.rgb.shape == (64, 96, 3)
    assert sample.layout.class_ids.shape == (64, 96)
    assert sample.depth_m is not None
    assert sample.depth_m.max() == pytest.approx(10_000, rel=1e-3)
    origin = sample.provenance
    assert (origin.dataset, origin.file, origin.group) == ("Tiny", "photographs/001.jpg", "south")
    assert (origin.author, origin.licence) == ("the tests", "CC0")
    assert sample.photograph_bytes == (tiny / "photographs/001.jpg").read_bytes()


def test_the_folder_importer_reads_instances_and_scales_a_smaller_depth_map(tiny):
    (tiny / "instances").mkdir()
    instances = np.zeros((64, 96), np.uint16)
    instances[40:50, 40:50] = 300
    (tiny / "instances/000.png").write_bytes(write_gray16_png(instances))
    (tiny / "depth/000.png").write_bytes(write_gray16_png(np.full((32, 48), 11513, np.uint16)))
    sample = FolderImporter(tiny, None).load("000")
    assert sample.layout.instance_ids.max() == 300
    assert sample.depth_m is not None
    assert sample.depth_m.shape == (64, 96)
    assert sample.depth_m[0, 0] == pytest.approx(10, rel=1e-3)  # exp(11513 / 5000)


def test_a_photograph_without_a_named_group_is_a_group_of_its_own(tiny):
    (tiny / "sources.toml").unlink()
    assert FolderImporter(tiny, None).load("002").provenance.group == "002"


def test_depth_survives_its_encoding_within_a_fifth_of_a_thousandth():
    depth_m = np.array([[0, 1.5, 30, 1e5]], np.float32)
    again = decode_depth(encode_depth(depth_m))
    assert again[0, 0] == 0
    assert np.allclose(again[0, 1:], depth_m[0, 1:], rtol=2e-4)


def test_a_truncated_photograph_is_named(tiny):
    path = tiny / "photographs/001.jpg"
    path.write_bytes(path.read_bytes()[:-200])
    assert reason_of(FolderImporter(tiny, None), "001") == "photographs/001.jpg: truncated JPEG"


def test_a_layout_of_another_size_is_named_with_both_sizes(tiny):
    (tiny / "layouts/001.png").write_bytes(write_gray_png(np.zeros((64, 95), np.uint8)))
    assert reason_of(FolderImporter(tiny, None), "001") == "layouts/001.png: is 95x64, its photograph 96x64"


def test_an_id_outside_the_table_is_named(tiny):
    ids = np.full((64, 96), VOID, np.uint8)
    ids[3, 4], ids[5, 6] = 11, 200
    (tiny / "layouts/001.png").write_bytes(write_gray_png(ids))
    assert reason_of(FolderImporter(tiny, None), "001") == "layouts/001.png: id outside the table: 11, 200"


def test_a_missing_layout_is_named(tiny):
    (tiny / "layouts/001.png").unlink()
    assert reason_of(FolderImporter(tiny, None), "001") == "layouts/001.png: no such file or directory"


def test_a_depth_map_of_other_proportions_is_named(tiny):
    (tiny / "depth/001.png").write_bytes(write_gray16_png(np.ones((64, 64), np.uint16)))
    assert "other proportions" in reason_of(FolderImporter(tiny, None), "001")


def test_a_photograph_too_small_for_a_layout_is_refused(tiny):
    (tiny / "photographs/001.jpg").write_bytes(jpeg(np.zeros((4, 4, 3), np.uint8)))
    assert "8 to 8192 pixels a side" in reason_of(FolderImporter(tiny, None), "001")


def test_broken_samples_are_skipped_and_counted(tiny):
    (tiny / "photographs/001.jpg").write_bytes(b"nothing")
    skipped: list[SampleError] = []
    samples = list(iterate_samples(FolderImporter(tiny, None), skipped))
    assert [s.name for s in samples] == ["000", "002", "003"]
    assert [e.name for e in skipped] == ["photographs/001.jpg"]


def test_explicit_class_ids_out_of_order_are_refused(tiny):
    (tiny / "classes.toml").write_text(
        '[[class]]\nid = 1\nkey = "sky"\ncolour = "#000001"\n[[class]]\nid = 0\nkey = "road"\ncolour = "#000002"\n'
    )
    with pytest.raises(SampleError, match="ids must count up from 0"):
        FolderImporter(tiny, None)


def test_a_folder_without_photographs_or_classes_or_with_a_split_is_refused(tmp_path, tiny):
    with pytest.raises(SampleError, match="no such file"):
        FolderImporter(tmp_path / "nowhere", None)
    with pytest.raises(SampleError, match="no splits"):
        FolderImporter(tiny, "train")
    (tiny / "classes.toml").unlink()
    with pytest.raises(SampleError, match=r"classes\.toml"):
        FolderImporter(tiny, None)


def test_other_files_beside_the_photographs_are_left_alone(tiny):
    for name in ("001.txt", "001.json", "notes"):
        (tiny / "photographs" / name).write_text("no photograph")
    importer = FolderImporter(tiny, None)
    assert importer.names() == ["000", "001", "002", "003"]
    assert importer.load("001").provenance.file == "photographs/001.jpg"


def test_two_photographs_of_one_name_are_refused(tiny):
    (tiny / "photographs/001.png").write_bytes(write_rgb_png(picture()))
    with pytest.raises(SampleError, match="two photographs are called 001"):
        FolderImporter(tiny, None)


def test_camvid_turns_its_void_into_void_and_names_the_drive(camvid):
    sample = CamVidImporter(camvid, None).load("0001TP_000001")
    raw = decode_ids8((camvid / "trainannot/0001TP_000001.png").read_bytes())
    assert np.array_equal(sample.layout.class_ids, np.where(raw == 11, VOID, raw))
    assert sample.provenance.group == "0001TP"
    assert sample.provenance.file == "train/0001TP_000001.jpg"


def test_camvid_splits_by_drive(camvid):
    assert len(CamVidImporter(camvid, "train").names()) == 3
    assert CamVidImporter(camvid, "dev-train").names() == ["0001TP_000001"]
    assert CamVidImporter(camvid, "dev").names() == ["0006R0_f00001", "0006R0_f00002"]
    with pytest.raises(SampleError, match="no such split"):
        CamVidImporter(camvid, "test")
    with pytest.raises(SampleError):
        CamVidImporter(camvid, "val")


@pytest.mark.parametrize("foreign", [12, 254, 255])
def test_camvid_refuses_ids_above_its_void(camvid, foreign):
    ids = np.zeros((24, 32), np.uint8)
    ids[0, 0] = foreign
    (camvid / "trainannot/0001TP_000001.png").write_bytes(write_gray_png(ids))
    reason = reason_of(CamVidImporter(camvid, None), "0001TP_000001")
    assert reason == f"trainannot/0001TP_000001.png: id outside the table: {foreign}"


@pytest.mark.skipif(not CAMVID.is_dir(), reason="CamVid is not at ../shared/data/camvid")
def test_the_real_camvid_has_its_367_frames():
    importer = CamVidImporter(CAMVID, "train")
    assert len(importer.names()) == 367
    assert len(CamVidImporter(CAMVID, "val").names()) == 101
    sample = importer.load(importer.names()[0])
    assert sample.rgb.shape == (360, 480, 3)
    assert set(np.unique(sample.layout.class_ids)) <= {*range(11), VOID}


@pytest.mark.skipif(not LANDSCAPES.is_dir(), reason="the prototype's scenes are not at ../shared/prototypes")
def test_the_prototypes_scenes_are_a_folder():
    importer = FolderImporter(LANDSCAPES, None)
    sample = importer.load(importer.names()[0])
    assert (importer.table.key, len(importer.table)) == ("scenes", 15)
    assert sample.depth_m is not None
    assert sample.depth_m.max() == pytest.approx(1e5, rel=0.01)  # sky
    assert sample.layout.instance_ids.any()


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_is_read_whole_or_not_at_all(progressive):
    data = jpeg(picture(), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert decode_photograph(data).shape == (24, 32, 3)
    assert decode_photograph(data + b"trailing").shape == (24, 32, 3)
    for length in range(2, len(data), 7):
        with pytest.raises(ImageError):
            decode_photograph(data[:length])


def test_a_thumbnail_inside_a_truncated_jpeg_does_not_pass_for_its_end():
    data = jpeg(picture())
    thumbnail = b"\xff\xe1" + (len(data) + 2).to_bytes(2, "big") + data
    with_thumbnail = data[:2] + thumbnail + data[2:]
    assert decode_photograph(with_thumbnail).shape == (24, 32, 3)
    with pytest.raises(ImageError, match="truncated JPEG"):
        decode_photograph(with_thumbnail[:-2])


def test_a_truncated_webp_is_refused():
    data = encode_webp(picture())
    assert decode_photograph(data).shape == (24, 32, 3)
    for length in (8, 29, len(data) // 2, len(data) - 2):
        with pytest.raises(ImageError):
            decode_photograph(data[:length])


def test_a_picture_that_says_it_is_huge_is_refused_before_it_is_decoded():
    data = bytearray(jpeg(picture()))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (9000).to_bytes(2, "big") * 2
    with pytest.raises(ImageError, match="9000x9000"):
        decode_photograph(bytes(data))


def test_png_photographs_may_be_colour_grey_or_indexed():
    rgb = picture()
    assert np.array_equal(decode_photograph(write_rgb_png(rgb)), rgb)
    assert decode_photograph(write_gray_png(rgb[..., 0]))[3, 4].tolist() == [rgb[3, 4, 0]] * 3
    palette = np.array([[1, 2, 3], [200, 100, 50]], np.uint8)
    ids = (rgb[..., 0] > 127).astype(np.uint8)
    indexed = write_indexed_png(ids, palette)
    assert np.array_equal(decode_photograph(indexed), palette[ids])
    assert np.array_equal(decode_ids8(indexed), ids)
    with pytest.raises(ImageError, match="8 bits"):
        decode_photograph(write_gray16_png(np.zeros((8, 8), np.uint16)))


def test_ids_are_not_read_from_colours():
    with pytest.raises(ImageError, match="grey or indexed"):
        decode_ids8(write_rgb_png(picture()))


def test_a_file_that_cannot_be_read_gives_one_reason(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        read_file(tmp_path / "nothing.jpg")
