"""The bar of tool options, and what is remembered of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from app.panels.brush_size import LARGEST_PX, BrushSize, size_of_step, step_of_size
from app.panels.guard_menus import OnlyOverButton, ProtectedButton
from app.panels.tool_bar import TOOLS
from app.panels.tool_options import ToolOptions
from app.session import Session
from app.tool_preferences import ToolPreferences
from app.tool_state import ToolState
from engine.classes import VOID
from tests.support.silent_engine import build_silent_session
from tests.support.widgets import child_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(qapp, tmp_path: Path) -> Session:
    return build_silent_session(tmp_path)[0]


@pytest.fixture
def bar(session: Session, qtbot: QtBot) -> ToolOptions:
    bar = ToolOptions(session)
    qtbot.addWidget(bar)
    bar.resize(900, 38)
    bar.show()
    return bar


@given(st.integers(1, LARGEST_PX))
def test_the_slider_lands_close_to_any_size(size_px: int):
    again = size_of_step(step_of_size(size_px))
    assert abs(again - size_px) <= max(1, 0.02 * size_px)


def test_the_slider_reaches_both_ends():
    assert size_of_step(0) == 1
    assert size_of_step(step_of_size(LARGEST_PX)) == LARGEST_PX


def test_number_and_slider_set_the_brush(session: Session, qtbot: QtBot):
    size = BrushSize(session)
    qtbot.addWidget(size)
    number, slider = child_of(size, QSpinBox), child_of(size, QSlider)
    number.setValue(77)
    assert session.brush_px == 77
    assert abs(size_of_step(slider.value()) - 77) <= 2
    slider.setValue(0)
    assert session.brush_px == 1
    assert number.value() == 1


def test_a_brush_size_set_elsewhere_is_shown_and_kept(session: Session, qtbot: QtBot):
    size = BrushSize(session)
    qtbot.addWidget(size)
    session.set_brush_px(91)
    assert child_of(size, QSpinBox).value() == 91
    assert session.brush_px == 91


def test_return_in_the_size_field_gives_the_keys_back(session: Session, bar: ToolOptions, qtbot: QtBot):
    bar.activateWindow()
    qtbot.waitActive(bar)
    number = child_of(bar, QSpinBox)
    number.setFocus()
    qtbot.waitUntil(number.hasFocus)
    number.selectAll()
    QTest.keyClicks(number, "30")
    with qtbot.waitSignal(bar.committed):
        QTest.keyClick(number, Qt.Key.Key_Return)
    assert session.brush_px == 30
    assert not number.hasFocus()


@pytest.mark.parametrize(
    ("tool", "shown", "hidden"),
    [
        ("brush", {"round", "square", "pressure", "mirror_x", "mirror_y"}, {"connected", "erase"}),
        ("eraser", {"round", "square", "pressure", "mirror_x"}, {"connected", "erase"}),
        ("fill", {"connected", "erase", "mirror_x"}, {"round", "pressure"}),
        ("line", {"erase", "mirror_y"}, {"round", "connected"}),
        ("polygon", {"erase", "mirror_y"}, {"round", "connected"}),
        ("pan", set(), {"round", "connected", "erase", "mirror_x"}),
    ],
)
def test_the_bar_shows_what_the_tool_can_be_told(
    session: Session, bar: ToolOptions, tool: str, shown: set[str], hidden: set[str]
):
    session.set_tool(tool)  # type: ignore[arg-type]
    assert all(bar.switch(name).isVisible() for name in shown)
    assert not any(bar.switch(name).isVisible() for name in hidden)


def test_the_bar_fits_the_smallest_window_with_every_tool(session: Session, bar: ToolOptions):
    session.tools.toggle_protected(2)
    session.tools.set_only_over(VOID)
    for entry in TOOLS:
        session.set_tool(entry.name)
        assert bar.minimumSizeHint().width() <= 900 - 44


def test_the_switches_set_the_tools_and_follow_them(session: Session, bar: ToolOptions):
    tools = session.tools
    QTest.mouseClick(bar.switch("square"), LEFT)
    assert tools.brush_shape == "square" and not bar.switch("round").isChecked()
    QTest.mouseClick(bar.switch("square"), LEFT)
    assert tools.brush_shape == "square" and bar.switch("square").isChecked()
    tools.set_brush_shape("round")
    assert bar.switch("round").isChecked() and not bar.switch("square").isChecked()
    QTest.mouseClick(bar.switch("pressure"), LEFT)
    assert not tools.uses_pressure and not session.options.pressure
    session.options.set_pressure(True)
    assert bar.switch("pressure").isChecked()
    QTest.mouseClick(bar.switch("mirror_x"), LEFT)
    assert tools.symmetry.x_share == 0.5
    session.set_tool("fill")
    QTest.mouseClick(bar.switch("connected"), LEFT)
    QTest.mouseClick(bar.switch("erase"), LEFT)
    assert not tools.fills_connected and tools.erases


def button_of(bar: ToolOptions, kind: type[QToolButton]) -> QToolButton:
    return child_of(bar, kind)


def choose(button: QToolButton, text: str) -> None:
    """Open a button's menu and take an entry."""
    button.menu().aboutToShow.emit()
    next(action for action in button.menu().actions() if action.text() == text).trigger()


