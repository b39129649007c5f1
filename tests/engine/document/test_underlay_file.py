"""The photograph to trace, in a project."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.data.image_file import ImageError
from engine.document.document import Document
from engine.document.project_file import ProjectError, load_project, save_project
from engine.document.snapshot import Quality, Snapshot
from engine.document.underlay_file import ENTRY, Underlay, build_underlay
from tests.support.layouts import parse_layout, small_table


def _snapshot() -> Snapshot:
    table = small_table()
    return Document(parse_layout("ss/bb"), table).snapshot(Quality.FINAL)


def _underlay() -> Underlay:
    rows = np.linspace(0, 255, 24, dtype=np.uint8)
    bgr = np.repeat(np.repeat(rows[:, None, None], 40, 1), 3, 2)
    return build_underlay(cv2.imencode(".png", bgr)[1].tobytes(), "harbour")


def _rewritten(path: Path, change: Any) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def test_a_project_brings_its_underlay_back(tmp_path: Path) -> None:
    path, underlay = tmp_path / "p.tessera", _underlay()
    save_project(path, _snapshot(), underlay=underlay)
    loaded = load_project(path)
    assert loaded.underlay is not None
    assert (loaded.underlay.name, loaded.underlay.opacity, loaded.underlay.placement) == ("harbour", 1.0, "fit")
    assert loaded.underlay.rgb.shape == (24, 40, 3)
    assert np.abs(loaded.underlay.rgb.astype(int) - underlay.rgb).mean() < 4
    assert "underlay" not in loaded.extra
    save_project(tmp_path / "again.tessera", _snapshot(), underlay=loaded.underlay)
    again = load_project(tmp_path / "again.tessera").underlay
    assert again is not None and again.data == loaded.underlay.data


def test_a_project_without_an_underlay_has_none(tmp_path: Path) -> None:
    save_project(tmp_path / "p.tessera", _snapshot())
    assert load_project(tmp_path / "p.tessera").underlay is None


def _without_pixels(entries: dict[str, bytes]) -> None:
    del entries[ENTRY]


def _broken_pixels(entries: dict[str, bytes]) -> None:
    entries[ENTRY] = entries[ENTRY][:60]


def _saying(**changes: Any) -> Any:
    def change(entries: dict[str, bytes]) -> None:
        document = json.loads(entries["document.json"])
        document["underlay"] |= changes
        entries["document.json"] = json.dumps(document).encode()

    return change


@pytest.mark.parametrize(
    "change",
    [_without_pixels, _broken_pixels, _saying(opacity=2.0), _saying(placement="sideways"), _saying(name=7)],
)
def test_a_broken_underlay_is_refused_in_one_line(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "p.tessera"
    save_project(path, _snapshot(), underlay=_underlay())
    _rewritten(path, change)
    with pytest.raises(ProjectError) as error:
        load_project(path)
    assert "\n" not in str(error.value)


def test_what_is_no_photograph_is_no_underlay() -> None:
    with pytest.raises(ImageError):
        build_underlay(b"GIF89a", "moving")
