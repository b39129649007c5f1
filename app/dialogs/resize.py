"""The dialogs that give a document another size: by scaling, and by cropping or extending."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.dialogs.button_row import build_button_row
from app.imaging import image_from_rgb
from app.theme import THEME
from engine.geometry import Bounds, Size
from engine.layout import MAX_SIDE_PX, check_size

MIN_SIDE_PX = 8
PREVIEW = QSize(420, 260)
EXTENT_SHARE = 1.25
"""Share of the preview's view that the larger of layout and crop takes, inverted: room to drag outwards."""


class ScaleDialog(QDialog):
    """Asks for a new size; proportions are kept unless the painter lets them go."""

    def __init__(self, size: Size, parent: QWidget | None = None) -> None:
        """Offer the size the document has."""
        super().__init__(parent)
        self.setWindowTitle("Scale layout")
        self._size = size
        self.width_field, self.height_field = _field("Width", size.width), _field("Height", size.height)
        self.percent_field = _field("Percent", 100, suffix=" %")
        self.percent_field.setRange(1, 10_000)
        self.keep_box = QCheckBox("Keep proportions")
        self.keep_box.setChecked(True)
        self._note = QLabel()
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        fields = (("Width", self.width_field), ("Height", self.height_field), ("Percent", self.percent_field))
        for row, (caption, field) in enumerate(fields):
            label = QLabel(caption)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.keep_box, 0, 2)
        grid.setColumnStretch(3, 1)
        title = QLabel("Scale layout")
        title.setProperty("role", "title")
        text = QLabel(f"Now {size.width} × {size.height}. Everything is stretched; what you chose stays in place.")
        text.setProperty("role", "muted")
        buttons, self.accept_button = build_button_row(self, "Scale")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for part in (title, text):
            column.addWidget(part)
        column.addLayout(grid)
        column.addWidget(self._note)
        column.addLayout(buttons)
        self.width_field.valueChanged.connect(self._on_width_changed)
        self.height_field.valueChanged.connect(self._on_height_changed)
        self.percent_field.valueChanged.connect(self._on_percent_changed)
        self.keep_box.toggled.connect(lambda _on: self._on_width_changed(self.width_field.value()))
        self.width_field.setFocus()
        self.width_field.selectAll()
        self._check()

    @property
    def chosen_size(self) -> Size:
        """The size in the fields."""
        return Size(self.width_field.value(), self.height_field.value())

    def _on_width_changed(self, width: int) -> None:
        if self.keep_box.isChecked():
            _set(self.height_field, round(width * self._size.height / self._size.width))
        _set(self.percent_field, round(100 * width / self._size.width))
        self._check()

    def _on_height_changed(self, height: int) -> None:
        if self.keep_box.isChecked():
            _set(self.width_field, round(height * self._size.width / self._size.height))
            _set(self.percent_field, round(100 * height / self._size.height))
        self._check()

    def _on_percent_changed(self, percent: int) -> None:
        _set(self.width_field, round(self._size.width * percent / 100))
        _set(self.height_field, round(self._size.height * percent / 100))
        self._check()

    def _check(self) -> None:
        fault = fault_of_size(self.chosen_size)
        is_new = self.chosen_size != self._size
        self.accept_button.setEnabled(not fault and is_new)
        _say(self._note, fault, "" if is_new else "The layout has this size already.")


