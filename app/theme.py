"""The look of the program: one neutral dark theme with one accent.

Greys carry no hue, so that photographs beside them are judged rightly; the accent marks what is chosen, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

FONT_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans")
FONT_SIZE_PX = 12
THEME_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "theme"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``, named for what they are used on."""

    window: str = "#262626"
    panel: str = "#2e2e2e"
    field: str = "#222222"
    raised: str = "#3a3a3a"
    hover: str = "#444444"
    pressed: str = "#1f1f1f"
    border: str = "#1b1b1b"
    edge: str = "#484848"
    text: str = "#e2e2e2"
    muted: str = "#a3a3a3"
    disabled: str = "#6a6a6a"
    accent: str = "#4a9eea"
    accent_soft: str = "#2c4860"
    accent_text: str = "#ffffff"
    view: str = "#1d1d1d"
    checker_dark: str = "#4d4d4d"
    checker_light: str = "#585858"
    danger: str = "#e0695f"
    danger_soft: str = "#4a2c2a"
    good: str = "#62b071"


THEME = Theme()

_STYLE = Template("""
* { outline: 0; }
QMainWindow, QDialog { background: $window; }
QDialog { border: 1px solid $edge; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QToolTip { background: $raised; color: $text; border: 1px solid $edge; padding: 4px 6px; }
QLabel { background: transparent; color: $text; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="heading"] { color: $muted; font-weight: 600; font-size: 11px; }
QLabel[role="title"] { font-size: 14px; font-weight: 600; }
QLabel[role="error"] { color: $danger; }

QMenuBar { background: $window; border-bottom: 1px solid $border; padding: 1px 4px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 3px; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $panel; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 3px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $edge; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QWidget[role="panel"], QDockWidget > QWidget { background: $panel; }
QWidget[role="strip"] { background: $window; }
QFrame[role="rule"] { background: $border; border: none; }
QDockWidget { color: $muted; }
QDockWidget::title { background: $window; padding: 5px 8px; }
QScrollArea { background: transparent; border: none; }
QToolBar { background: $window; border: none; spacing: 2px; padding: 2px 6px; }
QToolBar::separator { background: $edge; width: 1px; margin: 5px 4px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $pressed; }
QToolButton:checked { background: $accent_soft; border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; }

QPushButton { background: $raised; border: 1px solid $edge; border-radius: 4px; padding: 5px 14px; min-height: 16px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:disabled { color: $disabled; background: $panel; }
QPushButton:default { background: $accent_strong; border-color: $accent; color: $accent_text; }
QPushButton:default:hover { background: $accent; }
QPushButton:default:disabled { background: $panel; border-color: $edge; color: $disabled; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; color: $accent; padding: 3px 6px; }
QPushButton[role="flat"]:hover { background: $hover; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
    background: $field; border: 1px solid $edge; border-radius: 4px; padding: 4px 6px; color: $text;
    selection-background-color: $accent_strong; selection-color: $accent_text; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: $accent; }
QSpinBox { padding: 2px 6px; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; height: 0; border: none; }
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled { color: $disabled; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $edge; selection-background-color: $accent_soft; }

QCheckBox, QRadioButton { spacing: 8px; padding: 2px 0; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $edge; background: $field; border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $muted; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QRadioButton::indicator:checked {
    border-color: $accent;
    background: qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5,
        stop:0 $accent, stop:0.5 $accent, stop:0.6 $field, stop:1 $field); }
QCheckBox::indicator:checked { border-color: $accent; background: $accent_strong; image: url($check_mark); }

QSlider { background: transparent; min-height: 18px; }
QSlider::groove:horizontal { height: 4px; background: $field; border-radius: 2px; }
QSlider::sub-page:horizontal { height: 4px; background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: $text; }
QSlider::handle:horizontal:hover { background: $accent_text; }
QSlider::sub-page:horizontal:disabled { background: $edge; }

QListView { background: $panel; border: none; }
QTreeView, QFileDialog QListView { background: $field; border: 1px solid $edge; border-radius: 4px; }
QTreeView::item, QFileDialog QListView::item { padding: 3px; }
QTreeView::item:selected, QFileDialog QListView::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $muted; border: none; padding: 4px 8px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $disabled; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QStatusBar QToolButton { padding: 2px 6px; }
QProgressBar { background: $field; border: none; border-radius: 2px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }

QFrame[role="banner"] { background: $raised; border: none; border-bottom: 1px solid $border; }
QFrame[role="banner-error"] { background: $danger_soft; border: none; border-bottom: 1px solid $danger; }
QFrame[role="sheet"] { background: $panel; border: 1px solid $edge; }
QFrame[role="card"] { background: $field; border-radius: 4px; }
""")


def style_sheet(theme: Theme = THEME) -> str:
    """Return the style sheet of the whole program."""
    names = {name: getattr(theme, name) for name in theme.__dataclass_fields__}
    check_mark = (THEME_FOLDER / "check_mark.svg").as_posix()
    return _STYLE.substitute(names, accent_strong=mix(theme.accent, theme.window, 0.28), check_mark=f'"{check_mark}"')


def mix(first: str, second: str, share: float) -> str:
    """Return the colour that lies ``share`` of the way from the first to the second, as ``#rrggbb``.

    Raises:
        ValueError: if the share lies outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies in [0, 1], not {share}")
    a, b = QColor(first), QColor(second)
    parts = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    red, green, blue = (round(x + (y - x) * share) for x, y in parts)
    return f"#{red:02x}{green:02x}{blue:02x}"


def apply_theme(application: QApplication, theme: Theme = THEME) -> None:
    """Dress the whole program: style, palette, font and style sheet."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(_palette(theme))
    font = QFont()
    font.setFamilies(list(FONT_FAMILIES))
    font.setPixelSize(FONT_SIZE_PX)
    application.setFont(font)
    application.setStyleSheet(style_sheet(theme))


def checker_pixmap(dark: str = THEME.checker_dark, light: str = THEME.checker_light, *, cell_px: int = 8) -> QPixmap:
    """Return one tile of the checkerboard that stands for "nothing here"; 2 x 2 cells."""
    tile = QPixmap(2 * cell_px, 2 * cell_px)
    tile.fill(QColor(dark))
    painter = QPainter(tile)
    painter.fillRect(0, 0, cell_px, cell_px, QColor(light))
    painter.fillRect(cell_px, cell_px, cell_px, cell_px, QColor(light))
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
        (role.Highlight, theme.accent),
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
