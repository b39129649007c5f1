"""The three views side by side: layout, canvas, image; each with its title, each can be hidden."""

from __future__ import annotations

from functools import partial
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.imaging import outline_lines
from app.session import Session
from app.theme import THEME
from app.views.layout_editor import LayoutEditor
from app.views.picture_view import PictureView
from app.views.surface import Surface
from app.views.view_link import ViewLink

ViewName = Literal["layout", "canvas", "image"]
VIEW_NAMES: tuple[ViewName, ...] = ("layout", "canvas", "image")
HEADER_PX = 28
FILLING_NOTE = "hatched: filled, not painted"
_BESIDE, _ABOVE = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_ARRANGEMENTS = ((_BESIDE, _ABOVE), (_BESIDE, _BESIDE), (_ABOVE, _BESIDE), (_ABOVE, _ABOVE))
"""Layout to pictures, and canvas to image: the first is taken where several show the views equally large."""


class ViewPane(QWidget):
    """One view under its title. Emits `hide_asked` when its close button is clicked."""

    hide_asked = Signal()

    def __init__(self, title: str, surface: Surface, parent: QWidget | None = None) -> None:
        """Put a title over a surface."""
        super().__init__(parent)
        self.surface = surface
        header = QWidget()
        header.setProperty("role", "strip")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        header.setFixedHeight(HEADER_PX)
        row = QHBoxLayout(header)
        row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(8)
        name = QLabel(title)
        name.setProperty("role", "heading")
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        hide = QToolButton()
        hide.setIcon(icon("close", colour=THEME.muted))
        hide.setToolTip(f"Hide the {title.lower()} (View menu shows it again)")
        hide.setAccessibleName(f"Hide {title}")
        hide.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        hide.setFixedSize(20, 20)
        hide.clicked.connect(self.hide_asked)
        row.addWidget(name)
        row.addWidget(self.note, 1)
        row.addWidget(hide)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(surface, 1)


