"""Every command of ``python -m engine``, under its name."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from engine.cli.ablate import ablate
from engine.cli.bank import app as bank_app
from engine.cli.bench import latency
from engine.cli.bench_networks import bench_networks
from engine.cli.bench_painting import bench_painting
from engine.cli.bench_personal import bench_personal
from engine.cli.bench_retrieval import bench_retrieval
from engine.cli.bench_start import bench_start
from engine.cli.complete import complete
from engine.cli.evaluate import evaluate
from engine.cli.landscapes import app as landscapes_app
from engine.cli.synthesize import synthesize
from engine.cli.train import train


def build_command() -> TyperGroup:
    """Return the command line, ready to be called."""
    app = typer.Typer(
        name="engine",
        help="Tessera's engine: memory banks, synthesis, training and evaluation.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.add_typer(bank_app, name="bank")
    app.command("synthesize")(synthesize)
    app.command("complete")(complete)
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.command("ablate")(ablate)
    bench = typer.Typer(
        help="Measure how fast things are on this machine, and how large the networks are.", no_args_is_help=True
    )
    bench.command("latency")(latency)
    bench.command("retrieval")(bench_retrieval)
    bench.command("start")(bench_start)
    bench.command("painting")(bench_painting)
    bench.command("personal")(bench_personal)
    bench.command("networks")(bench_networks)
    app.add_typer(bench, name="bench")
    app.add_typer(landscapes_app, name="landscapes")
    return typer.main.get_group(app)
