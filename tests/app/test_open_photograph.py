"""A photograph opened, dropped or given at the start is something to trace."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document_file import FileError, open_document
from app.session import Session
from engine.classes import VOID, builtin_class_table
from engine.geometry import Size


def write_photograph(path: Path, width: int, height: int) -> Path:
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
    return path


@pytest.mark.parametrize(
    ("width", "height", "size"), [(3000, 2000, Size(1024, 683)), (600, 800, Size(600, 800)), (2000, 9, Size(1024, 8))]
)
def test_a_photograph_opens_as_an_empty_layout_of_its_proportions(tmp_path: Path, width: int, height: int, size: Size):
    opened = open_document(write_photograph(tmp_path / "cliff.jpg", width, height), builtin_class_table("street"))
    assert opened.document.size == size
    assert (opened.document.class_ids == VOID).all()
    assert opened.title == "cliff" and opened.path is None
    assert opened.document.underlay is not None and opened.document.underlay.name == "cliff"


def test_a_broken_photograph_is_refused_in_one_line(tmp_path: Path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 nothing")
    with pytest.raises(FileError) as error:
        open_document(broken, builtin_class_table("street"))
    assert "broken.jpg" in str(error.value) and "\n" not in str(error.value)


def test_the_underlay_of_an_opened_photograph_is_shown_and_saved(tmp_path: Path, session: Session):
    session.adopt(open_document(write_photograph(tmp_path / "cliff.jpg", 64, 32), session.table))
    assert session.underlay.underlay is not None
    assert session.underlay.place(session.document.size).getRect() == (0, 0, 64, 32)
