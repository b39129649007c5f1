"""A program that paints column after column with autosave on, until it is killed; its argument is the folder."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.autosave import Autosave
from engine.geometry import Size
from tests.support.silent_engine import build_silent_session


def main() -> None:
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        session, _engine = build_silent_session(Path(folder))
        session.new_document(Size(1024, 512))
        autosave = Autosave(session, Path(sys.argv[1]))
        column = 0

        def paint() -> None:
            nonlocal column
            document = session.document
            if column % 10 == 0:
                document.commit_stroke()
                document.begin_stroke(3)
            document.paint([(column + 0.5, 0.0), (column + 0.5, 512.0)], 0.5)
            print(column, time.monotonic(), flush=True)
            column += 1

        timer = QTimer()
        timer.timeout.connect(paint)
        print("painting", flush=True)
        timer.start(20)
        application.exec()
        autosave.stop()


main()
