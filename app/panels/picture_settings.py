"""The settings of the picture: a small sheet over the status bar; every change is one step of the history."""

from __future__ import annotations

import random

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.session import Session
from engine.document.snapshot import MAX_SPILL

MAX_SEED = 2**31 - 1
SPILL_STEPS = 100
GAP_PX = 6


class PictureSettings(QFrame):
    """Seed, spill, and the two switches of the open document. GUI thread; closes when one clicks elsewhere."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow the document of a session."""
        super().__init__(parent, Qt.WindowType.Popup)
        self._session = session
        self.setProperty("role", "sheet")
        self.seed = QSpinBox()
        self.seed.setRange(0, MAX_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.seed.setAccessibleName("Seed")
        self.new_seed = QToolButton()
        self.new_seed.setIcon(icon("shuffle"))
        self.new_seed.setAccessibleName("New seed")
        self.new_seed.setToolTip("Another seed")
        self.spill = QSlider(Qt.Orientation.Horizontal)
        self.spill.setRange(0, SPILL_STEPS)
        self.spill.setPageStep(SPILL_STEPS // 10)
        self.spill.setTracking(False)
        self.spill.setAccessibleName("Reach")
        self._spill_text = QLabel()
        self._spill_text.setFixedWidth(48)
        self._spill_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.complete = QCheckBox("Fill unpainted areas")
        self.accept_filling = QPushButton("Accept")
        self.accept_filling.setToolTip("Paint the filled areas into the layout")
        self.parametric = QCheckBox("Network alone, without photographs")
        self._build()
        self.seed.valueChanged.connect(lambda seed: self._change(seed=seed))
        self.new_seed.clicked.connect(lambda: self._change(seed=random.randrange(MAX_SEED + 1)))
        self.spill.valueChanged.connect(lambda step: self._change(spill=step * MAX_SPILL / SPILL_STEPS))
        self.spill.sliderMoved.connect(self._show_spill)
        self.complete.toggled.connect(lambda on: self._change(complete=on))
        self.parametric.toggled.connect(lambda on: self._change(parametric=on))
        self.accept_filling.clicked.connect(session.unpainted.accept)
        session.settings_changed.connect(self._show_settings)
        session.document_replaced.connect(self._show_settings)
        session.unpainted.changed.connect(self._show_settings)
        self._show_settings()

    def open_over(self, anchor: QWidget) -> None:
        """Open right above a widget, its right edges in line, inside the screen."""
        self.adjustSize()
        self._place_over(anchor)
        self.show()
        self._place_over(anchor)  # showing it may have made it larger
        self.seed.setFocus()

    def _place_over(self, anchor: QWidget) -> None:
        corner = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), -self.height() - GAP_PX))
        room = anchor.screen().availableGeometry()
        x = min(corner.x(), room.right() + 1 - self.width())
        self.move(max(room.left(), x), max(room.top(), corner.y()))

    def _build(self) -> None:
        title = QLabel("Picture settings")
        title.setProperty("role", "title")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        rows = (
            ("Seed", self.seed, self.new_seed, "Draws where boundaries are left to the network."),
            ("Reach", self.spill, self._spill_text, "How far photographs reach past regions, in picture heights."),
        )
        for at, (name, field, end, hint) in enumerate(rows):
            caption = QLabel(name)
            caption.setBuddy(field)
            caption.setMinimumHeight(26)
            field.setToolTip(hint)
            grid.addWidget(caption, 2 * at, 0)
            grid.addWidget(field, 2 * at, 1)
            grid.addWidget(end, 2 * at, 2, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(_muted(hint), 2 * at + 1, 1, 1, 2)
        filling = QHBoxLayout()
        filling.addWidget(self.complete, 1)
        filling.addWidget(self.accept_filling)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(title)
        column.addLayout(grid)
        column.addSpacing(2)
        column.addLayout(filling)
        column.addWidget(self.parametric)

    def _change(self, **changes: float) -> None:
        self._session.change_settings(**changes)

    def _show_settings(self) -> None:
        settings = self._session.document.settings
        fields = (self.seed, self.spill, self.complete, self.parametric)
        blockers = [QSignalBlocker(field) for field in fields]
        self.seed.setValue(settings.seed)
        self.spill.setValue(round(settings.spill / MAX_SPILL * SPILL_STEPS))
        self.complete.setChecked(settings.complete)
        self.parametric.setChecked(settings.parametric)
        del blockers
        self._show_spill(self.spill.value())
        self.accept_filling.setEnabled(self._session.unpainted.can_accept)

    def _show_spill(self, step: int) -> None:
        self._spill_text.setText(f"{100 * step * MAX_SPILL / SPILL_STEPS:.1f} %")


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label
