"""The command line from end to end: the real pipeline on a drawn bank, with networks that were never trained."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.builder import build_bank
from engine.classes import RESOURCES, VOID, ClassInfo, builtin_class_table
from engine.cli import bench, main
from engine.data.importers.folder import FolderImporter
from engine.data.layout_file import load_layout, save_layout_coloured, save_layout_index
from engine.data.png import read_png, write_gray_png
from engine.document.document import Document
from engine.document.matching import match_regions
from engine.document.project_file import save_project
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset
from tests.support.tiny_weights import write_tiny_weights

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def layout(bank_path) -> Layout:
    bank = Bank.open(bank_path)
    try:
        return bank.layout(bank.sources()[0].key)
    finally:
        bank.close()


@pytest.fixture
def folder(tmp_path, layout) -> Path:
    save_layout_index(tmp_path / "street.png", layout, TABLE)
    return tmp_path


@pytest.fixture
def run(bank_path, weights):
    """Call ``synthesize`` with the drawn bank and the untrained weights."""

    def synthesize(*arguments: str | Path, bank: bool = True) -> int:
        common = ["--weights", weights, "--device", "cpu", *(["--bank", bank_path] if bank else [])]
        return main(["synthesize", *map(str, [*arguments, *common])])

    return synthesize


def one_line_of(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("\n")
    assert printed.err.count("\n") == 1, printed.err
    return printed.err


def test_a_layout_becomes_an_image_a_canvas_and_a_report(folder, run, layout):
    image, canvas, report = folder / "image.png", folder / "canvas.png", folder / "report.json"
    assert run(folder / "street.png", "-o", image, "--canvas", canvas, "--report", report) == 0
    for path in (image, canvas):
        rgb, info = read_png(path.read_bytes())
        assert rgb.shape == (*layout.class_ids.shape, 3)
        facts = json.loads(info.text["Tessera"])
        assert (facts["software"], facts["seed"], len(facts["banks"])) == ("Tessera", 0, 1)
    told = json.loads(report.read_text())
    assert set(told["stage_ms"]) >= {"regions", "retrieval", "alignment", "ordering", "canvas", "synthesis"}
    sky = next(region for region in told["regions"] if region["class"] == "sky")
    left, top, right, bottom = sky["bounds"]
    assert (right - left) * (bottom - top) >= sky["area"] > 0
    best = sky["candidates"][0]
    assert (best["mask_iou"], best["context_iou"]) == (1.0, 1.0)
    assert best["source"]
    assert "licence" in best
    assert {"segment", "source", "licence"} <= set(sky["choice"])
    assert len(sky["theta"]) == 6
    assert sky["depth_rank"] >= 0


def test_the_same_layout_twice_and_in_colours_gives_the_same_bytes(folder, run, layout):
    save_layout_coloured(folder / "coloured.png", layout, TABLE)
    for source, name in (("street", "a"), ("street", "b"), ("coloured", "c")):
        assert run(folder / f"{source}.png", "-o", folder / f"{name}.png") == 0
    images = {(folder / f"{name}.png").read_bytes() for name in "abc"}
    assert len(images) == 1


def test_a_pick_by_pixel_equals_a_pick_by_record(folder, run):
    report = folder / "report.json"
    assert run(folder / "street.png", "-o", folder / "plain.png", "--report", report) == 0
    sky = next(r for r in json.loads(report.read_text())["regions"] if r["class"] == "sky")
    other = sky["candidates"][1]["segment"]
    for name, where in (("pixel", "0,0"), ("record", str(sky["record"]))):
        pick = f"{where}={other}"
        assert run(folder / "street.png", "-o", folder / f"{name}.png", "--pick", pick, "--report", report) == 0
        picked = next(r for r in json.loads(report.read_text())["regions"] if r["record"] == sky["record"])
        assert (picked["choice"]["segment"], picked["choice"]["chosen_by"]) == (other, "painter")
    assert (folder / "pixel.png").read_bytes() == (folder / "record.png").read_bytes()
    assert (folder / "pixel.png").read_bytes() != (folder / "plain.png").read_bytes()


def test_a_project_gives_what_its_document_gives(folder, run, layout, capsys):
    document = Document(layout, TABLE)
    document.change_settings(seed=7)
    save_project(folder / "street.tessera", document.snapshot(Quality.FINAL))
    assert run(folder / "street.tessera", "-o", folder / "project.png") == 0
    assert run(folder / "street.png", "-o", folder / "layout.png", "--seed", "7") == 0
    assert (folder / "project.png").read_bytes() == (folder / "layout.png").read_bytes()


def test_without_a_bank_it_says_that_the_network_invents(folder, run, capsys):
    assert run(folder / "street.png", "-o", folder / "none.png", bank=False) == 0
    assert one_line_of(capsys).startswith("note: no memory bank given: synthesised parametrically")
    assert run(folder / "street.png", "-o", folder / "twin.png", "--parametric") == 0
    assert one_line_of(capsys).startswith("note: --parametric")
    assert (folder / "none.png").read_bytes()[-1000:] == (folder / "twin.png").read_bytes()[-1000:]


def test_without_a_bank_landscapes_are_made_of_the_one_that_ships(tmp_path, folder, monkeypatch, capsys):
    root = draw_tiny_dataset(tmp_path / "land")
    (root / "classes.toml").write_text((RESOURCES / "classes" / "landscape.toml").read_text())
    table = builtin_class_table("landscape")
    monkeypatch.setattr("engine.bank.bundled.BUNDLED_BANK", tmp_path / "land.bank")
    build_bank(FolderImporter(root, None), tmp_path / "land.bank")
    with closing(Bank.open(tmp_path / "land.bank")) as bank:
        assert bank.table.digest == table.digest
        save_layout_index(folder / "land.png", bank.layout(bank.sources()[0].key), table)
    weights = write_tiny_weights(tmp_path / "land", table=table)

    def run(name: str, *options: str, weights: Path = weights) -> tuple[bool, str]:
        """Return whether a bank was used, and what was said."""
        target, report = folder / "out.png", folder / "report.json"
        command = ["synthesize", str(folder / name), "-o", str(target), "--report", str(report), *options]
        assert main([*command, "--weights", str(weights), "--device", "cpu"]) == 0
        return any(r["choice"] for r in json.loads(report.read_text())["regions"]), capsys.readouterr().err

    assert run("land.png") == (True, "")
    used, said = run("land.png", "--no-bank")
    assert not used and said.startswith("note: no memory bank given")
    used, said = run("street.png", weights=write_tiny_weights(tmp_path / "street"))
    assert not used and said.startswith("note: no memory bank given")
    assert main(["synthesize", str(folder / "land.png"), "-o", "x.png", "--no-bank", "--bank", "y.bank"]) == 1
    assert "exclude one another" in one_line_of(capsys)


def test_a_folder_gives_one_image_a_layout_and_names_the_broken_ones(folder, run, layout, capsys):
    source = folder / "layouts"
    source.mkdir()
    save_layout_index(source / "a.png", layout, TABLE)
    half = Layout.from_classes(np.ascontiguousarray(layout.class_ids[:, ::2]))
    save_layout_index(source / "b.png", half, TABLE)
    assert run(source, "-o", folder / "out", "--canvas", folder / "canvases", "--report", folder / "r.json") == 0
    for stem, expected in (("a", layout), ("b", half)):
        for pictures in ("out", "canvases"):
            rgb, _ = read_png((folder / pictures / f"{stem}.png").read_bytes())
            assert rgb.shape[:2] == expected.class_ids.shape
    assert [entry["layout"] for entry in json.loads((folder / "r.json").read_text())["layouts"]] == ["a.png", "b.png"]
    capsys.readouterr()
    (source / "broken.png").write_bytes(b"GIF89a")
    assert run(source, "-o", folder / "again") == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("error: ") for line in lines] == [True, True]
    assert "broken.png: not a PNG" in lines[0]
    assert lines[1] == "error: 1 of 3 failed"
    assert sorted(p.name for p in (folder / "again").iterdir()) == ["a.png", "b.png"]


def test_a_project_whose_order_contradicts_itself_does_not_stop_a_folder(folder, run, layout, capsys):
    source = folder / "mixed"
    source.mkdir()
    save_layout_index(source / "b.png", layout, TABLE)
    snapshot = Document(layout, TABLE).snapshot(Quality.FINAL)
    regions = find_regions(layout, TABLE)
    matching = match_regions((), regions, TABLE, layout.size, 1)
    first, second = matching.record_ids[:2]
    behind = {first: (second,), second: (first,)}
    records = tuple(replace(r, in_front_of=behind.get(r.id, ())) for r in matching.records)
    crossed = replace(snapshot, records=records, next_record_id=matching.next_record_id)
    save_project(source / "a.tessera", crossed)
    assert run(source, "-o", folder / "done") == 1
    lines = capsys.readouterr().err.splitlines()
    assert "a.tessera: the order contradicts itself" in lines[0]
    assert lines[1] == "error: 1 of 2 failed"
    assert (folder / "done" / "b.png").exists()


def test_a_project_in_a_folder_keeps_its_own_classes_whatever_the_layouts_are_read_in(folder, run, layout):
    own = ClassInfo(len(TABLE), "kiosk", "Kiosk", (9, 8, 7), looks_like="building")
    table = replace(TABLE, key="mine", classes=(*TABLE.classes, own))
    class_ids = layout.class_ids.copy()
    class_ids[:20, :30] = own.id
    source = folder / "mixed"
    source.mkdir()
    save_project(source / "a.tessera", Document(Layout.from_classes(class_ids), table).snapshot(Quality.FINAL))
    last = len(TABLE) - 1
    turned = replace(TABLE, key="turned", classes=tuple(replace(TABLE[last - i], id=i) for i in range(len(TABLE))))
    (folder / "turned.json").write_text(turned.to_json())
    lookup = TABLE.mapping_to(turned)
    save_layout_index(source / "b.png", Layout(lookup[layout.class_ids], layout.instance_ids), turned)
    assert run(source, "-o", folder / "out", "--classes", folder / "turned.json") == 0
    assert run(source / "a.tessera", "-o", folder / "project.png") == 0
    assert run(source / "b.png", "-o", folder / "layout.png", "--classes", folder / "turned.json") == 0
    assert (folder / "out" / "a.png").read_bytes() == (folder / "project.png").read_bytes()
    assert (folder / "out" / "b.png").read_bytes() == (folder / "layout.png").read_bytes()


def test_a_layout_in_a_folder_is_read_in_the_classes_whose_colours_it_has(folder, run, layout):
    source, last = folder / "coloured", len(TABLE) - 1
    source.mkdir()
    save_layout_index(source / "a.png", layout, TABLE)
    (source / "b.png").write_bytes(write_gray_png(np.zeros((16, 32), np.uint8)))
    turned = [replace(TABLE[last - i], id=i, colour=(i + 1, 2, 3)) for i in range(len(TABLE))]
    (folder / "turned.json").write_text(replace(TABLE, key="turned", classes=tuple(turned)).to_json())
    classes = ("--classes", folder / "turned.json")
    assert run(source, "-o", folder / "out", *classes) == 0
    assert run(source / "a.png", "-o", folder / "own.png") == 0
    assert run(source / "b.png", "-o", folder / "asked.png", *classes) == 0
    assert (folder / "out" / "a.png").read_bytes() == (folder / "own.png").read_bytes()
    assert (folder / "out" / "b.png").read_bytes() == (folder / "asked.png").read_bytes()


def test_ids_outside_the_table_are_one_clear_line(folder, run, capsys):
    (folder / "bad.png").write_bytes(write_gray_png(np.full((16, 32), 77, np.uint8)))
    assert run(folder / "bad.png", "-o", folder / "out.png") == 1
    assert "bad.png: ids outside the class table 'street' (0 to 10): 77 (512 pixels)" in one_line_of(capsys)
    assert not (folder / "out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["street.png"], 2, "Missing option"),
        (["none.png", "-o", "x.png"], 1, "none.png: no such file"),
        (["notes.txt", "-o", "x.png"], 1, "neither a layout"),
        (["street.png", "-o", "x.jpg"], 1, "written as .png"),
        (["street.png", "-o", "nowhere/x.png"], 1, "nowhere: no such folder"),
        (["street.png", "-o", "street.png"], 1, "street.png: would be overwritten"),
        (["street.png", "-o", "x.png", "--canvas", "x.png"], 1, "x.png: would be overwritten"),
        (["street.png", "-o", "x.png", "--report", "street.png"], 1, "street.png: would be overwritten"),
        (["street.png", "-o", "x.png", "--report", "x.png"], 1, "x.png: would be overwritten"),
        (["empty", "-o", "x"], 1, "holds neither"),
        (["street.png", "-o", "x.png", "--bank", "none.bank"], 1, "none.bank: no such file"),
        (["street.png", "-o", "x.png", "--bank", "notes.txt"], 1, "notes.txt: not a bank"),
        (["street.png", "-o", "x.png", "--classes", "atlantis"], 1, "no class table 'atlantis'"),
        (["street.png", "-o", "x.png", "--device", "abacus"], 1, "no device 'abacus'"),
        (["street.png", "-o", "x.png", "--weights", "empty"], 1, "there are no such weights"),
        (["street.png", "-o", "x.png", "--pick", "1=2"], 1, "X,Y=SEGMENT"),
        (["street.png", "-o", "x.png", "--pick", "999=0123456789abcdef"], 1, "no region has the record 999"),
        (["street.png", "-o", "x.png", "--pick", "1=0123456789abcdef"], 1, "no open bank has the segment"),
        (["street.png", "-o", "x.png", "--pick", "9999,0=0123456789abcdef"], 1, "no region at the pixel"),
        (["street.png", "-o", "x.png", "--pick", "1=0123456789abcdef", "--parametric"], 1, "exclude one another"),
        (["street.png", "-o", "x.png", "--seed", "-1"], 2, "--seed"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(folder, monkeypatch, capsys, weights, arguments, status, message):
    monkeypatch.chdir(folder)
    (folder / "notes.txt").write_text("no picture")
    (folder / "empty").mkdir()
    extra = [] if "--weights" in arguments else ["--weights", str(weights)]
    assert main(["synthesize", *arguments, *extra]) == status
    line = one_line_of(capsys)
    assert line.startswith("error: ")
    assert message in line
    assert not (folder / "x.png").exists()


def test_weights_of_another_table_or_canvas_are_refused(folder, run, tmp_path, capsys):
    old = write_tiny_weights(tmp_path / "old", canvas_version=999)
    assert main(["synthesize", str(folder / "street.png"), "-o", str(folder / "x.png"), "--weights", str(old)]) == 1
    assert "canvas version 999" in one_line_of(capsys)


def test_complete_fills_what_is_void_and_keeps_what_is_painted(folder, weights, layout):
    coarse = layout.class_ids.copy()
    coarse[20:40, 30:60] = VOID
    save_layout_index(folder / "coarse.png", Layout.from_classes(coarse), TABLE)
    command = ["complete", str(folder / "coarse.png"), "-o", str(folder / "dense.png"), "--weights", str(weights)]
    assert main([*command, "--device", "cpu"]) == 0
    dense = load_layout(folder / "dense.png", TABLE).class_ids
    assert not (dense == VOID).any()
    assert np.array_equal(dense[coarse != VOID], coarse[coarse != VOID])


def test_bench_latency_reports_medians_as_json(bank_path, weights, capsys, monkeypatch):
    monkeypatch.setattr(bench, "WARM_UP_STROKES", 0)
    command = ["bench", "latency", "--sizes", "64x32", "--repeat", "2", "--json", "--weights", str(weights)]
    assert main([*command, "--bank", str(bank_path), "--device", "cpu"]) == 0
    told = json.loads(capsys.readouterr().out)
    entry = told["latency"]["64x32"]
    for quality in ("preview", "final"):
        assert 0 < entry[quality]["median_ms"] <= entry[quality]["p95_ms"]
    assert entry["first_ms"] > 0


def test_bench_latency_paints_a_drawn_landscape_where_no_bank_ships(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench, "WARM_UP_STROKES", 0)
    monkeypatch.setattr("engine.bank.bundled.BUNDLED_BANK", tmp_path / "none.bank")
    weights = write_tiny_weights(tmp_path / "weights", table=builtin_class_table("landscape"))
    command = ["bench", "latency", "--sizes", "64x32", "--repeat", "1", "--weights", str(weights), "--device", "cpu"]
    assert main(command) == 0
    assert "64x32" in capsys.readouterr().out
    assert main([*command, "--sizes", "big"]) == 1
    assert "WIDTHxHEIGHT" in one_line_of(capsys)
