"""``bench personal``: from *Add* to candidates."""

from __future__ import annotations

import json

import pytest

from engine.cli import main
from tests.support.tiny_bank import build_tiny_bank


def test_every_photograph_added_is_offered_and_timed(tmp_path, capsys):
    bank = build_tiny_bank(tmp_path, count=2)
    assert main(["bench", "personal", "--bank", str(bank), "--photographs", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["add_ms"]) == len(report["picture_ms"]) == 2
    assert report["most_ms"] >= max(report["add_ms"])


@pytest.mark.parametrize("content", [b"no bank at all"])
def test_what_is_no_bank_gets_one_line(tmp_path, capsys, content):
    path = tmp_path / "x.bank"
    path.write_bytes(content)
    assert main(["bench", "personal", "--bank", str(path)]) != 0
    assert capsys.readouterr().err.count("\n") == 1
