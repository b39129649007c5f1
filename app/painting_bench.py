"""The program's half of ``bench painting``: takes pointer events from a socket and reports when they were shown.

The other half is another process, so that its 1,000 events a second arrive like those of a window system: at their own
times, whatever this process does. Times are those of `time.perf_counter`, which both share.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.export_writer import ExportKind
from app.main_window import MainWindow
from app.session import Session
from engine.document.snapshot import Quality
from engine.pipeline.results import Result

PORT_VARIABLE = "TESSERA_BENCH_PAINTING"
STALL_S = 0.02
TICK_MS = 1
EXPORTED: tuple[ExportKind, ...] = ("image", "canvas", "layout_coloured", "layout_index")
MAX_STALLS = 12
_BUTTONS = {
    "press": (QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton),
    "move": (QEvent.Type.MouseMove, Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton),
    "release": (QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton),
}


def serve_painting_bench(session: Session, window: MainWindow) -> None:
    """Connect to the bench that started this program; only where its port is given."""
    port = os.environ.get(PORT_VARIABLE)
    if port:
        _Bench(session, window, int(port))


class _Heartbeat(QObject):
    """Notes how long the GUI thread leaves its event loop waiting, phase by phase, and what it did meanwhile.

    The time its own work took is noted beside it: on a busy machine the thread may wait for a processor, or for the
    interpreter.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._phase = "start"
        self._last_s, self._last_cpu_s = time.perf_counter(), time.thread_time()
        self._done: dict[str, int] = {}
        self._stalls: dict[str, list[tuple[float, float, str]]] = {}
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(TICK_MS)

    def enter(self, phase: str) -> None:
        """Begin another phase."""
        self._on_tick()
        self._phase = phase

    def note(self, what: str) -> None:
        """Note what is being done, to name a stall by it."""
        self._done[what] = self._done.get(what, 0) + 1

    def take(self) -> dict[str, list[dict[str, Any]]]:
        """Return the longest stalls of every phase so far."""
        self._on_tick()
        longest = {phase: sorted(found, reverse=True)[:MAX_STALLS] for phase, found in self._stalls.items()}
        return {
            phase: [{"ms": round(ms, 1), "work_ms": round(work, 1), "during": what} for ms, work, what in found]
            for phase, found in longest.items()
        }

    def _on_tick(self) -> None:
        now_s, cpu_s = time.perf_counter(), time.thread_time()
        waited_ms = (now_s - self._last_s) * 1000 - TICK_MS
        found = self._stalls.setdefault(self._phase, [])
        if waited_ms / 1000 >= STALL_S or not found:
            during = ", ".join(f"{count} x {what}" if count > 1 else what for what, count in self._done.items())
            found.append((max(0.0, waited_ms), (cpu_s - self._last_cpu_s) * 1000, during))
        self._done.clear()
        self._last_s, self._last_cpu_s = now_s, cpu_s


