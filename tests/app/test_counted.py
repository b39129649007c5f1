"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from app.counted import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 segments"), (1, "1 segment"), (2, "2 segments"), (4233, "4,233 segments")]
)
def test_a_number_takes_its_noun_in_the_right_form(count: int, text: str):
    assert counted(count, "segment") == text


def test_a_plural_of_its_own_takes_the_place_of_the_s():
    assert [counted(count, "class", "classes") for count in (1, 2)] == ["1 class", "2 classes"]
