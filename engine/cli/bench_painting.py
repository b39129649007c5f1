"""``python -m engine bench painting``: how soon a stroke is seen, and how long the window is ever blocked."""

from __future__ import annotations

import json
import math
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from engine.cli.errors import CommandError
from engine.cli.options import DeviceOption, require_files

if TYPE_CHECKING:
    from engine.geometry import Size

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
PORT_VARIABLE = "TESSERA_BENCH_PAINTING"
DEFAULT_SIZES = "1024x512,2048x1024,4096x2048"
EVENT_S = 0.001
STROKE_EVENTS = 600
SHORT_STROKE_EVENTS = 12
BRUSH_HEIGHTS = 0.06
LIMIT_S = 180.0
END_S = 0.5
PAUSE_S = 0.15
"""Between two strokes: a FINAL begins, and the next stroke meets it."""


def bench_painting(
    bank: Annotated[Path | None, typer.Option("--bank", metavar="B.bank", help="Paint with this bank open.")] = None,
    sizes: Annotated[
        str, typer.Option("--sizes", metavar="WxH[,WxH…]", help="Sizes of the layouts to paint.")
    ] = DEFAULT_SIZES,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=600, help="How long to paint at each size.")
    ] = 6.0,
    strokes: Annotated[
        int, typer.Option("--strokes", min=1, max=100_000, help="After how many strokes memory is measured.")
    ] = 2000,
    device: DeviceOption = "auto",
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Paint in the real window with 1,000 pointer events a second while the engine works, and measure.

    From a pointer event to the end of the paint event that shows it; the longest time the window is blocked in the
    start, a stroke, a swap, a save, an export and the opening of a bank; memory after many strokes. Without a display
    the program starts on Qt's offscreen platform; its preferences are empty.
    """
    from engine.geometry import Size

    try:
        parsed = [Size.parse(text) for text in sizes.split(",")]
    except ValueError as error:
        raise CommandError(f"--sizes: {error}") from None
    require_files([bank] if bank else [])
    with tempfile.TemporaryDirectory(prefix="tessera-painting-") as folder:
        report = _measure(parsed, Path(folder), bank, seconds=seconds, strokes=strokes, device=device)
    if json_output:
        print(json.dumps({"painting": report}, indent=1))
    else:
        _print_report(report)


class Painter:
    """Sends pointer events and orders to the program and waits for its answers."""

    def __init__(self, connection: socket.socket) -> None:
        """Talk over a connection."""
        self._socket = connection
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, name="bench answers", daemon=True).start()

    def say(self, order: str, **values: Any) -> None:
        """Send one order."""
        self._socket.sendall(json.dumps({"do": order, **values}).encode() + b"\n")

    def wait(self, *events: str) -> dict[str, Any]:
        """Return the next answer of one of these kinds.

        Raises:
            CommandError: if the program failed, ended, or says nothing for too long.
        """
        limit_s = time.perf_counter() + LIMIT_S
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, limit_s - time.perf_counter()))
            except queue.Empty:
                raise CommandError(f"the program did not answer ({' or '.join(events)}) in {LIMIT_S:.0f} s") from None
            if answer is None:
                raise CommandError("the program ended before the bench did")
            if answer["event"] == "failed":
                raise CommandError(f"the program failed: {answer['message']}")
            if answer["event"] in events:
                return answer

    def forget(self) -> None:
        """Drop the answers that have come and nobody waited for."""
        while not self._answers.empty():
            self._answers.get_nowait()

    def paint(self, points: np.ndarray) -> None:
        """Send one stroke at 1,000 events a second, each stamped when it leaves; points are shares of the layout."""
        due_s = time.perf_counter()
        last = len(points) - 1
        for index, (x, y) in enumerate(points.tolist()):
            wait_s = due_s - time.perf_counter()
            if wait_s > 0:
                time.sleep(wait_s)
            name = "press" if index == 0 else "release" if index == last else "move"
            self.say(name, x=x, y=y, at=time.perf_counter())
            due_s += EVENT_S

    def report(self) -> dict[str, Any]:
        """Return what the program measured since the phase began."""
        self.say("report")
        return self.wait("report")

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            try:
                for line in lines:
                    self._answers.put(json.loads(line))
            except OSError:
                pass
        self._answers.put(None)


def draw_stroke(draw: np.random.Generator, events: int) -> np.ndarray:
    """Return a winding stroke as (events, 2) shares of the layout, right and down; it stays inside."""
    along = np.linspace(0.0, 1.0, events)
    centre, reach = draw.uniform(0.35, 0.65, 2), draw.uniform(0.12, 0.3, 2)
    turns, phase = draw.uniform(0.5, 2.5, 2), draw.uniform(0, math.tau, 2)
    return centre + reach * np.sin(math.tau * turns * along[:, None] + phase)


def _measure(
    sizes: list[Size], folder: Path, bank: Path | None, *, seconds: float, strokes: int, device: str
) -> dict[str, Any]:
    from engine.bank.bank import Bank
    from engine.cli.bench import layout_to_paint
    from engine.data.layout_file import save_layout_index

    banks = [Bank.open(bank)] if bank else []
    try:
        layouts: dict[Size, Path] = {}
        class_count = 0
        for size in sizes:
            layout, table = layout_to_paint(size, banks)
            layouts[size] = folder / f"{size}.png"
            save_layout_index(layouts[size], layout, table)
            class_count = len(table)
    finally:
        for opened in banks:
            opened.close()
    report: dict[str, Any] = {"latency": {}, "device": device}
    with _program(folder, bank, device) as painter:
        painter.wait("window")
        painter.wait("image")
        draw = np.random.default_rng(0)
        for size, path in layouts.items():
            painter.say("phase", name=f"open {size}")
            painter.forget()
            painter.say("open", path=str(path))
            while painter.wait("image")["size"] != str(size):
                pass
            report["latency"][str(size)] = _paint_a_while(painter, size, draw, class_count, seconds)
        _do_everything_else(painter, folder, bank)
        report |= _paint_many(painter, draw, strokes)
        painter.say("close")
    return report


def _paint_a_while(
    painter: Painter, size: Size, draw: np.random.Generator, class_count: int, seconds: float
) -> dict[str, float]:
    """Paint stroke after stroke and return percentiles from a pointer event to the paint that shows it."""
    painter.paint(draw_stroke(draw, 50))
    painter.wait("image")
    painter.say("phase", name=f"stroke {size}", brush_px=max(2.0, BRUSH_HEIGHTS * size.height))
    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s:
        painter.say("class", class_id=int(draw.integers(class_count)))
        painter.paint(draw_stroke(draw, STROKE_EVENTS))
        time.sleep(PAUSE_S)
    found = painter.report()
    painter.forget()
    latencies_ms, paints_ms = np.array(found["latencies_ms"]), np.array(found["paints_ms"])
    return {
        "p50_ms": round(float(np.percentile(latencies_ms, 50)), 2),
        "p99_ms": round(float(np.percentile(latencies_ms, 99)), 2),
        "max_ms": round(float(latencies_ms.max()), 2),
        "paint_event_p50_ms": round(float(np.percentile(paints_ms, 50)), 2),
        "events": len(latencies_ms),
        "paint_events": len(paints_ms),
        "previews": found["previews"],
    }


def _do_everything_else(painter: Painter, folder: Path, bank: Path | None) -> None:
    """Swap, save, export and open a bank, each as a phase of its own."""
    painter.say("phase", name="final")
    painter.paint(np.full((2, 2), 0.5))
    painter.wait("image")
    for phase, order, values, answers in (
        ("swap", "swap", {}, ("image", "nothing to swap")),
        ("save", "save", {"path": str(folder / "saved.tessera")}, ("saved",)),
        ("export", "export", {"folder": str(folder)}, ("exported",)),
    ):
        painter.forget()
        painter.say("phase", name=phase)
        painter.say(order, **values)
        painter.wait(*answers)
    if bank is not None:
        painter.forget()
        painter.say("phase", name="close bank")
        painter.say("close_bank", path=str(bank))
        painter.wait("banks")
        painter.wait("image")
        painter.say("phase", name="open bank")
        painter.say("open_bank", path=str(bank))
        painter.wait("banks")
        painter.wait("image")


def _paint_many(painter: Painter, draw: np.random.Generator, strokes: int) -> dict[str, Any]:
    """Paint many short strokes; return the longest stalls of every phase, and memory before and after."""
    before = painter.report()["memory_bytes"]
    painter.say("phase", name=f"{strokes} strokes")
    for _ in range(strokes):
        painter.paint(draw_stroke(draw, SHORT_STROKE_EVENTS))
    found = painter.report()
    return {
        "stalls": found["stalls"],
        "memory_mb": {"before": before >> 20, "after": found["memory_bytes"] >> 20, "strokes": strokes},
    }


@contextmanager
def _program(folder: Path, bank: Path | None, device: str) -> Iterator[Painter]:
    """Start the program and end it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        environment = {
            **os.environ,
            PORT_VARIABLE: str(server.getsockname()[1]),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "TESSERA_DATA": str(folder / "data" / "tessera"),
        }
        has_display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
        if not has_display and sys.platform not in ("win32", "darwin"):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        command = [sys.executable, str(PROGRAM), "--device", device, *(["--bank", str(bank)] if bank else [])]
        with subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE) as program:
            errors: list[str] = []
            reader = threading.Thread(target=lambda: errors.extend(program.stderr or ()), daemon=True)
            reader.start()
            try:
                connection = _accepted(server, program)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with connection:
                    yield Painter(connection)
                    program.wait(LIMIT_S)
            except (ConnectionError, CommandError) as error:
                time.sleep(END_S)
                reason = f"the program ended with {code}" if (code := program.poll()) is not None else "it runs"
                raise CommandError("; ".join([reason, str(error), *(line.strip() for line in errors[-1:])])) from None
            finally:
                program.kill()
    if program.returncode not in (0, -9):
        raise CommandError(f"the program ended with {program.returncode}")


