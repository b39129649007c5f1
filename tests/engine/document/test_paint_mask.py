"""Painting a mask: one step, and what is protected stays."""

from __future__ import annotations

import numpy as np
import pytest

from engine.classes import VOID
from engine.document.document import Document
from engine.document.strokes import StrokeOptions
from engine.geometry import Bounds
from tests.support.layouts import parse_layout, small_table


@pytest.fixture
def document() -> Document:
    return Document(parse_layout("ss/bb"), small_table())


def square(document: Document) -> np.ndarray:
    mask = np.zeros(document.class_ids.shape, np.bool_)
    mask[4:12, 4:12] = True
    return mask


def test_a_mask_is_painted_as_one_step(document):
    before = document.class_ids.copy()
    mask = square(document)
    assert document.paint_mask(mask, VOID) == Bounds(4, 4, 12, 12)
    assert ((document.class_ids == VOID) == mask).all()
    assert len(document.history.undo_names) == 1
    document.undo()
    assert np.array_equal(document.class_ids, before)


def test_a_protected_class_is_left_alone(document):
    lower = int(document.class_ids[12, 0])
    document.paint_mask(square(document), VOID, options=StrokeOptions(protected=frozenset({lower})))
    assert (document.class_ids[8:] == lower).all()
    assert (document.class_ids[4:8, 4:12] == VOID).all()


def test_a_mask_of_another_size_is_refused(document):
    with pytest.raises(ValueError, match="does not fit"):
        document.paint_mask(np.ones((3, 3), np.bool_), VOID)
