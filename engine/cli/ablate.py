"""``python -m engine ablate``: leave out one part at a time and judge the pictures that are left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.cached_bank import cached_bank, find_bank, open_importer, print_progress, report_progress
from engine.cli.errors import CommandError
from engine.cli.evaluate import TRAINING_SPLITS
from engine.cli.options import DeviceOption, WeightsOption
from engine.cli.process import prepare_process

if TYPE_CHECKING:
    from rich.table import Table

    from engine.data.sample import Importer
    from engine.evaluation.ablation_file import AblationFile, AblationRow, AblationTable
    from engine.evaluation.evaluator import Evaluator

DEFAULT_STEPS = 300


class Part(str, Enum):  # noqa: UP042 - typer reads it
    """What is ablated."""

    STAGES = "stages"
    TRAINING = "training"


@dataclass(frozen=True)
class _Job:
    """What every ablation of a call works with."""

    importer: Importer
    root: Path
    split: str | None
    bank: Path
    evaluator: Evaluator
    weights: Path | None
    folder: Path
    features: Path
    device: str
    limit: int | None
    steps: int
    seed: int


def ablate(
    importer: Annotated[str, typer.Option("--importer", metavar="NAME", help="What reads the data set.")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Folder of the data set.")],
    part: Annotated[
        Part | None, typer.Argument(help="The stages before f, or the training of f; default: both.")
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="S", help="The part that is judged; default: all.")
    ] = None,
    bank: Annotated[
        Path | None,
        typer.Option("--bank", metavar="B.bank", help="Paint from it and train on it; default: the training split's."),
    ] = None,
    weights: WeightsOption = None,
    evaluator: Annotated[
        Path | None, typer.Option("--evaluator", metavar="W", help="Weights of the judge; default: the shipped one.")
    ] = None,
    features: Annotated[
        Path | None, typer.Option("--features", metavar="W", help="training: weights of the perceptual network.")
    ] = None,
    device: DeviceOption = "auto",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="Judge so many photographs, spread evenly.", min=1)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="This row alone; give it again for more.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="training: steps of each.", min=1)] = DEFAULT_STEPS,
    seed: Annotated[int, typer.Option("--seed", help="training: seed of weights and batches.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.json", help="Keep rows here; those it has are not made again."),
    ] = None,
) -> None:
    """Leave out one part of the method at a time, and score the pictures as `evaluate` does."""
    if output is not None and (output.suffix.lower() != ".json" or output.is_dir()):
        raise CommandError(f"{output}: rows are kept in a file named .json")
    if output is not None and not output.parent.is_dir():
        raise CommandError(f"{output.parent}: no such folder")
    for path in (features, evaluator):
        if path is not None and not path.is_file():
            raise CommandError(f"{path}: no such file")
    samples = open_importer(importer, root, split)
    if part is not Part.STAGES:
        prepare_process()
    rows = _rows_of(part, only or ())
    bank_path = (
        find_bank(bank, None, None, None)
        if bank
        else cached_bank(importer, root, TRAINING_SPLITS.get(split or "", split))
    )

    from engine.evaluation.ablation_file import AblationFile
    from engine.evaluation.evaluator import Evaluator
    from engine.pipeline.device import choose_device
    from engine.pipeline.weights import WEIGHTS_ROOT, weights_folder

    shipped = WEIGHTS_ROOT / samples.table.key
    job = _Job(
        importer=samples,
        root=root,
        split=split,
        bank=bank_path,
        evaluator=Evaluator(evaluator or shipped / "evaluator.safetensors"),
        weights=weights,
        folder=weights or weights_folder(samples.table),
        features=features or shipped / "features.safetensors",
        device=choose_device(device),
        limit=limit,
        steps=steps,
        seed=seed,
    )
    kept = AblationFile(output)
    makers = {Part.STAGES: _stages, Part.TRAINING: _training}
    tables = {each: makers[each](job, kept, names) for each, names in rows.items()}
    if as_json:
        print(json.dumps(kept.report(), indent=2))
        return
    _print([drawn for each, table in tables.items() for drawn in _draw(each, table)])


def _rows_of(part: Part | None, only: Sequence[str]) -> Mapping[Part, tuple[str, ...]]:
    """Return the names of the rows that are wanted, by part, in their order."""
    known = {each: _names(each) for each in ([part] if part else Part)}
    everything = [name for names in known.values() for name in names]
    for name in only:
        if name not in everything:
            raise CommandError(f"there is no ablation {name!r}: {', '.join(everything)}")
    wanted = {each: tuple(name for name in names if not only or name in only) for each, names in known.items()}
    return {each: names for each, names in wanted.items() if names}


def _names(part: Part) -> tuple[str, ...]:
    from engine.evaluation.ablation import STAGES
    from engine.training.ablation import VARIANTS

    return tuple(STAGES if part is Part.STAGES else VARIANTS)


def _stages(job: _Job, kept: AblationFile, names: Sequence[str]) -> AblationTable:
    from engine.evaluation.ablation import judge_without
    from engine.pipeline.choice import DEFAULT_WEIGHTS

    settings = {**_settings(job, "synthesis", "alignment", "ordering"), "choice": asdict(DEFAULT_WEIGHTS)}

    def make(name: str) -> AblationRow:
        return judge_without(
            name,
            job.importer,
            job.bank,
            job.evaluator,
            weights=job.weights,
            device=job.device,
            limit=job.limit,
            progress=report_progress(print_progress),
        )

    for name in _missing(kept, Part.STAGES, settings, names):
        kept.add(Part.STAGES.value, settings, make(name), order=_names(Part.STAGES))
    return kept.table(Part.STAGES.value, settings)


def _training(job: _Job, kept: AblationFile, names: Sequence[str]) -> AblationTable:
    from platformdirs import user_cache_path

    from engine.bank.bank import Bank
    from engine.training.ablation import Budget, TrainingBench

    budget = Budget(job.steps, job.seed, job.device)
    settings = {**_settings(job, "alignment", "ordering"), "features": _digest(job.features), **budget.record()}
    folder = user_cache_path("tessera") / "ablation" / hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]
    bench: TrainingBench | None = None
    with closing(Bank.open(job.bank)) as bank:
        for name in _missing(kept, Part.TRAINING, settings, names):
            bench = bench or TrainingBench(
                bank,
                job.importer,
                job.evaluator,
                budget,
                features_path=job.features,
                weights=job.weights,
                folder=folder,
                limit=job.limit,
                log=print_progress,
                progress=report_progress(print_progress),
            )
            kept.add(Part.TRAINING.value, settings, bench.run(name), order=_names(Part.TRAINING))
    return kept.table(Part.TRAINING.value, settings)


def _missing(kept: AblationFile, part: Part, settings: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Yield the rows that are not made yet, also not by another process meanwhile."""
    for number, name in enumerate(names, start=1):
        if kept.table(part.value, settings).row(name) is None:
            print_progress(f"{part.value} {number} of {len(names)}: {name}")
            yield name
        else:
            print_progress(f"{part.value} {number} of {len(names)}: {name}: made before")


