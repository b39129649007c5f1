"""What the views show beside their pictures: outlines, names, opacity, grid, underlay, comparison."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.imaging import Pyramid, level_of, pyramid_from_rgb, pyramid_of_stored_canvas
from app.layout_picture import LayoutPicture
from app.main_window import MainWindow
from app.session import Session
from app.underlay import load_underlay
from app.views.pixel_grid import GRID_FROM_SCALE, draw_pixel_grid
from app.views.region_overlay import name_places, region_edges
from app.views.surface import Surface
from app.views.view_controls import OpacitySlider, UnderlayButton
from app.views.view_options import ViewOptions
from engine.classes import VOID, builtin_class_table
from engine.document.underlay_file import Underlay, build_underlay
from engine.geometry import Bounds, Size
from tests.support.widgets import child_of, rgb_of


def photograph(colour: tuple[int, int, int] = (200, 40, 90), size: tuple[int, int] = (40, 80)) -> Underlay:
    rgb = np.zeros((*size, 3), np.uint8)
    rgb[:] = colour
    return build_underlay(cv2.imencode(".png", rgb[..., ::-1])[1].tobytes(), "beach")


def shown(surface: Surface, x: float, y: float) -> tuple[int, int, int]:
    at = surface.to_view(QPointF(x, y)).toPoint()
    return rgb_of(surface.grab().toImage().pixelColor(at))


def press_key(surface: Surface, key: Qt.Key, *, up: bool = False) -> None:
    kind = QEvent.Type.KeyRelease if up else QEvent.Type.KeyPress
    QApplication.sendEvent(surface, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))


def difference(first: QImage, second: QImage) -> int:
    count = 0
    for y in range(0, first.height(), 2):
        count += sum(first.pixel(x, y) != second.pixel(x, y) for x in range(0, first.width(), 2))
    return count


# -- pyramids ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "level"), [(4.0, 0), (1.0, 0), (0.6, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.01, 4)])
def test_a_level_is_shrunk_by_less_than_half(scale: float, level: int):
    assert level_of(scale) == level


def test_every_level_of_a_pyramid_is_half_as_large_as_the_one_before():
    pyramid = pyramid_from_rgb(np.full((37, 101, 3), 90, np.uint8))
    sizes = [(image.width(), image.height()) for image in pyramid.levels]
    assert sizes == [(101, 37), (51, 19), (26, 10), (13, 5), (7, 3)]
    assert all(rgb_of(image.pixelColor(image.width() - 1, 0)) == (90, 90, 90) for image in pyramid.levels)


def test_the_holes_of_a_stored_canvas_are_clear_as_those_of_a_fresh_one():
    canvas = np.full((8, 8, 3), 90, np.uint8)
    canvas[:4] = 0
    image = pyramid_of_stored_canvas(canvas).full
    assert image.pixelColor(2, 2).alpha() == 0
    assert image.pixelColor(2, 6).alpha() == 255 and rgb_of(image.pixelColor(2, 6)) == (90, 90, 90)


def test_a_lower_level_of_the_layout_follows_what_is_painted():
    table = builtin_class_table("street")
    class_ids, instances = np.zeros((16, 32), np.uint8), np.zeros((16, 32), np.uint16)
    picture = LayoutPicture(class_ids, instances, table)
    assert rgb_of(picture.level(2).pixelColor(3, 1)) == table[0].colour
    class_ids[4:8, 12:16] = 3
    picture.refresh(Bounds(12, 4, 16, 8))
    image = picture.level(2)
    assert rgb_of(image.pixelColor(3, 1)) == table[3].colour
    assert rgb_of(image.pixelColor(4, 1)) == table[0].colour
    assert set(picture._levels) == {2}  # what nobody looks at is not made


def test_a_shrunken_layout_shows_thin_things(window: MainWindow, session: Session):
    class_ids = session.document.class_ids.copy()
    session.new_document(Size(2048, 1024))
    assert class_ids.shape != session.document.class_ids.shape
    session.document.begin_stroke(3)
    session.document.paint([(1024.5, 0.5), (1024.5, 1023.5)], 0.5)
    session.document.commit_stroke()
    link, editor = window.views.link, window.views.editor
    assert link.scale < 0.5
    image = editor.grab().toImage()
    row, middle = editor.height() // 2, round(editor.to_view(QPointF(1024.5, 0)).x())
    ground = {rgb_of(image.pixelColor(middle + dx, row)) for dx in (-9, -8, 8, 9)}
    assert any(rgb_of(image.pixelColor(middle + dx, row)) not in ground for dx in (-1, 0, 1))


# -- outlines and names -----------------------------------------------------------------------------------------------


def test_edges_lie_where_class_or_instance_change():
    classes = np.array([[0, 0, 1], [0, 0, 1], [2, 2, 2]], np.uint8)
    instances = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0]], np.uint16)
    grid = np.arange(3)
    assert region_edges(classes, instances, grid, grid).tolist() == [[1, 1, 0], [1, 1, 1], [0, 0, 0]]


def test_outlines_show_in_every_view_and_follow_a_stroke(window: MainWindow, session: Session):
    views = window.views
    plain = {surface: surface.grab().toImage() for name, surface in views.surfaces.items() if views.is_shown(name)}
    window.actions_by_name["outlines"].trigger()
    assert views.options.now.outlines
    for surface, image in plain.items():
        assert difference(image, surface.grab().toImage()) > 50
    at = views.editor.to_view(QPointF(256, 20)).toPoint()
    before = views.editor.grab().toImage()
    session.set_class(5)
    session.set_tool("brush")
    session.set_brush_px(40)
    QTest.mouseClick(views.editor, Qt.MouseButton.LeftButton, pos=at)
    assert difference(before, views.editor.grab().toImage()) > 20


def test_names_lie_inside_their_regions(window: MainWindow, session: Session):
    result = session.final_result
    assert result is not None
    places = name_places(result, session.document.size)
    assert len(places) == len(result.regions)
    for place, region in zip(places, result.regions, strict=True):
        assert place.class_key == region.class_key
        assert result.region_ids[int(place.y), int(place.x)] == region.record_id
    before = window.views.image_view.grab().toImage()
    window.actions_by_name["names"].trigger()
    assert difference(before, window.views.image_view.grab().toImage()) > 50


# -- opacity and grid -------------------------------------------------------------------------------------------------


def test_the_layout_laid_over_the_image_mixes_with_it(window: MainWindow, session: Session):
    result = session.final_result
    assert result is not None
    window.views.link.set_scale(4.0)
    x, y = 256, 128
    sliders = window.views.panes["image"].findChildren(OpacitySlider)
    slider = next(found for found in sliders if found.accessibleName() == "Layout over the image")
    slider.setValue(100)
    session.document.begin_stroke(4)
    session.document.paint([(x + 0.5, y + 0.5)], 3)
    session.document.commit_stroke()
    assert shown(window.views.image_view, x + 0.5, y + 0.5) == session.table[4].colour
    window.actions_by_name["layout_over_image"].trigger()
    assert window.views.options.now.overlay_opacity == 0
    window.actions_by_name["layout_over_image"].trigger()
    assert window.views.options.now.overlay_opacity == 0.5
    assert slider.value() == 50


def test_a_pale_layout_lets_the_image_through(window: MainWindow, session: Session):
    result = session.final_result
    assert result is not None
    window.views.link.set_scale(4.0)
    slider = next(
        s for s in window.views.panes["layout"].findChildren(OpacitySlider) if s.accessibleName() == "Layout opacity"
    )
    slider.setValue(0)
    assert shown(window.views.editor, 256.5, 128.5) == tuple(result.image[128, 256].tolist())
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert window.views.options.now.layout_opacity == 1.0


@pytest.mark.parametrize("grey", [0, 64, 128, 192, 255])
def test_the_pixel_grid_is_seen_over_every_tone(grey: int):
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(grey, grey, grey))
    painter = QPainter(image)
    draw_pixel_grid(painter, QPointF(0, 0), 10.0, QRectF(0, 0, 40, 40))
    painter.end()
    assert abs(image.pixelColor(20, 15).red() - grey) >= 20
    assert image.pixelColor(15, 15).red() == grey


def test_the_pixel_grid_shows_at_high_zoom_only(window: MainWindow):
    views = window.views
    for scale, is_shown in ((GRID_FROM_SCALE / 2, False), (GRID_FROM_SCALE, True)):
        views.link.set_scale(scale)
        views.options.change(pixel_grid=True)
        with_grid = views.editor.grab().toImage()
        views.options.change(pixel_grid=False)
        assert (with_grid != views.editor.grab().toImage()) == is_shown


def test_options_are_remembered_and_nonsense_is_not(tmp_path):
    preferences = QSettings(str(tmp_path / "views.ini"), QSettings.Format.IniFormat)
    options = ViewOptions(preferences)
    options.change(outlines=True, overlay_opacity=7.0)
    preferences.sync()
    again = ViewOptions(QSettings(str(tmp_path / "views.ini"), QSettings.Format.IniFormat)).now
    assert again.outlines and again.overlay_opacity == 1.0
    preferences.setValue("views/overlay_opacity", "nan")
    preferences.setValue("views/outlines", "perhaps")
    assert ViewOptions(preferences).now.overlay_opacity == 0.0
    assert not ViewOptions(preferences).now.outlines


# -- underlay ---------------------------------------------------------------------------------------------------------


def test_an_underlay_shows_through_void_and_can_be_hidden(window: MainWindow, session: Session):
    session.new_document(Size(160, 80))
    views = window.views
    session.underlay.show(photograph())
    near = shown(views.editor, 80, 40)
    assert max(abs(a - b) for a, b in zip(near, (200, 40, 90), strict=True)) < 12
    window.actions_by_name["underlay"].trigger()
    assert shown(views.editor, 80, 40) != near
    window.actions_by_name["underlay"].trigger()
    session.underlay.set_opacity(0.0)
    assert shown(views.editor, 80, 40) != near
    window.actions_by_name["remove_underlay"].trigger()
    assert session.underlay.underlay is None
    assert not window.actions_by_name["underlay"].isEnabled()


def test_an_underlay_lies_whole_fills_or_is_stretched(session: Session):
    session.underlay.show(photograph(size=(40, 40)))
    place = session.underlay.place
    size = Size(200, 100)
    assert place(size).getRect() == (50, 0, 100, 100)
    session.underlay.set_placement("fill")
    assert place(size).getRect() == (0, -50, 200, 200)
    session.underlay.set_placement("stretch")
    assert place(size).getRect() == (0, 0, 200, 100)


def test_the_sheet_of_the_underlay_is_there_with_it(window: MainWindow, session: Session):
    button = child_of(window, UnderlayButton)
    assert button.isHidden()
    session.underlay.show(photograph())
    assert not button.isHidden()
    button.opacity.setValue(30)
    button.placement.setCurrentIndex(2)
    button.placement.activated.emit(2)
    underlay = session.underlay.underlay
    assert underlay is not None and underlay.opacity == 0.3 and underlay.placement == "stretch"


def test_a_large_photograph_is_scaled_to_what_a_document_may_be():
    underlay = photograph(size=(50, 5000))
    assert underlay.rgb.shape == (41, 4096, 3)
    assert not underlay.rgb.flags.writeable


def test_an_underlay_is_loaded_with_its_pyramid(tmp_path, session: Session):
    cv2.imwrite(str(tmp_path / "sea.jpg"), np.full((30, 60, 3), 120, np.uint8))
    underlay = load_underlay(tmp_path / "sea.jpg")
    session.underlay.show(underlay)
    assert underlay.name == "sea"
    assert isinstance(session.underlay.pyramid, Pyramid)


def test_another_document_has_no_underlay(session: Session):
    session.underlay.show(photograph())
    session.new_document(Size(64, 64))
    assert session.underlay.underlay is None


# -- comparison -------------------------------------------------------------------------------------------------------


@pytest.fixture
def compared(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.actions_by_name["show_compare"].trigger()
    qtbot.waitUntil(lambda: window.views.compare_view.width() > 200)
    window.views.fit()
    return window


def test_the_comparison_takes_the_place_of_canvas_and_image(compared: MainWindow):
    views = compared.views
    assert views.is_shown("compare") and views.is_shown("layout")
    assert not views.is_shown("canvas") and not views.is_shown("image")
    compared.actions_by_name["show_compare"].trigger()
    assert views.is_shown("canvas") and views.is_shown("image") and not views.is_shown("compare")


def test_the_divider_parts_two_pictures_and_can_be_dragged(compared: MainWindow, session: Session):
    view = compared.views.compare_view
    view.set_names("layout", "image")
    result = session.final_result
    assert result is not None
    compared.views.link.set_scale(4.0)
    x = int(view.to_layout(QPointF(view.width() * 0.25, 0)).x())
    layout_colour = shown(view, x + 0.5, 128.5)
    class_id, _ = session.document.class_at(x, 128)
    assert layout_colour == session.table[class_id].colour
    at = QPoint(round(view.divider_px), view.height() // 4)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view, QPoint(12, at.y()))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(12, at.y()))
    assert abs(view.divider_px - 12) < 2
    assert shown(view, x + 0.5, 128.5) == tuple(result.image[128, x].tolist())
    assert session.selected_record_id == -1
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.divider_px > 13


def test_flicker_shows_the_second_picture_while_it_is_held(compared: MainWindow, session: Session):
    view = compared.views.compare_view
    view.set_names("layout", "image")
    view.set_mode("flicker")
    compared.views.link.set_scale(4.0)
    first = shown(view, 256.5, 128.5)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    second = shown(view, 256.5, 128.5)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert first != second
    assert shown(view, 256.5, 128.5) == first
    assert view.caption == "Layout: hold C for the image"
    press_key(view, Qt.Key.Key_C)
    assert shown(view, 256.5, 128.5) == second and view.caption == "Image"
    press_key(view, Qt.Key.Key_C, up=True)
    assert shown(view, 256.5, 128.5) == first


def test_comparing_a_picture_with_itself_swaps_the_two(compared: MainWindow):
    view = compared.views.compare_view
    view.set_names("canvas", "image")
    view.set_names("image", "image")
    assert view.names == ("image", "canvas")
    view.set_names("layout", "canvas")
    assert view.names == ("layout", "canvas")


def test_holding_c_shows_the_canvas_in_place_of_the_image(window: MainWindow, session: Session):
    view, result = window.views.image_view, session.final_result
    assert result is not None
    window.views.link.set_scale(4.0)
    press_key(view, Qt.Key.Key_C)
    assert shown(view, 256.5, 128.5) == tuple(result.canvas[128, 256].tolist())
    press_key(view, Qt.Key.Key_C, up=True)
    assert shown(view, 256.5, 128.5) == tuple(result.image[128, 256].tolist())


def test_an_empty_layout_shows_no_names(window: MainWindow, session: Session, qtbot: QtBot):
    session.new_document(Size(64, 64))
    qtbot.waitUntil(lambda: session.final_result is not None)
    assert session.final_result is not None
    assert (session.document.class_ids == VOID).all()
    assert name_places(session.final_result, Size(64, 64)) == ()
