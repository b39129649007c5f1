"""Tests of project files."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.classes import VOID
from engine.data.png import INDEXED, read_png
from engine.document import project_file
from engine.document.document import Document
from engine.document.project_file import LoadedProject, ProjectError, load_project, save_project
from engine.document.record import Footprint, Mood, RegionRecord, Settled, Shuffle
from engine.document.reveals import build_reveal
from engine.document.snapshot import Quality, SegmentCrop, Settings, Snapshot
from engine.geometry import round_theta
from engine.layout import Layout
from tests.support.crops import make_crop
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
CANVAS = np.random.default_rng(5).integers(0, 256, (24, 32, 3)).astype(np.uint8)


def _snapshot(**changes: Any) -> Snapshot:
    records = (
        RegionRecord(2, "sky", Footprint(171, bytes(range(171)) * 16)),
        RegionRecord(
            5, "tree", Footprint(171, b"\x0f" * 2736), choice="00ff00ff00ff00ff", chosen_by="painter", locked=True,
            banned=("aa", "bb"), theta=round_theta((1.5, 0.1, -0.2, 0.3, 0.9, 0.04)), spill=0.05, in_front_of=(2,),
            basis="beef", extra={"weather": {"warm": 1.5}},
        ),
    )  # fmt: skip
    document = Document(
        parse_layout("ssss/sb.s/rcct", instances="0000/0000/0120"),
        TABLE,
        settings=Settings(seed=11, spill=0.03, complete=True, parametric=True, extra={"grain": [1, 2]}),
        records=records,
        next_record_id=9,
        segments={"00ff00ff00ff00ff": make_crop("00ff00ff00ff00ff"), "1234123412341234": make_crop("1234123412341234")},
        extra={"reveals": ["later"]},
    )
    return replace(document.snapshot(Quality.FINAL), **changes)


def _saved(path: Path, snapshot: Snapshot, **pictures: Any) -> LoadedProject:
    save_project(path, snapshot, **pictures)
    return load_project(path)


def _assert_equal_crops(first: SegmentCrop, second: SegmentCrop) -> None:
    for name in ("rgb", "mask", "shade"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        assert getattr(first, name).dtype == getattr(second, name).dtype
        assert not getattr(first, name).flags.writeable
    for name in ("key", "class_key", "bounds", "source_size", "source_key", "provenance", "tone"):
        assert getattr(first, name) == getattr(second, name)


def test_a_saved_and_reopened_project_is_equal(tmp_path: Path) -> None:
    snapshot = _snapshot()
    project = _saved(tmp_path / "a.tessera", snapshot, canvas=CANVAS, image=CANVAS[::-1].copy())
    for name in ("layout", "table", "settings", "records", "next_record_id", "document_id", "extra"):
        assert getattr(project, name) == getattr(snapshot, name), name
    assert set(project.segments) == {"00ff00ff00ff00ff"}
    _assert_equal_crops(project.segments["00ff00ff00ff00ff"], snapshot.segments["00ff00ff00ff00ff"])
    np.testing.assert_array_equal(project.canvas, CANVAS)
    np.testing.assert_array_equal(project.image, CANVAS[::-1])


MOOD = st.builds(Mood, st.none() | st.text(max_size=20), st.floats(-1, 1), st.floats(-1, 1))
THETA = st.tuples(*[st.floats(-60, 60)] * 6).map(round_theta)
REVEAL = st.builds(
    lambda key, mask, theta: build_reveal(key, mask, theta),
    st.text(max_size=20),
    arrays(np.bool_, (9, 13)).filter(lambda mask: bool(mask.any())),
    st.none() | THETA,
)
RECORD = st.builds(
    RegionRecord,
    id=st.integers(1, 50),
    class_key=st.sampled_from(["sky", "tree"]),
    footprint=st.integers(1, 3).flatmap(
        lambda columns: st.binary(min_size=16 * columns, max_size=16 * columns).map(lambda b: Footprint(columns, b))
    ),
    choice=st.none() | st.text(max_size=20),
    chosen_by=st.sampled_from(["none", "auto", "painter"]),
    locked=st.booleans(),
    banned=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    theta=st.none() | THETA,
    spill=st.none() | st.floats(0, 1),
    in_front_of=st.lists(st.integers(1, 50), max_size=3).map(tuple),
    basis=st.text(max_size=5),
    banned_sources=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    shuffle=st.none() | st.builds(Shuffle, st.integers(0, 2**31 - 1), st.none() | st.text(max_size=5)),
    mood=st.none() | MOOD,
    reveals=st.lists(REVEAL, max_size=2, unique_by=lambda reveal: str(reveal and reveal.segment_key)).map(tuple),
    light=st.none() | st.tuples(*[st.floats(-100, 100)] * 6),
    settled=st.none()
    | st.dictionaries(st.integers(1, 50), st.floats(0, 1), max_size=3).map(
        lambda ahead: Settled("0f" * 8, tuple(ahead), tuple(ahead.values()))
    ),
    extra=st.dictionaries(st.sampled_from(["weather", "grain"]), st.integers() | st.text(max_size=3)),
)


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.uint8, (9, 13), elements=st.sampled_from([0, 1, 5, VOID])),
    arrays(np.uint16, (9, 13)),
    st.lists(RECORD, max_size=4, unique_by=lambda record: record.id),
    st.builds(
        Settings, st.integers(0, 2**31 - 1), st.floats(0, 0.1), st.booleans(), st.booleans(), MOOD, st.floats(0, 1)
    ),
)
def test_any_project_comes_back_equal_and_twice_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    class_ids: np.ndarray,
    instance_ids: np.ndarray,
    records: list[RegionRecord],
    chosen_settings: Settings,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    snapshot = _snapshot(
        layout=Layout(class_ids, instance_ids),
        records=tuple(sorted(records, key=lambda record: record.id)),
        next_record_id=51,
        settings=chosen_settings,
    )
    project = _saved(folder / "a.tessera", snapshot)
    assert (project.layout, project.records, project.settings) == (snapshot.layout, snapshot.records, chosen_settings)
    again = project.build_document().snapshot(Quality.FINAL)
    save_project(folder / "b.tessera", replace(again, document_id=snapshot.document_id))
    assert (folder / "a.tessera").read_bytes() == (folder / "b.tessera").read_bytes()


def test_unknown_fields_with_half_a_surrogate_pair_are_saved_again(tmp_path: Path) -> None:
    project = _saved(tmp_path / "a.tessera", _snapshot(extra={"mood \ud800": "\udfff"}))
    assert project.extra == {"mood \ud800": "\udfff"}


def test_a_reopened_document_has_an_id_of_its_own(tmp_path: Path) -> None:
    project = _saved(tmp_path / "a.tessera", _snapshot())
    document = project.build_document()
    assert document.document_id != project.document_id
    assert not document.is_modified
    assert document.records == project.records
    assert document.extra == project.extra


def test_other_programs_see_the_layout_in_its_colours_and_a_small_preview(tmp_path: Path) -> None:
    layout = parse_layout("ssss/rrrr", cell_px=256)
    save_project(tmp_path / "a.tessera", _snapshot(layout=layout))
    with zipfile.ZipFile(tmp_path / "a.tessera") as archive:
        ids, info = read_png(archive.read("layout.png"))
        preview, _ = read_png(archive.read("preview.png"))
    assert info.colour_type == INDEXED
    np.testing.assert_array_equal(ids, layout.class_ids)
    assert preview.shape == (128, 256, 3)
    assert preview[10, 10].tolist() == list(TABLE[0].colour)


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_project_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.tessera"
    save_project(path, _snapshot())
    old = path.read_bytes()
    monkeypatch.setattr(*((os, "fsync", fail) if broken == "fsync" else (Path, "replace", fail)))
    with pytest.raises(ProjectError, match=r"a\.tessera: not saved: No space left on device"):
        save_project(path, _snapshot(settings=Settings(seed=12)))
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["a.tessera"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not saved: No such file"):
        save_project(tmp_path / "missing" / "a.tessera", _snapshot())
    with pytest.raises(ProjectError, match=r"b\.tessera: No such file"):
        load_project(tmp_path / "b.tessera")


# --- Hostile files -------------------------------------------------------------------------------------------------

Entries = dict[str, bytes]


def _entries(tmp_path: Path) -> Entries:
    save_project(tmp_path / "good.tessera", _snapshot(), canvas=CANVAS)
    with zipfile.ZipFile(tmp_path / "good.tessera") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_document(change: Callable[[dict[str, Any]], object]) -> Callable[[Entries], None]:
    def spoil(entries: Entries) -> None:
        document = json.loads(entries["document.json"])
        change(document)
        entries["document.json"] = json.dumps(document).encode()

    return spoil


def _record(**changes: Any) -> Callable[[Entries], None]:
    return _with_document(lambda document: document["records"][1].update(changes))


KEY = "segments/00ff00ff00ff00ff"
SPOILED: dict[str, Callable[[Entries], object]] = {
    "no document": lambda e: e.pop("document.json"),
    "no layout": lambda e: e.pop("layout.png"),
    "no JSON": lambda e: e.update({"document.json": b"{"}),
    "deep JSON": lambda e: e.update({"document.json": b"[" * 200_000}),
    "a list": lambda e: e.update({"document.json": b"[]"}),
    "not a number": lambda e: e.update({"document.json": b'{"format": NaN}'}),
    "another format": _with_document(lambda d: d.update(format="other")),
    "a newer version": _with_document(lambda d: d.update(version=2)),
    "version of no kind": _with_document(lambda d: d.update(version=True)),
    "no table": _with_document(lambda d: d.pop("table")),
    "a table of nothing": _with_document(lambda d: d["table"].update(classes=[])),
    "a table that lacks ids": _with_document(lambda d: d["table"]["classes"].__delitem__(slice(3, None))),
    "a seed too large": _with_document(lambda d: d["settings"].update(seed=2**31)),
    "a seed of no kind": _with_document(lambda d: d["settings"].update(seed="1")),
    "records of no kind": _with_document(lambda d: d.update(records={})),
    "ids that do not rise": _with_document(lambda d: d["records"].reverse()),
    "an id not yet given": _with_document(lambda d: d.update(next_record_id=5)),
    "a chooser of no kind": _record(chosen_by="me"),
    "a lock of no kind": _record(locked=1),
    "an endless theta": _record(theta=[1e300] * 6),
    "a short theta": _record(theta=[1.0] * 5),
    "a footprint that is too short": _record(footprint={"columns": 171, "bits": "AAAA"}),
    "a footprint that is no base64": _record(footprint={"columns": 1, "bits": "!!!!"}),
    "an endless footprint": _record(footprint={"columns": 10**9, "bits": ""}),
    "a layout that is no PNG": lambda e: e.update({"layout.png": b"GIF"}),
    "a layout of colours": lambda e: e.update({"layout.png": e["canvas.png"]}),
    "instances of another size": lambda e: e.update({"instances.png": e["layout.png"]}),
    "a canvas of ids": lambda e: e.update({"canvas.png": e["layout.png"]}),
    "a path out of the file": lambda e: e.update({"../evil": b"x"}),
    "an unknown part": lambda e: e.update({"run.py": b"x"}),
    "a segment without pixels": lambda e: e.pop(f"{KEY}.rgb.png"),
    "a segment without a mask": lambda e: e.pop(f"{KEY}.mask.png"),
    "a segment of another key": lambda e: e.update(
        {f"{KEY}.json": e[f"{KEY}.json"].replace(b"00ff00ff00ff00ff", b"11")}
    ),
    "a segment of another size": lambda e: e.update({f"{KEY}.rgb.png": e["canvas.png"]}),
    "a mask of no kind": lambda e: e.update({f"{KEY}.mask.png": e["instances.png"]}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_spoiled_project_is_refused_in_one_line(tmp_path: Path, spoil: Callable[[Entries], object]) -> None:
    entries = _entries(tmp_path)
    spoil(entries)
    with zipfile.ZipFile(tmp_path / "bad.tessera", "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path / "bad.tessera")
    assert "bad.tessera: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path.parent / "evil").exists()


def test_files_that_are_no_projects_are_refused(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("noise", bytes(range(256)) * 9), ("half", _half_a_project(tmp_path))):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ProjectError, match=name):
            load_project(path)


def _half_a_project(tmp_path: Path) -> bytes:
    save_project(tmp_path / "good.tessera", _snapshot())
    data = (tmp_path / "good.tessera").read_bytes()
    return data[: len(data) // 2]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "MAX_JSON_BYTES", 1 << 20)
    entries = _entries(tmp_path)
    entries["document.json"] = b" " * (2 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.tessera", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    with pytest.raises(ProjectError, match="too large"):
        load_project(tmp_path / "bomb.tessera")


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in _entries(tmp_path).items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("document.json", b"{}")
    (tmp_path / "two.tessera").write_bytes(packed.getvalue())
    with pytest.raises(ProjectError, match="two of one name"):
        load_project(tmp_path / "two.tessera")


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_byte_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "a.tessera"
    snapshot = _snapshot()
    save_project(path, snapshot)
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(bytes(data))
    try:
        project = load_project(path)
    except ProjectError:
        return
    assert project.layout == snapshot.layout
    assert project.records == snapshot.records
