"""The cards of the region panel: one retrieved segment each, and how they are drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from app.icons import paint_icon
from app.region_choice import INVENT
from app.theme import THEME
from engine.pipeline.results import Candidate

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
CARD_ROLE = int(Qt.ItemDataRole.UserRole)
PICTURE_ROLE = CARD_ROLE + 1
KEPT_PICTURES = 400
CARD_SIZE = QSize(110, 128)
PICTURE_PX = 78
MARGIN_PX = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One segment that a region can be made of, or none.

    Attributes:
        segment_key: which segment, or `INVENT`: none, the network invents the region.
        candidate: its scores and origin; None for a choice that no open bank offers.
        rank: place by the equation, from 1; 0 where it was not retrieved.
        chosen: whether the region is made of it now.
        highlighted: whether the arrow keys stand on it.
        by_painter: whether the painter chose it.
        is_revealed: whether it was painted into the region with a brush.
    """

    segment_key: str
    candidate: Candidate | None
    rank: int
    chosen: bool
    highlighted: bool
    by_painter: bool
    is_revealed: bool = False

    @property
    def is_invention(self) -> bool:
        """Whether it stands for no segment at all."""
        return self.segment_key == INVENT


class CandidateModel(QAbstractListModel):
    """The cards of one region, and the pictures of segments seen lately."""

    def __init__(self) -> None:
        """Start without a card."""
        super().__init__()
        self._cards: tuple[Card, ...] = ()
        self._pictures: OrderedDict[str, QPixmap] = OrderedDict()

    @property
    def cards(self) -> tuple[Card, ...]:
        """What is shown, best first."""
        return self._cards

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show other cards; the view keeps its place while the segments stay the same."""
        cards = tuple(cards)
        if cards == self._cards:
            return
        if [c.segment_key for c in cards] == [c.segment_key for c in self._cards]:
            self._cards = cards
            if cards:
                self.dataChanged.emit(self.index(0), self.index(len(cards) - 1))
            return
        self.beginResetModel()
        self._cards = cards
        self.endResetModel()

    def has_picture(self, segment_key: str) -> bool:
        """Return whether the thumbnail of a segment is at hand."""
        return segment_key in self._pictures

    def set_picture(self, segment_key: str, picture: QImage) -> None:
        """Keep and show the thumbnail of a segment."""
        self._pictures[segment_key] = QPixmap.fromImage(picture)
        self._pictures.move_to_end(segment_key)
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        for row, card in enumerate(self._cards):
            if card.segment_key == segment_key:
                self.dataChanged.emit(self.index(row), self.index(row), [PICTURE_ROLE])

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of cards."""
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a card shows."""
        card = self._cards[index.row()]
        if role == CARD_ROLE:
            return card
        if role == PICTURE_ROLE:
            return self._pictures.get(card.segment_key)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(card)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = f"Candidate {card.rank}, segment {card.segment_key}"
            return ("Let the network invent" if card.is_invention else name) + (", chosen" if card.chosen else "")
        return None


class CandidateDelegate(QStyledItemDelegate):
    """Draw a card: the cut-out on neutral grey, its rank, both scores, and the marks of choice and highlight."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the size of a card: a cell of the view's grid."""
        view = self.parent()
        return view.gridSize() if isinstance(view, QListView) else CARD_SIZE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one card."""
        card: Card = index.data(CARD_ROLE)
        box = QRectF(option.rect).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(box, 5, 5)
        painter.fillPath(shape, QColor(THEME.accent_soft if card.chosen else THEME.field))
        picture_box = QRectF(box.left(), box.top(), box.width(), PICTURE_PX)
        if card.is_invention:
            _draw_invention(painter, picture_box, shape)
        else:
            _draw_picture(painter, picture_box, shape, index.data(PICTURE_ROLE))
        _draw_scores(painter, QRectF(box.left(), picture_box.bottom(), box.width(), box.bottom() - PICTURE_PX), card)
        _draw_marks(painter, box, card)
        painter.restore()


def _draw_picture(painter: QPainter, box: QRectF, shape: QPainterPath, picture: QPixmap | None) -> None:
    painter.save()
    painter.setClipPath(shape)
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.fillRect(box, QColor(THEME.checker_dark))
    if picture is None:
        painter.setOpacity(0.35)
        paint_icon(painter, "image", QRectF(box.center().x() - 12, box.center().y() - 12, 24, 24))
    else:
        inner = box.adjusted(5, 5, -5, -5)
        scale = min(inner.width() / picture.width(), inner.height() / picture.height())
        width, height = picture.width() * scale, picture.height() * scale
        target = QRectF(inner.center().x() - width / 2, inner.center().y() - height / 2, width, height)
        painter.drawPixmap(target, picture, QRectF(picture.rect()))
    painter.restore()


def _draw_invention(painter: QPainter, box: QRectF, shape: QPainterPath) -> None:
    """Draw what stands for no photograph: the sign of the automatic choice on bare ground."""
    painter.save()
    painter.setClipPath(shape)
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.fillRect(box, QColor(THEME.raised))
    paint_icon(painter, "invent", QRectF(box.center().x() - 16, box.center().y() - 16, 32, 32), THEME.muted)
    painter.restore()


def _draw_scores(painter: QPainter, box: QRectF, card: Card) -> None:
    font = QFont(painter.font())
    font.setPixelSize(10)
    painter.setFont(font)
    if card.candidate is None:
        painter.setPen(QColor(THEME.muted))
        text = "no photograph:\nthe network invents" if card.is_invention else "kept in the project"
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return
    scores = (("mask", card.candidate.mask_iou), ("context", card.candidate.context_iou))
    for place, (name, value) in enumerate(scores):
        line = QRectF(box.left() + 7, box.top() + 4 + place * 17, box.width() - 14, 13)
        painter.setPen(QColor(THEME.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(THEME.text))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.2f}")
        groove = QRectF(line.left(), line.bottom(), line.width(), 2)
        painter.fillRect(groove, QColor(THEME.raised))
        share = max(0.0, min(1.0, value))
        painter.fillRect(QRectF(groove.left(), groove.top(), groove.width() * share, 2), QColor(THEME.muted))


def _draw_marks(painter: QPainter, box: QRectF, card: Card) -> None:
    if card.rank:
        font = QFont(painter.font())
        font.setPixelSize(10)
        painter.setFont(font)
        label = QRectF(box.left() + 4, box.top() + 4, 18, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(label, 3, 3)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(card.rank))
    if card.is_revealed:
        badge = QRectF(box.left() + 26, box.top() + 4, 16, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(badge, 3, 3)
        paint_icon(painter, "reveal", badge.adjusted(2, 2, -2, -2), "#ffffff")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if card.highlighted and not card.chosen:
        painter.setPen(QPen(QColor(THEME.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 5, 5)
    if card.chosen:
        painter.setPen(QPen(QColor(THEME.accent), 2))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        if card.highlighted:
            painter.setPen(QPen(QColor(THEME.text), 1))
            painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), 3, 3)
        badge = QRectF(box.right() - 22, box.top() + 4, 18, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.accent))
        painter.drawEllipse(badge)
        paint_icon(painter, "check" if card.by_painter else "automatic", badge.adjusted(3, 3, -3, -3), "#ffffff")


def _tool_tip(card: Card) -> str:
    if card.is_invention:
        return "No photograph: the network invents the region" + ("\nChosen by you" if card.chosen else "")
    lines = [f"Segment {card.segment_key}"]
    if card.candidate is not None:
        made = card.candidate.provenance
        lines.append(" · ".join(part for part in (made.dataset, made.file) if part))
        lines += [part for part in (made.author, made.licence) if part]
        lines.append(f"mask IoU {card.candidate.mask_iou:.3f}, context IoU {card.candidate.context_iou:.3f}")
    if card.is_revealed:
        lines.append("Painted into the region with the brush")
    if card.chosen:
        lines.append("Chosen by you" if card.by_painter else "Chosen automatically")
    else:
        lines.append("Click to make the region of it, right click for more")
    return "\n".join(lines)
