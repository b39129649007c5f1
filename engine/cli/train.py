"""``python -m engine train``: train one of the networks from a memory bank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.cached_bank import find_bank, print_progress
from engine.cli.errors import CommandError
from engine.cli.options import DeviceOption, OutputOption, WeightsOption
from engine.cli.process import prepare_process

if TYPE_CHECKING:
    from engine.bank.bank import Bank
    from engine.training.trainer import Task

DEFAULT_MINUTES = 10.0


class NetworkName(str, Enum):  # noqa: UP042 - typer reads it
    """The networks there are."""

    FEATURES = "features"
    ALIGNMENT = "alignment"
    ORDERING = "ordering"
    SYNTHESIS = "synthesis"
    COMPLETION = "completion"


class ConfigurationChoice(str, Enum):  # noqa: UP042 - typer reads it
    """The configurations of f there are."""

    DEFAULT = "default"
    QUALITY = "quality"
    PAPER = "paper"
    PAPER_QUARTER = "paper-quarter"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained unless told otherwise."""

    batch_size: int
    learning_rate: float


RECIPES = {
    NetworkName.FEATURES: Recipe(batch_size=8, learning_rate=2e-3),
    NetworkName.ALIGNMENT: Recipe(batch_size=32, learning_rate=1e-3),
    NetworkName.ORDERING: Recipe(batch_size=32, learning_rate=1e-3),
    NetworkName.SYNTHESIS: Recipe(batch_size=8, learning_rate=2e-3),
    NetworkName.COMPLETION: Recipe(batch_size=8, learning_rate=1.5e-3),
}


@dataclass(frozen=True, slots=True)
class SynthesisOptions:
    """Options that only the training of f has."""

    parametric: bool = False
    features: Path | None = None
    configuration: ConfigurationChoice = ConfigurationChoice.DEFAULT
    retrieved: float = 0.0
    foreign: float = 0.0
    foreign_bank: Path | None = None
    weights: Path | None = None


def train(
    network: Annotated[NetworkName, typer.Argument(help="Which network.", show_default=False)],
    output: OutputOption,
    importer: Annotated[
        str | None, typer.Option("--importer", metavar="NAME", help="Train on a data set: what reads it.")
    ] = None,
    root: Annotated[Path | None, typer.Option("--root", metavar="DIR", help="Folder of the data set.")] = None,
    split: Annotated[str | None, typer.Option("--split", metavar="S", help="Part of the data set.")] = None,
    bank: Annotated[Path | None, typer.Option("--bank", metavar="B.bank", help="Train on a memory bank.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from OUTPUT.resume, which an interrupted training leaves.")
    ] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="M", help=f"Minutes in all; default {DEFAULT_MINUTES:g}.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", metavar="N", help="Steps in all, instead.")] = None,
    device: DeviceOption = "auto",
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and batches.", min=0)] = 0,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Examples a step; default: the network's recipe.", min=1)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", help="Of AdamW; default: the network's recipe.")
    ] = None,
    parametric: Annotated[
        bool, typer.Option("--parametric", help="synthesis only: the twin that never sees a canvas.")
    ] = False,
    features: Annotated[
        Path | None,
        typer.Option(
            "--features",
            metavar="W",
            help="synthesis only: the perceptual network: feature weights, or torchvision's VGG-19 (.pth).",
        ),
    ] = None,
    configuration: Annotated[
        ConfigurationChoice,
        typer.Option(
            "--configuration",
            help="synthesis only: which network; quality is for GPUs, paper is that of Qi et al. 2018, in two widths.",
        ),
    ] = ConfigurationChoice.DEFAULT,
    initial: Annotated[
        Path | None, typer.Option("--init", metavar="W", help="Begin with these weights, of the same configuration.")
    ] = None,
    initial_share: Annotated[
        float,
        typer.Option("--initial-share", help="Share of the weights of --init in those that are written.", min=0),
    ] = 0.0,
    width: Annotated[int, typer.Option("--width", help="features only: channels of the first level.")] = 32,
    retrieved: Annotated[
        float,
        typer.Option("--retrieved", help="synthesis only: share of really retrieved canvases.", min=0, max=1),
    ] = 0.0,
    foreign: Annotated[
        float,
        typer.Option("--foreign", help="synthesis only: share of canvases from a foreign bank.", min=0, max=1),
    ] = 0.0,
    foreign_bank: Annotated[
        Path | None,
        typer.Option("--foreign-bank", metavar="B.bank", help="synthesis only: a bank of another domain."),
    ] = None,
    weights: WeightsOption = None,
) -> None:
    """Train a network from the photographs of a memory bank, or of a data set, and write its weights."""
    wanted = SynthesisOptions(parametric, features, configuration, retrieved, foreign, foreign_bank, weights)
    _check(
        network,
        output,
        minutes,
        steps,
        learning_rate,
        initial=initial,
        initial_share=initial_share,
        synthesis=wanted,
        width=width,
    )
    bank_path = find_bank(bank, importer, root, split)

    prepare_process()

    from engine.bank.bank import Bank
    from engine.networks.checkpoint import load_checkpoint
    from engine.pipeline.device import choose_device
    from engine.training.config import TrainingConfig
    from engine.training.trainer import train_network

    recipe = RECIPES[network]
    config = TrainingConfig(
        steps=steps,
        minutes=DEFAULT_MINUTES if steps is None and minutes is None else minutes,
        batch_size=batch_size or recipe.batch_size,
        learning_rate=learning_rate or recipe.learning_rate,
        initial_share=initial_share,
        seed=seed,
        device=choose_device(device),
    )
    opened = Bank.open(bank_path)
    try:
        print_progress(
            f"training {network.value} on {opened.source_count} photographs of {opened.name}, {config.device}"
        )
        task = _make_task(network, opened, seed=seed, synthesis=wanted, width=width)
        begin = None if initial is None else load_checkpoint(initial, kind=task.kind, table=opened.table)
        report = train_network(task, config, output, initial=begin, resume=resume, log=print_progress)
    finally:
        opened.close()
    first, last = (report.curve[0], report.curve[-1]) if report.curve else (float("nan"), float("nan"))
    print_progress(
        f"trained {network.value}: {report.steps} steps in {report.minutes:.1f} min, loss {first:.4f} to {last:.4f}; "
        f"{output} ({output.stat().st_size / 1e6:.2f} MB)"
    )