class _Bench(QObject):
    """Does what the other half says, line by line of JSON, and answers in lines of JSON."""

    def __init__(self, session: Session, window: MainWindow, port: int) -> None:
        super().__init__(window)
        self._session, self._window, self._editor = session, window, window.views.editor
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._waiting: deque[dict[str, Any]] = deque()
        self._turn = QTimer(self)  # of its own: whatever is posted is dealt with in the turn in which it is posted
        self._turn.timeout.connect(self._obey_some)
        self._pending: list[float] = []
        self._latencies_ms: list[float] = []
        self._paints_ms: list[float] = []
        self._previews = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._heartbeat = _Heartbeat(self)
        self._notifier = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._editor.installEventFilter(self)
        self._editor.first_painted.connect(lambda: self._say("window"))
        session.result_shown.connect(self._on_result)
        session.saved.connect(lambda _path: self._say("saved"))
        session.exported.connect(lambda _folder, _count: self._say("exported"))
        session.banks_changed.connect(lambda: self._say("banks"))
        session.failed.connect(lambda message, _details: self._say("failed", message=message))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the end of every paint event of the editor: what came before it is shown now."""
        if event.type() != QEvent.Type.Paint:
            return False
        self._heartbeat.note("paint")
        began_s = time.perf_counter()
        watched.event(event)
        now_s = time.perf_counter()
        self._paints_ms.append((now_s - began_s) * 1000)
        self._latencies_ms += [(now_s - sent_s) * 1000 for sent_s in self._pending]
        self._pending.clear()
        return True

    def _say(self, event: str, **values: Any) -> None:
        self._socket.sendall(json.dumps({"event": event, **values}).encode() + b"\n")

    def _on_result(self, result: Result | None) -> None:
        if result is None:
            return
        self._heartbeat.note(f"{result.stamp.quality.name} shown")
        self._previews += result.stamp.quality is Quality.PREVIEW
        if self._session.final_result is not None:
            self._say("image", size=str(self._session.document.size), latency_ms=self._session.latency_ms)

    def _on_readable(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            QApplication.exit(1)
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._waiting.extend(json.loads(line) for line in lines)
        if not self._turn.isActive():
            self._obey_some()

    def _obey_some(self) -> None:
        """Do what waits, up to the end of a stroke: what follows it comes to a window in another turn."""
        while self._waiting:
            order = self._waiting.popleft()
            self._obey(order)
            if order["do"] == "release" and self._waiting:
                self._turn.start(0)
                return
        self._turn.stop()

    def _obey(self, order: dict[str, Any]) -> None:
        session = self._session
        self._heartbeat.note(order["do"])
        match order["do"]:
            case "press" | "move" | "release":
                self._point(order["do"], order["x"], order["y"], order["at"])
            case "phase":
                self._heartbeat.enter(order["name"])
                self._latencies_ms.clear()
                self._paints_ms.clear()
                self._previews = 0
                session.set_brush_px(order.get("brush_px", session.brush_px))
            case "class":
                session.set_class(order["class_id"])
            case "open":
                self._start(session.files.open(Path(order["path"])))
            case "swap":
                self._swap()
            case "save":
                self._start(session.files.save(Path(order["path"])))
            case "export":
                self._start(self._export(Path(order["folder"])))
            case "open_bank":
                session.open_bank(Path(order["path"]))
            case "close_bank":
                session.close_bank(Path(order["path"]))
            case "report":
                self._say(
                    "report",
                    latencies_ms=self._latencies_ms,
                    paints_ms=self._paints_ms,
                    previews=self._previews,
                    stalls=self._heartbeat.take(),
                    memory_bytes=_memory_bytes(),
                    steps=len(session.document.history.undo_names),
                )
            case "close":
                session.document.mark_saved(session.document.generation)
                self._window.close()
            case other:
                raise ValueError(f"the bench asked for {other!r}")

    def _point(self, name: str, x: float, y: float, sent_s: float) -> None:
        """Hand a pointer event to the window; x and y are shares of the layout."""
        size, window = self._editor.link.size, self._window.windowHandle()
        in_view = self._editor.to_view(QPointF(x * size.width, y * size.height))
        at = QPointF(self._editor.mapTo(self._window, in_view))
        kind, button, buttons = _BUTTONS[name]
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, at, window.mapToGlobal(at), button, buttons, no_keys)
        self._pending.append(sent_s)
        QApplication.sendEvent(window, event)

    def _swap(self) -> None:
        """Pick the next candidate of the first region that has several."""
        result = self._session.final_result
        for region in () if result is None else result.regions:
            others = [c.segment_key for c in region.candidates[:8] if c.segment_key != region.choice]
            if others:
                self._session.pick(region.record_id, others[0])
                return
        self._say("nothing to swap")

    async def _export(self, folder: Path) -> None:
        paths: dict[ExportKind, Path] = {kind: folder / f"{kind}.png" for kind in EXPORTED}
        await self._session.files.export(paths)
        self._session.note_exported(folder, len(paths))

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            await coroutine
        except Exception as error:
            self._say("failed", message=str(error))


def _memory_bytes() -> int:
    """Return the memory the process has now; where the system does not say, the most it ever had."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
