"""The views side by side: layout, canvas, image and a comparison; each can be hidden or have its own window."""

from __future__ import annotations

from functools import partial
from typing import Literal, cast

from PySide6.QtCore import QLineF, QPointF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from app.imaging import outline_lines
from app.session import Session
from app.views.compare import CompareView
from app.views.layout_editor import LayoutEditor
from app.views.picture_view import PictureView
from app.views.region_overlay import RegionOverlay
from app.views.surface import Surface
from app.views.view_controls import (
    CompareControls,
    UnderlayButton,
    labelled,
    layout_opacity_slider,
    overlay_opacity_slider,
)
from app.views.view_link import ViewLink
from app.views.view_options import ViewOptions
from app.views.view_pane import HEADER_PX, ViewPane
from app.views.view_pictures import ViewPictures
from app.views.view_windows import ViewWindows

ViewName = Literal["layout", "canvas", "image", "compare"]
VIEW_NAMES: tuple[ViewName, ...] = ("layout", "canvas", "image", "compare")
PICTURE_VIEWS: tuple[ViewName, ...] = ("canvas", "image", "compare")
FILLING_NOTE = "hatched: filled, not painted"
_BESIDE, _ABOVE = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_ARRANGEMENTS = ((_BESIDE, _ABOVE), (_BESIDE, _BESIDE), (_ABOVE, _BESIDE), (_ABOVE, _ABOVE))
"""Layout to pictures, and canvas to image: the first is taken where several show the views equally large."""


