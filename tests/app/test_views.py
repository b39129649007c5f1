"""The linked views: coordinates, pan and zoom, what is drawn."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.imaging import (
    Pyramid,
    image_from_canvas,
    image_from_rgb,
    outline_lines,
    pictures_of,
    pyramid_from_rgb,
    rgb_from_image,
)
from app.layout_picture import LayoutPicture
from app.main_window import MainWindow
from app.session import Session
from app.views.overlay import Overlay
from app.views.surface import Surface
from app.views.view_link import MAX_SCALE, ViewLink
from engine.classes import VOID, builtin_class_table
from engine.geometry import Bounds, Size


def wheel(surface, at: QPoint, notches: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(surface.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(surface, event)


def test_a_picture_survives_the_way_to_qimage_and_back():
    rgb = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(rgb_from_image(image_from_rgb(rgb)), rgb)


def test_a_qimage_does_not_share_the_array():
    rgb = np.zeros((4, 4, 3), np.uint8)
    image = image_from_rgb(rgb)
    rgb[:] = 255
    assert image.pixelColor(0, 0) == QColor(0, 0, 0)


def test_missing_canvas_is_transparent_and_elided_is_a_shade():
    canvas = np.full((1, 3, 3), 200, np.uint8)
    image = image_from_canvas(canvas, np.array([[0, 1, 2]], np.uint8))
    assert [image.pixelColor(x, 0).alpha() for x in range(3)] == [0, 120, 255]
    assert image.pixelColor(2, 0) == QColor(200, 200, 200)


def test_the_layout_picture_follows_one_rectangle():
    table = builtin_class_table("street")
    class_ids, instances = np.zeros((6, 200), np.uint8), np.zeros((6, 200), np.uint16)
    picture = LayoutPicture(class_ids, instances, table)
    assert picture.image.pixelColor(3, 2) == QColor(*table[0].colour)
    class_ids[2:4, 3:5] = 3
    class_ids[0, 199] = VOID
    assert picture.refresh(Bounds(3, 2, 5, 4)) == Bounds(2, 1, 5, 4)
    assert picture.image.pixelColor(3, 2) == QColor(*table[3].colour)
    assert picture.image.pixelColor(199, 0) == QColor(*table[0].colour)
    picture.refresh(Bounds(199, 0, 200, 1))
    assert picture.image.pixelColor(199, 0).alpha() == 0


def test_only_what_is_shown_of_a_large_layout_is_coloured(monkeypatch: pytest.MonkeyPatch):
    class_ids = np.zeros((2048, 2048), np.uint8)
    picture = LayoutPicture(class_ids, np.zeros(class_ids.shape, np.uint16), builtin_class_table("street"))
    coloured: list[Bounds] = []
    made = LayoutPicture._coloured

    def counted(self: LayoutPicture, bounds: Bounds):
        coloured.append(bounds)
        return made(self, bounds)

    monkeypatch.setattr(LayoutPicture, "_coloured", counted)
    view = QImage(200, 100, QImage.Format.Format_RGB32)
    painter = QPainter(view)
    page = QRectF(-1000, -1000, 2048, 2048)
    for _ in range(2):
        picture.draw(painter, page, QRectF(view.rect()))
    painter.end()
    assert 0 < sum(bounds.area_px for bounds in coloured) <= 4 * view.width() * view.height()


def test_a_part_coloured_again_looks_as_if_the_whole_had_been():
    table = builtin_class_table()
    draw = np.random.default_rng(3)
    class_ids, instances = np.full((90, 140), 8, np.uint8), np.zeros((90, 140), np.uint16)
    followed = LayoutPicture(class_ids, instances, table, patterns=(0, 1, 2, 3) * 5)
    for level in (0, 2, 3) * 5:
        left, top = int(draw.integers(0, 120)), int(draw.integers(0, 70))
        bounds = Bounds(left, top, left + 20, top + 20)
        class_ids[bounds.slices] = draw.integers(0, 12)
        instances[bounds.slices] = draw.integers(0, 3)
        followed.refresh(bounds)
        anew = LayoutPicture(class_ids, instances, table, patterns=(0, 1, 2, 3) * 5)
        assert followed.level(level) == anew.level(level)


def test_an_overlay_with_nothing_to_show_is_not_drawn(window: MainWindow):
    class Counting(Overlay):
        is_shown, drawn = False, 0

        def is_shown_on(self, surface: Surface) -> bool:
            return self.is_shown

        def draw(self, surface: Surface, painter: QPainter) -> None:
            self.drawn += 1

    overlay, editor = Counting(), window.views.editor
    editor.add_overlay(overlay)
    editor.grab()
    assert overlay.drawn == 0
    overlay.is_shown = True
    editor.grab()
    assert overlay.drawn > 0


def test_touching_instances_are_parted_by_a_darker_line():
    table = builtin_class_table("street")
    class_ids, instances = np.full((2, 4), 8, np.uint8), np.array([[1, 1, 2, 2]] * 2, np.uint16)
    image = LayoutPicture(class_ids, instances, table).image
    assert image.pixelColor(1, 0).lightness() < image.pixelColor(0, 0).lightness()
    assert image.pixelColor(2, 0) == QColor(*table[8].colour)


def test_the_outline_of_a_block_is_four_lines_along_its_pixels():
    mask = np.zeros((5, 6), np.bool_)
    mask[1:3, 2:5] = True
    lines = {(li.x1(), li.y1(), li.x2(), li.y2()) for li in outline_lines(mask, step_x=2, step_y=2)}
    assert lines == {(4, 2, 10, 2), (4, 6, 10, 6), (4, 2, 4, 6), (10, 2, 10, 6)}
    assert outline_lines(np.zeros((3, 3), np.bool_)) == []
    assert all(isinstance(line, QLineF) for line in outline_lines(mask))


def test_zooming_keeps_what_lies_under_the_cursor(qapp):
    link = ViewLink(Size(512, 256))
    offset = QPointF(40, -25)
    before = link.centre + offset / link.scale
    link.zoom_at(2.0, offset)
    after = link.centre + offset / link.scale
    assert link.scale == 2.0
    assert (before.x(), before.y()) == pytest.approx((after.x(), after.y()))


def test_zoom_stays_within_its_limits_and_the_centre_on_the_layout(qapp):
    link = ViewLink(Size(512, 256))
    link.zoom_at(1e9, QPointF())
    assert link.scale == MAX_SCALE
    link.pan_by(-1e9, 1e9)
    assert link.centre == QPointF(512, 0)


def test_fit_shows_the_whole_layout(qapp):
    link = ViewLink(Size(512, 256))
    link.fit(QSizeF(536, 900))
    assert link.scale == 1.0 and link.is_fitted
    link.pan_by(1, 0)
    assert not link.is_fitted


def test_view_and_layout_coordinates_are_inverse(window: MainWindow):
    editor = window.views.editor
    at = editor.to_layout(editor.to_view(QPointF(123.25, 45.5)))
    assert (at.x(), at.y()) == pytest.approx((123.25, 45.5))


def test_the_wheel_zooms_every_view_alike(window: MainWindow):
    views = window.views
    before = views.link.scale
    wheel(views.canvas_view, QPoint(60, 90), 2)
    assert views.link.scale == pytest.approx(before * 1.25**2)
    corners = {tuple(v.to_layout(QPointF(v.width() / 2, v.height() / 2)).toTuple()) for v in
               (views.editor, views.canvas_view, views.image_view)}  # fmt: skip
    assert np.ptp([c[0] for c in corners]) < 2 and np.ptp([c[1] for c in corners]) < 2


def test_a_middle_drag_pans_every_view(window: MainWindow, qtbot: QtBot):
    views = window.views
    centre = views.link.centre
    QTest.mousePress(views.image_view, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    QTest.mouseMove(views.image_view, QPoint(120, 90))
    QTest.mouseRelease(views.image_view, Qt.MouseButton.MiddleButton, pos=QPoint(120, 90))
    moved = views.link.centre - centre
    assert moved.x() == pytest.approx(-20 / views.link.scale)
    assert moved.y() == pytest.approx(10 / views.link.scale)


def test_space_pans_instead_of_painting(window: MainWindow, session: Session):
    editor = window.views.editor
    before, centre = session.document.class_ids.copy(), window.views.link.centre
    editor.setFocus()
    QTest.keyPress(editor, Qt.Key.Key_Space)
    QTest.mousePress(editor, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(editor, QPoint(130, 100))
    QTest.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=QPoint(130, 100))
    QTest.keyRelease(editor, Qt.Key.Key_Space)
    assert np.array_equal(session.document.class_ids, before)
    assert window.views.link.centre != centre
    assert not window.views.link.is_panning_held


def test_the_cursor_cross_shows_in_the_other_views(window: MainWindow):
    views = window.views
    QTest.mouseMove(views.image_view, QPoint(100, 120))
    assert views.link.cursor is not None
    at = views.canvas_view.to_view(views.link.cursor).toPoint()
    crossed = views.canvas_view.grab().toImage()
    views.link.set_cursor(None)
    plain = views.canvas_view.grab().toImage()
    for offset in (QPoint(5, 0), QPoint(-5, 0), QPoint(0, 5), QPoint(0, -5)):
        assert crossed.pixelColor(at + offset) != plain.pixelColor(at + offset)


def test_a_hidden_view_gives_its_room_and_the_last_stays(window: MainWindow, qtbot: QtBot):
    views = window.views
    size = views.image_view.size()
    views.set_shown("canvas", False)
    qtbot.waitUntil(lambda: views.image_view.width() * views.image_view.height() > size.width() * size.height())
    assert not views.canvas_view.isVisible()
    views.set_shown("image", False)
    views.set_shown("layout", False)
    assert views.is_shown("layout")
    assert not window.actions_by_name["show_canvas"].isChecked()


def test_the_image_is_drawn_where_the_layout_is(window: MainWindow, session: Session):
    result = session.final_result
    assert result is not None
    window.views.link.set_scale(4.0)
    view = window.views.image_view
    at = view.to_view(QPointF(256.5, 128.5)).toPoint()
    shown = view.grab().toImage().pixelColor(at)
    assert (shown.red(), shown.green(), shown.blue()) == tuple(result.image[128, 256].tolist())


def test_the_selected_region_is_outlined_in_every_view(window: MainWindow, session: Session):
    views = window.views
    QTest.mouseClick(
        views.image_view, Qt.MouseButton.LeftButton, pos=views.image_view.to_view(QPointF(110, 200)).toPoint()
    )
    assert session.selected_record_id >= 0
    before = session.selected_record_id
    for surface in (views.editor, views.canvas_view, views.image_view):
        image = surface.grab().toImage()
        accents = sum(
            image.pixelColor(x, y) == QColor("#4a9eea") for x in range(image.width()) for y in range(image.height())
        )
        assert accents > 20
    QTest.mouseClick(views.editor, Qt.MouseButton.RightButton, pos=views.editor.to_view(QPointF(250, 5)).toPoint())
    assert session.selected_record_id not in (before, -1)


def test_the_pictures_of_a_result_are_made_once(session: Session):
    result = session.final_result
    assert result is not None
    assert pictures_of(result) is pictures_of(result)


def test_the_engine_thread_makes_the_pictures(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    makers: list[str] = []

    def note(rgb: np.ndarray) -> Pyramid:
        makers.append(threading.current_thread().name)
        return pyramid_from_rgb(rgb)

    monkeypatch.setattr("app.imaging.pyramid_from_rgb", note)
    session.change_settings(seed=5)
    qtbot.waitUntil(lambda: session.final_result is not None)
    assert makers
    assert set(makers) == {"engine"}


def test_a_part_of_an_object_keeps_its_edge_when_it_is_coloured_again():
    table = builtin_class_table("street")
    class_ids = np.full((6, 8), 8, np.uint8)
    instance_ids = np.zeros((6, 8), np.uint16)
    instance_ids[2:4, 3:6] = 1
    whole = LayoutPicture(class_ids, instance_ids, table)
    before = whole.image.copy()
    whole.refresh(Bounds(4, 2, 6, 4))
    assert whole.image == before
    dark = [(x, y) for y in range(6) for x in range(8) if before.pixelColor(x, y) != before.pixelColor(7, 5)]
    assert dark == [(3, 1), (4, 1), (5, 1), (2, 2), (5, 2), (2, 3), (3, 3), (4, 3), (5, 3)]
