"""The painter's own bank: photographs come and go, readers see them whole, and no end of any kind harms it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.browsing import list_segments, list_sources
from engine.bank.builder import build_bank
from engine.bank.personal import PersonalBank, export_bank, personal_bank_path
from engine.bank.schema import BankFormatError
from engine.bank.tables import extend_table
from engine.bank.verify import verify_bank
from engine.classes import VOID, ClassTable, ClassTableError, builtin_class_table
from engine.data.importers.folder import FolderImporter
from engine.data.photograph import prepare_photograph
from engine.data.sample import Provenance, Sample
from engine.layout import Layout
from tests.support.tiny_bank import draw_tiny_dataset

ROOT = Path(__file__).resolve().parents[3]
STREET = builtin_class_table("street")
KILLED_ADD = """
import os, signal, sys
from pathlib import Path
import engine.bank.personal as personal
import engine.bank.writing as writing
from engine.data.importers.folder import FolderImporter

target, calls_left = sys.argv[1], int(sys.argv[2])
module = personal if hasattr(personal, target) else writing
function = getattr(module, target)

def die_in_time(*args, **kwargs):
    global calls_left
    calls_left -= 1
    if calls_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*args, **kwargs)

setattr(module, target, die_in_time)
importer = FolderImporter(Path(sys.argv[3]), None)
bank = personal.PersonalBank.open(Path(sys.argv[4]), importer.table)
for name in importer.names():
    bank.add(importer.load(name), importer.table)
