"""The photographs a region can be made of: thumbnails with both scores, and what is decided about them."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QListView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.imaging import image_from_rgba
from app.panels.candidate_list import CARD_ROLE, CARD_SIZE, CandidateDelegate, CandidateModel, Card
from app.panels.parts import Menu, muted_label, panel_button, titled_menu
from app.region_choice import INVENT
from app.session import Session
from engine.document.record import RegionRecord
from engine.pipeline.results import Candidate, RegionResult

THUMBNAIL_PX = 160
LIST_FRAME_PX = 28
MAX_NAMED = 4000


class CandidatesPage(QWidget):
    """What the selected region could be made of. GUI thread.

    Shows the document's record at once after a pick, before the engine has answered. Emits `source_asked` with a
    segment key where the painter wants to see its photograph, `reveal_asked` where it is to be painted in, and
    `light_asked` where the region is to take on its light.
    """

    source_asked = Signal(str)
    reveal_asked = Signal(str)
    light_asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow the selection of a session."""
        super().__init__(parent)
        self._session = session
        self._cards = CandidateModel()
        self._cards.setParent(self)
        self._asked: set[str] = set()
        self._names: dict[str, str] = {}
        self._build()
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.setInterval(0)
        self._ask_soon.timeout.connect(self._ask_for_visible)
        session.document_replaced.connect(self._on_pictures_stale)
        session.banks_changed.connect(self._on_pictures_stale)
        session.highlight_changed.connect(self._on_highlight_changed)
        session.choice.offer_changed.connect(self._on_offer_changed)
        session.thumbnail_ready.connect(self._on_thumbnail_ready)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The candidates on show, best first, and last what stands for none."""
        return self._cards.cards

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the cards fill the width, and ask for the thumbnails that came into view."""
        super().resizeEvent(event)
        room = max(CARD_SIZE.width(), self.width() - LIST_FRAME_PX)
        self._view.setGridSize(QSize(room // (room // CARD_SIZE.width()), CARD_SIZE.height()))
        self._ask_soon.start()

    def clear(self) -> None:
        """Show nothing: no region is selected."""
        self._cards.set_cards(())

    def show_region(self, region: RegionResult, record: RegionRecord | None) -> None:
        """Show the candidates of a region.

        Args:
            region: what the result on show says.
            record: what the document says, which may be newer; None where it does not know the region yet.
        """
        self._note_names(region)
        choice = region.choice if record is None else record.choice
        chosen_by = region.chosen_by if record is None else record.chosen_by
        by_painter, is_invented = chosen_by == "painter", choice is None and chosen_by == "painter"
        highlighted = self._session.highlighted_key
        revealed = frozenset(() if record is None else (reveal.segment_key for reveal in record.reveals))
        rank = {c.segment_key: at for at, c in enumerate(region.candidates, 1)}
        offered = self._session.choice.offered()
        cards = [
            Card(key, c, rank.get(key, 0), key == choice, key == highlighted, by_painter, key in revealed)
            for key, c in ((c.segment_key, c) for c in offered)
        ]
        if choice is not None and all(c.segment_key != choice for c in offered):
            known = self._session.choice.candidate(choice)
            cards.insert(0, Card(choice, known, rank.get(choice, 0), True, choice == highlighted, by_painter))
        has_segments = bool(cards)
        if has_segments or is_invented:
            cards.append(Card(INVENT, None, 0, is_invented, highlighted == INVENT, by_painter))
        self._cards.set_cards(cards)
        locked = record is not None and record.locked
        self._lock.setChecked(locked)
        self._lock.setEnabled(locked or (record is not None and (choice is not None or is_invented)))
        marked = next((card for card in cards if card.highlighted), None)
        self._ban.setEnabled(any(not card.is_invention for card in cards))
        self._pick.setEnabled(marked is not None and not marked.chosen)
        self._previous.setEnabled(len(cards) > 1)
        self._next.setEnabled(len(cards) > 1)
        self._shuffle.setEnabled(len(offered) > 1 and not locked)
        self._automatic.setEnabled(by_painter or locked or (record is not None and record.shuffle is not None))
        self._show_filter(region)
        self._note.setText(self._note_of(choice, record, by_painter=by_painter, has_segments=has_segments))
        self._ask_soon.start()

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._build_buttons())
        self._note = muted_label()
        self._note.setContentsMargins(12, 0, 12, 0)
        self._note.setTextFormat(Qt.TextFormat.RichText)
        self._note.linkActivated.connect(self._on_link_clicked)
        column.addWidget(self._note)
        column.addWidget(self._build_filter())
        self._view = self._build_view()
        column.addWidget(self._view, 1)

    def _build_buttons(self) -> QHBoxLayout:
        session, choice = self._session, self._session.choice
        self._previous = panel_button("previous", "Previous candidate", action_name="previous_candidate")
        self._previous.clicked.connect(lambda: session.step_candidate(-1))
        self._next = panel_button("next", "Next candidate", action_name="next_candidate")
        self._next.clicked.connect(lambda: session.step_candidate(1))
        self._pick = panel_button("check", "Make the region of the marked candidate", action_name="pick_candidate")
        self._pick.clicked.connect(session.pick_highlighted)
        self._shuffle = panel_button("shuffle", "Shuffle: draw another candidate", action_name="shuffle")
        self._shuffle.clicked.connect(choice.shuffle)
        self._lock = panel_button(
            "lock", "Lock: keep this choice whatever happens to the region", action_name="lock", is_checkable=True
        )
        self._lock.clicked.connect(lambda: session.toggle_lock(session.selected_record_id))
        self._ban = panel_button("ban", "Ban: never use the marked segment for this region", action_name="ban")
        self._ban.clicked.connect(self._on_ban_clicked)
        self._automatic = panel_button("automatic", "Automatic: let Tessera choose again", action_name="automatic")
        self._automatic.clicked.connect(lambda: session.reset_choice(session.selected_record_id))
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(2)
        for button in (self._previous, self._next, self._pick):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self._shuffle, self._lock, self._ban, self._automatic):
            row.addWidget(button)
        return row

    def _build_filter(self) -> QWidget:
        self._source = QComboBox()
        self._source.setAccessibleName("Photographs")
        self._source.setToolTip("Offer segments of one photograph only")
        self._source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._source.setMinimumContentsLength(10)
        self._source.activated.connect(lambda at: self._session.questions.only_from(self._source.itemData(at)))
        self._all = QToolButton()
        self._all.setText("Show all")
        self._all.setToolTip("Offer all candidates again, in the usual order")
        self._all.clicked.connect(self._on_all_clicked)
        self._filter = QWidget()
        row = QHBoxLayout(self._filter)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(6)
        row.addWidget(self._source, 1)
        row.addWidget(self._all)
        return self._filter

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

    def _show_filter(self, region: RegionResult) -> None:
        choice = self._session.choice
        counts: dict[str, int] = {}
        for candidate in region.candidates:
            counts[candidate.source_key] = counts.get(candidate.source_key, 0) + 1
        with QSignalBlocker(self._source):
            self._source.clear()
            self._source.addItem(f"All {len(counts)} photographs", "")
            for source_key in counts:
                name = self._names.get(source_key, source_key)
                self._source.addItem(f"{name} ({counts[source_key]})", source_key)
            self._source.setCurrentIndex(max(0, self._source.findData(choice.source_filter)))
        self._filter.setVisible(len(counts) > 1)
        self._all.setVisible(bool(choice.source_filter or choice.like_key))

    def _note_of(self, choice: str | None, record: RegionRecord | None, *, by_painter: bool, has_segments: bool) -> str:
        locked = record is not None and record.locked
        if not self._session.banks and not has_segments:
            text = "No bank is open: the network invents this region."
        elif not has_segments and not by_painter:
            text = "No segment of the open banks fits: the network invents this region."
        elif choice is None:
            text = "The network invents this region." if by_painter else "Choosing…"
            text += " Locked." if locked else ""
        elif locked:
            text = "Locked."
        elif by_painter:
            text = "Chosen by you."
        else:
            shuffled = record is not None and record.shuffle is not None
            text = "Drawn by shuffling." if shuffled else "Chosen automatically."
        if self._session.choice.like_key:
            text += " Those most like the first one are offered."
        count = 0 if record is None else len(record.banned) + len(record.banned_sources)
        return text + (f' {count} banned: <a href="list">show</a>, <a href="allow">allow again</a>.' if count else "")

    def _note_names(self, region: RegionResult) -> None:
        """Remember what segments and photographs are called, for the list of bans."""
        for candidate in region.candidates:
            name = name_of_source(candidate)
            self._names[candidate.source_key] = name
            self._names[candidate.segment_key] = name
        while len(self._names) > MAX_NAMED:
            self._names.pop(next(iter(self._names)))

    def _ask_for_visible(self) -> None:
        viewport = self._view.viewport().rect().adjusted(0, 0, 0, CARD_SIZE.height())
        if not self.isVisible() or viewport.isEmpty():
            return
        for row, card in enumerate(self._cards.cards):
            key = card.segment_key
            if card.is_invention or key in self._asked or self._cards.has_picture(key):
                continue
            if self._view.visualRect(self._cards.index(row)).intersects(viewport):
                self._asked.add(key)
                self._session.request_thumbnail(key, THUMBNAIL_PX)

    def _show_again(self) -> None:
        region = self._session.region_result(self._session.selected_record_id)
        if region is not None:
            self.show_region(region, self._session.choice.record(region.record_id))

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_pictures_stale(self) -> None:
        self._asked.clear()

    def _on_offer_changed(self) -> None:
        self._show_again()
        self._view.scrollToTop()

    def _on_highlight_changed(self, segment_key: str) -> None:
        self._show_again()
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
        cards = [card for card in self._cards.cards if not card.is_invention]
        marked = next((c for c in cards if c.highlighted), None) or next((c for c in cards if c.chosen), None)
        if marked is not None:
            self._session.ban(self._session.selected_record_id, marked.segment_key)

    def _on_all_clicked(self) -> None:
        self._session.questions.only_from("")

    def _on_link_clicked(self, link: str) -> None:
        record_id = self._session.selected_record_id
        if link == "allow":
            self._session.choice.unban_all(record_id)
        else:
            self.ban_menu().popup(self._note.mapToGlobal(QPoint(12, self._note.height())))

    def ban_menu(self) -> QMenu:
        """Return a menu of what is banned for the selected region; choosing an entry allows it again."""
        record_id, choice = self._session.selected_record_id, self._session.choice
        record = choice.record(record_id)
        menu = titled_menu(self, "Allow again")
        if record is None:
            return menu
        for key in record.banned:
            name = self._names.get(key, "segment")
            menu.addAction(icon("check"), f"{name}: {key[:6]}", partial(choice.unban, record_id, key))
        for key in record.banned_sources:
            name = self._names.get(key, key)
            menu.addAction(icon("photograph"), f"Photograph {name}", partial(choice.unban_source, record_id, key))
        menu.addSeparator()
        menu.addAction("All", partial(choice.unban_all, record_id))
        return menu

    def _on_menu_requested(self, at: QPoint) -> None:
        card: Card | None = self._view.indexAt(at).data(CARD_ROLE)
        if card is not None:
            self.card_menu(card).popup(self._view.viewport().mapToGlobal(at))

    def card_menu(self, card: Card) -> QMenu:
        """Return the menu of a card."""
        session, record_id, key = self._session, self._session.selected_record_id, card.segment_key
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = "Let the network invent" if card.is_invention else "Use this photograph"
        menu.addAction(icon("invent" if card.is_invention else "check"), use, partial(session.pick, record_id, key))
        if card.is_invention:
            return menu
        menu.addAction(icon("reveal"), "Paint with this candidate", partial(self.reveal_asked.emit, key))
        if card.is_revealed:
            menu.addAction("Take what is painted away", partial(session.regions.remove_reveal, record_id, key))
        menu.addAction(icon("light"), "Take on its light", partial(self.light_asked.emit, key))
        menu.addSeparator()
        menu.addAction(icon("photograph"), "Show the whole photograph…", partial(self.source_asked.emit, key))
        if card.candidate is not None:
            source_key = card.candidate.source_key
            menu.addAction(icon("search"), "More like this", partial(session.questions.more_like, key))
            menu.addAction("Only from this photograph", partial(session.questions.only_from, source_key))
            menu.addSeparator()
            menu.addAction(icon("ban"), "Ban for this region", partial(session.ban, record_id, key))
            ban_source = partial(session.choice.ban_source, record_id, source_key)
            menu.addAction("Ban the whole photograph for this region", ban_source)
        return menu


def name_of_source(candidate: Candidate) -> str:
    """Return what a photograph is called in few words: the last part of its file."""
    file = candidate.provenance.file.rsplit("/", 1)[-1]
    return file or candidate.provenance.dataset or candidate.source_key
