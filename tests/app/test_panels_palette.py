"""The class palette, with real key presses and clicks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSettings, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.panels.favourites import Favourites, Recents
from app.panels.palette import PalettePanel, SearchField
from app.panels.palette_list import (
    CLASS_ROLE,
    COUNT_ROLE,
    CURRENT_ROLE,
    NUMBER_ROLE,
    PATTERN_ROLE,
    PROTECTED_ROLE,
    lock_box,
)
from app.session import Session
from engine.classes import builtin_class_table
from tests.support.silent_engine import build_silent_session
from tests.support.widgets import child_of, rgb_of


class Bench:
    """A palette on screen."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.session, self.engine = build_silent_session(folder)
        self.panel = PalettePanel(self.session)
        qtbot.addWidget(self.panel)
        self.panel.resize(190, 560)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.list = child_of(self.panel, QListView)
        self.search = child_of(self.panel, SearchField)

    def names(self) -> list[str]:
        rows = self.list.model()
        return [rows.index(i, 0).data() for i in range(rows.rowCount())]

    def index_of(self, name: str):
        return self.list.model().index(self.names().index(name), 0)

    def click(self, name: str) -> None:
        centre = self.list.visualRect(self.index_of(name)).center()
        QTest.mouseClick(self.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Bench:
    return Bench(qtbot, tmp_path)


def class_id(session: Session, key: str) -> int:
    info = session.table.get(key)
    assert info is not None
    return info.id


def test_classes_stand_under_their_groups(bench: Bench):
    names = bench.names()
    assert names[:3] == ["Nature", "Sky", "Tree"]
    assert names.index("Traffic") < names.index("Car")


def test_a_click_paints_with_the_class(bench: Bench):
    bench.click("Tree")
    assert bench.session.class_id == class_id(bench.session, "tree")
    assert bench.index_of("Tree").data(CURRENT_ROLE)
    assert not bench.index_of("Sky").data(CURRENT_ROLE)


def test_a_group_cannot_be_painted_with(bench: Bench):
    before = bench.session.class_id
    bench.click("Ground")
    assert bench.session.class_id == before


def test_search_finds_by_part_of_the_name_and_by_synonym(bench: Bench):
    QTest.keyClicks(bench.search, "tre")
    assert bench.names() == ["Nature", "Tree"]
    bench.search.clear()
    QTest.keyClicks(bench.search, "SIDEW")
    assert bench.names() == ["Ground", "Pavement"]


def test_return_takes_the_first_hit_and_gives_the_keys_back(bench: Bench, qtbot: QtBot):
    QTest.keyClicks(bench.search, "car")
    with qtbot.waitSignal(bench.panel.finished_search):
        QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.session.class_id == class_id(bench.session, "car")
    assert bench.search.text() == ""


def test_arrow_keys_walk_through_the_hits(bench: Bench):
    QTest.keyClicks(bench.search, "p")
    hits = [n for n in bench.names() if bench.index_of(n).data(CLASS_ROLE) is not None]
    QTest.keyClick(bench.search, Qt.Key.Key_Down)
    QTest.keyClick(bench.search, Qt.Key.Key_Down)
    QTest.keyClick(bench.search, Qt.Key.Key_Up)
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.session.table[bench.session.class_id].name == hits[1]


def test_escape_leaves_the_search_and_changes_nothing(bench: Bench, qtbot: QtBot):
    before = bench.session.class_id
    QTest.keyClicks(bench.search, "car")
    with qtbot.waitSignal(bench.panel.finished_search):
        QTest.keyClick(bench.search, Qt.Key.Key_Escape)
    assert bench.session.class_id == before
    assert "Sky" in bench.names()


def test_a_search_without_a_hit_says_so_and_return_changes_nothing(bench: Bench):
    before = bench.session.class_id
    QTest.keyClicks(bench.search, "zebra")
    assert bench.names() == []
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.session.class_id == before


def test_typing_in_the_search_triggers_no_shortcut_of_the_window(qtbot: QtBot, tmp_path: Path):
    session, _engine = build_silent_session(tmp_path)
    window = QWidget()
    qtbot.addWidget(window)
    panel = PalettePanel(session)
    QVBoxLayout(window).addWidget(panel)
    fired: list[str] = []
    for key in ("B", "1", "Return", "Delete", "Left"):
        QShortcut(key, window, lambda k=key: fired.append(k))
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    panel.focus_search()
    search = child_of(panel, SearchField)
    for key in (Qt.Key.Key_B, Qt.Key.Key_1, Qt.Key.Key_Left, Qt.Key.Key_Delete, Qt.Key.Key_Return):
        QTest.keyClick(search, key)
    assert fired == []


def test_counts_show_only_while_a_bank_is_open(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    assert bench.index_of("Sky").data(COUNT_ROLE) is None
    monkeypatch.setattr(Session, "banks", property(lambda _self: (SimpleNamespace(),)))
    monkeypatch.setattr(Session, "bank_counts", lambda _self: {"sky": 367})
    bench.session.banks_changed.emit()
    assert bench.index_of("Sky").data(COUNT_ROLE) == 367
    assert bench.index_of("Tree").data(COUNT_ROLE) == 0
    assert "invents" in bench.index_of("Tree").data(Qt.ItemDataRole.ToolTipRole)


def test_number_keys_paint_with_favourites(bench: Bench):
    bench.panel.choose_favourite(6)
    assert bench.session.class_id == bench.index_of("Tree").data(CLASS_ROLE).id
    assert bench.index_of("Tree").data(NUMBER_ROLE) == 6


def test_the_menu_of_a_class_moves_it_to_another_key(bench: Bench):
    pedestrian = bench.index_of("Pedestrian").data(CLASS_ROLE)
    menu = bench.panel.menu_of(pedestrian)
    keys = next(a.menu() for a in menu.actions() if a.text() == "Favourite")
    assert isinstance(keys, QMenu)
    next(a for a in keys.actions() if a.text() == "Put on key 2").trigger()
    assert bench.index_of("Pedestrian").data(NUMBER_ROLE) == 2
    assert bench.index_of("Building").data(NUMBER_ROLE) is None
    bench.panel.choose_favourite(2)
    assert bench.session.class_id == pedestrian.id


def test_the_palette_draws_every_row(bench: Bench):
    picture = bench.panel.grab().toImage()
    sky = bench.list.visualRect(bench.index_of("Sky"))
    chip = bench.list.viewport().mapTo(bench.panel, QPoint(sky.left() + 19, sky.center().y()))
    assert rgb_of(picture.pixelColor(chip)) == builtin_class_table("street")[0].colour


def test_favourites_are_remembered(tmp_path: Path):
    table = builtin_class_table("street")
    preferences = QSettings(str(tmp_path / "p.ini"), QSettings.Format.IniFormat)
    favourites = Favourites(table, preferences)
    favourites.assign(1, "tree")
    favourites.assign(3, None)
    again = Favourites(table, QSettings(str(tmp_path / "p.ini"), QSettings.Format.IniFormat))
    assert again.number_of("tree") == 1
    assert again.number_of("sky") == 6, "it changed places with the tree"
    assert again.class_id(3) is None


@pytest.mark.parametrize(("number", "key"), [(0, "tree"), (10, "tree"), (1, "zebra")])
def test_a_favourite_that_cannot_be_is_refused(tmp_path: Path, number: int, key: str):
    favourites = Favourites(
        builtin_class_table("street"), QSettings(str(tmp_path / "p.ini"), QSettings.Format.IniFormat)
    )
    with pytest.raises(ValueError, match=r"1 to 9|no class"):
        favourites.assign(number, key)


def test_a_class_dragged_onto_the_favourites_gets_that_key(bench: Bench):
    strip = bench.panel.favourite_strip
    data = bench.list.model().mimeData([bench.index_of("Cyclist")])
    at = strip.box_of(2).center()
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at.toPoint(), action, data, Qt.MouseButton.LeftButton, none)
    strip.dragEnterEvent(entered)
    assert entered.isAccepted()
    strip.dropEvent(QDropEvent(at, action, data, Qt.MouseButton.LeftButton, none, QEvent.Type.Drop))
    assert bench.index_of("Cyclist").data(NUMBER_ROLE) == 3
    bench.panel.choose_favourite(3)
    assert bench.session.table[bench.session.class_id].name == "Cyclist"


def test_a_click_on_a_favourite_paints_with_it_and_its_tip_names_the_key(bench: Bench):
    strip = bench.panel.favourite_strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.box_of(3).center().toPoint())
    assert bench.session.class_id == 3
    assert strip.tip_of(3).startswith("Road (4)\n")


