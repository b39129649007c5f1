"""The class palette: search, groups, chips, number keys, and how much the open banks hold of each class."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QListView, QMenu, QVBoxLayout, QWidget

from app.icons import icon
from app.panels.favourites import NUMBERS, Favourites
from app.panels.palette_list import CLASS_ROLE, PaletteDelegate, PaletteModel
from app.session import Session
from app.theme import THEME
from engine.classes import ClassInfo


class SearchField(QLineEdit):
    """A line to search in; the arrow keys walk through what was found, Return takes it, Escape leaves."""

    stepped = Signal(int)
    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep unmodified keys to itself, so that typing never triggers a shortcut of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if not plain:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the keys that lead out of the text."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class PalettePanel(QWidget):
    """The classes of the document's table; a click paints with one.

    GUI thread. `finished_search` is emitted when the search field has done its work and the views want the keys.
    """

    finished_search = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the table of the session's document."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._search = SearchField()
        self._search.setPlaceholderText("Search classes")
        self._search.setAccessibleName("Search classes")
        self._search.setToolTip("Find a class by name (Ctrl+F)")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search", colour=THEME.muted), QLineEdit.ActionPosition.LeadingPosition)
        self._search.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._list = QListView()
        self._list.setAccessibleName("Classes")
        self._list.setItemDelegate(PaletteDelegate(self._list))
        self._list.setMouseTracking(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._nothing = QLabel("No class has that name.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setContentsMargins(12, 8, 8, 8)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        row = QVBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self._search)
        column.addLayout(row)
        column.addWidget(self._nothing)
        column.addWidget(self._list, 1)

        self._search.textChanged.connect(self._on_search_changed)
        self._search.stepped.connect(self._on_search_stepped)
        self._search.returnPressed.connect(self._on_search_taken)
        self._search.left.connect(self.finished_search)
        self._list.clicked.connect(self._on_row_clicked)
        self._list.customContextMenuRequested.connect(self._on_menu_requested)
        session.document_replaced.connect(self._on_document_replaced)
        session.class_changed.connect(self._on_class_changed)
        session.banks_changed.connect(self._on_banks_changed)
        self._on_document_replaced()

    @property
    def favourites(self) -> Favourites:
        """The classes on the number keys."""
        return self._favourites

    def choose_favourite(self, number: int) -> None:
        """Paint with the class on a number key; nothing where the key is empty."""
        class_id = self._favourites.class_id(number)
        if class_id is not None:
            self._session.set_class(class_id)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def sizeHint(self) -> QSize:
        """Return a width that suits a small laptop."""
        return QSize(184, 420)

    def menu_of(self, info: ClassInfo) -> QMenu:
        """Return the menu of a class: which number key it lies on."""
        menu = QMenu(self)
        menu.addAction(f"Paint with {info.name}", lambda: self._session.set_class(info.id))
        menu.addSeparator()
        current = self._favourites.number_of(info.key)
        for number in NUMBERS:
            action = menu.addAction(f"Put on key {number}", lambda n=number: self._assign(n, info.key))
            action.setEnabled(number != current)
        if current is not None:
            menu.addAction(f"Take off key {current}", lambda: self._assign(current, None))
        return menu

    def _assign(self, number: int, class_key: str | None) -> None:
        self._favourites.assign(number, class_key)
        self._rows.refresh_numbers()

    def _on_document_replaced(self) -> None:
        table = self._session.table
        self._favourites = Favourites(table, self._session.preferences)
        self._rows = PaletteModel(table, self._favourites)
        self._rows.setParent(self._list)
        previous = self._list.model()
        self._list.setModel(self._rows)
        if previous is not None:
            previous.deleteLater()
        self._search.clear()
        self._on_class_changed(self._session.class_id)
        self._on_banks_changed()

    def _on_class_changed(self, class_id: int) -> None:
        self._rows.set_current(class_id)
        row = self._rows.row_of(class_id)
        if row >= 0:
            self._list.scrollTo(self._rows.index(row))

    def _on_banks_changed(self) -> None:
        self._rows.set_counts(self._session.bank_counts() if self._session.banks else None)

    def _on_search_changed(self, text: str) -> None:
        self._rows.set_filter(text)
        rows = self._rows.class_rows()
        self._nothing.setVisible(not rows)
        if text and rows:
            self._list.setCurrentIndex(self._rows.index(rows[0]))
        else:
            self._list.setCurrentIndex(QModelIndex())

    def _on_search_stepped(self, delta: int) -> None:
        rows = self._rows.class_rows()
        if rows:
            current = self._list.currentIndex().row()
            place = rows.index(current) + delta if current in rows else 0
            self._list.setCurrentIndex(self._rows.index(rows[max(0, min(place, len(rows) - 1))]))

    def _on_search_taken(self) -> None:
        info = self._list.currentIndex().data(CLASS_ROLE)
        self._search.clear()
        if info is not None:
            self._session.set_class(info.id)
        self.finished_search.emit()

    def _on_row_clicked(self, index: QModelIndex) -> None:
        info = index.data(CLASS_ROLE)
        self._list.clearSelection()
        if info is not None:
            self._session.set_class(info.id)

    def _on_menu_requested(self, at: QPoint) -> None:
        info = self._list.indexAt(at).data(CLASS_ROLE)
        if info is not None:
            menu = self.menu_of(info)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._list.viewport().mapToGlobal(at))
