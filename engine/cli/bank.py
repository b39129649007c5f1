"""``python -m engine bank``: build a memory bank from a data set, look into one, check one, keep one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import bank_changes
from engine.cli.errors import CommandError

if TYPE_CHECKING:
    from engine.bank.bank import Bank
    from engine.data.sample import Importer

app = typer.Typer(help="Build, inspect, check and change memory banks.", no_args_is_help=True)
app.command("add")(bank_changes.add)
app.command("remove")(bank_changes.remove)
app.command("export")(bank_changes.export)
BankArgument = Annotated[Path, typer.Argument(metavar="B.bank", help="The bank.", show_default=False)]
_FAULTS_SHOWN = 3


@app.command("build")
def build(
    importer: Annotated[str, typer.Option("--importer", metavar="NAME", help="camvid or folder.", show_default=False)],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where the data set lies.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="B.bank", help="The bank.", show_default=False)],
    split: Annotated[str | None, typer.Option("--split", help="Part of the data set, where it has parts.")] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Scale photographs; default: keep them as they are.")
    ] = None,
) -> None:
    """Build a bank from a data set; stopped at any moment, it goes on where it was when started again.

    Broken files are named, skipped and counted.
    """
    from rich.console import Console

    from engine.bank.builder import BankBuildError, build_bank
    from engine.geometry import Size

    try:
        target = None if size is None else Size.parse(size)
    except ValueError as error:
        raise CommandError(f"--size: {error}") from None
    if not out.parent.is_dir():
        raise CommandError(f"{out.parent}: no such folder")
    if out.is_dir():
        raise CommandError(f"{out}: is a folder, not a file")
    source = _open_importer(importer, root, split)
    console = Console(stderr=True)
    try:
        with _progress(console) as show:
            report = build_bank(source, out, size=target, progress=show)
    except BankBuildError as error:
        raise CommandError(str(error)) from None
    for skipped in report.skipped:
        console.print(f"skipped {skipped}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    resumed = f" ({report.resumed} of them from an interrupted build)" if report.resumed else ""
    print(
        f"{out}: {report.segments} segments from {report.sources} photographs{resumed}, "
        f"{len(report.skipped)} skipped, in {report.seconds:.1f} s"
    )


@app.command("info")
def info(bank: BankArgument, json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what a bank holds: classes, segments, photographs, licences."""
    with _opened(bank) as opened:
        summary = describe_bank(opened)
    if json_output:
        print(json.dumps(summary, indent=1, ensure_ascii=False))
        return
    print(f"{bank}: {summary['segments']} segments from {summary['sources']} photographs")
    print(f"table {summary['table']}, digest {summary['digest']}")
    for row in summary["classes"]:
        print(f"{row['id']:4d}  {row['key']:24s} {row['segments']:8d} segments {row['sources']:7d} photographs")
    for row in summary["licences"]:
        print(f"{row['photographs']} photographs: {row['dataset']}, {row['author'] or 'author unknown'}, "
              f"{row['licence'] or 'licence unknown'}")  # fmt: skip


@app.command("verify")
def verify(bank: BankArgument) -> None:
    """Check a bank whole: the file, every photograph, and every segment derived anew."""
    from rich.console import Console

    from engine.bank.schema import BankFormatError
    from engine.bank.verify import verify_bank

    _require_file(bank)
    try:
        with _progress(Console(stderr=True)) as show:
            faults = verify_bank(bank, progress=show)
    except BankFormatError as error:
        raise CommandError(str(error)) from None
    if faults:
        rest = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
        raise CommandError(f"{bank}: {'; '.join(faults[:_FAULTS_SHOWN])}{rest}")
    with _opened(bank) as opened:
        print(f"{bank}: sound, {opened.segment_count} segments from {opened.source_count} photographs")


@app.command("sheet")
def sheet(
    bank: BankArgument,
    out: Annotated[
        Path, typer.Option("-o", "--output", metavar="SHEET.webp", help="A .webp or .png.", show_default=False)
    ],
    count: Annotated[int, typer.Option("--count", min=1, max=240, help="How many photographs.")] = 12,
) -> None:
    """Write photographs of a bank beside one another, spread evenly over it, only scaled."""
    from engine.bank.sheet import draw_sheet, save_sheet

    if out.suffix.lower() not in (".webp", ".png"):
        raise CommandError(f"{out}: a sheet is written as .webp or .png")
    if not out.parent.is_dir():
        raise CommandError(f"{out.parent}: no such folder")
    with _opened(bank) as opened:
        save_sheet(out, draw_sheet(opened, count))
    print(f"{out}: {min(count, opened.source_count)} of {opened.source_count} photographs")


def describe_bank(bank: Bank) -> dict[str, Any]:
    """Return what ``info --json`` prints."""
    licences: dict[tuple[str, str, str], int] = {}
    for source in bank.sources():
        origin = (source.provenance.dataset, source.provenance.author, source.provenance.licence)
        licences[origin] = licences.get(origin, 0) + 1
    return {
        "name": bank.name,
        "digest": bank.digest,
        "table": bank.table.key,
        "segments": bank.segment_count,
        "sources": bank.source_count,
        "classes": [
            {"id": count.id, "key": count.key, "segments": count.segments, "sources": count.sources}
            for count in bank.counts()
        ],
        "licences": [
            {"dataset": dataset, "author": author, "licence": licence, "photographs": photographs}
            for (dataset, author, licence), photographs in sorted(licences.items())
        ],
    }


def _open_importer(name: str, root: Path, split: str | None) -> Importer:
    from engine.data.importers import IMPORTERS
    from engine.data.sample import SampleError

    if name not in IMPORTERS:
        raise CommandError(f"{name}: no such importer: {', '.join(sorted(IMPORTERS))}")
    if not root.is_dir():
        raise CommandError(f"{root}: {'is a file, not a folder' if root.exists() else 'no such folder'}")
    try:
        return IMPORTERS[name](root, split)
    except SampleError as error:
        raise CommandError(str(error)) from None


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise CommandError(f"{path}: {'is a folder, not a file' if path.is_dir() else 'no such file'}")


@contextmanager
def _opened(path: Path) -> Iterator[Bank]:
    from engine.bank.bank import Bank
    from engine.bank.schema import BankFormatError

    _require_file(path)
    try:
        with closing(Bank.open(path)) as bank:
            yield bank
    except BankFormatError as error:
        raise CommandError(str(error)) from None


@contextmanager
def _progress(console: Any) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on stderr, where that is a terminal, while photographs are gone through."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name)

        yield show
