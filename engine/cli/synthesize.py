"""``python -m engine synthesize``: from layouts and projects to photographs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.errors import CommandError
from engine.cli.options import (
    BankOption,
    ClassesOption,
    DeviceOption,
    OutputOption,
    WeightsOption,
    Wishes,
    read_class_table,
    require_files,
    require_png,
)

if TYPE_CHECKING:
    from engine.classes import ClassTable
    from engine.pipeline.pipeline import Pipeline
    from engine.pipeline.results import Result

LAYOUT_SUFFIX = ".png"
PROJECT_SUFFIX = ".tessera"
CREDITS_SUFFIXES = (".md", ".json")
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Task:
    """One picture to make: what it is made from, and where image and canvas go."""

    source: Path
    image: Path
    canvas: Path | None
    keeps_table: bool = False
    """Whether it is one of a folder: a project, or a layout in the colours of other classes, keeps its own table."""


@dataclass(frozen=True)
class Choices:
    """What the command line says about every document."""

    table: ClassTable | None
    wishes: Wishes
    seed: int | None
    parametric: bool
    credits: Path | None = None
    uses_bundled: bool = False


def synthesize(
    source: Annotated[
        Path, typer.Argument(metavar="LAYOUT.png|X.tessera|DIR", help="A layout, a project, or a folder of them.")
    ],
    output: OutputOption,
    bank: BankOption = None,
    no_bank: Annotated[
        bool, typer.Option("--no-bank", help="Open no bank; segments that a project keeps are still used.")
    ] = False,
    classes: ClassesOption = None,
    weights: WeightsOption = None,
    canvas: Annotated[
        Path | None, typer.Option("--canvas", metavar="PATH|DIR", help="Write the canvas as well.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="PATH.json", help="Write regions, candidates and times.")
    ] = None,
    pick: Annotated[
        list[str] | None,
        typer.Option(
            "--pick",
            metavar="X,Y=SEGMENT|RECORD=SEGMENT",
            help="Make the region at a pixel, or of a record, of this segment, or of `none`: the network invents it. "
            "Give it again for more, as all the following.",
        ),
    ] = None,
    ban: Annotated[
        list[str] | None,
        typer.Option("--ban", metavar="KEY|REGION=KEY", help="Never use this segment, or this photograph."),
    ] = None,
    order: Annotated[
        list[str] | None,
        typer.Option("--order", metavar="FRONT>BACK", help="Put one region (X,Y or RECORD) in front of another."),
    ] = None,
    spill: Annotated[
        list[str] | None,
        typer.Option(
            "--spill",
            metavar="SHARE|REGION=SHARE",
            help="How far photographs' outlines may leave their regions, in picture heights, 0 to 0.1.",
        ),
    ] = None,
    credits_path: Annotated[
        Path | None,
        typer.Option("--credits", metavar="PATH.md|PATH.json", help="Write which photographs the picture shows."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=MAX_SEED, help="Seed of every draw.")] = None,
    parametric: Annotated[
        bool, typer.Option("--parametric", help="Use no bank: the network invents everything.")
    ] = False,
    device: DeviceOption = "auto",
) -> None:
    """Synthesise a photograph from a layout, a project, or every one in a folder.

    A folder gives STEM.png for each layout, in OUT and in the folder of --canvas. The class table is that of
    --classes, else the project's, else the one whose colours a layout has, else the first bank's, else `landscape`;
    the weights follow it. In a folder, projects and layouts in the colours of other classes keep their own: --classes
    is there for the rest.

    Without --bank, landscapes are made of the bank that ships with Tessera, and layouts of other classes by the
    network alone.
    """
    tasks = plan_tasks(source, output, canvas)
    wishes = Wishes(tuple(pick or ()), tuple(ban or ()), tuple(order or ()), tuple(spill or ()))
    if (option := wishes.first() or ("--credits" if credits_path else None)) and source.is_dir():
        raise CommandError(f"{option} is for one layout, not for a folder")
    if (option := wishes.first()) and parametric:
        raise CommandError(f"{option} and --parametric exclude one another: there is no segment without a bank")
    if credits_path is not None and credits_path.suffix.lower() not in CREDITS_SUFFIXES:
        raise CommandError(f"{credits_path}: credits are written as .md or .json")
    for path in (report, credits_path):
        if path is not None and not path.parent.is_dir():
            raise CommandError(f"{path.parent}: no such folder")
    if no_bank and bank:
        raise CommandError("--bank and --no-bank exclude one another")
    _require_distinct(tasks, (report, credits_path))
    require_files(bank or ())
    table = None if classes is None else read_class_table(classes)

    from engine.bank.bundled import bundled_banks
    from engine.pipeline.pipeline import Pipeline

    bundled = () if bank or no_bank or parametric else bundled_banks()
    pipeline = Pipeline(weights=weights, device=device, banks=bank or bundled)
    choices = Choices(table, wishes, seed, parametric, credits_path, uses_bundled=bool(bundled))
    reports, failed, invented, bankless = _run_all(tasks, choices, pipeline)
    if invented:
        reason = "--parametric" if parametric else "no memory bank given" if bankless else "as the project says"
        count = "" if len(tasks) == 1 else f" ({invented} of {len(tasks)})"
        print(f"note: {reason}: synthesised parametrically, by the network alone{count}", file=sys.stderr)
    if report is not None:
        value = {"layouts": reports} if source.is_dir() else next(iter(reports), {})
        write_text(report, json.dumps(value, indent=1) + "\n")
    if failed:
        raise CommandError(f"{failed} of {len(tasks)} failed")


def plan_tasks(source: Path, output: Path, canvas: Path | None) -> tuple[Task, ...]:
    """Return what is to be made from a layout, a project or a folder of them.

    Raises:
        CommandError: if there is nothing, or a path is of the wrong kind.
    """
    if not source.is_dir():
        require_files([source])
        if source.suffix.lower() not in (LAYOUT_SUFFIX, PROJECT_SUFFIX):
            raise CommandError(f"{source}: neither a layout (.png) nor a project (.tessera)")
        image, canvas_path = (
            None if path is None else require_png(path / f"{source.stem}.png" if path.is_dir() else path)
            for path in (output, canvas)
        )
        assert image is not None
        return (Task(source, image, canvas_path),)
    sources = sorted(p for p in source.iterdir() if p.suffix.lower() in (LAYOUT_SUFFIX, PROJECT_SUFFIX))
    if not sources:
        raise CommandError(f"{source}: holds neither layouts (.png) nor projects (.tessera)")
    stems = [path.stem for path in sources]
    if twice := next((stem for stem in stems if stems.count(stem) > 1), None):
        raise CommandError(f"{source}: a layout and a project are both called {twice!r}")
    for folder in (output, canvas):
        if folder is None:
            continue
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"{folder}: from a folder, pictures go into a folder")
        if folder.resolve() == source.resolve():
            raise CommandError(f"{folder}: the layouts would be overwritten")
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        Task(
            path,
            output / f"{path.stem}.png",
            None if canvas is None else canvas / f"{path.stem}.png",
            keeps_table=True,
        )
        for path in sources
    )


def _require_distinct(tasks: Sequence[Task], texts: Sequence[Path | None]) -> None:
    """Refuse to write two things to one file, or over what is read.

    Raises:
        CommandError: naming the first.
    """
    seen = {task.source.resolve() for task in tasks}
    written = [path for task in tasks for path in (task.image, task.canvas)]
    for path in (*written, *texts):
        if path is None:
            continue
        if path.resolve() in seen:
            raise CommandError(f"{path}: would be overwritten")
        seen.add(path.resolve())


def write_text(path: Path, text: str) -> None:
    """Write a text file whole.

    Raises:
        CommandError: if it cannot be written.
    """
    from engine.whole_file import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {error.strerror}") from None


def _run_all(tasks: Sequence[Task], choices: Choices, pipeline: Pipeline) -> tuple[list[dict[str, Any]], int, int, int]:
    """Make every picture; return the reports, and how many failed, used no bank, and had none."""
    from rich.console import Console
    from rich.progress import Progress

    from engine.data.layout_file import LayoutFileError
    from engine.document.project_file import ProjectError
    from engine.pipeline.depth_order import OrderingError
    from engine.pipeline.report import report_of

    reports: list[dict[str, Any]] = []
    failed = invented = bankless = 0
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(tasks))
        for task in tasks:
            progress.update(bar, description=task.source.name)
            try:
                result = _run(task, choices, pipeline)
            except (LayoutFileError, ProjectError, OrderingError, OSError) as error:
                if len(tasks) == 1:
                    raise
                where = f"{task.source}: " if isinstance(error, OrderingError) else ""
                print(f"error: {where}{error}", file=sys.stderr)
                failed += 1
            else:
                reports.append({"layout": task.source.name, **report_of(result)})
                invented += result.parametric
                bankless += result.parametric and not result.bank_digests
            progress.advance(bar)
    return reports, failed, invented, bankless


def _run(task: Task, choices: Choices, pipeline: Pipeline) -> Result:
    from engine.cli.documents import open_document
    from engine.cli.wishes import apply_wishes
    from engine.data.layout_file import save_rgb
    from engine.document.snapshot import Quality
    from engine.pipeline.provenance import credits_json, credits_markdown
    from engine.pipeline.report import export_text

    document = open_document(task.source, choices.table, pipeline.banks, keeps_table=task.keeps_table)
    if choices.uses_bundled:
        for bank in pipeline.banks:
            pipeline.set_bank_on(bank.path, document.table.key == bank.table.key)
    document = apply_wishes(document, choices.wishes, pipeline)
    if choices.seed is not None:
        document.change_settings(seed=choices.seed)
    if choices.parametric:
        document.change_settings(parametric=True)
    result = pipeline.run(document.snapshot(Quality.FINAL))
    text = export_text(result, document.settings)
    for path, rgb in ((task.image, result.image), (task.canvas, result.canvas)):
        if path is None:
            continue
        try:
            save_rgb(path, rgb, text)
        except OSError as error:
            raise CommandError(f"{path}: cannot be written: {error.strerror}") from None
    if choices.credits is not None:
        is_json = choices.credits.suffix.lower() == ".json"
        write_text(choices.credits, credits_json(result) if is_json else credits_markdown(result))
    return result
