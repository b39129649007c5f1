"""Tests of class tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.classes import (
    VOID,
    ClassInfo,
    ClassTable,
    ClassTableError,
    builtin_class_table,
    load_class_table,
)
from tests.support.layouts import small_table


def _table(*infos: ClassInfo) -> ClassTable:
    return ClassTable("other", "Other", infos)


def test_the_street_table_has_the_eleven_classes_of_camvid_in_order() -> None:
    table = builtin_class_table("street")
    expected = "sky building pole road pavement tree sign fence car pedestrian bicyclist"
    assert [info.key for info in table] == expected.split()
    assert [info.id for info in table] == list(range(11))
    assert [info.key for info in table if info.thin] == ["pole", "sign"]


def test_an_unknown_built_in_table_is_refused() -> None:
    for key in ("nowhere", "../street", ""):
        with pytest.raises(ClassTableError, match="there is no class table"):
            builtin_class_table(key)


def test_a_table_comes_back_from_json_equal() -> None:
    table = builtin_class_table("street")
    assert ClassTable.from_json(table.to_json()) == table


def test_a_table_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "garden.toml"
    path.write_text('name = "Garden"\n[[class]]\nkey = "lawn"\ncolour = "#00ff00"\n', encoding="utf-8")
    table = load_class_table(path)
    assert (table.key, table.name, table[0].key, table[0].colour) == ("garden", "Garden", "lawn", (0, 255, 0))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"table"',
        "{}",
        '{"key": "k", "classes": []}',
        '{"key": "k", "classes": [{"key": "a"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "red"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": [1, 2]}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": [1, 2, 256]}]}',
        '{"key": "k", "classes": [{"key": "A b", "colour": "#000001"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001", "kind": "thang"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001"}, {"key": "a", "colour": "#000002"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001"}, {"key": "b", "colour": "#000001"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001", "depth_order": "far"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001", "depth_order": 1e400}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001", "synonyms": 3}]}',
        '{"key": "../../elsewhere", "classes": [{"key": "a", "colour": "#000001"}]}',
        '{"key": "k", "classes": [{"key": "a", "colour": "#000001", "depth_order": ' + "9" * 5000 + "}]}",
        "[" * 100_000,
    ],
)
def test_a_text_that_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ClassTableError):
        ClassTable.from_json(text)


def test_256_classes_are_too_many() -> None:
    infos = [{"key": f"c{i}", "colour": [i % 256, i // 256, 7]} for i in range(256)]
    with pytest.raises(ClassTableError, match="1 to 255"):
        ClassTable.from_json(json.dumps({"key": "k", "classes": infos}))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClassTableError, match=r"missing\.toml"):
        load_class_table(tmp_path / "missing.toml")
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ClassTableError, match=r"broken\.toml"):
        load_class_table(tmp_path / "broken.toml")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(ClassTableError, match=r"deep\.toml"):
        load_class_table(tmp_path / "deep.toml")
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(ClassTableError, match=r"empty\.json"):
        load_class_table(tmp_path / "empty.json")


def test_a_table_without_a_key_takes_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "My town.JSON").write_text('{"classes": [{"key": "a", "colour": "#000001"}]}')
    assert load_class_table(tmp_path / "My town.JSON").key == "My_town"


def test_classes_are_mapped_by_key_then_synonym_then_what_they_look_like() -> None:
    mine = _table(
        ClassInfo(0, "tree", "Tree", (0, 0, 1)),
        ClassInfo(1, "path", "Path", (0, 0, 2)),
        ClassInfo(2, "bus", "Bus", (0, 0, 3), synonyms=("car",)),
        ClassInfo(3, "castle", "Castle", (0, 0, 4), looks_like="building"),
        ClassInfo(4, "dragon", "Dragon", (0, 0, 5)),
    )
    lookup = mine.mapping_to(builtin_class_table("street"))
    assert lookup[:5].tolist() == [5, 3, 8, 1, VOID]
    assert (lookup[5:] == VOID).all()


def test_ids_outside_the_table_are_counted_and_void_is_none_of_them() -> None:
    class_ids = np.array([[0, 5, 6], [6, 200, VOID]], np.uint8)
    assert small_table().unknown_ids(class_ids) == {6: 2, 200: 1}


def test_the_digest_names_keys_and_their_order_alone() -> None:
    first = _table(ClassInfo(0, "a", "A", (0, 0, 1)), ClassInfo(1, "b", "B", (0, 0, 2)))
    renamed = _table(ClassInfo(0, "a", "Alpha", (9, 0, 1)), ClassInfo(1, "b", "B", (0, 0, 2)))
    swapped = _table(ClassInfo(0, "b", "B", (0, 0, 2)), ClassInfo(1, "a", "A", (0, 0, 1)))
    assert first.digest == renamed.digest != swapped.digest


def test_colours_are_listed_by_id_and_void_is_black() -> None:
    palette = small_table().colours()
    assert palette.shape == (256, 3)
    assert palette[2].tolist() == [100, 100, 110]
    assert not palette[VOID].any()
