"""Waiting for a dialog without a second event loop."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QDialog


async def answer_of(dialog: QDialog) -> bool:
    """Open a dialog over its window and wait until it is accepted (True) or rejected (False)."""
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_finished(code: int) -> None:
        if not answered.done():
            answered.set_result(code)

    dialog.finished.connect(on_finished)
    dialog.open()
    try:
        return await answered == QDialog.DialogCode.Accepted
    finally:
        dialog.finished.disconnect(on_finished)
