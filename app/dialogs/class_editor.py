"""Asking for a class: its name, its colour, and what it looks like to the networks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.class_edits import MAX_NAME
from app.dialogs.button_row import build_button_row
from app.panels.class_chips import chip_pixmap
from engine.classes import ClassTable, ClassTableError, Rgb

WIDTH_PX = 380
SWATCH = QSize(16, 16)


class ClassEditor(QDialog):
    """Asks for name, colour and likeness of a class; what cannot be is said at once. GUI thread."""

    def __init__(
        self,
        table: ClassTable,
        *,
        title: str,
        accept_text: str,
        name: str,
        colour: Rgb,
        looks_like: str,
        can_look_like: bool,
        apply: Callable[[str, Rgb, str], None],
        parent: QWidget | None = None,
    ) -> None:
        """Ask for a class.

        Args:
            table: the table it lies in or will lie in.
            title: what is asked.
            accept_text: what the button says.
            name: the name to begin with.
            colour: the colour to begin with.
            looks_like: key of the class to begin with.
            can_look_like: whether what it looks like may be chosen.
            apply: takes name, colour and key of the likeness; raises `ClassTableError` where that cannot be.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle(title)
        self._apply = apply
        self._colour = colour
        self.name = QLineEdit(name)
        self.name.setMaxLength(MAX_NAME)
        self.name.setAccessibleName("Name")
        self.colour_button = QPushButton()
        self.colour_button.setIconSize(SWATCH)
        self.colour_button.setAccessibleName("Colour")
        self.looks_like = QComboBox()
        self.looks_like.setAccessibleName("Looks like")
        self.looks_like.setEnabled(can_look_like)
        for info in table:
            if info.looks_like is None:
                self.looks_like.addItem(QIcon(chip_pixmap(info, 0, SWATCH.width())), info.name, info.key)
        self.looks_like.setCurrentIndex(max(0, self.looks_like.findData(looks_like)))
        self.error = QLabel()
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self._build(title, accept_text, can_look_like=can_look_like)
        self.colour_button.clicked.connect(self._ask_colour)
        self._show_colour()
        self.name.selectAll()
        self.name.setFocus()

    @property
    def colour(self) -> Rgb:
        """The colour chosen."""
        return self._colour

    def set_colour(self, colour: Rgb) -> None:
        """Choose a colour."""
        self._colour = colour
        self._show_colour()

    def accept(self) -> None:
        """Apply what was asked for; stay open with the reason where it cannot be."""
        try:
            self._apply(self.name.text(), self._colour, str(self.looks_like.currentData() or ""))
        except ClassTableError as error:
            self.error.setText(str(error))
            self.error.show()
            return
        super().accept()

    def _build(self, title: str, accept_text: str, *, can_look_like: bool) -> None:
        heading = QLabel(title)
        heading.setProperty("role", "title")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        fields = (("Name", self.name), ("Colour", self.colour_button), ("Looks like", self.looks_like))
        for row, (text, field) in enumerate(fields):
            caption = QLabel(text)
            caption.setBuddy(field)
            grid.addWidget(caption, row, 0)
            grid.addWidget(field, row, 1)
        hint = QLabel(
            "The networks and the banks take it for this class."
            if can_look_like
            else "A class the networks know looks like itself."
        )
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        grid.addWidget(hint, len(fields), 1)
        buttons, _ = build_button_row(self, accept_text)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(heading)
        column.addLayout(grid)
        column.addWidget(self.error)
        column.addLayout(buttons)
        self.setFixedWidth(WIDTH_PX)

    def _show_colour(self) -> None:
        swatch = QPixmap(SWATCH)
        swatch.fill(QColor(*self._colour))
        self.colour_button.setIcon(QIcon(swatch))
        self.colour_button.setText(QColor(*self._colour).name())

    def _ask_colour(self) -> None:
        dialog = QColorDialog(QColor(*self._colour), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Colour of the class")
        dialog.colorSelected.connect(lambda c: self.set_colour((c.red(), c.green(), c.blue())))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