class CropDialog(QDialog):
    """Asks which part of the layout stays, by margins or by dragging; a negative margin adds void."""

    def __init__(
        self, class_ids: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8], parent: QWidget | None = None
    ) -> None:
        """Show a layout.

        Args:
            class_ids: (H, W) uint8; only read here.
            colours: (256, 3) uint8 sRGB by class id.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle("Crop or extend layout")
        size = Size.of(class_ids)
        self._size = size
        self.preview = CropPreview(class_ids, colours)
        self.preview.bounds_changed.connect(self._on_dragged)
        self._fields = {name: _margin(name) for name in ("Left", "Top", "Right", "Bottom")}
        self._size_label, self._note = QLabel(), QLabel()
        margins = QGridLayout()
        margins.setHorizontalSpacing(10)
        margins.setVerticalSpacing(8)
        for row, (name, field) in enumerate(self._fields.items()):
            label = QLabel(name)
            label.setBuddy(field)
            margins.addWidget(label, row, 0)
            margins.addWidget(field, row, 1)
            field.valueChanged.connect(self._on_margin_changed)
        margins.addWidget(self._size_label, 4, 0, 1, 2)
        margins.setRowStretch(5, 1)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self.preview, 1)
        middle.addLayout(margins)
        title = QLabel("Crop or extend layout")
        title.setProperty("role", "title")
        text = QLabel("Drag over the layout, or set what is cut off at each side; negative margins add void.")
        text.setProperty("role", "muted")
        buttons, self.accept_button = build_button_row(self, "Crop")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for part in (title, text):
            column.addWidget(part)
        column.addLayout(middle, 1)
        column.addWidget(self._note)
        column.addLayout(buttons)
        self._fields["Left"].setFocus()
        self._check()

    @property
    def chosen_bounds(self) -> Bounds:
        """What stays, in pixels of the layout as it is; may reach beyond it."""
        left, top, right, bottom = (field.value() for field in self._fields.values())
        return Bounds(left, top, self._size.width - right, self._size.height - bottom)

    def field(self, name: str) -> QSpinBox:
        """Return the field of a margin: Left, Top, Right or Bottom."""
        return self._fields[name]

    def set_bounds(self, bounds: Bounds) -> None:
        """Keep a part of the layout."""
        size = self._size
        values = (bounds.left, bounds.top, size.width - bounds.right, size.height - bounds.bottom)
        for field, value in zip(self._fields.values(), values, strict=True):
            _set(field, value)
        self.preview.set_bounds(self.chosen_bounds)
        self._check()

    def _on_dragged(self, bounds: Bounds) -> None:
        self.set_bounds(bounds)

    def _on_margin_changed(self, _value: int) -> None:
        self.preview.set_bounds(self.chosen_bounds)
        self._check()

    def _check(self) -> None:
        bounds = self.chosen_bounds
        width, height = bounds.right - bounds.left, bounds.bottom - bounds.top
        fault = fault_of_size(Size(max(0, width), max(0, height)))
        if not fault and not bounds.clipped(self._size):
            fault = "Nothing of the layout would be left."
        is_new = bounds != self._size.bounds
        self._size_label.setText(f"{width} × {height}")
        self.accept_button.setEnabled(not fault and is_new)
        is_larger = is_new and width >= self._size.width and height >= self._size.height
        self.accept_button.setText("Extend" if is_larger else "Crop")
        _say(self._note, fault, "" if is_new else "Nothing is cut off yet.")


class CropPreview(QWidget):
    """Draws the layout and what stays of it. Emits `bounds_changed` while the painter drags."""

    bounds_changed = Signal(object)

    def __init__(self, class_ids: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8]) -> None:
        """Show a layout, all of which stays."""
        super().__init__()
        self._size = Size.of(class_ids)
        self._image = _thumbnail(class_ids, colours)
        self._bounds = self._size.bounds
        self._pressed: QPointF | None = None
        self._moved_from: Bounds | None = None
        self._view = QRectF()
        self.setMinimumSize(PREVIEW)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def set_bounds(self, bounds: Bounds) -> None:
        """Show another part as what stays."""
        self._bounds = bounds
        self.update()

    def to_layout(self, at: QPointF) -> QPointF:
        """Return a place of the widget in layout pixels."""
        view, shown = self._shown()
        scale = shown.width() / view.width()
        return QPointF(shown.left() + (at.x() - view.left()) * scale, shown.top() + (at.y() - view.top()) * scale)

    def to_widget(self, at: QPointF) -> QPointF:
        """Return a place of the layout in the widget's pixels."""
        view, shown = self._shown()
        scale = view.width() / shown.width()
        return QPointF(view.left() + (at.x() - shown.left()) * scale, view.top() + (at.y() - shown.top()) * scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move what stays, or to draw it anew."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._view = self._shown()[1]
        at = self.to_layout(event.position())
        box = self._bounds
        is_inside = box.left < at.x() < box.right and box.top < at.y() < box.bottom and box != self._size.bounds
        self._pressed, self._moved_from = at, box if is_inside else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move or draw what stays."""
        if self._pressed is None:
            return
        at = self.to_layout(event.position())
        if self._moved_from is not None:
            dx, dy = round(at.x() - self._pressed.x()), round(at.y() - self._pressed.y())
            self._announce(self._moved_from.shifted(dx, dy))
            return
        x0, x1 = sorted((round(self._pressed.x()), round(at.x())))
        y0, y1 = sorted((round(self._pressed.y()), round(at.y())))
        if x1 - x0 >= MIN_SIDE_PX and y1 - y0 >= MIN_SIDE_PX:
            self._announce(Bounds(x0, y0, x1, y1))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the drag."""
        self._pressed, self._view = None, QRectF()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw void, layout, and what is cut off darkened."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(THEME.view))
        kept, whole = self._rect(self._bounds), self._rect(self._size.bounds)
        painter.fillRect(kept, QColor(THEME.checker_dark))
        painter.drawImage(whole, self._image)
        shade = QColor(0, 0, 0, 150)
        painter.setClipRegion(QRegion(self.rect()).subtracted(QRegion(kept.toAlignedRect())))
        painter.fillRect(whole, shade)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(THEME.accent), 1.5))
        painter.drawRect(kept)
        painter.end()

    def _announce(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.bounds_changed.emit(bounds)
        self.update()

    def _rect(self, bounds: Bounds) -> QRectF:
        return QRectF(
            self.to_widget(QPointF(bounds.left, bounds.top)), self.to_widget(QPointF(bounds.right, bounds.bottom))
        )

    def _shown(self) -> tuple[QRectF, QRectF]:
        """Return where the preview is drawn, and what it shows in layout pixels; that holds still during a drag."""
        size, box = self._size, self._bounds
        shown = self._view
        if shown.isEmpty():
            union = QRectF(0, 0, size.width, size.height).united(
                QRectF(box.left, box.top, max(1, box.right - box.left), max(1, box.bottom - box.top))
            )
            margin = (EXTENT_SHARE - 1) / 2 * max(union.width(), union.height()) / 2
            shown = union.adjusted(-margin, -margin, margin, margin)
        scale = min(self.width() / shown.width(), self.height() / shown.height())
        width, height = shown.width() * scale, shown.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height), shown


def fault_of_size(size: Size) -> str:
    """Return why a document cannot have a size, in one line, or an empty text."""
    try:
        check_size(size)
    except ValueError as error:
        return f"{str(error)[0].upper()}{str(error)[1:]}."
    return ""


def _thumbnail(class_ids: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8]) -> QImage:
    step = max(1, max(class_ids.shape) // 1024)
    return image_from_rgb(np.ascontiguousarray(colours[class_ids[::step, ::step]]))


def _say(label: QLabel, fault: str, hint: str) -> None:
    label.setText(fault or hint)
    label.setProperty("role", "error" if fault else "muted")
    label.style().polish(label)


def _set(field: QSpinBox, value: int) -> None:
    field.blockSignals(True)
    field.setValue(value)
    field.blockSignals(False)


def _margin(name: str) -> QSpinBox:
    field = _field(name, 0)
    field.setRange(-MAX_SIDE_PX, MAX_SIDE_PX)
    field.setValue(0)
    return field


def _field(name: str, value: int, *, suffix: str = " px") -> QSpinBox:
    field = QSpinBox()
    field.setRange(1, MAX_SIDE_PX)
    field.setValue(value)
    field.setSuffix(suffix)
    field.setFixedWidth(92)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setAccessibleName(name)
    return field
