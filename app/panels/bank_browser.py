"""The bank browser: which banks are on, and what is in them, by photograph and by class."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.engine_answers import EngineAnswers
from app.icons import icon
from app.panels.bank_items import BankItemDelegate, BankItems, Entry
from app.panels.bank_rows import BankRows
from app.panels.palette import SearchField
from app.panels.parts import Menu, PageSwitch, link_button, muted_label, panel_button
from app.session import Session
from engine.bank.browsing import Listing, SegmentEntry, SourceEntry, list_segments, list_sources

SEARCH_DELAY_MS = 200
USE_TIP = "Make the selected region of this segment (double click)"
CANNOT_USE_TIP = "Select a region of the segment's class in a view first"
PAGES = (("Photographs", "What the bank was cut out of"), ("Segments", "What the bank offers as candidates"))

NOUNS = (("photograph", "photographs"), ("segment", "segments"))


class BankBrowser(QWidget):
    """Lists the photographs and segments of one open bank, and what can be done with each. GUI thread.

    Emits `open_bank_asked`, `cut_out_asked`, `reopen_asked` with a source key, `export_asked` with the path of a bank,
    and `photograph_asked` with a segment key.
    """

    open_bank_asked = Signal()
    cut_out_asked = Signal()
    reopen_asked = Signal(str)
    export_asked = Signal(object)
    photograph_asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Browse the banks of a session."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._answers = EngineAnswers(session.engine, self)
        self._source_key: str | None = None
        self._is_stale = True
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        self._build()
        self._connect()
        self._fill_classes()
        self._show_selection()

    # -- what is shown ------------------------------------------------------------------------------------------

    @property
    def selected(self) -> Entry | None:
        """The photograph or segment that is selected, or None."""
        rows = self.list.selectionModel().selectedIndexes()
        return self.items.entry(rows[0]) if rows else None

    @property
    def note(self) -> str:
        """What stands under the list."""
        return self._note.text()

    def refresh(self) -> None:
        """List anew what is in the bank, at once where the panel is in view."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._delay.stop()
        summary = self.banks.summary
        if summary is None:
            self._on_listed(Listing())
            return
        words, class_key = self.search.text(), self.classes.currentData()
        if self.pages.current == 0:
            question = partial(list_sources, class_key=class_key, words=words)
        else:
            question = partial(list_segments, class_key=class_key, words=words, source_key=self._source_key)
        self._answers.forget_queries()
        self._answers.query(summary.path, question, self._on_listed, lambda message, _: self._note.setText(message))

    def show_segments_of(self, entry: SourceEntry) -> None:
        """List the segments of one photograph."""
        self.pages.choose(1)
        self._source_key = entry.source.key
        self._only.setText(f"Only of {entry.source.name}")
        self._only_row.show()
        self.refresh()

    def show_all(self) -> None:
        """List the segments of all photographs again."""
        self._source_key = None
        self._only_row.hide()
        self.refresh()

    # -- what can be done ---------------------------------------------------------------------------------------

    @property
    def is_own(self) -> bool:
        """Whether the bank that is browsed is the painter's own, whose photographs can be changed."""
        summary = self.banks.summary
        return summary is not None and summary.is_living

    @property
    def can_use(self) -> bool:
        """Whether the selected segment can be used for the selected region: both are of one class."""
        entry, summary = self.selected, self.banks.summary
        region = self._session.region_result(self._session.selected_record_id)
        if region is None or summary is None or not isinstance(entry, SegmentEntry):
            return False
        info, wanted = summary.table.get(entry.class_key), self._session.table.get(region.class_key)
        return (
            info is not None
            and wanted is not None
            and int(self._session.table.mapping_to(summary.table)[wanted.id]) == info.id
        )

    def use(self) -> None:
        """Make the selected region of the selected segment."""
        entry = self.selected
        if isinstance(entry, SegmentEntry) and self.can_use:
            self._session.pick(self._session.selected_record_id, entry.key)

    def delete(self) -> None:
        """Take what is selected out of the painter's own bank; it can be put back."""
        entry = self.selected
        if entry is None or not self.is_own:
            return
        if isinstance(entry, SegmentEntry):
            name = f"{self.items.class_name(entry).lower()} of {entry.source.name}"
            self._session.photographs.remove_segment(entry.key, name)
        else:
            self._session.photographs.remove_source(entry.source.key, entry.source.name)

    def menu_of(self, entry: Entry) -> QMenu:
        """Return what can be done with a photograph or a segment."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(entry, SourceEntry):
            menu.addAction("Show its segments", lambda: self.show_segments_of(entry))
        else:
            menu.addAction("Use for the selected region", self.use).setEnabled(self.can_use)
            menu.addAction("Show in its photograph", lambda: self.photograph_asked.emit(entry.key))
        if self.is_own:
            menu.addSeparator()
            menu.addAction("Cut out again…", lambda: self.reopen_asked.emit(entry.source.key))
            menu.addAction(icon("remove"), "Delete", self.delete)
        return menu

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.banks = BankRows(self._session)
        self.cut_out_button = QPushButton("Cut out of a photograph…")
        self.cut_out_button.setIcon(icon("scissors"))
        self.cut_out_button.setToolTip("Add a photograph of your own; you can also drop it on the window")
        self.open_button = panel_button("bank", "Open a memory bank")
        self.pages = PageSwitch(PAGES)
        self.search = SearchField()
        self.search.setPlaceholderText("Search name, author, licence")
        self.search.setAccessibleName("Search photographs")
        self.search.setClearButtonEnabled(True)
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class")
        self.classes.setToolTip("Only segments of this class, or photographs that have one")
        self.items = BankItems(self._session)
        self.list = QListView()
        self.list.setAccessibleName("Photographs and segments")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.items.setParent(self.list)
        self.list.setModel(self.items)
        self.list.setItemDelegate(BankItemDelegate(self.list))
        self._only = muted_label(wraps=False)
        all_again = link_button("Show all", "List the segments of all photographs")
        all_again.clicked.connect(self.show_all)
        self._only_row = _row(self._only, None, all_again)
        self._only_row.hide()
        self._note = muted_label()
        self._removed = QLabel()
        undo = link_button("Undo", "Put back what was deleted last")
        undo.clicked.connect(self._session.photographs.undo_removal)
        self._removed_row = _row(self._removed, None, undo)
        self._removed_row.hide()
        self.use_button = QPushButton("Use")
        self.use_button.setToolTip(USE_TIP)
        self.edit_button = QPushButton("Cut out again…")
        self.edit_button.setToolTip("Open the photograph with its layout, to cut out more or better")
        self.delete_button = QPushButton("Delete")
        self.delete_button.setToolTip("Take it out of your photographs; it can be undone")
        self._buttons = _row(self.use_button, self.edit_button, self.delete_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(6)
        for widget in (
            self.banks, _row(self.cut_out_button, None, self.open_button), self.pages, self.search, self.classes,
            self._only_row,
        ):  # fmt: skip
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        for widget in (self._note, self._removed_row, self._buttons):
            column.addWidget(widget)

    def _connect(self) -> None:
        session = self._session
        self.banks.chosen.connect(self._on_bank_chosen)
        self.banks.export_asked.connect(self.export_asked)
        self.cut_out_button.clicked.connect(self.cut_out_asked)
        self.open_button.clicked.connect(self.open_bank_asked)
        self.pages.chosen.connect(self._on_page_chosen)
        self.search.textChanged.connect(lambda _text: self._delay.start())
        self.search.left.connect(self.list.setFocus)
        self.search.returnPressed.connect(self.refresh)
        self._delay.timeout.connect(self.refresh)
        self.classes.currentIndexChanged.connect(lambda _at: self.refresh())
        self.list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.items.modelReset.connect(self._show_selection)
        self.list.activated.connect(self._on_activated)
        self.list.customContextMenuRequested.connect(self._on_menu_requested)
        self.use_button.clicked.connect(self.use)
        self.edit_button.clicked.connect(self._on_edit_clicked)
        self.delete_button.clicked.connect(self.delete)
        session.banks_changed.connect(self._on_banks_changed)
        session.selection_changed.connect(lambda _record_id: self._show_selection())
        session.result_shown.connect(lambda _result: self._show_selection())
        session.photographs.removed.connect(self._on_removed)
        session.photographs.restored.connect(self._removed_row.hide)
        session.photographs.added.connect(self._on_added)

    # -- following ----------------------------------------------------------------------------------------------

    def _fill_classes(self) -> None:
        summary, chosen = self.banks.summary, self.classes.currentData()
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem("All classes", None)
            for count in [] if summary is None else summary.counts:
                if summary is not None and count.segments:
                    self.classes.addItem(f"{summary.table[count.id].name} ({count.segments:,})", count.key)
            self.classes.setCurrentIndex(max(0, self.classes.findData(chosen)))

    def _show_selection(self) -> None:
        entry = self.selected
        is_segment = isinstance(entry, SegmentEntry)
        self.use_button.setVisible(not self.is_own or is_segment)
        self.use_button.setEnabled(self.can_use)
        self.use_button.setToolTip(USE_TIP if self.can_use or not is_segment else CANNOT_USE_TIP)
        for button in (self.edit_button, self.delete_button):
            button.setVisible(self.is_own)
            button.setEnabled(entry is not None)
        self._buttons.setVisible(self.is_own or self.pages.current == 1)

    def _on_listed(self, listing: Listing) -> None:
        summary = self.banks.summary
        names = {} if summary is None else {info.key: info.name for info in summary.table}
        self.items.show(listing, names)
        shown = self.items.rowCount()
        one, many = NOUNS[self.pages.current]
        if summary is None:
            self._note.setText("Open a memory bank, or cut segments out of photographs of your own.")
        elif not summary.sources:
            self._note.setText("Nothing here yet: cut segments out of a photograph, or drop one on the window.")
        elif shown < listing.total:
            self._note.setText(f"{shown:,} of {listing.total:,} {many}; search to see others")
        else:
            self._note.setText(counted(shown, one, many) if shown else f"No {one} found")

    def _on_banks_changed(self) -> None:
        self._fill_classes()
        self.refresh()

    def _on_bank_chosen(self) -> None:
        self._source_key = None
        self._only_row.hide()
        self._fill_classes()
        self.refresh()

    def _on_page_chosen(self, _page: int) -> None:
        self._source_key = None
        self._only_row.hide()
        self.refresh()

    def _on_selection_changed(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self._show_selection()

    def _on_activated(self, index: QModelIndex) -> None:
        entry = self.items.entry(index)
        if isinstance(entry, SourceEntry):
            self.show_segments_of(entry)
        elif entry is not None:
            self.use()

    def _on_menu_requested(self, at: QPoint) -> None:
        entry = self.items.entry(self.list.indexAt(at))
        if entry is not None:
            self.list.setCurrentIndex(self.list.indexAt(at))
            self.menu_of(entry).popup(self.list.viewport().mapToGlobal(at))

    def _on_edit_clicked(self) -> None:
        if self.selected is not None:
            self.reopen_asked.emit(self.selected.source.key)

    def _on_removed(self, name: str) -> None:
        metrics = self._removed.fontMetrics()
        self._removed.setText(metrics.elidedText(f"Deleted {name}", Qt.TextElideMode.ElideMiddle, 170))
        self._removed_row.show()

    def _on_added(self, _added: object) -> None:
        self._removed_row.hide()
        own = next((summary.path for summary in self._session.banks if summary.is_living), None)
        if own is not None:
            self.banks.choose(own)

    # -- events -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """List what has changed meanwhile."""
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Search no more."""
        self._delay.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        """Return the width of the side panel."""
        return QSize(264, 480)


def _row(*widgets: QWidget | None) -> QWidget:
    """Return widgets side by side; None takes the room that is left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return holder
