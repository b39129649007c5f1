"""Real pointer and pen events on the layout, by layout position."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QPointingDeviceUniqueId, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.views.layout_editor import LayoutEditor

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
PRESS, MOVE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove
RELEASE, DOUBLE = QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick
_PEN_KINDS = {PRESS: QEvent.Type.TabletPress, MOVE: QEvent.Type.TabletMove, RELEASE: QEvent.Type.TabletRelease}


def send(
    editor: LayoutEditor,
    kind: QEvent.Type,
    at: tuple[float, float],
    *,
    modifiers: Qt.KeyboardModifier = NONE,
    held: bool = True,
    button: Qt.MouseButton = LEFT,
) -> None:
    """Send one mouse event; ``held`` says whether a button is down while the pointer moves."""
    send_in_view(editor, kind, editor.to_view(QPointF(*at)), modifiers=modifiers, held=held, button=button)


def send_in_view(
    widget: QWidget,
    kind: QEvent.Type,
    position: QPointF,
    *,
    modifiers: Qt.KeyboardModifier = NONE,
    held: bool = True,
    button: Qt.MouseButton = LEFT,
) -> None:
    """Send one mouse event at a position of a widget."""
    nothing = Qt.MouseButton.NoButton
    buttons = button if kind in (PRESS, DOUBLE) or (kind == MOVE and held) else nothing
    which = nothing if kind == MOVE else button
    event = QMouseEvent(kind, position, QPointF(widget.mapToGlobal(position)), which, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def drag(editor: LayoutEditor, *points: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Press at the first point, move through the others, and let go at the last."""
    send(editor, PRESS, points[0], modifiers=modifiers)
    for point in points[1:]:
        send(editor, MOVE, point, modifiers=modifiers)
    send(editor, RELEASE, points[-1], modifiers=modifiers)


def click(editor: LayoutEditor, *points: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Move to each point and click there."""
    for point in points:
        send(editor, MOVE, point, held=False, modifiers=modifiers)
        drag(editor, point, modifiers=modifiers)


def double_click(editor: LayoutEditor, at: tuple[float, float]) -> None:
    """Click twice, quickly."""
    click(editor, at)
    send(editor, DOUBLE, at)
    send(editor, RELEASE, at)


def press_key(editor: LayoutEditor, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Press and release a key in the editor."""
    QTest.keyClick(editor, key, modifiers)


def build_pen(*, eraser: bool = False) -> QPointingDevice:
    """Return a pen with pressure, or its eraser end."""
    return QPointingDevice(
        "pen",
        7,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        2,
        "",
        QPointingDeviceUniqueId(),
    )


def send_pen(
    editor: LayoutEditor, pen: QPointingDevice, kind: QEvent.Type, at: tuple[float, float], pressure: float
) -> bool:
    """Send one pen event, of the kind a mouse event would have; return whether the editor took it."""
    position = editor.to_view(QPointF(*at))
    nothing = Qt.MouseButton.NoButton
    event = QTabletEvent(
        _PEN_KINDS[kind],
        pen,
        position,
        QPointF(editor.mapToGlobal(position)),
        pressure,
        0,
        0,
        0,
        0,
        0,
        NONE,
        nothing if kind == MOVE else LEFT,
        nothing if kind == RELEASE or pressure == 0 else LEFT,
    )
    event.ignore()
    QApplication.sendEvent(editor, event)
    return event.isAccepted()
