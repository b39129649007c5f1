"""Commands and questions to the engine's threads, each with what shall be done with its answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from app.engine_bridge import EngineBridge
from engine.service.events import CommandDone, QueryDone

Then = Callable[[Any], object]
Failed = Callable[[str, str], object]


class EngineAnswers(QObject):
    """Sends commands to the engine thread and questions to the reader thread. GUI thread."""

    def __init__(self, engine: EngineBridge, parent: QObject | None = None) -> None:
        """Wait for answers of an engine."""
        super().__init__(parent)
        self._engine = engine
        self._commands: dict[int, tuple[Then, Failed]] = {}
        self._queries: dict[int, tuple[Then, Failed]] = {}
        engine.command_done.connect(self._on_command_done)
        engine.query_done.connect(self._on_query_done)

    @property
    def is_waiting(self) -> bool:
        """Whether a command has not been answered."""
        return bool(self._commands)

    def command(self, name: str, function: Callable[[Any], Any], then: Then, failed: Failed) -> None:
        """Run a function on the engine thread, with the pipeline.

        Args:
            name: what the painter would call it.
            function: what to do.
            then: takes its value.
            failed: takes a line for the painter, and details.
        """
        self._commands[self._engine.command(name, function)] = (then, failed)

    def query(self, path: Path, function: Callable[[Any], Any], then: Then, failed: Failed) -> None:
        """Ask an open bank a question on the reader thread; arguments as for a command."""
        self._queries[self._engine.query(path, function)] = (then, failed)

    def forget_queries(self) -> None:
        """Wait for no answer to a question any more."""
        self._queries.clear()

    def _on_command_done(self, done: CommandDone) -> None:
        then, failed = self._commands.pop(done.command_id, (None, None))
        if failed is not None and done.error:
            failed(done.error, done.details)
        elif then is not None and not done.error:
            then(done.value)

    def _on_query_done(self, done: QueryDone) -> None:
        then, failed = self._queries.pop(done.query_id, (None, None))
        if failed is not None and done.error:
            failed(done.error, "")
        elif then is not None and not done.error:
            then(done.value)
