"""``python -m engine bench networks``: how large the configurations of f are and how much they compute."""

from __future__ import annotations

import json
from typing import Annotated

import typer

CLASSES = (11, 16)
"""Classes of the tables weights ship for: street and landscape."""


def bench_networks(
    classes: Annotated[
        list[int] | None,
        typer.Option("--classes", metavar="N", help="Number of classes; again for more.", min=1, max=255),
    ] = None,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count what every configuration of f holds and computes in the 512x256 frame; multiplies and adds both count.

    Nothing is computed, so the numbers are the same on every machine. Reach is how far a pixel acts at 256 rows.
    """
    from rich.console import Console
    from rich.table import Table

    from engine.networks.configurations import CONFIGURATION_NAMES, named_configuration
    from engine.networks.network_size import measure_network

    rows = [
        {
            "configuration": name,
            "classes": count,
            "parameters": size.parameters,
            "megabytes": round(size.megabytes, 2),
            "gflop": round(size.gflop, 2),
            "reach_px": size.reach_px,
        }
        for name in CONFIGURATION_NAMES
        for count in classes or CLASSES
        for size in [measure_network(named_configuration(name, count))]
    ]
    if json_output:
        print(json.dumps({"networks": rows}, indent=1))
        return
    table = Table(title="configurations of f, in the 512x256 frame", title_justify="left")
    table.add_column("configuration", no_wrap=True)
    for heading in ("classes", "parameters", "MB, float32", "GFLOP", "reach px"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        reach = "whole picture" if row["reach_px"] is None else str(row["reach_px"])
        table.add_row(
            row["configuration"],
            str(row["classes"]),
            f"{row['parameters']:,}",
            f"{row['megabytes']:.2f}",
            f"{row['gflop']:.2f}",
            reach,
        )
    Console().print(table)
