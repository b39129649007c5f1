"""Slow functions run elsewhere and answer on the GUI thread."""

from __future__ import annotations

import threading

import pytest

from app.background import Background


def test_answers_come_on_the_gui_thread_in_their_order(qtbot):
    background = Background()
    answers: list[tuple[int, bool]] = []
    for number in range(3):
        background.run(
            lambda n=number: (n, threading.current_thread() is threading.main_thread()),
            lambda answer: answers.append((answer[0], threading.current_thread() is threading.main_thread())),
        )
    assert background.is_busy
    qtbot.waitUntil(lambda: not background.is_busy)
    assert answers == [(0, True), (1, True), (2, True)]


def test_functions_run_elsewhere(qtbot):
    background = Background()
    threads: list[str] = []
    background.run(lambda: threading.current_thread().name, threads.append)
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0].startswith("background")


def test_what_is_forgotten_is_not_answered(qtbot):
    background, gate = Background(), threading.Event()
    answers: list[str] = []
    background.run(lambda: gate.wait(10), lambda _: answers.append("forgotten"))
    background.forget()
    assert not background.is_busy
    background.run(lambda: "wanted", answers.append)
    gate.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["wanted"]


def test_an_error_is_raised_again_on_the_gui_thread(qtbot):
    background = Background()
    with qtbot.captureExceptions() as errors:
        background.run(lambda: 1 // 0, lambda _value: pytest.fail("it was answered"))
        qtbot.waitUntil(lambda: bool(errors))
    assert errors[0][0] is ZeroDivisionError
    assert not background.is_busy
