"""The pictures the views draw: layout, canvas, image and underlay, each made once for all views."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from app.hatch import patterns_of_table
from app.imaging import Pyramid, pictures_of, pyramid_from_rgb, pyramid_of_stored_canvas
from app.layout_picture import LayoutPicture
from app.session import Session
from app.theme import THEME
from app.views.surface import Surface
from engine.geometry import Bounds

PictureName = Literal["layout", "canvas", "image", "underlay"]
PICTURE_NAMES: tuple[PictureName, ...] = get_args(PictureName)
SMOOTH_BELOW = 3.0
"""Device pixels a layout pixel above which pixels are wanted, not smoothness."""


class ViewPictures(QObject):
    """Follows a session. GUI thread.

    Emits `layout_changed` with the bounds that look different, and `picture_changed` with the name of another one.
    """

    layout_changed = Signal(object)
    picture_changed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        """Colour the session's layout and take the pictures it has."""
        super().__init__(parent)
        self._session = session
        self._pyramids: dict[str, Pyramid | None] = {}
        self.layout = self._coloured_layout()
        session.layout_changed.connect(self._on_layout_changed)
        session.document_replaced.connect(self._on_document_replaced)
        session.size_changed.connect(self._on_layout_replaced)
        session.table_changed.connect(self._on_layout_replaced)
        session.options.changed.connect(self._on_option_changed)
        session.result_shown.connect(self._on_result_shown)
        session.underlay.changed.connect(self._on_underlay_changed)
        self._take_stored()
        self._on_result_shown()

    def pyramid(self, name: PictureName) -> Pyramid | None:
        """Return canvas, image or underlay; None where there is none yet."""
        return self._pyramids.get(name)

    def has(self, name: PictureName) -> bool:
        """Whether there is such a picture."""
        return name == "layout" or self._pyramids.get(name) is not None

    def draw(
        self, name: PictureName, surface: Surface, painter: QPainter, exposed: QRectF, *, is_compared: bool = False
    ) -> None:
        """Draw what is exposed of a picture in a view; nothing where there is none.

        Args:
            name: which one.
            surface: the view.
            painter: draws in view pixels.
            exposed: what needs drawing.
            is_compared: whether an underlay is drawn as it is, and not as opaque as it lies under the layout.
        """
        page = surface.page()
        if name == "layout":
            self.layout.draw(painter, page, exposed)
            return
        pyramid = self._pyramids.get(name)
        if pyramid is None:
            return
        if name == "underlay":
            share = 1.0 if is_compared else self._session.underlay.opacity
            self._draw_underlay(pyramid, surface, painter, exposed, share)
            return
        is_enlarged = pyramid.size.width < surface.link.size.width
        is_smooth = surface.link.scale * surface.devicePixelRatioF() < SMOOTH_BELOW or is_enlarged
        pyramid.draw(painter, page, exposed, is_smooth=is_smooth)

    def _draw_underlay(
        self, pyramid: Pyramid, surface: Surface, painter: QPainter, exposed: QRectF, share: float
    ) -> None:
        place = self._session.underlay.place(surface.link.size)
        corner, scale = surface.origin(), surface.link.scale
        target = QRectF(
            corner.x() + place.x() * scale,
            corner.y() + place.y() * scale,
            place.width() * scale,
            place.height() * scale,
        )
        shown = exposed.intersected(target)
        if shown.isEmpty():
            return
        opacity = painter.opacity()
        painter.setOpacity(opacity * share)
        pyramid.draw(painter, target, shown, is_smooth=True)
        painter.setOpacity(opacity)

    def _coloured_layout(self) -> LayoutPicture:
        document = self._session.document
        patterns = patterns_of_table(document.table) if self._session.options.hatch else ()
        return LayoutPicture(document.class_ids, document.instance_ids, document.table, patterns=patterns)

    def _take_stored(self) -> None:
        opened = self._session.opened
        self._pyramids["canvas"] = None if opened.canvas is None else pyramid_of_stored_canvas(opened.canvas)
        self._pyramids["image"] = None if opened.image is None else pyramid_from_rgb(opened.image)
        self._pyramids["underlay"] = self._session.underlay.pyramid

    def _on_option_changed(self, name: str) -> None:
        if name == "hatch":
            self._on_layout_replaced()

    def _on_layout_changed(self, bounds: Bounds) -> None:
        bounds = self.layout.refresh(bounds)
        if bounds:
            self.layout_changed.emit(bounds)

    def _on_document_replaced(self) -> None:
        self.layout = self._coloured_layout()
        self._take_stored()
        for name in PICTURE_NAMES:
            self.picture_changed.emit(name)

    def _on_layout_replaced(self) -> None:
        self.layout = self._coloured_layout()
        self.picture_changed.emit("layout")

    def _on_result_shown(self, _result: object = None) -> None:
        result = self._session.result
        if result is None:
            return
        pictures = pictures_of(result)
        self._pyramids["canvas"], self._pyramids["image"] = pictures.canvas_pyramid, pictures.image_pyramid
        self.picture_changed.emit("canvas")
        self.picture_changed.emit("image")

    def _on_underlay_changed(self) -> None:
        self._pyramids["underlay"] = self._session.underlay.pyramid
        self.picture_changed.emit("underlay")


def draw_hint(painter: QPainter, exposed: QRectF, area: QRectF, text: str) -> None:
    """Say in the middle of an area why it is empty."""
    painter.fillRect(exposed, QColor(THEME.view))
    painter.setPen(QColor(THEME.muted))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
