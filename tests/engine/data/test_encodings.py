from __future__ import annotations

import pytest

from engine.classes import VOID, ClassInfo, ClassTable, builtin_class_table
from engine.data.encodings import (
    colour_value,
    encoding,
    encodings,
    guess_encoding,
    suggest_class,
    suggest_class_of_colour,
    table_encodings,
    value_colour,
)

STREET, LANDSCAPE = builtin_class_table("street"), builtin_class_table("landscape")


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("cityscapes", 29),
        ("cityscapes_train", 19),
        ("cityscapes_instances", 29),
        ("ade20k", 150),
        ("ade20k_from_0", 150),
        ("coco_stuff", 182),
        ("coco_stuff_labels", 182),
        ("coco_panoptic", 133),
        ("coco_panoptic_colours", 133),
    ],
)
def test_every_encoding_has_as_many_classes_as_its_data_set(key: str, count: int):
    assert len(encoding(key).classes) == count


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("cityscapes", 7, "road"),
        ("cityscapes", 26, "car"),
        ("cityscapes_train", 0, "road"),
        ("cityscapes_train", 18, "bicycle"),
        ("cityscapes_colours", 0x4682B4, "sky"),
        ("ade20k", 1, "wall"),
        ("ade20k", 150, "flag"),
        ("ade20k_from_0", 2, "sky"),
        ("ade20k_colours", 0x06E6E6, "sky"),
        ("coco_stuff", 156, "sky-other"),
        ("coco_stuff_labels", 157, "sky-other"),
        ("coco_panoptic", 187, "sky-other-merged"),
        ("coco_panoptic_colours", 0x804080, "road"),
    ],
)
def test_values_name_the_classes_the_data_sets_publish(key: str, value: int, name: str):
    assert encoding(key).classes[value].name == name


def test_an_unknown_encoding_is_refused():
    with pytest.raises(KeyError, match="no encoding 'cityscape'"):
        encoding("cityscape")


def test_keys_of_encodings_are_unique():
    keys = [each.key for each in encodings()]
    assert len(set(keys)) == len(keys)


def test_an_instance_id_belongs_to_its_class():
    assert encoding("cityscapes_instances").class_value(26003) == 26
    assert encoding("cityscapes_instances").class_value(7) == 7


def test_train_ids_are_told_from_label_ids():
    assert guess_encoding([0, 1, 2, 8, 10, 13, 255], "ids") == encoding("cityscapes_train")
    assert guess_encoding([7, 8, 11, 21, 23, 26, 33], "ids") == encoding("cityscapes")
    assert guess_encoding([7, 11, 23, 26001, 26002], "ids") == encoding("cityscapes_instances")


def test_colours_name_their_data_set():
    assert guess_encoding([0x804080, 0xF423E8, 0x464646, 0], "colours") == encoding("cityscapes_colours")
    assert guess_encoding([0x787878, 0xB47878, 0x06E6E6], "colours") == encoding("ade20k_colours")


def test_two_values_say_nothing():
    assert guess_encoding([7, 11], "ids") is None


def test_values_of_nobody_are_not_guessed():
    assert guess_encoding([1, 2, 3, 60000], "ids") is None


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("sidewalk", STREET, "pavement"),
        ("sidewalk", LANDSCAPE, "road"),
        ("vegetation", STREET, "tree"),
        ("vegetation", LANDSCAPE, "forest"),
        ("tree-merged", LANDSCAPE, "tree"),
        ("water-other", LANDSCAPE, "water"),
        ("wall-stone", LANDSCAPE, "rock"),
        ("wall-stone", STREET, "building"),
        ("Rider", STREET, "bicyclist"),
        ("house", LANDSCAPE, "building"),
    ],
)
def test_names_are_understood_by_what_they_mean(name: str, table: ClassTable, key: str):
    assert table[suggest_class(name, table)].key == key


@pytest.mark.parametrize(("name", "table"), [("giraffe", STREET), ("person", LANDSCAPE), ("", STREET)])
def test_a_class_the_table_lacks_becomes_void(name: str, table: ClassTable):
    assert suggest_class(name, table) == VOID


def test_a_painters_own_class_goes_before_meanings():
    table = ClassTable(
        "own", "Own", (ClassInfo(0, "road", "Road", (9, 9, 9)), ClassInfo(1, "kerb", "Sidewalk", (1, 2, 3)))
    )
    assert suggest_class("sidewalk", table) == 1


def test_a_near_colour_is_suggested_and_a_far_one_is_not():
    assert STREET[suggest_class_of_colour((145, 186, 212), STREET)].key == "sky"
    assert suggest_class_of_colour((255, 0, 255), STREET) == VOID


def test_a_class_table_is_an_encoding_of_its_ids_and_colours():
    ids, colours = table_encodings(LANDSCAPE)
    assert ids.classes[12].name == "Water"
    assert colours.classes[colour_value(LANDSCAPE[12].colour)].name == "Water"
    assert 255 in ids.void and 0 in colours.void


def test_a_colour_is_one_number():
    assert value_colour(colour_value((1, 128, 255))) == (1, 128, 255)
