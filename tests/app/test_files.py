"""New layouts, recent files, drops and sizes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.dialogs.new_document import NewDocumentDialog
from app.dialogs.resize import CropDialog, ScaleDialog
from app.main_window import MainWindow
from app.recent_files import MAX_RECENT, RecentFiles, RecentMenu
from app.session import Session
from app.table_choices import table_choices
from engine.classes import builtin_class_table
from engine.data.layout_file import save_layout_index, save_rgb
from engine.document.snapshot import Quality
from engine.geometry import Bounds, Size
from tests.support.dialogs import answering, drive

LEFT = Qt.MouseButton.LeftButton
STREET = builtin_class_table("street")


# -- new -----------------------------------------------------------------------------------------------------------


def test_a_new_layout_can_have_the_classes_of_another_table(qtbot: QtBot, session: Session):
    dialog = NewDocumentDialog(tables=table_choices(session))
    qtbot.addWidget(dialog)
    names = [dialog.table_field.itemText(i) for i in range(dialog.table_field.count())]
    other = "Landscape" if session.table.key == "street" else "Street"
    dialog.table_field.setCurrentIndex(names.index(other))
    assert dialog.chosen_table == builtin_class_table(other.lower())


def test_a_class_table_can_come_from_a_file(qtbot: QtBot, session: Session, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('[[class]]\nkey = "moon"\ncolour = "#112233"\n')
    dialog = NewDocumentDialog(tables=table_choices(session))
    qtbot.addWidget(dialog)
    dialog.add_table(path)
    assert dialog.chosen_table is not None and dialog.chosen_table[0].key == "moon"


def test_a_file_without_a_class_table_is_refused_in_one_line(qtbot: QtBot, session: Session, tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text("nonsense")
    dialog = NewDocumentDialog(tables=table_choices(session))
    qtbot.addWidget(dialog)
    before = dialog.chosen_table
    dialog.add_table(path)
    assert dialog.chosen_table == before


def test_a_layout_can_be_turned_and_one_too_large_is_refused(qtbot: QtBot):
    dialog = NewDocumentDialog(size=Size(512, 256))
    qtbot.addWidget(dialog)
    QTest.mouseClick(dialog.turn_button, LEFT)
    assert dialog.chosen_size == Size(256, 512)
    dialog.set_size(Size(4096, 4096))
    assert not dialog.create_button.isEnabled()


def test_a_new_document_takes_size_and_table_of_the_dialog(window: MainWindow, session: Session):
    def create(dialog: NewDocumentDialog) -> None:
        dialog.set_size(Size(640, 320))
        dialog.table_field.setCurrentIndex(dialog.table_field.count() - 1)
        dialog.accept()

    drive(answering(window.file_flow.new(), NewDocumentDialog, create))
    assert session.document.size == Size(640, 320)
    assert session.table == table_choices(session)[0].table


# -- recent files and drops ----------------------------------------------------------------------------------------


@pytest.fixture
def recent(tmp_path: Path) -> RecentFiles:
    return RecentFiles(QSettings(str(tmp_path / "recent.ini"), QSettings.Format.IniFormat))


def test_recent_files_keep_the_latest_first_and_once(recent: RecentFiles, tmp_path: Path):
    for name in ("a", "b", "a"):
        recent.add(tmp_path / name)
    assert [path.name for path in recent.paths] == ["a", "b"]
    for number in range(MAX_RECENT + 3):
        recent.add(tmp_path / str(number))
    assert len(recent.paths) == MAX_RECENT


def test_missing_files_are_marked_and_can_be_forgotten(qtbot: QtBot, recent: RecentFiles, tmp_path: Path):
    there = tmp_path / "there & back.tessera"
    there.write_bytes(b"")
    recent.add(tmp_path / "gone.tessera")
    recent.add(there)
    opened: list[Path] = []
    menu = RecentMenu(recent, opened.append)
    qtbot.addWidget(menu)
    first, second = menu.actions()[:2]
    assert "there && back" in first.text() and first.isEnabled()
    assert "(missing)" in second.text() and not second.isEnabled()
    first.trigger()
    assert opened == [there]
    next(a for a in menu.actions() if a.text() == "Forget missing files").trigger()
    assert recent.paths == (there,)
    menu.fill()
    next(a for a in menu.actions() if a.text() == "Clear the list").trigger()
    menu.fill()
    assert [a.isEnabled() for a in menu.actions()] == [False]


def test_saving_and_opening_remember_the_file(window: MainWindow, session: Session, tmp_path: Path):
    path = tmp_path / "mine.png"
    save_layout_index(path, session.document.snapshot(Quality.FINAL).layout, session.table)
    drive(window.file_flow.open(path))
    assert window.file_flow.recent.paths == (path,)


def drop(window: MainWindow, path: Path) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop
    )
    opened: list[Path | None] = []

    async def note(path: Path | None = None) -> None:
        opened.append(path)

    window.file_flow.open = note  # type: ignore[method-assign]

    async def go() -> None:
        window.dropEvent(event)
        await asyncio.sleep(0.01)

    drive(go())
    return opened == [path]


@pytest.mark.parametrize(("name", "is_taken"), [("a.tessera", True), ("b.png", True), ("d.bank", True),
                                                ("e.txt", False)])  # fmt: skip
def test_what_can_be_opened_can_be_dropped(window: MainWindow, tmp_path: Path, name: str, is_taken: bool):
    assert drop(window, tmp_path / name) is is_taken


@pytest.mark.parametrize("proposed", [Qt.DropAction.MoveAction, Qt.DropAction.CopyAction])
def test_a_dropped_file_is_never_moved_away_from_where_it_lies(
    window: MainWindow, tmp_path: Path, proposed: Qt.DropAction
):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.tessera"))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    both = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    entered = QDragEnterEvent(QPoint(300, 300), both, mime, left, none)
    entered.setDropAction(proposed)
    window.dragEnterEvent(entered)
    assert entered.isAccepted() and entered.dropAction() == Qt.DropAction.CopyAction


# -- sizes ---------------------------------------------------------------------------------------------------------


def test_scaling_keeps_proportions_unless_let_go(qtbot: QtBot):
    dialog = ScaleDialog(Size(512, 256))
    qtbot.addWidget(dialog)
    dialog.width_field.setValue(1024)
    assert dialog.chosen_size == Size(1024, 512)
    assert dialog.percent_field.value() == 200
    dialog.percent_field.setValue(50)
    assert dialog.chosen_size == Size(256, 128)
    dialog.keep_box.setChecked(False)
    dialog.height_field.setValue(300)
    assert dialog.chosen_size == Size(256, 300)


def test_a_size_no_layout_has_cannot_be_scaled_to(qtbot: QtBot):
    dialog = ScaleDialog(Size(512, 256))
    qtbot.addWidget(dialog)
    assert not dialog.accept_button.isEnabled()
    dialog.width_field.setValue(8192)
    assert not dialog.accept_button.isEnabled()
    dialog.width_field.setValue(600)
    assert dialog.accept_button.isEnabled()


def test_scaling_is_one_step(window: MainWindow, session: Session):
    old = session.document.size

    def scale(dialog: ScaleDialog) -> None:
        dialog.percent_field.setValue(50)
        dialog.accept()

    drive(answering(window.file_flow.sizes.scale(), ScaleDialog, scale))
    assert session.document.size == Size(old.width // 2, old.height // 2)
    session.undo()
    assert session.document.size == old


def test_an_opened_underlay_says_how_it_is_seen(window: MainWindow, session: Session, tmp_path: Path):
    save_rgb(tmp_path / "cliff.png", np.zeros((32, 64, 3), np.uint8))
    drive(window.file_flow.open_underlay(tmp_path / "cliff.png"))
    assert session.underlay.underlay is not None
    assert window.status_bar.stage_text.startswith("cliff.png lies under the layout, which is shown paler")
    assert window.views.options.now.layout_opacity == 0.6
    window.views.options.change(layout_opacity=0.9)
    drive(window.file_flow.open_underlay(tmp_path / "cliff.png"))
    assert window.views.options.now.layout_opacity == 0.9, "the painter's own choice stays"
    assert window.status_bar.stage_text == "cliff.png lies under the layout"
    session.underlay.show(None)
    assert window.views.options.now.layout_opacity == 0.9


def test_the_layout_is_opaque_again_without_the_underlay_it_was_made_paler_for(
    window: MainWindow, session: Session, tmp_path: Path
):
    save_rgb(tmp_path / "cliff.png", np.zeros((32, 64, 3), np.uint8))
    drive(window.file_flow.open_underlay(tmp_path / "cliff.png"))
    assert window.views.options.now.layout_opacity == 0.6
    session.new_document(Size(64, 32))
    assert window.views.options.now.layout_opacity == 1.0


@pytest.fixture
def crop_dialog(qtbot: QtBot) -> CropDialog:
    dialog = CropDialog(np.zeros((100, 200), np.uint8), STREET.colours())
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def test_margins_say_what_stays(crop_dialog: CropDialog):
    assert not crop_dialog.accept_button.isEnabled()
    crop_dialog.field("Left").setValue(20)
    crop_dialog.field("Bottom").setValue(-30)
    assert crop_dialog.chosen_bounds == Bounds(20, 0, 200, 130)
    assert crop_dialog.accept_button.text() == "Crop"
    crop_dialog.field("Left").setValue(-5)
    assert crop_dialog.accept_button.text() == "Extend"
    crop_dialog.field("Left").setValue(300)
    assert not crop_dialog.accept_button.isEnabled()


def test_what_stays_can_be_dragged_and_then_moved(crop_dialog: CropDialog):
    preview = crop_dialog.preview

    def press_and_drag(start: tuple[int, int], end: tuple[int, int]) -> None:
        points = [preview.to_widget(QPointF(*at)) for at in (start, end)]
        for kind, at, held in (
            (QEvent.Type.MouseButtonPress, points[0], LEFT),
            (QEvent.Type.MouseMove, points[1], LEFT),
            (QEvent.Type.MouseButtonRelease, points[1], Qt.MouseButton.NoButton),
        ):
            button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
            where = preview.mapToGlobal(at)
            QApplication.sendEvent(preview, QMouseEvent(kind, at, where, button, held, Qt.KeyboardModifier.NoModifier))

    press_and_drag((50, 20), (150, 80))
    assert crop_dialog.chosen_bounds == Bounds(50, 20, 150, 80)
    press_and_drag((100, 50), (110, 45))
    assert crop_dialog.chosen_bounds == Bounds(60, 15, 160, 75)
    assert crop_dialog.field("Left").value() == 60


def test_cropping_is_one_step(window: MainWindow, session: Session):
    old, pixels = session.document.size, session.document.class_ids.copy()

    def crop(dialog: CropDialog) -> None:
        dialog.set_bounds(Bounds(10, 20, 110, 84))
        dialog.accept()

    drive(answering(window.file_flow.sizes.crop(), CropDialog, crop))
    assert np.array_equal(session.document.class_ids, pixels[20:84, 10:110])
    session.undo()
    assert session.document.size == old
