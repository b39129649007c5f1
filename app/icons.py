"""The icon family: 24 x 24 line drawings, coloured when they are drawn: they follow the theme and stay crisp."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme_colours import THEME

ICON_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"


class IconError(LookupError):
    """An icon that does not exist; the message names it."""


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons, sorted."""
    return tuple(sorted(path.stem for path in ICON_FOLDER.glob("*.svg")))


def icon(name: str, *, colour: str | None = None, checked_colour: str | None = None) -> QIcon:
    """Return an icon by name, drawn in a colour, paler while disabled.

    A colour that the theme has when the icon is made is followed when the theme changes; any other stays.

    Args:
        name: file name in resources/icons without its ending.
        colour: ``#rrggbb`` of its lines; the theme's text where None.
        checked_colour: of its lines while its button is checked; the same where None.

    Raises:
        IconError: if there is no such icon.
    """
    _source(name)
    return QIcon(_ThemedIcon(name, _role("text", colour), _role("", checked_colour)))


def icon_pixmap(name: str, size_px: int, colour: str | None = None) -> QPixmap:
    """Return an icon as a square pixmap of ``size_px`` device pixels.

    Raises:
        IconError: if there is no such icon.
    """
    return _pixmap(name, size_px, colour or THEME.text)


def paint_icon(painter: QPainter, name: str, target: QRectF, colour: str | None = None) -> None:
    """Draw an icon into a rectangle of the painter's coordinates.

    Raises:
        IconError: if there is no such icon.
    """
    _renderer(name, colour or THEME.text).render(painter, target)


class _ThemedIcon(QIconEngine):
    """Draws one icon in the colours of the theme in use."""

    def __init__(self, name: str, colour: str, checked_colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour
        self._checked_colour = checked_colour

    def clone(self) -> QIconEngine:
        """Return an engine that draws the same."""
        return _ThemedIcon(self._name, self._colour, self._checked_colour)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw into a rectangle, keeping the drawing square."""
        side = min(rect.width(), rect.height())
        target = QRectF(0, 0, side, side)
        target.moveCenter(QRectF(rect).center())
        paint_icon(painter, self._name, target, self._colour_in(mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a pixmap of a size in device pixels."""
        colour = self._colour_in(mode, state)
        if size.width() == size.height():
            return _pixmap(self._name, size.width(), colour)
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """Return a pixmap of a size that is not in device pixels yet, with as many of them as the screen has."""
        return self.pixmap(size * scale, mode, state)

    def _colour_in(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode is QIcon.Mode.Disabled:
            return THEME.disabled
        checked = self._checked_colour if state is QIcon.State.On else ""
        colour = checked or self._colour
        return colour if colour.startswith("#") else str(getattr(THEME, colour))


def _role(default: str, colour: str | None) -> str:
    """Return the role a colour has in the theme in use; the colour itself where it has none."""
    return default if colour is None else THEME.role_of(colour) or colour


def _pixmap(name: str, size_px: int, colour: str) -> QPixmap:
    return QPixmap.fromImage(_image(name, size_px, colour))


@lru_cache(maxsize=1024)
def _image(name: str, size_px: int, colour: str) -> QImage:
    drawing = _renderer(name, colour)
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return image


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    path = ICON_FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z_]+", name) or not path.is_file():
        raise IconError(f"there is no icon {name!r}")
    return path.read_text(encoding="utf-8")
