"""The window that shows a whole photograph with the outline of a segment, and who made it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.source_pictures import SourcePictures
from app.source_view import SourceView
from engine.data.sample import Provenance
from engine.service.events import SourcePicture

SIDE_PX = 2048
FIRST_SIZE = QSize(860, 640)
MISSING_TEXT = "No open bank has this photograph, and the project does not carry it."
CROP_TEXT = "Its bank is not open: only the segment is shown, which the project carries."


class SourceWindow(QDialog):
    """Shows one photograph at a time; stays open beside the main window. GUI thread."""

    def __init__(self, pictures: SourcePictures, parent: QWidget | None = None) -> None:
        """Show photographs of a session."""
        super().__init__(parent)
        self.setWindowTitle("Photograph")
        self.setModal(False)
        self.resize(FIRST_SIZE)
        self._pictures = pictures
        self._segment_key = ""
        self._mark: tuple[float, float] | None = None
        self.view = SourceView()
        self.view.setMinimumSize(320, 200)
        self.view.setAccessibleName("Photograph with the outline of the segment")
        self.caption = QLabel()
        self.caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.copy = QPushButton("Copy credit")
        self.copy.setToolTip("Copy name, author and licence as text")
        self.copy.clicked.connect(self._on_copy_clicked)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.caption, 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        close.setFocus()
        pictures.arrived.connect(self._on_arrived)

    @property
    def segment_key(self) -> str:
        """The segment whose photograph is shown."""
        return self._segment_key

    def show_source(self, segment_key: str, mark: tuple[float, float] | None = None) -> None:
        """Show the photograph of a segment, with a mark at one of its pixels."""
        self._segment_key, self._mark = segment_key, mark
        self._show(self._pictures.get(segment_key, SIDE_PX), is_read=False)
        self.show()
        self.raise_()
        self.activateWindow()

    def _show(self, picture: SourcePicture | None, *, is_read: bool) -> None:
        self.view.show_picture(picture, self._mark)
        self.copy.setEnabled(picture is not None)
        if picture is None:
            self.caption.setText(MISSING_TEXT if is_read else "")
            return
        size, made = picture.source_size, picture.provenance
        self.setWindowTitle(f"Photograph: {made.file.rsplit('/', 1)[-1] or picture.source_key}")
        lines = [credit_line(made), f"{size.width} × {size.height} pixels · segment {self._segment_key}"]
        self.caption.setText("\n".join(lines if picture.is_whole else [*lines, CROP_TEXT]))

    def _on_arrived(self, segment_key: str, side_px: int, picture: SourcePicture | None) -> None:
        if segment_key == self._segment_key and side_px == SIDE_PX and self.isVisible():
            self._show(picture, is_read=True)

    def _on_copy_clicked(self) -> None:
        picture = self.view.picture
        if picture is not None:
            QGuiApplication.clipboard().setText(credit_line(picture.provenance))


def credit_line(made: Provenance) -> str:
    """Return who made a photograph and under which licence, in one line."""
    name = "/".join(part for part in (made.dataset, made.file) if part)
    author = f"by {made.author}" if made.author else "author unknown"
    return f"{name}, {author}, {made.licence or 'licence unknown'}"
