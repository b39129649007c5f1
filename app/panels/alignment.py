"""The placement page: how the selected region's photograph lies on it, and whose outline wins."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.alignment import Alignment
from app.icons import icon
from app.panels.parts import ValueSlider, heading, link_button, muted_label, panel_button
from app.session import Session
from engine.document.record import RegionRecord
from engine.document.snapshot import MAX_SPILL
from engine.pipeline.results import RegionResult

SPILL_STEP = "Change outline"


class AlignmentPage(QWidget):
    """Handles, flips, the numbers of the alignment, and the slider between both outlines. GUI thread."""

    def __init__(self, session: Session, alignment: Alignment, parent: QWidget | None = None) -> None:
        """Serve the selected region of a session."""
        super().__init__(parent)
        self._session = session
        self._alignment = alignment
        self._build()
        alignment.changed.connect(self._show_alignment)
        self._show_alignment()

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 2, 12, 8)
        column.setSpacing(8)
        self.handles = QPushButton("Move, scale and turn it")
        self.handles.setIcon(icon("align"))
        self.handles.setCheckable(True)
        self.handles.setToolTip(
            "Handles on the photograph in all views (Ctrl+T)\n"
            "Drag inside to move, a corner to scale, an edge to stretch, the knob to turn.\n"
            "Shift: one axis, free corners, steps of 15°. Alt: about the middle. Esc takes a drag back."
        )
        self.handles.clicked.connect(self._alignment.set_on)
        column.addWidget(self.handles)
        column.addLayout(self._build_buttons())
        self._numbers = muted_label()
        column.addWidget(self._numbers)
        column.addSpacing(6)
        column.addWidget(heading("OUTLINE"))
        self.spill = ValueSlider(
            "Reach",
            "How far the photograph's own outline may leave the region you painted",
            least=0.0,
            most=MAX_SPILL,
            text_of=lambda value: f"{100 * value:.1f} %",
        )
        self.spill.began.connect(lambda: self._session.regions.begin(SPILL_STEP))
        self.spill.reopened.connect(lambda: self._session.regions.reopen(SPILL_STEP))
        self.spill.changed.connect(self._on_spill_changed)
        self.spill.ended.connect(self._session.regions.finish)
        self.spill.reset.connect(self._on_default_clicked)
        column.addWidget(self.spill)
        ends = QHBoxLayout()
        for text, side in (
            ("My shape", Qt.AlignmentFlag.AlignLeft),
            ("Photograph's shape", Qt.AlignmentFlag.AlignRight),
        ):
            label = QLabel(text)
            label.setProperty("role", "muted")
            label.setAlignment(side)
            ends.addWidget(label)
        column.addLayout(ends)
        row = QHBoxLayout()
        self._spill_note = muted_label()
        self.default_button = link_button("Use default", "Use the reach of the whole picture for this region")
        self.default_button.clicked.connect(self._on_default_clicked)
        self.all_button = link_button("Make default", "Use this reach for every region that has none of its own")
        self.all_button.clicked.connect(self._on_all_clicked)
        row.addWidget(self._spill_note, 1)
        row.addWidget(self.default_button)
        row.addWidget(self.all_button)
        column.addLayout(row)
        column.addStretch(1)

    def _build_buttons(self) -> QGridLayout:
        alignment = self._alignment
        self.flip_across = panel_button("flip_across", "Mirror left and right")
        self.flip_across.clicked.connect(lambda: alignment.flip(horizontally=True))
        self.flip_down = panel_button("flip_down", "Mirror top and bottom")
        self.flip_down.clicked.connect(lambda: alignment.flip(horizontally=False))
        self.reset_button = link_button("Reset", "Lay it as the network does")
        self.reset_button.setIcon(icon("reset"))
        self.reset_button.clicked.connect(alignment.reset)
        row = QGridLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(4)
        row.addWidget(self.flip_across, 0, 0)
        row.addWidget(self.flip_down, 0, 1)
        row.setColumnStretch(2, 1)
        row.addWidget(self.reset_button, 0, 3)
        return row

    # -- showing ------------------------------------------------------------------------------------------------

    def show_region(self, _region: RegionResult | None, record: RegionRecord | None) -> None:
        """Show a region's placement; nothing can be changed without one."""
        default = self._session.document.settings.spill
        own = None if record is None else record.spill
        self.spill.setEnabled(record is not None)
        self.spill.show_value(default if own is None else own)
        self._spill_note.setText("Picture's default" if own is None else "Own value")
        self.default_button.setVisible(own is not None)
        self.all_button.setVisible(own is not None)
        self._show_alignment()

    def _show_alignment(self) -> None:
        pose = self._alignment.pose
        has_photograph = pose is not None
        self.handles.setEnabled(has_photograph)
        self.handles.setChecked(self._alignment.is_on)
        for button in (self.flip_across, self.flip_down):
            button.setEnabled(has_photograph)
        self.reset_button.setEnabled(self._alignment.is_by_hand)
        if pose is None:
            self._numbers.setText("No photograph lies here.")
            return
        parts = [f"{100 * pose.scale:.0f} %"]
        if abs(pose.stretch - 1) >= 0.02:
            parts.append(f"stretched\u00a0{pose.stretch:.1f}")
        if abs(pose.angle_deg) >= 0.5:
            parts.append(f"turned {pose.angle_deg:.0f}°")
        if pose.is_flipped:
            parts.append("mirrored")
        who = "Laid by you" if self._alignment.is_by_hand else "Laid by the network"
        self._numbers.setText(f"{who}: {', '.join(parts)}.")

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_spill_changed(self, spill: float) -> None:
        self._session.regions.set_spill(self._session.selected_record_id, round(spill, 4))

    def _on_default_clicked(self) -> None:
        self._session.regions.set_spill(self._session.selected_record_id, None)

    def _on_all_clicked(self) -> None:
        record_id = self._session.selected_record_id
        record = self._session.choice.record(record_id)
        if record is not None and record.spill is not None:
            with self._session.regions.one_step(SPILL_STEP):
                self._session.document.change_settings(spill=record.spill)
                self._session.document.set_spill(record_id, None)
