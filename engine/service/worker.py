"""The engine thread and its mailbox: the latest snapshot wins, commands are never dropped."""

from __future__ import annotations

import itertools
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from engine.cancellation import Cancelled
from engine.document.snapshot import Quality, Snapshot
from engine.memory import give_back_memory
from engine.pipeline.results import Result, Stamp
from engine.service.events import CommandDone, Event, JobCancelled, JobFailed, Progress, Update
from engine.service.precedence import Precedence

LOADING_STAGE = "load"
LARGE_PX = 1 << 21
"""A picture of so many pixels takes hundreds of megabytes to make, which are given back afterwards."""


class PipelineLike(Protocol):
    """What the worker runs; `engine.pipeline.pipeline.Pipeline` is one."""

    def run(self, snapshot: Snapshot, *, check: Callable[[], None], report: Callable[[str, float], None]) -> Result:
        """Run all stages, calling ``check`` between them and ``report(stage, fraction)`` as they begin."""
        ...


_Pipeline = TypeVar("_Pipeline", bound=PipelineLike)


@dataclass(eq=False)
class _Job:
    """A submitted snapshot; ``is_cancelled`` is guarded by the worker's condition."""

    snapshot: Snapshot
    submitted_s: float
    is_cancelled: bool = False

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.snapshot.document_id, self.snapshot.generation, self.snapshot.quality)

    @property
    def is_large(self) -> bool:
        return self.snapshot.quality is Quality.FINAL and self.snapshot.layout.class_ids.size >= LARGE_PX

    def failed(self, message: str, details: str) -> Event:
        return JobFailed(self.stamp, message, details)


@dataclass(frozen=True)
class _Command(Generic[_Pipeline]):
    """A queued command."""

    id: int
    name: str
    function: Callable[[_Pipeline], Any]

    def failed(self, message: str, details: str) -> Event:
        return CommandDone(self.id, None, error=message, details=details)


