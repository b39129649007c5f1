"""The dialog that asks how large a new layout shall be, and in which classes it is painted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.button_row import build_button_row
from app.dialogs.errors import show_error
from app.table_choices import TableChoice
from app.theme import THEME
from engine.bank.bank import Bank, BankFormatError
from engine.classes import ClassTable, ClassTableError, load_class_table
from engine.geometry import Size
from engine.layout import MAX_PIXELS
from engine.layout import MAX_SIDE_PX as LARGEST_SIDE_PX

PRESETS = (
    (Size(512, 256), "Sketch"),
    (Size(1024, 512), "Picture"),
    (Size(2048, 1024), "Large"),
    (Size(4096, 2048), "Largest"),
    (Size(512, 512), "Square"),
    (Size(1024, 1024), "Large square"),
    (Size(1280, 720), "16 : 9"),
    (Size(1920, 1080), "Full HD"),
    (Size(512, 768), "Portrait"),
    (Size(1024, 1536), "Large portrait"),
)
COLUMNS = 5
MIN_SIDE_PX, MAX_SIDE_PX = 32, LARGEST_SIDE_PX
CARD = QSize(104, 96)
SHEET_PX = 44
TABLE_FILTER = "Class tables and banks (*.toml *.json *.bank)"


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
        size = self.size_px
        scale = SHEET_PX / max(size.width, size.height) * min(1.0, 0.55 + max(size.width, size.height) / 4096)
        width, height = size.width * scale, size.height * scale
        sheet = QRectF(box.center().x() - width / 2, box.top() + 30 - height / 2, width, height)
        painter.setPen(QPen(QColor(THEME.text), 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(sheet, 2, 2)
        centre = Qt.AlignmentFlag.AlignHCenter
        painter.drawText(QRectF(box.left(), box.bottom() - 38, box.width(), 16), centre, self.text())
        painter.setPen(QColor(THEME.muted))
        text = f"{size.width} × {size.height}"
        painter.drawText(QRectF(box.left(), box.bottom() - 20, box.width(), 16), centre, text)
        painter.end()


class NewDocumentDialog(QDialog):
    """Asks for the size and the classes of a new layout: a preset, or any width and height.

    Attributes:
        wants_example: whether it was left for the gallery of examples.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        size: Size = PRESETS[0][0],
        tables: Sequence[TableChoice] = (),
    ) -> None:
        """Offer a size to begin with.

        Args:
            parent: the window.
            size: in the fields at first.
            tables: class tables on offer, the first chosen; a file may add one.
        """
        super().__init__(parent)
        self.setWindowTitle("New layout")
        self._tables = list(tables)
        self._cards = [PresetCard(preset, name) for preset, name in PRESETS]
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        cards = QGridLayout()
        cards.setSpacing(8)
        for place, card in enumerate(self._cards):
            self._group.addButton(card)
            cards.addWidget(card, place // COLUMNS, place % COLUMNS)
            card.clicked.connect(lambda _=False, c=card: self.set_size(c.size_px))
        self._width = _side("Width")
        self._height = _side("Height")
        self.turn_button = QPushButton("Turn")
        self.turn_button.setToolTip("Exchange width and height")
        self.turn_button.clicked.connect(self._on_turned)
        self._facts = QLabel()
        sides = QHBoxLayout()
        sides.setSpacing(8)
        for label, field in (("Width", self._width), ("Height", self._height)):
            caption = QLabel(label)
            caption.setBuddy(field)
            sides.addWidget(caption)
            sides.addWidget(field)
            field.valueChanged.connect(self._on_side_changed)
        sides.addWidget(self.turn_button)
        sides.addStretch(1)
        sides.addWidget(self._facts)
        title = QLabel("How large shall the layout be?")
        title.setProperty("role", "title")
        self.wants_example = False
        self.example_button = QPushButton("Begin from an example…")
        self.example_button.clicked.connect(self._on_example_clicked)
        buttons, self.create_button = build_button_row(self, "Create")
        buttons.insertWidget(0, self.example_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(cards)
        column.addLayout(sides)
        if self._tables:
            column.addLayout(self._build_tables())
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setFixedSize(self.sizeHint())
        self.set_size(size)
        self.create_button.setFocus()

    @property
    def chosen_size(self) -> Size:
        """The size in the two fields."""
        return Size(self._width.value(), self._height.value())

    @property
    def chosen_table(self) -> ClassTable | None:
        """The class table that is chosen, or None where none were on offer."""
        return self._tables[self.table_field.currentIndex()].table if self._tables else None

    def set_size(self, size: Size) -> None:
        """Put a size into the two fields."""
        self._width.setValue(size.width)
        self._height.setValue(size.height)
        self._on_side_changed()

    def add_table(self, path: Path) -> None:
        """Offer the class table of a file, or of a bank, and choose it; say so where there is none in it."""
        try:
            table = _table_of(path)
        except (ClassTableError, BankFormatError) as error:
            show_error(self, f"{path.name} holds no class table", str(error))
            return
        self._tables.append(TableChoice(f"{table.name} (of {path.name})", table))
        self.table_field.addItem(self._tables[-1].name)
        self.table_field.setCurrentIndex(len(self._tables) - 1)

    def _build_tables(self) -> QHBoxLayout:
        self.table_field = QComboBox()
        self.table_field.setAccessibleName("Classes")
        for choice in self._tables:
            self.table_field.addItem(choice.name)
        self.table_field.currentIndexChanged.connect(self._on_table_changed)
        self._table_facts = QLabel()
        self._table_facts.setProperty("role", "muted")
        browse = QPushButton("From a file…")
        browse.setToolTip("Use the classes of a table (TOML or JSON) or of a memory bank")
        browse.clicked.connect(self._on_browse_clicked)
        caption = QLabel("Classes")
        caption.setBuddy(self.table_field)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(caption)
        row.addWidget(self.table_field, 1)
        row.addWidget(self._table_facts)
        row.addWidget(browse)
        self._on_table_changed()
        return row

    def _on_browse_clicked(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Class table", str(Path.home()), TABLE_FILTER)
        if chosen:
            self.add_table(Path(chosen))

    def _on_table_changed(self, _index: int = 0) -> None:
        table = self.chosen_table
        self._table_facts.setText("" if table is None else f"{len(table)} classes")

    def _on_example_clicked(self) -> None:
        self.wants_example = True
        self.reject()

    def _on_turned(self) -> None:
        self.set_size(Size(self._height.value(), self._width.value()))

    def _on_side_changed(self, _value: int = 0) -> None:
        size = self.chosen_size
        for card in self._cards:
            card.setChecked(card.size_px == size)
        is_too_large = size.width * size.height > MAX_PIXELS
        self.create_button.setEnabled(not is_too_large)
        megapixels = f"{size.width * size.height / 1e6:.2f} megapixels"
        self._facts.setText(f"{megapixels}: at most {MAX_PIXELS / 1e6:.1f}" if is_too_large else megapixels)
        self._facts.setProperty("role", "error" if is_too_large else "muted")
        self._facts.style().polish(self._facts)


def _table_of(path: Path) -> ClassTable:
    if path.suffix.lower() != ".bank":
        return load_class_table(path)
    bank = Bank.open(path)
    try:
        return bank.table
    finally:
        bank.close()


def _side(name: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(MIN_SIDE_PX, MAX_SIDE_PX)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setSuffix(" px")
    field.setFixedWidth(84)
    field.setAccessibleName(name)
    return field
