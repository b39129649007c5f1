"""Importing layouts in ids or colours of somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListView
from pytestqt.qtbot import QtBot

from app.dialogs.import_layout import ImportDialog
from app.dialogs.import_report import ImportReportDialog
from app.dialogs.mapping_table import CLASS, VOID_TEXT
from app.dialogs.picture_use import PictureUseDialog
from app.import_mapping import read_for_import
from app.main_window import MainWindow
from app.mapping_memory import MappingMemory, RememberedMapping
from app.session import Session
from app.table_choices import TableChoice, table_choices
from engine.classes import VOID, builtin_class_table
from engine.data.encodings import encoding
from engine.data.foreign_layout import read_foreign
from engine.data.png import write_gray_png, write_rgb_png
from engine.geometry import Size
from tests.support.dialogs import answering, dialog_of, drive
from tests.support.widgets import child_of

STREET = builtin_class_table("street")


def stripes(*values: int) -> np.ndarray:
    return np.repeat(np.repeat(np.array(values, np.uint8), 16)[:, None], 64, axis=1)


def write_foreign(folder: Path, *values: int) -> Path:
    path = folder / "foreign.png"
    path.write_bytes(write_gray_png(stripes(*values)))
    return path


@pytest.fixture
def memory(tmp_path: Path) -> MappingMemory:
    return MappingMemory(tmp_path / "mappings.json")


def test_a_cityscapes_layout_is_recognised(tmp_path: Path, memory: MappingMemory, qtbot: QtBot):
    readings = read_for_import(write_foreign(tmp_path, 7, 11, 23, 26, 99), STREET, memory)
    assert readings[0].encoding == encoding("cityscapes")  # 99 is nobody's, the others make sense
    readings = read_for_import(write_foreign(tmp_path, 7, 11, 23, 26), STREET, memory)
    assert readings[0].encoding == encoding("cityscapes")
    dialog = ImportDialog("foreign.png", readings, [TableChoice("Street", STREET)])
    qtbot.addWidget(dialog)
    named = {STREET[class_id].key for class_id in dialog.mapping.classes}
    assert named == {"road", "building", "sky", "car"}
    assert dialog.summary == "Every value has a class."


def test_soft_colours_are_recognised_with_a_tolerance(tmp_path: Path, memory: MappingMemory, qtbot: QtBot):
    rgb = np.array([c.colour for c in encoding("cityscapes_colours").classes.values()], np.uint8)[:12]
    path = tmp_path / "soft.jpg"
    cv2.imwrite(str(path), np.repeat(np.repeat(rgb[:, None], 200, axis=1), 20, axis=0)[..., ::-1])
    (reading,) = read_for_import(path, STREET, memory)
    assert reading.encoding == encoding("cityscapes_colours")
    assert reading.tolerance > 0 and reading.grow
    dialog = ImportDialog("soft.jpg", [reading], [TableChoice("Street", STREET)])
    qtbot.addWidget(dialog)
    assert dialog.grow_box.isChecked()


def test_an_encoding_that_makes_no_sense_is_not_taken(tmp_path: Path, memory: MappingMemory):
    readings = read_for_import(write_foreign(tmp_path, 201, 202, 203), STREET, memory)
    assert readings[0].encoding is None


def test_classes_are_chosen_for_several_rows_at_once(tmp_path: Path, memory: MappingMemory, qtbot: QtBot):
    readings = read_for_import(write_foreign(tmp_path, 211, 212, 213), STREET, memory)
    dialog = ImportDialog("foreign.png", readings, [TableChoice("Street", STREET)])
    qtbot.addWidget(dialog)
    assert set(dialog.mapping.classes) == {VOID}
    assert "3 values match no class: 100.00 %" in dialog.summary
    dialog.mapping.selectAll()
    dialog.assign_field.setCurrentIndex(dialog.assign_field.findData(3))
    dialog.assign_field.activated.emit(dialog.assign_field.currentIndex())
    assert dialog.mapping.classes == (3, 3, 3)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_class_is_chosen_in_its_row_with_the_keyboard(tmp_path: Path, memory: MappingMemory, qtbot: QtBot):
    readings = read_for_import(write_foreign(tmp_path, 211, 212), STREET, memory)
    dialog = ImportDialog("foreign.png", readings, [TableChoice("Street", STREET)])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.mapping.setCurrentCell(1, CLASS)
    cell = dialog.mapping.item(1, CLASS)
    assert cell is not None and cell.text() == VOID_TEXT
    QTest.keyClick(dialog.mapping, Qt.Key.Key_F2)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    entries = child_of(popup, QListView)
    QTest.keyClick(entries, Qt.Key.Key_Down)
    QTest.keyClick(entries, Qt.Key.Key_Return)
    assert dialog.mapping.classes == (VOID, 0)


def test_an_import_into_the_open_document_is_one_step_and_reports_what_is_lost(
    window: MainWindow, session: Session, tmp_path: Path
):
    path, before = write_foreign(tmp_path, 7, 11, 23, 29, 200), session.document.class_ids.copy()
    document_id = session.document.document_id

    def accept(dialog: ImportDialog) -> None:
        dialog.encoding_field.setCurrentIndex(dialog.encoding_field.findData("cityscapes"))

    async def go() -> ImportReportDialog:
        asked = asyncio.ensure_future(window.file_flow.imports.import_layout(path))
        dialog = await dialog_of(ImportDialog)
        accept(dialog)
        while not dialog.import_button.isEnabled():
            await asyncio.sleep(0.005)
        dialog.accept()
        await asked
        return await dialog_of(ImportReportDialog)

    report = drive(go())
    assert report.list.item(0, 0).text() == "200"
    report.close()
    assert session.document.document_id == document_id
    assert session.document.size == Size(64, 80)
    assert len(session.document.history.undo_names) == 1
    session.undo()
    assert np.array_equal(session.document.class_ids, before)


def test_opening_a_foreign_layout_asks_for_its_mapping_and_remembers_it(
    window: MainWindow, session: Session, tmp_path: Path
):
    path = write_foreign(tmp_path, 211, 212, 213)

    def choose(dialog: ImportDialog) -> None:
        assert dialog.target == "new"
        dialog.mapping.choose([0, 1, 2], 3)
        dialog.accept()

    drive(answering(window.file_flow.open(path), ImportDialog, choose))
    assert any("Imported foreign.png" in label.text() for label in window.status_bar.findChildren(QLabel))
    assert session.title == "foreign"
    assert (session.document.class_ids == 3).all()
    remembered = MappingMemory(tmp_path / "data" / "mappings.json").recall(read_foreign(path)[0], session.table)
    assert remembered is not None and remembered.classes == {211: 3, 212: 3, 213: 3}


def test_a_foreign_layout_opens_in_the_classes_that_are_chosen(window: MainWindow, session: Session, tmp_path: Path):
    other = next(c for c in table_choices(session) if c.table != session.table)
    path = write_foreign(tmp_path, 211, 212, 213)

    async def go() -> None:
        asked = asyncio.ensure_future(window.file_flow.open(path))
        dialog = await dialog_of(ImportDialog)
        assert isinstance(dialog, ImportDialog)
        assert dialog.table == session.files.layout_tables()[0]
        dialog.table_field.setCurrentIndex(dialog.table_field.findText(other.name))
        while not dialog.import_button.isEnabled():
            await asyncio.sleep(0.005)
        dialog.mapping.choose([0, 1, 2], len(other.table) - 1)
        dialog.accept()
        await asked

    drive(go())
    assert session.table == other.table
    assert (session.document.class_ids == len(other.table) - 1).all()


def test_a_photograph_among_layouts_is_asked_about(window: MainWindow, session: Session, tmp_path: Path):
    path = tmp_path / "photograph.png"
    path.write_bytes(write_rgb_png(np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)))
    drive(answering(window.file_flow.open(path), PictureUseDialog, lambda d: d.trace_button.click()))
    assert session.underlay.underlay is not None


def test_escape_from_an_import_changes_nothing(window: MainWindow, session: Session, tmp_path: Path):
    before = session.document
    path = write_foreign(tmp_path, 211, 212)
    drive(answering(window.file_flow.imports.import_layout(path), ImportDialog, lambda d: d.reject()))
    assert session.document is before and not session.is_modified


def test_a_mapping_is_recalled_for_the_same_values_only(tmp_path: Path, memory: MappingMemory):
    first, other = (read_foreign(write_foreign(tmp_path, *v))[0] for v in ((101, 102, 103), (101, 104)))
    memory.remember(first, STREET, RememberedMapping("cityscapes", 3, True, {101: 2, 102: VOID}))
    assert memory.recall(first, STREET) == RememberedMapping("cityscapes", 3, True, {101: 2, 102: VOID})
    fewer = read_foreign(write_foreign(tmp_path, 102, 103))[0]
    assert memory.recall(fewer, STREET) is not None
    assert memory.recall(other, STREET) is None
    assert memory.recall(first, builtin_class_table("landscape")) is None


FAR_TOLERANCE = """[{"kind": "ids", "table": "street", "values": [101, 102], "encoding": null, "tolerance": 999,
"grow": true, "classes": {}}]"""


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '[{"kind": "ids"}]', "[" * 2000, '{"a": 1}', FAR_TOLERANCE])
def test_a_broken_memory_counts_as_empty(tmp_path: Path, memory: MappingMemory, text: str):
    (tmp_path / "mappings.json").write_text(text)
    foreign = read_foreign(write_foreign(tmp_path, 211, 212))[0]
    assert memory.recall(foreign, STREET) is None
    memory.remember(foreign, STREET, RememberedMapping(None, 0, False, {}))
    assert memory.recall(foreign, STREET) is not None