def _accepted(server: socket.socket, program: subprocess.Popen[str]) -> socket.socket:
    """Return the program's connection.

    Raises:
        CommandError: if it ended, or took too long.
    """
    limit_s = time.perf_counter() + LIMIT_S
    server.settimeout(0.2)
    while time.perf_counter() < limit_s:
        try:
            return server.accept()[0]
        except TimeoutError:
            if program.poll() is not None:
                break
    raise CommandError("the program did not start")


def _print_report(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("size", "p50", "p99", "most", "events", "previews", title="pointer event to painted pixels, ms")
    for size, found in report["latency"].items():
        row = (f"{found['p50_ms']:.1f}", f"{found['p99_ms']:.1f}", f"{found['max_ms']:.1f}")
        table.add_row(size, *row, str(found["events"]), str(found["previews"]))
    console.print(table)
    table = Table("phase", "ms", "of it work", "during", title="longest time the window was blocked")
    for phase, stalls in report["stalls"].items():
        table.add_row(phase, f"{stalls[0]['ms']:.0f}", f"{stalls[0]['work_ms']:.0f}", stalls[0]["during"])
    console.print(table)
    memory = report["memory_mb"]
    console.print(f"memory: {memory['before']} MB, after {memory['strokes']} more strokes {memory['after']} MB")
