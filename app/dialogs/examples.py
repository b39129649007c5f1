"""The gallery of example layouts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.dialogs.button_row import build_button_row
from app.examples import Example
from app.imaging import image_from_rgb
from engine.classes import builtin_class_table
from engine.data.image_file import decode_photograph, read_file
from engine.data.layout_file import load_layout

THUMBNAIL = QSize(208, 104)
BUNDLED_TEXT = "Made of landscapes that Tessera rendered itself: the starter collection, which comes with the program."
BUNDLED_CLOSED_TEXT = (
    "The starter collection is closed, so the network invents the picture: Bank ▸ Open the starter collection."
)
BANK_NEEDED_TEXT = (
    "Photographs of streets do not come with Tessera. Open a memory bank of them, such as one built from CamVid "
    "(Bank ▸ Open bank…); without one the picture is made of what the open banks hold, or invented."
)
_INSET_SHARE = 0.28
_GRID = QSize(THUMBNAIL.width() + 18, THUMBNAIL.height() + 38)
_COLUMNS, _ROWS = 5, 3


class ExamplesDialog(QDialog):
    """Asks which example to begin from; each is shown as its picture, with its layout in the corner."""

    def __init__(
        self,
        examples: Sequence[Example],
        thumbnails: Sequence[QImage],
        parent: QWidget | None = None,
        *,
        open_tables: Collection[str] = (),
    ) -> None:
        """List examples.

        Args:
            examples: in their order.
            thumbnails: of `draw_thumbnails`.
            parent: the window.
            open_tables: keys of the class tables of open banks.
        """
        super().__init__(parent)
        self.setWindowTitle("Examples")
        self._examples, self._open_tables = tuple(examples), frozenset(open_tables)
        title = QLabel("Begin from an example")
        title.setProperty("role", "title")
        self.gallery = QListWidget()
        self.gallery.setViewMode(QListView.ViewMode.IconMode)
        self.gallery.setMovement(QListView.Movement.Static)
        self.gallery.setResizeMode(QListView.ResizeMode.Adjust)
        self.gallery.setUniformItemSizes(True)
        self.gallery.setIconSize(THUMBNAIL)
        self.gallery.setGridSize(_GRID)
        self.gallery.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.gallery.setAccessibleName("Examples")
        for example, thumbnail in zip(self._examples, thumbnails, strict=True):
            item = QListWidgetItem(_icon_of(thumbnail), self._caption(example))
            item.setToolTip(f"Open {example.title.lower()} as a new layout")
            self.gallery.addItem(item)
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing())
        self.gallery.setMinimumSize(_COLUMNS * _GRID.width() + 24, _ROWS * _GRID.height() + 8)
        self.gallery.itemActivated.connect(lambda _item: self.accept())
        self.gallery.currentRowChanged.connect(self._on_row_changed)
        self.gallery.setCurrentRow(0)
        buttons, _ = build_button_row(self, "Open")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(self.gallery, 1)
        column.addWidget(self.note)
        column.addLayout(buttons)
        self.gallery.setFocus()

    @property
    def chosen(self) -> Example:
        """The example that is marked."""
        return self._examples[max(0, self.gallery.currentRow())]

    def _caption(self, example: Example) -> str:
        return example.title if self._is_served(example) else f"{example.title} (needs a bank)"

    def _is_served(self, example: Example) -> bool:
        return example.table_key in self._open_tables

    def _on_row_changed(self, _row: int) -> None:
        example = self.chosen
        if example.has_photographs:
            self.note.setText(BUNDLED_TEXT if self._is_served(example) else BUNDLED_CLOSED_TEXT)
        else:
            self.note.setText("" if self._is_served(example) else BANK_NEEDED_TEXT)


def draw_thumbnails(examples: Sequence[Example], pixel_ratio: float) -> tuple[QImage, ...]:
    """Return for each example its picture with its layout in the corner; the layout alone where it has no picture.

    Any thread.

    Raises:
        LayoutFileError: if a layout cannot be read.
        ImageError: if a picture cannot be read.
    """
    return tuple(_draw_thumbnail(example, pixel_ratio) for example in examples)


def _icon_of(thumbnail: QImage) -> QIcon:
    """Return an icon that keeps its colours where it is marked."""
    icon, pixmap = QIcon(), QPixmap.fromImage(thumbnail)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon


def _draw_thumbnail(example: Example, pixel_ratio: float) -> QImage:
    table = builtin_class_table(example.table_key)
    layout = image_from_rgb(np.ascontiguousarray(table.colours()[load_layout(example.layout, table).class_ids]))
    thumbnail = QImage(THUMBNAIL * pixel_ratio, QImage.Format.Format_ARGB32_Premultiplied)
    thumbnail.setDevicePixelRatio(pixel_ratio)
    thumbnail.fill(Qt.GlobalColor.transparent)
    box = QRectF(0, 0, THUMBNAIL.width(), THUMBNAIL.height())
    painter = QPainter(thumbnail)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    outline = QPainterPath()
    outline.addRoundedRect(box, 5, 5)
    painter.setClipPath(outline)
    if example.picture.is_file():
        painter.drawImage(box, image_from_rgb(decode_photograph(read_file(example.picture))))
        width = box.width() * _INSET_SHARE
        corner = QRectF(7, box.bottom() - width / 2 - 7, width, width / 2)
        painter.fillRect(corner.adjusted(-1.5, -1.5, 1.5, 1.5), QColor(255, 255, 255, 220))
        painter.drawImage(corner, layout)
    else:
        painter.drawImage(box, layout)
    painter.end()
    return thumbnail
