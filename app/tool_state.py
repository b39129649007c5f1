"""The tools in the painter's hand: class, tool, brush, what may be painted over, and the axes of symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

from engine.classes import VOID
from engine.document.strokes import BrushShape, StrokeOptions
from engine.geometry import Size

ToolName = Literal["brush", "eraser", "fill", "line", "rectangle", "ellipse", "lasso", "polygon", "reveal", "pick",
                   "move", "pan", "grab", "scissors"]  # fmt: skip
TOOL_NAMES: tuple[ToolName, ...] = get_args(ToolName)
BRUSH_TOOLS: frozenset[str] = frozenset({"brush", "eraser"})
ROUND_TOOLS: frozenset[str] = BRUSH_TOOLS | {"reveal"}
"""Tools whose outline follows the pointer."""
SIZED_TOOLS: frozenset[str] = ROUND_TOOLS | {"line", "grab"}
SHAPE_TOOLS: frozenset[str] = frozenset({"line", "rectangle", "ellipse", "lasso", "polygon"})
MIN_BRUSH_PX = 1.0
MAX_BRUSH_PX = 400.0
DEFAULT_BRUSH_PX = 24.0
MAX_GAP_PX = 32


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Axes of symmetry as shares of the layout's size, each None while it is off.

    Attributes:
        x_share: where the vertical axis stands: what is painted left of it appears right of it, too.
        y_share: where the horizontal axis lies.
    """

    x_share: float | None = None
    y_share: float | None = None

    def axes_px(self, size: Size) -> tuple[float | None, float | None]:
        """Return x of the vertical and y of the horizontal axis in a layout, on whole or half pixels."""
        return _axis_px(self.x_share, size.width), _axis_px(self.y_share, size.height)


