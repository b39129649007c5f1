"""The status bar: what the engine does, how long the last picture took, on what, and at which zoom."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from app.counted import counted
from app.icons import icon
from app.panels.parts import Menu
from app.session import Session
from app.theme import THEME
from app.tool_tips import set_tool_tip
from engine.pipeline.results import Result
from engine.service.events import Progress

PROGRESS_INTERVAL_MS = 100
"""Progress is shown no more often: while painting, the engine begins a hundred stages a second."""
ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
STAGES = {
    "load": "Loading the networks",
    "completion": "Filling unpainted pixels",
    "regions": "Finding regions",
    "retrieval": "Looking for segments",
    "alignment": "Aligning",
    "ordering": "Ordering",
    "canvas": "Composing the canvas",
    "harmonise": "Harmonising",
    "synthesis": "Synthesising",
    "done": "Ready",
}


class ElidedLabel(QLabel):
    """A line that ends in … where there is no room for all of it; its tool tip says it all."""

    def __init__(self) -> None:
        """Say nothing."""
        super().__init__()
        self.full_text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Say something else."""
        self.full_text = text
        self.setToolTip(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(
            self.fontMetrics().elidedText(self.full_text, Qt.TextElideMode.ElideRight, self.contentsRect().width())
        )


class StatusBar(QStatusBar):
    """One line at the bottom; everything in it follows the session.

    Emits `zoom_chosen` (scale, 1 is 100 %) and `fit_chosen` for the views, and `settings_asked`.
    """

    zoom_chosen = Signal(float)
    fit_chosen = Signal()
    settings_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session."""
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self._stage = QLabel("Ready")
        self._stage.setMinimumWidth(150)
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(110, 4)
        self._progress_now: Progress | None = None
        self._is_progress_new = True
        self._names_stage = False
        self._progress_timer = QTimer(self)
        self._progress_timer.setSingleShot(True)
        self._progress_timer.setInterval(PROGRESS_INTERVAL_MS)
        self._progress_timer.timeout.connect(self._show_progress)
        self._cancel = _button("cancel", "Cancel", "Stop the engine", "cancel")
        self._cancel.clicked.connect(session.cancel)
        self._hint = ElidedLabel()
        self._hint.setContentsMargins(8, 0, 0, 0)
        self._hint.setProperty("role", "muted")
        self._cursor = QLabel()
        self._size = QLabel()
        self._latency = QLabel()
        self._latency.setToolTip("Time from the end of the last edit to its picture")
        self._device = QLabel()
        self._device.setToolTip("What the synthesis network runs on")
        self._live = _button("live", "Live", "Make the picture while painting; when off, a key makes it", "run")
        self._live.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._live.setCheckable(True)
        self._live.clicked.connect(session.set_live)
        self.settings_button = _button(
            "settings", "Picture settings", "Picture settings: seed, reach, unpainted areas", "settings"
        )
        self.settings_button.clicked.connect(self.settings_asked)
        self._zoom = QToolButton()
        self._zoom.setText("100 %")
        self._zoom.setToolTip("Zoom: the wheel zooms at the cursor")
        self._zoom.setAccessibleName("Zoom")
        self._zoom.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._zoom.setMinimumWidth(58)
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setMenu(self._zoom_menu())
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(10, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self._stage, self._progress, self._cancel):
            row.addWidget(widget)
        row.addWidget(self._hint, 1)
        self.addWidget(left, 1)
        for label in (self._cursor, self._size, self._latency, self._device):
            label.setProperty("role", "muted")
            label.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(label)
        self.addPermanentWidget(self.settings_button)
        self.addPermanentWidget(self._live)
        self.addPermanentWidget(self._zoom)

        session.progress_changed.connect(self._on_progress_changed)
        session.result_shown.connect(self._on_result_shown)
        session.failed.connect(self._on_failed)
        session.saved.connect(self._on_saved)
        session.exported.connect(self._on_exported)
        session.live_changed.connect(self._on_live_changed)
        session.document_replaced.connect(self._on_document_replaced)
        session.size_changed.connect(self._on_document_replaced)
        self._on_live_changed(session.is_live)
        self._show_progress()
        self._on_document_replaced()

    @property
    def stage_text(self) -> str:
        """What the left end says."""
        return self._stage.text()

    def set_zoom(self, scale: float) -> None:
        """Show the zoom of the views; 1 is 100 %."""
        percent = scale * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    @property
    def hint(self) -> str:
        """What the painter is told to do."""
        return self._hint.full_text

    def set_hint(self, hint: str) -> None:
        """Say what the painter can do now."""
        self._hint.show_text(hint)

    def set_cursor(self, x: int, y: int, class_name: str) -> None:
        """Show the layout pixel under the cursor and its class."""
        self._cursor.setText(f"{x}, {y}  {class_name}")

    def clear_cursor(self) -> None:
        """The cursor has left the views."""
        self._cursor.clear()

    def _zoom_menu(self) -> QMenu:
        menu = Menu(self)
        menu.addAction("Fit", self.fit_chosen.emit)
        menu.addSeparator()
        for scale in ZOOMS:
            menu.addAction(f"{scale * 100:.0f} %", lambda s=scale: self.zoom_chosen.emit(s))
        return menu

    def say(self, text: str) -> None:
        """Say what was done."""
        self._say(text)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._names_stage = False
        self._stage.setText(self._stage.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 460))
        self._stage.setToolTip(text if is_error else "")
        role = "error" if is_error else ""
        if self._stage.property("role") != role:
            self._stage.setProperty("role", role)
            self._stage.style().polish(self._stage)

    def _on_progress_changed(self, progress: Progress | None) -> None:
        self._progress_now, self._is_progress_new = progress, True
        if not self._progress_timer.isActive():
            self._show_progress()
            self._progress_timer.start()

    def _show_progress(self) -> None:
        if not self._is_progress_new:
            return
        progress, self._is_progress_new = self._progress_now, False
        running = progress is not None
        if running == self._cancel.isHidden():
            self._cancel.setVisible(running)
            self._progress.setVisible(running)
        if progress is not None:
            self._say(STAGES.get(progress.stage, progress.stage.capitalize()))
            self._progress.setUpdatesEnabled(False)  # or setting a value would paint the whole window at once
            self._progress.setValue(round(1000 * max(0.0, min(1.0, progress.fraction))))
            self._progress.setUpdatesEnabled(True)
            self._names_stage = True
        elif self._names_stage:
            self._say("Ready")

    def _on_result_shown(self, result: Result) -> None:
        if self._stage.property("role") == "error":
            self._say("Ready")
        self._device.setText(result.device.upper())
        latency_ms = self._session.latency_ms
        if latency_ms is not None:
            self._latency.setText(f"{latency_ms:.0f} ms" if latency_ms < 1000 else f"{latency_ms / 1000:.1f} s")
        stages = "\n".join(f"{STAGES.get(name, name)}: {ms:.0f} ms" for name, ms in result.stage_ms.items())
        self._latency.setToolTip("Time from the end of the last edit to its picture\n" + stages)

    def _on_failed(self, message: str, _details: str) -> None:
        self._say(message, is_error=True)

    def _on_saved(self, path: str) -> None:
        self._say(f"Saved {path}")

    def _on_exported(self, folder: str, count: int) -> None:
        self._say(f"Exported {counted(count, 'picture')} to {folder}")

    def _on_live_changed(self, live: bool) -> None:
        self._live.setChecked(live)

    def _on_document_replaced(self) -> None:
        self._size.setText(f"{self._session.document.size.width} × {self._session.document.size.height}")
        self._latency.clear()


def _button(icon_name: str, text: str, tool_tip: str, action_name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name, checked_colour=THEME.accent))
    button.setIconSize(QSize(14, 14))
    button.setText(text)
    set_tool_tip(button, tool_tip, action_name)
    button.setAccessibleName(text)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
