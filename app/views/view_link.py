"""What the three views share: the same pan, zoom and cursor in all of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QSizeF, Signal

from app.views.view_options import ViewOptions
from engine.geometry import Size

MIN_SCALE = 1 / 16
MAX_SCALE = 32.0
FIT_MARGIN_PX = 12.0


class ViewLink(QObject):
    """Scale and centre of all views, where the cursor is, and what is shown beside the pictures. GUI thread.

    A layout position ``p`` appears at ``(p - centre) * scale`` from the middle of every view; ``scale`` is view
    pixels a layout pixel.
    """

    moved = Signal()
    cursor_moved = Signal()
    panning_changed = Signal(bool)
    peeking_changed = Signal(bool)

    def __init__(self, size: Size, parent: QObject | None = None, *, options: ViewOptions | None = None) -> None:
        """Start at 100 %, in the middle of a layout; without options of their own the views have the defaults."""
        super().__init__(parent)
        self.options = options or ViewOptions(parent=self)
        self._size = size
        self._scale = 1.0
        self._centre = QPointF(size.width / 2, size.height / 2)
        self._cursor: QPointF | None = None
        self._is_fitted = True
        self._is_panning_held = False
        self._is_peeking = False

    @property
    def scale(self) -> float:
        """View pixels a layout pixel."""
        return self._scale

    @property
    def centre(self) -> QPointF:
        """The layout position in the middle of every view."""
        return QPointF(self._centre)

    @property
    def cursor(self) -> QPointF | None:
        """The layout position under the pointer, or None where it is in no view."""
        return self._cursor

    @property
    def size(self) -> Size:
        """Size of the layout."""
        return self._size

    @property
    def is_fitted(self) -> bool:
        """Whether the whole layout is shown and follows the window's size."""
        return self._is_fitted

    @property
    def is_panning_held(self) -> bool:
        """Whether Space is down, so that dragging pans."""
        return self._is_panning_held

    @property
    def is_peeking(self) -> bool:
        """Whether C is down, so that the other picture of a comparison is shown."""
        return self._is_peeking

    def set_peeking(self, peeking: bool, /) -> None:
        """Show the other picture of a comparison, or no longer."""
        if peeking != self._is_peeking:
            self._is_peeking = peeking
            self.peeking_changed.emit(peeking)

    def set_size(self, size: Size) -> None:
        """Show a layout of another size; the next `fit` makes it whole."""
        self._size = size
        self._centre = QPointF(size.width / 2, size.height / 2)
        self._is_fitted = True
        self.moved.emit()

    def set_panning_held(self, held: bool, /) -> None:
        """Let dragging pan in every view, or no longer."""
        if held != self._is_panning_held:
            self._is_panning_held = held
            self.panning_changed.emit(held)

    def set_cursor(self, position: QPointF | None) -> None:
        """Move the cursor cross of all views to a layout position, or take it away."""
        if position != self._cursor:
            self._cursor = position
            self.cursor_moved.emit()

    def pan_by(self, delta_x_px: float, delta_y_px: float) -> None:
        """Move the picture by view pixels, right and down; its middle part stays in view."""
        self._place(self._centre - QPointF(delta_x_px, delta_y_px) / self._scale, is_fitted=False)

    def zoom_at(self, factor: float, offset_px: QPointF) -> None:
        """Zoom by a factor; the layout position at an offset from the view's middle stays where it is."""
        anchor = self._centre + offset_px / self._scale
        self._scale = min(MAX_SCALE, max(MIN_SCALE, self._scale * factor))
        self._place(anchor - offset_px / self._scale, is_fitted=False)

    def set_scale(self, scale: float) -> None:
        """Zoom to a scale about the middle of the views."""
        self._scale = min(MAX_SCALE, max(MIN_SCALE, scale))
        self._place(self._centre, is_fitted=False)

    def fit(self, viewport: QSizeF) -> None:
        """Show the whole layout in a viewport, in view pixels."""
        width, height = viewport.width() - 2 * FIT_MARGIN_PX, viewport.height() - 2 * FIT_MARGIN_PX
        if width > 1 and height > 1:
            scale = min(width / self._size.width, height / self._size.height)
            self._scale = min(MAX_SCALE, max(MIN_SCALE, scale))
            self._place(QPointF(self._size.width / 2, self._size.height / 2), is_fitted=True)

    def _place(self, centre: QPointF, *, is_fitted: bool) -> None:
        self._centre = QPointF(
            min(max(centre.x(), 0.0), float(self._size.width)), min(max(centre.y(), 0.0), float(self._size.height))
        )
        self._is_fitted = is_fitted
        self.moved.emit()