class ToolState(QObject):
    """What the next gesture will paint with. Lives on the GUI thread; knows no document."""

    class_changed = Signal(int)
    brush_changed = Signal()
    tool_changed = Signal(str)
    instance_changed = Signal(int)
    options_changed = Signal()
    guard_changed = Signal()
    guard_held = Signal()
    symmetry_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Start with the brush and class 0."""
        super().__init__(parent)
        self._class_id = 0
        self._previous_class_id = 0
        self._brush_px = DEFAULT_BRUSH_PX
        self._tool: ToolName = "brush"
        self._instance_id = 0
        self._brush_shape: BrushShape = "round"
        self._uses_pressure = True
        self._erases = False
        self._fills_connected = True
        self._gap_px = 0
        self._protected: frozenset[int] = frozenset()
        self._only_over: int | None = None
        self._symmetry = Symmetry()

    # -- class, tool and instance -------------------------------------------------------------------------------

    @property
    def class_id(self) -> int:
        """The class that brush, fill and shapes paint."""
        return self._class_id

    @property
    def previous_class_id(self) -> int:
        """The class painted with before this one."""
        return self._previous_class_id

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

    # -- brush --------------------------------------------------------------------------------------------------

    @property
    def brush_px(self) -> float:
        """Diameter of the brush, in pixels of the layout; lines are as wide."""
        return self._brush_px

    @property
    def brush_shape(self) -> BrushShape:
        """Whether the brush is round or square."""
        return self._brush_shape

    @property
    def uses_pressure(self) -> bool:
        """Whether a pen's pressure changes the size of the brush."""
        return self._uses_pressure

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

    def set_brush_shape(self, shape: BrushShape) -> None:
        """Make the brush round or square."""
        if shape != self._brush_shape:
            self._brush_shape = shape
            self.brush_changed.emit()
            self.options_changed.emit()

    def set_uses_pressure(self, uses_pressure: bool, /) -> None:
        """Let a pen's pressure change the size of the brush, or not."""
        if uses_pressure != self._uses_pressure:
            self._uses_pressure = uses_pressure
            self.options_changed.emit()

    # -- fill and shapes ----------------------------------------------------------------------------------------

    @property
    def erases(self) -> bool:
        """Whether fill and shapes write void instead of the class."""
        return self._erases

    @property
    def fills_connected(self) -> bool:
        """Whether fill stays within connected pixels, or takes all that are alike."""
        return self._fills_connected

    @property
    def gap_px(self) -> int:
        """Width of the gaps that fill does not leak through, in layout pixels."""
        return self._gap_px

    def set_erases(self, erases: bool, /) -> None:
        """Let fill and shapes write void, or the class."""
        if erases != self._erases:
            self._erases = erases
            self.options_changed.emit()

    def set_fills_connected(self, connected: bool, /) -> None:
        """Let fill stay within connected pixels, or take all that are alike."""
        if connected != self._fills_connected:
            self._fills_connected = connected
            self.options_changed.emit()

    def set_gap_px(self, gap_px: int) -> None:
        """Set the width of the gaps that fill does not leak through, within 0 to 32 pixels."""
        gap_px = min(MAX_GAP_PX, max(0, gap_px))
        if gap_px != self._gap_px:
            self._gap_px = gap_px
            self.options_changed.emit()

    # -- what may be painted over -------------------------------------------------------------------------------

    @property
    def protected(self) -> frozenset[int]:
        """Ids of the classes, void perhaps among them, whose pixels no gesture paints over."""
        return self._protected

    @property
    def only_over(self) -> int | None:
        """The one class, or void, whose pixels are painted over; None for all."""
        return self._only_over

    def set_protected(self, class_id: int, protected: bool, /) -> None:
        """Leave the pixels of a class, or of void, alone; or paint over them again."""
        self._guard((self._protected | {class_id}) if protected else (self._protected - {class_id}), self._only_over)

    def toggle_protected(self, class_id: int) -> None:
        """Protect a class, or void, where it is not; else no longer."""
        self.set_protected(class_id, class_id not in self._protected)

    def set_only_over(self, class_id: int | None) -> None:
        """Paint only over the pixels of one class, or of void; with None over all."""
        self._guard(self._protected, class_id)

    def clear_guard(self) -> None:
        """Paint over everything again."""
        self._guard((), None)

    def note_painted(self, *, changed: bool) -> None:
        """Take note of a gesture that painted; one that changed nothing while a guard is on says so."""
        if not changed and (self._protected or self._only_over is not None):
            self.guard_held.emit()

    def renumber_guard(self, id_now: Callable[[int], int | None]) -> None:
        """Follow an edited class table; a class that is gone, for which ``id_now`` says None, is no longer guarded."""
        kept = {now for class_id in self._protected if (now := _renumbered(class_id, id_now)) is not None}
        self._guard(kept, None if self._only_over is None else _renumbered(self._only_over, id_now))

    def _guard(self, protected: Iterable[int], only_over: int | None) -> None:
        guard = frozenset(protected), only_over
        if guard != (self._protected, self._only_over):
            self._protected, self._only_over = guard
            self.guard_changed.emit()

    # -- symmetry -----------------------------------------------------------------------------------------------

    @property
    def symmetry(self) -> Symmetry:
        """The axes across which everything is painted a second time."""
        return self._symmetry

    def set_symmetry(self, symmetry: Symmetry) -> None:
        """Move the axes of symmetry, or switch them on and off; they stay within the layout."""
        symmetry = Symmetry(_within_layout(symmetry.x_share), _within_layout(symmetry.y_share))
        if symmetry != self._symmetry:
            self._symmetry = symmetry
            self.symmetry_changed.emit()

    def set_mirrored_x(self, mirrored: bool, /) -> None:
        """Paint left and right alike, about an axis that starts in the middle."""
        if mirrored != (self._symmetry.x_share is not None):
            self.set_symmetry(Symmetry(0.5 if mirrored else None, self._symmetry.y_share))

    def set_mirrored_y(self, mirrored: bool, /) -> None:
        """Paint above and below alike, about an axis that starts in the middle."""
        if mirrored != (self._symmetry.y_share is not None):
            self.set_symmetry(Symmetry(self._symmetry.x_share, 0.5 if mirrored else None))

    def stroke_options(self, size: Size) -> StrokeOptions:
        """Return how a gesture writes into a layout of a size."""
        mirror_x_px, mirror_y_px = self._symmetry.axes_px(size)
        return StrokeOptions(
            shape=self._brush_shape,
            protected=self._protected,
            only_over=self._only_over,
            mirror_x_px=mirror_x_px,
            mirror_y_px=mirror_y_px,
        )


def _renumbered(class_id: int, id_now: Callable[[int], int | None]) -> int | None:
    return VOID if class_id == VOID else id_now(class_id)


def _within_layout(share: float | None) -> float | None:
    return None if share is None else min(1.0, max(0.0, share))


def _axis_px(share: float | None, length: int) -> float | None:
    return None if share is None else round(share * length * 2) / 2
