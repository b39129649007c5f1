"""Whether the engine waits while the window works, and never for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from engine.service import precedence
from engine.service.precedence import Precedence

WAIT_S = 10.0


class Waiting:
    """A thread that waits for its turn, and whether it has got it."""

    def __init__(self, turn: Precedence) -> None:
        self.has_passed = threading.Event()
        self._thread = threading.Thread(target=lambda: (turn.wait(), self.has_passed.set()), daemon=True)
        self._thread.start()


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a turn last as long as a test likes."""
    monkeypatch.setattr(precedence, "LIMIT_S", 2 * WAIT_S)
    yield


def test_nobody_waits_where_nobody_has_a_turn():
    assert Waiting(Precedence()).has_passed.wait(WAIT_S)


@pytest.mark.usefixtures("unlimited")
def test_one_who_waits_goes_on_at_the_end_of_the_turn():
    turn = Precedence()
    turn.take()
    waiting = Waiting(turn)
    assert not waiting.has_passed.wait(0.05)
    turn.give_back()
    assert waiting.has_passed.wait(WAIT_S)


def test_a_turn_that_never_ends_holds_nobody_up():
    turn = Precedence()
    turn.take()
    started_s = time.perf_counter()
    assert Waiting(turn).has_passed.wait(WAIT_S)
    assert time.perf_counter() - started_s >= precedence.LIMIT_S / 2
    assert Waiting(turn).has_passed.wait(WAIT_S)


@pytest.mark.usefixtures("unlimited")
def test_a_turn_that_never_ended_hides_no_later_one(monkeypatch: pytest.MonkeyPatch):
    turn = Precedence()
    with monkeypatch.context() as short:
        short.setattr(precedence, "LIMIT_S", 0.0)
        turn.take()
    turn.take()
    assert not Waiting(turn).has_passed.wait(0.05)
