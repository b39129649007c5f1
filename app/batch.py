"""Batch export: a folder of layouts and projects becomes pictures, in a process of its own, so painting goes on."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, QTimer, Signal

from app.document_file import LAYOUT_SUFFIX, PROJECT_SUFFIX
from engine.classes import ClassTable

PROGRAM_FOLDER = Path(__file__).resolve().parent.parent
POLL_MS = 250
STOP_MS = 2000
NICENESS = 10
MAX_MESSAGE = 500
_COUNT = re.compile(r" \d+ of \d+ failed$")


@dataclass(frozen=True)
class BatchJob:
    """What is to be made.

    Attributes:
        source: folder of layouts (.png) and projects (.tessera).
        output: folder the images go into; made where it does not exist.
        canvas: folder the canvases go into, or None.
        banks: banks that are searched.
        device: ``auto``, ``cpu`` or ``cuda``.
        table: class table of layouts whose colours say no other, or None: the first bank's; projects have their own.
    """

    source: Path
    output: Path
    canvas: Path | None = None
    banks: tuple[Path, ...] = ()
    device: str = "auto"
    table: ClassTable | None = None

    @property
    def sources(self) -> tuple[Path, ...]:
        """The layouts and projects in the folder."""
        return sources_in(self.source)

    @property
    def arguments(self) -> list[str]:
        """The command line of ``python -m engine`` that makes it."""
        arguments = ["synthesize", str(self.source), "-o", str(self.output), "--device", self.device]
        if self.canvas is not None:
            arguments += ["--canvas", str(self.canvas)]
        for bank in self.banks:
            arguments += ["--bank", str(bank)]
        return arguments if self.banks else [*arguments, "--no-bank"]


def sources_in(folder: Path) -> tuple[Path, ...]:
    """Return the layouts and projects in a folder, in the order of their names; none where it cannot be read."""
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in (LAYOUT_SUFFIX, PROJECT_SUFFIX))
    except OSError:
        return ()
    return tuple(found)


def fault_of_job(job: BatchJob) -> str:
    """Return why a job cannot be run, in one line, or an empty text."""
    if not job.source.is_dir():
        return "Choose a folder of layouts."
    sources = job.sources
    if not sources:
        return "This folder holds neither layouts (.png) nor projects (.tessera)."
    stems = [path.stem for path in sources]
    if twice := next((stem for stem in stems if stems.count(stem) > 1), None):
        return f"A layout and a project are both called {twice}."
    folders = [job.source, job.output, *([] if job.canvas is None else [job.canvas])]
    if len({folder.expanduser().resolve() for folder in folders}) < len(folders):
        return "The pictures need a folder of their own."
    for folder in folders[1:]:
        if folder.exists() and not folder.is_dir():
            return f"{folder.name} is a file, not a folder."
        there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
        if not there.is_dir() or not os.access(there, os.W_OK):
            return f"{there} cannot be written to."
    return ""


class BatchRun(QObject):
    """Runs a job in a process. GUI thread, which never waits for it.

    Emits `progressed` with how many pictures are done, `faulted` with one line for each that failed, and `finished`
    once, with an empty text, or why it ended early.
    """

    progressed = Signal(int, int)
    faulted = Signal(str)
    finished = Signal(str)

    def __init__(self, job: BatchJob, parent: QObject | None = None, *, program: Sequence[str] | None = None) -> None:
        """Prepare a job.

        Args:
            job: what is to be made.
            parent: owns the run.
            program: what runs the command line; this interpreter with ``-m engine`` by default.
        """
        super().__init__(parent)
        self._job = job
        self._sources = job.sources
        self._folder = QTemporaryDir()
        self._program = [sys.executable, "-m", "engine"] if program is None else list(program)
        self._is_cancelled = False
        self._text = ""
        self._faults = 0
        self._started_s = 0.0
        self._process = QProcess(self)
        self._process.setWorkingDirectory(str(PROGRAM_FOLDER))
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        self._process.setProcessEnvironment(environment)
        self._process.readyReadStandardError.connect(self._on_text)
        self._process.started.connect(self._on_started)
        self._process.errorOccurred.connect(self._on_error)
        self._process.finished.connect(self._on_finished)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._report)

    @property
    def is_running(self) -> bool:
        """Whether the process is at work."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def total(self) -> int:
        """How many pictures there are to make."""
        return len(self._sources)

    @property
    def done(self) -> int:
        """How many pictures this run has written."""
        return sum(self._is_written(path) for path in self._sources)

    def start(self) -> None:
        """Start the process; `finished` follows."""
        self._started_s = time.time()
        self._process.start(self._program[0], [*self._program[1:], *self._job.arguments, *self._class_arguments()])
        self._timer.start()

    def cancel(self) -> None:
        """End the process; what is written stays."""
        if self.is_running:
            self._is_cancelled = True
            self._process.terminate()
            QTimer.singleShot(STOP_MS, self, self._process.kill)

    def _class_arguments(self) -> list[str]:
        """Write the class table where the process reads it, and return the arguments that say where."""
        table = self._job.table
        if table is None:
            return []
        path = Path(self._folder.filePath("classes.json"))
        path.write_text(table.to_json(), encoding="utf-8")
        return ["--classes", str(path)]

    def _is_written(self, source: Path) -> bool:
        try:
            return (self._job.output / f"{source.stem}.png").stat().st_mtime >= self._started_s - 1
        except OSError:
            return False

    def _on_started(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, self._process.processId(), NICENESS)

    def _report(self) -> None:
        self.progressed.emit(self.done, self.total)

    def _on_text(self) -> None:
        self._text += bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        *lines, self._text = self._text.split("\n")
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        if line.startswith("error: ") and not _COUNT.search(line):
            self._faults += 1
            self.faulted.emit(line.removeprefix("error: ")[:MAX_MESSAGE])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._end(f"the engine could not be started: {self._process.errorString()}")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_text()
        self._take(self._text)
        if self._is_cancelled:
            self._end("cancelled")
        elif status is QProcess.ExitStatus.CrashExit:
            self._end("the engine ended unexpectedly")
        elif code and not self._faults:
            self._end(f"the engine ended with status {code}")
        else:
            self._end("")

    def _end(self, reason: str) -> None:
        self._timer.stop()
        self._report()
        self.finished.emit(reason)
