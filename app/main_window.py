"""The window: puts panels, views and menus together; decides nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QSplitter, QVBoxLayout, QWidget

from app.action_list import MENUS, specs_of
from app.actions import build_actions, fill_menu
from app.bank_desk import BankDesk, bank_specs
from app.dialogs.banner import BannerArea
from app.document_file import LAYOUT_SUFFIX, PROJECT_SUFFIX
from app.file_actions import add_recent_menu, follow_files
from app.file_flow import BANK_SUFFIX, PHOTOGRAPH_ONLY_SUFFIXES, FileFlow
from app.keyboard import FocusKeys, focus_next_area, make_reachable
from app.panels.history import HistoryPanel
from app.panels.palette import PalettePanel
from app.panels.picture_settings import PictureSettings
from app.panels.side_panel import WIDTH_PX as SIDE_PX
from app.panels.side_panel import SidePanel
from app.panels.status import StatusBar
from app.panels.tool_bar import ToolStrip
from app.panels.tool_options import ToolOptions
from app.recovery_flow import RecoveryFlow
from app.region_actions import follow_regions
from app.region_desk import RegionDesk
from app.session import Session
from app.shortcuts import ShortcutBook
from app.tool_actions import follow_tools
from app.tool_tips import show_shortcuts
from app.view_actions import add_view_menus, follow_views
from app.views.linked_views import LinkedViews
from app.window_dialogs import WindowDialogs, dialog_specs
from engine.classes import VOID

GEOMETRY = "window/geometry"
PANEL_SIZES = "window/panels"
PALETTE_PX = 216
DROPPED_SUFFIXES = (PROJECT_SUFFIX, LAYOUT_SUFFIX, BANK_SUFFIX, *PHOTOGRAPH_ONLY_SUFFIXES)


FIRST_SIZE = QSize(1366, 768)
FIRST_SHARE = 0.8
"""Of a large screen's sides that a new window takes."""
SIDE_SHARE = 0.16
"""Of a wide window that the side panel takes: room for a third candidate in a row."""
CURSOR_INTERVAL_MS = 50
"""The place under the pointer is written no more often: with each text the status bar is laid out anew."""
FRAME = QSize(16, 48)
"""Room for what the window manager draws around a window: without it the status bar falls off a small screen."""


def first_size(available: QSize) -> QSize:
    """Return the size a new window opens at: it fits the screen with its frame."""
    return FIRST_SIZE.expandedTo(available * FIRST_SHARE).boundedTo(available - FRAME)


