"""The tools in the painter's hand: class, brush size, tool, and the instance the next stroke gets."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

ToolName = Literal["brush", "eraser", "fill", "pick", "select", "pan"]
TOOL_NAMES: tuple[ToolName, ...] = get_args(ToolName)
MIN_BRUSH_PX = 1.0
MAX_BRUSH_PX = 400.0
DEFAULT_BRUSH_PX = 24.0


class ToolState(QObject):
    """What the next gesture will paint with. Lives on the GUI thread; knows no document."""

    class_changed = Signal(int)
    brush_changed = Signal()
    tool_changed = Signal(str)
    instance_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        """Start with the brush and class 0."""
        super().__init__(parent)
        self._class_id = 0
        self._previous_class_id = 0
        self._brush_px = DEFAULT_BRUSH_PX
        self._tool: ToolName = "brush"
        self._instance_id = 0

    @property
    def class_id(self) -> int:
        """The class that brush and fill paint."""
        return self._class_id

    @property
    def previous_class_id(self) -> int:
        """The class painted with before this one."""
        return self._previous_class_id

    @property
    def brush_px(self) -> float:
        """Diameter of the brush, in pixels of the layout."""
        return self._brush_px

    @property
    def tool(self) -> ToolName:
        """Name of the tool in use."""
        return self._tool

    @property
    def instance_id(self) -> int:
        """The fresh instance the next stroke gets, or 0."""
        return self._instance_id

    def set_class(self, class_id: int) -> None:
        """Paint with a class; the one before becomes the previous one."""
        if class_id == self._class_id:
            return
        self._previous_class_id, self._class_id = self._class_id, class_id
        self.set_instance(0)
        self.class_changed.emit(class_id)

    def reset_classes(self, class_id: int, previous_class_id: int) -> None:
        """Start over with another class table."""
        self._class_id, self._previous_class_id = class_id, previous_class_id
        self.set_instance(0)
        self.class_changed.emit(class_id)

    def set_brush_px(self, brush_px: float) -> None:
        """Set the diameter of the brush, within 1 to 400 pixels."""
        brush_px = min(MAX_BRUSH_PX, max(MIN_BRUSH_PX, brush_px))
        if brush_px != self._brush_px:
            self._brush_px = brush_px
            self.brush_changed.emit()

    def step_brush(self, steps: float) -> None:
        """Make the brush larger or smaller by an eighth a step, at least by one pixel."""
        grown = self._brush_px * 1.125**steps
        least = self._brush_px + (1.0 if steps > 0 else -1.0)
        self.set_brush_px(float(round(max(grown, least) if steps > 0 else min(grown, least))))

    def set_tool(self, name: ToolName) -> None:
        """Take another tool.

        Raises:
            ValueError: if there is no tool of that name.
        """
        if name not in TOOL_NAMES:
            raise ValueError(f"there is no tool {name!r}")
        if name != self._tool:
            self._tool = name
            self.tool_changed.emit(name)

    def set_instance(self, instance_id: int) -> None:
        """Give the next stroke a fresh instance, or 0 for none."""
        if instance_id != self._instance_id:
            self._instance_id = instance_id
            self.instance_changed.emit(instance_id)
