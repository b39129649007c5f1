"""Exporting pictures, layers and layouts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.dialogs.batch import BatchDialog
from app.dialogs.export import ExportChoice, ExportDialog, fault_of
from app.document_file import FileError
from app.export_writer import export_pictures, scale_fault, side_by_side
from app.main_window import MainWindow
from app.session import Session
from engine.data.png import read_png
from engine.document.snapshot import Quality
from engine.geometry import Size
from tests.support.dialogs import answering, drive
from tests.support.openraster import read_openraster


def test_every_kind_can_be_exported(session: Session, tmp_path: Path):
    result, snapshot = session.final_result, session.document.snapshot(Quality.FINAL)
    assert result is not None
    kinds = ("image", "canvas", "side_by_side", "layered", "layout_coloured", "layout_index", "instances", "credits")
    choice = ExportChoice(tmp_path, "all", kinds)
    assert fault_of(choice, session.document.size) == ""
    export_pictures(choice.paths, snapshot, result)
    for path in choice.paths.values():
        assert path.stat().st_size
    assert (tmp_path / "all-credits.json").exists()
    instances, info = read_png((tmp_path / "all-instances.png").read_bytes())
    assert np.array_equal(instances, session.document.instance_ids)
    assert '"table"' in info.text["Tessera"]


def test_layers_are_a_valid_openraster_file_with_the_image_on_top(session: Session, tmp_path: Path):
    result, snapshot = session.final_result, session.document.snapshot(Quality.FINAL)
    assert result is not None
    export_pictures({"layered": tmp_path / "all.ora"}, snapshot, result)
    read = read_openraster((tmp_path / "all.ora").read_bytes())
    assert [layer.name for layer in (read.layers[0], read.layers[-1])] == ["Image", "Layout"]
    assert [layer.is_visible for layer in read.layers] == [True] + [False] * (len(read.layers) - 1)
    assert np.array_equal(read.merged[..., :3], result.image)


def test_side_by_side_shows_layout_canvas_and_image(session: Session):
    result, snapshot = session.final_result, session.document.snapshot(Quality.FINAL)
    assert result is not None
    picture = side_by_side(snapshot, result)
    height, width = result.image.shape[:2]
    assert picture.shape[0] == height and picture.shape[1] > 3 * width
    assert np.array_equal(picture[:, -width:], result.image)
    assert np.array_equal(picture[:, :width], session.table.colours()[snapshot.layout.class_ids])


def test_a_scale_changes_pictures_and_keeps_classes_apart(session: Session, tmp_path: Path):
    result, snapshot = session.final_result, session.document.snapshot(Quality.FINAL)
    assert result is not None
    paths = {"image": tmp_path / "i.png", "layout_index": tmp_path / "l.png"}
    export_pictures(paths, snapshot, result, scale_percent=50)  # type: ignore[arg-type]
    image, layout = cv2.imread(str(paths["image"])), read_png(paths["layout_index"].read_bytes())[0]
    assert image is not None
    assert image.shape[0] == result.image.shape[0] // 2
    assert set(np.unique(layout)) <= set(np.unique(snapshot.layout.class_ids))


def test_too_large_a_scale_is_said_before(qtbot: QtBot, tmp_path: Path):
    assert scale_fault(["image"], Size(4096, 2048), 400)
    assert not scale_fault(["layered", "credits"], Size(4096, 2048), 400)
    dialog = ExportDialog(tmp_path, "street", size=Size(4096, 2048), kinds=("image", "layered"))
    qtbot.addWidget(dialog)
    dialog.scale_field.setCurrentIndex(dialog.scale_field.findData(400))
    assert not dialog.export_button.isEnabled()
    assert "too large" in dialog.note


def test_a_picture_that_is_not_made_cannot_be_exported(session: Session, tmp_path: Path):
    with pytest.raises(FileError, match="not made yet"):
        export_pictures({"image": tmp_path / "i.png"}, session.document.snapshot(Quality.FINAL), None)


def test_the_image_goes_to_the_clipboard(window: MainWindow, session: Session):
    drive(window.file_flow.exports.copy_image())
    assert any("clipboard" in label.text() for label in window.status_bar.findChildren(QLabel))
    image = QGuiApplication.clipboard().image()
    result = session.final_result
    assert result is not None
    assert (image.width(), image.height()) == (result.image.shape[1], result.image.shape[0])
    assert image.pixelColor(QPoint(3, 3)).red() == result.image[3, 3, 0]


def test_the_dialog_exports_what_is_ticked_and_remembers_it(window: MainWindow, session: Session, tmp_path: Path):
    def export(dialog: ExportDialog) -> None:
        dialog.folder_field.setText(str(tmp_path))
        dialog.stem_field.setText("mine")
        dialog.box("layered").setChecked(True)
        dialog.accept()

    drive(answering(window.file_flow.exports.export(), ExportDialog, export))
    assert {path.name for path in tmp_path.glob("mine*")} == {"mine.png", "mine.ora"}

    def check(dialog: ExportDialog) -> None:
        assert dialog.box("layered").isChecked()
        assert dialog.choice.folder == tmp_path
        dialog.reject()

    drive(answering(window.file_flow.exports.export(), ExportDialog, check))


def test_a_batch_window_opens_once_and_beside_the_painting(window: MainWindow, tmp_path: Path):
    exports = window.file_flow.exports
    exports.open_batch()
    exports.open_batch()
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, BatchDialog) and w.isVisible()]
    assert not dialog.isModal()
    dialog.output_field.setText(str(tmp_path / "out"))
    dialog.reject()
    exports.open_batch()
    (again,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, BatchDialog) and w.isVisible()]
    assert again.output_field.text() == str(tmp_path / "out")
    again.reject()


def test_an_export_that_is_cancelled_ends(session: Session, tmp_path: Path, pipeline: Any):
    session.set_live(False)
    session.document.begin_stroke(1)
    session.document.paint([(5.0, 5.0)], 4.0)
    session.document.commit_stroke()
    session.engine.hold_final(True)

    async def go() -> None:
        export = asyncio.ensure_future(session.files.export({"image": tmp_path / "i.png"}))
        for _ in range(400):
            await asyncio.sleep(0.002)
            QApplication.processEvents()
            session.cancel()
            if export.done():
                break
        await export

    with pytest.raises(FileError, match="cancelled"):
        drive(go())
    session.engine.hold_final(False)
