"""Layouts as pictures: ``parse_layout("sss/sbb/rrr")``."""

from __future__ import annotations

import numpy as np

from engine.classes import VOID, ClassInfo, ClassTable
from engine.layout import Layout

LETTERS = "sbrtcp"
"""Sky, building, road, tree, car, pole; a full stop is void."""


def small_table() -> ClassTable:
    """Return a table of six classes: sky, building, road (ground), tree, car (thing) and pole (thin thing)."""
    return ClassTable(
        "small",
        "Small",
        (
            ClassInfo(0, "sky", "Sky", (120, 180, 230)),
            ClassInfo(1, "building", "Building", (160, 80, 70), depth_order=1),
            ClassInfo(2, "road", "Road", (100, 100, 110), ground=True, depth_order=2),
            ClassInfo(3, "tree", "Tree", (60, 140, 60), depth_order=3),
            ClassInfo(4, "car", "Car", (40, 60, 200), kind="thing", depth_order=4),
            ClassInfo(5, "pole", "Pole", (230, 200, 90), kind="thing", thin=True, depth_order=5),
        ),
    )


def parse_layout(picture: str, *, instances: str | None = None, cell_px: int = 8) -> Layout:
    """Return a layout drawn with letters.

    Args:
        picture: rows parted by ``/``, one letter of `LETTERS` or a full stop a cell.
        instances: instance ids in the same form, one digit a cell; none by default.
        cell_px: side of a cell in pixels.
    """
    ids = {letter: index for index, letter in enumerate(LETTERS)} | {".": VOID}
    rows = picture.split("/")
    cells = np.array([[ids[letter] for letter in row] for row in rows], np.uint8)
    digits = np.zeros(cells.shape, np.uint16)
    if instances is not None:
        digits = np.array([[int(digit) for digit in row] for row in instances.split("/")], np.uint16)
    block = np.ones((cell_px, cell_px), np.uint8)
    return Layout(np.kron(cells, block), np.kron(digits, block).astype(np.uint16))
