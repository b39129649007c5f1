"""``bench networks``: what is printed, for people and for scripts."""

from __future__ import annotations

import json

from engine.cli import main


def test_every_configuration_is_listed_with_size_work_and_reach(capsys):
    assert main(["bench", "networks", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["networks"]
    assert [(row["configuration"], row["classes"]) for row in rows] == [
        (name, classes) for name in ("default", "quality", "paper", "paper-quarter") for classes in (11, 16)
    ]
    for row in rows[:2]:
        assert row["megabytes"] <= 8
        assert row["gflop"] <= 6
    assert all(row["reach_px"] <= 96 for row in rows[:4])
    assert all(row["reach_px"] is None for row in rows[4:])


def test_the_table_names_them_for_a_number_of_classes(capsys):
    assert main(["bench", "networks", "--classes", "19"]) == 0
    said = capsys.readouterr().out
    assert "paper-quarter" in said
    assert "whole picture" in said


def test_no_classes_are_a_usage_error(capsys):
    assert main(["bench", "networks", "--classes", "0"]) == 2
    assert "--classes" in capsys.readouterr().err
