"""The icon family: 24 x 24 line drawings, coloured when they are loaded."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import THEME

ICON_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"
SIZES_PX = (16, 20, 32, 40)


class IconError(LookupError):
    """An icon that does not exist; the message names it."""


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons, sorted."""
    return tuple(sorted(path.stem for path in ICON_FOLDER.glob("*.svg")))


def icon(name: str, *, colour: str = THEME.text, checked_colour: str | None = None) -> QIcon:
    """Return an icon by name, drawn in a colour, paler while disabled.

    Args:
        name: file name in resources/icons without its ending.
        colour: ``#rrggbb`` of its lines.
        checked_colour: of its lines while its button is checked; the same where None.

    Raises:
        IconError: if there is no such icon.
    """
    result = QIcon()
    for size_px in SIZES_PX:
        result.addPixmap(icon_pixmap(name, size_px, colour), QIcon.Mode.Normal, QIcon.State.Off)
        result.addPixmap(icon_pixmap(name, size_px, THEME.disabled), QIcon.Mode.Disabled, QIcon.State.Off)
        if checked_colour is not None:
            result.addPixmap(icon_pixmap(name, size_px, checked_colour), QIcon.Mode.Normal, QIcon.State.On)
    return result


def icon_pixmap(name: str, size_px: int, colour: str = THEME.text) -> QPixmap:
    """Return an icon as a square pixmap of ``size_px`` device pixels.

    Raises:
        IconError: if there is no such icon.
    """
    drawing = _renderer(name, colour)
    pixmap = QPixmap(size_px, size_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return pixmap


def paint_icon(painter: QPainter, name: str, target: QRectF, colour: str = THEME.text) -> None:
    """Draw an icon into a rectangle of the painter's coordinates.

    Raises:
        IconError: if there is no such icon.
    """
    _renderer(name, colour).render(painter, target)


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    path = ICON_FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z_]+", name) or not path.is_file():
        raise IconError(f"there is no icon {name!r}")
    return path.read_text(encoding="utf-8")
