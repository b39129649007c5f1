"""The window of a batch export: folders, progress, and what failed; painting goes on beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.batch import BatchJob, BatchRun, fault_of_job, sources_in
from app.counted import counted
from engine.classes import ClassTable

CANVAS_FOLDER = "canvas"


class BatchDialog(QDialog):
    """Asks for folders, runs the job and shows how far it is; not modal. Closing it while it runs cancels it."""

    def __init__(
        self,
        source: Path,
        output: Path,
        banks: Mapping[Path, str] | None = None,
        device: str = "auto",
        table: ClassTable | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Offer folders.

        Args:
            source: of the last time.
            output: of the last time.
            banks: the open banks, which are searched, and what each is called.
            device: what synthesis runs on.
            table: class table that layouts without colours of their own are read in, or None: the first bank's.
            parent: the window.
        """
        super().__init__(parent)
        self.setWindowTitle("Export a folder")
        banks = banks or {}
        self._banks, self._device, self._table = tuple(banks), device, table
        self.run: BatchRun | None = None
        title = QLabel("Make pictures of a folder of layouts")
        title.setProperty("role", "title")
        names = ", ".join(banks.values())
        origin = f"The photographs come from {names}." if banks else "No bank is open: the network invents them all."
        classes = (
            "Projects keep their own classes, and layouts those whose colours they have; "
            "layouts without colours are read in the classes of the open document."
        )
        text = QLabel(f"{origin} {classes}" if table else origin)
        text.setProperty("role", "muted")
        text.setWordWrap(True)
        self.source_field, self.output_field = QLineEdit(str(source)), QLineEdit(str(output))
        self.canvas_box = QCheckBox(f"Canvases too, into a folder “{CANVAS_FOLDER}” inside")
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(32)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.hide()
        self.faults = QPlainTextEdit()
        self.faults.setReadOnly(True)
        self.faults.setAccessibleName("What failed")
        self.faults.setFixedHeight(90)
        self.faults.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for part in (title, text):
            column.addWidget(part)
        column.addLayout(self._build_folders())
        for part in (self.canvas_box, self._note, self.bar, self.faults):
            column.addWidget(part)
        column.addLayout(self._build_buttons())
        self.setMinimumWidth(520)
        self._check()

    @property
    def job(self) -> BatchJob:
        """What is chosen now."""
        source, output = (Path(f.text().strip()).expanduser() for f in (self.source_field, self.output_field))
        canvas = output / CANVAS_FOLDER if self.canvas_box.isChecked() else None
        return BatchJob(source, output, canvas, self._banks, self._device, self._table)

    @property
    def note(self) -> str:
        """What stands above the buttons."""
        return self._note.text()

    def start(self, run: BatchRun | None = None) -> None:
        """Run the job that is chosen."""
        self.run = run or BatchRun(self.job, self)
        self.run.progressed.connect(self._on_progressed)
        self.run.faulted.connect(self._on_faulted)
        self.run.finished.connect(self._on_finished)
        self.bar.setRange(0, self.run.total)
        self.bar.setValue(0)
        self.bar.show()
        self.faults.clear()
        self.faults.hide()
        self._set_running(running=True)
        self._say("Loading the engine…")
        self.run.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the run with the window."""
        if self.run is not None:
            self.run.cancel()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape ends the run first, and the window then."""
        if self.run is not None and self.run.is_running:
            self.run.cancel()
        else:
            super().reject()

    def _build_folders(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        self._browse: list[QPushButton] = []
        for row, (caption, field) in enumerate((("Layouts", self.source_field), ("Pictures", self.output_field))):
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption)
            field.textChanged.connect(self._check)
            browse = QPushButton("Browse…")
            browse.setAccessibleName(f"Browse for {caption.lower()}")
            browse.clicked.connect(lambda _=False, c=caption, f=field: self._on_browse_clicked(c, f))
            self._browse.append(browse)
            for column, part in enumerate((label, field, browse)):
                grid.addWidget(part, row, column)
        self.canvas_box.toggled.connect(self._check)
        return grid

    def _build_buttons(self) -> QHBoxLayout:
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.reject)
        self.start_button = QPushButton("Start")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(lambda: self.start())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.start_button)
        return row

    def _on_browse_clicked(self, caption: str, field: QLineEdit) -> None:
        chosen = QFileDialog.getExistingDirectory(self, caption, field.text())
        if chosen:
            field.setText(chosen)

    def _check(self, _value: object = None) -> None:
        fault = fault_of_job(self.job)
        self.start_button.setEnabled(not fault)
        count = len(sources_in(self.job.source))
        self._say(fault or f"Makes {counted(count, 'picture')}.", is_error=bool(fault))

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._note.setText(text)
        self._note.setProperty("role", "error" if is_error else "muted")
        self._note.style().polish(self._note)

    def _set_running(self, *, running: bool) -> None:
        parts: list[QWidget] = [self.source_field, self.output_field, self.canvas_box, self.start_button, *self._browse]
        for part in parts:
            part.setEnabled(not running)
        self.close_button.setText("Cancel" if running else "Close")

    def _on_progressed(self, done: int, total: int) -> None:
        self.bar.setValue(done)
        if done:
            self._say(f"{done} of {total} pictures are made.")

    def _on_faulted(self, line: str) -> None:
        self.faults.show()
        self.faults.appendPlainText(line)

    def _on_finished(self, reason: str) -> None:
        assert self.run is not None
        made = f"{self.run.done} of {self.run.total} pictures are made"
        self._set_running(running=False)
        self.bar.hide()
        self._say(f"{made}: {reason}." if reason else f"{made}.", is_error=bool(reason) and reason != "cancelled")
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
