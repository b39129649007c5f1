"""Tests of the journal: what a crash at any moment leaves of a document."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.png import write_rgb_png
from engine.document.document import Document
from engine.document.journal import JournalError, JournalWriter, RecoveredDocument, recover_journal
from engine.document.journal_frames import MAGIC, Frame, encode_frame
from engine.document.matching import match_regions
from engine.document.snapshot import Quality, Snapshot
from engine.document.underlay_file import build_underlay
from engine.geometry import Size
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.crops import make_crop
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
SKY, BUILDING, ROAD, TREE, CAR = range(5)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def document() -> Document:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE, extra={"later": [1, 2]})
    _annotate(document)
    return document


def _annotate(document: Document) -> None:
    snapshot = document.snapshot(Quality.FINAL)
    regions = find_regions(snapshot.layout, snapshot.table, min_share=0.0)
    matching = match_regions(snapshot.records, regions, snapshot.table, snapshot.layout.size, snapshot.next_record_id)
    assert document.annotate(snapshot.generation, matching.records, matching.next_record_id, {})


def _assert_same(recovered: RecoveredDocument, snapshot: Snapshot) -> None:
    project = recovered.project
    assert project.layout == snapshot.layout
    assert project.table == snapshot.table
    assert project.settings == snapshot.settings
    assert project.records == snapshot.records
    assert project.next_record_id == snapshot.next_record_id
    assert dict(project.extra) == dict(snapshot.extra)


def _edits(document: Document) -> list[Callable[[], object]]:
    """Return an edit of every kind, to be made one after the other."""

    def stroke() -> None:
        document.begin_stroke(TREE, 7)
        document.paint([(3.0, 3.0), (20.0, 12.0)], 2)

    return [
        stroke,
        document.commit_stroke,
        lambda: document.change_settings(seed=9, complete=True),
        lambda: document.pick(1, "feed", make_crop("feed")),
        lambda: document.set_theta(2, (1.0, 0.0, 0.25, 0.0, 1.0, 0.0)),
        lambda: _annotate(document),
        lambda: document.resize(Size(48, 24), mode="crop", offset=(-8, 0)),
        lambda: document.fill(0, 0, CAR),
        lambda: document.replace_table(_with_other_name()),
        document.undo,
        document.undo,
    ]


def _with_other_name() -> Any:
    return replace(TABLE, classes=tuple(replace(c, name=f"{c.name}!") for c in TABLE.classes))


def test_every_kind_of_edit_is_recovered(tmp_path: Path, document: Document) -> None:
    writer = JournalWriter(tmp_path / "a.journal")
    for edit in [lambda: None, *_edits(document)]:
        edit()
        snapshot = document.snapshot(Quality.PREVIEW)
        writer.append(snapshot, name="Street")
        _assert_same(recover_journal(writer.path), snapshot)
    assert not writer.append(document.snapshot(Quality.FINAL), name="Street")
    writer.close()


def test_the_crops_of_picked_segments_are_recovered(tmp_path: Path, document: Document) -> None:
    crop = make_crop("feed")
    writer = JournalWriter(tmp_path / "a.journal")
    writer.append(document.snapshot(Quality.FINAL))
    document.pick(1, "feed", crop)
    writer.append(document.snapshot(Quality.FINAL))
    writer.close()
    segments = recover_journal(writer.path).project.segments
    assert segments["feed"].digest == crop.digest
    assert segments["feed"].provenance == crop.provenance


def test_name_file_and_underlay_are_recovered_and_so_is_the_moment(tmp_path: Path, document: Document) -> None:
    photograph = build_underlay(write_rgb_png(np.full((6, 9, 3), 90, np.uint8)), "beach")
    writer = JournalWriter(tmp_path / "a.journal")
    snapshot = document.snapshot(Quality.FINAL)
    writer.append(snapshot, name="One")
    assert writer.append(snapshot, name="Two", project_path=tmp_path / "Two.tessera", is_modified=False)
    began = time.time()
    document.change_underlay(photograph, "Open underlay beach")
    snapshot = document.snapshot(Quality.FINAL)
    assert writer.append(snapshot, name="Two", project_path=tmp_path / "Two.tessera")
    writer.close()
    recovered = recover_journal(writer.path)
    assert (recovered.name, recovered.project_path, recovered.is_modified) == ("Two", tmp_path / "Two.tessera", True)
    assert began <= recovered.when <= time.time()
    underlay = recovered.project.underlay
    assert underlay is not None
    assert (underlay.name, underlay.data) == ("beach", photograph.data)
    assert recovered.thumbnail.shape == (24, 32, 3)
    assert recovered.thumbnail[0, 0].tolist() == list(TABLE[SKY].colour)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[tuple[int, Snapshot]]]:
    """Return a journal, and after how many bytes which snapshot lies in it whole."""
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    _annotate(document)
    writer = JournalWriter(tmp_path_factory.mktemp("journal") / "a.journal")
    ends: list[tuple[int, Snapshot]] = []
    for edit in [lambda: None, *_edits(document)]:
        edit()
        snapshot = document.snapshot(Quality.FINAL)
        writer.append(snapshot)
        ends.append((writer.path.stat().st_size, snapshot))
    writer.close()
    return writer.path.read_bytes(), ends


@settings(max_examples=200, deadline=None)
@given(cut=st.floats(0, 1), rubbish=st.binary(max_size=40))
def test_a_journal_cut_at_any_byte_gives_the_state_of_its_last_whole_frame(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[bytes, list[tuple[int, Snapshot]]],
    cut: float,
    rubbish: bytes,
) -> None:
    data, ends = written
    length = round(cut * len(data))
    path = tmp_path_factory.getbasetemp() / "cut.journal"
    path.write_bytes(data[:length] + rubbish)
    whole = [snapshot for end, snapshot in ends if end <= length]
    if whole:
        _assert_same(recover_journal(path), whole[-1])
    else:
        with pytest.raises(JournalError):
            recover_journal(path)


@settings(max_examples=150, deadline=None)
@given(place=st.floats(0, 1), value=st.integers(0, 255))
def test_a_flipped_byte_never_gives_a_state_that_never_was(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[bytes, list[tuple[int, Snapshot]]],
    place: float,
    value: int,
) -> None:
    data, ends = written
    at = min(int(place * len(data)), len(data) - 1)
    path = tmp_path_factory.getbasetemp() / "flipped.journal"
    path.write_bytes(data[:at] + bytes([value]) + data[at + 1 :])
    whole = [snapshot for end, snapshot in ends if end <= at or data[at] == value]
    if whole:
        _assert_same(recover_journal(path), whole[-1])
    else:
        with pytest.raises(JournalError):
            recover_journal(path)


def test_only_what_is_different_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 5, (512, 1024)).astype(np.uint8)
    document = Document(Layout.from_classes(noise), TABLE)
    writer = JournalWriter(tmp_path / "a.journal")
    writer.append(document.snapshot(Quality.FINAL))
    whole = writer.path.stat().st_size
    document.begin_stroke(CAR)
    document.paint([(100.0, 100.0)], 10)
    writer.append(document.snapshot(Quality.FINAL))
    writer.close()
    assert whole > 100_000
    assert writer.path.stat().st_size - whole < 2000


def test_a_journal_that_grows_too_long_is_written_anew(tmp_path: Path, document: Document) -> None:
    writer = JournalWriter(tmp_path / "a.journal", compact_above_bytes=3000)
    sizes = []
    for step in range(60):
        document.begin_stroke(step % 5)
        document.paint([(float(step % 32), 12.0)], 4)
        document.commit_stroke()
        writer.append(document.snapshot(Quality.FINAL))
        sizes.append(writer.path.stat().st_size)
        _assert_same(recover_journal(writer.path), document.snapshot(Quality.FINAL))
    writer.close()
    assert max(sizes) < 12_000
    assert min(np.diff(sizes)) < 0


def test_another_document_takes_the_place_of_the_first(tmp_path: Path, document: Document) -> None:
    writer = JournalWriter(tmp_path / "a.journal")
    writer.append(document.snapshot(Quality.FINAL))
    other = Document(Layout.blank(Size(16, 8), CAR), TABLE)
    writer.append(other.snapshot(Quality.FINAL))
    _assert_same(recover_journal(writer.path), other.snapshot(Quality.FINAL))
    writer.discard()
    assert not writer.path.exists()
    writer.discard()


def test_after_a_failed_write_everything_is_written_again(
    tmp_path: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter(tmp_path / "a.journal")
    first = document.snapshot(Quality.FINAL)
    writer.append(first)
    document.fill(0, 0, CAR)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("engine.document.journal.os.fsync", fail)
        with pytest.raises(OSError, match="No space"):
            writer.append(document.snapshot(Quality.FINAL))
    _assert_same(recover_journal(writer.path), first)
    writer.append(document.snapshot(Quality.FINAL))
    _assert_same(recover_journal(writer.path), document.snapshot(Quality.FINAL))
    writer.close()


# --- Hostile files -----------------------------------------------------------------------------------------------


def _first_frame(document: Document, tmp_path: Path) -> dict[str, Any]:
    writer = JournalWriter(tmp_path / "whole.journal")
    writer.append(document.snapshot(Quality.FINAL), name="x")
    writer.close()
    data = writer.path.read_bytes()[len(MAGIC) + 12 :]
    (length,) = struct.unpack_from("<I", data)
    return json.loads(zlib.decompress(data[4 : 4 + length]))


@pytest.mark.parametrize(
    "changes",
    [
        {"size": [70_000, 70_000]},
        {"size": [8192, 8192], "window": [0, 0, 8192, 8192]},
        {"size": [32]},
        {"window": [0, 0, 4, 4]},
        {"window": [0, 0, 0, 0]},
        {"document_id": 5},
        {"when": "now"},
        {"table": {"classes": []}},
        {"records": [{"id": 1}]},
        {"records": [], "removed": [0]},
        {"next_record_id": 1},
        {"note": {"name": "a"}},
        {"settings": {}},
        {"segments": [{"blob": 0, "bounds": [0, 0, 65536, 65536]}]},
        {"underlay": {"name": "a", "opacity": 1, "placement": "fit"}},
        {"underlay": 7},
    ],
)
def test_a_first_frame_with_an_impossible_field_is_refused(
    tmp_path: Path, document: Document, changes: dict[str, Any]
) -> None:
    header = {**_first_frame(document, tmp_path), **changes}
    del header["blobs"]
    layout = document.snapshot(Quality.FINAL).layout
    blobs = {"class_ids": layout.class_ids.tobytes(), "instance_ids": layout.instance_ids.tobytes()}
    path = tmp_path / "hostile.journal"
    path.write_bytes(MAGIC + encode_frame(Frame(header, blobs)))
    with pytest.raises(JournalError, match="broken journal") as caught:
        recover_journal(path)
    assert "\n" not in str(caught.value)


def test_an_id_outside_the_table_is_refused(tmp_path: Path, document: Document) -> None:
    header = _first_frame(document, tmp_path)
    del header["blobs"]
    path = tmp_path / "hostile.journal"
    path.write_bytes(MAGIC + encode_frame(Frame(header, {"class_ids": bytes([99]) * 768, "instance_ids": bytes(1536)})))
    with pytest.raises(JournalError, match="not in the table"):
        recover_journal(path)


def test_pixels_that_unpack_to_more_than_they_should_are_refused(tmp_path: Path, document: Document) -> None:
    header = _first_frame(document, tmp_path)
    del header["blobs"]
    path = tmp_path / "hostile.journal"
    path.write_bytes(MAGIC + encode_frame(Frame(header, {"class_ids": bytes(50_000_000), "instance_ids": b""})))
    with pytest.raises(JournalError, match="another length"):
        recover_journal(path)


def _payload(text: bytes) -> bytes:
    packed = zlib.compress(text)
    return struct.pack("<I", len(packed)) + packed


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xff\xff\xff{}",
        b"\x02\x00\x00\x00[]",
        *(_payload(t) for t in (b"[]", b"{}", b'{"blobs":NaN}', b"[" * 9999)),
    ],
)
def test_a_frame_that_is_none_holds_no_document(tmp_path: Path, payload: bytes) -> None:
    path = tmp_path / "hostile.journal"
    head = struct.pack("<IQ", len(payload), xxhash.xxh3_64_intdigest(payload))
    path.write_bytes(MAGIC + head + payload)
    with pytest.raises(JournalError, match="holds no document"):
        recover_journal(path)


def test_other_files_are_no_journal(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(JournalError, match="no journal"):
        recover_journal(path)
    with pytest.raises(JournalError, match="No such file"):
        recover_journal(tmp_path / "none.journal")


# --- A process that is killed ------------------------------------------------------------------------------------

PAINTER = """
import sys, threading, time
from pathlib import Path
from engine.document.document import Document
from engine.document.journal import JournalWriter
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.layout import Layout
from tests.support.layouts import small_table

