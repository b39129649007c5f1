"""The tool in hand over a view: from pointer and key events to gestures, and what is drawn meanwhile."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPointingDevice, QTabletEvent

from app.session import Session
from app.tool_state import BRUSH_TOOLS, ROUND_TOOLS
from app.tools.brush import BrushTool
from app.tools.tool import KeyStroke, PointerEvent, Preview, Tool
from app.tools.toolbox import build_tools
from app.views.surface import Surface
from app.views.tool_drawing import Axes, brush_outline, draw_outline, draw_preview, mirrors, view_transform

SMALLEST_OUTLINE_PX = 5.0
CLICK_VIEW_PX = 4.0
OUTLINE_MARGIN_PX = 4
FRAME_S = 0.006
"""No stroke is drawn more often than this: faster than a screen shows it, and the engine gets nowhere."""
LEAST_PRESSURE = 0.02
PAN_HINT = "Drag to move the picture; wheel to zoom"
_PEN_TYPES = (QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser)
_SHIFT, _ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
_CONTROL, _KEYPAD = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class _Resize:
    """A drag with Shift: where it began in the view, how large the brush was, and whether the pointer has moved."""

    start: QPointF
    brush_px: float
    has_moved: bool = False


class ToolHand(QObject):
    """Hands the events of a surface to the tool in hand. GUI thread. Emits `hint_changed` with what can be done now.

    What arrives while a brush paints is painted together, frame by frame (`FRAME_S`): a fast pointer never leaves the
    picture behind, and between two frames the engine has the machine for itself.
    """

    hint_changed = Signal(str)

    def __init__(self, session: Session, surface: Surface) -> None:
        """Work on a session's document in a surface, its parent."""
        super().__init__(surface)
        self._session = session
        self._surface = surface
        self._tools = build_tools(session)
        self._active: Tool | None = None
        self._is_down = False
        self._resize: _Resize | None = None
        self._pressure, self._pen_erases = 1.0, False
        self._held = Qt.KeyboardModifier.NoModifier
        self._shown = QRect()
        self._hint = ""
        self._moved_to: PointerEvent | None = None
        self._is_frame_due, self._painted_s = False, -math.inf
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._begin_frame)
        session.tool_changed.connect(self._on_tool_changed)
        session.brush_changed.connect(surface.update)
        session.tools.symmetry_changed.connect(surface.update)
        session.tools.options_changed.connect(self._refresh)
        session.document_replaced.connect(self.abort)
        self._refresh()

    @property
    def is_busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._active is not None

    @property
    def is_down(self) -> bool:
        """Whether the button of a gesture is down."""
        return self._is_down or self._resize is not None

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        if self._session.tool == "pan":
            return PAN_HINT
        return (self._active or self._tools[self._session.tool]).hint

    @property
    def picks(self) -> bool:
        """Whether a press would pick a class."""
        name = self._session.tool
        return name == "pick" or (self._active is None and name != "pan" and bool(self._held & _ALT))

    @property
    def shows_brush(self) -> bool:
        """Whether the outline of the brush follows the pointer."""
        return self._session.tool in ROUND_TOOLS and not self._surface.link.is_panning_held

    @property
    def hides_pointer(self) -> bool:
        """Whether the outline of the brush is large enough to stand for the pointer."""
        return self.shows_brush and self._session.brush_px * self._surface.link.scale >= SMALLEST_OUTLINE_PX

    def abort(self) -> bool:
        """Take the gesture under way back; False where there is none."""
        tool, self._active, self._is_down, self._resize = self._active, None, False, None
        if tool is not None:
            tool.cancel()
        self._refresh()
        return tool is not None

    # -- pointer ------------------------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> bool:
        """Begin or continue a gesture; False where the press is none of the tool's business."""
        if self._is_down:
            return True
        is_left = event.button() == Qt.MouseButton.LeftButton
        if not is_left or (self._active is None and event.modifiers() & _CONTROL):
            return False
        if self._active is None:
            name = "pick" if event.modifiers() & _ALT else self._session.tool
            if name == "pan":
                return False
            if name in BRUSH_TOOLS and event.modifiers() & _SHIFT:
                self._resize = _Resize(event.position(), self._session.brush_px)
                return True
            self._active = self._tools[name]
        self._is_down = True
        self._active.press(self._pointer(event))
        if isinstance(self._active, BrushTool):
            self._paint_in_a_frame()
        self._settle()
        return True

    def double_click(self, event: QMouseEvent) -> bool:
        """Take the second press of two quick ones; False where no gesture waits for it."""
        if self._active is None or self._is_down or event.button() != Qt.MouseButton.LeftButton:
            return False
        self._is_down = True
        self._active.double_click(self._pointer(event))
        self._settle()
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Continue the gesture; True where the pointer of the views shall stay where it was."""
        if self._resize is not None:
            self._change_size(event)
            return True
        if isinstance(self._active, BrushTool):
            self._paint_in_a_frame()
            self._moved_to = self._pointer(event)
            self._active.move(self._moved_to)
            return True
        if self._active is not None:
            self._active.move(self._pointer(event))
        self._note_held(event.modifiers())
        self._refresh()
        return False

    def release(self, event: QMouseEvent) -> None:
        """End the gesture, or leave it open for the next press."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        resize, self._resize = self._resize, None
        tool = self._tools.get(self._session.tool)
        if resize is not None and not resize.has_moved and isinstance(tool, BrushTool):
            tool.draw_line(self._pointer(event))
        if self._active is not None and self._is_down:
            self._is_down = False
            self._active.release(self._pointer(event))
        self._settle()

    def _paint_in_a_frame(self) -> None:
        """Paint at the end of this turn of the event loop, or when the frame is over that was painted last."""
        if self._is_frame_due:
            return
        self._is_frame_due = True
        wait_s = self._painted_s + FRAME_S - time.perf_counter()
        if wait_s > 0:
            self._frame.start(math.ceil(wait_s * 1000))
        else:
            self._begin_frame()

    def _begin_frame(self) -> None:
        self._session.engine.take_precedence()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))

    def customEvent(self, event: QEvent) -> None:
        """Paint what came since the last frame."""
        self._is_frame_due, self._painted_s = False, time.perf_counter()
        if isinstance(self._active, BrushTool):
            self._active.paint_waiting()
        else:
            self._session.engine.give_precedence_back()
        at, self._moved_to = self._moved_to, None
        if at is not None:
            self._surface.link.set_cursor(QPointF(at.x, at.y))
            self._refresh()

    def mouse_of_pen(self, event: QTabletEvent) -> QMouseEvent | None:
        """Return the mouse event a pen's event stands for, and keep its pressure; None where Qt may make its own."""
        kind = {
            QEvent.Type.TabletPress: QEvent.Type.MouseButtonPress,
            QEvent.Type.TabletMove: QEvent.Type.MouseMove,
            QEvent.Type.TabletRelease: QEvent.Type.MouseButtonRelease,
        }.get(event.type())
        is_hovering = event.type() == QEvent.Type.TabletMove and not event.buttons()
        if kind is None or is_hovering:
            self._pressure, self._pen_erases = 1.0, False
            return None
        if event.type() != QEvent.Type.TabletRelease:  # a pen that is leaving the tablet says nothing of size
            self._pressure = min(1.0, max(LEAST_PRESSURE, event.pressure()))
        self._pen_erases = event.pointerType() == event.pointerType().Eraser
        at, screen = event.position(), event.globalPosition()
        return QMouseEvent(
            kind, at, at, screen, event.button(), event.buttons(), event.modifiers(), event.pointingDevice()
        )

    # -- keys ---------------------------------------------------------------------------------------------------

    def wants_key(self, event: QKeyEvent) -> bool:
        """Whether a key belongs to the gesture under way, or to the tool, and not to the window."""
        stroke, tool = _stroke_of(event), self._tool()
        if stroke is None or tool is None:
            return False
        return (stroke.undoes and self._is_down) or tool.wants_key(stroke)

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key means; False where it means nothing to the tool."""
        stroke, tool = _stroke_of(event), self._tool()
        if stroke is None or tool is None or not self.wants_key(event):
            return False
        if self._is_down and stroke.undoes:
            self.abort()
        else:
            tool.key(stroke)
            self._settle()
        return True

    def note_key(self, event: QKeyEvent, *, held: bool) -> None:
        """Show what Shift or Alt would do, as soon as it is held."""
        modifier = {Qt.Key.Key_Shift: _SHIFT, Qt.Key.Key_Alt: _ALT}.get(Qt.Key(event.key()))
        if modifier is not None:
            self._note_held(self._held | modifier if held else self._held & ~modifier)
            self._refresh()

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw(self, painter: QPainter, pointer: QPointF | None) -> None:
        """Draw what the gesture would change, and the outline of the brush around a layout position."""
        preview = self._preview(pointer)
        if preview is not None:
            draw_preview(painter, self._surface, preview, self._session.table, self._axes())
        if pointer is not None and self.hides_pointer:
            path = brush_outline(
                pointer.x(),
                pointer.y(),
                radius_px=self._radius_px(),
                shape=self._session.tools.brush_shape,
                scale=self._surface.link.scale,
            )
            draw_outline(painter, self._surface, path, self._axes())

    def outline_rect(self, pointer: QPointF) -> QRect:
        """Return the view rectangle that the brush's outlines around a layout position cover."""
        reach = self._radius_px() + 1
        rect = QRect()
        for mirror in mirrors(self._axes()):
            at = mirror.map(pointer)
            rect = rect.united(self._surface.view_rect(at.x() - reach, at.y() - reach, at.x() + reach, at.y() + reach))
        return rect.adjusted(-OUTLINE_MARGIN_PX, -OUTLINE_MARGIN_PX, OUTLINE_MARGIN_PX, OUTLINE_MARGIN_PX)

    # -- inside -------------------------------------------------------------------------------------------------

    def _tool(self) -> Tool | None:
        return self._active or self._tools.get(self._session.tool)

    def _axes(self) -> Axes:
        return self._session.tools.symmetry.axes_px(self._session.document.size)

    def _radius_px(self) -> float:
        if isinstance(self._active, BrushTool):
            return self._active.radius_px
        return self._session.brush_px / 2

    def _preview(self, pointer: QPointF | None) -> Preview | None:
        if self._active is not None:
            return self._active.preview()
        tool = self._tools.get(self._session.tool)
        if self._held & _SHIFT and pointer is not None and isinstance(tool, BrushTool):
            return tool.line_preview(PointerEvent(pointer.x(), pointer.y()))
        return None

    def _pointer(self, event: QMouseEvent) -> PointerEvent:
        at, modifiers = self._surface.to_layout(event.position()), event.modifiers()
        is_pen = event.pointerType() in _PEN_TYPES
        return PointerEvent(
            at.x(),
            at.y(),
            pressure=self._pressure if is_pen else 1.0,
            view_px=1 / self._surface.link.scale,
            constrained=bool(modifiers & _SHIFT),
            centred=bool(modifiers & (_ALT | _CONTROL)),
            erases=is_pen and self._pen_erases,
        )

    def _change_size(self, event: QMouseEvent) -> None:
        assert self._resize is not None
        start, brush_px = self._resize.start, self._resize.brush_px
        delta = event.position() - start
        if self._resize.has_moved or math.hypot(delta.x(), delta.y()) >= CLICK_VIEW_PX:
            self._resize = _Resize(start, brush_px, has_moved=True)
            self._session.set_brush_px(round(brush_px + delta.x() / self._surface.link.scale))

    def _settle(self) -> None:
        """Let go of a tool whose gesture is over."""
        if self._active is not None and not self._is_down and not self._active.is_open:
            self._active = None
        self._refresh()

    def _note_held(self, held: Qt.KeyboardModifier) -> None:
        before, self._held = self._held, held
        if (before ^ held) & _ALT:
            self._surface.show_idle_cursor()
        if self._active is None and (before | held) & _SHIFT:
            self._surface.update()

    def _refresh(self) -> None:
        """Draw the gesture anew, and say what can be done now."""
        preview = None if self._active is None else self._active.preview()
        shown = QRect()
        if preview is not None:
            for mirror in mirrors(self._axes() if preview.is_mirrored else (None, None)):
                box = (mirror * view_transform(self._surface)).mapRect(preview.path.boundingRect())
                shown = shown.united(box.toAlignedRect().adjusted(-3, -3, 3, 3))
        if not (shown.isNull() and self._shown.isNull()):
            self._surface.update(shown.united(self._shown))
        self._shown = shown
        if self.hint != self._hint:
            self._hint = self.hint
            self.hint_changed.emit(self._hint)

    def _on_tool_changed(self, _name: str) -> None:
        self.abort()
        self._surface.update()


def _stroke_of(event: QKeyEvent) -> KeyStroke | None:
    """Return a key event as tools take it, or None where it is a shortcut of another kind."""
    undoes = event.matches(QKeySequence.StandardKey.Undo)
    if not undoes and event.modifiers() & ~(_SHIFT | _KEYPAD):
        return None
    return KeyStroke(Qt.Key(event.key()), fast=bool(event.modifiers() & _SHIFT), undoes=undoes)
