"""A monkey at the window: random inputs that a painter could make, and what must hold whatever it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QMouseEvent, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.action_list import MENUS
from app.main_window import MainWindow
from app.tool_state import TOOL_NAMES
from engine.classes import VOID, ClassInfo, ClassTable
from engine.data.png import write_rgb_png
from engine.document.document import Document
from engine.document.history import thumbnail_of
from engine.document.journal import JournalWriter, recover_journal
from engine.document.record import Mood
from engine.document.snapshot import Quality
from engine.document.underlay_file import PLACEMENTS, build_underlay
from engine.geometry import Size
from engine.layout import Layout

_Choice = TypeVar("_Choice")
KEYS = "BEFGLROPVIHXNMSAKU[];"
MORE_KEYS = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape,
    Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space, Qt.Key.Key_Tab,
)  # fmt: skip
NOT_PRESSED = {*MENUS["&File"], *MENUS["&Help"], "open_bank", "open_underlay"}
"""Actions that ask something in a dialog or end the program."""

NONE, SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@dataclass(frozen=True)
class State:
    """What undo and redo must bring back."""

    layout: Layout
    table: ClassTable
    rest: tuple[Any, ...]

    @classmethod
    def of(cls, document: Document) -> State:
        """Return the document's state; a stroke that is open is part of it."""
        snapshot = document.snapshot(Quality.FINAL)
        rest = (snapshot.settings, snapshot.records, snapshot.next_record_id, snapshot.underlay)
        return cls(snapshot.layout, snapshot.table, rest)


