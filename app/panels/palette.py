"""The class palette: search, favourites, recent classes, groups, locks, and how much the banks hold of each class."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from app.class_flow import ClassFlow
from app.hatch import patterns_of_table
from app.icons import icon
from app.panels.class_chips import ChipStrip
from app.panels.favourites import NUMBERS, Favourites, Recents
from app.panels.palette_list import CLASS_ROLE, PaletteList, PaletteModel
from app.panels.parts import Menu
from app.session import Session
from app.theme import THEME
from app.tool_tips import set_tool_tip
from engine.classes import ClassInfo

RECENT_COUNT = 9


class SearchField(QLineEdit):
    """A line to search in; the arrow keys walk through what was found, Return takes it, Escape leaves."""

    stepped = Signal(int)
    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep unmodified keys to itself, so that typing never triggers a shortcut; function keys stay shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            is_function_key = Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35
            if not plain and not is_function_key:
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
        self.classes = ClassFlow(session, self)
        self._search = SearchField()
        self._search.setPlaceholderText("Search classes")
        self._search.setAccessibleName("Search classes")
        set_tool_tip(self._search, "Find a class by name", "find_class")
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search", colour=THEME.muted), QLineEdit.ActionPosition.LeadingPosition)
        self._search.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add_button = QToolButton()
        self.add_button.setIcon(icon("add"))
        self.add_button.setAccessibleName("New class")
        set_tool_tip(self.add_button, "New class that looks like the one in hand", "new_class")
        self.add_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.favourite_strip = ChipStrip(
            len(NUMBERS), "Favourites", is_numbered=True, empty_hint="Drag a class here: its number key paints with it"
        )
        self.recent_strip = ChipStrip(
            RECENT_COUNT, "Recent classes", is_numbered=False, empty_hint="The classes painted with last"
        )
        self._list = PaletteList()
        self._nothing = QLabel("No class has that name.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setContentsMargins(12, 8, 8, 8)
        self._nothing.hide()
        self._build()
        self._connect()
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

    def ask_new_class(self) -> None:
        """Ask for a class that looks like the one in hand."""
        self.classes.ask_new(self._session.class_id)

    def ask_edit_class(self) -> None:
        """Ask for another name and colour of the class in hand."""
        self.classes.ask_edit(self._session.class_id)

    def delete_class(self) -> None:
        """Delete the class in hand, where nothing is painted with it."""
        self.classes.delete(self._session.class_id)

    def sizeHint(self) -> QSize:
        """Return a width that suits a small laptop."""
        return QSize(184, 420)

    def menu_of(self, info: ClassInfo) -> QMenu:
        """Return the menu of a class: protect it, put it on a number key, edit it."""
        tools = self._session.tools
        menu = Menu(self)
        menu.addAction(f"Paint with {info.name}", lambda: self._session.set_class(info.id))
        protect = menu.addAction(icon("lock"), "Protect: no tool paints over it")
        protect.setCheckable(True)
        protect.setChecked(info.id in tools.protected)
        protect.toggled.connect(lambda protected: tools.set_protected(info.id, protected))
        only = menu.addAction("Paint only over it")
        only.setCheckable(True)
        only.setChecked(tools.only_over == info.id)
        only.toggled.connect(lambda on: tools.set_only_over(info.id if on else None))
        menu.addSeparator()
        current = self._favourites.number_of(info.key)
        keys = menu.addMenu(icon("star"), "Favourite")
        for number in NUMBERS:
            action = keys.addAction(f"Put on key {number}", lambda n=number: self._assign(n, info.key))
            action.setEnabled(number != current)
        if current is not None:
            menu.addAction(f"Take off key {current}", lambda: self._assign(current, None))
        menu.addSeparator()
        menu.addAction(icon("add"), f"New class like {info.name}…", lambda: self.classes.ask_new(info.id))
        menu.addAction(icon("edit"), "Edit name and colour…", lambda: self.classes.ask_edit(info.id))
        self._add_delete(menu, info)
        return menu

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        head = QGridLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.setHorizontalSpacing(4)
        head.setVerticalSpacing(2)
        head.addWidget(self._search, 0, 0)
        head.addWidget(self.add_button, 0, 1)
        head.addWidget(self.favourite_strip, 1, 0, 1, 2)
        head.addWidget(self.recent_strip, 2, 0, 1, 2)
        column.addLayout(head)
        column.addWidget(self._nothing)
        column.addWidget(self._list, 1)

    def _connect(self) -> None:
        session = self._session
        self._search.textChanged.connect(self._on_search_changed)
        self._search.stepped.connect(self._on_search_stepped)
        self._search.returnPressed.connect(self._on_search_taken)
        self._search.left.connect(self.finished_search)
        self.add_button.clicked.connect(self.ask_new_class)
        self._list.clicked.connect(self._on_row_clicked)
        self._list.activated.connect(self._on_row_clicked)
        self._list.lock_clicked.connect(self._on_lock_clicked)
        self._list.customContextMenuRequested.connect(self._on_menu_requested)
        for strip in (self.favourite_strip, self.recent_strip):
            strip.taken.connect(self._on_key_taken)
            strip.menu_asked.connect(lambda place, at, s=strip: self._on_chip_menu(s, place, at))
        self.favourite_strip.dropped.connect(lambda place, key: self._assign(place + 1, key or None))
        session.document_replaced.connect(self._on_document_replaced)
        session.table_changed.connect(self._on_document_replaced)
        session.class_changed.connect(self._on_class_changed)
        session.banks_changed.connect(self._on_banks_changed)
        session.tools.guard_changed.connect(self._on_guard_changed)
        session.options.changed.connect(self._on_option_changed)

    def _add_delete(self, menu: QMenu, info: ClassInfo) -> QAction:
        reason = self.classes.why_not_deleted(info.id)
        text = f"Delete {info.name}" + (f" ({reason[0].lower()}{reason[1:]})" if reason else "")
        action = menu.addAction(icon("remove"), text, lambda: self.classes.delete(info.id))
        action.setEnabled(not reason)
        return action

    # -- following ----------------------------------------------------------------------------------------------

    def _assign(self, number: int, class_key: str | None) -> None:
        if class_key is None or self._session.table.get(class_key) is not None:
            self._favourites.assign(number, class_key)
            self._rows.refresh_numbers()
            self._show_strips()

    def _show_strips(self) -> None:
        table, patterns = self._session.table, self._patterns()
        current = table[self._session.class_id].key
        ids = [self._favourites.class_id(n) for n in NUMBERS]
        self.favourite_strip.show_classes([None if i is None else table[i] for i in ids], patterns, current)
        self.recent_strip.show_classes(self._recents.classes(), patterns, current)

    def _patterns(self) -> tuple[int, ...]:
        return patterns_of_table(self._session.table) if self._session.options.hatch else ()

    def _on_document_replaced(self) -> None:
        table = self._session.table
        self._favourites = Favourites(table, self._session.preferences)
        self._recents = Recents(table, self._session.preferences, RECENT_COUNT)
        self._rows = PaletteModel(table, self._favourites)
        self._rows.setParent(self._list)
        self._rows.set_patterns(self._patterns())
        self._rows.set_protected(self._session.tools.protected)
        previous = self._list.model()
        self._list.setModel(self._rows)
        if previous is not None:
            previous.deleteLater()
        self._search.clear()
        self._on_class_changed(self._session.class_id)
        self._on_banks_changed()

    def _on_class_changed(self, class_id: int) -> None:
        if class_id >= len(self._session.table):
            return  # the table was edited: the tools follow it in a moment
        for index in self._rows.set_current(class_id):
            self._list.update(index)
        self._recents.note(self._session.table[class_id].key)
        self._show_strips()
        row = self._rows.row_of(class_id)
        if row >= 0:
            self._list.scrollTo(self._rows.index(row))

    def _on_banks_changed(self) -> None:
        self._rows.set_counts(self._session.bank_counts() if self._session.banks else None)

    def _on_guard_changed(self) -> None:
        self._rows.set_protected(self._session.tools.protected)

    def _on_option_changed(self, name: str) -> None:
        if name == "hatch":
            self._rows.set_patterns(self._patterns())
            self._show_strips()

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
        self._unmark()
        if info is not None:
            self._session.set_class(info.id)

    def _unmark(self) -> None:
        """Mark no row that the pointer pressed: the mark is the keyboard's."""
        if not self._list.hasFocus():
            self._list.clearSelection()

    def _on_lock_clicked(self, class_id: int) -> None:
        tools = self._session.tools
        tools.set_protected(class_id, class_id not in tools.protected)

    def _on_key_taken(self, class_key: str) -> None:
        info = self._session.table.get(class_key)
        if info is not None:
            self._session.set_class(info.id)

    def _on_menu_requested(self, at: QPoint) -> None:
        info = self._list.indexAt(at).data(CLASS_ROLE)
        self._unmark()
        if info is not None:
            self._popup(info, self._list.viewport().mapToGlobal(at))

    def _on_chip_menu(self, strip: ChipStrip, place: int, at: QPoint) -> None:
        info = strip.classes[place]
        if info is not None:
            self._popup(info, at)

    def _popup(self, info: ClassInfo, at: QPoint) -> None:
        menu = self.menu_of(info)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)