def test_the_menu_protects_the_class_in_hand_and_lets_go_of_all(session: Session, bar: ToolOptions):
    button = button_of(bar, ProtectedButton)
    session.set_class(8)
    assert button.text() == "Protect"
    choose(button, "Protect car")
    assert session.tools.protected == {8}
    assert button.text() == "Car protected" and button.isChecked()
    choose(button, "Protect void (unpainted)")
    assert button.text() == "2 protected"
    choose(button, "Protect nothing")
    assert session.tools.protected == frozenset() and not button.isChecked()


def test_a_guard_that_is_off_is_not_switched_on_by_its_button(session: Session, bar: ToolOptions):
    for kind in (ProtectedButton, OnlyOverButton):
        button = button_of(bar, kind)
        assert button.popupMode() == QToolButton.ToolButtonPopupMode.InstantPopup and not button.isChecked()
        button.menu().aboutToShow.emit()
        assert len(button.menu().actions()) >= 4
    assert session.tools.only_over is None


def test_the_menu_of_only_over_offers_void_every_class_and_everything(session: Session, bar: ToolOptions):
    button = button_of(bar, OnlyOverButton)
    choose(button, "Sky")
    assert session.tools.only_over == 0 and button.text() == "Only over sky"
    choose(button, "Void (unpainted)")
    assert session.tools.only_over == VOID and button.text() == "Only over void"
    choose(button, "Paint over everything")
    assert session.tools.only_over is None


def test_an_edited_class_table_takes_the_guard_along(session: Session):
    tools = session.tools
    for class_id in (3, 5, VOID):
        tools.toggle_protected(class_id)
    tools.set_only_over(5)
    tools.renumber_guard({3: 7, 5: None}.get)
    assert tools.protected == {7, VOID} and tools.only_over is None


def test_brush_and_fill_are_remembered(tmp_path: Path, qapp):
    settings = QSettings(str(tmp_path / "tools.ini"), QSettings.Format.IniFormat)
    first = ToolState()
    ToolPreferences(first, settings)
    first.set_brush_px(77)
    first.set_brush_shape("square")
    first.set_fills_connected(False)
    first.set_gap_px(9)
    second = ToolState()
    ToolPreferences(second, settings)
    assert (second.brush_px, second.brush_shape, second.fills_connected, second.gap_px) == (77, "square", False, 9)


@pytest.mark.parametrize("nonsense", ["", "nan", "-inf", "spoon", "1e99", "-4"])
def test_remembered_nonsense_is_left_aside(tmp_path: Path, qapp, nonsense: str):
    settings = QSettings(str(tmp_path / "tools.ini"), QSettings.Format.IniFormat)
    for name in ("brush_px", "brush_shape", "fills_connected", "gap_px"):
        settings.setValue(f"tools/{name}", nonsense)
    tools = ToolState()
    ToolPreferences(tools, settings)
    assert 1 <= tools.brush_px <= 400 and tools.brush_shape == "round" and 0 <= tools.gap_px <= 32
