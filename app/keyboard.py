"""The keyboard outside of the views: every control can be reached, keeps the keys it needs, and leads back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

_KEY = Qt.Key
_ARROWS = (_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Up, _KEY.Key_Down)
_JUMPS = (_KEY.Key_Home, _KEY.Key_End, _KEY.Key_PageUp, _KEY.Key_PageDown)
_TAKE = (_KEY.Key_Return, _KEY.Key_Enter, _KEY.Key_Space)
_OWN_KEYS: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractItemView, frozenset((*_ARROWS, *_JUMPS, *_TAKE, _KEY.Key_Menu))),
    (QComboBox, frozenset((_KEY.Key_Up, _KEY.Key_Down, *_JUMPS, *_TAKE))),
    (QAbstractSlider, frozenset((*_ARROWS, *_JUMPS))),
    (QAbstractSpinBox, frozenset((*_ARROWS, *_JUMPS, _KEY.Key_Return, _KEY.Key_Enter))),
    (QTabBar, frozenset(_ARROWS)),
    (QLineEdit, frozenset((*_ARROWS, _KEY.Key_Return, _KEY.Key_Enter))),
    (QAbstractButton, frozenset((_KEY.Key_Space,))),
)


class FocusKeys(QObject):
    """Lets the control with the focus keep the keys it works with, where the window has shortcuts on them.

    GUI thread. It listens to the one widget that has the focus, so that painting pays nothing for it.
    """

    def __init__(self, views: QWidget, parent: QObject) -> None:
        """Leave the views alone: their keys are shortcuts."""
        super().__init__(parent)
        self._views = views
        self._watched: QWidget | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep a key from becoming a shortcut where the control needs it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if not plain and self._watched is not None and Qt.Key(event.key()) in own_keys(self._watched):
                event.accept()
                return True
        return False

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None
        window = self._views.window()
        if now is not None and now.window() is window and not _is_inside(now, self._views):
            self._watched = now
            now.installEventFilter(self)
            now.destroyed.connect(self._on_watched_destroyed)

    def _on_watched_destroyed(self) -> None:
        self._watched = None


def own_keys(widget: QWidget) -> frozenset[Qt.Key]:
    """Return the keys a control works with itself."""
    return next((keys for kind, keys in _OWN_KEYS if isinstance(widget, kind)), frozenset())


def make_reachable(root: QWidget) -> None:
    """Let Tab reach every control below a root; a click still leaves the focus where it is."""
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QAbstractButton | QAbstractItemView | QAbstractSlider | QLineEdit):
            continue
        parent = widget.parentWidget()
        if isinstance(widget, QScrollBar) or isinstance(parent, QLineEdit | QTabBar | QAbstractSpinBox | QComboBox):
            continue
        widget.setFocusPolicy(Qt.FocusPolicy(widget.focusPolicy().value | Qt.FocusPolicy.TabFocus.value))


def focus_next_area(areas: Sequence[QWidget], delta: int) -> None:
    """Move the focus to the next of some areas that has a control to take it, or the previous with -1."""
    focused = QApplication.focusWidget()
    here = next((i for i, area in enumerate(areas) if focused is not None and _is_inside(focused, area)), 0)
    for step in range(1, len(areas) + 1):
        target = _first_control(areas[(here + step * delta) % len(areas)])
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)
            return


def _first_control(area: QWidget) -> QWidget | None:
    if not area.isVisible():
        return None
    proxy = area.focusProxy()
    if proxy is not None and proxy.isVisible():
        return proxy
    candidates = [area, *area.findChildren(QWidget)]
    takes = [w for w in candidates if w.focusPolicy().value & Qt.FocusPolicy.TabFocus.value]
    return next((w for w in takes if w.isVisible() and w.isEnabled()), None)


def _is_inside(widget: QWidget, area: QWidget) -> bool:
    return widget is area or area.isAncestorOf(widget)