"""


@pytest.fixture(scope="module")
def tiny_root(tmp_path_factory) -> Path:
    return draw_tiny_dataset(tmp_path_factory.mktemp("tiny"), count=3)


@pytest.fixture(scope="module")
def tiny(tiny_root) -> FolderImporter:
    return FolderImporter(tiny_root, None)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "data" / "My photographs.bank"


def change(path: Path, function):
    with closing(PersonalBank.open(path, STREET)) as bank:
        return function(bank)


def content(path: Path) -> tuple[str, int, int]:
    with closing(Bank.open(path)) as bank:
        return bank.digest, bank.source_count, bank.segment_count


def sample_of(class_ids: np.ndarray, name: str = "own", seed: int = 0) -> Sample:
    rgb = np.random.default_rng(seed).integers(0, 255, (*class_ids.shape, 3)).astype(np.uint8)
    done, png = cv2.imencode(".png", rgb)
    assert done
    photograph = prepare_photograph(png.tobytes(), f"{name}.png")
    origin = Provenance("My photographs", f"{name}.png", author="A. Painter", licence="CC BY 4.0")
    return Sample(name, photograph.rgb, Layout.from_classes(class_ids), origin, photograph.data)


def half_and_half(left: int, right: int) -> np.ndarray:
    ids = np.full((32, 48), left, np.uint8)
    ids[:, 24:] = right
    return ids


def test_a_bank_of_ones_own_begins_with_its_first_photograph(tiny, path):
    sample = tiny.load(tiny.names()[0])
    added = change(path, lambda bank: bank.add(sample, tiny.table))
    with closing(Bank.open(path)) as bank:
        assert bank.is_living
        assert added.is_new and added.segments == bank.segment_count > 0
        assert bank.sources()[0].key == added.source_key
        assert bank.layout(added.source_key) == sample.layout
        assert bank.photograph_bytes(added.source_key) == sample.photograph_bytes
    assert verify_bank(path) == []
    assert [p.name for p in path.parent.iterdir() if p.suffix == ".tmp"] == []


def test_its_content_is_that_of_a_bank_built_from_the_same_photographs(tiny, path, tmp_path):
    for name in tiny.names():
        change(path, lambda bank, name=name: bank.add(tiny.load(name), tiny.table))
    build_bank(tiny, tmp_path / "built.bank")
    assert content(path) == content(tmp_path / "built.bank")


def test_a_photograph_added_again_gets_the_new_layout_and_keeps_its_segments_keys(path):
    first = sample_of(half_and_half(0, 1))
    one = change(path, lambda bank: bank.add(first, STREET))
    with closing(Bank.open(path)) as bank:
        before = {s.class_id: s.key for s in bank.segments_of(one.source_key)}
    painted = half_and_half(0, 1)
    painted[:8, 40:] = 3
    two = change(path, lambda bank: bank.add(replace(first, layout=Layout.from_classes(painted)), STREET))
    assert (two.is_new, two.source_key) == (False, one.source_key)
    with closing(Bank.open(path)) as bank:
        after = {s.class_id: s.key for s in bank.segments_of(one.source_key)}
        assert bank.source_count == 1
        assert bank.sources()[0].name == "own"
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert 3 in after


def test_two_photographs_of_one_name_are_kept_apart(path):
    for seed in range(3):
        change(path, lambda bank, seed=seed: bank.add(sample_of(half_and_half(0, 1), "beach", seed), STREET))
    with closing(Bank.open(path)) as bank:
        assert [s.name for s in bank.sources()] == ["beach", "beach 2", "beach 3"]


def test_a_photograph_without_a_segment_changes_nothing(path):
    change(path, lambda bank: bank.add(sample_of(half_and_half(0, 1)), STREET))
    before = content(path)
    with pytest.raises(ValueError, match="nothing large enough"):
        change(path, lambda bank: bank.add(sample_of(half_and_half(VOID, VOID), seed=1), STREET))
    assert content(path) == before


def test_the_table_grows_with_classes_of_another_and_old_ids_stay(path):
    landscape = builtin_class_table("landscape")
    new_key = next(info.key for info in landscape if STREET.get(info.key) is None)
    new, known = landscape.get(new_key), landscape.get("sky")
    assert new is not None and known is not None
    change(path, lambda bank: bank.add(sample_of(half_and_half(0, 1)), STREET))
    change(path, lambda bank: bank.add(sample_of(half_and_half(known.id, new.id), seed=1), landscape))
    with closing(Bank.open(path)) as bank:
        assert [c.key for c in bank.table][: len(STREET)] == [c.key for c in STREET]
        assert [c.key for c in bank.table][len(STREET) :] == [new_key]
        found = {bank.table[s.class_id].key for s in bank.segments_of(bank.sources()[1].key)}
        assert found == {"sky", new_key}
    assert verify_bank(path) == []


def test_a_full_table_is_refused_in_one_line():
    classes = tuple(replace(STREET[0], id=i, key=f"class_{i}", colour=(i, 0, 0), synonyms=()) for i in range(255))
    with pytest.raises(ClassTableError, match="no room for"):
        extend_table(ClassTable("full", "Full", classes), STREET, used=np.zeros((8, 8), np.uint8))


def test_what_was_removed_can_be_put_back(tiny, path):
    for name in tiny.names():
        change(path, lambda bank, name=name: bank.add(tiny.load(name), tiny.table))
    before = content(path)
    with closing(Bank.open(path)) as bank:
        source = bank.sources()[1].key
        segment = bank.segments_of(bank.sources()[0].key)[0].key
    photograph = change(path, lambda bank: bank.remove_source(source))
    piece = change(path, lambda bank: bank.remove_segment(segment))
    with closing(Bank.open(path)) as bank:
        assert bank.source_count == 2
        assert segment not in bank
        assert verify_bank(path) == []
    change(path, lambda bank: bank.restore(photograph))
    change(path, lambda bank: bank.restore(piece))
    assert content(path) == before
    with pytest.raises(BankFormatError):
        change(path, lambda bank: bank.restore(piece))
    with pytest.raises(KeyError):
        change(path, lambda bank: bank.remove_segment("0" * 16))


def test_the_last_photograph_can_go(path):
    added = change(path, lambda bank: bank.add(sample_of(half_and_half(0, 1)), STREET))
    change(path, lambda bank: bank.remove_source(added.source_key))
    with closing(Bank.open(path)) as bank:
        assert (bank.source_count, bank.segment_count) == (0, 0)
        assert bank.index("sky") is None
        assert list_sources(bank).total == list_segments(bank).total == 0


def test_an_open_reader_sees_whole_changes_and_knows_that_it_is_old(tiny, path):
    names = tiny.names()
    change(path, lambda bank: bank.add(tiny.load(names[0]), tiny.table))
    with closing(Bank.open(path)) as reader:
        assert reader.is_current
        with closing(PersonalBank.open(path)) as writer:
            writer.add(tiny.load(names[1]), tiny.table)
        assert not reader.is_current
        assert reader.source_count == 1
        with closing(Bank.open(path)) as anew:
            assert anew.is_current and anew.source_count == 2


def test_a_second_writer_waits_its_turn_and_then_says_so(tiny, path, monkeypatch):
    monkeypatch.setattr("engine.bank.personal.BUSY_TIMEOUT_S", 0.05)
    change(path, lambda bank: bank.add(tiny.load(tiny.names()[0]), tiny.table))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BankFormatError, match="another program is writing it"):
            change(path, lambda bank: bank.add(tiny.load(tiny.names()[1]), tiny.table))
        other.execute("ROLLBACK")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(
    ("target", "calls", "whole"), [("rename_whole", 1, 0), ("describe_region", 9, 1), ("content_digest", 3, 1)]
)
def test_a_killed_writer_leaves_a_sound_bank(tiny_root, tiny, path, target, calls, whole):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_ADD, target, str(calls), os.fspath(tiny_root), os.fspath(path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    if whole:
        assert content(path)[1] == whole
        assert verify_bank(path) == []
    else:
        assert not path.exists()
    for name in tiny.names():
        change(path, lambda bank, name=name: bank.add(tiny.load(name), tiny.table))
    assert content(path)[1] == 3
    assert verify_bank(path) == []


def test_an_exported_bank_is_a_finished_one_of_the_same_content(tiny, path, tmp_path):
    for name in tiny.names()[:2]:
        change(path, lambda bank, name=name: bank.add(tiny.load(name), tiny.table))
    out = tmp_path / "Coast.bank"
    out.write_bytes(b"old")
    export_bank(path, out)
    assert content(out) == content(path)
    assert verify_bank(out) == []
    with closing(Bank.open(out)) as bank:
        assert not bank.is_living
        assert bank.name == "Coast"
    with pytest.raises(BankFormatError, match="a finished bank"):
        PersonalBank.open(out)
    with pytest.raises(BankFormatError, match=r"Coast\.bank"):
        export_bank(path, tmp_path / "nowhere" / "Coast.bank")
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_bank_without_a_segment_is_not_exported(path, tmp_path):
    added = change(path, lambda bank: bank.add(sample_of(half_and_half(0, 1)), STREET))
    change(path, lambda bank: bank.remove_source(added.source_key))
    with pytest.raises(BankFormatError, match="no segment yet"):
        export_bank(path, tmp_path / "out.bank")
    assert not (tmp_path / "out.bank").exists()


@pytest.mark.parametrize("data", [b"", b"nonsense", b"SQLite format 3\0" + bytes(100)])
def test_what_is_no_bank_is_not_written(path, data):
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(BankFormatError):
        PersonalBank.open(path, STREET)
    assert path.read_bytes() == data


def test_a_missing_bank_without_a_table_is_an_error(path):
    with pytest.raises(BankFormatError, match="no such bank"):
        PersonalBank.open(path)
    assert not path.exists()


def test_photographs_and_segments_are_found_by_class_and_words(path):
    change(path, lambda bank: bank.add(sample_of(half_and_half(0, 1), "beach"), STREET))
    change(path, lambda bank: bank.add(sample_of(half_and_half(0, 3), "harbour", seed=1), STREET))
    with closing(Bank.open(path)) as bank:
        keys = [info.key for info in bank.table]
        assert [e.source.name for e in list_sources(bank).sources] == ["beach", "harbour"]
        assert [(e.source.name, e.segments) for e in list_sources(bank, class_key=keys[3]).sources] == [("harbour", 1)]
        assert [e.source.name for e in list_sources(bank, words="PAINTER harb").sources] == ["harbour"]
        assert list_sources(bank, words="mountain").total == 0
        assert [e.class_key for e in list_segments(bank).segments] == [keys[0], keys[1], keys[0], keys[3]]
        found = list_segments(bank, class_key=keys[0], words="beach")
        assert (found.total, found.segments[0].source.name) == (1, "beach")
        only = list_segments(bank, source_key=bank.sources()[1].key)
        assert {e.source.name for e in only.segments} == {"harbour"}
        assert list_segments(bank, class_key="no_class").total == 0


def test_its_place_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TESSERA_DATA", str(tmp_path))
    assert personal_bank_path() == tmp_path / "My photographs.bank"


def test_a_long_list_is_cut_short_and_says_how_long_it_is(path, monkeypatch):
    monkeypatch.setattr("engine.bank.browsing.MAX_ENTRIES", 3)
    for seed in range(3):
        change(path, lambda bank, seed=seed: bank.add(sample_of(half_and_half(0, 1), "beach", seed), STREET))
    with closing(Bank.open(path)) as bank:
        found = list_segments(bank)
        assert (len(found.segments), found.total) == (3, 6)
        assert list_segments(bank, class_key=STREET[1].key).total == 3