class MainWindow(QMainWindow):
    """Tools and palette at the left, three views, the region at the right, status below.

    Emits `closed` when the window has gone for good.
    """

    closed = Signal()

    def __init__(self, session: Session) -> None:
        """Build the window of a session."""
        super().__init__()
        self.session = session
        self._may_close = False
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 520)
        self.resize(first_size(self.screen().availableSize()))
        self.tool_strip = ToolStrip(session)
        self.palette_panel = PalettePanel(session)
        self.tool_options = ToolOptions(session)
        self.views = LinkedViews(session)
        self.side_panel = SidePanel(session.preferences)
        self.region_desk = RegionDesk(session, self.views, self)
        self.region_desk.add_sections(self.side_panel)
        self.history_panel = HistoryPanel(session)
        self.side_panel.add_section("history", "History", self.history_panel, tool_tip="Every step, to go back to")
        self.banners = BannerArea(session)
        self.file_flow = FileFlow(session, self)
        self.bank_desk = BankDesk(self)
        self.bank_desk.add_section(self.side_panel)
        self.recovery: RecoveryFlow | None = None
        self.status_bar = StatusBar(session)
        self.setStatusBar(self.status_bar)
        self._cursor_timer = QTimer(self)
        self._cursor_timer.setSingleShot(True)
        self._cursor_timer.setInterval(CURSOR_INTERVAL_MS)
        self._cursor_timer.timeout.connect(self._show_cursor)
        self.picture_settings = PictureSettings(session, self)
        self.dialogs = WindowDialogs(self)
        self.setCentralWidget(self._build_centre())
        self.actions_by_name = build_actions(
            self, [*specs_of(self), *bank_specs(self), *dialog_specs(self)], self.views
        )
        self.shortcuts = ShortcutBook(self.actions_by_name, session.preferences, self)
        self.bank_menu = QMenu("&Bank", self)
        self._build_menus()
        self._connect()
        geometry = session.preferences.value(GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        panel_sizes = session.preferences.value(PANEL_SIZES)
        if isinstance(panel_sizes, QByteArray):
            self._splitter.restoreState(panel_sizes)
        self._show_title()
        self._show_switches()
        follow_files(self)
        follow_views(self)
        follow_tools(self)
        follow_regions(self)
        self._set_up_keyboard()
        self.views.editor.setFocus()

    # -- handlers of actions ------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Take the gesture under way back; else stop the engine; else select nothing."""
        if self.views.editor.abort_gesture():
            return
        focused = self.focusWidget()
        if focused is not None and not self.views.isAncestorOf(focused):
            self.views.editor.setFocus()
            return
        if self.session.is_running:
            self.session.cancel()
        elif self.session.selected_record_id >= 0:
            self.session.select(-1)

    def focus_area(self, delta: int) -> None:
        """Move the focus to the next part of the window, or the previous with -1."""
        focus_next_area(self._areas, delta)

    def set_panels_shown(self, shown: bool, /) -> None:
        """Show or hide everything but the views."""
        for panel in (self.tool_strip, self.tool_options, self._left, self.side_panel):
            panel.setVisible(shown)

    def set_full_screen(self, full: bool, /) -> None:
        """Fill the screen, or be a window again."""
        self.setWindowState(
            self.windowState() | Qt.WindowState.WindowFullScreen
            if full
            else self.windowState() & ~Qt.WindowState.WindowFullScreen
        )

    def set_complete(self, complete: bool, /) -> None:
        """Fill unpainted pixels, or leave them."""
        if complete != self.session.document.settings.complete:
            self.session.change_settings(complete=complete)

    def set_parametric(self, parametric: bool, /) -> None:
        """Use the network alone, or the banks."""
        if parametric != self.session.document.settings.parametric:
            self.session.change_settings(parametric=parametric)

    def recover(self) -> None:
        """Look for layouts that a crash left."""
        if self.recovery is not None:
            self.file_flow.start(self.recovery.offer(tells_none=True))

    def show_settings(self) -> None:
        """Open the sheet of the picture's settings over the status bar."""
        self.picture_settings.open_over(self.status_bar.settings_button)

    # -- building -----------------------------------------------------------------------------------------------

    def _build_centre(self) -> QWidget:
        self._left = QWidget()
        self._left.setProperty("role", "panel")
        self._left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.palette_panel, 1)
        middle = QWidget()
        stack = QVBoxLayout(middle)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addWidget(self.banners)
        stack.addWidget(self.views, 1)
        self._splitter = splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        for widget in (self._left, middle, self.side_panel):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([PALETTE_PX, 4000, max(SIDE_PX, round(SIDE_SHARE * self.width()))])
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.tool_strip)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self.tool_options)
        beside.addWidget(splitter, 1)
        row.addLayout(beside, 1)
        return centre

    def _set_up_keyboard(self) -> None:
        FocusKeys(self.views, self)
        for area in self._areas:
            if area is not self.views:
                make_reachable(area)
        self.shortcuts.changed.connect(self._show_shortcuts)
        self._show_shortcuts()

    def _show_shortcuts(self) -> None:
        show_shortcuts(self, self.shortcuts)

    @property
    def _areas(self) -> tuple[QWidget, ...]:
        return (self.views, self.tool_options, self.tool_strip, self._left, self.side_panel, self.status_bar)

    def _build_menus(self) -> None:
        for title, names in MENUS.items():
            menu = self.menuBar().addMenu(title)
            fill_menu(menu, self.actions_by_name, names)
            if title == "&File":
                add_recent_menu(menu, self, self.actions_by_name["examples"])
            if title == "&View":
                add_view_menus(menu, self.actions_by_name, self.actions_by_name["panels"])
            if title == "&Picture":
                self.menuBar().addMenu(self.bank_menu)
        self._fill_bank_menu()

    def _fill_bank_menu(self) -> None:
        self.bank_desk.fill_menu(self.bank_menu, self.actions_by_name)

    def _connect(self) -> None:
        session, link = self.session, self.views.link
        self.banners.open_bank_requested.connect(self.actions_by_name["open_bank"].trigger)
        self.palette_panel.finished_search.connect(self.views.editor.setFocus)
        self.tool_options.committed.connect(self.views.editor.setFocus)
        self.status_bar.zoom_chosen.connect(link.set_scale)
        self.status_bar.fit_chosen.connect(self.views.fit)
        self.status_bar.settings_asked.connect(self.show_settings)
        link.moved.connect(lambda: self.status_bar.set_zoom(link.scale))
        link.cursor_moved.connect(self._on_cursor_moved)
        session.banks_changed.connect(self._fill_bank_menu)
        session.modified_changed.connect(self._show_title)
        session.document_replaced.connect(self._show_title)
        session.document_replaced.connect(self._show_switches)
        session.saved.connect(self._show_title)
        session.settings_changed.connect(self._show_switches)
        session.live_changed.connect(self._show_switches)
        session.history_changed.connect(self._show_history)
        session.history_changed.connect(self._show_cursor)
        session.unpainted.changed.connect(self._show_switches)
        session.selection_changed.connect(self._show_switches)

    # -- following the session ----------------------------------------------------------------------------------

    def _show_title(self, _value: object = None) -> None:
        self.setWindowTitle(f"{self.session.title}[*] — Tessera")
        self.setWindowModified(self.session.is_modified)

    def _show_history(self) -> None:
        history = self.session.document.history
        for name, verb, edit in (("undo", "Undo", history.latest()), ("redo", "Redo", history.next())):
            action = self.actions_by_name[name]
            action.setEnabled(edit is not None or (name == "undo" and self.session.gesture.is_open))
            action.setText(verb if edit is None else f"{verb} {edit.name[0].lower()}{edit.name[1:]}")

    def _show_switches(self, _value: object = None) -> None:
        settings = self.session.document.settings
        checked = {
            "live": self.session.is_live,
            "complete": settings.complete,
            "parametric": settings.parametric,
            "panels": not self.tool_strip.isHidden(),
            "full_screen": self.isFullScreen(),
        }
        for name, is_checked in checked.items():
            with QSignalBlocker(self.actions_by_name[name]):
                self.actions_by_name[name].setChecked(is_checked)
        self.actions_by_name["accept_filling"].setEnabled(self.session.unpainted.can_accept)
        self._show_history()

    def _on_cursor_moved(self) -> None:
        if not self._cursor_timer.isActive():
            self._cursor_timer.start()

    def _show_cursor(self) -> None:
        at = self.views.link.cursor
        if at is None or not self.views.editor.contains(at):
            self.status_bar.clear_cursor()
            return
        x, y = int(at.x()), int(at.y())
        class_id, _ = self.session.document.class_at(x, y)
        self.status_bar.set_cursor(x, y, "void" if class_id == VOID else self.session.table[class_id].name)

    # -- events -------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take projects, layouts, banks and photographs."""
        if self._dropped_path(event) is not None:
            self._take_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        path = self._dropped_path(event)
        if path is not None:
            self._take_copy(event)
            self.file_flow.start(self.bank_desk.open_dropped(path))

    def event(self, event: QEvent) -> bool:
        """Draw what has changed before the engine goes on: with that, a turn of painting is over."""
        if event.type() != QEvent.Type.UpdateRequest:
            return super().event(event)
        self.session.engine.take_precedence()
        try:
            return super().event(event)
        finally:
            self.session.engine.give_precedence_back()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask for unsaved changes first; close when that is settled."""
        if not self.bank_desk.close_windows():
            event.ignore()
            return
        if self._may_close or not self.session.is_modified:
            self.session.preferences.setValue(GEOMETRY, self.saveGeometry())
            self.session.preferences.setValue(PANEL_SIZES, self._splitter.saveState())
            event.accept()
            self.views.close_windows()
            self.region_desk.source_window.close()
            self.closed.emit()
            return
        event.ignore()
        self.file_flow.start(self._close_when_settled())

    async def _close_when_settled(self) -> None:
        if await self.file_flow.may_discard():
            self._may_close = True
            self.close()

    @staticmethod
    def _take_copy(event: QDropEvent) -> None:
        """Accept a drop; whoever dragged the file keeps it, although a move may have been proposed."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    @staticmethod
    def _dropped_path(event: QDropEvent) -> Path | None:
        urls = event.mimeData().urls()
        if len(urls) != 1 or not urls[0].isLocalFile():
            return None
        path = Path(urls[0].toLocalFile())
        return path if path.suffix.lower() in DROPPED_SUFFIXES else None
