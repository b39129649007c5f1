"""Slow functions run elsewhere, one after another; what they return comes back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

_Value = TypeVar("_Value")
_executor = ThreadPoolExecutor(1, thread_name_prefix="background")


class Background(QObject):
    """Runs functions of frozen values in their order. GUI thread; an error is raised again here, on that thread."""

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        """Start without work."""
        super().__init__(parent)
        self._round = 0
        self._waiting = 0
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._waiting > 0

    def run(self, function: Callable[[], _Value], then: Callable[[_Value], object]) -> None:
        """Run a function elsewhere and hand what it returns to another on the GUI thread, unless it is forgotten."""
        ticket = self._round
        self._waiting += 1

        def report(future: Future[_Value]) -> None:
            try:
                self._finished.emit((ticket, future, then))
            except RuntimeError:  # the window is gone
                return

        _executor.submit(function).add_done_callback(report)

    def forget(self) -> None:
        """Wait for no answer any more; what runs is let run."""
        self._round += 1
        self._waiting = 0

    @Slot(object)
    def _on_finished(self, answer: tuple[int, Future[Any], Callable[[Any], object]]) -> None:
        ticket, future, then = answer
        if ticket == self._round:
            self._waiting -= 1
            then(future.result())