class LinkedViews(QWidget):
    """Layout, canvas, image and a comparison with one pan, zoom and cursor.

    Emits `visibility_changed` when a view is shown, hidden, detached or given back.
    """

    visibility_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show a session."""
        super().__init__(parent)
        self._session = session
        self.options = ViewOptions(session.preferences, self)
        self.link = ViewLink(session.document.size, self, options=self.options)
        self.pictures = ViewPictures(session, self)
        self.editor = LayoutEditor(session, self.pictures, self.link)
        self.setFocusProxy(self.editor)
        self.canvas_view = PictureView("canvas", session, self.pictures, self.link)
        self.image_view = PictureView("image", session, self.pictures, self.link)
        self.compare_view = CompareView(session, self.pictures, self.link)
        self.surfaces: dict[ViewName, Surface] = {
            "layout": self.editor,
            "canvas": self.canvas_view,
            "image": self.image_view,
            "compare": self.compare_view,
        }
        self.panes: dict[ViewName, ViewPane] = {}
        self._shown: set[ViewName] = {"layout", "canvas", "image"}
        self._hidden_by_compare: set[ViewName] = set()
        self._is_restored = False
        self._splitter = _splitter(Qt.Orientation.Horizontal)
        self._pictures = _splitter(Qt.Orientation.Vertical)
        self._empty = QLabel("All views are in windows of their own.\nClose such a window to bring its view back.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._build_panes()
        self.windows = ViewWindows(
            {str(name): pane for name, pane in self.panes.items()}, session.preferences, self._on_window_closed
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        column.addWidget(self._empty)
        session.document_replaced.connect(self._on_document_replaced)
        session.size_changed.connect(self._on_size_changed)
        session.result_shown.connect(self._on_result_shown)
        session.selection_changed.connect(self._on_selection_changed)
        session.unpainted.changed.connect(self._on_filling_changed)
        self._level_panes()

    def _build_panes(self) -> None:
        overlay = RegionOverlay(self._session)
        for name, surface in self.surfaces.items():
            pane = ViewPane(name, "Comparison" if name == "compare" else name.capitalize(), surface)
            pane.hide_asked.connect(partial(self.set_shown, name, False))
            pane.detach_asked.connect(partial(self.set_detached, name))
            surface.region_asked.connect(self._on_region_asked)
            surface.add_overlay(overlay)
            self.panes[name] = pane
        self.panes["layout"].add_control(UnderlayButton(self._session, self.options))
        self.panes["layout"].add_control(labelled("Opacity", layout_opacity_slider(self.options)))
        self.panes["image"].add_control(labelled("Layout", overlay_opacity_slider(self.options)))
        self.panes["compare"].add_control(CompareControls(self.compare_view))
        self._splitter.addWidget(self.panes["layout"])
        self._splitter.addWidget(self._pictures)
        for name in PICTURE_VIEWS:
            self._pictures.addWidget(self.panes[name])
        for splitter in (self._splitter, self._pictures):
            splitter.splitterMoved.connect(self._on_splitter_moved)
            for index in range(splitter.count()):
                splitter.setStretchFactor(index, 1)

    def is_shown(self, name: ViewName) -> bool:
        """Whether a view is not hidden."""
        return name in self._shown

    def is_detached(self, name: ViewName) -> bool:
        """Whether a view is in a window of its own."""
        return name in self.windows.names

    def set_shown(self, name: ViewName, shown: bool, /) -> None:
        """Show or hide a view; the last one stays. The comparison takes the place of canvas and image."""
        if shown == self.is_shown(name) or (not shown and len(self._shown) == 1 and name != "compare"):
            return
        if name == "compare":
            self._make_room_for_comparison(shown)
        (self._shown.add if shown else self._shown.discard)(name)
        if self.is_detached(name):
            self.windows.set_shown(name, shown)
        self._follow_places()

    def set_detached(self, name: ViewName, detached: bool, /) -> None:
        """Put a view into a window of its own, or back into this one; a hidden one is shown."""
        if detached == self.is_detached(name):
            return
        self._shown.add(name)
        if detached:
            self.windows.detach(name, self.window())
            self._follow_places()
        else:
            self.windows.attach(name)

    def restore_windows(self) -> None:
        """Detach the views again that were in windows of their own when the program was closed last."""
        for name in self.windows.remembered():
            self.set_detached(cast("ViewName", name), True)

    def close_windows(self) -> None:
        """Hide the windows of detached views: the program is being closed."""
        self.windows.close_all()

    def fit(self) -> None:
        """Show the whole layout in every view."""
        shown = [self.surfaces[n].viewport() for n in VIEW_NAMES if self.is_shown(n)]
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
        if not self._is_restored:
            self._is_restored = True
            QTimer.singleShot(0, self, self.restore_windows)

    def _arrange(self) -> None:
        """Put the views beside or above one another, whichever shows them largest."""
        outer, inner = max(_ARRANGEMENTS, key=self._scale_of)
        if (outer, inner) != (self._splitter.orientation(), self._pictures.orientation()):
            self._splitter.setOrientation(outer)
            self._pictures.setOrientation(inner)
            self._level_panes()

    def _make_room_for_comparison(self, shown: bool, /) -> None:
        pictures: set[ViewName] = {"canvas", "image"}
        if shown:
            self._hidden_by_compare = {n for n in pictures & self._shown if not self.is_detached(n)}
            self._shown -= self._hidden_by_compare
        else:
            self._shown |= self._hidden_by_compare or ({"image"} if self._shown == {"compare"} else set())
            self._hidden_by_compare = set()

    def _is_here(self, name: ViewName) -> bool:
        """Whether a view is shown in this window."""
        return self.is_shown(name) and not self.is_detached(name)

    def _follow_places(self) -> None:
        """Show what is to be shown where it is to be shown."""
        for name, pane in self.panes.items():
            pane.setVisible(self.is_shown(name))
        self._arrange()
        self._level_panes()
        self.visibility_changed.emit()
        QTimer.singleShot(0, self, self._refit)

    def _level_panes(self) -> None:
        """Give every view that is shown here the same room."""
        for name, pane in self.panes.items():
            pane.setVisible(self.is_shown(name))
        is_any_here = any(map(self._is_here, VIEW_NAMES))
        self._splitter.setVisible(is_any_here)
        self._empty.setVisible(not is_any_here)
        self._pictures.setVisible(any(map(self._is_here, PICTURE_VIEWS)))
        columns, rows = self._picture_cells(self._pictures.orientation())
        share = columns if self._splitter.orientation() == _BESIDE else rows
        self._splitter.setSizes([1000, 1000 * share])
        self._pictures.setSizes([1000] * len(PICTURE_VIEWS))

    def _picture_cells(self, inner: Qt.Orientation) -> tuple[int, int]:
        """Return the columns and rows that the pictures take, as far as they are shown here."""
        count = sum(map(self._is_here, PICTURE_VIEWS))
        return (count, min(count, 1)) if inner == _BESIDE else (min(count, 1), count)

    def _scale_of(self, arrangement: tuple[Qt.Orientation, Qt.Orientation]) -> float:
        """Return the scale at which every view shows the whole layout in an arrangement."""
        outer, inner = arrangement
        layout = int(self._is_here("layout"))
        columns, rows = self._picture_cells(inner)
        if outer == _BESIDE:
            columns, rows = columns + layout, max(rows, layout)
        else:
            columns, rows = max(columns, layout), rows + layout
        size, columns, rows = self.link.size, max(columns, 1), max(rows, 1)
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

    def _on_size_changed(self) -> None:
        self.link.set_size(self._session.document.size)
        self._show_outline()
        self._arrange()
        self.fit()

    def _on_window_closed(self, name: str) -> None:
        view = cast("ViewName", name)
        if view == "layout":
            self._splitter.insertWidget(0, self.panes[view])
        else:
            before = PICTURE_VIEWS[: PICTURE_VIEWS.index(view)]
            self._pictures.insertWidget(sum(not self.is_detached(n) for n in before), self.panes[view])
        self._follow_places()

    def _on_splitter_moved(self, _position: int, _index: int) -> None:
        self._refit()


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter
