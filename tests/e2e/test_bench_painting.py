"""``bench painting`` measures the real program."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.cli import main
from engine.cli.bench_painting import draw_stroke
from tests.support.tiny_bank import build_tiny_bank


def test_a_stroke_stays_on_the_layout():
    stroke = draw_stroke(np.random.default_rng(3), 200)
    assert stroke.shape == (200, 2)
    assert stroke.min() > 0 and stroke.max() < 1
    assert np.abs(np.diff(stroke, axis=0)).max() < 0.1


def test_a_size_that_is_none_is_refused(capsys):
    assert main(["bench", "painting", "--sizes", "wide"]) != 0
    assert "--sizes" in capsys.readouterr().err


@pytest.mark.slow
def test_painting_is_measured_in_the_real_program(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    bank = build_tiny_bank(tmp_path)
    arguments = ["bench", "painting", "--bank", str(bank), "--sizes", "256x128", "--seconds", "0.5", "--strokes", "3"]
    assert main([*arguments, "--device", "cpu", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["painting"]
    found = report["latency"]["256x128"]
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["max_ms"]
    assert found["events"] >= 600
    assert {"start", "swap", "save", "export", "open bank", "stroke 256x128"} <= set(report["stalls"])
    assert report["memory_mb"]["after"] > 50
