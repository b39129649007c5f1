"""The rows of ablations on disk: kept after every one, shared by processes, never mixed with other settings."""

from __future__ import annotations

import math

import pytest

from engine.evaluation.ablation_file import AblationFile, AblationFileError, AblationRow
from engine.evaluation.evaluator import FULL, REAL, RowScore

SETTINGS = {"steps": 3, "limit": None, "crop": (160, 128)}
ORDER = ("base", "without copying", "without matching")


def _row(name, miou=0.5):
    scores = tuple(RowScore(way, miou, 0.6, 1.0, 2.0, 0.1, 0.5, None) for way in (REAL, FULL))
    return AblationRow(name, photographs=4, minutes=1.5, scores=scores)


def test_rows_come_back_as_they_were_in_their_order(tmp_path):
    path = tmp_path / "rows.json"
    for name in ("without copying", "base"):
        AblationFile(path).add("training", SETTINGS, _row(name), order=ORDER)
    table = AblationFile(path).table("training", SETTINGS)
    assert [row.name for row in table.rows] == ["base", "without copying"]
    assert table.row("base") == _row("base")
    assert table.row("without matching") is None


def test_two_processes_may_add_to_one_file(tmp_path):
    one, other = (AblationFile(tmp_path / "rows.json") for _ in range(2))
    assert not one.table("training", SETTINGS).rows
    assert not other.table("training", SETTINGS).rows
    one.add("training", SETTINGS, _row("base"), order=ORDER)
    other.add("training", SETTINGS, _row("without copying"), order=ORDER)
    assert one.table("training", SETTINGS).row("without copying") is not None
    assert other.table("training", SETTINGS).row("base") is not None


def test_a_row_made_again_takes_the_place_of_the_old_one_and_other_tables_stay(tmp_path):
    file = AblationFile(tmp_path / "rows.json")
    file.add("stages", {}, _row("full"), order=("full",))
    file.add("training", SETTINGS, _row("base"), order=ORDER)
    table = file.add("training", SETTINGS, _row("base", miou=0.25), order=ORDER)
    assert [row.score(FULL).miou for row in table.rows] == [0.25]
    assert sorted(file.report()) == ["stages", "training"]


def test_rows_of_other_settings_are_refused_and_stay(tmp_path):
    path = tmp_path / "rows.json"
    AblationFile(path).add("training", SETTINGS, _row("base"), order=ORDER)
    before = path.read_bytes()
    with pytest.raises(AblationFileError, match=r"training were made with another steps: name another file"):
        AblationFile(path).add("training", {**SETTINGS, "steps": 4}, _row("base"), order=ORDER)
    assert path.read_bytes() == before


def test_what_is_no_number_survives_the_file(tmp_path):
    path = tmp_path / "rows.json"
    AblationFile(path).add("training", SETTINGS, _row("base", miou=math.nan), order=ORDER)
    row = AblationFile(path).table("training", SETTINGS).row("base")
    assert row is not None
    assert math.isnan(row.score(REAL).miou)
    assert row.score(REAL).ms is None


def test_without_a_path_rows_are_kept_in_memory():
    file = AblationFile(None)
    file.add("training", SETTINGS, _row("base"), order=ORDER)
    assert file.table("training", SETTINGS).row("base") == _row("base")
    with pytest.raises(KeyError):
        _row("base").score("nothing")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"training": 3}',
        '{"training": {"settings": {}}}',
        '{"training": {"settings": {}, "rows": [{"name": "base"}]}}',
        '{"training": {"settings": {}, "rows": [{"name": "b", "photographs": 1, "minutes": null, "scores": [{}]}]}}',
        '{"training": {"settings": {}, "rows": [{"name": "b", "photographs": 1, "minutes": null, "scores": '
        '[{"name": "full", "miou": "much"}]}]}}',
    ],
)
def test_a_file_of_something_else_is_refused(text, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(AblationFileError, match="holds no ablations"):
        AblationFile(path).table("training", {})
