"""Help: first steps, and a page of shortcuts made of the actions as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.shortcuts import ShortcutBook, native_text, plain_text
from app.theme import THEME

HAND_HABITS: Sequence[tuple[str, str]] = (
    ("Paint", "drag in the layout"),
    ("Straight line from the last stroke", "Shift + click"),
    ("Size of the brush", "Shift + drag, Alt + wheel, or pen pressure"),
    ("Pick the class under the cursor", "hold Alt and click"),
    ("Move the views", "Space + drag, or the middle button"),
    ("Zoom at the cursor", "wheel, Ctrl + wheel"),
    ("Select a region", "click in the canvas or the image; hold Ctrl and click in the layout"),
    ("Put a class on a number key", "right click in the palette, or drag it onto the favourites"),
    ("Reorder the favourites", "drag one onto another; or, with the focus there, Ctrl + ← and Ctrl + →"),
    ("From part to part of the window", "Tab inside the panels, F6 between them"),
)
FIRST_STEPS: Sequence[tuple[str, str]] = (
    (
        "1  Begin",
        "A memory bank of landscapes, the starter collection, is open, and <i>File ▸ Examples…</i> holds layouts to "
        "begin from. <i>Bank ▸ Open bank…</i> brings other photographs in. Without a bank the network invents "
        "everything, and says so.",
    ),
    (
        "2  Paint",
        "Choose a class in the palette at the left and paint in the layout. Canvas and image follow while you paint: "
        "the canvas shows the photographs that were found, the image is what the network makes of them.",
    ),
    (
        "3  Choose",
        "Click a region in the canvas or the image. At the right are its candidates, each with its mask IoU (does its "
        "shape fit?) and context IoU (do its surroundings?). One click swaps the photograph.",
    ),
    (
        "4  Keep and refuse",
        "Lock what you like: it stays, whatever you paint. Ban what you do not want to see again. Shuffle shows "
        "something else.",
    ),
    (
        "5  Go back",
        "One gesture is one step, and everything can be undone. The history at the right shows every step; a click "
        "goes there.",
    ),
    (
        "6  Save and export",
        "A project keeps the photographs it uses, so it opens without its bank. Export writes the image, the canvas "
        "and the layout, and a list of the photographs used.",
    ),
)


class HelpDialog(QDialog):
    """First steps and shortcuts. GUI thread; not modal, so that it can stay open beside the window."""

    def __init__(
        self,
        shortcuts: ShortcutBook,
        actions: Mapping[str, QAction],
        groups: Mapping[str, Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        """Show the shortcuts of a window.

        Args:
            shortcuts: the keys.
            actions: the actions by name.
            groups: names of actions by the heading they lie under.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle("Help")
        self._shortcuts = shortcuts
        self._actions = actions
        self._groups = groups
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by name or key")
        self.search.setAccessibleName("Search the shortcuts")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", colour=THEME.muted), QLineEdit.ActionPosition.LeadingPosition)
        self.keys = _browser("Shortcuts")
        self.steps = _browser("First steps")
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(_page(self.search, self.keys), "Shortcuts")
        self.tabs.addTab(_page(self.steps), "First steps")
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        hint = QLabel("Shortcuts are changed in Edit ▸ Preferences, page Keyboard.")
        hint.setProperty("role", "muted")
        foot = QHBoxLayout()
        foot.addWidget(hint, 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(10)
        column.addWidget(self.tabs, 1)
        column.addLayout(foot)
        self.resize(600, 600)
        self.search.textChanged.connect(self._show_texts)
        shortcuts.changed.connect(self._show_texts)
        self._show_texts()
        self.search.setFocus()

    def show_first_steps(self) -> None:
        """Turn to the first steps."""
        self.tabs.setCurrentIndex(1)

    def show_shortcuts(self) -> None:
        """Turn to the shortcuts."""
        self.tabs.setCurrentIndex(0)
        self.search.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Write the texts again in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "steps"):
            self._show_texts()

    def rows(self, needle: str = "") -> dict[str, list[tuple[str, str]]]:
        """Return what can be done and with which keys, by heading; only what holds a text."""
        everything: dict[str, list[tuple[str, str]]] = {"Mouse and pen": list(HAND_HABITS)}
        for title, names in self._groups.items():
            everything[title] = [
                (plain_text(self._actions[name]), " or ".join(map(native_text, self._shortcuts.of(name))))
                for name in names
                if self._shortcuts.of(name)
            ]
        wanted = needle.strip().casefold()
        found = {
            title: [row for row in rows if any(wanted in word.casefold() for word in row)]
            for title, rows in everything.items()
        }
        return {title: rows for title, rows in found.items() if rows}

    def _show_texts(self, _text: str = "") -> None:
        parts = []
        for title, rows in self.rows(self.search.text()).items():
            parts.append(f'<h3 style="color:{THEME.text}; margin-top:14px; margin-bottom:4px">{escape(title)}</h3>')
            lines = "".join(
                f'<tr><td width="270" style="padding:3px 8px 3px 0">{escape(what)}</td>'
                f'<td style="padding:3px 0; color:{THEME.muted}">{escape(keys)}</td></tr>'
                for what, keys in rows
            )
            parts.append(f'<table width="100%" cellspacing="0">{lines}</table>')
        self.keys.setHtml("".join(parts) or f'<p style="color:{THEME.muted}">Nothing has that name or key.</p>')
        self.steps.setHtml(
            "".join(
                f'<h3 style="color:{THEME.text}; margin-top:12px; margin-bottom:4px">{title}</h3>'
                f'<p style="margin-top:0; line-height:115%">{text}</p>'
                for title, text in FIRST_STEPS
            )
        )


def _browser(name: str) -> QTextBrowser:
    browser = QTextBrowser()
    browser.setAccessibleName(name)
    browser.setOpenExternalLinks(True)
    browser.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return browser


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 10, 0, 0)
    column.setSpacing(8)
    for widget in widgets:
        column.addWidget(widget)
    return page
