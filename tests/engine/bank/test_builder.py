"""Building: complete, resumable, and never a broken file under the final name."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine.bank import builder
from engine.bank.bank import Bank
from engine.bank.builder import BankBuildError, build_bank
from engine.bank.segment import segment_key, source_key
from engine.bank.verify import verify_bank
from engine.classes import VOID
from engine.data.importers.folder import FolderImporter
from engine.data.png import write_gray_png
from engine.geometry import Size
from engine.regions import find_regions
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset

ROOT = Path(__file__).resolve().parents[3]
KILLED_BUILD = """
import os, signal, sys
from pathlib import Path
import engine.bank.builder as builder
import engine.bank.writing as writing
from engine.data.importers.folder import FolderImporter

target, calls_left = sys.argv[1], int(sys.argv[2])
module = builder if hasattr(builder, target) else writing
function = getattr(module, target)

def die_in_time(*args, **kwargs):
    global calls_left
    calls_left -= 1
    if calls_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*args, **kwargs)

setattr(module, target, die_in_time)
builder.build_bank(FolderImporter(Path(sys.argv[3]), None), Path(sys.argv[4]))
"""


@pytest.fixture
def tiny(tmp_path):
    return draw_tiny_dataset(tmp_path / "tiny", count=4)


def content_of(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as db:
        return [
            db.execute("SELECT * FROM meta WHERE key != 'name' ORDER BY key").fetchall(),
            db.execute("SELECT * FROM sources ORDER BY id").fetchall(),
            db.execute("SELECT * FROM pictures ORDER BY source").fetchall(),
            [row[1:] for row in db.execute("SELECT * FROM segments ORDER BY source, id")],
        ]


def test_a_bank_holds_every_photograph_and_every_region(tiny, tmp_path):
    importer = FolderImporter(tiny, None)
    report = build_bank(importer, tmp_path / "a.bank")
    with closing(Bank.open(tmp_path / "a.bank")) as bank:
        assert (report.sources, report.segments) == (4, bank.segment_count)
        for source in bank.sources():
            sample = importer.load(source.name)
            assert source.key == source_key(sample.photograph_bytes)
            assert source.provenance == sample.provenance
            assert bank.photograph_bytes(source.key) == sample.photograph_bytes
            assert bank.layout(source.key) == sample.layout
            regions = find_regions(sample.layout, importer.table)
            segments = bank.segments_of(source.key)
            assert [s.key for s in segments] == [
                segment_key(sample.photograph_bytes, importer.table[r.class_id].key, r.bounds, r.mask) for r in regions
            ]
    assert not list(tmp_path.glob("*.part*"))
    assert verify_bank(tmp_path / "a.bank") == []


def test_progress_is_told_about_every_photograph(tiny, tmp_path):
    told = []
    build_bank(FolderImporter(tiny, None), tmp_path / "a.bank", progress=lambda *now: told.append(now))
    assert told == [(0, 4, "000"), (1, 4, "001"), (2, 4, "002"), (3, 4, "003"), (4, 4, "")]


def test_the_same_input_gives_the_same_content_and_digest(tiny, tmp_path):
    for name in ("a.bank", "b.bank"):
        build_bank(FolderImporter(tiny, None), tmp_path / name)
    assert content_of(tmp_path / "a.bank") == content_of(tmp_path / "b.bank")


def test_another_photograph_gives_another_digest(tmp_path):
    digests = set()
    for seed in (0, 1):
        with closing(Bank.open(build_tiny_bank(tmp_path, count=2, seed=seed, name=f"bank{seed}"))) as bank:
            digests.add(bank.digest)
    assert len(digests) == 2


def test_broken_files_are_skipped_and_counted(tiny, tmp_path):
    (tiny / "photographs/001.jpg").write_bytes((tiny / "photographs/001.jpg").read_bytes()[:500])
    (tiny / "layouts/002.png").write_bytes(b"no PNG")
    (tiny / "photographs/003.jpg").write_bytes((tiny / "photographs/000.jpg").read_bytes())
    report = build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    assert report.sources == 1
    assert [e.name for e in report.skipped] == ["photographs/001.jpg", "layouts/002.png", "photographs/003.jpg"]
    assert report.skipped[2].reason == "the same photograph as 000"


def test_no_usable_photograph_is_an_error_and_leaves_no_file(tiny, tmp_path):
    for path in (tiny / "layouts").iterdir():
        path.unlink()
    with pytest.raises(BankBuildError, match=r"no usable photograph among 4; the first skipped: layouts/000\.png"):
        build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    assert not list(tmp_path.glob("a.bank*"))


def test_layouts_that_are_all_void_make_no_bank(tiny, tmp_path):
    for path in (tiny / "layouts").iterdir():
        path.write_bytes(write_gray_png(np.full((64, 96), VOID, np.uint8)))
    with pytest.raises(BankBuildError, match="no segment in the layouts of 4"):
        build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    assert not list(tmp_path.glob("a.bank*"))


def test_a_size_scales_photographs_and_layouts(tiny, tmp_path):
    build_bank(FolderImporter(tiny, None), tmp_path / "a.bank", size=Size(48, 32))
    with closing(Bank.open(tmp_path / "a.bank")) as bank:
        source = bank.sources()[0]
        assert source.size == Size(48, 32)
        assert bank.photograph_bytes(source.key)[8:12] == b"WEBP"
        assert bank.photograph(source.key).shape == (32, 48, 3)
        depth_m = bank.depth_m(source.key)
        assert depth_m is not None
        assert depth_m.shape == (32, 48)
    assert verify_bank(tmp_path / "a.bank") == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(
    ("target", "calls"),
    [("_open_part", 1), ("segment_key", 4), ("describe_region", 12), ("_finalise", 1), ("rename_whole", 1)],
)
def test_a_killed_build_leaves_no_bank_and_goes_on_where_it_was(tiny, tmp_path, target, calls):
    build_bank(FolderImporter(tiny, None), tmp_path / "whole.bank")
    out = tmp_path / "killed.bank"
    done = subprocess.run(
        [sys.executable, "-c", KILLED_BUILD, target, str(calls), str(tiny), str(out)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    report = build_bank(FolderImporter(tiny, None), out)
    assert report.resumed == {"_open_part": 0, "segment_key": 0, "describe_region": 1}.get(target, 4)
    assert content_of(out) == content_of(tmp_path / "whole.bank")
    assert not list(tmp_path.glob("*.part*"))


def stop_after(count: int):
    def progress(done: int, _total: int, _name: str) -> None:
        if done == count:
            raise KeyboardInterrupt

    return progress


def interrupt(tiny: Path, out: Path, after: int = 2) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_bank(FolderImporter(tiny, None), out, progress=stop_after(after))
    assert not out.exists()
    assert out.with_name(out.name + ".part").exists()


def test_a_photograph_that_changed_since_the_interruption_is_added_anew(tiny, tmp_path):
    interrupt(tiny, tmp_path / "a.bank")
    other = draw_tiny_dataset(tmp_path / "other", count=1, seed=5)
    for file in ("photographs/000.jpg", "layouts/000.png"):
        (tiny / file).write_bytes((other / file).read_bytes())
    assert build_bank(FolderImporter(tiny, None), tmp_path / "a.bank").resumed == 1
    build_bank(FolderImporter(tiny, None), tmp_path / "b.bank")
    assert content_of(tmp_path / "a.bank") == content_of(tmp_path / "b.bank")


def test_a_photograph_that_broke_since_the_interruption_is_left_out(tiny, tmp_path):
    interrupt(tiny, tmp_path / "a.bank")
    (tiny / "photographs/000.jpg").write_bytes(b"")
    report = build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    assert (report.sources, len(report.skipped)) == (3, 1)
    assert verify_bank(tmp_path / "a.bank") == []


def test_an_interrupted_build_of_another_data_set_is_discarded(tiny, tmp_path):
    interrupt(tiny, tmp_path / "a.bank")
    other = draw_tiny_dataset(tmp_path / "other", count=3, seed=9)
    report = build_bank(FolderImporter(other, None), tmp_path / "a.bank")
    assert (report.sources, report.resumed) == (3, 0)


def test_a_broken_part_is_discarded(tiny, tmp_path):
    (tmp_path / "a.bank.part").write_bytes(b"this is no database" * 100)
    assert build_bank(FolderImporter(tiny, None), tmp_path / "a.bank").sources == 4


def test_two_builds_of_one_file_do_not_meet(tiny, tmp_path):
    def second_build(done: int, _total: int, _name: str) -> None:
        if done == 1:
            with pytest.raises(BankBuildError, match="another build is writing it"):
                build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")

    assert build_bank(FolderImporter(tiny, None), tmp_path / "a.bank", progress=second_build).sources == 4


def test_a_folder_that_cannot_be_written_is_one_clear_error(tiny, tmp_path):
    with pytest.raises(BankBuildError, match="unable to open database file"):
        build_bank(FolderImporter(tiny, None), tmp_path / "nowhere" / "a.bank")


def test_a_disk_that_fills_up_while_building_is_named_as_such_and_the_build_goes_on_later(tiny, tmp_path, monkeypatch):
    connect = builder._connect

    def connect_to_small_disk(part: Path) -> sqlite3.Connection:
        db = connect(part)
        db.execute("PRAGMA max_page_count = 14")
        return db

    monkeypatch.setattr(builder, "_connect", connect_to_small_disk)
    with pytest.raises(BankBuildError, match="database or disk is full"):
        build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    assert not (tmp_path / "a.bank").exists()
    monkeypatch.undo()
    build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    build_bank(FolderImporter(tiny, None), tmp_path / "b.bank")
    assert content_of(tmp_path / "a.bank") == content_of(tmp_path / "b.bank")


def test_an_old_bank_stays_whole_until_the_new_one_is(tiny, tmp_path):
    build_bank(FolderImporter(tiny, None), tmp_path / "a.bank")
    before = (tmp_path / "a.bank").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        build_bank(FolderImporter(tiny, None), tmp_path / "a.bank", size=Size(48, 32), progress=stop_after(3))
    assert (tmp_path / "a.bank").read_bytes() == before
