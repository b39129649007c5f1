"""An open bank: what it hands out, and what it refuses."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import cv2
import numpy as np
import pytest

import engine.bank.bank as bank_module
import engine.bank.index_file as index_file
from engine.bank.bank import Bank
from engine.bank.builder import build_bank
from engine.bank.index import SegmentIndex
from engine.bank.schema import BankFormatError, pack
from engine.bank.verify import verify_bank
from engine.data.importers.folder import FolderImporter
from engine.data.png import write_gray_png
from engine.regions import find_regions
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4)


@pytest.fixture
def bank(built):
    with closing(Bank.open(built)) as opened:
        yield opened


def index_of(bank: Bank, class_key: str) -> SegmentIndex:
    index = bank.index(class_key)
    assert index is not None
    return index


@pytest.fixture
def damaged(built, tmp_path):
    """Return a function that changes a copy of the bank with SQL and returns its path."""

    def change(sql: str, *values: object):
        path = tmp_path / "damaged.bank"
        shutil.copy(built, path)
        with closing(sqlite3.connect(path)) as db:
            db.execute(sql, values)
            db.commit()
        return path

    return change


def test_counts_add_up(bank):
    counts = bank.counts()
    assert [c.key for c in counts] == [info.key for info in bank.table]
    assert sum(c.segments for c in counts) == bank.segment_count
    assert bank.source_count == 4
    assert next(c for c in counts if c.key == "sky").sources == 4
    assert next(c for c in counts if c.key == "bicyclist").segments == 0


def test_a_crop_is_cut_from_the_photograph(bank):
    source = bank.sources()[1]
    for segment, region in zip(
        bank.segments_of(source.key), find_regions(bank.layout(source.key), bank.table), strict=True
    ):
        crop = bank.crop(segment.key)
        assert crop.key == segment.key
        assert crop.class_key == bank.table[segment.class_id].key
        assert crop.bounds == region.bounds
        assert np.array_equal(crop.mask, region.mask)
        assert np.array_equal(crop.rgb, bank.photograph(source.key)[region.bounds.slices])
        assert (crop.source_key, crop.source_size, crop.provenance) == (source.key, source.size, source.provenance)
        assert not crop.rgb.flags.writeable
        assert not crop.mask.flags.writeable
        assert segment.key in bank
        assert bank.segment(segment.key) == segment


def test_shade_lies_on_the_ground_beside_and_below_objects_only(bank):
    things = [info.id for info in bank.table if info.kind == "thing"]
    shaded = 0
    for source in bank.sources():
        layout = bank.layout(source.key)
        reach_px = 1  # 0.02 * 64 rows
        for segment in bank.segments_of(source.key):
            crop = bank.crop(segment.key)
            if not bank.table[segment.class_id].ground:
                assert not crop.shade.any()
                continue
            expected = np.zeros(layout.class_ids.shape, np.bool_)
            for y, x in np.argwhere(np.isin(layout.class_ids, things)):
                expected[y : y + reach_px + 1, max(0, x - reach_px) : x + reach_px + 1] = True
            assert np.array_equal(crop.shade, expected[segment.bounds.slices] & crop.mask)
            shaded += int(crop.shade.sum())
    assert shaded > 0


def test_tone_is_that_of_the_whole_photograph(bank):
    source = bank.sources()[0]
    lab = cv2.cvtColor(bank.photograph(source.key).astype(np.float32) / 255, cv2.COLOR_RGB2Lab).reshape(-1, 3)
    tone = bank.crop(bank.segments_of(source.key)[0].key).tone
    assert np.allclose(tone, [*lab.mean(0), *lab.std(0)], atol=0.01)


def test_an_unknown_key_is_a_key_error(bank):
    assert "0" * 16 not in bank
    assert "x' OR 1" not in bank
    assert 7 not in bank
    for ask in (bank.segment, bank.crop, bank.source, bank.segments_of, bank.photograph, bank.layout, bank.depth_m):
        with pytest.raises(KeyError):
            ask("0" * 16)


def test_photographs_are_kept_up_to_a_limit(built, monkeypatch):
    monkeypatch.setattr(bank_module, "_PHOTOGRAPH_CACHE_BYTES", 2 * 96 * 64 * 3)
    with closing(Bank.open(built)) as bank:
        first, second, third, _ = (source.key for source in bank.sources())
        kept = bank.photograph(first)
        assert bank.photograph(first) is kept
        bank.photograph(second)
        assert bank.photograph(first) is kept
        bank.photograph(third)
        assert bank.photograph(first) is kept
        assert bank.photograph(second) is not kept
        bank.photograph(third)
        bank.photograph(second)
        assert bank.photograph(first) is not kept
        assert not kept.flags.writeable


def test_instances_and_the_absence_of_depth_survive(tmp_path):
    root = draw_tiny_dataset(tmp_path / "set", count=1)
    (root / "depth/000.png").unlink()
    (root / "instances").mkdir()
    ids = np.zeros((64, 96), np.uint8)
    ids[45:50, 40:60] = 3
    (root / "instances/000.png").write_bytes(write_gray_png(ids))
    build_bank(FolderImporter(root, None), tmp_path / "a.bank")
    with closing(Bank.open(tmp_path / "a.bank")) as bank:
        key = bank.sources()[0].key
        assert bank.depth_m(key) is None
        assert np.array_equal(bank.layout(key).instance_ids, ids)
        assert any(segment.instance_id == 3 for segment in bank.segments_of(key))
    assert verify_bank(tmp_path / "a.bank") == []


def test_a_bank_in_a_folder_that_cannot_be_written_opens(built, tmp_path):
    folder = tmp_path / "fixed"
    folder.mkdir()
    shutil.copy(built, folder / "a.bank")
    (folder / "a.bank").chmod(0o444)
    folder.chmod(0o555)
    try:
        with closing(Bank.open(folder / "a.bank")) as bank:
            assert bank.index("sky") is not None
    finally:
        folder.chmod(0o755)


def test_a_name_with_odd_characters_opens(built, tmp_path):
    path = tmp_path / "a b#c?mode=rw%20ü.bank"
    shutil.copy(built, path)
    Bank.open(path).close()


@pytest.mark.parametrize("data", [b"", b"no bank", b"SQLite format 3\0" + b"x" * 4000])
def test_what_is_no_bank_is_refused_in_one_line(tmp_path, data):
    path = tmp_path / "a.bank"
    path.write_bytes(data)
    with pytest.raises(BankFormatError) as caught:
        Bank.open(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(BankFormatError, match="no such file"):
        Bank.open(tmp_path / "nothing.bank")
    with pytest.raises(BankFormatError, match="directory"):
        Bank.open(tmp_path)


def test_an_unfinished_build_is_no_bank(tmp_path):
    root = draw_tiny_dataset(tmp_path / "set", count=2)
    with pytest.raises(KeyboardInterrupt):
        build_bank(FolderImporter(root, None), tmp_path / "a.bank", progress=_interrupt)
    with pytest.raises(BankFormatError, match="not a bank"):
        Bank.open(tmp_path / "a.bank.part")


def _interrupt(done: int, _total: int, _name: str) -> None:
    if done == 1:
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("PRAGMA user_version = 9", "format 9"),
        ("CREATE TABLE more (a)", "unexpected tables"),
        ("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM sources; END", "unexpected tables"),
        ("UPDATE meta SET value = '../../etc' WHERE key = 'digest'", "no digest"),
        ("UPDATE meta SET value = '{}' WHERE key = 'table'", "class table"),
        ("DELETE FROM sources", "no photograph"),
        ("DELETE FROM segments", "no segment"),
        ("UPDATE sources SET width = 100000", "8192"),
        ("UPDATE sources SET tone = x'00'", "source is damaged"),
        ("UPDATE sources SET context = x'78'", "grid"),
        ("UPDATE segments SET class = 200", "unknown class"),
    ],
)
def test_a_bank_that_contradicts_itself_is_refused(damaged, sql, reason):
    with pytest.raises(BankFormatError, match=reason):
        Bank.open(damaged(sql))


def test_a_grid_that_unpacks_to_gigabytes_is_refused(damaged):
    with pytest.raises(BankFormatError, match="wrong length"):
        Bank.open(damaged("UPDATE sources SET context = ?", pack(bytes(10_000_000))))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE segments SET cells = cells + 1 WHERE class = 0",
        "UPDATE segments SET bottom = 99 WHERE class = 0",
        "UPDATE segments SET source = 77 WHERE class = 0",
        "UPDATE segments SET bits = x'00' WHERE class = 0",
        "UPDATE segments SET key = 'no key' || id WHERE class = 0",
        "UPDATE segments SET valid = 5000 WHERE class = 0",
    ],
)
def test_an_index_of_damaged_segments_is_refused(damaged, sql):
    with closing(Bank.open(damaged(sql))) as bank, pytest.raises(BankFormatError):
        bank.index("sky")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE segments SET x1 = 500", None),
        ("UPDATE segments SET mask = ?", pack(bytes(3))),
        ("UPDATE segments SET area = area - 1", None),
        ("UPDATE pictures SET photograph = ?", b"\xff\xd8nothing"),
    ],
)
def test_a_crop_of_a_damaged_segment_is_refused(damaged, sql, value):
    with closing(Bank.open(damaged(sql, *([] if value is None else [value])))) as bank:
        key = index_of(bank, "sky").key(0)
        with pytest.raises(BankFormatError):
            bank.crop(key)


def test_a_layout_with_foreign_ids_or_of_another_size_is_refused(damaged):
    for data in (write_gray_png(np.full((64, 96), 99, np.uint8)), write_gray_png(np.zeros((64, 95), np.uint8))):
        path = damaged("UPDATE pictures SET layout = ?", data)
        with closing(Bank.open(path)) as bank, pytest.raises(BankFormatError, match="layout"):
            bank.layout(bank.sources()[0].key)


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE segments SET instance = 4 WHERE id = 2", "another class or instance"),
        ("UPDATE segments SET key = 'aaaaaaaaaaaaaaaa' WHERE id = 2", "another one"),
        ("UPDATE segments SET valid = valid - 1 WHERE id = 2", "grids"),
        ("UPDATE sources SET key = 'aaaaaaaaaaaaaaaa' WHERE id = 2", "photograph is another one"),
        ("UPDATE pictures SET photograph = x'ffd8ffd9' WHERE source = 2", "JPEG"),
        ("DELETE FROM pictures WHERE source = 2", "missing"),
    ],
)
def test_verify_names_what_is_wrong(damaged, sql, fault):
    faults = verify_bank(damaged(sql))
    assert any(fault in line for line in faults)


def test_verify_stops_at_a_broken_page(built, tmp_path):
    path = tmp_path / "a.bank"
    data = bytearray(built.read_bytes())
    for page in range(8, len(data) // 4096 - 1):
        data[page * 4096 : page * 4096 + 16] = b"\xaa" * 16
    path.write_bytes(data)
    try:
        assert verify_bank(path)
    except BankFormatError as error:
        assert str(path) in str(error)


def test_grids_are_mapped_from_the_cache_and_made_anew_where_it_is_broken(built, tmp_path, monkeypatch):
    monkeypatch.setenv("TESSERA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index_file, "MIN_CACHED_SEGMENTS", 1)

    def bits():
        with closing(Bank.open(built)) as bank:
            return index_of(bank, "building").columns.bits

    first = bits()
    masks, blocks = sorted((tmp_path / "cache").iterdir(), reverse=True)
    assert isinstance(first, np.memmap)
    assert np.array_equal(bits(), first)
    truth = np.array(first)
    for path in (masks, blocks):
        whole = path.read_bytes()
        for broken in (b"", whole[:-8], whole[:-8] + bytes(8 * [255]), b"\x80\x04pickle"):
            path.unlink()
            path.write_bytes(broken)
            assert np.array_equal(bits(), truth)
            assert path.read_bytes() == whole


def test_a_cache_folder_that_cannot_be_written_costs_only_time(built, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file, not a folder")
    monkeypatch.setenv("TESSERA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index_file, "MIN_CACHED_SEGMENTS", 1)
    with closing(Bank.open(built)) as bank:
        assert len(index_of(bank, "building")) == 4


def test_a_thread_of_its_own_opens_its_own(bank, built):
    with closing(Bank.open(built)) as other:
        assert other.digest == bank.digest
        assert np.array_equal(other.scene_contexts(), bank.scene_contexts())
        assert other.scene_contexts().shape == (4, 32, 64)
