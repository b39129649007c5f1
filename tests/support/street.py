"""The street that tests paint in: a layout of the street table with every kind of region."""

from __future__ import annotations

import cv2
import numpy as np

from app.document_file import OpenedDocument
from engine.classes import VOID, builtin_class_table
from engine.document.document import Document
from engine.geometry import Size
from engine.layout import Layout

STREET_SIZE = Size(512, 256)

_Polygon = tuple[tuple[int, int], ...]

_SHAPES: tuple[tuple[str, int, _Polygon], ...] = (
    ("sky", 0, ((0, 0), (512, 0), (512, 150), (0, 150))),
    ("building", 0, ((0, 0), (70, 0), (168, 52), (176, 140), (0, 176))),
    ("building", 0, ((512, 0), (470, 0), (452, 36), (366, 62), (344, 92), (344, 140), (512, 176))),
    ("building", 0, ((176, 104), (214, 104), (214, 92), (262, 92), (262, 138), (176, 142))),
    ("road", 0, ((196, 139), (316, 139), (470, 256), (40, 256))),
    ("pavement", 0, ((0, 170), (176, 138), (206, 138), (56, 256), (0, 256))),
    ("pavement", 0, ((512, 170), (344, 137), (306, 138), (452, 256), (512, 256))),
    ("tree", 0, ((262, 138), (260, 108), (276, 86), (300, 76), (328, 84), (346, 104), (344, 140), (304, 140))),
    ("pole", 0, ((112, 40), (117, 40), (118, 196), (112, 196))),
    ("car", 1, ((78, 214), (84, 186), (98, 168), (146, 166), (164, 182), (172, 210), (168, 218), (84, 222))),
    ("car", 2, ((262, 152), (266, 144), (286, 144), (292, 153), (291, 164), (263, 164))),
    ("pedestrian", 0, ((398, 152), (405, 146), (411, 152), (414, 182), (409, 206), (401, 206), (396, 180))),
)


def open_street() -> OpenedDocument:
    """Return a new document of it, 512x256."""
    table = builtin_class_table("street")
    class_ids = np.full((STREET_SIZE.height, STREET_SIZE.width), VOID, np.uint8)
    instance_ids = np.zeros(class_ids.shape, np.uint16)
    for key, instance_id, polygon in _SHAPES:
        info = table.get(key)
        assert info is not None
        mask = np.zeros(class_ids.shape, np.uint8)
        cv2.fillPoly(mask, [np.array(polygon, np.int32)], 1)
        class_ids[mask > 0] = info.id
        instance_ids[mask > 0] = instance_id
    return OpenedDocument(Document(Layout(class_ids, instance_ids), table))
