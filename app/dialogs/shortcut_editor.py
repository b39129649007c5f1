"""The shortcut editor: every action with its keys, a search, and what to do where a key belongs to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.confirm import ConfirmDialog
from app.icons import icon
from app.shortcuts import PORTABLE, ShortcutBook, ShortcutError, canonical, native_text, plain_text
from app.theme import THEME

NAME_ROLE = int(Qt.ItemDataRole.UserRole)
ROW_PX = 24
ASK_FOR_KEY = "Mark an action, then press its new key."


class ShortcutEditor(QWidget):
    """Shows and changes the keys of all actions; a change counts at once. GUI thread."""

    def __init__(
        self, shortcuts: ShortcutBook, actions: Mapping[str, QAction], groups: Mapping[str, Sequence[str]]
    ) -> None:
        """Edit a book of shortcuts.

        Args:
            shortcuts: what is edited.
            actions: the actions by name.
            groups: names of actions by the heading they lie under.
        """
        super().__init__()
        self._shortcuts = shortcuts
        self._actions = actions
        self._wanted = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by name or key")
        self.search.setAccessibleName("Search shortcuts")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", colour=THEME.muted), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Action", "Keys"])
        self.tree.setAccessibleName("Actions and their keys")
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.tree.header().resizeSection(1, 170)
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setAccessibleName("New key")
        self.take = QPushButton("Take it")
        self.clear = QPushButton("No key")
        self.reset = QPushButton("Default")
        self.reset_all = QPushButton("Reset all")
        self.note = QLabel(ASK_FOR_KEY)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(30)
        self._items = self._fill(groups)
        self._build()
        self.search.textChanged.connect(self._on_search_changed)
        self.tree.currentItemChanged.connect(self._on_marked)
        self.key.keySequenceChanged.connect(self._on_key_pressed)
        self.take.clicked.connect(self._on_take)
        self.clear.clicked.connect(lambda: self._assign(()))
        self.reset.clicked.connect(self._on_reset)
        self.reset_all.clicked.connect(self._ask_to_reset_all)
        shortcuts.changed.connect(self._show_keys)
        self._show_keys()
        self._on_marked()

    @property
    def marked_name(self) -> str:
        """Name of the marked action, empty for none."""
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, NAME_ROLE) or "")

    def mark(self, name: str) -> None:
        """Mark an action."""
        self.tree.setCurrentItem(self._items[name])

    def shown_names(self) -> list[str]:
        """Return the names of the actions the search lets through."""
        return [name for name, item in self._items.items() if not item.isHidden()]

    def _fill(self, groups: Mapping[str, Sequence[str]]) -> dict[str, QTreeWidgetItem]:
        items: dict[str, QTreeWidgetItem] = {}
        heading = self.font()
        heading.setWeight(QFont.Weight.DemiBold)
        for title, names in groups.items():
            head = QTreeWidgetItem(self.tree, [title])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setSizeHint(0, QSize(0, ROW_PX))
            head.setFont(0, heading)
            head.setFirstColumnSpanned(True)
            for name in names:
                items[name] = QTreeWidgetItem(head, [plain_text(self._actions[name])])
                items[name].setData(0, NAME_ROLE, name)
                items[name].setSizeHint(0, QSize(0, ROW_PX))
                hint = str(self._actions[name].property("hint") or "")
                items[name].setToolTip(0, hint)
            head.setExpanded(True)
        return items

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.key, 1)
        for button in (self.take, self.clear, self.reset):
            row.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.reset_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        column.addLayout(foot)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self.note.setText(text)
        self.note.setProperty("role", "error" if is_error else "muted")
        self.note.style().polish(self.note)

    def _show_keys(self) -> None:
        for name, item in self._items.items():
            item.setText(1, ",  ".join(map(native_text, self._shortcuts.of(name))))
            font = item.font(1)
            font.setBold(self._shortcuts.is_changed(name))
            item.setFont(1, font)

    def _on_search_changed(self, text: str) -> None:
        needle = text.strip().casefold()
        for name, item in self._items.items():
            words = (item.text(0), item.text(1), name)
            item.setHidden(not any(needle in word.casefold() for word in words))
        for at in range(self.tree.topLevelItemCount()):
            head = self.tree.topLevelItem(at)
            if head is not None:
                rows = [head.child(i) for i in range(head.childCount())]
                head.setHidden(all(row is None or row.isHidden() for row in rows))
        shown = self.shown_names()
        if needle and shown and self.marked_name not in shown:
            self.mark(shown[0])

    def _on_marked(self, *_items: object) -> None:
        name = self.marked_name
        for widget in (self.key, self.clear, self.reset):
            widget.setEnabled(bool(name))
        self._show_key(self._shortcuts.of(name)[0] if name and self._shortcuts.of(name) else "")
        self.take.setEnabled(False)
        self._say(f"Press the new key of “{plain_text(self._actions[name])}”." if name else ASK_FOR_KEY)

    def _show_key(self, sequence: str) -> None:
        with QSignalBlocker(self.key):
            self.key.setKeySequence(QKeySequence(sequence, PORTABLE))

    def _on_key_pressed(self, sequence: QKeySequence) -> None:
        text = sequence.toString(PORTABLE)
        self.take.setEnabled(False)
        if not text:
            return
        name = self.marked_name
        try:
            self._wanted = canonical(text)
        except ShortcutError as error:
            self._say(str(error), is_error=True)
            return
        owner = self._shortcuts.owner_of(self._wanted)
        if owner == name:
            return  # the field tells the same key again when it goes
        if owner is not None:
            self._say(f"{native_text(self._wanted)} belongs to “{plain_text(self._actions[owner])}”.", is_error=True)
            self.take.setEnabled(True)
        else:
            self._assign((self._wanted,))

    def _assign(self, sequences: Sequence[str], *, take: bool = False) -> None:
        name = self.marked_name
        self._shortcuts.assign(name, sequences, take=take)
        self.take.setEnabled(False)
        self._show_key(sequences[0] if sequences else "")
        title = plain_text(self._actions[name])
        self._say(f"“{title}” has {native_text(sequences[0])} now." if sequences else f"“{title}” has no key now.")

    def _on_take(self) -> None:
        self._assign((self._wanted,), take=True)

    def _on_reset(self) -> None:
        self._shortcuts.reset(self.marked_name)
        self._on_marked()

    def _ask_to_reset_all(self) -> None:
        question = ConfirmDialog(
            "Reset all keys?", "The keys you have chosen are forgotten.", "Reset all", self.window()
        )
        question.accepted.connect(self._reset_all)
        question.finished.connect(question.deleteLater)
        question.open()

    def _reset_all(self) -> None:
        self._shortcuts.reset_all()
        self._on_marked()
        self._say("Every action has its default keys again.")
