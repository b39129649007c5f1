"""Says on stdout when the program can be painted in and when its first image is shown; ``bench start`` listens."""

from __future__ import annotations

import os
from collections.abc import Callable

from app.main_window import MainWindow
from app.session import Session
from engine.document.snapshot import Quality
from engine.pipeline.results import Result

REPORT_VARIABLE = "TESSERA_REPORT_START"


def report_start(session: Session, window: MainWindow, leave: Callable[[], None]) -> None:
    """Print ``window`` at the editor's first paint and ``image`` at the first FINAL, then leave; only where asked."""
    if os.environ.get(REPORT_VARIABLE) != "1":
        return

    def on_result(result: Result | None) -> None:
        if result is not None and result.stamp.quality is Quality.FINAL:
            print("image", flush=True)
            leave()

    window.views.editor.first_painted.connect(lambda: print("window", flush=True))
    session.result_shown.connect(on_result)