document = Document(Layout.blank(Size(1024, 512), 0), small_table())
writer = JournalWriter(Path(sys.argv[1]))
thread, due = None, 0.0
for step in range(60_000):
    if step % 40 == 0:
        document.begin_stroke(step // 40 % 5)
    document.paint([(step * 7 % 1024, step * 3 % 512)], 6)
    document.change_settings(seed=step)
    print(f"{step} {time.time()}", flush=True)
    if time.monotonic() >= due and (thread is None or not thread.is_alive()):
        due = time.monotonic() + 1
        thread = threading.Thread(target=writer.append, args=(document.snapshot(Quality.FINAL),))
        thread.start()
    time.sleep(0.001)
"""


def _start_painter(path: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with path.with_suffix(".log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-c", PAINTER, str(path)], cwd=ROOT, env=environment, stdout=log)


def _kill_after(folder: Path, seconds: list[float]) -> None:
    """Kill painters that run at the same time, and look how much of what each did is lost."""
    paths = [folder / f"{index}.journal" for index in range(len(seconds))]
    for painter, path, wait_s in zip([_start_painter(path) for path in paths], paths, seconds, strict=True):
        while not path.exists():
            assert painter.poll() is None
            time.sleep(0.02)
        log = path.with_suffix(".log")
        time.sleep(max(0.0, float(log.read_text().split()[1]) + wait_s - time.time()))
        painter.send_signal(signal.SIGKILL)
        painter.wait()
        done_at = [float(line.split()[1]) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        project = recover_journal(path).project
        assert done_at[-1] - done_at[project.settings.seed] <= 2
        assert project.build_document().class_ids.any() or project.settings.seed < 40


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_painter_that_is_killed_loses_at_most_two_seconds(tmp_path: Path) -> None:
    _kill_after(tmp_path, [1.2, 1.7, 2.4])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.timeout(600)
def test_fifty_painters_that_are_killed_lose_at_most_two_seconds_each(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for round_ in range(25):
        folder = tmp_path / str(round_)
        folder.mkdir()
        _kill_after(folder, sorted(rng.uniform(0.3, 4, 2).tolist()))
