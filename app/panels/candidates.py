"""The region panel: what the selected region is made of, and what else it could be made of."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.imaging import image_from_rgba
from app.panels.candidate_list import CARD_ROLE, CARD_SIZE, CandidateDelegate, CandidateModel, Card
from app.session import Session
from app.theme import THEME
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from engine.pipeline.results import RegionResult

THUMBNAIL_PX = 160
LIST_FRAME_PX = 28
HINT = "Select a region\n\nClick the canvas or the image,\nor take the select tool (V)."


class RegionPanel(QWidget):
    """The selected region: class, size, choice, and its candidates with both scores.

    GUI thread. Shows the document's record at once after a pick, before the engine has answered.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow the selection of a session."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._cards = CandidateModel()
        self._cards.setParent(self)
        self._asked: set[str] = set()
        self._build()
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.setInterval(0)
        self._ask_soon.timeout.connect(self._ask_for_visible)
        for signal in (session.selection_changed, session.result_shown, session.records_changed):
            signal.connect(self._on_region_changed)
        session.document_replaced.connect(self._on_document_replaced)
        session.banks_changed.connect(self._on_banks_changed)
        session.highlight_changed.connect(self._on_highlight_changed)
        session.thumbnail_ready.connect(self._on_thumbnail_ready)
        self._show_region()

    @property
    def cards(self) -> tuple[Card, ...]:
        """The candidates on show, best first."""
        return self._cards.cards

    def sizeHint(self) -> QSize:
        """Return a width that holds two cards beside each other."""
        return QSize(2 * CARD_SIZE.width() + LIST_FRAME_PX + 4, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the cards fill the width, and ask for the thumbnails that came into view."""
        super().resizeEvent(event)
        room = max(CARD_SIZE.width(), self.width() - LIST_FRAME_PX)
        self._view.setGridSize(QSize(room // (room // CARD_SIZE.width()), CARD_SIZE.height()))
        self._ask_soon.start()

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._hint = QLabel(HINT)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setProperty("role", "muted")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(16, 16, 16, 16)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._build_head())
        column.addLayout(self._build_buttons())
        self._note = QLabel()
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        self._note.setContentsMargins(12, 0, 12, 0)
        self._note.setTextFormat(Qt.TextFormat.RichText)
        self._note.linkActivated.connect(self._on_allow_clicked)
        column.addWidget(self._note)
        self._view = self._build_view()
        column.addWidget(self._view, 1)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(page)

    def _build_head(self) -> QHBoxLayout:
        self._chip = ClassChip()
        self._name = QLabel()
        self._name.setProperty("role", "title")
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._name)
        words.addWidget(self._facts)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        row.addWidget(self._chip)
        row.addLayout(words, 1)
        return row

    def _build_buttons(self) -> QHBoxLayout:
        session = self._session
        self._previous = _button("previous", "Previous candidate (←)")
        self._previous.clicked.connect(lambda: session.step_candidate(-1))
        self._next = _button("next", "Next candidate (→)")
        self._next.clicked.connect(lambda: session.step_candidate(1))
        self._pick = _button("check", "Make the region of the marked candidate (Enter)")
        self._pick.clicked.connect(session.pick_highlighted)
        self._lock = _button("lock", "Lock (L): keep this choice whatever happens to the region")
        self._lock.setCheckable(True)
        self._lock.clicked.connect(lambda: session.toggle_lock(session.selected_record_id))
        self._ban = _button("ban", "Ban (Delete): never use the marked segment for this region")
        self._ban.clicked.connect(self._on_ban_clicked)
        self._automatic = _button("automatic", "Automatic: let Tessera choose again")
        self._automatic.clicked.connect(lambda: session.reset_choice(session.selected_record_id))
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(2)
        for button in (self._previous, self._next, self._pick):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self._lock, self._ban, self._automatic):
            row.addWidget(button)
        return row

    def _build_view(self) -> QListView:
        view = QListView()
        view.setAccessibleName("Candidates")
        view.setModel(self._cards)
        view.setItemDelegate(CandidateDelegate(view))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setMovement(QListView.Movement.Static)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setGridSize(CARD_SIZE)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setStyleSheet("QListView { padding-left: 6px; }")
        view.clicked.connect(self._on_card_clicked)
        view.customContextMenuRequested.connect(self._on_menu_requested)
        view.verticalScrollBar().valueChanged.connect(lambda _value: self._ask_soon.start())
        return view

    # -- showing ------------------------------------------------------------------------------------------------

    def _show_region(self) -> None:
        record_id = self._session.selected_record_id
        region = self._session.region_result(record_id) if record_id >= 0 else None
        record = next((r for r in self._session.document.records if r.id == record_id), None)
        info = None if region is None else self._session.table.get(region.class_key)
        if region is None or info is None:
            self._cards.set_cards(())
            self._pages.setCurrentIndex(0)
            return
        self._pages.setCurrentIndex(1)
        self._chip.set_colour(QColor(*info.colour))
        self._name.setText(info.name)
        self._facts.setText(self._facts_of(region))
        self._show_choice(region, record)
        self._ask_soon.start()

    def _show_choice(self, region: RegionResult, record: RegionRecord | None) -> None:
        choice = region.choice if record is None else record.choice
        by_painter = (region.chosen_by if record is None else record.chosen_by) == "painter"
        banned = frozenset(() if record is None else record.banned)
        highlighted = self._session.highlighted_key
        offered = [(rank, c) for rank, c in enumerate(region.candidates, 1) if c.segment_key not in banned]
        cards = [
            Card(c.segment_key, c, rank, c.segment_key == choice, c.segment_key == highlighted, by_painter)
            for rank, c in offered
        ]
        if choice is not None and all(c.segment_key != choice for _, c in offered):
            cards.insert(0, Card(choice, None, 0, True, choice == highlighted, by_painter))
        self._cards.set_cards(cards)
        locked = record is not None and record.locked
        self._lock.setChecked(locked)
        self._lock.setEnabled(locked or (record is not None and choice is not None))
        self._ban.setEnabled(bool(cards))
        self._pick.setEnabled(any(card.highlighted and not card.chosen for card in cards))
        self._previous.setEnabled(len(cards) > 1)
        self._next.setEnabled(len(cards) > 1)
        self._automatic.setEnabled(by_painter or locked)
        self._note.setText(self._note_of(choice, by_painter=by_painter, locked=locked, banned=len(banned), cards=cards))

    def _facts_of(self, region: RegionResult) -> str:
        size, result = self._session.document.size, self._session.result
        area_px = region.area_px
        if result is not None and result.stamp.quality is Quality.PREVIEW:  # its regions are those of a smaller layout
            area_px = round(float(np.mean(result.region_ids == region.record_id)) * size.width * size.height)
        percent = 100 * area_px / (size.width * size.height)
        share = f"{percent:.1f} %" if percent >= 0.1 else f"{percent:.2f} %"
        pixels = f"{area_px:,}".replace(",", "\u202f")
        return f"{share} of the layout · {pixels} px"

    def _note_of(self, choice: str | None, *, by_painter: bool, locked: bool, banned: int, cards: list[Card]) -> str:
        if not self._session.banks and not cards:
            text = "No bank is open: the network invents this region."
        elif not cards:
            text = "No segment of the open banks fits: the network invents this region."
        elif choice is None:
            text = "The network invents this region. Click a candidate to use its photograph."
        else:
            text = "Locked." if locked else "Chosen by you." if by_painter else "Chosen automatically."
        return text + (f' {banned} banned, <a href="allow">allow again</a>.' if banned else "")

    def _ask_for_visible(self) -> None:
        viewport = self._view.viewport().rect().adjusted(0, 0, 0, CARD_SIZE.height())
        if not self.isVisible() or viewport.isEmpty():
            return
        for row, card in enumerate(self._cards.cards):
            key = card.segment_key
            if key in self._asked or self._cards.has_picture(key):
                continue
            if self._view.visualRect(self._cards.index(row)).intersects(viewport):
                self._asked.add(key)
                self._session.request_thumbnail(key, THUMBNAIL_PX)

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_region_changed(self, _value: object = None) -> None:
        self._show_region()

    def _on_document_replaced(self) -> None:
        self._asked.clear()
        self._show_region()

    def _on_banks_changed(self) -> None:
        self._asked.clear()
        self._show_region()

    def _on_highlight_changed(self, segment_key: str) -> None:
        self._show_region()
        for row, card in enumerate(self._cards.cards):
            if card.segment_key == segment_key:
                self._view.scrollTo(self._cards.index(row))

    def _on_thumbnail_ready(self, segment_key: str, rgba: np.ndarray | None) -> None:
        if rgba is None:
            self._asked.discard(segment_key)
            return
        self._cards.set_picture(segment_key, image_from_rgba(rgba))

    def _on_card_clicked(self, index: QModelIndex) -> None:
        card: Card = index.data(CARD_ROLE)
        if not card.chosen or not card.by_painter:
            self._session.pick(self._session.selected_record_id, card.segment_key)

    def _on_ban_clicked(self) -> None:
        marked = next((c for c in self._cards.cards if c.highlighted), None)
        marked = marked or next((c for c in self._cards.cards if c.chosen), None)
        if marked is not None:
            self._session.ban(self._session.selected_record_id, marked.segment_key)

    def _on_allow_clicked(self, _link: str) -> None:
        record_id = self._session.selected_record_id
        record = next((r for r in self._session.document.records if r.id == record_id), None)
        for segment_key in () if record is None else record.banned:
            self._session.unban(record_id, segment_key)

    def _on_menu_requested(self, at: QPoint) -> None:
        card: Card | None = self._view.indexAt(at).data(CARD_ROLE)
        if card is None:
            return
        record_id, key = self._session.selected_record_id, card.segment_key
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("check"), "Use this photograph", lambda: self._session.pick(record_id, key))
        menu.addAction(icon("ban"), "Ban for this region", lambda: self._session.ban(record_id, key))
        menu.popup(self._view.viewport().mapToGlobal(at))


class ClassChip(QWidget):
    """A large chip in the colour of a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start black."""
        super().__init__(parent)
        self._colour = QColor(0, 0, 0)
        self.setFixedSize(30, 30)

    def set_colour(self, colour: QColor) -> None:
        """Show another colour."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(0.5, 0.5, 29, 29, 5, 5)  # type: ignore[call-overload]
        painter.end()


def _button(icon_name: str, tool_tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name, checked_colour=THEME.accent_text))
    button.setIconSize(QSize(18, 18))
    button.setFixedSize(30, 28)
    button.setToolTip(tool_tip)
    button.setAccessibleName(tool_tip.split(" (")[0].split(":")[0])
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
