"""Keeps the window quick while other threads of this process run Python too."""

from __future__ import annotations

import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal

from app.session import Session

SWITCH_INTERVAL_S = 5e-6
"""How long the window waits for its turn while the engine runs Python; by default a thousand times as long.

Every call into Qt lets the interpreter go, and an event makes dozens: with 0.5 ms each, a pointer event that came while
a PREVIEW was made took 80 to 270 ms (99th percentile of ``bench painting``), with this 30 to 60, and the engine makes
no fewer pictures.
"""


def keep_window_quick(session: Session) -> None:
    """Give the window its turns early, and let no collection of garbage walk through what stays for good.

    What the engine's libraries bring is set aside once it is there: a full collection would take a tenth of a second.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported: its idle threads sleep, not spin
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    WrittenElsewhere(session.preferences)
    gc.collect()
    gc.freeze()

    def set_aside(_result: object) -> None:
        session.result_shown.disconnect(set_aside)
        gc.freeze()

    session.result_shown.connect(set_aside)


class WrittenElsewhere(QObject):
    """Writes changed preferences on a thread of its own. GUI thread; lives as long as the preferences.

    Left to themselves they are written in the turn of the event loop after each change, which waits for the disk: 15 ms
    and more for each class that is taken in hand, and for each size of a brush that is being made larger.
    """

    _written = Signal()

    def __init__(self, preferences: QSettings) -> None:
        """Write these preferences from now on; what is pending at the end they write themselves."""
        super().__init__(preferences)
        self._preferences = preferences
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="preferences")
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        preferences.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the request to write."""
        if event.type() != QEvent.Type.UpdateRequest:
            return False
        self._thread.submit(self._write, self._preferences.fileName(), self._preferences.format())
        return True

    def _write(self, name: str, kind: QSettings.Format) -> None:
        QSettings(name, kind).sync()  # all objects of one file share what is not written yet
        self._written.emit()

    def _on_written(self) -> None:
        """Let the preferences ask again when they change; there is nothing left to write."""
        self._preferences.sync()