def favourites_of(bench: Bench) -> list[str]:
    return ["-" if info is None else info.name for info in bench.panel.favourite_strip.classes]


def drop_on(bench: Bench, name: str, place: int) -> None:
    strip = bench.panel.favourite_strip
    data = bench.list.model().mimeData([bench.index_of(name)])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    strip.dropEvent(QDropEvent(strip.box_of(place).center(), action, data, Qt.MouseButton.LeftButton, none))


def test_a_favourite_dragged_onto_another_changes_places_with_it(bench: Bench):
    before = favourites_of(bench)
    drop_on(bench, before[0], 4)
    assert favourites_of(bench) == [before[4], *before[1:4], before[0], *before[5:]]
    drop_on(bench, before[0], 4)
    assert favourites_of(bench)[4] == before[0], "onto itself: nothing"
    drop_on(bench, "Cyclist", 0)
    assert favourites_of(bench) == ["Cyclist", *before[1:4], before[0], *before[5:]]


def test_keys_reorder_the_favourites(bench: Bench, qtbot: QtBot):
    strip, before = bench.panel.favourite_strip, favourites_of(bench)
    strip.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(strip, Qt.Key.Key_Right, control)
    QTest.keyClick(strip, Qt.Key.Key_Right, control)
    assert favourites_of(bench) == [before[1], before[2], before[0], *before[3:]]
    QTest.keyClick(strip, Qt.Key.Key_Left, control)
    assert favourites_of(bench) == [before[1], before[0], *before[2:]]
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert favourites_of(bench) == [before[1], "-", *before[2:]]
    with qtbot.waitSignal(strip.menu_asked) as asked:
        QApplication.sendEvent(strip, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()))
    assert asked.args is not None and asked.args[0] == 1


