"""Answering the dialogs of flows that wait with asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtWidgets import QApplication, QDialog


def drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end on a loop of its own."""
    return asyncio.run(coroutine)


async def dialog_of(kind: type[QDialog]) -> Any:
    """Wait for a dialog of a kind."""
    for _ in range(2000):
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, kind) and widget.isVisible():
                return widget
        await asyncio.sleep(0.002)
    raise AssertionError(f"no {kind.__name__}")


async def answering(question: Coroutine[Any, Any, Any], kind: type[QDialog], answer: Any) -> Any:
    """Await a question and answer its dialog."""
    asked = asyncio.ensure_future(question)
    answer(await dialog_of(kind))
    return await asked
