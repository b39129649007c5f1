"""The bar of tool options above the views: it shows what the tool in hand can be told."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from app.panels.brush_size import BrushSize
from app.panels.guard_menus import OnlyOverButton, ProtectedButton
from app.panels.parts import panel_button
from app.panels.tool_bar import TOOLS
from app.session import Session
from app.tool_state import BRUSH_TOOLS, MAX_GAP_PX, SHAPE_TOOLS, SIZED_TOOLS
from app.tool_tips import set_tool_tip

BAR_PX = 38
NAME_PX = 120
SWITCH_ACTIONS = {
    "round": "square_brush",
    "square": "square_brush",
    "erase": "erase_shapes",
    "mirror_x": "mirror_x",
    "mirror_y": "mirror_y",
}
PAINTING_TOOLS = BRUSH_TOOLS | SHAPE_TOOLS | {"fill"}


class ToolOptions(QWidget):
    """Options of the tool in hand. Emits `committed` when a number was typed and the views want the keys."""

    committed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the tools of a session."""
        super().__init__(parent)
        self.setProperty("role", "strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(BAR_PX)
        self._session = session
        self._switches: dict[str, tuple[QToolButton, Callable[[], bool]]] = {}
        self._groups: list[tuple[QWidget, frozenset[str]]] = []
        self._name = QLabel()
        self._name.setProperty("role", "heading")
        self._name.setMinimumWidth(NAME_PX)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self._name)
        self._build()
        self._row.addStretch(1)
        session.tool_changed.connect(self._show_tool)
        for signal in (session.tools.options_changed, session.tools.symmetry_changed, session.brush_changed):
            signal.connect(self._show_switches)
        self._show_tool(session.tool)
        self._show_switches()

    def switch(self, name: str) -> QToolButton:
        """Return a switch by name: round, square, pressure, connected, erase, mirror_x or mirror_y.

        Raises:
            KeyError: if there is no such switch.
        """
        return self._switches[name][0]

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        tools = self._session.tools
        size = BrushSize(self._session)
        size.committed.connect(self.committed)
        self._add(SIZED_TOOLS, size)
        self._add(
            BRUSH_TOOLS,
            self._switch("round", "Round brush", lambda: tools.brush_shape == "round",
                         lambda _on: tools.set_brush_shape("round")),
            self._switch("square", "Square brush", lambda: tools.brush_shape == "square",
                         lambda _on: tools.set_brush_shape("square")),
            self._switch("pressure", "Pen pressure: changes the size of the brush", lambda: tools.uses_pressure,
                         self._session.options.set_pressure),
        )  # fmt: skip
        self._add(
            frozenset({"fill"}),
            self._switch("connected", "Connected: fill only pixels that are connected; else all that are alike",
                         lambda: tools.fills_connected, tools.set_fills_connected),
            *self._build_gap(),
        )  # fmt: skip
        erase = self._switch("erase", "Erase: shapes and fill paint void", lambda: tools.erases,
                             tools.set_erases, icon_name="eraser")  # fmt: skip
        self._add(SHAPE_TOOLS | {"fill"}, erase)
        self._add(PAINTING_TOOLS, ProtectedButton(self._session), OnlyOverButton(self._session))
        self._add(
            PAINTING_TOOLS,
            self._switch("mirror_x", "Mirror left and right: drag the axis by its handle",
                         lambda: tools.symmetry.x_share is not None, tools.set_mirrored_x),
            self._switch("mirror_y", "Mirror above and below: drag the axis by its handle",
                         lambda: tools.symmetry.y_share is not None, tools.set_mirrored_y),
        )  # fmt: skip

    def _build_gap(self) -> tuple[QLabel, QSpinBox]:
        tools = self._session.tools
        self._gap = QSpinBox()
        self._gap.setRange(0, MAX_GAP_PX)
        self._gap.setSuffix(" px")
        self._gap.setSpecialValueText("off")
        self._gap.setFixedWidth(62)
        self._gap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._gap.setKeyboardTracking(False)
        self._gap.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._gap.setAccessibleName("Close gaps up to pixels")
        caption = QLabel("Close gaps")
        caption.setContentsMargins(6, 0, 2, 0)
        caption.setBuddy(self._gap)
        for widget in (caption, self._gap):
            widget.setToolTip("Fill does not leak through gaps up to this wide; type pixels, or use the wheel or ↑ ↓")
        self._gap.valueChanged.connect(tools.set_gap_px)
        self._gap.editingFinished.connect(self._on_gap_entered)
        return caption, self._gap

    def _switch(
        self,
        name: str,
        tool_tip: str,
        is_on: Callable[[], bool],
        handler: Callable[[bool], object],
        *,
        icon_name: str = "",
    ) -> QToolButton:
        button = panel_button(icon_name or name, tool_tip, is_checkable=True)
        if name in SWITCH_ACTIONS:
            set_tool_tip(button, tool_tip, SWITCH_ACTIONS[name])
        button.clicked.connect(handler)
        button.clicked.connect(self._show_switches)
        self._switches[name] = button, is_on
        return button

    def _add(self, tools: frozenset[str], *widgets: QWidget) -> None:
        """Put widgets into a group of their own, after a rule, that is there for some tools."""
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedSize(1, 18)
        row.addWidget(rule)
        row.addSpacing(4)
        for widget in widgets:
            row.addWidget(widget)
        row.addSpacing(3)
        self._groups.append((group, tools))
        self._row.addWidget(group)

    # -- slots --------------------------------------------------------------------------------------------------

    def _show_tool(self, name: str) -> None:
        self._name.setText(next((entry.text for entry in TOOLS if entry.name == name), name.capitalize()))
        for group, tools in self._groups:
            group.setVisible(name in tools)

    def _show_switches(self) -> None:
        for button, is_on in self._switches.values():
            button.setChecked(is_on())
        with QSignalBlocker(self._gap):
            self._gap.setValue(self._session.tools.gap_px)
        self._gap.setEnabled(self._session.tools.fills_connected)

    def _on_gap_entered(self) -> None:
        if self._gap.hasFocus():
            self._gap.clearFocus()
            self.committed.emit()
