"""``python -m engine bank`` and ``bench retrieval``, as a script sees them."""

from __future__ import annotations

import json
from contextlib import closing

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.sheet import GAP_PX
from engine.cli import main
from engine.data.image_file import decode_photograph
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset


@pytest.fixture
def tiny(tmp_path):
    return draw_tiny_dataset(tmp_path / "tiny", count=3)


def build(tiny, tmp_path, *more: str) -> int:
    return main(["bank", "build", "--importer", "folder", "--root", str(tiny), "-o", str(tmp_path / "t.bank"), *more])


def test_build_info_and_verify_follow_one_another(tiny, tmp_path, capsys):
    (tiny / "photographs/001.jpg").write_bytes(b"")
    assert build(tiny, tmp_path) == 0
    out, err = capsys.readouterr()
    assert "from 2 photographs, 1 skipped" in out
    assert "skipped photographs/001.jpg: not a JPEG, PNG or WebP" in err

    assert main(["bank", "info", str(tmp_path / "t.bank"), "--json"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert info["sources"] == 2
    assert info["segments"] == sum(row["segments"] for row in info["classes"])
    assert info["classes"][0] == {"id": 0, "key": "sky", "segments": 2, "sources": 2}
    assert info["licences"] == [{"dataset": "Tiny", "author": "the tests", "licence": "CC0", "photographs": 2}]

    assert main(["bank", "info", str(tmp_path / "t.bank")]) == 0
    assert "sky" in capsys.readouterr().out
    assert main(["bank", "verify", str(tmp_path / "t.bank")]) == 0
    assert "sound" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--importer", "nothing"], "no such importer"),
        (["--root", "/nowhere"], "/nowhere: no such folder"),
        (["--size", "big"], "--size"),
        (["--split", "train"], "no splits"),
        (["-o", "/nowhere/b.bank"], "/nowhere: no such folder"),
    ],
)
def test_a_build_that_cannot_be_is_one_line_and_no_success(tiny, tmp_path, capsys, change, message):
    assert build(tiny, tmp_path, *change) != 0
    err = capsys.readouterr().err.strip()
    assert message in err
    assert err.count("\n") == 0


def test_verify_fails_on_a_broken_bank_in_one_line(tiny, tmp_path, capsys):
    (tmp_path / "t.bank").write_bytes(b"no bank")
    for command in ("verify", "info"):
        assert main(["bank", command, str(tmp_path / "t.bank")]) == 1
        assert capsys.readouterr().err.count("\n") == 1
        assert main(["bank", command, str(tmp_path / "nothing.bank")]) == 1
        assert "no such file" in capsys.readouterr().err


def test_the_retrieval_bench_prints_milliseconds(tiny, tmp_path, capsys):
    assert main(["bench", "retrieval", "--segments", "300", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["retrieval"]
    assert report["segments"] == 300
    assert 0 < report["median_ms"] <= report["p95_ms"]
    assert build(tiny, tmp_path) == 0
    capsys.readouterr()
    assert main(["bench", "retrieval", "--segments", "200", "--bank", str(tmp_path / "t.bank")]) == 0
    assert "median" in capsys.readouterr().out


def test_a_sheet_shows_photographs_as_they_are(tmp_path, capsys):
    bank_path = build_tiny_bank(tmp_path, count=5, size=(512, 256))
    for name in ("sheet.png", "sheet.webp"):
        assert main(["bank", "sheet", str(bank_path), "-o", str(tmp_path / name), "--count", "4"]) == 0
        assert "4 of 5 photographs" in capsys.readouterr().out
        shown = decode_photograph((tmp_path / name).read_bytes())
        assert shown.shape == (2 * 256 + GAP_PX, 3 * 512 + 2 * GAP_PX, 3)
    exact = decode_photograph((tmp_path / "sheet.png").read_bytes())
    with closing(Bank.open(bank_path)) as bank:
        assert any(np.array_equal(exact[:256, :512], bank.photograph(source.key)) for source in bank.sources())
    assert main(["bank", "sheet", str(bank_path), "-o", str(tmp_path / "sheet.jpg")]) == 1
    assert "written as .webp or .png" in capsys.readouterr().err