def _check(
    network: NetworkName,
    output: Path,
    minutes: float | None,
    steps: int | None,
    learning_rate: float | None,
    *,
    initial: Path | None,
    initial_share: float,
    synthesis: SynthesisOptions,
    width: int,
) -> None:
    """Refuse what cannot be meant, before anything slow is done."""
    if output.suffix != ".safetensors" or output.is_dir():
        raise CommandError(f"{output}: weights are written to a file named .safetensors")
    if minutes is not None and steps is not None:
        raise CommandError("a training ends after --minutes or after --steps: give one")
    if not 0 < (1 if minutes is None else minutes) < 1e6 or (steps is not None and steps < 1):
        raise CommandError("a training takes more than 0 minutes or steps")
    if not 0 <= initial_share < 1 or (initial_share > 0 and initial is None):
        raise CommandError("--initial-share belongs to --init and lies from 0 to below 1")
    if learning_rate is not None and not 0 < learning_rate < 1:
        raise CommandError("a learning rate lies between 0 and 1")
    if synthesis != SynthesisOptions() and network is not NetworkName.SYNTHESIS:
        raise CommandError(
            "--parametric, --features, --configuration, --retrieved, --foreign, --foreign-bank and --weights belong to "
            f"synthesis, not to {network.value}"
        )
    for path in (synthesis.features, synthesis.foreign_bank):
        if path is not None and not path.is_file():
            raise CommandError(f"{path}: no such file")
    if synthesis.retrieved + synthesis.foreign > 1:
        raise CommandError("--retrieved and --foreign are shares of one whole: together at most 1")
    if (synthesis.foreign > 0) != (synthesis.foreign_bank is not None):
        raise CommandError("--foreign and --foreign-bank belong together")
    if not 8 <= width <= 128 or (width != 32 and network is not NetworkName.FEATURES):
        raise CommandError("--width belongs to features and lies from 8 to 128")


def _make_task(network: NetworkName, bank: Bank, *, seed: int, synthesis: SynthesisOptions, width: int) -> Task:
    if network is NetworkName.FEATURES:
        from engine.training.features import make_features_task

        return make_features_task(bank, seed=seed, width=width)
    if network is NetworkName.ALIGNMENT:
        from engine.training.alignment import make_alignment_task

        return make_alignment_task(bank, seed=seed)
    if network is NetworkName.ORDERING:
        from engine.training.ordering import make_ordering_task

        return make_ordering_task(bank, seed=seed)
    if network is NetworkName.COMPLETION:
        from engine.training.completion import make_completion_task

        return make_completion_task(bank, seed=seed)
    return _make_synthesis_task(bank, synthesis, seed=seed)


def _make_synthesis_task(bank: Bank, options: SynthesisOptions, *, seed: int) -> Task:
    from engine.networks.vgg import holds_vgg
    from engine.pipeline.weights import WEIGHTS_ROOT
    from engine.training.losses import PAPER_PERCEPTUAL, LossConfig
    from engine.training.retrieved import PipelineComposer
    from engine.training.synthesis import CROP, PAPER_CROP, SynthesisRecipe, make_synthesis_task

    features_path = options.features or WEIGHTS_ROOT / bank.table.key / "features.safetensors"
    losses = LossConfig()
    if holds_vgg(features_path):
        losses = replace(losses, perceptual=PAPER_PERCEPTUAL)
    recipe = SynthesisRecipe(losses=losses, retrieved_share=options.retrieved, foreign_share=options.foreign)
    is_paper = options.configuration in (ConfigurationChoice.PAPER, ConfigurationChoice.PAPER_QUARTER)

    def composer(path: Path | None) -> PipelineComposer | None:
        return None if path is None or options.parametric else PipelineComposer(path, bank.table, options.weights)

    return make_synthesis_task(
        bank,
        seed=seed,
        parametric=options.parametric,
        features_path=features_path,
        recipe=recipe,
        compose=composer(bank.path if options.retrieved else None),
        compose_foreign=composer(options.foreign_bank),
        crop=PAPER_CROP if is_paper else CROP,
        configuration=options.configuration.value,
    )