class Monkey:
    """Makes inputs at a window, always the same for the same seed and the same answers of the engine."""

    def __init__(self, window: MainWindow, seed: int, journal: Path) -> None:
        """Sit down at a window."""
        self.window, self.session, self.editor = window, window.session, window.views.editor
        self.trail: deque[str] = deque(maxlen=25)
        self._rng = np.random.default_rng(seed)
        self._journal = JournalWriter(journal)
        self._generation = self.session.document.generation
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (36, self._drag), (8, self._draw_with_pen), (8, self._click), (14, self._press_key), (10, self._trigger),
            (6, self._undo_or_redo), (3, self._go_to), (3, self._scroll), (3, self._decide), (2, self._change_settings),
            (1, self._resize), (1, self._edit_classes), (1, self._import), (3, self._wait), (1, self._trace),
        ]  # fmt: skip

    def act(self) -> None:
        """Make one input."""
        weights = np.array([weight for weight, _ in self._acts], float)
        act = self._acts[int(self._rng.choice(len(self._acts), p=weights / weights.sum()))][1]
        self.trail.append(act.__name__)
        act()
        QApplication.processEvents()

    def check(self) -> None:
        """Fail unless the document is consistent and the window follows it."""
        document = self.session.document
        check_document(document)
        assert document.generation >= self._generation
        self._generation = document.generation
        assert self.window.views.link.size == document.size

    def check_journal(self) -> None:
        """Fail unless the document comes back from its journal."""
        snapshot = self.session.document.snapshot(Quality.FINAL)
        self._journal.append(snapshot, name=self.session.title)
        project = recover_journal(self._journal.path).project
        assert (None if project.underlay is None else (project.underlay.data, project.underlay.opacity)) == (
            None if snapshot.underlay is None else (snapshot.underlay.data, snapshot.underlay.opacity)
        )
        assert (project.layout, project.table, project.settings, project.records, project.next_record_id) == (
            (snapshot.layout, snapshot.table, snapshot.settings, snapshot.records, snapshot.next_record_id)
        )

    def leave(self) -> None:
        """Let go of everything that is still held or open."""
        QTest.keyClick(self.editor, Qt.Key.Key_Escape)
        self.session.document.commit_stroke()
        self._journal.close()

    # -- pointer ------------------------------------------------------------------------------------------------

    def _drag(self) -> None:
        self._take_a_tool()
        points = self._path()
        held = self._pick([NONE, NONE, NONE, SHIFT, ALT, CONTROL])
        button = self._pick([Qt.MouseButton.LeftButton] * 6 + [Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton])
        self.trail.append(f"  {self.session.tool} {button.name} {held} {len(points)} points")
        self._send_mouse(QEvent.Type.MouseButtonPress, points[0], button, held)
        interrupted = self._rng.random() < 0.1
        for index, point in enumerate(points[1:]):
            self._send_mouse(QEvent.Type.MouseMove, point, button, held)
            if interrupted and index == len(points) // 2:
                self._interrupt()
        self._send_mouse(QEvent.Type.MouseButtonRelease, points[-1], button, held)

    def _interrupt(self) -> None:
        key, held = self._pick([(Qt.Key.Key_Escape, NONE), (Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_B, NONE)])
        self.trail.append(f"  while it is held: {key.name}")
        QTest.keyClick(self.editor, key, held)

    def _click(self) -> None:
        self._take_a_tool()
        point, held = self._point(), self._pick([NONE, NONE, SHIFT, ALT])
        kinds = [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease]
        if self._rng.random() < 0.2:
            kinds += [QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease]
        for kind in kinds:
            self._send_mouse(kind, point, Qt.MouseButton.LeftButton, held)

    def _draw_with_pen(self) -> None:
        self._take_a_tool()
        points = self._path()
        kinds = [QEvent.Type.TabletPress, *[QEvent.Type.TabletMove] * (len(points) - 1), QEvent.Type.TabletRelease]
        for kind, point in zip(kinds, [*points, points[-1]], strict=True):
            is_up = kind == QEvent.Type.TabletRelease
            at = self.editor.to_view(point)
            event = QTabletEvent(
                kind, QPointingDevice.primaryPointingDevice(), at, QPointF(self.editor.mapToGlobal(at)),
                0.0 if is_up else float(self._rng.random()), 0, 0, 0, 0, 0, NONE, Qt.MouseButton.LeftButton,
                Qt.MouseButton.NoButton if is_up else Qt.MouseButton.LeftButton,
            )  # fmt: skip
            QApplication.sendEvent(self.editor, event)

    def _scroll(self) -> None:
        at = QPointF(*(self._rng.random(2) * (self.editor.width(), self.editor.height())))
        turn = QPoint(0, int(self._pick([-240, -120, 120, 240])))
        held = self._pick([NONE, CONTROL, ALT, SHIFT])
        event = QWheelEvent(
            at, QPointF(self.editor.mapToGlobal(at)), QPoint(), turn, Qt.MouseButton.NoButton, held,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.editor, event)
        if self._rng.random() < 0.4:
            self.window.views.fit()

    def _send_mouse(self, kind: QEvent.Type, point: QPointF, button: Qt.MouseButton, held: Qt.KeyboardModifier) -> None:
        at = self.editor.to_view(point)
        own = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        down = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, at, QPointF(self.editor.mapToGlobal(at)), own, down, held)
        QApplication.sendEvent(self.editor, event)

    # -- keys and actions ---------------------------------------------------------------------------------------

    def _press_key(self) -> None:
        key = self._pick([*(Qt.Key(ord(letter)) for letter in KEYS + "123456789"), *MORE_KEYS, *MORE_KEYS])
        held = self._pick([NONE, NONE, NONE, SHIFT])
        self.trail.append(f"  {key} {held}")
        QTest.keyClick(self.editor, key, held)

    def _trigger(self) -> None:
        actions = [action for name, action in self.window.actions_by_name.items() if self._may_trigger(name, action)]
        action = self._pick(actions)
        self.trail.append(f"  {action.objectName()}")
        action.trigger()
        if action.objectName() in ("panels", "full_screen"):
            action.trigger()

    @staticmethod
    def _may_trigger(name: str, action: QAction) -> bool:
        asks = str(action.property("title")).endswith("…")
        return action.isEnabled() and not asks and name not in NOT_PRESSED and not name.startswith("detach_")

    def _undo_or_redo(self) -> None:
        for _ in range(int(self._rng.integers(1, 5))):
            QTest.keyClick(self.editor, Qt.Key.Key_Z, self._pick([CONTROL, CONTROL, CONTROL | SHIFT]))

    def _take_a_tool(self) -> None:
        if self._rng.random() < 0.5:
            self.session.set_tool(self._pick(TOOL_NAMES))
        if self._rng.random() < 0.4:
            self.session.set_class(int(self._rng.integers(0, len(self.session.table))))
        if self._rng.random() < 0.2:
            self.session.set_brush_px(float(self._rng.uniform(1, 40)))
        if self._rng.random() < 0.2:
            self.session.tools.clear_guard()

    # -- what panels and dialogs do -----------------------------------------------------------------------------

    def _go_to(self) -> None:
        history = self.session.document.history
        at, last = len(history.undo_names), len(history.steps) - 1
        wanted = min(last, max(0, at + int(self._rng.integers(-8, 12))))
        self.session.go_to(history.steps[wanted].position)

    def _decide(self) -> None:
        """Do something to a region, as the panels do."""
        records = self.session.document.records
        if not records:
            return
        record, other = self._pick(records), self._pick(records)
        regions, number = self.session.regions, float(self._rng.uniform(0, 1))
        theta = (1.0 + number, 0.0, number, 0.0, 1.0, 0.0)
        choice: Callable[[], object] = self._pick(
            [
                lambda: regions.set_theta(record.id, theta),
                lambda: regions.set_theta(record.id, None),
                lambda: regions.set_spill(record.id, number / 10),
                lambda: regions.set_mood(record.id, Mood(warmth=number)),
                lambda: regions.put_in_front([(record.id, other.id)]) if record.id != other.id else None,
                lambda: self.session.toggle_lock(record.id),
                lambda: self.session.pick(record.id, "feedfeedfeedfeed"),
                lambda: self.session.ban(record.id, "feedfeedfeedfeed"),
                lambda: self.session.reset_choice(record.id),
                lambda: self.session.choice.invent(record.id),
            ]
        )
        choice()

    def _change_settings(self) -> None:
        self.session.change_settings(seed=int(self._rng.integers(0, 5)), spill=float(self._rng.uniform(0, 0.1)))

    def _resize(self) -> None:
        size = Size(int(self._rng.integers(60, 240)), int(self._rng.integers(60, 160)))
        offset = (int(self._rng.integers(-40, 40)), int(self._rng.integers(-40, 40)))
        document = self.session.document
        if self._rng.random() < 0.5:
            document.resize(size, mode="scale")
        else:
            document.resize(size, mode="crop", offset=offset)
        self.session.pictures.show_edit()

    def _edit_classes(self) -> None:
        table = self.session.table
        if len(table) < 40 and self._rng.random() < 0.5:
            red, green, blue = (int(part) for part in self._rng.integers(1, 255, 3))
            colour = (red, green, blue)
            if colour in {info.colour for info in table}:
                return
            fresh = ClassInfo(len(table), f"own_{len(table)}_{colour[0]}", "Own", colour, looks_like=table[0].key)
            if table.get(fresh.key) is None:
                self.session.document.replace_table(replace(table, classes=(*table.classes, fresh)))
        elif self._rng.random() < 0.5:
            named = tuple(replace(info, name=f"{info.name[:20]}*") for info in table)
            self.session.document.replace_table(replace(table, classes=named))
        else:
            first, last = 0, len(table) - 1
            order = [last, *range(1, last), first]
            classes = tuple(replace(table[old], id=new) for new, old in enumerate(order))
            self.session.document.replace_table(replace(table, classes=classes), {first: last, last: first})
        self.session.pictures.show_edit()

    def _import(self) -> None:
        count = len(self.session.table)
        size = self.session.document.size if self._rng.random() < 0.5 else Size(160, 96)
        cells = self._rng.integers(0, count, (8, 8)).astype(np.uint8)
        ids = np.kron(cells, np.ones((-(-size.height // 8), -(-size.width // 8)), np.uint8))
        layout = Layout.from_classes(ids[: size.height, : size.width])
        self.session.document.import_layout(layout, "Import cells.png")
        self.session.pictures.show_edit()

    def _trace(self) -> None:
        traced, number = self.session.underlay, float(self._rng.uniform(0, 1))
        if traced.underlay is None or number < 0.2:
            pixels = self._rng.integers(0, 255, (12, 20, 3)).astype(np.uint8)
            traced.show(None if number < 0.1 else build_underlay(write_rgb_png(pixels), "cliff"))
        else:
            self._pick([lambda: traced.set_opacity(number), lambda: traced.set_placement(self._pick(PLACEMENTS))])()

    def _wait(self) -> None:
        QTest.qWait(int(self._rng.integers(1, 60)))

    # -- chance -------------------------------------------------------------------------------------------------

    def _pick(self, choices: Sequence[_Choice]) -> _Choice:
        return choices[int(self._rng.integers(0, len(choices)))]

    def _point(self) -> QPointF:
        size = self.session.document.size
        x, y = self._rng.uniform(-0.1, 1.1, 2)
        return QPointF(x * size.width, y * size.height)

    def _path(self) -> list[QPointF]:
        """Return a drag: somewhere, and on by jumps or by small steps."""
        points = [self._point()]
        for _ in range(int(self._rng.integers(1, 12))):
            step = self._rng.normal(0, 12, 2)
            points.append(self._point() if self._rng.random() < 0.15 else points[-1] + QPointF(*step.tolist()))
        return points


def check_document(document: Document) -> None:
    """Fail unless pixels, records and history of a document fit together."""
    shape = (document.size.height, document.size.width)
    assert document.class_ids.shape == document.instance_ids.shape == shape
    assert not document.table.unknown_ids(document.class_ids)
    assert not document.instance_ids[document.class_ids == VOID].any()
    ids = [record.id for record in document.records]
    assert ids == sorted(set(ids))
    assert all(0 < record_id < document.next_record_id for record_id in ids)
    history = document.history
    positions = [step.position for step in history.steps]
    assert positions == sorted(set(positions))
    assert history.position == positions[len(history.undo_names)]
    assert len(positions) == 1 + len(history.undo_names) + len(history.redo_names)
    assert history.size_bytes <= history.budget_bytes


def check_step(document: Document) -> None:
    """Fail unless the step of the history the document is at shows the document."""
    step = next(step for step in document.history.steps if step.position == document.history.position)
    np.testing.assert_array_equal(step.thumbnail, thumbnail_of(document.class_ids))
    assert step.table == document.table
