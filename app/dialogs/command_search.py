"""Searching for a command: type a part of its name, Return does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.shortcuts import ShortcutBook, plain_text
from app.theme import THEME

ROWS = 10
ROW_PX = 28
ICON_PX = 16
MIN_HINT_CHARS = 3
"""A shorter text is looked for in names only."""
WIDTH_PX = 460
NAME_ROLE = int(Qt.ItemDataRole.UserRole)
PLACE_ROLE = NAME_ROLE + 1
KEY_ROLE = NAME_ROLE + 2


class CommandDelegate(QStyledItemDelegate):
    """Draws a command: icon, name, the menu it lies in, and its key at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of a row; its width is the list's."""
        return QSize(100, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        box: QRect = option.rect  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            is_marked = bool(state & QStyle.StateFlag.State_Selected)
            painter.setBrush(QColor(THEME.accent_soft if is_marked else THEME.hover))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 4, 4)
        sign = index.data(Qt.ItemDataRole.DecorationRole)
        if sign is not None and not sign.isNull():
            sign.paint(painter, QRect(box.left() + 8, box.center().y() - ICON_PX // 2 + 1, ICON_PX, ICON_PX))
        words = box.adjusted(8 + ICON_PX + 8, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(THEME.muted))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, str(index.data(KEY_ROLE)))
        name = str(index.data())
        width = painter.fontMetrics().horizontalAdvance(name) + 12
        painter.drawText(words.adjusted(width, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, index.data(PLACE_ROLE))
        painter.setPen(QColor(THEME.text))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()


class CommandSearch(QFrame):
    """A sheet over the window with every action that can be done now. GUI thread; closes when one clicks elsewhere."""

    def __init__(
        self,
        shortcuts: ShortcutBook,
        actions: Mapping[str, QAction],
        groups: Mapping[str, Sequence[str]],
        parent: QWidget,
    ) -> None:
        """Search the actions of a window."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "sheet")
        self._shortcuts = shortcuts
        self._actions = actions
        self._groups = groups
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Search commands")
        self.field.addAction(icon("search", colour=THEME.muted), QLineEdit.ActionPosition.LeadingPosition)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(CommandDelegate(self.list))
        self.list.setMouseTracking(True)
        self._nothing = QLabel("Nothing of that name can be done now.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setContentsMargins(4, 4, 4, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self._nothing)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._show_found)
        self.field.returnPressed.connect(self._do_marked)
        self.list.itemClicked.connect(lambda _item: self._do_marked())

    def open_over(self, window: QWidget) -> None:
        """Open under the menu of a window, in its middle."""
        self.field.clear()
        self._show_found("")
        self.setFixedWidth(min(WIDTH_PX, window.width() - 40))
        self.adjustSize()
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 56)))
        self.show()
        self.field.setFocus()

    def found_names(self) -> list[str]:
        """Return the names of the actions on show, the best match first."""
        return [str(self.list.item(i).data(NAME_ROLE)) for i in range(self.list.count())]

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Walk through what was found with the arrow keys, while the text keeps the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return False

    def _show_found(self, text: str) -> None:
        needle = " ".join(text.casefold().split())
        found: list[tuple[int, str, str]] = []
        for title, names in self._groups.items():
            for name in names:
                action = self._actions[name]
                rank = _rank(needle, plain_text(action), str(action.property("hint") or ""), title)
                if action.isEnabled() and rank is not None:
                    found.append((rank, title, name))
        found.sort(key=lambda entry: entry[0])
        self.list.clear()
        for _, title, name in found:
            action = self._actions[name]
            item = QListWidgetItem(plain_text(action))
            item.setIcon(action.icon())
            item.setData(NAME_ROLE, name)
            item.setData(PLACE_ROLE, title)
            item.setData(KEY_ROLE, self._shortcuts.text_of(name))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(found))
        self._nothing.setVisible(not found)
        self.list.setFixedHeight(ROW_PX * min(max(len(found), 1), ROWS) + 4)
        self.adjustSize()

    def _do_marked(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.close()
            self._actions[str(item.data(NAME_ROLE))].trigger()


def _rank(needle: str, title: str, hint: str, group: str) -> int | None:
    """Return how well an action fits what was typed, 0 best, or None where it does not."""
    words = title.casefold()
    if words.startswith(needle):
        return 0
    if needle in words:
        return 1
    if len(needle) < MIN_HINT_CHARS:
        return None
    everything = f"{words} {hint.casefold()} {group.casefold()}"
    return 2 if all(part in everything for part in needle.split()) else None
