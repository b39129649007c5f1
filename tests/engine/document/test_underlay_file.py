"""The photograph to trace, in a project."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
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


def _document(underlay: Underlay | None = None) -> Document:
    return Document(parse_layout("ss/bb"), small_table(), underlay=underlay)


def _snapshot(underlay: Underlay | None = None) -> Snapshot:
    return _document(underlay).snapshot(Quality.FINAL)


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
    save_project(path, _snapshot(underlay))
    loaded = load_project(path)
    assert loaded.underlay is not None
    assert (loaded.underlay.name, loaded.underlay.opacity, loaded.underlay.placement) == ("harbour", 1.0, "fit")
    assert loaded.underlay.rgb.shape == (24, 40, 3)
    assert np.abs(loaded.underlay.rgb.astype(int) - underlay.rgb).mean() < 4
    assert "underlay" not in loaded.extra
    save_project(tmp_path / "again.tessera", _snapshot(loaded.underlay))
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
    save_project(path, _snapshot(_underlay()))
    _rewritten(path, change)
    with pytest.raises(ProjectError) as error:
        load_project(path)
    assert "\n" not in str(error.value)


def test_what_is_no_photograph_is_no_underlay() -> None:
    with pytest.raises(ImageError):
        build_underlay(b"GIF89a", "moving")


# -- as part of the document --------------------------------------------------------------------------------------


def test_laying_a_photograph_down_is_a_step_that_is_unsaved_until_it_is_saved() -> None:
    document, underlay = _document(), _underlay()
    told: list[str] = []
    document.subscribe(lambda change: told.append(change.kind))
    document.change_underlay(underlay, "Open underlay harbour")
    assert document.underlay is underlay and document.is_modified
    assert document.history.undo_names == ("Open underlay harbour",)
    assert told == ["underlay", "history"]
    document.mark_saved(document.generation)
    assert not document.is_modified
    document.undo()
    assert document.underlay is None and document.is_modified
    document.redo()
    assert document.underlay is underlay and not document.is_modified
    assert told.count("underlay") == 3


def test_a_slider_that_is_moved_is_one_step_and_another_photograph_is_another() -> None:
    underlay = _underlay()
    document = _document(underlay)
    for percent in (90, 70, 40):
        assert document.underlay is not None
        document.change_underlay(replace(document.underlay, opacity=percent / 100), "Fade underlay")
    assert document.history.undo_names == ("Fade underlay",)
    document.change_underlay(None, "Remove underlay")
    assert document.history.undo_count == 2
    document.undo()
    assert document.underlay is not None and document.underlay.opacity == 0.4
    document.undo()
    assert document.underlay is underlay


def test_a_step_that_was_gone_back_to_is_not_gone_on_with() -> None:
    underlay = _underlay()
    document = _document(underlay)
    document.change_underlay(replace(underlay, opacity=0.5), "Fade underlay")
    document.change_underlay(replace(underlay, opacity=0.5, placement="fill"), "Place underlay")
    document.undo()
    document.change_underlay(replace(underlay, opacity=0.1), "Fade underlay")
    assert document.history.undo_names == ("Fade underlay", "Fade underlay")


def test_the_history_counts_a_photograph_that_only_it_still_holds() -> None:
    underlay = _underlay()
    document = _document(underlay)
    document.change_underlay(replace(underlay, opacity=0.5), "Fade underlay")
    assert document.history.size_bytes < underlay.rgb.nbytes
    document.change_underlay(None, "Remove underlay")
    assert document.history.size_bytes > underlay.rgb.nbytes
