"""What ``evaluate`` refuses; what it does is in ``tests/engine/evaluation``."""

from __future__ import annotations

import pytest

from engine.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--importer", "foo", "--root", "/", "--split", "dev"], "no importer 'foo'"),
        (["--importer", "camvid", "--root", "gone", "--split", "dev"], "gone: no such folder"),
        (["--importer", "camvid", "--root", ".", "--split", "tomorrow"], "no such split"),
        (["--importer", "camvid", "--root", ".", "--split", "dev", "--sheet", "sheet.jpg"], "written as .png"),
        (["--importer", "camvid", "--root", ".", "--best-worst", "b.jpg"], "written as .png or .webp"),
        (["--importer", "camvid", "--root", ".", "--best-worst", "gone/b.webp"], "gone: no such folder"),
        (["--importer", "camvid", "--root", ".", "--other-bank", "gone.bank"], "gone.bank: no such file"),
        (["--importer", "camvid", "--root", ".", "--features", "gone.pth"], "gone.pth: no such file"),
    ],
)
def test_what_cannot_be_done_gets_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_missing_importer_is_a_usage_error(capsys):
    assert main(["evaluate", "--root", "."]) == 2
    assert "--importer" in capsys.readouterr().err
