"""Every command of ``python -m engine``, under its name."""

from __future__ import annotations

import importlib

import typer
from typer.core import TyperGroup

from engine.cli.bench import latency
from engine.cli.complete import complete
from engine.cli.synthesize import synthesize


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
    bench = typer.Typer(help="Measure how fast things are on this machine.", no_args_is_help=True)
    try:
        app.add_typer(importlib.import_module("engine.cli.bank").app, name="bank")
    except ImportError:
        pass
    app.command("synthesize")(synthesize)
    app.command("complete")(complete)
    for name in ("train", "evaluate"):
        try:
            app.command(name)(getattr(importlib.import_module(f"engine.cli.{name}"), name))
        except ImportError:
            pass
    bench.command("latency")(latency)
    try:
        bench.command("retrieval")(importlib.import_module("engine.cli.bench_retrieval").bench_retrieval)
    except ImportError:
        pass
    app.add_typer(bench, name="bench")
    return typer.main.get_group(app)
