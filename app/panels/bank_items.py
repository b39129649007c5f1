"""What the bank browser lists: photographs or segments with their pictures, asked for when they come into view."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.imaging import image_from_rgba
from app.session import Session
from app.theme import THEME
from engine.bank.browsing import Listing, SegmentEntry, SourceEntry

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
Entry: TypeAlias = SegmentEntry | SourceEntry
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole)
PICTURE_ROLE = ENTRY_ROLE + 1
PICTURE_PX = 96
CELL = QSize(76, 78)
CAPTION_PX = 16
KEPT_PICTURES = 1024


def key_of(entry: Entry) -> str:
    """Return the key an entry's picture comes under."""
    return entry.key if isinstance(entry, SegmentEntry) else entry.source.key


class BankItems(QAbstractListModel):
    """Entries of one bank and their pictures. GUI thread."""

    def __init__(self, session: Session) -> None:
        """Ask for pictures through a session's engine."""
        super().__init__()
        self._session = session
        self._entries: tuple[Entry, ...] = ()
        self._rows: dict[str, int] = {}
        self._class_names: dict[str, str] = {}
        self._pictures: OrderedDict[str, QImage | None] = OrderedDict()
        self._asked: set[str] = set()
        session.thumbnail_ready.connect(self._on_thumbnail_ready)

    def show(self, listing: Listing, class_names: dict[str, str]) -> None:
        """List other entries.

        Args:
            listing: photographs or segments.
            class_names: names of the bank's classes by key.
        """
        self.beginResetModel()
        self._entries = (*listing.sources, *listing.segments)
        self._rows = {key_of(entry): row for row, entry in enumerate(self._entries)}
        self._class_names = class_names
        self._asked.clear()
        self.endResetModel()

    def entry(self, index: AnyIndex) -> Entry | None:
        """Return the entry at an index, or None."""
        return self._entries[index.row()] if index.isValid() else None

    def class_name(self, entry: SegmentEntry) -> str:
        """Return what the class of a segment is called."""
        return self._class_names.get(entry.class_key, entry.class_key)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of entries."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a cell shows; its picture is asked for where it is not at hand."""
        entry = self._entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.class_name(entry) if isinstance(entry, SegmentEntry) else entry.source.name
        if role == ENTRY_ROLE:
            return entry
        if role == PICTURE_ROLE:
            return self._picture(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(entry)
        return None

    def _picture(self, entry: Entry) -> QImage | None:
        key = key_of(entry)
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if key not in self._asked:
            self._asked.add(key)
            if isinstance(entry, SegmentEntry):
                self._session.request_thumbnail(key, PICTURE_PX)
            else:
                self._session.engine.request_photograph(key, 2 * PICTURE_PX)
        return None

    def _tool_tip(self, entry: Entry) -> str:
        origin = entry.source.provenance
        lines = [entry.source.name]
        if isinstance(entry, SegmentEntry):
            lines = [f"{self.class_name(entry)} from {entry.source.name}"]
        lines.append(f"{origin.author or 'author unknown'} · {origin.licence or 'licence unknown'}")
        lines.append(f"{origin.dataset}: {origin.file}" if origin.dataset != origin.file else origin.file)
        return "\n".join(lines)

    def _on_thumbnail_ready(self, key: str, rgba: npt.NDArray[np.uint8] | None) -> None:
        self._asked.discard(key)
        if key not in self._rows:
            return
        self._pictures[key] = None if rgba is None else image_from_rgba(rgba)
        self._pictures.move_to_end(key)
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        index = self.index(self._rows[key])
        self.dataChanged.emit(index, index)


class BankItemDelegate(QStyledItemDelegate):
    """Draws a picture with its caption."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the size of a cell."""
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one cell."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(option.rect).adjusted(2, 2, -2, -2)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        is_chosen, is_hovered = (
            bool(state & QStyle.StateFlag.State_Selected),
            bool(state & QStyle.StateFlag.State_MouseOver),
        )
        if is_chosen or is_hovered:
            painter.setPen(QPen(QColor(THEME.accent), 1.5) if is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.accent_soft if is_chosen else THEME.raised))
            painter.drawRoundedRect(box, 4, 4)
        place = box.adjusted(3, 3, -3, -CAPTION_PX)
        picture: QImage | None = index.data(PICTURE_ROLE)
        if picture is not None and not picture.isNull():
            size = picture.size().scaled(place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(place.center())
            painter.drawImage(target, picture)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.raised))
            painter.drawRoundedRect(place.adjusted(8, 8, -8, -8), 3, 3)
        painter.setPen(QColor(THEME.text if is_chosen else THEME.muted))
        caption = QRectF(box.left() + 3, box.bottom() - CAPTION_PX, box.width() - 6, CAPTION_PX)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, int(caption.width()))
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
