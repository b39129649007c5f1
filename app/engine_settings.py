"""The options that concern the engine: told to it when they change, and what it answers about devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.engine_bridge import EngineBridge
from app.options import Options
from engine.service.events import CommandDone

if TYPE_CHECKING:
    from engine.pipeline.device import DeviceInfo
    from engine.pipeline.pipeline import Pipeline


class EngineSettings(QObject):
    """Passes threads and device to the engine thread. GUI thread.

    Emits `devices_known` once the engine has said what it can run on, `changed` after it took another setting, and
    `failed` with a message where it could not.
    """

    devices_known = Signal()
    changed = Signal()
    failed = Signal(str, str)

    def __init__(self, engine: EngineBridge, options: Options, parent: QObject) -> None:
        """Follow the options; nothing is told before `start`."""
        super().__init__(parent)
        self._engine = engine
        self._options = options
        self._is_started = False
        self._keeps_device = False
        self._asked: int | None = None
        self._told: dict[int, str] = {}
        self.devices: tuple[DeviceInfo, ...] = ()
        engine.command_done.connect(self._on_command_done)
        options.changed.connect(self._on_option_changed)

    def keep_device(self) -> None:
        """Start on the device that was asked for on the command line, whatever is preferred."""
        self._keeps_device = True

    def start(self) -> None:
        """Tell the engine what differs from what it does by itself; it has started."""
        self._is_started = True
        if self._options.device != "auto" and not self._keeps_device:
            self._tell("device")
        if self._options.threads:
            self._tell("threads")

    def ask_devices(self) -> None:
        """Ask what the networks can run on; `devices_known` follows, as soon as the engine is free."""
        if not self.devices and self._asked is None and self._is_started:

            def list_devices(pipeline: Pipeline) -> tuple[DeviceInfo, ...]:
                return pipeline.devices()

            self._asked = self._engine.command("list devices", list_devices)

    def _on_option_changed(self, name: str) -> None:
        if self._is_started and name in ("threads", "device"):
            self._tell(name)

    def _tell(self, name: str) -> None:
        threads, device = self._options.threads, self._options.device

        def use_threads(pipeline: Pipeline) -> None:
            pipeline.use_threads(threads)

        def use_device(pipeline: Pipeline) -> None:
            pipeline.use_device(device)

        function = use_threads if name == "threads" else use_device
        self._told[self._engine.command(f"use {name}", function)] = name

    def _on_command_done(self, done: CommandDone) -> None:
        if done.command_id == self._asked:
            self._asked = None
            if not done.error:
                self.devices = done.value
                self.devices_known.emit()
        elif (name := self._told.pop(done.command_id, None)) is not None:
            if done.error:
                self.failed.emit(f"The {name} could not be changed: {done.error}", done.details)
            else:
                self.changed.emit()
