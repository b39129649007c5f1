"""The look of the program: which theme is worn, and how it reaches what Qt draws."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.options import Options
from app.style_sheet import style_sheet
from app.theme_colours import DARK, LIGHT, THEME, Theme, mix

__all__ = ["DARK", "LIGHT", "THEME", "Theme", "ThemeSwitch", "apply_theme", "checker_pixmap", "mix", "style_sheet"]

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans")
FONT_SIZE_PX = 12


class ThemeSwitch(QObject):
    """Dresses the program as the options say, at once and whenever they or the system change. GUI thread."""

    changed = Signal()

    def __init__(self, application: QApplication, options: Options, parent: QObject | None = None) -> None:
        """Dress the program as remembered: dark at first."""
        super().__init__(parent)
        self._application = application
        self._options = options
        application.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        options.changed.connect(self._on_option_changed)
        self._dress()

    def _dress(self) -> None:
        theme = {"dark": DARK, "light": LIGHT}.get(self._options.theme) or self._system_theme()
        if theme != THEME or not self._application.styleSheet():
            apply_theme(self._application, theme)
            self.changed.emit()

    def _system_theme(self) -> Theme:
        """Return the theme nearest to the system's; dark where it does not say."""
        return LIGHT if self._application.styleHints().colorScheme() is Qt.ColorScheme.Light else DARK

    def _on_system_changed(self) -> None:
        self._dress()

    def _on_option_changed(self, name: str) -> None:
        if name == "theme":
            self._dress()


def apply_theme(application: QApplication, theme: Theme = DARK) -> None:
    """Dress the whole program: colours in use, style, palette, font and style sheet."""
    THEME.wear(theme)
    if not application.styleSheet():
        application.setStyle(QStyleFactory.create("Fusion"))
        font = QFont()
        font.setFamilies(list(FONT_FAMILIES))
        font.setPixelSize(FONT_SIZE_PX)
        application.setFont(font)
    application.setPalette(_palette(theme))
    application.setStyleSheet(style_sheet(theme))


def checker_pixmap(dark: str | None = None, light: str | None = None, *, cell_px: int = 8) -> QPixmap:
    """Return one tile of the checkerboard that stands for "nothing here": 2 x 2 cells, else in the theme's greys."""
    tile = QPixmap(2 * cell_px, 2 * cell_px)
    tile.fill(QColor(dark or THEME.checker_dark))
    painter = QPainter(tile)
    painter.fillRect(0, 0, cell_px, cell_px, QColor(light or THEME.checker_light))
    painter.fillRect(cell_px, cell_px, cell_px, cell_px, QColor(light or THEME.checker_light))
    painter.end()
    return tile


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for target, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.field),
        (role.AlternateBase, theme.panel),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.disabled),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.accent_text),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent_strong),
        (role.HighlightedText, theme.accent_text),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Light, theme.hover),
        (role.Midlight, theme.raised),
        (role.Mid, theme.edge),
        (role.Dark, theme.border),
        (role.Shadow, theme.border),
        (role.Accent, theme.accent),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, target, QColor(theme.disabled))
    return palette
