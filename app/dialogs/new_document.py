"""The dialog that asks how large a new layout shall be."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.button_row import build_button_row
from app.theme import THEME
from engine.geometry import Size

PRESETS = (
    (Size(512, 256), "Sketch"),
    (Size(768, 384), "Study"),
    (Size(1024, 512), "Picture"),
    (Size(2048, 1024), "Large"),
)
MIN_SIDE_PX, MAX_SIDE_PX = 32, 4096
CARD = QSize(112, 96)


class PresetCard(QAbstractButton):
    """A size to choose, drawn as a sheet of its proportions."""

    def __init__(self, size: Size, name: str, parent: QWidget | None = None) -> None:
        """Offer a size under a name."""
        super().__init__(parent)
        self.size_px = size
        self.setText(name)
        self.setCheckable(True)
        self.setFixedSize(CARD)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{name}, {size.width} by {size.height} pixels")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = THEME.accent if self.isChecked() or self.hasFocus() else THEME.edge
        painter.setPen(QPen(QColor(edge), 1.5 if self.isChecked() else 1))
        fill = THEME.accent_soft if self.isChecked() else THEME.hover if self.underMouse() else THEME.raised
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, 5, 5)
        width = 24 + 40 * (self.size_px.width / PRESETS[-1][0].width)
        sheet = QRectF(box.center().x() - width / 2, box.top() + 30 - width / 4, width, width / 2)
        painter.setPen(QPen(QColor(THEME.text), 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(sheet, 2, 2)
        centre = Qt.AlignmentFlag.AlignHCenter
        painter.drawText(QRectF(box.left(), box.bottom() - 38, box.width(), 16), centre, self.text())
        painter.setPen(QColor(THEME.muted))
        size = f"{self.size_px.width} × {self.size_px.height}"
        painter.drawText(QRectF(box.left(), box.bottom() - 20, box.width(), 16), centre, size)
        painter.end()


class NewDocumentDialog(QDialog):
    """Asks for the size of a new layout: a preset, or any width and height."""

    def __init__(self, parent: QWidget | None = None, *, size: Size = PRESETS[0][0]) -> None:
        """Offer a size to begin with."""
        super().__init__(parent)
        self.setWindowTitle("New layout")
        self._cards = [PresetCard(preset, name) for preset, name in PRESETS]
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        cards = QHBoxLayout()
        cards.setSpacing(8)
        for card in self._cards:
            self._group.addButton(card)
            cards.addWidget(card)
            card.clicked.connect(lambda _=False, c=card: self.set_size(c.size_px))
        self._width = _side("Width")
        self._height = _side("Height")
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        sides = QHBoxLayout()
        sides.setSpacing(8)
        for label, field in (("Width", self._width), ("Height", self._height)):
            caption = QLabel(label)
            caption.setBuddy(field)
            sides.addWidget(caption)
            sides.addWidget(field)
            field.valueChanged.connect(self._on_side_changed)
        sides.addStretch(1)
        sides.addWidget(self._facts)
        title = QLabel("How large shall the layout be?")
        title.setProperty("role", "title")
        buttons, create = build_button_row(self, "Create")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(cards)
        column.addLayout(sides)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setFixedSize(self.sizeHint())
        self.set_size(size)
        create.setFocus()

    @property
    def chosen_size(self) -> Size:
        """The size in the two fields."""
        return Size(self._width.value(), self._height.value())

    def set_size(self, size: Size) -> None:
        """Put a size into the two fields."""
        self._width.setValue(size.width)
        self._height.setValue(size.height)
        self._on_side_changed()

    def _on_side_changed(self, _value: int = 0) -> None:
        size = self.chosen_size
        for card in self._cards:
            card.setChecked(card.size_px == size)
        self._facts.setText(f"{size.width * size.height / 1e6:.2f} megapixels")


def _side(name: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(MIN_SIDE_PX, MAX_SIDE_PX)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setSuffix(" px")
    field.setFixedWidth(84)
    field.setAccessibleName(name)
    return field
