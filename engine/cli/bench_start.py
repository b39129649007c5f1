"""``python -m engine bench start``: how long the program takes to a window one can paint in, and to its first image."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import CommandError

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
MARKS = ("window", "image")
LIMIT_S = 120.0


def bench_start(
    bank: Annotated[Path | None, typer.Option("--bank", metavar="B.bank", help="Start with this bank open.")] = None,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=100, help="How often to start the program.")] = 5,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Start the program several times and measure, from the start of its process, the window and the first image.

    Without a display the program starts on Qt's offscreen platform; its preferences are empty.
    """
    runs = [_start_once(bank) for _ in range(repeat)]
    times = {
        mark: {"median_ms": round(statistics.median(values), 1), "max_ms": round(max(values), 1)}
        for mark in MARKS
        for values in [[run[mark] for run in runs]]
    }
    if json_output:
        print(json.dumps({"start": times}, indent=1))
        return
    for mark, label in zip(MARKS, ("a window one can paint in", "the first image"), strict=True):
        print(f"start to {label}: {times[mark]['median_ms']:.0f} ms median, {times[mark]['max_ms']:.0f} ms at most")


def _start_once(bank: Path | None) -> dict[str, float]:
    command = [sys.executable, str(PROGRAM), *(["--bank", str(bank)] if bank else [])]
    with tempfile.TemporaryDirectory(prefix="tessera-start-") as home:
        environment = {**os.environ, "TESSERA_REPORT_START": "1", "XDG_CONFIG_HOME": home, "TESSERA_DATA": home}
        if not (
            environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin")
        ):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        started_s = time.perf_counter()
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment, text=True, stdout=pipe, stderr=pipe) as program:
            limit = threading.Timer(LIMIT_S, program.kill)
            limit.start()
            found: dict[str, float] = {}
            for line in program.stdout or ():
                if line.strip() in MARKS:
                    found[line.strip()] = (time.perf_counter() - started_s) * 1000
            _, errors = program.communicate()
            limit.cancel()
    if program.returncode or set(found) != set(MARKS):
        last = (errors or "").strip().splitlines()
        raise CommandError(f"the program did not start: {last[-1] if last else f'exit status {program.returncode}'}")
    return found
