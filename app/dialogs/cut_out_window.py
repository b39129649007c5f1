"""The window in which segments are cut out of a photograph."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.action_list import edit_specs
from app.actions import ActionSpec, build_actions
from app.background import Background
from app.cut_out_session import CutOut
from app.dialogs.confirm import ConfirmDialog
from app.dialogs.cut_out_panel import CutOutPanel
from app.keyboard import FocusKeys, make_reachable
from app.panels.palette import PalettePanel
from app.panels.tool_bar import ToolStrip
from app.panels.tool_options import ToolOptions
from app.session import Session
from app.shortcuts import ShortcutBook
from app.tool_actions import tool_specs
from app.tool_tips import show_shortcuts
from app.views.layout_editor import LayoutEditor
from app.views.view_link import ViewLink
from app.views.view_options import ViewOptions
from app.views.view_pictures import ViewPictures
from engine.bank.personal import Added
from engine.classes import VOID, ClassTable
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.regions import find_regions

GEOMETRY = "cut_out/geometry"
LAYOUT_OPACITY = 0.55
SUGGESTION_NAME = "Suggest the rest"
PALETTE_PX = 190
NO_TOOL = "reveal"
"""The tool there is no use for: a photograph has no candidates."""
FIRST_SIZE = QSize(1280, 760)
FRAME = QSize(16, 48)
"""Room for what the window manager draws around a window."""


class CutOutViews(QWidget):
    """The one view of the window: the layout over its photograph, with a link and options of its own."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show a session."""
        super().__init__(parent)
        self.options = ViewOptions(None, self)
        self.options.change(layout_opacity=LAYOUT_OPACITY)
        self.link = ViewLink(session.document.size, self, options=self.options)
        self.pictures = ViewPictures(session, self)
        self.editor = LayoutEditor(session, self.pictures, self.link)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.editor)

    def fit(self) -> None:
        """Show the whole photograph."""
        size: QSizeF = self.editor.viewport()
        self.link.fit(size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, where it was fitted."""
        super().resizeEvent(event)
        if self.link.is_fitted:
            QTimer.singleShot(0, self, self.fit)


class CutOutWindow(QWidget):
    """Paints a layout over one photograph with the tools of the program, and adds it to the painter's own bank.

    GUI thread. Emits `closed` when it is gone for good.
    """

    closed = Signal()

    def __init__(self, session: Session, cut_out: CutOut, parent: QWidget | None = None) -> None:
        """Show a photograph.

        Args:
            session: the program's session, whose bank it is added to.
            cut_out: the photograph; owned by this window from now on.
            parent: the window it belongs to.
        """
        super().__init__(parent, Qt.WindowType.Window)
        cut_out.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Cut out segments: {cut_out.name}[*]")
        self._program = session
        self._cut_out = cut_out
        self._may_close = False
        self._is_gone = False
        self._background = Background(self)
        self.session = cut_out.session
        self.views = CutOutViews(self.session)
        self.palette_panel = PalettePanel(self.session)
        self.panel = CutOutPanel(cut_out, self.views.options)
        self.tool_strip = ToolStrip(self.session)
        self.tool_strip.button(NO_TOOL).hide()
        self.tool_options = ToolOptions(self.session)
        self._hint = QLabel(self.views.editor.hint)
        self._build()
        self.actions_by_name = build_actions(self, self._specs(), self.views)
        self.shortcuts = ShortcutBook(self.actions_by_name, session.preferences, self)
        FocusKeys(self.views, self)
        for area in (self.tool_strip, self.tool_options, self.palette_panel, self.panel):
            make_reachable(area)
        show_shortcuts(self, self.shortcuts)
        self._connect()
        self._count()
        geometry = session.preferences.value(GEOMETRY)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() - FRAME))
        self.views.editor.setFocus()

    def add(self) -> None:
        """Add the photograph to the painter's own bank; the window closes when that is done."""
        if not self.panel.add_button.isEnabled():
            return
        self.panel.set_busy(True)
        self.panel.show_note("Adding…")
        document = self.session.document
        document.commit_stroke()
        self._program.photographs.add(
            self._cut_out.photograph,
            self.panel.name,
            document.snapshot(Quality.FINAL).layout,
            document.table,
            author=self.panel.author,
            licence=self.panel.licence,
            then=self._on_added,
            failed=self._on_failed,
        )

    def suggest(self) -> None:
        """Ask the segmentation network for what is unpainted."""
        if not self.panel.suggest_button.isEnabled():
            return
        self.panel.set_busy(True)
        self.panel.show_note("Looking at the photograph…")
        self._program.photographs.suggest(
            self._cut_out.photograph.rgb, self.session.table, self._on_suggestion_made, self._on_failed
        )

    def cancel(self) -> None:
        """Take the gesture under way back."""
        self.views.editor.abort_gesture()
        self.views.editor.setFocus()

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setMinimumSize(900, 560)
        self.palette_panel.setFixedWidth(PALETTE_PX)
        self._hint.setProperty("role", "muted")
        self._hint.setContentsMargins(10, 4, 10, 4)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.tool_options)
        middle.addWidget(self.views, 1)
        middle.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(self.tool_strip)
        row.addWidget(self.palette_panel)
        row.addLayout(middle, 1)
        row.addWidget(self.panel)

    def _specs(self) -> list[ActionSpec]:
        link, session = self.views.link, self.session
        return [
            *edit_specs(self),
            *(spec for spec in tool_specs(self) if spec.name != f"tool_{NO_TOOL}"),
            ActionSpec("tool_grab", "Grab object", ("Q",), partial(session.set_tool, "grab"), icon_name="grab"),
            ActionSpec("tool_scissors", "Scissors", ("W",), partial(session.set_tool, "scissors"),
                       icon_name="scissors"),
            ActionSpec("suggest", "Suggest the rest", ("Ctrl+G",), self.suggest, icon_name="suggest"),
            ActionSpec("add_photograph", "Add to my photographs", ("Ctrl+Return", "Ctrl+Enter"), self.add),
            ActionSpec("cancel", "Cancel", ("Esc",), self.cancel),
            ActionSpec("close_window", "Close", ("Ctrl+W",), self.close),
            ActionSpec("fit", "Fit", ("Ctrl+0",), self.views.fit),
            ActionSpec("actual_size", "100 %", ("Ctrl+1",), lambda: link.set_scale(1.0)),
            ActionSpec("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), lambda: link.set_scale(link.scale * 1.25)),
            ActionSpec("zoom_out", "Zoom out", ("Ctrl+-",), lambda: link.set_scale(link.scale / 1.25)),
        ]  # fmt: skip

    def _connect(self) -> None:
        session = self.session
        self.panel.add_asked.connect(self.add)
        self.panel.suggestion_asked.connect(self.suggest)
        self.views.editor.hint_changed.connect(self._hint.setText)
        self.palette_panel.finished_search.connect(self.views.editor.setFocus)
        self.tool_options.committed.connect(self.views.editor.setFocus)
        session.history_changed.connect(self._count)
        session.modified_changed.connect(self.setWindowModified)
        session.failed.connect(lambda message, _details: self.panel.show_note(message, is_error=True))

    # -- following ----------------------------------------------------------------------------------------------

    def _count(self) -> None:
        """Count segments elsewhere, after every step."""
        if self.session.document.is_stroke_open:
            return
        layout, table = self.session.document.snapshot(Quality.FINAL).layout, self.session.table
        self._background.forget()
        self._background.run(partial(count_segments, layout, table), lambda found: self.panel.show_found(*found))

    def _on_suggestion_made(self, class_ids: npt.NDArray[np.uint8]) -> None:
        if self._is_gone:
            return
        self.panel.set_busy(False)
        document = self.session.document
        document.commit_stroke()
        is_void = document.class_ids == VOID
        layout = Layout(
            np.where(is_void, class_ids, document.class_ids),
            np.where(is_void, np.uint16(0), document.instance_ids),
        )
        if not document.replace_layout(layout, SUGGESTION_NAME):
            self.panel.show_note("The network is sure of nothing that is unpainted.")

    def _on_added(self, _added: Added) -> None:
        if not self._is_gone:
            self._close_for_good()

    def _on_failed(self, message: str, _details: str) -> None:
        if not self._is_gone:
            self.panel.set_busy(False)
            self.panel.show_note(message, is_error=True)

    # -- events -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Show the whole photograph at first."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.views.fit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before what was painted is lost."""
        if not self._may_close and self.session.is_modified:
            event.ignore()
            self._ask_to_close()
            return
        self._is_gone = True
        self._background.forget()
        self._program.preferences.setValue(GEOMETRY, self.saveGeometry())
        event.accept()
        self.closed.emit()

    def _ask_to_close(self) -> None:
        dialog = ConfirmDialog(
            "Close without adding the photograph?", "What you have painted over it is lost.", "Close", self
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._close_for_good)
        dialog.open()

    def _close_for_good(self) -> None:
        self._may_close = True
        self.close()


def count_segments(layout: Layout, table: ClassTable) -> tuple[int, int]:
    """Return how many segments a layout has, and of how many classes; slow for large ones."""
    regions = find_regions(layout, table)
    return len(regions), len({region.class_id for region in regions})