class Worker(Generic[_Pipeline]):
    """Runs the pipeline on its own thread, named ``engine``, which owns the networks, the banks and the caches.

    Two inlets under one condition: a slot for the latest snapshot, and a queue of commands.

    - A PREVIEW always completes, unless cancelled. A FINAL is abandoned at its next check once a newer snapshot or a
      command waits; where a command ended it and no newer snapshot has come, the same snapshot is run again
      afterwards. So a command never changes the world under a run.
    - Commands run in their order, before any waiting snapshot, and each answers with one `CommandDone`.
    - While a mouse button is down (`hold_final`) a FINAL waits, and so does the making of the pipeline, since
      importing torch would stall the stroke.

    Every method may be called from any thread; ``emit`` is called on the engine thread only.
    """

    def __init__(self, make_pipeline: Callable[[], _Pipeline], emit: Callable[[Event], None]) -> None:
        """Prepare the thread; nothing runs before `start`.

        Args:
            make_pipeline: makes the pipeline, on the engine thread, at the first snapshot or command; tried again
                at the next one where it fails.
            emit: takes the events.
        """
        self._make_pipeline = make_pipeline
        self._emit = emit
        self.precedence = Precedence()
        self._condition = threading.Condition()
        self._waiting: _Job | None = None
        self._current: _Job | None = None
        self._commands: deque[_Command[_Pipeline]] = deque()
        self._command_ids = itertools.count(1)
        self._is_held = False
        self._is_stopping = False
        self._pipeline: _Pipeline | None = None
        self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)

    def start(self) -> None:
        """Start the engine thread."""
        self._thread.start()

    def submit(self, snapshot: Snapshot) -> None:
        """Put a snapshot into the slot, in place of the one that waits there; ignored once stopped."""
        with self._condition:
            if not self._is_stopping:
                self._waiting = _Job(snapshot, time.perf_counter())
                self._condition.notify_all()

    def command(self, name: str, function: Callable[[_Pipeline], Any]) -> int:
        """Queue a function that takes the pipeline, to be run on the engine thread between runs.

        Args:
            name: what the painter would call it, for messages.
            function: what to do; its value comes back in `CommandDone`.

        Returns:
            The id that its `CommandDone` carries.

        Raises:
            RuntimeError: if the worker was stopped.
        """
        with self._condition:
            if self._is_stopping:
                raise RuntimeError(f"the engine was stopped before it could {name}")
            command = _Command(next(self._command_ids), name, function)
            self._commands.append(command)
            self._condition.notify_all()
            return command.id

    def cancel(self) -> None:
        """Abandon the current run at its next check, and the snapshot that waits; each answers `JobCancelled`."""
        with self._condition:
            for job in (self._current, self._waiting):
                if job is not None:
                    job.is_cancelled = True
            self._condition.notify_all()

    def hold_final(self, held: bool, /) -> None:
        """Keep FINAL runs, and the making of the pipeline, waiting while a mouse button is down."""
        with self._condition:
            self._is_held = held
            self._condition.notify_all()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Abandon the current run, refuse the commands that still wait, and end the thread.

        Returns:
            Whether the thread has ended within the time.
        """
        with self._condition:
            self._is_stopping = True
            self._waiting = None
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (work := self._next()) is not None:
            try:
                event = self._run_job(work) if isinstance(work, _Job) else self._run_command(work)
            except Exception as error:
                event = work.failed(one_line(error), traceback.format_exc())
            with self._condition:
                self._current = None
            if event is not None:
                self._emit(event)
            if isinstance(work, _Job) and work.is_large:
                give_back_memory()
        for command in self._commands:
            self._emit(command.failed(f"the engine was stopped before it could {command.name}", ""))
        self._pipeline = None  # banks and CUDA memory are let go by the thread that owns them

    def _next(self) -> _Job | _Command[_Pipeline] | None:
        with self._condition:
            while not self._is_stopping:
                may_load = self._pipeline is not None or not self._is_held
                if self._commands and may_load:
                    return self._commands.popleft()
                job = self._waiting
                if job is not None and (job.is_cancelled or (may_load and not self._must_wait(job))):
                    self._waiting, self._current = None, job
                    return job
                self._condition.wait()
            return None

    def _must_wait(self, job: _Job) -> bool:
        return self._is_held and job.snapshot.quality is Quality.FINAL

    def _run_command(self, command: _Command[_Pipeline]) -> Event:
        return CommandDone(command.id, command.function(self._ready_pipeline()))

    def _run_job(self, job: _Job) -> Event | None:
        stamp = job.stamp

        def report(stage: str, fraction: float) -> None:
            self._emit(Progress(stamp, stage, fraction))

        try:
            self._check(job)
            if self._pipeline is None:
                report(LOADING_STAGE, 0.0)
            result = self._ready_pipeline().run(job.snapshot, check=lambda: self._check(job), report=report)
        except Cancelled:
            return self._abandon(job)
        with self._condition:
            if job.is_cancelled:
                return JobCancelled(stamp)
        return Update(result, (time.perf_counter() - job.submitted_s) * 1000)

    def _check(self, job: _Job) -> None:
        self.precedence.wait()
        with self._condition:
            if job.is_cancelled or self._is_stopping:
                raise Cancelled
            if job.snapshot.quality is Quality.FINAL and (self._waiting is not None or self._commands):
                raise Cancelled

    def _abandon(self, job: _Job) -> Event | None:
        with self._condition:
            if not (job.is_cancelled or self._is_stopping) and self._waiting is None:
                self._waiting = job  # only a command was in its way
                return None
        return JobCancelled(job.stamp)

    def _ready_pipeline(self) -> _Pipeline:
        if self._pipeline is None:
            self._pipeline = self._make_pipeline()
        return self._pipeline


def one_line(error: BaseException) -> str:
    """Return an error as one line for the painter: its message, or its type where it has none."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
