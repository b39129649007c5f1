"""The order panel: regions as a list in depth order, which the painter may change."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPixmap, QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QVBoxLayout, QWidget

from app.icons import icon
from app.imaging import image_from_rgba
from app.panels.candidates import THUMBNAIL_PX
from app.panels.order_list import OrderModel, OrderView
from app.panels.parts import muted_label, titled_menu
from app.region_order import OrderRow, bound_ids, order_rows, region_names, wishes_of_move
from app.session import Session
from app.theme_colours import THEME

KEPT_PICTURES = 200
EMPTY_TEXT = "Nothing to put in order\n\nRegions with a photograph are listed here, the one in front first."
HINT = "The one in front first. Drag, or Alt+Up and Alt+Down."
APART_TEXT = "It touches none of those: their order makes no difference to the picture."
LAST_TEXT = "It touches nothing farther that way."


class OrderPanel(QWidget):
    """Regions with a photograph, the one in front first. GUI thread.

    Moving a row is one step of the history: the painter's wish, which wins over what the network says and is kept.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._pictures: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        self._model = OrderModel(self._colour_of, self._pictures.get)
        self._model.setParent(self)
        self.view = OrderView()
        self.view.setModel(self._model)
        self.note = muted_label(HINT)
        self.note.setContentsMargins(12, 8, 12, 2)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.note)
        column.addWidget(self.view, 1)
        empty = QLabel(EMPTY_TEXT)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        empty.setWordWrap(True)
        empty.setContentsMargins(16, 16, 16, 16)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(empty)
        self._stack.addWidget(page)
        self.view.moved.connect(self._on_moved)
        self.view.stepped.connect(self.step)
        self.view.chosen.connect(self._on_chosen)
        self.view.mark_clicked.connect(self._on_mark_clicked)
        for signal in (session.result_shown, session.records_changed, session.document_replaced, session.table_changed):
            signal.connect(self._on_changed)
        session.selection_changed.connect(self._show_selection)
        session.thumbnail_ready.connect(self._on_thumbnail_ready)
        session.regions.refused.connect(self._on_refused)
        session.banks_changed.connect(self._asked.clear)
        self._on_changed()

    @property
    def rows(self) -> tuple[OrderRow, ...]:
        """What is listed, the region in front first."""
        return self._model.rows

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the pictures that are missing."""
        super().showEvent(event)
        self._ask_for_pictures()

    def release_menu(self, row: OrderRow) -> QMenu:
        """Return a menu of the painter's wishes a region takes part in; choosing one releases it."""
        menu = titled_menu(self, "Release")
        result = self._session.result
        names = {} if result is None else region_names(result.regions, self._session.table)
        for front, back in row.wishes:
            text = f"{names.get(front, front)} in front of {names.get(back, back)}"
            menu.addAction(icon("release"), text, partial(self._session.regions.release_order, [(front, back)]))
        if len(row.wishes) > 1:
            menu.addSeparator()
            menu.addAction("All of them", partial(self._session.regions.release_order, row.wishes))
        return menu

    def step(self, delta: int) -> None:
        """Move the selected region past the next one above it that it meets (-1), or below it (1)."""
        start = self.view.selected_row
        if start < 0:
            return
        bound = self._bound(start)
        beyond = range(start + delta, len(self.rows) if delta > 0 else -1, delta)
        to = next((row for row in beyond if self.rows[row].record_id in bound), None)
        if to is None:
            self._say(LAST_TEXT)
        else:
            self._on_moved(start, to)

    # -- inside -------------------------------------------------------------------------------------------------

    def _show_rows(self) -> None:
        result, document = self._session.result, self._session.document
        rows = ()
        if result is not None:
            rows = order_rows(result.regions, {record.id: record for record in document.records}, document.table)
        self._model.set_rows(rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        self._show_selection()
        self._ask_for_pictures()

    def _show_selection(self, _record_id: int = -1) -> None:
        ids = [row.record_id for row in self.rows]
        selected = self._session.selected_record_id
        self.view.select_row(ids.index(selected) if selected in ids else -1)

    def _ask_for_pictures(self) -> None:
        if not self.isVisible():
            return
        for row in self.rows:
            if row.choice and row.choice not in self._pictures and row.choice not in self._asked:
                self._asked.add(row.choice)
                self._session.request_thumbnail(row.choice, THUMBNAIL_PX)

    def _colour_of(self, class_key: str) -> QColor:
        info = self._session.table.get(class_key)
        return QColor(THEME.edge) if info is None else QColor(*info.colour)

    def _bound(self, row: int) -> frozenset[int]:
        region = self._session.region_result(self.rows[row].record_id)
        return frozenset() if region is None else bound_ids(region, self._session.document.records)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self.note.setText(text)
        self.note.setProperty("role", "error" if is_error else "muted")
        self.note.style().polish(self.note)

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_changed(self, _value: object = None) -> None:
        self._show_rows()

    def _on_chosen(self, row: int) -> None:
        self._session.select(self.rows[row].record_id)

    def _on_moved(self, row: int, to: int) -> None:
        order = [r.record_id for r in self.rows]
        wishes = wishes_of_move(order, order[row], to, self._bound(row))
        self._say(HINT if wishes else APART_TEXT)
        self._session.regions.put_in_front(wishes)

    def _on_refused(self, reason: str) -> None:
        if self.isVisible():
            self._say(reason, is_error=True)

    def _on_mark_clicked(self, row: int, at: QPoint) -> None:
        self.release_menu(self.rows[row]).popup(at)

    def _on_thumbnail_ready(self, segment_key: str, rgba: np.ndarray | None) -> None:
        if rgba is None:
            self._asked.discard(segment_key)
            return
        if segment_key not in self._asked:
            return
        self._pictures[segment_key] = QPixmap.fromImage(image_from_rgba(rgba))
        self._pictures.move_to_end(segment_key)
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        self._model.note_picture(segment_key)