def test_the_recent_classes_are_not_reordered_by_keys(bench: Bench):
    for name in ("Tree", "Car"):
        bench.click(name)
    strip = bench.panel.recent_strip
    strip.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Delete):
        QTest.keyClick(strip, key, Qt.KeyboardModifier.ControlModifier)
    assert [info.name for info in strip.classes if info is not None][:2] == ["Car", "Tree"]


def test_recent_classes_come_latest_first_and_are_remembered(bench: Bench, tmp_path: Path):
    for name in ("Tree", "Car", "Tree"):
        bench.click(name)
    names = [info.name for info in bench.panel.recent_strip.classes if info is not None]
    assert names[:2] == ["Tree", "Car"]
    again = Recents(bench.session.table, bench.session.preferences, 9)
    assert [info.name for info in again.classes()][:2] == ["Tree", "Car"]


def test_a_click_on_a_lock_protects_the_class_and_does_not_choose_it(bench: Bench):
    row = bench.list.visualRect(bench.index_of("Car"))
    lock = lock_box(QRectF(row)).center().toPoint()
    before = bench.session.class_id
    QTest.mouseClick(bench.list.viewport(), Qt.MouseButton.LeftButton, pos=lock)
    car = class_id(bench.session, "car")
    assert bench.session.tools.protected == frozenset({car}) and bench.session.class_id == before
    assert bench.index_of("Car").data(PROTECTED_ROLE)
    assert "Protected" in bench.index_of("Car").data(Qt.ItemDataRole.ToolTipRole)
    QTest.mouseClick(bench.list.viewport(), Qt.MouseButton.LeftButton, pos=lock)
    assert bench.session.tools.protected == frozenset()


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton])
def test_a_row_that_the_pointer_pressed_is_not_marked_afterwards(bench: Bench, button: Qt.MouseButton):
    centre = bench.list.visualRect(bench.index_of("Car")).center()
    QTest.mouseClick(bench.list.viewport(), button, pos=centre)
    if button == Qt.MouseButton.RightButton:
        bench.list.customContextMenuRequested.emit(centre)
    assert bench.list.selectedIndexes() == []


def test_an_empty_class_is_dimmed_and_says_why(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(bench.session), "banks", property(lambda _self: ("a bank",)))
    monkeypatch.setattr(bench.session, "bank_counts", lambda: {"tree": 12})
    bench.session.banks_changed.emit()
    tip = bench.index_of("Car").data(Qt.ItemDataRole.ToolTipRole)
    assert "no segment of it" in tip and "invents" in tip
    picture = bench.panel.grab().toImage()
    row = bench.list.visualRect(bench.index_of("Car"))
    chip = bench.list.viewport().mapTo(bench.panel, QPoint(row.left() + 19, row.center().y()))
    assert rgb_of(picture.pixelColor(chip)) != bench.session.table[8].colour


def test_hatched_chips_follow_the_option(bench: Bench):
    pavement = bench.index_of("Pavement")
    assert pavement.data(PATTERN_ROLE) == 0
    bench.session.options.set_hatch(True)
    assert bench.index_of("Pavement").data(PATTERN_ROLE) > 0
    row = bench.list.visualRect(bench.index_of("Pavement"))
    picture = bench.list.viewport().grab(row).toImage()
    colours = {rgb_of(picture.pixelColor(x, row.height() // 2)) for x in range(14, 25)}
    assert len(colours) > 1


def test_the_palette_follows_an_edited_table(bench: Bench):
    dialog = bench.panel.classes.ask_new(5)
    dialog.name.setText("Oak")
    dialog.accept()
    assert "Oak" in bench.names() and bench.index_of("Oak").data(CURRENT_ROLE)
    assert "takes it for Tree" in bench.index_of("Oak").data(Qt.ItemDataRole.ToolTipRole)
    bench.session.undo()
    assert "Oak" not in bench.names()


def test_the_menu_deletes_only_what_is_not_painted(bench: Bench):
    sky = bench.index_of("Sky").data(CLASS_ROLE)
    delete = next(a for a in bench.panel.menu_of(sky).actions() if a.text().startswith("Delete"))
    assert not delete.isEnabled() and "pixels" in delete.text()


def test_another_class_draws_two_rows_anew_and_no_more(bench: Bench, qtbot: QtBot):
    bench.click("Tree")
    QApplication.processEvents()
    drawn: set[str] = set()

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                region = event.region()
                rows = {name: bench.list.visualRect(bench.index_of(name)) for name in bench.names()}
                drawn.update(name for name, rect in rows.items() if region.intersects(rect))
            return False

    watch = Watch()
    bench.list.viewport().installEventFilter(watch)
    bench.session.set_class(class_id(bench.session, "sky"))
    qtbot.waitUntil(lambda: bool(drawn))
    assert drawn == {"Sky", "Tree"}
