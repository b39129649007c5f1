"""Theme and icons."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.icons import ICON_FOLDER, IconError, icon, icon_names, icon_pixmap
from app.options import Options
from app.panels.tool_bar import TOOLS
from app.theme import DARK, LIGHT, THEME, Theme, ThemeSwitch, apply_theme, checker_pixmap, mix, style_sheet

NEUTRAL = ("window", "panel", "field", "raised", "hover", "border", "edge", "view", "checker_dark", "checker_light")


def luminance(colour: str) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[float, float, float]:
    parsed = QColor(colour)
    return parsed.redF(), parsed.greenF(), parsed.blueF()


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_greys_around_pictures_carry_no_hue(theme: Theme):
    for name in NEUTRAL:
        red, green, blue = _parts(getattr(theme, name))
        assert red == green == blue, name


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_text_reads_well_on_every_ground(theme: Theme):
    grounds = ("window", "panel", "field", "raised", "hover", "accent_soft", "danger_soft", "view", "pressed")
    for ground in grounds:
        assert contrast(theme.text, getattr(theme, ground)) >= 4.5, ground
    for ground in ("window", "panel", "field", "view", "accent_soft", "raised"):
        assert contrast(theme.muted, getattr(theme, ground)) >= 4.5, ground
    for ground in ("window", "panel", "field"):
        assert contrast(theme.accent, getattr(theme, ground)) >= 4.5, ground
        assert contrast(theme.danger, getattr(theme, ground)) >= 4.5, ground
    assert contrast(theme.accent_text, theme.accent_strong) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_focus_ring_and_what_is_disabled_can_be_seen(theme: Theme):
    for ground in ("window", "panel", "field", "raised", "view"):
        assert contrast(theme.accent, getattr(theme, ground)) >= 3, ground
    for ground in ("window", "panel"):
        assert contrast(theme.disabled, getattr(theme, ground)) >= 2.2, ground


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_every_colour_of_a_theme_has_one_meaning(theme: Theme):
    """An icon follows its colour by the role it has: two roles of one colour would be confused."""
    colours = [theme.text, theme.muted, theme.disabled, theme.accent, theme.accent_text, theme.danger, theme.good]
    assert len(set(colours)) == len(colours)
    for colour in colours:
        assert getattr(theme, theme.role_of(colour) or "") == colour


def test_an_icon_follows_the_theme_and_a_colour_of_its_own_stays(qapp: QApplication):
    muted, fixed, plain = icon("close", colour=THEME.muted), icon("close", colour="#12ab34"), icon("close")
    try:
        apply_theme(qapp, LIGHT)
        for drawn, colour in ((muted, LIGHT.muted), (fixed, "#12ab34"), (plain, LIGHT.text)):
            picture = drawn.pixmap(64, 64).toImage()
            opaque = {
                picture.pixelColor(x, y).name()
                for x in range(64)
                for y in range(64)
                if picture.pixelColor(x, y).alpha() == 255
            }
            assert opaque == {colour}
    finally:
        apply_theme(qapp, DARK)


def test_the_theme_of_the_system_is_followed(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    options = Options(QSettings(str(tmp_path / "p.ini"), QSettings.Format.IniFormat))
    switch = ThemeSwitch(qapp, options)
    try:
        options.set_theme("system")
        assert THEME in (DARK, LIGHT)
        monkeypatch.setattr(switch, "_system_theme", lambda: LIGHT)
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
        assert THEME == LIGHT
        options.set_theme("dark")
        assert THEME == DARK
    finally:
        switch.deleteLater()
        apply_theme(qapp, DARK)


def test_every_colour_is_a_colour():
    for name, value in asdict(THEME).items():
        assert re.fullmatch(r"#[0-9a-f]{6}", value), name


def test_style_sheet_is_complete():
    assert "$" not in style_sheet()
    assert THEME.accent in style_sheet()


def test_mixing_half_way_lies_in_the_middle():
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert mix("#123456", "#ffffff", 0) == "#123456"


def test_mixing_outside_of_the_two_colours_is_refused():
    with pytest.raises(ValueError, match="share"):
        mix("#000000", "#ffffff", 1.2)


def test_theme_reaches_the_palette(qapp: QApplication):
    apply_theme(qapp)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(THEME.window)
    assert qapp.palette().color(QPalette.ColorRole.Highlight) == QColor(THEME.accent_strong)
    assert qapp.style().name() == "fusion" or qapp.styleSheet()


def test_checkerboard_alternates(qapp: QApplication):
    tile = checker_pixmap(cell_px=4).toImage()
    assert tile.width() == 8
    assert tile.pixelColor(0, 0) == QColor(THEME.checker_light) == tile.pixelColor(7, 7)
    assert tile.pixelColor(7, 0) == QColor(THEME.checker_dark) == tile.pixelColor(0, 7)


def test_icons_are_one_family():
    assert icon_names()
    for name in icon_names():
        text = (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert 'viewBox="0 0 24 24"' in text, name
        assert 'stroke="currentColor"' in text, name
        assert 'stroke-width="1.75"' in text, name
        assert len(re.findall(r"#[0-9a-fA-F]{3,8}", text)) == 0, name


def test_every_icon_draws_in_the_colour_asked_for(qapp: QApplication):
    for name in icon_names():
        picture = icon_pixmap(name, 48, "#ff0000").toImage()
        drawn = [
            picture.pixelColor(x, y) for x in range(48) for y in range(48) if picture.pixelColor(x, y).alpha() == 255
        ]
        assert drawn, name
        assert all(c.red() == 255 and c.green() == c.blue() == 0 for c in drawn), name


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_icons_have_a_pixel_for_each_of_a_dense_screen(qapp: QApplication, ratio: float):
    pixmap = icon("brush").pixmap(QSize(20, 20), ratio)
    assert pixmap.size() == QSize(20, 20) * ratio
    assert pixmap.devicePixelRatio() == ratio


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_menu_shows_that_a_switch_with_an_icon_is_on(qtbot: QtBot, qapp: QApplication, theme: Theme):
    apply_theme(qapp, theme)
    menu = QMenu()
    qtbot.addWidget(menu)
    switch = menu.addAction(icon("mirror_x"), "Mirror")
    switch.setCheckable(True)
    menu.resize(menu.sizeHint())
    off = menu.grab().toImage()
    switch.setChecked(True)
    assert menu.grab().toImage() != off
    apply_theme(qapp, DARK)


def test_every_tool_has_an_icon(qapp: QApplication):
    assert {tool.name for tool in TOOLS} <= set(icon_names())
    assert not icon("brush").isNull()


@pytest.mark.parametrize("name", ["nothing", "../classes/street", "brush.svg", ""])
def test_an_unknown_icon_is_refused(qapp: QApplication, name: str):
    with pytest.raises(IconError, match="no icon"):
        icon_pixmap(name, 16)
