"""The program itself, as a process on a real X server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli import main
from tests.support.tiny_bank import build_tiny_bank

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def display() -> Iterator[str]:
    """A display of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: no real X server to start on")
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as numbers:
            number = numbers.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def test_the_program_starts_with_a_bank_and_ends_with_0(display: str, tmp_path: Path):
    environment = {
        **os.environ,
        "DISPLAY": display,
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "QT_QPA_PLATFORM": "xcb",
        "TESSERA_SMOKE_EXIT_MS": "2500",
    }
    bank = build_tiny_bank(tmp_path)
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "--bank", str(bank), "--device", "cpu"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if shutil.which("xdotool") is not None:
            found = subprocess.run(
                ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Tessera"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert found.stdout.strip(), "no window of the program appeared"
        _, errors = program.communicate(timeout=60)
    finally:
        if program.poll() is None:
            program.kill()
            program.communicate()
    assert program.returncode == 0, errors
    assert "Traceback" not in errors and "qt.qpa" not in errors


def test_bench_start_measures_the_window_and_the_first_image(capsys: pytest.CaptureFixture[str]):
    assert main(["bench", "start", "--repeat", "1", "--json"]) == 0
    times = json.loads(capsys.readouterr().out)["start"]
    assert 0 < times["window"]["median_ms"] < times["image"]["median_ms"]
