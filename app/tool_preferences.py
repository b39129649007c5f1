"""Brush and fill as the painter left them, kept in the preferences."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSettings

from app.tool_state import DEFAULT_BRUSH_PX, ToolState

PREFIX = "tools/"


class ToolPreferences(QObject):
    """Brings the tools to where they were left, and remembers where they are. GUI thread.

    What was tampered with counts as never set. Guards and axes of symmetry are not remembered: found on again, they
    would look like a fault.
    """

    def __init__(self, tools: ToolState, preferences: QSettings) -> None:
        """Set the tools as remembered, and follow them."""
        super().__init__(tools)
        self._tools = tools
        self._preferences = preferences
        tools.set_brush_px(self._number("brush_px", DEFAULT_BRUSH_PX))
        tools.set_brush_shape("square" if self._text("brush_shape") == "square" else "round")
        tools.set_fills_connected(self._text("fills_connected") != "false")
        tools.set_gap_px(round(self._number("gap_px", 0.0)))
        tools.brush_changed.connect(self._on_brush_changed)
        tools.options_changed.connect(self._on_options_changed)

    def _text(self, name: str) -> str:
        return str(self._preferences.value(PREFIX + name, "")).lower()

    def _number(self, name: str, default: float) -> float:
        try:
            number = float(self._text(name))
        except ValueError:
            return default
        return number if math.isfinite(number) else default

    def _on_brush_changed(self) -> None:
        self._preferences.setValue(PREFIX + "brush_px", self._tools.brush_px)

    def _on_options_changed(self) -> None:
        tools = self._tools
        self._preferences.setValue(PREFIX + "brush_shape", tools.brush_shape)
        self._preferences.setValue(PREFIX + "fills_connected", "true" if tools.fills_connected else "false")
        self._preferences.setValue(PREFIX + "gap_px", tools.gap_px)
