"""The style sheet of the program, with the colours of a theme put in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import Template

from app.theme_colours import THEME, Theme

THEME_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "theme"

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
QMenu::icon:checked { background: $accent_soft; border: 1px solid $accent; border-radius: 3px; }

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
QToolButton:focus, QToolButton:checked:focus { border: 1px solid $text; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; }

QPushButton { background: $raised; border: 1px solid $edge; border-radius: 4px; padding: 5px 14px; min-height: 16px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:checked:focus { border-color: $text; }
QPushButton:disabled { color: $disabled; background: $panel; }
QPushButton:default { background: $accent_strong; border-color: $accent; color: $accent_text; }
QPushButton:default:hover { background: $accent; }
QPushButton:default:disabled { background: $panel; border-color: $edge; color: $disabled; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; color: $accent; padding: 3px 6px; }
QPushButton[role="flat"]:hover { background: $hover; }
QPushButton[role="flat"]:focus { border-color: $accent; }
QPushButton:default:focus { border: 2px solid $text; padding: 4px 13px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
    background: $field; border: 1px solid $edge; border-radius: 4px; padding: 4px 6px; color: $text;
    selection-background-color: $accent_strong; selection-color: $accent_text; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: $accent; }
QSpinBox { padding: 2px 6px; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; height: 0; border: none; }
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled { color: $disabled; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url($down_arrow); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $edge; selection-background-color: $accent_soft; }

QCheckBox, QRadioButton { spacing: 8px; padding: 2px 0; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $edge; background: $field; border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $muted; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QRadioButton::indicator:checked {
    border-color: $accent;
    background: qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5,
        stop:0 $accent, stop:0.5 $accent, stop:0.6 $field, stop:1 $field); }
QCheckBox::indicator:checked { border-color: $accent; background: $accent_strong; image: url($check_mark); }

QSlider { background: transparent; min-height: 18px; }
QSlider::groove:horizontal { height: 4px; background: $field; border-radius: 2px; }
QSlider::sub-page:horizontal { height: 4px; background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: $text; }
QSlider::handle:horizontal:hover { background: $accent; }
QSlider:focus { border: 1px solid $accent; border-radius: 4px; }
QSlider::sub-page:horizontal:disabled { background: $edge; }

QListView { background: $panel; border: 1px solid transparent; }
QListWidget { background: transparent; }
QListWidget::item { padding: 5px 8px; border-radius: 4px; color: $text; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $accent_soft; color: $text; }
QListView:focus { border-color: $accent; }
QTreeView:focus { border-color: $accent; }
QTreeView, QFileDialog QListView { background: $field; border: 1px solid $edge; border-radius: 4px; }
QTreeView::item, QFileDialog QListView::item { padding: 3px; }
QTableView::item { padding: 0 5px; }
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

QTabBar { background: $window; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 10px 5px 10px;
    border: 1px solid transparent; border-bottom: 2px solid transparent; }
SidePanel QTabBar::tab { padding: 6px 6px 5px 6px; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; background: $panel; border-bottom-color: $accent; }
QTabBar::tab:selected:focus { border-color: $accent; }
QTabBar { qproperty-drawBase: 0; }
QTabWidget::pane { border: none; background: $panel; }
QTabBar QToolButton { background: $window; border: none; padding: 2px; }

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
    check_mark = (THEME_FOLDER / "check_mark.svg").as_posix()
    down_arrow = (THEME_FOLDER / "down_arrow.svg").as_posix()
    return _STYLE.substitute(asdict(theme), check_mark=f'"{check_mark}"', down_arrow=f'"{down_arrow}"')
