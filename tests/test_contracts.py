"""Who imports whom: the contracts of pyproject.toml hold, and each of them notices when it is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
START_UP_S = 1.5
OFFENCES = {
    "Downward only: the app over the engine": ("engine/regions.py", "import engine.data.sample"),
    "Downward only: the command line over training and evaluation": ("engine/pipeline/cache.py", "import engine.cli"),
    "The engine knows no window": ("engine/layout.py", "import PySide6.QtCore"),
    "The document and what lies below it know no torch": ("engine/document/record.py", "import torch"),
    "The app imports no torch": ("app/__init__.py", "import torch.nn"),
    "Networks know tensors only": ("engine/networks/__init__.py", "import engine.document.record"),
    "Neither the app nor the service uses the command line, training or evaluation": (
        "engine/service/worker.py",
        "import engine.training",
    ),
}


def lint(folder: Path) -> tuple[int, dict[str, str]]:
    """Run import-linter; return its exit status and {contract: KEPT or BROKEN}."""
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", done.stdout, re.MULTILINE))
    assert verdicts, done.stdout + done.stderr
    return done.returncode, verdicts


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_contract_holds():
    status, verdicts = lint(ROOT)
    assert {name for name, verdict in verdicts.items() if verdict != "KEPT"} == set()
    assert status == 0


def test_every_contract_has_an_offence_that_breaks_it():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} == set(OFFENCES)


@pytest.mark.parametrize("contract", OFFENCES)
def test_a_broken_contract_is_noticed(tmp_path, contract):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("engine", "app"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    file, offence = OFFENCES[contract]
    with (tmp_path / file).open("a") as source:
        source.write(f"\n{offence}\n")
    status, verdicts = lint(tmp_path)
    assert verdicts[contract] == "BROKEN"
    assert status != 0


def test_importing_the_engine_loads_neither_qt_nor_torch():
    loaded = run_python(
        "import sys, engine, engine.document.document, engine.bank.bank, engine.service.worker, engine.service.reader\n"
        "print([name for name in ('torch', 'PySide6', 'qasync') if name in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_importing_the_app_loads_no_torch_and_is_quick():
    started_s = time.perf_counter()
    loaded = run_python("import sys, app.application\nprint('torch' in sys.modules)")
    elapsed_s = time.perf_counter() - started_s
    assert loaded.strip() == "False"
    assert elapsed_s < 3 * START_UP_S  # the budget, and room for a machine that is busy with the other tests


def test_describing_the_command_line_loads_no_torch():
    printed = run_python("import sys\nfrom engine.cli import main\nmain(['--help'])\nassert 'torch' not in sys.modules")
    assert "synthesize" in printed