class LinkedViews(QWidget):
    """Layout, canvas and image with one pan, zoom and cursor. Emits `visibility_changed` when one is hidden."""

    visibility_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show a session."""
        super().__init__(parent)
        self._session = session
        self.link = ViewLink(session.document.size, self)
        self.editor = LayoutEditor(session, self.link)
        self.canvas_view = PictureView("canvas", session, self.link)
        self.image_view = PictureView("image", session, self.link)
        surfaces: dict[ViewName, Surface] = {
            "layout": self.editor,
            "canvas": self.canvas_view,
            "image": self.image_view,
        }
        self.panes: dict[ViewName, ViewPane] = {}
        self._splitter = _splitter(Qt.Orientation.Horizontal)
        self._pictures = _splitter(Qt.Orientation.Vertical)
        for name, surface in surfaces.items():
            pane = ViewPane(name.capitalize(), surface)
            pane.hide_asked.connect(partial(self.set_shown, name, False))
            surface.region_asked.connect(self._on_region_asked)
            self.panes[name] = pane
        self._splitter.addWidget(self.panes["layout"])
        self._splitter.addWidget(self._pictures)
        self._pictures.addWidget(self.panes["canvas"])
        self._pictures.addWidget(self.panes["image"])
        for splitter in (self._splitter, self._pictures):
            splitter.setStretchFactor(0, 1)
            splitter.setStretchFactor(1, 1)
            splitter.splitterMoved.connect(self._on_splitter_moved)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        session.document_replaced.connect(self._on_document_replaced)
        session.result_shown.connect(self._on_result_shown)
        session.selection_changed.connect(self._on_selection_changed)
        session.unpainted.changed.connect(self._on_filling_changed)

    def is_shown(self, name: ViewName) -> bool:
        """Whether a view is not hidden."""
        return not self.panes[name].isHidden()

    def set_shown(self, name: ViewName, shown: bool, /) -> None:
        """Show or hide a view; the last one stays."""
        if not shown and sum(self.is_shown(n) for n in VIEW_NAMES) == 1:
            return
        self.panes[name].setVisible(shown)
        self._arrange()
        self._level_panes()
        self.visibility_changed.emit()
        QTimer.singleShot(0, self, self._refit)

    def fit(self) -> None:
        """Show the whole layout in every view."""
        shown = [self.panes[n].surface.viewport() for n in VIEW_NAMES if self.is_shown(n)]
        self.link.fit(QSizeF(min(s.width() for s in shown), min(s.height() for s in shown)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, where the layout was fitted."""
        super().resizeEvent(event)
        self._arrange()
        QTimer.singleShot(0, self, self._refit)

    def showEvent(self, event: QShowEvent) -> None:
        """Give every view the same room at first."""
        super().showEvent(event)
        self._arrange()
        self._level_panes()
        QTimer.singleShot(0, self, self._refit)

    def _arrange(self) -> None:
        """Put the views beside or above one another, whichever shows them largest."""
        outer, inner = max(_ARRANGEMENTS, key=self._scale_of)
        if (outer, inner) != (self._splitter.orientation(), self._pictures.orientation()):
            self._splitter.setOrientation(outer)
            self._pictures.setOrientation(inner)
            self._level_panes()

    def _level_panes(self) -> None:
        """Give every view that is shown the same room."""
        self._pictures.setVisible(self.is_shown("canvas") or self.is_shown("image"))
        columns, rows = self._picture_cells(self._pictures.orientation())
        share = columns if self._splitter.orientation() == _BESIDE else rows
        self._splitter.setSizes([1000, 1000 * share])
        self._pictures.setSizes([1000, 1000])

    def _picture_cells(self, inner: Qt.Orientation) -> tuple[int, int]:
        """Return the columns and rows that canvas and image take, as far as they are shown."""
        count = self.is_shown("canvas") + self.is_shown("image")
        return (count, min(count, 1)) if inner == _BESIDE else (min(count, 1), count)

    def _scale_of(self, arrangement: tuple[Qt.Orientation, Qt.Orientation]) -> float:
        """Return the scale at which every view shows the whole layout in an arrangement."""
        outer, inner = arrangement
        layout = int(self.is_shown("layout"))
        columns, rows = self._picture_cells(inner)
        if outer == _BESIDE:
            columns, rows = columns + layout, max(rows, layout)
        else:
            columns, rows = max(columns, layout), rows + layout
        size = self.link.size
        return min(self.width() / columns / size.width, (self.height() / rows - HEADER_PX) / size.height)

    def _refit(self) -> None:
        if self.link.is_fitted:
            self.fit()

    def _show_outline(self) -> None:
        result, record_id = self._session.result, self._session.selected_record_id
        lines: list[QLineF] = []
        if result is not None and record_id >= 0:
            height, width = result.region_ids.shape
            size = self._session.document.size
            lines = outline_lines(
                result.region_ids == record_id, step_x=size.width / width, step_y=size.height / height
            )
        for pane in self.panes.values():
            pane.surface.set_outline(lines)

    def _on_region_asked(self, position: QPointF) -> None:
        self._session.select_at(position.x(), position.y())

    def _on_selection_changed(self, _record_id: int) -> None:
        self._show_outline()

    def _on_result_shown(self, _result: object) -> None:
        result = self._session.result
        if result is not None:
            self.panes["image"].note.setText("invented by the network alone" if result.parametric else "")
        if self._session.selected_record_id >= 0:
            self._show_outline()

    def _on_filling_changed(self) -> None:
        self.panes["layout"].note.setText(FILLING_NOTE if self._session.unpainted.can_accept else "")

    def _on_document_replaced(self) -> None:
        self.link.set_size(self._session.document.size)
        self.panes["image"].note.setText("")
        self._show_outline()
        self._arrange()
        self.fit()

    def _on_splitter_moved(self, _position: int, _index: int) -> None:
        self._refit()


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter
