"""The tool strip, and the line of brush options above the palette."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.session import Session
from app.theme import THEME
from app.tool_state import MAX_BRUSH_PX, ToolName
from engine.classes import VOID

STRIP_PX = 44
ICON_PX = 20
LARGEST_PX = int(MAX_BRUSH_PX)
SLIDER_STEPS = 200


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """One button of the strip."""

    name: ToolName
    text: str
    keys: str
    hint: str


TOOLS = (
    ToolEntry("brush", "Brush", "B", "Paints the class. Shift+drag or [ ] changes its size."),
    ToolEntry("eraser", "Eraser", "E", "Paints void: unpainted."),
    ToolEntry("fill", "Fill", "F or G", "Fills connected pixels of one class and object."),
    ToolEntry("pick", "Pick a class", "I", "Takes the class under the cursor. With any tool: hold Alt."),
    ToolEntry("select", "Select a region", "V", "Shows the region under the cursor, in any view."),
    ToolEntry("pan", "Pan", "H", "Moves the picture. With any tool: hold Space, or drag with the middle button."),
)


def size_of_step(step: int) -> int:
    """Return the brush diameter in pixels at a step of the slider: fine for small brushes, coarse for large ones."""
    return round(math.exp(step / SLIDER_STEPS * math.log(LARGEST_PX)))


def step_of_size(size_px: int) -> int:
    """Return the step of the slider that lies nearest to a brush diameter in pixels."""
    return round(math.log(max(1, min(size_px, LARGEST_PX))) / math.log(LARGEST_PX) * SLIDER_STEPS)


class ToolStrip(QWidget):
    """The vertical strip at the left edge: the tools, new object, and the two classes in hand."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the tools of a session."""
        super().__init__(parent)
        self.setProperty("role", "strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(STRIP_PX)
        self._session = session
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        group.buttonClicked.connect(self._on_button_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 8, 5, 8)
        column.setSpacing(3)
        for entry in TOOLS:
            button = _button(entry.name, f"{entry.text} ({entry.keys})\n{entry.hint}", entry.text)
            button.setCheckable(True)
            group.addButton(button)
            self._buttons[entry.name] = button
            column.addWidget(button)
        column.addSpacing(5)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        column.addWidget(rule)
        column.addSpacing(5)
        self._new_object = _button(
            "new_object",
            "New object (N)\nThe next stroke starts a separate object of the class: two cars that touch stay two.",
            "New object",
        )
        self._buttons["new_object"] = self._new_object
        self._new_object.setCheckable(True)
        self._new_object.clicked.connect(self._on_new_object_clicked)
        column.addWidget(self._new_object)
        column.addStretch(1)
        self._chips = ClassChips(session)
        column.addWidget(self._chips, 0, Qt.AlignmentFlag.AlignHCenter)
        session.tool_changed.connect(self._on_tool_changed)
        session.instance_changed.connect(self._on_instance_changed)
        self._on_tool_changed(session.tool)

    def button(self, name: str) -> QToolButton:
        """Return the button of a tool, or that of ``new_object``.

        Raises:
            KeyError: if there is no such button.
        """
        return self._buttons[name]

    def _on_tool_changed(self, name: str) -> None:
        button = self._buttons.get(name)
        if button is not None:
            button.setChecked(True)

    def _on_button_clicked(self, button: QAbstractButton) -> None:
        for entry in TOOLS:
            if self._buttons[entry.name] is button:
                self._session.set_tool(entry.name)

    def _on_new_object_clicked(self) -> None:
        self._session.new_object()
        self._on_instance_changed(self._session.instance_id)

    def _on_instance_changed(self, instance_id: int) -> None:
        self._new_object.setChecked(instance_id != 0)


class ClassChips(QWidget):
    """The class that is painted with, over the previous one; a click swaps them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the classes of a session."""
        super().__init__(parent)
        self._session = session
        self.setFixedSize(34, 34)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        session.class_changed.connect(self._on_class_changed)
        session.document_replaced.connect(self._on_class_changed)
        self._on_class_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both chips."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for class_id, box in (
            (self._session.previous_class_id, QRectF(12, 12, 21, 21)),
            (self._session.class_id, QRectF(1, 1, 24, 24)),
        ):
            painter.setPen(QPen(QColor(THEME.text if box.left() < 5 else THEME.edge), 1.25))
            painter.setBrush(self._colour(class_id))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Swap the classes."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._session.swap_class()

    def _colour(self, class_id: int) -> QColor:
        table = self._session.table
        return QColor(*table[class_id].colour) if 0 <= class_id < len(table) else QColor(THEME.checker_dark)

    def _name(self, class_id: int) -> str:
        table = self._session.table
        return table[class_id].name if 0 <= class_id < len(table) else "void" if class_id == VOID else "none"

    def _on_class_changed(self, _class_id: int = 0) -> None:
        current, previous = self._name(self._session.class_id), self._name(self._session.previous_class_id)
        self.setToolTip(f"Painting with: {current}\nBefore: {previous}\nClick or X swaps them")
        self.update()


class BrushOptions(QWidget):
    """Brush size: a slider that is fine for small brushes, a number, and a dot that shows it."""

    committed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the brush of a session."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._dot = SizeDot()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._slider.setAccessibleName("Brush size")
        self._slider.setMinimumWidth(60)
        self._number = QSpinBox()
        self._number.setRange(1, LARGEST_PX)
        self._number.setSuffix(" px")
        self._number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._number.setAccessibleName("Brush size in pixels")
        self._number.setKeyboardTracking(False)
        self._number.setFixedWidth(62)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self._slider, self._number, self._dot):
            widget.setToolTip("Brush size in pixels of the layout\n[ and ], Alt+wheel, or Shift+drag in the layout")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._dot)
        row.addWidget(self._slider, 1)
        row.addWidget(self._number)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._number.valueChanged.connect(self._on_number_changed)
        self._number.editingFinished.connect(self._on_editing_finished)
        session.brush_changed.connect(self._on_brush_changed)
        self._on_brush_changed()

    def _on_slider_moved(self, step: int) -> None:
        self._session.set_brush_px(size_of_step(step))

    def _on_number_changed(self, size_px: int) -> None:
        self._session.set_brush_px(size_px)

    def _on_editing_finished(self) -> None:
        if self._number.hasFocus():
            self._number.clearFocus()
            self.committed.emit()

    def _on_brush_changed(self) -> None:
        size_px = round(self._session.brush_px)
        with QSignalBlocker(self._slider), QSignalBlocker(self._number):
            self._number.setValue(size_px)
            if size_of_step(self._slider.value()) != size_px:
                self._slider.setValue(step_of_size(size_px))
        self._dot.set_size(size_px)


class SizeDot(QWidget):
    """A dot as large as the brush, as far as it fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the smallest brush."""
        super().__init__(parent)
        self._size_px = 1
        self.setFixedSize(20, 20)

    def set_size(self, size_px: int) -> None:
        """Show a brush diameter."""
        self._size_px = size_px
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot in its ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(THEME.edge), 1))
        painter.drawEllipse(QPointF(10, 10), 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.text))
        radius = 1 + 7 * step_of_size(self._size_px) / SLIDER_STEPS
        painter.drawEllipse(QPointF(10, 10), radius, radius)
        painter.end()


def _button(icon_name: str, tool_tip: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name, checked_colour=THEME.accent_text))
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setFixedSize(34, 34)
    button.setToolTip(tool_tip)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
