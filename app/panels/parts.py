"""Small pieces that panels are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from app.icons import icon
from app.tool_tips import set_tool_tip

STEPS = 200
HANDLE_PX = 12


def panel_button(icon_name: str, tool_tip: str, *, action_name: str = "", is_checkable: bool = False) -> QToolButton:
    """Return a flat button with an icon; its name is the tool tip up to a bracket or colon.

    Args:
        icon_name: which icon.
        tool_tip: what it does.
        action_name: the action of the window that does the same; the tool tip names its shortcut.
        is_checkable: whether it is a switch.
    """
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setIconSize(QSize(18, 18))
    button.setFixedSize(30, 28)
    button.setCheckable(is_checkable)
    set_tool_tip(button, tool_tip, action_name)
    button.setAccessibleName(tool_tip.split(" (")[0].split(":")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def muted_label(text: str = "", *, wraps: bool = True) -> QLabel:
    """Return a label in the pale colour of explanations."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setWordWrap(wraps)
    return label


def heading(text: str) -> QLabel:
    """Return the heading of a group."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def link_button(text: str, tool_tip: str = "") -> QPushButton:
    """Return a button that looks like a link."""
    button = QPushButton(text)
    button.setProperty("role", "flat")
    button.setToolTip(tool_tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


class Menu(QMenu):
    """A menu that tells what lay under the pointer that the pointer has left; Qt does not, and it would stay lit.

    Where the pointer is still there, Qt says so with its next move.
    """

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of what the pointer was over."""
        super().hideEvent(event)
        for widget in QApplication.allWidgets():
            if widget.underMouse():
                QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def titled_menu(parent: QWidget, title: str) -> QMenu:
    """Return a menu that says what it is about and goes away when it is closed."""
    menu = Menu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction(title).setEnabled(False)
    menu.addSeparator()
    return menu


class PageSwitch(QWidget):
    """Buttons side by side, one of which is down; emits `chosen` with its number."""

    chosen = Signal(int)

    def __init__(self, titles: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """Offer pages.

        Args:
            titles: title and tool tip of each.
            parent: Qt's.
        """
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        for at, (title, tool_tip) in enumerate(titles):
            button = QToolButton()
            button.setText(title)
            button.setToolTip(tool_tip)
            button.setAccessibleName(title)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumHeight(24)
            button.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)
            self._group.addButton(button, at)
            row.addWidget(button, 1)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def current(self) -> int:
        """Number of the page that is shown."""
        return self._group.checkedId()

    def choose(self, at: int) -> None:
        """Show a page, as a click would."""
        if at != self.current:
            self._group.button(at).setChecked(True)
            self.chosen.emit(at)

    def button(self, at: int) -> QToolButton:
        """Return a button."""
        button = self._group.button(at)
        assert isinstance(button, QToolButton)
        return button


class ValueSlider(QWidget):
    """A slider over a range of numbers with its caption and value; a double click brings the default back.

    Dragging is one gesture: `began`, `changed` with each value, `ended`. A key or a click on the groove is a gesture
    of one value. In a double click's gesture `reset` takes the place of `changed`; it starts with `reopened` where its
    first click has moved the slider, for that was no gesture of its own.
    """

    began = Signal()
    reopened = Signal()
    changed = Signal(float)
    ended = Signal()
    reset = Signal()

    def __init__(
        self,
        caption: str,
        tool_tip: str,
        *,
        least: float,
        most: float,
        text_of: Callable[[float], str],
        parent: QWidget | None = None,
    ) -> None:
        """Make a slider that stands at its least value."""
        super().__init__(parent)
        self._least, self._most, self._text_of = least, most, text_of
        self._is_dragged = self._has_moved = False
        self.slider = _Slider()
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setSingleStep(STEPS // 50)
        self.slider.setAccessibleName(caption)
        self.slider.setToolTip(f"{tool_tip}\nDouble click: default")
        self._caption = QLabel(caption)
        self._caption.setBuddy(self.slider)
        self._caption.setToolTip(tool_tip)
        self._caption.setMinimumWidth(64)
        self._text = QLabel()
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._text.setProperty("role", "muted")
        self._text.setMinimumWidth(46)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._caption)
        row.addWidget(self.slider, 1)
        row.addWidget(self._text)
        self.slider.sliderPressed.connect(self._on_pressed)
        self.slider.sliderReleased.connect(self._on_released)
        self.slider.valueChanged.connect(self._on_value_changed)
        self.slider.double_clicked.connect(self._on_double_clicked)
        self.show_value(least)

    @property
    def value(self) -> float:
        """Where it stands."""
        return self._least + self.slider.value() / STEPS * (self._most - self._least)

    @property
    def text(self) -> str:
        """What it says beside the slider."""
        return self._text.text()

    def show_value(self, value: float) -> None:
        """Follow a value from elsewhere; a slider that is held stays under the pointer."""
        if not self._is_dragged:
            with QSignalBlocker(self.slider):
                self.slider.setValue(round((value - self._least) / (self._most - self._least) * STEPS))
            self._text.setText(self._text_of(value))

    def _on_pressed(self) -> None:
        self._is_dragged, self._has_moved = True, False
        self.began.emit()

    def _on_released(self) -> None:
        self._is_dragged = False
        self.ended.emit()

    def _on_double_clicked(self) -> None:
        (self.reopened if self._has_moved else self.began).emit()
        self.reset.emit()
        self.ended.emit()

    def _on_value_changed(self, _step: int) -> None:
        self._text.setText(self._text_of(self.value))
        if self._is_dragged:
            self._has_moved = True
            self.changed.emit(self.value)
        else:
            self.began.emit()
            self.changed.emit(self.value)
            self.ended.emit()


class _Slider(QSlider):
    """Jumps to where it is clicked, ignores the wheel while it has no focus, and knows double clicks."""

    double_clicked = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the slider where it is clicked."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setSliderDown(True)
        self.setValue(self._value_at(event.position().x()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self.isSliderDown():
            self.setValue(self._value_at(event.position().x()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the default."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()
        event.accept()

    def _value_at(self, x: float) -> int:
        margin = HANDLE_PX / 2
        share = (x - margin) / max(1.0, self.width() - HANDLE_PX)
        return round(self.minimum() + min(1.0, max(0.0, share)) * (self.maximum() - self.minimum()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel, so that scrolling changes nothing by accident."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
