"""``python -m engine bench personal``: how long a photograph of one's own takes to become candidates."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.errors import CommandError
from engine.cli.options import DeviceOption


def bench_personal(
    bank: Annotated[
        Path,
        typer.Option("--bank", metavar="B.bank", help="Its photographs are added.", show_default=False),
    ],
    photographs: Annotated[int, typer.Option("--photographs", min=1, max=100, help="How many are added.")] = 6,
    device: DeviceOption = "auto",
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure from *Add* to a picture that offers the photograph's segments, in a new bank of one's own."""
    from engine.bank.importer import BankImporter
    from engine.data.sample import SampleError

    try:
        importer = BankImporter(bank, None)
    except SampleError as error:
        raise CommandError(str(error)) from None
    names = importer.names()[:photographs]
    with tempfile.TemporaryDirectory() as folder:
        adds_ms, pictures_ms = _add_all(importer, names, Path(folder) / "mine.bank", device)
    totals_ms = [add + picture for add, picture in zip(adds_ms, pictures_ms, strict=True)]
    report: dict[str, Any] = {
        "add_ms": [round(ms) for ms in adds_ms],
        "picture_ms": [round(ms) for ms in pictures_ms],
        "most_ms": round(max(totals_ms)),
    }
    if json_output:
        print(json.dumps(report, indent=1))
        return
    for name, add, picture in zip(names, adds_ms, pictures_ms, strict=True):
        print(f"{name}: added in {add:.0f} ms, offered {picture:.0f} ms later")
    print(f"{max(totals_ms):.0f} ms at most")


def _add_all(importer: Any, names: list[str], path: Path, device: str) -> tuple[list[float], list[float]]:
    """Add photographs and make a picture of each one's own layout; return the milliseconds of both."""
    from engine.document.document import Document
    from engine.document.snapshot import Quality
    from engine.pipeline.pipeline import Pipeline

    pipeline = Pipeline(device=device)
    adds_ms, pictures_ms = list[float](), list[float]()
    for name in names:
        sample = importer.load(name)
        snapshot = Document(sample.layout, importer.table).snapshot(Quality.FINAL)
        if not adds_ms:
            pipeline.run(snapshot)  # the networks are loaded in a program that is painted in
        started_s = time.perf_counter()
        added = pipeline.change_bank(
            path, lambda mine, sample=sample: mine.add(sample, importer.table), table=importer.table
        ).value
        adds_ms.append((time.perf_counter() - started_s) * 1000)
        started_s = time.perf_counter()
        result = pipeline.run(snapshot)
        pictures_ms.append((time.perf_counter() - started_s) * 1000)
        offered = {candidate.source_key for region in result.regions for candidate in region.candidates}
        if added.source_key not in offered:
            raise CommandError(f"{name}: none of its segments is a candidate")
    return adds_ms, pictures_ms
