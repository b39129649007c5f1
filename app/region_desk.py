"""Everything about regions, put together for one window: panels, handles, and what lies over the views."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.alignment import Alignment
from app.dialogs.source_window import SourceWindow
from app.panels.mood import MoodPanel
from app.panels.order import OrderPanel
from app.panels.parts import titled_menu
from app.panels.region import RegionPanel
from app.panels.side_panel import SidePanel
from app.region_choice import INVENT
from app.region_order import region_names
from app.session import Session
from app.source_pictures import SourcePictures
from app.views.alignment_handles import AlignmentHandles
from app.views.changes import Changes
from app.views.light_picker import LightPicker
from app.views.linked_views import LinkedViews
from app.views.outline_ghosts import OutlineGhosts
from app.views.provenance_probe import ProvenanceProbe
from app.views.region_marks import RegionMarks
from app.views.reveal_strokes import RevealStrokes
from app.views.surface import Surface

MENU_ON_VIEWS = (
    "show_source", "align", "tool_reveal", "", "shuffle", "lock", "invent", "automatic", "", "bring_forward",
    "send_backward", "", "ban", "ban_source",
)  # fmt: skip
NOTHING_TEXT = "No photograph shows there: the network invented it"


class RegionDesk(QObject):
    """The parts of a window that are about regions. GUI thread; the window owns it."""

    def __init__(self, session: Session, views: LinkedViews, window: QWidget) -> None:
        """Build them over the views of a window."""
        super().__init__(window)
        self._session = session
        self._views = views
        self._menu_actions: Mapping[str, QAction] = {}
        self.alignment = Alignment(session)
        self.source_pictures = SourcePictures(session)
        self.region_panel = RegionPanel(session, self.alignment)
        self.order_panel = OrderPanel(session)
        self.mood_panel = MoodPanel(session)
        self.changes = Changes(session)
        self.marks = RegionMarks(session)
        self.probe = ProvenanceProbe(session, self.source_pictures, window)
        self.reveal_strokes = RevealStrokes(session)
        self.light_picker = LightPicker(session, self.probe)
        self.handles = AlignmentHandles(session, self.alignment)
        self.ghosts = OutlineGhosts(session)
        self.source_window = SourceWindow(self.source_pictures, window)
        for surface in (views.editor, views.canvas_view, views.image_view):
            if surface is not views.editor:
                self.changes.lay_over(surface, is_canvas=surface is views.canvas_view)
            self.marks.lay_over(surface)
            if surface is not views.editor:
                self.reveal_strokes.lay_over(surface)
                self.probe.lay_over(surface)
                self.light_picker.lay_over(surface)
            self.handles.lay_over(surface)
            self.ghosts.lay_over(surface)
            surface.add_watcher(self)
        self._connect()

    def add_sections(self, side_panel: SidePanel) -> None:
        """Put the panels into the place at the right."""
        for name, title, widget, tool_tip in (
            ("region", "Region", self.region_panel, "The selected region and its photographs"),
            ("order", "Order", self.order_panel, "Which region lies in front of which"),
            ("light", "Light", self.mood_panel, "Whose light the picture and its regions take on"),
        ):
            side_panel.add_section(name, title, widget, row="top", tool_tip=tool_tip)

    def show_source(self) -> None:
        """Show the photograph under the pointer, where it rests over canvas or image; else the selected region's."""
        pixel = self.probe.pixel
        if pixel is not None and pixel.segment_key is not None:
            self.probe.hide()
            self.source_window.show_source(pixel.segment_key, pixel.source_xy)
            return
        key = self._session.highlighted_key
        if key and key != INVENT:
            self.source_window.show_source(key)
        else:
            self._session.regions.refused.emit(NOTHING_TEXT)

    def move_in_order(self, delta: int) -> None:
        """Bring the selected region one place forward in the order, or back with -1."""
        self.order_panel.step(-delta)

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Offer the window's actions in the menu of a region, and name the key that shows a photograph."""
        self._menu_actions = actions
        self.probe.key_text = actions["show_source"].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def region_menu(self) -> QMenu:
        """Return the menu of the selected region."""
        result = self._session.result
        names = {} if result is None else region_names(result.regions, self._session.table)
        menu = titled_menu(self._views, names.get(self._session.selected_record_id, "Region"))
        for name in MENU_ON_VIEWS:
            if name:
                menu.addAction(self._menu_actions[name])
            else:
                menu.addSeparator()
        return menu

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Open the menu of the region that is right-clicked."""
        if isinstance(event, QContextMenuEvent) and self._menu_actions:
            at = surface.to_layout(QPointF(event.pos()))
            self._session.select_at(at.x(), at.y())
            if self._session.selected_record_id >= 0:
                self.probe.hide()
                self.region_menu().popup(event.globalPos())
            return True
        return False

    # -- inside -------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        candidates, mood, picker = self.region_panel.candidates, self.mood_panel, self.light_picker
        candidates.source_asked.connect(self.source_window.show_source)
        candidates.reveal_asked.connect(self._on_reveal_asked)
        candidates.light_asked.connect(lambda key: mood.take_light(self._session.selected_record_id, key))
        self.region_panel.outlines_asked.connect(self._session.questions.ask_outlines)
        mood.pick_asked.connect(picker.toggle)
        picker.picked.connect(mood.take_light)
        picker.changed.connect(lambda: mood.show_picking(picker.record_id))

    def _on_reveal_asked(self, segment_key: str) -> None:
        self._session.choice.highlight(segment_key)
        self._session.set_tool("reveal")