def _settings(job: _Job, *networks: str) -> dict[str, Any]:
    """Return what the rows depend on, as JSON values."""
    from engine.bank.bank import Bank

    with closing(Bank.open(job.bank)) as bank:
        named = {"name": bank.name, "digest": bank.digest}
    return {
        "data": str(job.root.resolve()),
        "split": job.split,
        "limit": job.limit,
        "bank": named,
        "evaluator": job.evaluator.digest,
        "device": job.device,
        "weights": {name: _digest(job.folder / f"{name}.safetensors") for name in networks},
    }


def _digest(path: Path) -> str:
    if not path.is_file():
        raise CommandError(f"{path}: no such file")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _print(tables: Sequence[Table]) -> None:
    """Print tables in full: in a log or a narrow window lines are long rather than numbers cut off."""
    from rich.console import Console
    from rich.measure import Measurement

    wide = Console(width=10_000)
    needed = max((Measurement.get(wide, wide.options, table).maximum for table in tables), default=0)
    console = Console(width=max(Console().width, needed))
    for table in tables:
        console.print(table)


def _draw(part: Part, table: AblationTable) -> list[Table]:
    """Return the tables of a part: its pictures, and what they are made from or without."""
    from engine.evaluation.evaluator import CANVAS, EMPTY, FULL, REAL
    from engine.evaluation.report import score_table

    if not table.rows:
        return []
    first = table.rows[0]
    shown = f"{first.photographs} layouts, read by evaluator {table.settings['evaluator']}"
    if part is Part.STAGES:
        headings = {FULL: f"stages: pictures of {shown}", CANVAS: "stages: their canvases"}
        beside = [first.score(REAL)]
    else:
        headings = {
            FULL: f"training, {table.settings['steps']} steps each: pictures of {shown}",
            EMPTY: "training: without any canvas",
        }
        beside = [first.score(REAL), first.score(CANVAS)]
    drawn = []
    for way, title in headings.items():
        rows = [replace(row.score(way), name=row.name) for row in table.rows]
        drawn.append(score_table([*beside, *rows], title))
    if part is Part.TRAINING:
        drawn[-1].caption = "minutes of training: " + ", ".join(f"{r.name} {r.minutes or 0:.1f}" for r in table.rows)
    return drawn
