"""The composition root: arguments, QApplication, event loop, engine, session, window, and the order of shutdown."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import cv2  # noqa: F401 - imported before Qt, so that what it does to Qt's environment is done and can be undone
from PySide6.QtCore import QCoreApplication, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from app.document_file import FileError, ForeignFileError, OpenedDocument, open_document
from app.engine_bridge import EngineBridge, pipeline_factory
from app.examples import open_starter
from app.icons import icon
from app.main_window import MainWindow
from app.painting_bench import serve_painting_bench
from app.qt_environment import neutralise_opencv_qt
from app.recovery_flow import set_up_recovery
from app.responsiveness import keep_window_quick
from app.session import Session
from app.start_report import report_start
from app.theme import ThemeSwitch
from engine.bank.bank import Bank, BankFormatError
from engine.classes import ClassTable, builtin_class_table
from engine.memory import return_large_arrays

NAME = "Tessera"
SMOKE_EXIT_VARIABLE = "TESSERA_SMOKE_EXIT_MS"

_log = logging.getLogger("tessera")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status: 2 for arguments that cannot be used."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    asks_for_document = False
    try:
        tables = _tables_of_banks(options.bank)
        try:
            opened = _open(options.document, tables)
        except ForeignFileError:
            asks_for_document, opened = True, _open(None, tables)
    except (FileError, BankFormatError) as error:
        print(f"tessera: {error}", file=sys.stderr)
        return 2
    neutralise_opencv_qt()
    QCoreApplication.setOrganizationName(NAME)
    QCoreApplication.setApplicationName(NAME)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressTabletEvents, False)
    application = QApplication([NAME])
    application.setWindowIcon(icon("tessera"))
    return _run(application, options, opened, asks_for_document=asks_for_document)


def _run(
    application: QApplication, options: argparse.Namespace, opened: OpenedDocument, *, asks_for_document: bool
) -> int:
    application.setQuitOnLastWindowClosed(False)
    with QEventLoop(application) as loop:
        asyncio.set_event_loop(loop)
        engine = EngineBridge(pipeline_factory(options.device or "auto"))
        session = Session(engine, QSettings(), opened)
        ThemeSwitch(application, session.options, session)
        if options.device is not None:
            session.engine_settings.keep_device()
        window = MainWindow(session)
        sys.excepthook = _hook_for(session)
        over = asyncio.Event()
        window.closed.connect(over.set)
        if hasattr(signal, "SIGINT"):
            signal.signal(signal.SIGINT, lambda *_: window.close())
        window.views.editor.first_painted.connect(
            lambda: session.start(*options.bank), Qt.ConnectionType.QueuedConnection
        )
        if asks_for_document:
            window.views.editor.first_painted.connect(
                lambda: window.file_flow.start(window.file_flow.open(options.document)),
                Qt.ConnectionType.QueuedConnection,
            )
        report_start(session, window, over.set)
        serve_painting_bench(session, window)
        autosave = set_up_recovery(session, window)
        keep_window_quick(session)
        return_large_arrays()
        window.show()
        if exit_ms := os.environ.get(SMOKE_EXIT_VARIABLE):
            QTimer.singleShot(int(exit_ms), window, over.set)
        loop.run_until_complete(over.wait())
        window.hide()
        autosave.stop()
        session.stop()
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="main.py", description="Paint a layout; get a photograph of it.")
    parser.add_argument("document", nargs="?", type=Path, metavar="PROJECT|LAYOUT|PHOTO", help="what to open")
    parser.add_argument(
        "--bank", type=Path, metavar="B", action="append", default=[],
        help="a memory bank to open; give it again for more",
    )  # fmt: skip
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), help="what synthesis runs on, whatever is preferred"
    )
    return parser.parse_args(arguments)


def _tables_of_banks(paths: Sequence[Path]) -> list[ClassTable]:
    """Return the class tables of the banks that are given; checks that each is a bank."""
    tables: list[ClassTable] = []
    for path in paths:
        bank = Bank.open(path)
        tables.append(bank.table)
        bank.close()
    return tables


def _open(path: Path | None, tables: Sequence[ClassTable]) -> OpenedDocument:
    """Open a document; without one, what the program begins with in the classes of the first bank given."""
    if path is None:
        return open_starter(tables[0] if tables else None)
    return open_document(path, *(tables or [builtin_class_table()]))


def _hook_for(session: Session):  # noqa: ANN202 - the type of sys.excepthook has no short name
    """Return a ``sys.excepthook`` that logs what nobody caught and shows it without ending the program."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("%s", details)
        session.failed.emit(f"Something unexpected happened: {error}", details)

    return hook
