"""The worker, driven step by step by a pipeline that waits for the test; nothing sleeps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.classes import builtin_class_table
from engine.document.snapshot import Quality, Settings, Snapshot
from engine.geometry import Size
from engine.layout import Layout, frozen
from engine.pipeline.results import Result, Stamp
from engine.service.events import CommandDone, Event, JobCancelled, JobFailed, Progress, Update
from engine.service.worker import LOADING_STAGE, Worker

WAIT_S = 10.0
PREVIEW, FINAL = Quality.PREVIEW, Quality.FINAL


def snapshot_of(generation: int, quality: Quality = FINAL) -> Snapshot:
    layout = Layout.blank(Size(16, 8), 0)
    return Snapshot("document", generation, quality, layout, builtin_class_table("street"), (), 1, Settings())


def stamp_of(generation: int, quality: Quality = FINAL) -> Stamp:
    return Stamp("document", generation, quality)


def result_of(snapshot: Snapshot) -> Result:
    grey = frozen(np.zeros((8, 16), np.uint8))
    colour = frozen(np.zeros((8, 16, 3), np.uint8))
    return Result(
        Stamp(snapshot.document_id, snapshot.generation, snapshot.quality), (), (), 1, {},
        frozen(np.full((8, 16), -1, np.int32)), snapshot.layout.class_ids, colour, grey,
        frozen(np.zeros((8, 16), np.uint16)), (), colour, grey, True,
    )  # fmt: skip


class BlockingPipeline:
    """Begins a run, then does what the test tells it: ``check``, ``finish``, or an error to raise."""

    def __init__(self) -> None:
        self.started: queue.Queue[Snapshot] = queue.Queue()
        self.orders: queue.Queue[str | Exception] = queue.Queue()
        self.passed: queue.Queue[None] = queue.Queue()
        self.thread_names: set[str] = set()

    def run(self, snapshot: Snapshot, *, check: Callable[[], None], report: Callable[[str, float], None]) -> Result:
        self.thread_names.add(threading.current_thread().name)
        report("regions", 0.25)
        self.started.put(snapshot)
        while (order := self.orders.get(timeout=WAIT_S)) != "finish":
            if isinstance(order, Exception):
                raise order
            check()
            self.passed.put(None)
        return result_of(snapshot)


class Bench:
    """A worker with its blocking pipeline and the events it has emitted."""

    def __init__(self) -> None:
        self.pipeline = BlockingPipeline()
        self.events: queue.Queue[Event] = queue.Queue()
        self.making: queue.Queue[Exception | None] = queue.Queue()
        self.makes = 0
        self.worker = Worker(self.make, self.events.put)

    def make(self) -> BlockingPipeline:
        self.makes += 1
        if not self.making.empty() and (error := self.making.get()) is not None:
            raise error
        return self.pipeline

    def started(self) -> int:
        return self.pipeline.started.get(timeout=WAIT_S).generation

    def check_passes(self) -> None:
        self.pipeline.orders.put("check")
        self.pipeline.passed.get(timeout=WAIT_S)

    def begin_check(self) -> None:
        self.pipeline.orders.put("check")

    def finish(self) -> None:
        self.pipeline.orders.put("finish")

    def event(self) -> Event:
        """Return the next event that is no progress."""
        while isinstance(event := self.events.get(timeout=WAIT_S), Progress):
            pass
        return event

    def finished(self) -> Stamp:
        event = self.event()
        assert isinstance(event, Update)
        return event.result.stamp

    def cancelled(self) -> Stamp:
        event = self.event()
        assert isinstance(event, JobCancelled)
        return event.stamp


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.worker.start()
    yield bench
    bench.pipeline.orders.put("finish")
    assert bench.worker.stop(WAIT_S)


def test_a_snapshot_becomes_an_update_with_its_latency(bench: Bench):
    bench.worker.submit(snapshot_of(3))
    assert bench.started() == 3
    bench.finish()
    progress = [bench.events.get(timeout=WAIT_S) for _ in range(2)]
    assert progress == [Progress(stamp_of(3), LOADING_STAGE, 0.0), Progress(stamp_of(3), "regions", 0.25)]
    event = bench.event()
    assert isinstance(event, Update)
    assert event.result.stamp == stamp_of(3)
    assert event.latency_ms > 0
    assert bench.pipeline.thread_names == {"engine"}


def test_memory_is_given_back_after_a_large_final_only(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    given: queue.Queue[None] = queue.Queue()
    monkeypatch.setattr("engine.service.worker.give_back_memory", lambda: given.put(None))
    for large_px, expected in ((129, 0), (128, 1)):
        monkeypatch.setattr("engine.service.worker.LARGE_PX", large_px)
        for quality in (PREVIEW, FINAL):
            bench.worker.submit(snapshot_of(1, quality))
            bench.started()
            bench.finish()
            bench.finished()
        bench.worker.command("wait", lambda _pipeline: None)
        assert isinstance(bench.event(), CommandDone)
        assert given.qsize() == expected


def test_the_latest_of_many_waiting_snapshots_wins(bench: Bench):
    bench.worker.submit(snapshot_of(1, PREVIEW))
    assert bench.started() == 1
    for generation in range(2, 9):
        bench.worker.submit(snapshot_of(generation))
    bench.finish()
    assert bench.finished() == stamp_of(1, PREVIEW)
    assert bench.started() == 8
    bench.finish()
    assert bench.finished() == stamp_of(8)
    assert bench.events.empty()


def test_a_preview_completes_though_newer_snapshots_and_commands_wait(bench: Bench):
    bench.worker.submit(snapshot_of(1, PREVIEW))
    bench.started()
    bench.worker.submit(snapshot_of(2, PREVIEW))
    bench.worker.command("look", lambda pipeline: "seen")
    bench.check_passes()
    bench.finish()
    assert bench.finished() == stamp_of(1, PREVIEW)
    assert bench.event() == CommandDone(1, "seen")
    assert bench.started() == 2
    bench.finish()
    assert bench.finished() == stamp_of(2, PREVIEW)


def test_a_final_is_abandoned_once_a_newer_snapshot_waits(bench: Bench):
    bench.worker.submit(snapshot_of(1))
    bench.started()
    bench.check_passes()
    bench.worker.submit(snapshot_of(2))
    bench.begin_check()
    assert bench.cancelled() == stamp_of(1)
    assert bench.started() == 2
    bench.finish()
    assert bench.finished() == stamp_of(2)


def test_a_command_stops_a_final_and_the_same_snapshot_runs_again(bench: Bench):
    bench.worker.submit(snapshot_of(5))
    bench.started()
    identity = bench.worker.command("open a bank", lambda pipeline: pipeline)
    bench.begin_check()
    assert bench.event() == CommandDone(identity, bench.pipeline)
    assert bench.started() == 5
    bench.check_passes()
    bench.finish()
    assert bench.finished() == stamp_of(5)


def test_a_newer_snapshot_wins_over_the_one_a_command_stopped(bench: Bench):
    bench.worker.submit(snapshot_of(5))
    bench.started()
    inside, go_on = threading.Event(), threading.Event()

    def wait(pipeline: BlockingPipeline) -> bool:
        inside.set()
        return go_on.wait(WAIT_S)

    bench.worker.command("wait", wait)
    bench.begin_check()
    assert inside.wait(WAIT_S)
    bench.worker.submit(snapshot_of(6))
    go_on.set()
    assert bench.event() == CommandDone(1, True)
    assert bench.started() == 6
    bench.finish()
    assert bench.finished() == stamp_of(6)


def test_commands_are_never_dropped_and_keep_their_order(bench: Bench):
    bench.worker.submit(snapshot_of(1, PREVIEW))
    bench.started()
    order: list[int] = []
    identities = [bench.worker.command("count", lambda pipeline, i=i: order.append(i)) for i in range(50)]
    bench.finish()
    assert bench.finished() == stamp_of(1, PREVIEW)
    assert [bench.event() for _ in identities] == [CommandDone(i, None) for i in identities]
    assert order == list(range(50))


def test_a_failing_command_answers_with_its_error_and_harms_nothing(bench: Bench):
    def fail(pipeline: BlockingPipeline) -> None:
        raise OSError("the disk\nis full")

    identity = bench.worker.command("fail", fail)
    event = bench.event()
    assert isinstance(event, CommandDone)
    assert (event.command_id, event.value, event.error) == (identity, None, "the disk is full")
    assert "OSError" in event.details
    bench.worker.command("go on", lambda pipeline: 7)
    assert bench.event() == CommandDone(identity + 1, 7)


def test_cancel_abandons_the_run_and_the_waiting_snapshot(bench: Bench):
    bench.worker.submit(snapshot_of(1, PREVIEW))
    bench.started()
    bench.worker.submit(snapshot_of(2))
    bench.worker.cancel()
    bench.begin_check()
    assert [bench.cancelled(), bench.cancelled()] == [stamp_of(1, PREVIEW), stamp_of(2)]
    bench.worker.submit(snapshot_of(3))
    assert bench.started() == 3
    bench.finish()
    assert bench.finished() == stamp_of(3)


def test_a_run_that_finishes_after_cancel_is_not_shown(bench: Bench):
    bench.worker.submit(snapshot_of(1))
    bench.started()
    bench.worker.cancel()
    bench.finish()
    assert bench.cancelled() == stamp_of(1)


def test_cancel_with_nothing_to_do_spoils_nothing(bench: Bench):
    bench.worker.cancel()
    bench.worker.submit(snapshot_of(1))
    bench.started()
    bench.check_passes()
    bench.finish()
    assert bench.finished() == stamp_of(1)


def test_a_cancelled_snapshot_that_is_held_answers_at_once(bench: Bench):
    bench.worker.hold_final(True)
    bench.worker.submit(snapshot_of(1))
    bench.worker.cancel()
    assert bench.cancelled() == stamp_of(1)
    assert bench.makes == 0


def test_a_failing_run_is_reported_and_the_next_one_recovers(bench: Bench):
    bench.worker.submit(snapshot_of(1))
    bench.started()
    bench.pipeline.orders.put(ValueError("no such\n  class"))
    event = bench.event()
    assert isinstance(event, JobFailed)
    assert (event.stamp, event.message) == (stamp_of(1), "no such class")
    assert "Traceback" in event.details
    bench.worker.submit(snapshot_of(2))
    bench.started()
    bench.finish()
    assert bench.finished() == stamp_of(2)
    assert bench.makes == 1


def test_a_pipeline_that_cannot_be_made_is_tried_again_at_the_next_snapshot(bench: Bench):
    bench.making.put(RuntimeError("weights of another table"))
    bench.worker.submit(snapshot_of(1))
    event = bench.event()
    assert isinstance(event, JobFailed)
    assert event.message == "weights of another table"
    bench.making.put(RuntimeError())
    bench.worker.command("look", lambda pipeline: None)
    failed = bench.event()
    assert isinstance(failed, CommandDone)
    assert failed.error == "RuntimeError"
    bench.worker.submit(snapshot_of(2))
    bench.started()
    bench.finish()
    assert bench.finished() == stamp_of(2)
    assert bench.makes == 3


def test_while_held_a_preview_runs_and_a_final_waits(bench: Bench):
    bench.worker.command("load", lambda pipeline: None)
    bench.event()
    bench.worker.hold_final(True)
    bench.worker.submit(snapshot_of(1, PREVIEW))
    assert bench.started() == 1
    bench.worker.submit(snapshot_of(2))
    bench.finish()
    assert bench.finished() == stamp_of(1, PREVIEW)
    bench.worker.command("look", lambda pipeline: "meanwhile")
    assert bench.event() == CommandDone(2, "meanwhile")
    assert bench.pipeline.started.empty()
    bench.worker.hold_final(False)
    assert bench.started() == 2
    bench.finish()
    assert bench.finished() == stamp_of(2)


def test_the_pipeline_is_not_made_while_held(bench: Bench):
    bench.worker.hold_final(True)
    bench.worker.submit(snapshot_of(1, PREVIEW))
    bench.worker.command("look", lambda pipeline: None)
    assert bench.makes == 0
    bench.worker.hold_final(False)
    assert bench.event() == CommandDone(1, None)
    assert bench.started() == 1
    assert bench.makes == 1
    bench.finish()
    assert bench.finished() == stamp_of(1, PREVIEW)


def test_a_run_waits_at_its_check_while_the_window_has_its_turn(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.service.precedence.LIMIT_S", 2 * WAIT_S)
    bench.worker.submit(snapshot_of(1))
    bench.started()
    bench.worker.precedence.take()
    bench.begin_check()
    with pytest.raises(queue.Empty):
        bench.pipeline.passed.get(timeout=0.05)
    bench.worker.precedence.give_back()
    bench.pipeline.passed.get(timeout=WAIT_S)
    bench.finish()


def test_stop_abandons_the_run_and_refuses_what_waits():
    bench = Bench()
    bench.worker.start()
    bench.worker.submit(snapshot_of(1, PREVIEW))
    bench.started()
    bench.worker.command("build a bank", lambda pipeline: None)
    assert not bench.worker.stop(0.0)
    bench.begin_check()
    assert bench.worker.stop(WAIT_S)
    assert bench.cancelled() == stamp_of(1, PREVIEW)
    assert bench.event() == CommandDone(1, None, error="the engine was stopped before it could build a bank")
    bench.worker.submit(snapshot_of(2))
    with pytest.raises(RuntimeError, match="stopped before it could look"):
        bench.worker.command("look", lambda pipeline: None)
    assert bench.events.empty()


def test_a_worker_that_was_never_started_can_be_stopped():
    assert Bench().worker.stop(0.0)
