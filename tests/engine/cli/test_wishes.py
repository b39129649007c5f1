"""``synthesize --pick --ban --order --spill --credits``: the painter's decisions from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bank.bank import Bank
from engine.classes import builtin_class_table
from engine.cli import main
from engine.data.layout_file import save_layout_index
from engine.data.png import read_png
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("wishes")
    write_tiny_weights(place / "weights")
    path = build_tiny_bank(place, count=6)
    build_tiny_bank(place, count=4, seed=9, name="other")
    bank = Bank.open(path)
    save_layout_index(place / "street.png", bank.layout(bank.sources()[0].key), TABLE)
    bank.close()
    return place


@pytest.fixture
def run(place, tmp_path):
    """Synthesise the drawn street with options; return the exit status and the report."""

    def synthesize(*options: str, banks: tuple[str, ...] = ("tiny",)) -> tuple[int, dict]:
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        common = ["--weights", place / "weights", "--device", "cpu", "--report", report, "-o", tmp_path / "image.png"]
        for name in banks:
            common += ["--bank", place / f"{name}.bank"]
        status = main(["synthesize", *map(str, [place / "street.png", *common, *options])])
        return status, json.loads(report.read_text()) if report.is_file() else {}

    return synthesize


def _region(report: dict, class_key: str) -> dict:
    return max((r for r in report["regions"] if r["class"] == class_key), key=lambda r: r["area"])


def test_a_banned_segment_and_a_banned_photograph_are_not_used(run):
    _, plain = run()
    sky = _region(plain, "sky")
    chosen = sky["choice"]
    _, one = run("--ban", f"{sky['record']}={chosen['segment']}")
    assert chosen["segment"] not in {c["segment"] for c in _region(one, "sky")["candidates"]}
    assert _region(one, "sky")["banned"] == [chosen["segment"]]
    _, everywhere = run("--ban", chosen["source_key"])
    for region in everywhere["regions"]:
        assert chosen["source_key"] not in {c["source_key"] for c in region["candidates"]}
        assert region["banned_sources"] == [chosen["source_key"]]


def test_a_region_can_be_left_to_the_network(run):
    status, report = run("--pick", "0,0=none")
    assert status == 0
    assert _region(report, "sky")["choice"] is None
    assert _region(report, "sky")["candidates"]


def test_the_order_asked_for_is_the_order_of_the_canvas(run):
    _, plain = run()
    tree = _region(plain, "tree")
    behind = next(c["record"] for c in tree["contacts"] if c["in_front"])
    status, report = run("--order", f"{behind}>{tree['record']}")
    assert status == 0
    ranks = {r["record"]: r["depth_rank"] for r in report["regions"]}
    assert ranks[behind] > ranks[tree["record"]]
    told = next(c for c in _region(report, "tree")["contacts"] if c["record"] == behind)
    assert (told["in_front"], told["decided_by"]) == (False, "painter")


def test_a_spill_is_set_for_a_region_and_for_all_others(run):
    _, plain = run()
    tree = _region(plain, "tree")["record"]
    status, report = run("--spill", "0.01", "--spill", f"{tree}=0.05")
    assert status == 0
    assert report["settings"]["spill"] == 0.01
    assert _region(report, "tree")["spill"] == 0.05
    assert _region(report, "sky")["spill"] == 0.01


def test_credits_are_written_as_markdown_and_json_and_stand_in_the_png(run, tmp_path):
    for name in ("credits.md", "credits.json"):
        status, report = run("--credits", str(tmp_path / name))
        assert status == 0
    sheet = json.loads((tmp_path / "credits.json").read_text())
    assert sheet["photographs"] == report["credits"]
    assert 0 <= sheet["invented"] <= 1
    assert abs(sum(row["share"] for row in sheet["photographs"]) + sheet["invented"] - 1) < 1e-3
    assert all(row["author"] == "the tests" and row["licence"] == "CC0" for row in sheet["photographs"])
    text = (tmp_path / "credits.md").read_text()
    assert text.startswith("# Photographs used")
    assert "| the tests | CC0 |" in text
    _, info = read_png((tmp_path / "image.png").read_bytes())
    assert json.loads(info.text["Credits"]) == report["credits"]


def test_several_banks_are_asked_together(run):
    _, report = run(banks=("tiny", "other"))
    _, first = run()
    assert len(report["banks"]) == 2
    assert len(_region(report, "sky")["candidates"]) > len(_region(first, "sky")["candidates"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ban", "xyz"], "16 hex digits"),
        (["--ban", "0123456789abcdef"], "no open bank has a segment or a photograph"),
        (["--order", "1"], "FRONT>BACK"),
        (["--order", "1>1"], "cannot lie in front of itself"),
        (["--order", "1>2", "--order", "2>3", "--order", "3>1"], "lies in front of"),
        (["--order", "1>2", "--order", "2>1"], "--order 1>2 wants the opposite"),
        (["--order", "1>99"], "no region has the record 99"),
        (["--spill", "1=0.5"], "0 to 0.1"),
        (["--spill", "wide"], "SHARE"),
        (["--spill", "9999,0=0.1"], "no region at the pixel 9999,0"),
        (["--credits", "sheet.txt"], ".md or .json"),
        (["--credits", "nowhere/sheet.md"], "no such folder"),
        (["--parametric", "--order", "1>2"], "--order and --parametric exclude one another"),
    ],
)
def test_wishes_that_cannot_be_are_refused_in_one_line(run, capsys, options, message):
    status, _ = run(*options)
    printed = capsys.readouterr().err
    assert status == 1
    assert message in printed
    assert printed.count("\n") == 1


def test_wishes_for_a_folder_are_refused(place, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "street.png").write_bytes((place / "street.png").read_bytes())
    assert main(["synthesize", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--ban", "0123456789abcdef"]) == 1
    assert "not for a folder" in capsys.readouterr().err
