"""Brush size: a slider that is fine for small brushes, a number, and a dot that shows it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QWidget

from app.session import Session
from app.theme import THEME
from app.tool_state import MAX_BRUSH_PX

LARGEST_PX = int(MAX_BRUSH_PX)
SLIDER_STEPS = 200
SLIDER_PX = 130


def size_of_step(step: int) -> int:
    """Return the brush diameter in pixels at a step of the slider: fine for small brushes, coarse for large ones."""
    return round(math.exp(step / SLIDER_STEPS * math.log(LARGEST_PX)))


def step_of_size(size_px: int) -> int:
    """Return the step of the slider that lies nearest to a brush diameter in pixels."""
    return round(math.log(max(1, min(size_px, LARGEST_PX))) / math.log(LARGEST_PX) * SLIDER_STEPS)


class BrushSize(QWidget):
    """The size of the brush, and of lines. Emits `committed` when a number was typed and the views want the keys."""

    committed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the brush of a session."""
        super().__init__(parent)
        self._session = session
        self._dot = SizeDot(session)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._slider.setAccessibleName("Brush size")
        self._slider.setFixedWidth(SLIDER_PX)
        self._number = QSpinBox()
        self._number.setRange(1, LARGEST_PX)
        self._number.setSuffix(" px")
        self._number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._number.setAccessibleName("Brush size in pixels")
        self._number.setKeyboardTracking(False)
        self._number.setFixedWidth(62)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self._slider, self._number, self._dot):
            widget.setToolTip("Brush size in pixels of the layout\nAlt+wheel, or Shift+drag in the layout")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._dot)
        row.addWidget(self._slider)
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
        self._dot.update()


class SizeDot(QWidget):
    """A dot or a square as large as the brush, as far as it fits."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the brush of a session."""
        super().__init__(parent)
        self._session = session
        self.setFixedSize(20, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot in its ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(THEME.edge), 1))
        painter.drawEllipse(QPointF(10, 10), 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.text))
        reach = 1 + 6.5 * step_of_size(round(self._session.brush_px)) / SLIDER_STEPS
        if self._session.tools.brush_shape == "round":
            painter.drawEllipse(QPointF(10, 10), reach, reach)
        else:
            side = 1.6 * reach
            painter.drawRect(QRectF(10 - side / 2, 10 - side / 2, side, side))
        painter.end()
