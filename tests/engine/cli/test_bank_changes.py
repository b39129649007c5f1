"""``python -m engine bank add|remove|export``, as a script sees them."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from engine.cli import main
from engine.data.png import write_gray_png


@pytest.fixture
def files(tmp_path):
    photograph, layout = tmp_path / "beach.png", tmp_path / "beach-layout.png"
    rgb = np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    photograph.write_bytes(cv2.imencode(".png", rgb)[1].tobytes())
    ids = np.zeros((40, 60), np.uint8)
    ids[:, 30:] = 1
    layout.write_bytes(write_gray_png(ids))
    return str(photograph), str(layout)


def test_a_photograph_is_added_updated_exported_and_removed(files, tmp_path, capsys):
    bank, out = str(tmp_path / "own.bank"), str(tmp_path / "Coast.bank")
    more = ["--classes", "street", "--author", "A. Painter", "--licence", "CC0 1.0"]
    assert main(["bank", "add", *files, "--to", bank, *more]) == 0
    told = capsys.readouterr().out
    assert "added" in told and "(beach), 2 segments" in told
    key = told.split("added ")[1][:16]
    assert main(["bank", "add", *files, "--to", bank, "--classes", "street"]) == 0
    assert "updated" in capsys.readouterr().out
    assert main(["bank", "export", "--from", bank, "-o", out]) == 0
    assert main(["bank", "verify", out]) == 0
    capsys.readouterr()
    assert main(["bank", "info", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["segments"] == 2
    assert main(["bank", "remove", key, "--from", bank]) == 0
    assert "2 segments" in capsys.readouterr().out
    assert main(["bank", "remove", key, "--from", bank]) != 0
    assert "holds neither" in capsys.readouterr().err


def test_refusals_are_one_clear_line(files, tmp_path, capsys):
    photograph, layout = files
    bank = str(tmp_path / "own.bank")
    small = tmp_path / "small.png"
    small.write_bytes(write_gray_png(np.zeros((20, 30), np.uint8)))
    void = tmp_path / "void.png"
    void.write_bytes(write_gray_png(np.full((40, 60), 255, np.uint8)))
    for arguments, reason in (
        (["add", photograph, str(tmp_path / "none.png"), "--to", bank], "no such file"),
        (["add", layout, str(small), "--to", bank, "--classes", "street"], "its photograph 60x40"),
        (["add", photograph, str(void), "--to", bank, "--classes", "street"], "nothing large enough"),
        (["remove", "0" * 16, "--from", str(tmp_path / "none.bank")], "no such bank"),
        (["export", "--from", photograph, "-o", str(tmp_path / "x.bank")], "not a bank"),
        (["export", "--from", bank, "-o", bank], "the bank itself"),
    ):
        assert main(["bank", *arguments]) != 0
        told = capsys.readouterr().err
        assert reason in told.replace("×", "x")
        assert len(told.strip().splitlines()) == 1
