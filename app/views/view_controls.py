"""Controls in the headers of the views: opacities, the underlay, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from app.icons import icon
from app.session import Session
from app.theme import THEME
from app.views.compare import CompareView
from app.views.view_options import ViewOptions
from app.views.view_pictures import PICTURE_NAMES
from engine.document.underlay_file import PLACEMENTS, Placement

SLIDER_PX = 72
PLACEMENT_TEXTS: dict[Placement, str] = {"fit": "Whole", "fill": "Fill the layout", "stretch": "Stretch"}


class OpacitySlider(QSlider):
    """A slider from 0 to 100 %. Emits `opacity_chosen` with a share in [0, 1]; a double click brings its default."""

    opacity_chosen = Signal(float)

    def __init__(self, name: str, tool_tip: str, opacity: float, default: float) -> None:
        """Start at an opacity in [0, 1]."""
        super().__init__(Qt.Orientation.Horizontal)
        self._default = default
        self._tool_tip = tool_tip
        self.setRange(0, 100)
        self.setPageStep(10)
        self.setFixedWidth(SLIDER_PX)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_opacity(opacity)
        self.valueChanged.connect(self._on_value_changed)

    def show_opacity(self, opacity: float) -> None:
        """Follow an opacity that was changed elsewhere."""
        with QSignalBlocker(self):
            self.setValue(round(opacity * 100))
        self.setToolTip(f"{self._tool_tip}: {self.value()} %")

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Bring the default back."""
        self.setValue(round(self._default * 100))

    def _on_value_changed(self, value: int) -> None:
        self.setToolTip(f"{self._tool_tip}: {value} %")
        self.opacity_chosen.emit(value / 100)


def labelled(text: str, slider: OpacitySlider) -> QWidget:
    """Return a slider behind a word that says what it is for."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setBuddy(slider)
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 6, 0)
    row.setSpacing(6)
    row.addWidget(label)
    row.addWidget(slider)
    return holder


def layout_opacity_slider(options: ViewOptions) -> OpacitySlider:
    """Return the slider of how opaque the layout is over what lies under it in its own view."""
    tool_tip = "Opacity of the layout over the image, or over the underlay where there is one"
    slider = OpacitySlider("Layout opacity", tool_tip, options.now.layout_opacity, 1.0)
    slider.opacity_chosen.connect(lambda share: options.change(layout_opacity=share))
    options.changed.connect(lambda: slider.show_opacity(options.now.layout_opacity))
    return slider


def overlay_opacity_slider(options: ViewOptions) -> OpacitySlider:
    """Return the slider of how opaque the layout lies over canvas and image."""
    slider = OpacitySlider("Layout over the image", "Layout over the image (;)", options.now.overlay_opacity, 0.0)
    slider.opacity_chosen.connect(lambda share: options.change(overlay_opacity=share))
    options.changed.connect(lambda: slider.show_opacity(options.now.overlay_opacity))
    return slider


class UnderlayButton(QToolButton):
    """Opens the sheet of the underlay: opacity and placement. It is there where there is an underlay."""

    def __init__(self, session: Session, options: ViewOptions) -> None:
        """Serve a session."""
        super().__init__()
        self._session, self._options = session, options
        self.setIcon(icon("underlay", colour=THEME.muted))
        self.setIconSize(QSize(14, 14))
        self.setFixedSize(20, 20)
        self.setAccessibleName("Underlay")
        self.setToolTip("The photograph under the layout: opacity and placement")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.opacity = OpacitySlider("Underlay opacity", "Opacity of the underlay", session.underlay.opacity, 1.0)
        self.opacity.opacity_chosen.connect(session.underlay.set_opacity)
        self.placement = QComboBox()
        self.placement.setAccessibleName("Placement of the underlay")
        for placement in PLACEMENTS:
            self.placement.addItem(PLACEMENT_TEXTS[placement], placement)
        self.placement.activated.connect(lambda _index: session.underlay.set_placement(self.placement.currentData()))
        self._name = QLabel()
        self._name.setProperty("role", "muted")
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(self._name)
        for text, widget in (("Opacity", self.opacity), ("Placement", self.placement)):
            row = QHBoxLayout()
            row.addWidget(QLabel(text), 1)
            row.addWidget(widget)
            column.addLayout(row)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(sheet)
        menu.addAction(action)
        self.setMenu(menu)
        session.underlay.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        traced = self._session.underlay
        self.setVisible(traced.underlay is not None)
        if traced.underlay is not None:
            self._name.setText(traced.underlay.name)
            self.opacity.show_opacity(traced.opacity)
            self.placement.setCurrentIndex(PLACEMENTS.index(traced.placement))


class CompareControls(QWidget):
    """Chooses what the comparison shows and how."""

    def __init__(self, view: CompareView) -> None:
        """Serve a view."""
        super().__init__()
        self._view = view
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.first = _name_box("First picture", lambda: view.set_names(self.first.currentData(), view.names[1]))
        self.second = _name_box("Second picture", lambda: view.set_names(view.names[0], self.second.currentData()))
        self.flicker = QToolButton()
        self.flicker.setText("Flicker")
        self.flicker.setCheckable(True)
        self.flicker.setToolTip("Show them in turns: the second while C or the mouse button is held")
        self.flicker.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.flicker.setFixedHeight(20)
        self.flicker.toggled.connect(lambda on: view.set_mode("flicker" if on else "split"))
        row.addWidget(self.first)
        row.addWidget(QLabel("|"))
        row.addWidget(self.second)
        row.addWidget(self.flicker)
        view.choice_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        for box, name in zip((self.first, self.second), self._view.names, strict=True):
            box.setCurrentIndex(PICTURE_NAMES.index(name))
        with QSignalBlocker(self.flicker):
            self.flicker.setChecked(self._view.mode == "flicker")


def _name_box(name: str, on_chosen: Callable[[], None]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setFixedHeight(20)
    box.setStyleSheet("padding: 0 4px;")
    for picture in PICTURE_NAMES:
        box.addItem(picture.capitalize(), picture)
    box.activated.connect(partial(_call, on_chosen))
    return box


def _call(function: Callable[[], None], _index: int) -> None:
    function()
