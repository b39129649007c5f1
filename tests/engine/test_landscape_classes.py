"""Tests of the landscape class table: what it holds, and that its colours can be told apart by everyone."""

from __future__ import annotations

from itertools import combinations

import pytest

from engine.classes import builtin_class_table
from tests.support.colour_difference import SIGHTS, as_seen, ciede2000

LEAST, LEAST_TO_DICHROMATS = 12.0, 8.0


def test_the_difference_of_two_colours_is_that_of_the_published_example():
    # Sharma, Wu, Dalal 2005, table 1, pairs 1 and 17
    assert float(ciede2000([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485])) == pytest.approx(2.0425, abs=1e-4)
    assert float(ciede2000([50.0, 2.5, 0.0], [73.0, 25.0, -18.0])) == pytest.approx(27.1492, abs=1e-4)


def test_the_landscape_table_has_the_classes_a_landscape_is_painted_with():
    table = builtin_class_table("landscape")
    expected = "sky cloud mountain snow grass forest tree bush flowers rock sand earth water road building fence"
    assert [info.key for info in table] == expected.split()
    assert {info.key for info in table if info.kind == "thing"} == {"tree", "bush", "rock", "building", "fence"}
    assert [info.key for info in table if info.thin] == ["fence"]
    assert all(info.group for info in table)
    assert len({info.depth_order for info in table}) == len(table)


def test_no_key_is_also_a_synonym_of_another_class():
    table = builtin_class_table("landscape")
    names = [name for info in table for name in (info.key, *info.synonyms)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("sight", [None, *SIGHTS])
def test_all_colours_can_be_told_apart(sight):
    least = LEAST if sight is None else LEAST_TO_DICHROMATS
    for one, other in combinations(builtin_class_table("landscape"), 2):
        difference = float(ciede2000(as_seen(one.colour, sight), as_seen(other.colour, sight)))
        assert difference >= least, (one.key, other.key, difference)
